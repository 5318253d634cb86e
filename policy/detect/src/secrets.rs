//! Whether a value that has the shape of a credential is one: placeholders, variables and code are not.

use crate::entropy;
use crate::patterns::{before, char_after, char_before};
use crate::rule::{Check, Rule};
use base64::Engine;
use std::ops::Range;

/// Whether the value at this span passes the rule's checks.
pub(crate) fn accept(text: &str, rule: &Rule, span: &Range<usize>) -> bool {
    let Some(value) = text.get(span.clone()) else {
        return false;
    };
    match rule.check {
        Check::None => true,
        Check::Token => free_standing(text, span) && !is_sample(value) && entropic(value, rule.entropy),
        Check::Random => {
            free_standing(text, span)
                && !is_sample(value)
                && entropic(value, rule.entropy)
                && made_by_machine(value)
                && !named_otherwise(text, span.start)
        }
        Check::Vendor => {
            free_standing(text, span)
                && !is_sample(value)
                && entropic(value, rule.entropy)
                && made_by_machine(value)
                && !is_uuid(value)
                && !named_otherwise(text, span.start)
        }
        Check::Command => !is_variable(value) && !is_sample_login(value) && !value.starts_with('-'),
        Check::Password => is_password(text, span, value),
        Check::Login => !is_variable(value) && !is_sample_login(value),
        Check::Jwt => free_standing(text, span) && is_jwt(value) && !is_sample(value),
    }
}

fn entropic(value: &str, least: f32) -> bool {
    least <= 0.0 || entropy::shannon(value) >= least
}

/// No letter or digit touches the value; an escape such as `\n` written out before it does not count.
fn free_standing(text: &str, span: &Range<usize>) -> bool {
    let head = char_before(text, span.start).is_none_or(|c| !c.is_ascii_alphanumeric())
        || matches!(before(text, span.start, 2), "\\n" | "\\r" | "\\t")
        || is_percent_escape(before(text, span.start, 3));
    head && char_after(text, span.end).is_none_or(|c| !c.is_ascii_alphanumeric())
}

fn is_percent_escape(tail: &str) -> bool {
    tail.len() == 3 && tail.starts_with('%') && tail.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit())
}

/// Words that mark a value as made up for a document.
const SAMPLE_WORDS: [&str; 16] = [
    "example",
    "placeholder",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "xxxxx",
    "changeme",
    "change_me",
    "dummy",
    "redacted",
    "insert",
    "replace",
    "sample",
    "....",
];

/// Whether a token is a placeholder.
pub(crate) fn is_sample(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    SAMPLE_WORDS.iter().any(|word| lower.contains(word)) || value.contains("***") || entropy::distinct(value) < 5
}

/// Whether a login part is filled in later: `$PASS`, `${X}`, `{{x}}`, `%s`, `<password>`, `[pw]`, `#{x}`.
fn is_variable(value: &str) -> bool {
    let starts = ["$", "{", "<", "[", "%s", "%(", "#{", "@", "\\$", "%7b", "%3c", "env(", "&", ":"];
    let lower = value.to_ascii_lowercase();
    starts.iter().any(|start| lower.starts_with(start))
        || ["${", "{{", "}}", "()", "***", "...", "#{", "%s"].iter().any(|mark| lower.contains(mark))
        || (value.starts_with('%') && value.ends_with('%'))
        || (value.contains('<') && value.contains('>'))
}

/// Words people write where a password would stand.
const SAMPLE_PASSWORDS: [&str; 40] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "passwort",
    "kennwort",
    "secret",
    "user",
    "username",
    "token",
    "key",
    "apikey",
    "null",
    "none",
    "nil",
    "true",
    "false",
    "string",
    "undefined",
    "empty",
    "required",
    "optional",
    "text",
    "hidden",
    "value",
    "input",
    "prompt",
    "changeme",
    "yourpassword",
    "your_password",
    "your-password",
    "mypassword",
    "example",
    "redacted",
    "xxx",
    "foo",
    "todo",
    "tbd",
    "n/a",
    "default",
];

fn is_sample_login(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.is_empty()
        || SAMPLE_PASSWORDS.contains(&lower.as_str())
        || ["example", "your_", "your-", "xxxx", "redacted", "placeholder", "<", ">"]
            .iter()
            .any(|word| lower.contains(word))
        || (value.len() >= 3 && entropy::distinct(value) == 1)
}

