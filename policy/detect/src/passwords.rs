//! Whether what stands where a password would is one: variables, code, and words for passwords are not.

use crate::entropy;
use crate::patterns::{before, char_after, char_before};
use std::ops::Range;

/// Whether a login part is filled in later: `$PASS`, `${X}`, `{{x}}`, `%s`, `<password>`, `[pw]`, `#{x}`.
pub(crate) fn is_variable(value: &str) -> bool {
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

pub(crate) fn is_sample_login(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.is_empty()
        || SAMPLE_PASSWORDS.contains(&lower.as_str())
        || ["example", "your_", "your-", "xxxx", "redacted", "placeholder", "<", ">"]
            .iter()
            .any(|word| lower.contains(word))
        || (value.len() >= 3 && entropy::distinct(value) == 1)
}

/// Whether the value of a password assignment is one: not a variable, not a call, not a type, not a word of prose.
pub(crate) fn is_password(text: &str, span: &Range<usize>, value: &str) -> bool {
    let quoted = matches!(char_before(text, span.start), Some('"' | '\'' | '`'));
    if value.len() < 4 || is_variable(value) || is_sample_login(value) || is_code(text, span, value, quoted) {
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
    if starts.iter().any(|start| lower.starts_with(start)) || is_element(value, quoted) {
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

/// `run it with --password when asked`: a word of a sentence, not an argument.
pub(crate) fn is_prose_after_option(text: &str, start: usize, value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_lowercase())
        && before(text, start, 10).to_ascii_lowercase().ends_with("password ")
}

/// `parts[1]`: an element of a list.
fn is_element(value: &str, quoted: bool) -> bool {
    let index = value.strip_suffix(']').and_then(|head| head.split_once('['));
    !quoted && index.is_some_and(|(name, index)| !name.is_empty() && index.bytes().all(|b| b.is_ascii_alphanumeric()))
}
