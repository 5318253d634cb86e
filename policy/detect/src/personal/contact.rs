//! How to reach a person: mail, telephone, network address.

use super::context::{Class, Word, Words};
use super::{Data, Datum, matches_in, pattern, walk};
use crate::checks::digits;
use crate::config::PlanError;
use crate::patterns::{after, before, char_after, char_before, floor};
use regex::Regex;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Compiled patterns of this file.
pub(super) struct Contact {
    v4: Regex,
    v6: Regex,
    phone: Regex,
    grouped: Regex,
}

impl Contact {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self {
            v4: pattern("pii.ip", r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")?,
            v6: pattern("pii.ip", r"(?i-u:[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})")?,
            phone: pattern(
                "pii.phone",
                r"(?i-u:[+(]{0,2}[0-9](?:[ ./()\-]{0,2}[0-9]){5,17}(?: ?(?:x|ext\.? ?)[0-9]{1,6})?)",
            )?,
            grouped: pattern("pii.phone", GROUPED)?,
        })
    }

    /// Mail addresses, found from each `@` outwards.
    pub(super) fn emails(&self, text: &str, data: &mut Data) {
        for at in memchr::memchr_iter(b'@', text.as_bytes()) {
            if let Some(span) = email_around(text, at) {
                data.push(Datum { span, type_: "EMAIL", rule: Cow::Borrowed("pii.email"), score: 0.99 });
            }
        }
    }

    /// IPv4 and IPv6 addresses that can belong to somebody's device.
    pub(super) fn addresses_of_machines(&self, text: &str, digits: &[Range<usize>], words: &Words, data: &mut Data) {
        let v4 = walk::numbers(text, digits, 4, |signs| signs == b".");
        for span in v4.flat_map(|number| matches_in(&self.v4, text, number)) {
            if is_ip_v4(text, words, span.clone()) && !data.taken(&span) {
                data.push(Datum { span, type_: "IP", rule: Cow::Borrowed("pii.ip"), score: 0.95 });
            }
        }
        for span in groups_with_colons(text, digits).flat_map(|groups| matches_in(&self.v6, text, groups)) {
            if is_ip_v6(text, span.clone()) && !data.taken(&span) {
                data.push(Datum { span, type_: "IP", rule: Cow::Borrowed("pii.ip"), score: 0.95 });
            }
        }
    }

    /// Telephone numbers: international ones, nationally grouped ones, and any number that a word calls one.
    pub(super) fn phones(&self, text: &str, digits: &[Range<usize>], words: &Words, data: &mut Data) {
        let mut at = 0;
        let joins = |signs: &[u8]| signs.len() <= 2 && signs.iter().all(|sign| b" ./()-".contains(sign));
        for number in walk::numbers(text, digits, PHONE_DIGITS_MIN, joins) {
            at = at.max(floor(text, number.start.saturating_sub(2)));
            let end = floor(text, number.end + EXTENSION_BYTES_MAX);
            while at + PHONE_DIGITS_MIN <= number.end
                && let Some(found) = text.get(..end).and_then(|text| self.phone.find_at(text, at))
                && found.start() < number.end
            {
                at = found.end();
                let Some(span) = self.phone_at(text, words, found.range()) else {
                    continue;
                };
                if !data.taken(&span) {
                    data.push(Datum { span, type_: "PHONE", rule: Cow::Borrowed("pii.phone"), score: 0.93 });
                }
            }
        }
    }

    fn phone_at(&self, text: &str, words: &Words, found: Range<usize>) -> Option<Range<usize>> {
        let mut span = found;
        let written = text.get(span.clone())?;
        // An opening bracket that nothing closes belongs to the sentence.
        if written.starts_with('(') && !written.contains(')') {
            span.start += 1;
        }
        let written = text.get(span.clone())?;
        let free = char_before(text, span.start)
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '/' | '#' | '$' | '€' | '+'))
            && char_after(text, span.end).is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '%' | '€' | '$'))
            && !goes_on(after(text, span.end, 2));
        if !free {
            return None;
        }
        let plain = written.split(['x', 'X', 'e', 'E']).next().unwrap_or_default();
        let count = digits(plain).len();
        // `00` and the country; other numbers have leading zeros, too.
        let abroad = plain.starts_with("00") && !plain.starts_with("000") && !plain.contains('/');
        if plain.starts_with('+') {
            return (8..=16).contains(&count).then_some(span);
        }
        let callable = (6..=15).contains(&count) && !looks_like_date(plain) && plain.matches('/').count() < 2;
        let alone = if abroad {
            (10..=16).contains(&count)
        } else {
            self.grouped.is_match(plain) || (is_dialled(plain) && is_under_a_name(text, &span))
        };
        if !callable && !alone {
            return None;
        }
        let fits = match words.nearest(text, span.start, 56).filter(Word::is_first) {
            Some(word) if word.class == Class::Phone => callable && (is_called(word.gap) || is_dialled(plain)),
            Some(word) if matches!(word.class, Class::Thing | Class::Number) && word.gap.len() <= 28 => false,
            _ => alone,
        };
        fits.then_some(span)
    }
}

