//! Whether what stands where a password would is one: variables, code, and words for passwords are not.

mod anonymous;
mod around;

use crate::entropy;
use crate::folded::{Folded, Words};
use crate::patterns::{after, before, char_after, char_before};
pub(crate) use anonymous::is_anonymous;
use around::{is_login_pair, is_product, is_query, is_shell_message, is_spoken_of};
use std::ops::Range;

/// Whether a login part is filled in later: `$PASS`, `${X}`, `{{x}}`, `%s`, `<password>`, `[pw]`, `#{x}`.
pub(crate) fn is_variable(value: &str) -> bool {
    is_folded_variable(&Folded::new(value), value)
}

/// What stands in what is filled in later, wherever in it.
const VARIABLE_MARKS: Words<7> = Words::new(["${", "{{", "}}", "()", "***", "...", "#{"]);

fn is_folded_variable(folded: &Folded, value: &str) -> bool {
    folded.starts_with_any(&["$", "{", "<", "[", "%s", "%(", "#{", "\\$", "%7b", "%3c", "env(", "&", ":"])
        || folded.contains_any(&VARIABLE_MARKS)
        || value.strip_prefix('@').is_some_and(|name| !name.bytes().any(|byte| byte.is_ascii_digit()))
        || (value.starts_with('%') && value.ends_with('%'))
        || value.starts_with("ENC[")
        || value.strip_prefix('!').is_some_and(|tag| tag.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || (value.contains('<') && value.contains('>'))
}

/// Words people write where a password would stand.
const SAMPLE_PASSWORDS: [&str; 42] = [
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
    "test",
    "changeit",
];

pub(crate) fn is_sample_login(value: &str) -> bool {
    is_folded_sample(&Folded::new(value), value)
}

/// Parts of such words.
const SAMPLE_PARTS: Words<9> =
    Words::new(["example", "your_", "your-", "xxxx", "redacted", "placeholder", "fake", "<", ">"]);

fn is_folded_sample(folded: &Folded, value: &str) -> bool {
    let bare = value.trim_end_matches([',', ')']);
    value.is_empty()
        || SAMPLE_PASSWORDS.iter().any(|word| word.eq_ignore_ascii_case(bare))
        || folded.contains_any(&SAMPLE_PARTS)
        || (value.len() >= 3 && entropy::distinct(value) == 1)
        || (value.len() >= 16 && entropy::distinct(value) <= 4)
}

/// Whether the value of a password assignment is one: not a variable, not a call, not a type, not a word of prose.
pub(crate) fn is_password(text: &str, span: &Range<usize>, value: &str) -> bool {
    let quoted = matches!(char_before(text, span.start), Some('"' | '\'' | '`'));
    if value.len() < 4 {
        return false;
    }
    let folded = Folded::new(value);
    if is_folded_sample(&folded, value)
        || is_login_pair(text, span.start, value)
        || is_query(text, span.start, value)
        || is_shell_message(text, span.start, value)
        || is_product(text, span, value)
        || is_anonymous(text, span.start)
        || (!quoted && is_date(value) && is_spoken_of(text, span.start))
    {
        return false;
    }
    let generated = is_generated(value) && (quoted || (value.len() >= 12 && !value.starts_with('$')));
    if !generated && (is_folded_variable(&folded, value) || is_code(text, span, &folded, value, quoted)) {
        return false;
    }
    // Cut in the middle: longer than a password, so something encrypted.
    if value.len() >= 60 && char_after(text, span.end).is_some_and(|c| c.is_ascii_alphanumeric() || "+/=".contains(c)) {
        return false;
    }
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let numbers = value.bytes().filter(u8::is_ascii_digit).count();
    let marks = value.len() - letters - numbers;
    let cased = value.bytes().any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    if cased && value.ends_with(['_', '-']) {
        return true;
    }
    if numbers == value.len() {
        return value.len() >= 6 || quoted;
    }
    if numbers > 0 || is_case_noise(value) || (marks > 0 && value.bytes().any(|byte| b"!@#$%^&*+=?~".contains(&byte))) {
        return true;
    }
    // Letters only: a password only where code or a file assigns it, and not a word that stands for one.
    let assigned = before(text, span.start, 4).contains('=') || quoted;
    assigned && ((value.len() >= 6 && marks == 0 && !is_message(value)) || is_phrase(value))
}

/// `2026-05-12`, `12.05.2026`: a birthday, or when a password ends.
fn is_date(value: &str) -> bool {
    let mut parts = value.split(['-', '/', '.']).map(|part| (part.len(), part.bytes().all(|b| b.is_ascii_digit())));
    let dated = (parts.next(), parts.next(), parts.next(), parts.next());
    matches!(
        dated,
        (Some((4, true)), Some((1 | 2, true)), Some((1 | 2, true)), None)
            | (Some((1 | 2, true)), Some((1 | 2, true)), Some((2 | 4, true)), None)
    )
}

/// `*RifyVwI5kRH&J9N`: begins as a variable or a pointer does, and goes on as only generators do.
fn is_generated(value: &str) -> bool {
    value.len() >= 10 && entropy::is_patchwork(value) && !value.contains(['{', '(', '<', '[', '.', '/'])
}

/// Capitals and small letters as chance mixes them: `FLmjDtaoUdTK`, `aiZs-FdRYjyTj-Ib`, not `JavaScript`.
fn is_case_noise(value: &str) -> bool {
    value.len() >= 10
        && value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte))
        && ((entropy::case_changes(value) >= 5 && !entropy::is_wordy(value))
            || (entropy::case_changes(value) >= 3 && entropy::is_unlike_words(value)))
}

