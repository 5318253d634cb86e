//! Whether a value that has the shape of a credential is one: placeholders, variables and code are not.

use crate::entropy;
use crate::folded::{Folded, Words};
use crate::forms;
use crate::hits::Hit;
use crate::names;
use crate::passwords::{
    is_anonymous, is_app_password, is_password, is_prose_after_option, is_recovery_phrase, is_sample_login,
    is_scrambled, is_strong_password, is_variable,
};
use crate::patterns::{before, char_after, char_before, stands_free};
use crate::personal::is_unspaced;
use crate::public;
use crate::rule::{Check, Rule};
use base64::Engine;
use std::collections::HashMap;
use std::ops::Range;

/// Which values of one text look random, by their span: several rules ask for the same ones.
#[derive(Default)]
pub(crate) struct Judged(HashMap<(usize, usize), bool>);

/// Whether the value at this span passes the rule's checks. The hits are those of the rule in the text.
pub(crate) fn accept(text: &str, rule: &Rule, hits: &[Hit], span: &Range<usize>, judged: &mut Judged) -> bool {
    let Some(value) = text.get(span.clone()) else {
        return false;
    };
    if rule.behind && value.contains(is_unspaced) {
        return false;
    }
    match rule.check {
        Check::None => true,
        Check::Token => {
            free_standing(text, span) && !is_sample(value) && !is_name_of_words(value) && entropic(value, rule.entropy)
        }
        Check::Random => {
            is_random(text, rule, span, value, judged)
                && !public::is_named_id(text, span.start)
                && !(is_uuid(value) && names::is_bare_key(text, span.start))
        }
        Check::Vendor => {
            let reach = if is_uuid(value) { UUID_SERVICE_BYTES } else { SERVICE_BYTES };
            is_random(text, rule, span, value, judged)
                && !public::is_urn(text, span.start)
                && beside_service(text, span.start, reach, hits)
                && (!is_uuid(value) || is_called_key(before(text, span.start, UUID_SERVICE_BYTES), &rule.near))
        }
        Check::Command => {
            !is_variable(value)
                && !is_sample_login(value)
                && !value.starts_with(['-', '/'])
                && !["env:", "file:", "fd:", "stdin"].iter().any(|source| value.starts_with(source))
                && !is_prose_after_option(text, span.start, value)
        }
        Check::Password => is_password(text, span, value),
        Check::StrongPassword => is_strong_password(text, span, value),
        Check::Login => !is_variable(value) && !is_sample_login(value) && !is_anonymous(text, span.start),
        Check::Scrambled => is_scrambled(value),
        Check::Words => is_recovery_phrase(value),
        Check::Groups => is_app_password(value),
        Check::Jwt => free_standing(text, span) && is_jwt(value) && !is_sample(value),
    }
}

/// A token that looks generated, stands alone, and that nothing around it explains otherwise.
fn is_random(text: &str, rule: &Rule, span: &Range<usize>, value: &str, judged: &mut Judged) -> bool {
    let looks_random = || {
        made_by_machine(value)
            && !is_sample(value)
            && !is_name_in_code(text, span, value)
            && !public::is_public(text, span, value)
            && !forms::is_malformed(text, span.start, value)
    };
    free_standing(text, span)
        && entropic(value, rule.entropy)
        && *judged.0.entry((span.start, span.end)).or_insert_with(looks_random)
}

fn entropic(value: &str, least: f32) -> bool {
    least <= 0.0 || entropy::reaches(value, least)
}

/// No letter or digit touches the value, and it is no second half of a key that is to be published: `pk_live_...`.
fn free_standing(text: &str, span: &Range<usize>) -> bool {
    stands_free(text, span.start)
        && char_after(text, span.end).is_none_or(|c| !c.is_ascii_alphanumeric())
        && before(text, span.start, 3) != "pk_"
}

/// Words that mark a value as made up for a document.
const SAMPLE_WORDS: Words<18> = Words::new([
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
    "***",
    // Hexadecimal bytes from 00 on, as test vectors have them.
    "0001020304050607",
]);

/// Whether a token is a placeholder.
pub(crate) fn is_sample(value: &str) -> bool {
    Folded::new(value).contains_any(&SAMPLE_WORDS) || entropy::distinct(value) < 5
}

/// `sk-proj-frontend-development-01`: small words and short numbers joined by dashes, three of them long enough to be
/// spoken. Nothing was drawn by chance there.
fn is_name_of_words(value: &str) -> bool {
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |part: &str| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_spoken = |part: &str| part.len() >= 4 && is_word(part) && part.contains(['a', 'e', 'i', 'o', 'u']);
    value.split('-').all(|part| !part.is_empty() && part.len() <= 16 && (is_word(part) || is_number(part)))
        && value.split('-').filter(|part| is_spoken(part)).count() >= 3
}

/// A call, or letters that are words.
fn is_name_in_code(text: &str, span: &Range<usize>, value: &str) -> bool {
    char_after(text, span.end) == Some('(') || entropy::is_wordy(value) || is_camel_name(value)
}

