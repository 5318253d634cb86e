//! Credentials and addresses that were turned. No words may stand beside them, but their beginnings and ends tell.

use super::{Way, rot13};
use crate::beginnings::{Beginnings, only, packed};
use crate::chars::is_alphanumeric;
use crate::views::runs::Runs;
use memchr::memmem;
use std::collections::BTreeMap;
use std::ops::Range;

/// Ends of addresses.
const DOMAINS: [&str; 30] = [
    "com", "org", "net", "edu", "gov", "info", "biz", "example", "test", "app", "dev", "io", "co", "eu", "de", "fr",
    "es", "it", "nl", "pl", "pt", "ru", "tr", "uk", "us", "ch", "at", "be", "se", "cz",
];
const SCHEMES: [&str; 14] = [
    "http",
    "https",
    "ftp",
    "sftp",
    "ssh",
    "postgres",
    "postgresql",
    "mysql",
    "mongodb",
    "srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
];
/// How far around a credential the words of its rule are looked for, and into it at both ends.
const AROUND_BYTES: usize = 48;
const INTO_BYTES: usize = 256;

/// What stands in or beside credentials, turned, by its first three bytes.
pub(super) struct Tokens(Beginnings<Sign>);

struct Sign {
    letters: String,
    way: Way,
    /// No letter or digit stands before it, which means behind it when it stands backwards.
    stands_free: bool,
}

impl Sign {
    fn stands(&self, text: &[u8], at: usize) -> bool {
        let end = at + self.letters.len();
        let edge = match self.way {
            Way::Backwards => text.get(end),
            Way::Rotated => at.checked_sub(1).and_then(|before| text.get(before)),
        };
        (!self.stands_free || edge.is_none_or(|byte| !byte.is_ascii_alphanumeric()))
            && text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(self.letters.as_bytes()))
    }
}

/// Words of more letters hardly stand within others by accident.
const SHORT_MAX: usize = 4;

/// Whether values end with a word of a rule.
fn ends_values(pattern: &str, word: &str) -> bool {
    pattern.trim_end_matches(')').to_ascii_lowercase().ends_with(word)
}

fn is_short(word: &str) -> bool {
    word.len() <= SHORT_MAX && word.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether values begin with the words of a rule.
fn begins_values(pattern: &str) -> bool {
    pattern.strip_prefix("^(?:(").is_some_and(|rest| !rest.starts_with('?'))
}

impl Tokens {
    /// `signs` are the words that rules of credentials go by, with the pattern of each rule.
    pub(super) fn new<'a>(signs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut entries = Vec::new();
        // A word of two rules stands free if it does for both.
        let mut words = BTreeMap::new();
        for (word, pattern) in signs {
            let stands_free = words.entry(word).or_insert(true);
            *stands_free &= begins_values(pattern) || (is_short(word) && !ends_values(pattern, word));
        }
        for (word, stands_free) in words {
            for (letters, way) in [
                (word.chars().rev().collect::<String>(), Way::Backwards),
                (word.chars().map(rot13).collect(), Way::Rotated),
            ] {
                // What reads the same turned tells nothing.
                if let ([a, b, c, ..], true) = (letters.as_bytes(), letters != word) {
                    entries.push((only(3, packed([*a, *b, *c, 0])), Sign { letters, way, stands_free }));
                }
            }
        }
        Self(Beginnings::new(entries))
    }

    /// Where credentials and addresses stand that seem to be turned, in no order.
    pub(super) fn places(&self, text: &str) -> Vec<(usize, Way)> {
        let bytes = text.as_bytes();
        let mut places = Vec::new();
        // What stands around two credentials is looked at once.
        let mut done = 0;
        for run in Runs::of(bytes).base64 {
            let zone = run.start.saturating_sub(AROUND_BYTES).max(done)..(run.end + AROUND_BYTES).min(bytes.len());
            let (head, tail) = (run.start + INTO_BYTES, run.end.saturating_sub(INTO_BYTES));
            self.places_in(bytes, zone.start..head.min(zone.end), &mut places);
            self.places_in(bytes, tail.max(head)..zone.end, &mut places);
            done = zone.end;
        }
        let head = |at: usize| text.get(..at).unwrap_or_default();
        for at in at_signs(text) {
            let behind = text.get(at + 1..).unwrap_or_default();
            places.extend(is_address_backwards(head(at)).then_some((at, Way::Backwards)));
            places.extend(is_rotated_address(behind).then_some((at, Way::Rotated)));
        }
        let rotated = memmem::find_iter(bytes, SCHEME_END).filter(|at| is_rotated_scheme(head(*at)));
        places.extend(rotated.map(|at| (at, Way::Rotated)));
        places.extend(memmem::find_iter(bytes, TURNED_SCHEME_END).map(|at| (at, Way::Backwards)));
        places
    }

    /// Notes the turned words that begin in a range.
    fn places_in(&self, text: &[u8], range: Range<usize>, places: &mut Vec<(usize, Way)>) {
        let begun = text.get(range.start..).unwrap_or_default().array_windows().zip(range);
        for ([a, b, c], at) in begun {
            let beginning = only(3, packed([*a, *b, *c, 0]));
            if self.0.may_have(beginning) {
                let signs = self.0.of(beginning).filter(|sign| sign.stands(text, at));
                places.extend(signs.map(|sign| (at, sign.way)));
            }
        }
    }
}

/// What stands behind a scheme, and the same turned.
const SCHEME_END: &[u8] = b"://";
const TURNED_SCHEME_END: &[u8] = b"//:";

fn at_signs(text: &str) -> memchr::Memchr<'_> {
    memchr::memchr_iter(b'@', text.as_bytes())
}

/// Places beside which an address may stand, counted without keeping them: there may be as many as bytes.
pub(super) fn count_marks(text: &str) -> usize {
    let schemes = [SCHEME_END, TURNED_SCHEME_END].map(|end| memmem::find_iter(text.as_bytes(), end).count());
    at_signs(text).count() + schemes.iter().sum::<usize>()
}

/// Whether what stands before an at sign begins with the end of a domain.
fn is_address_backwards(before: &str) -> bool {
    let first = before.rsplit(|c: char| !is_of_domain(c)).next().unwrap_or_default();
    first.split_once('.').is_some_and(|(end, _)| is_one_of(&DOMAINS, end.chars().rev()))
}

fn is_rotated_address(behind: &str) -> bool {
    let last = behind.split(|c: char| !is_of_domain(c)).next().unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(_, end)| is_one_of(&DOMAINS, end.chars().map(rot13)))
}

fn is_rotated_scheme(before: &str) -> bool {
    let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    is_one_of(&SCHEMES, scheme.chars().map(rot13))
}

fn is_of_domain(c: char) -> bool {
    is_alphanumeric(c) || matches!(c, '.' | '-')
}

fn is_one_of(known: &[&str], letters: impl Iterator<Item = char> + Clone) -> bool {
    let low = letters.map(|c| c.to_ascii_lowercase());
    known.iter().any(|known| known.chars().eq(low.clone()))
}
