//! What the name that a value is assigned to says of it: `primaryKey` and `token_audience` hold no credential.

use crate::patterns::before;
use std::ops::Range;

/// Longest name that is looked at.
const NAME_BYTES: usize = 64;

/// Words right before `key` or `token` that make them something everybody may see.
const PUBLIC_KINDS: [&str; 23] = [
    "foreign",
    "public",
    "pub",
    "publishable",
    "partition",
    "sort",
    "row",
    "object",
    "order",
    "bucket",
    "schema",
    "sequence",
    "natural",
    "idempotency",
    "csrf",
    "xsrf",
    "csrfmiddleware",
    "requestverification",
    "site",
    "socket",
    "issuer",
    "accessibility",
    "accessor",
];

/// Words anywhere in a name that say that nobody can read the value.
const SEALED: [&str; 4] = ["encrypted", "wrapped", "sealed", "ciphertext"];

/// Words that make a key secret whatever else is said of it: `BUCKET_SECRET_KEY`, `SITE_API_KEY`.
const SECRET: [&str; 10] =
    ["secret", "api", "access", "private", "auth", "password", "passwd", "passphrase", "pwd", "credential"];

/// Words at the end of a name that say what about a key or a secret the value is.
const ABOUT: [&str; 26] = [
    "name",
    "names",
    "hash",
    "audience",
    "event",
    "alias",
    "length",
    "size",
    "keyword",
    "keywords",
    "fingerprint",
    "thumbprint",
    "digest",
    "checksum",
    "version",
    "algorithm",
    "alg",
    "chars",
    "charset",
    "alphabet",
    "file",
    "issuer",
    "type",
    "field",
    "label",
    "nonce",
];

/// Whether the name assigned to is that of something public. What clouds call the first of two keys ends as base64 does.
pub(crate) fn is_public_name(text: &str, start: usize, value: &str) -> bool {
    let name = assigned_name(text, start);
    let words = words(name);
    let says = |list: &[&str], word: &str| list.contains(&word);
    if words.last().is_some_and(|last| says(&ABOUT, last)) || words.iter().any(|word| says(&SEALED, word)) {
        return true;
    }
    let is_public = |(place, word): (usize, &String)| {
        let before = place.checked_sub(1).and_then(|before| words.get(before)).map(String::as_str);
        // `SOCKET_TOKEN` opens a socket, `Sec-WebSocket-Key` is a part of opening one.
        let kind = says(&PUBLIC_KINDS, word) && (word != "socket" || before == Some("web"));
        let key = matches!(words.get(place + 1).map(String::as_str), None | Some("key" | "keys" | "token" | "tokens"));
        key && (kind || (word == "primary" && !value.ends_with('=')))
    };
    !words.iter().any(|word| says(&SECRET, word)) && words.iter().enumerate().any(is_public)
}

/// Whether the whole name is `key`, which names an entry of a list as often as a credential.
pub(crate) fn is_bare_key(text: &str, start: usize) -> bool {
    assigned_name(text, start).eq_ignore_ascii_case("key")
}

/// `"name": ` follows: the value is itself the name of something.
pub(crate) fn is_name_itself(text: &str, span: &Range<usize>) -> bool {
    let quoted = before(text, span.start, 1);
    let rest = text.get(span.end..).unwrap_or_default();
    matches!(quoted, "\"" | "'")
        && rest.strip_prefix(quoted).is_some_and(|rest| {
            let rest = rest.trim_start_matches(' ');
            rest.starts_with(": ") && !before(text, span.start, 4).contains('?')
        })
}

/// `acme-prod-secret-backups-0d1bb70b0723`: a word within a name of several words, and its last one a number.
pub(crate) fn is_in_a_dashed_name(text: &str, start: usize, value: &str) -> bool {
    let head = before(text, start, NAME_BYTES);
    let Some(left) = head.strip_suffix('-') else { return false };
    let word = last_identifier(left);
    let small = |part: &str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut parts = value.split('-');
    word.split('-').count() > 1
        && word.split('-').all(|part| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
        && parts.next().is_some_and(small)
        && parts.next().is_some()
}

/// The identifier before the sign that assigns, without it if there is none.
pub(crate) fn assigned_name(text: &str, start: usize) -> &str {
    let line = before(text, start, NAME_BYTES).rsplit('\n').next().unwrap_or_default();
    let left = line.trim_end_matches([' ', '\t', '"', '\'', '`', '(', '@']);
    let Some(left) = left.strip_suffix([':', '=', '>']) else { return content_of(left) };
    let left = left.trim_end_matches([':', '=', '?', '>', ' ', '\t', '"', '\'', '`', ']', ')']);
    let name = last_identifier(left);
    if matches!(name, "value" | "content") { content_of(left) } else { name }
}

/// `name="csrf" value=`: the name stands in the attribute before.
fn content_of(left: &str) -> &str {
    let Some(left) = left.strip_suffix("value").or_else(|| left.strip_suffix("content")) else { return "" };
    last_identifier(left.trim_end_matches([' ', '\t', ',', '"', '\'']))
}

fn last_identifier(left: &str) -> &str {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    left.get(left.trim_end_matches(sign).len()..).unwrap_or_default()
}

/// `issuerKeyHash`, `key_down_event` in small letters: `issuer`, `key`, `hash`. What stands together before `token` or
/// `key` in small letters alone is parted too: `csrfmiddlewaretoken`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in name.split(['_', '-']) {
        let mut word = String::new();
        let mut last_small = false;
        for c in piece.chars() {
            if c.is_ascii_uppercase() && last_small && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            last_small = !c.is_ascii_uppercase();
            word.push(c.to_ascii_lowercase());
        }
        for end in ["token", "key"] {
            if let Some(head) = word.strip_suffix(end).filter(|head| !head.is_empty()) {
                words.push(head.to_owned());
                word = end.to_owned();
            }
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_public_things_from_keys() {
        let public = |text: &str| is_public_name(text, text.len(), "");
        for text in [
            "primaryKey=",
            "\"issuerKeyHash\": \"",
            "key_down_event = '",
            "TOKEN_AUDIENCE = \"",
            "publicToken: ",
            "data-sitekey=\"",
            "Sec-WebSocket-Key: ",
            "<input name=\"csrfmiddlewaretoken\" value=\"",
            "<meta name=\"csrf-token\" content=\"",
            "\"UserKeyword\": \"",
        ] {
            assert!(public(text), "{text}");
        }
        for text in ["api_key = \"", "SECRET_KEY: ", "<add key=\"ApiToken\" value=\"", "token: ", "clientSecret := '"] {
            assert!(!public(text), "{text}");
        }
        for text in [
            "BUCKET_SECRET_KEY=",
            "SITE_API_KEY = \"",
            "SOCKET_TOKEN = \"",
            "SCHEMA_REGISTRY_API_KEY=",
            "WTF_CSRF_SECRET_KEY: '",
            "objectStorageAccessKey: ",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn a_key_of_an_object_is_a_name() {
        let text = "{\"c098f218-face-c0fe\": \"x\", \"token\": \"abc\"}";
        assert!(is_name_itself(text, &(2..20)));
        let value = text.find("abc").unwrap_or_default();
        assert!(!is_name_itself(text, &(value..value + 3)));
        assert!(!is_name_itself("flag ? \"abc\" : \"\"", &(8..11)));
    }
}