/// Words of messages and labels about passwords.
const MESSAGES: [&str; 17] = [
    "incorrect",
    "invalid",
    "wrong",
    "confirm",
    "expired",
    "forgot",
    "change",
    "reset",
    "missing",
    "mismatch",
    "enter",
    "show",
    "repeat",
    "current",
    "protected",
    "abcdefgh",
    "encrypted",
];

fn is_message(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    MESSAGES.iter().any(|word| lower.starts_with(word))
}

/// `harbor-lantern-copper-meadow`: four words and more, none of which is about fields and pages.
fn is_phrase(value: &str) -> bool {
    let words: Vec<&str> = value.split(['-', '_', '.']).collect();
    let about = ["field", "input", "form", "page", "label", "error", "user", "login", "auth", "text", "key", "config"];
    value.len() >= 18
        && words.len() >= 4
        && words
            .iter()
            .all(|word| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase()) && !about.contains(word))
}

/// Names of algorithms, formats and protocols that hold a digit.
const TECHNIQUES: [&str; 17] = [
    "sha", "md", "base", "utf", "oauth", "pbkdf", "aes", "rsa", "x", "ed", "http", "ipv", "win", "argon", "pkcs",
    "iso", "secp",
];

/// `sha256-hashed`, `utf-8`: a technique, a digit right behind its name.
fn is_technique(lower: &str) -> bool {
    TECHNIQUES.iter().any(|name| {
        let rest = lower.strip_prefix(name).unwrap_or_default();
        rest.strip_prefix('-').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Whether a value looks like a password without a sign between it and the word for one: `password Falcon77`.
pub(crate) fn is_strong_password(text: &str, span: &Range<usize>, value: &str) -> bool {
    is_strong(value) && is_password(text, span, value)
}

/// The same of the value alone, whatever stands around it.
pub(crate) fn is_strong(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let special = value.bytes().any(|byte| b"!@#$%^&*+=?~".contains(&byte));
    let upper = value.bytes().any(|b| b.is_ascii_uppercase());
    let small = value.bytes().any(|b| b.is_ascii_lowercase());
    let numbers = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    // A word and one digit is a name of something: `field2`, `Step3`.
    let mixed = (numbers >= 2 && letters >= 3 && (upper || numbers >= 3 || value.len() >= 8))
        || (numbers == 1 && value.len() >= 8 && entropy::case_changes(value) >= 4)
        || (upper && small && value.len() >= 8 && (has_sign_inside(value) || is_leet(value)))
        || is_case_noise(value);
    value.len() >= 6
        && (mixed || (special && small && numbers >= 1))
        && (!is_technique(&lower) || entropy::is_patchwork(value))
        && (special || !["password", "passwd", "token", "secret", "user"].iter().any(|name| lower.contains(name)))
        && (!value.contains(['/', '\\', '=']) || (special && entropy::is_patchwork(value)))
        && !is_number_with_unit(value)
        && !(value.starts_with('@') && value.contains(':'))
}

/// `Kestrel$dKbd`: a sign that joins no words, between letters.
fn has_sign_inside(value: &str) -> bool {
    let letters = value.split(['!', '#', '$', '%', '^', '*', '~']);
    letters.clone().count() > 1 && letters.take(2).all(|part| part.bytes().filter(u8::is_ascii_alphabetic).count() >= 3)
}

/// `P@ssXLib$`: a sign in place of a letter and one more; an address has one and a dot.
fn is_leet(value: &str) -> bool {
    let sign = |byte: &u8| b"!@#$%^&*+=?~".contains(byte);
    let replaces = |around: &[u8]| matches!(around, [a, b, c] if sign(b) && a.is_ascii_alphanumeric() && c.is_ascii_alphanumeric());
    value.bytes().filter(|byte| sign(byte)).count() >= 2
        && value.as_bytes().windows(3).any(replaces)
        && !(value.contains('@') && value.contains('.'))
}

/// Capitals, small letters, digits and four kinds of signs, changing as often as chance makes them: `7`D'}/vYR)T;W\5]EB`.
pub(crate) fn is_scrambled(value: &str) -> bool {
    let signs = "!\"#$%&'()*,;<>?@[]^`{|}~".chars().filter(|sign| value.contains(*sign)).count();
    signs >= 4 && entropy::is_patchwork(value) && !["${", "{{", "$(", "%("].iter().any(|mark| value.contains(mark))
}

/// Words that hold sentences together and stand in no list that wallets draw from.
const SENTENCE_WORDS: [&str; 16] = [
    "the", "and", "for", "are", "was", "not", "but", "has", "had", "were", "from", "your", "into", "which", "would",
    "should",
];

/// Twelve, 15, 18, 21 or 24 words, as BIP 39 makes them.
pub(crate) fn is_recovery_phrase(value: &str) -> bool {
    let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    matches!(words.len(), 12 | 15 | 18 | 21 | 24) && !words.iter().any(|word| SENTENCE_WORDS.contains(word))
}

/// Groups of letters as a machine draws them, not words that stand in a sentence, and not the alphabet.
pub(crate) fn is_app_password(value: &str) -> bool {
    let letters: String = value.split(' ').collect();
    let in_order = letters.as_bytes().array_windows().filter(|[a, b]| a + 1 == *b).count();
    !entropy::is_wordy(&letters) && entropy::distinct(&letters) >= 7 && in_order * 2 < letters.len()
}

/// `2024-01-02`, `3.2.1-rc1`, `10.0.0.5:5432`, `12345ms`: begins with a number and goes on with signs or a unit.
fn is_number_with_unit(value: &str) -> bool {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let rest = value.get(digits..).unwrap_or_default();
    digits > 0 && (rest.starts_with(['.', '-', ':', ',', '%']) || rest.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Words in the names of variables that hold passwords.
const NAMES_IN_CODE: Words<8> =
    Words::new(["password", "passwd", "passwort", "pwd", "secret", "token", "getenv", "credential"]);

/// Calls, paths into objects, other names of passwords.
fn is_code(text: &str, span: &Range<usize>, folded: &Folded, value: &str, quoted: bool) -> bool {
    if matches!(char_after(text, span.end), Some('(' | '['))
        || (!quoted && ["(", "->", "::"].iter().any(|sign| value.contains(sign)))
        || value
            .split_once('(')
            .is_some_and(|(name, rest)| is_dotted_name(name) && !(quoted && rest.contains(['#', '+', '^', '~'])))
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
        "required|",
        "nullable|",
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
    if folded.starts_with_any(&starts) || is_element(value, quoted) {
        return true;
    }
    if !quoted && (is_number_or_type(folded.text()) || is_method_call(text, span.end)) {
        return true;
    }
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit && folded.contains_any(&NAMES_IN_CODE) {
        return true;
    }
    // `user.password`, `cfg.db.pass`: dotted names without digits.
    !quoted
        && !has_digit
        && value.contains('.')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
}

/// `0x4000`, `64i32`, `__u32`, `arg2`, `unsafe`: what stands without quotes in code.
fn is_number_or_type(lower: &str) -> bool {
    let lower = lower.trim_end_matches([')', ',']);
    let letters = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let name = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let short = name.len() <= 4 && letters.len() <= name.len() + 2 && name.bytes().all(|b| b.is_ascii_lowercase());
    let hexadecimal = lower.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal
        || ["unsafe", "options", "function", "return", "await"].contains(&lower)
        || lower.strip_suffix('!').is_some_and(|name| ["string", "int", "id", "bytes"].contains(&name))
        || (short && ["i", "u", "f", "arg", "int", "var", "val", "str"].contains(&name))
}

/// `options.password(`: the value goes on as a name does.
fn is_method_call(text: &str, end: usize) -> bool {
    let mut rest = after(text, end, 2).chars();
    rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_alphabetic())
}

/// `crypto.hash`: what is called, not what is said.
fn is_dotted_name(name: &str) -> bool {
    name.len() >= 3 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b'_')
}

/// `run it with --password when asked`: a word of a sentence, not an argument.
pub(crate) fn is_prose_after_option(text: &str, start: usize, value: &str) -> bool {
    let option = before(text, start, 10).to_ascii_lowercase();
    value.trim_end_matches(['.', ',']).bytes().all(|byte| byte.is_ascii_lowercase())
        && (option.ends_with("password ") || option.ends_with("pass "))
}

/// `parts[1]`: an element of a list.
fn is_element(value: &str, quoted: bool) -> bool {
    let index = value.strip_suffix(']').and_then(|head| head.split_once('['));
    !quoted && index.is_some_and(|(name, index)| !name.is_empty() && index.bytes().all(|b| b.is_ascii_alphanumeric()))
}