/// `hapiJwt2KeyAsync`: three words and more of three letters and more, hardly a digit.
fn is_camel_name(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    if digits > 4 || capitals < 2 {
        return false;
    }
    let (mut words, mut length, mut last) = (0, 3, b'0');
    for byte in value.bytes() {
        if byte.is_ascii_lowercase() && last.is_ascii_alphabetic() {
            length += 1;
        } else if byte.is_ascii_alphabetic() {
            if length < 3 {
                return false;
            }
            (words, length) = (words + 1, 1);
        }
        last = byte;
    }
    words >= 3 && length >= 3
}

/// How far before the value the name of its service may stand.
const SERVICE_BYTES: usize = 330;
/// The same for a value that may be the id of a thing.
const UUID_SERVICE_BYTES: usize = 48;

/// Whether the line before a value says that it is a key, or the value is assigned to the service itself.
fn is_called_key(context: &str, names: &[String]) -> bool {
    let line = context.rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
    let left = line.trim_end_matches(['"', '\'', ' ']);
    let assigned = left.strip_suffix([':', '=']).map(|left| left.trim_end_matches(['"', '\'', ' ']));
    ["key", "token", "secret", "auth", "pass", "private", "credential"].iter().any(|word| line.contains(word))
        || assigned.is_some_and(|left| names.iter().any(|name| left.ends_with(name.as_str())))
}

/// Whether one of the names stands before the value as a word of its own, not inside another as `atera` in `lateral`.
fn beside_service(text: &str, at: usize, reach: usize, hits: &[Hit]) -> bool {
    let head = text.get(..at).unwrap_or_default();
    let near = hits.get(..hits.partition_point(|hit| hit.start() < at)).unwrap_or_default();
    let names = near.iter().rev().take_while(|hit| hit.start() + reach >= at);
    names.filter(|hit| hit.end() <= at).any(|hit| is_own_word(head, hit.start(), hit.end()))
}

/// Words that are written together with the name of a service.
const SUFFIXES: [&str; 19] = [
    "key", "token", "secret", "api", "access", "private", "pass", "auth", "client", "app", "user", "id", "personal",
    "account", "bot", "web", "hook", "pro", "team",
];

fn is_own_word(context: &str, start: usize, end: usize) -> bool {
    let first_small = char_after(context, start).is_some_and(|c| c.is_ascii_lowercase());
    let head = char_before(context, start)
        .is_none_or(|c| !c.is_ascii_alphabetic() || (c.is_ascii_lowercase() && !first_small));
    let tail = context.get(end..).unwrap_or_default();
    let goes_on = tail.starts_with(|c: char| c.is_ascii_lowercase())
        || (tail.starts_with(|c: char| c.is_ascii_uppercase())
            && char_before(context, end).is_some_and(|c| c.is_ascii_uppercase()));
    let begins = |suffix: &str| tail.get(..suffix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(suffix));
    head && (!goes_on || SUFFIXES.iter().any(|suffix| begins(suffix)))
}

/// Letters and digits mixed the way generators do, not words joined by dashes.
pub(crate) fn made_by_machine(value: &str) -> bool {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let numbers = value.bytes().filter(u8::is_ascii_digit).count();
    if numbers == 0 {
        // Base64 without a digit is rare; require both cases, mixed more than names in code are.
        let least = if value.len() >= 20 { 43 } else { 55 };
        let changes = entropy::case_changes(value);
        return value.len() >= 16
            && (changes * 100 >= value.len() * least
                || (changes * 4 >= value.len() && entropy::is_unlike_words(value)))
            && !value.contains(['/', '.']);
    }
    if letters == 0 {
        return value.len() >= 20;
    }
    if entropy::is_patchwork(value) {
        return true;
    }
    let pieces = || value.split(['-', '_', '.', '/', '+', '=']);
    // Groups such as those of a UUID are short, but there are many with digits.
    if pieces().filter(|piece| piece.len() >= 4 && piece.bytes().any(|b| b.is_ascii_digit())).count() >= 3 {
        return true;
    }
    pieces().any(|piece| piece.len() >= 8 && piece.bytes().any(|b| b.is_ascii_digit()) && !is_word_with_number(piece))
}

/// `release2024`, `Version12`: one word, one number, the word written as words are.
fn is_word_with_number(piece: &str) -> bool {
    let changes = piece
        .as_bytes()
        .windows(2)
        .filter(|pair| pair.first().map(u8::is_ascii_digit) != pair.last().map(u8::is_ascii_digit))
        .count();
    changes <= 1 && piece.len() < 20 && entropy::case_changes(piece) < 6 && !entropy::is_unlike_words(piece)
}

/// 8-4-4-4-12 hexadecimal digits: as often the id of a thing as a key.
fn is_uuid(value: &str) -> bool {
    let groups: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_alphanumeric()))
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
    // Its first name counts where the rest was spelled so that it is no JSON any more.
    ["\"alg", "\"enc", "\"typ", "\"kid"].iter().any(|name| {
        text.match_indices(name)
            .any(|(at, name)| at == 1 || text.get(at + name.len()..).unwrap_or_default().starts_with('"'))
    })
}