const PHONE_DIGITS_MIN: usize = 6;
/// ` ext. 123456`
const EXTENSION_BYTES_MAX: usize = 12;

/// Stretches of hexadecimal digits and colons around decimal ones, with two colons at least.
fn groups_with_colons(text: &str, digits: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let belongs = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    let mut seen = 0;
    digits.iter().filter_map(move |run| {
        if run.end <= seen {
            return None;
        }
        seen = run.end + bytes.get(run.end..)?.iter().take_while(belongs).count();
        let start = run.start - bytes.get(..run.start)?.iter().rev().take_while(belongs).count();
        let colons = bytes.get(start..seen)?.iter().filter(|byte| **byte == b':').count();
        (colons > 1).then_some(start..seen)
    })
}

/// Whether more digits follow behind a sign: then the number is part of something longer.
fn goes_on(behind: &str) -> bool {
    behind.starts_with([':', '-', ',']) && behind.ends_with(|c: char| c.is_ascii_digit())
}

/// National forms that hardly anything else has: North America, France, Britain, Spain's mobile numbers with words only.
const GROUPED: &str = r"^(?:(?:1[ .\-])?\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .\-][0-9]{4}|(?:1[ .\-])?[2-9][0-9]{2}([\-.])[2-9][0-9]{2}[\-.][0-9]{4}|0[1-9](?:[ .\-][0-9]{2}){4}|\(0[0-9]{2,5}\) ?[0-9]{3,8}(?:[ \-]?[0-9]{2,6})?|0[127][0-9]{2,3} [0-9]{3} ?[0-9]{3,4}|0[0-9]{2,4}/[0-9]{4,9})$";

/// Whether the words between `call` and the number lead to it: `me at`, `number is`, `Anna under`.
fn is_called(gap: &str) -> bool {
    const LEADING: &str = " no nr number num is me us at on under to us them her him home work office private privat \
        direct unter auf an ist lautet au le est sur al es é è en il è al allo su op via na pod nr. no. č. är på er til i \
        numer numero número n° nº n. o a on numeroon la numărul este na broj je številka ir numeris numurs numbril на е \
        номер στο είναι mé mein my mijn mi ";
    let last = gap.split_whitespace().next_back().unwrap_or_default();
    let last = last.trim_matches(|c: char| !c.is_alphanumeric() && c != '°').to_lowercase();
    last.is_empty() || LEADING.contains(&format!(" {last} "))
}

/// A line of its own below a name, as in signatures.
fn is_under_a_name(text: &str, span: &Range<usize>) -> bool {
    let mut lines = before(text, span.start, 64).rsplit('\n');
    let alone = lines.next() == Some("") && after(text, span.end, 1).trim_start_matches(['\r', '\n']).is_empty();
    let name = lines.next().unwrap_or_default().trim();
    alone
        && (2..=4).contains(&name.split(' ').count())
        && name.split(' ').all(|word| word.starts_with(char::is_uppercase))
        && name.chars().all(|c| c.is_alphabetic() || " .'’-".contains(c))
}