/// Whether the value of a password assignment is one: not a variable, not a call, not a type, not a word of prose.
fn is_password(text: &str, span: &Range<usize>, value: &str) -> bool {
    let quoted = matches!(char_before(text, span.start), Some('"' | '\'' | '`'));
    if value.len() < 4 || is_variable(value) || is_sample_login(value) || is_code(text, span, value, quoted) {
        return false;
    }
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let numbers = value.bytes().filter(u8::is_ascii_digit).count();
    let marks = value.len() - letters - numbers;
    if numbers == value.len() {
        return value.len() >= 6 || quoted;
    }
    if numbers > 0 || (marks > 0 && value.bytes().any(|byte| b"!@#$%^&*+=?~".contains(&byte))) {
        return true;
    }
    // Letters only: a password only where code or a file assigns it, and not a word that stands for one.
    let assigned = before(text, span.start, 4).contains('=') || quoted;
    assigned && value.len() >= 6 && marks == 0
}

/// Calls, paths into objects, other names of passwords.
fn is_code(text: &str, span: &Range<usize>, value: &str, quoted: bool) -> bool {
    let lower = value.to_ascii_lowercase();
    if matches!(char_after(text, span.end), Some('(' | '['))
        || value.contains('(')
        || value.contains("->")
        || value.contains("::")
    {
        return true;
    }
    let starts = [
        "process.",
        "os.",
        "env.",
        "env[",
        "config.",
        "config[",
        "settings.",
        "self.",
        "this.",
        "req.",
        "request.",
        "params",
        "args.",
        "var.",
        "local.",
        "data.",
        "secrets.",
        "module.",
        "system.",
        "options.",
        "input.",
        "field",
        "st.",
        "http://",
        "https://",
        "vault:",
        "arn:",
        "file:",
        "env:",
        "/",
        "+",
        ".$",
        "..",
        "*",
    ];
    if starts.iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let names = ["password", "passwd", "passwort", "pwd", "secret", "token", "getenv", "credential"];
    if !has_digit && names.iter().any(|name| lower.contains(name)) {
        return true;
    }
    // `user.password`, `cfg.db.pass`: dotted names without digits.
    !quoted
        && !has_digit
        && value.contains('.')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
}

/// Letters and digits mixed the way generators do, not words joined by dashes.
pub(crate) fn made_by_machine(value: &str) -> bool {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let numbers = value.bytes().filter(u8::is_ascii_digit).count();
    if numbers == 0 {
        // Base64 without a digit is rare; require both cases, mixed more than names in code are.
        return value.len() >= 20 && case_changes(value) * 100 >= value.len() * 43 && !value.contains(['/', '.']);
    }
    if letters == 0 {
        return value.len() >= 20;
    }
    let pieces = || value.split(['-', '_', '.', '/', '+', '=']);
    // Groups such as those of a UUID are short, but there are many with digits.
    if pieces().filter(|piece| piece.len() >= 4 && piece.bytes().any(|b| b.is_ascii_digit())).count() >= 3 {
        return true;
    }
    pieces().any(|piece| piece.len() >= 8 && piece.bytes().any(|b| b.is_ascii_digit()) && !is_word_with_number(piece))
}

/// `release2024`, `Version12`: one word, one number.
fn is_word_with_number(piece: &str) -> bool {
    let changes = piece
        .as_bytes()
        .windows(2)
        .filter(|pair| pair.first().map(u8::is_ascii_digit) != pair.last().map(u8::is_ascii_digit))
        .count();
    changes <= 1 && piece.len() < 20
}

/// 8-4-4-4-12 hexadecimal digits: as often the id of a thing as a key.
fn is_uuid(value: &str) -> bool {
    let groups: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Words that say that a random string is public: a hash, an id, a public key.
const OTHERWISE: [&str; 30] = [
    "commit",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "hash",
    "digest",
    "checksum",
    "etag",
    "trace",
    "span",
    "revision",
    "rev",
    "order",
    "public",
    "pub",
    "fingerprint",
    "integrity",
    "primary",
    "foreign",
    "cache",
    "partition",
    "idempotency",
    "ssh-rsa",
    "ssh-ed25519",
    "contract",
    "invoice",
    "tracking",
    "ticket",
];

/// Whether a word shortly before the value names it as something public.
fn named_otherwise(text: &str, start: usize) -> bool {
    let context = before(text, start, 28).to_ascii_lowercase();
    let line = context.rsplit('\n').next().unwrap_or_default();
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .any(|word| OTHERWISE.contains(&word) || word.split('-').any(|part| OTHERWISE.contains(&part)))
        || line.contains("publickey")
}

fn case_changes(value: &str) -> usize {
    let case = |byte: &u8| byte.is_ascii_uppercase();
    value.as_bytes().windows(2).filter(|pair| pair.first().map(case) != pair.last().map(case)).count()
}

/// Whether the first part is a JSON object with `alg` or `enc`, as RFC 7515 demands.
fn is_jwt(value: &str) -> bool {
    let Some(head) = value.split('.').next() else {
        return false;
    };
    let Ok(bytes) = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head.trim_end_matches('=')) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    text.contains("\"alg\"") || text.contains("\"enc\"") || text.contains("\"typ\"") || text.contains("\"kid\"")
}