/// Written as one dials it: with an area code's zero, in brackets, or in groups that no amount has.
fn is_dialled(plain: &str) -> bool {
    let mut groups = plain.split([' ', '\u{a0}', '.', ',']);
    let head = groups.next().unwrap_or_default().len();
    let thousands = (1..=3).contains(&head) && groups.clone().count() > 0 && groups.all(|group| group.len() == 3);
    plain.starts_with(['0', '+', '(']) || (plain.contains([' ', '.', '-', '/', '(']) && !thousands)
}

fn looks_like_date(written: &str) -> bool {
    let parts: Vec<&str> = written.split(['-', '/', '.']).collect();
    matches!(parts.iter().map(|part| part.len()).collect::<Vec<_>>().as_slice(), [4, 2, 2] | [2, 2, 4])
}

/// The mail address around an `@`.
fn email_around(text: &str, at: usize) -> Option<Range<usize>> {
    let head = text.get(..at)?;
    let tail = text.get(at + 1..)?;
    let local: usize = head
        .chars()
        .rev()
        .take(64)
        .take_while(|c| c.is_ascii_alphanumeric() || "._%+-'".contains(*c) || (c.is_alphabetic() && *c < '\u{250}'))
        .map(char::len_utf8)
        .sum();
    let mut start = at - local;
    while text.get(start..at)?.starts_with(['.', '\'', '-', '%', '+']) {
        start += 1;
    }
    let domain: usize = tail
        .chars()
        .take(255)
        .take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c) || (c.is_alphabetic() && *c < '\u{250}'))
        .map(char::len_utf8)
        .sum();
    let name = tail.get(..domain)?.trim_end_matches(['.', '-']);
    let end = at + 1 + name.len();
    let last = name.rsplit('.').next()?;
    let good = start < at
        && !text.get(start..at)?.ends_with('.')
        && name.contains('.')
        && !name.contains("..")
        && !name.starts_with(['.', '-'])
        && (2..=24).contains(&last.len())
        && last.chars().all(char::is_alphabetic);
    // In `scheme://user:password@host` the part before the `@` is a password.
    let login = text.get(..start)?.ends_with(':')
        && char_after(text, end).is_none_or(|c| matches!(c, '/' | ':' | '"' | '\'' | ' ' | '\n'))
        && text
            .get(start.saturating_sub(128)..start)
            .is_some_and(|head| head.rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://")));
    (good && !login).then_some(start..end)
}

fn is_ip_v4(text: &str, words: &Words, span: Range<usize>) -> bool {
    let Some(Ok(address)) = text.get(span.clone()).map(str::parse::<Ipv4Addr>) else {
        return false;
    };
    let before = char_before(text, span.start);
    let free = before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_'))
        && char_after(text, span.end).is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
        && !(after(text, span.end, 2).starts_with('.')
            && after(text, span.end, 2).ends_with(|c: char| c.is_ascii_alphanumeric()));
    let special = address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || address.octets().first() == Some(&0)
        || address.octets().first() == Some(&255);
    let versioned = words
        .nearest_of(text, span.start, 32, |class| class == Class::Thing)
        .is_some_and(|word| word.gap.len() <= 20 || word.gap.ends_with(" to "));
    // A network, not somebody's device.
    let range =
        after(text, span.end, 2).strip_prefix('/').is_some_and(|bits| bits.starts_with(|c: char| c.is_ascii_digit()))
            && address.octets().last() == Some(&0);
    free && !special && !versioned && !range
}

fn is_ip_v6(text: &str, span: Range<usize>) -> bool {
    let Some(written) = text.get(span.clone()) else {
        return false;
    };
    let Ok(address) = written.parse::<Ipv6Addr>() else {
        return false;
    };
    let groups = written.split(':').filter(|group| !group.is_empty()).count();
    let free = char_before(text, span.start).is_none_or(|c| !c.is_alphanumeric() && !matches!(c, ':' | '.'))
        && char_after(text, span.end).is_none_or(|c| !c.is_alphanumeric())
        && !(after(text, span.end, 2).starts_with(':')
            && after(text, span.end, 2).ends_with(|c: char| c == ':' || c.is_ascii_alphanumeric()));
    free && groups >= 3 && !address.is_loopback() && written.bytes().any(|b| b.is_ascii_digit())
}
