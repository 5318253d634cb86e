//! Traces of addresses: signs around a number without which no street or place can be there.
//!
//! The patterns of streets are long and name whole alphabets. Most numbers stand in no address, and what is beside them
//! shows it. INVARIANT: what `address.rs` would report leaves a trace here.

use super::address_forms::{BEHIND, ENGLISH, FRENCH, GERMANIC, ROMANCE, ROMANIAN, SLAVIC, SMALL};
use super::lexicon::{Endings, Lexicon, Marks};
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::config::PlanError;
use crate::patterns::{after, before, char_before};
use crate::stream::RUN_BYTES_MAX;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;

/// The kinds of streets, by where they stand.
pub(super) struct Kinds {
    /// Before the name.
    leading: AhoCorasick,
    /// At the end of the name, whatever their case.
    endings: Endings,
    others: Lexicon,
}

/// Words of their own between name and number.
const TRAILING: Marks = Marks::nth(0);
/// Behind number and name, whatever their case.
const LAST: Marks = Marks::nth(1);
/// Behind the number, before the name.
const INNER: Marks = Marks::nth(2);

/// No kind of street is longer.
const KIND_BYTES_MAX: usize = 24;

/// Places where the patterns are worth a try, in their order.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) streets: Vec<usize>,
    /// Numbers beside a name, with the code of a place behind them.
    pub(super) vague: Vec<usize>,
}

impl Kinds {
    pub(super) fn new() -> Result<Self, PlanError> {
        let leading = [ROMANCE, ROMANIAN, SLAVIC, FRENCH].into_iter().flat_map(alternatives);
        let leading = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(leading)
            .map_err(|error| PlanError::Pattern { rule: "pii.address".to_owned(), cause: error.to_string() })?;
        let mut others = Lexicon::default();
        for (kinds, marks) in [(BEHIND, TRAILING), (ENGLISH, LAST), (FRENCH, INNER)] {
            alternatives(kinds).iter().for_each(|kind| others.add(kind, marks));
        }
        Ok(Self { leading, endings: Endings::new(&alternatives(GERMANIC)), others })
    }

    pub(super) fn traces(&self, text: &str, digits: &[Range<usize>]) -> Traces {
        let mut traces = Traces::default();
        // Numbers that may be those of houses, with no place behind them so far.
        let mut houses: Vec<usize> = Vec::new();
        let mut seen = 0;
        for (at, run) in digits.iter().enumerate() {
            let lead = run.start.checked_sub(1).and_then(|before| text.as_bytes().get(before));
            let apart = matches!(lead, None | Some(b' ' | b'\n' | b'.' | b'-' | b'r'));
            let named = apart && is_behind_a_name(text, run.start);
            let place = is_lettered_code(text.as_bytes(), run)
                || (apart && is_code(text, digits, at) && (named || leads_to_a_town(text, digits, at)));
            if place {
                traces.vague.extend(houses.drain(..).filter(|house| run.start - house <= RUN_BYTES_MAX));
                traces.vague.extend(ship_before(text, run.start));
            }
            if place || named {
                self.leading_kinds(text, seen..run.start, &mut traces.streets);
                seen = run.start;
            }
            let next = words_behind(text, run.end).next().unwrap_or_default();
            let capital = is_capital(next);
            let begins = capital || next.starts_with(['b', 't']) || self.is_inner(next);
            if self.ends_a_street(text, run.start) || (begins && self.begins_a_street(text, run.end)) {
                traces.streets.push(run.start);
            }
            if named || capital {
                houses.push(run.start);
            }
        }
        traces.streets.sort_unstable();
        traces.vague.sort_unstable();
        traces
    }

    /// Kinds with a name behind them, in what the range adds to the ones before it.
    fn leading_kinds(&self, text: &str, range: Range<usize>, found: &mut Vec<usize>) {
        let head = before(text, range.end, RUN_BYTES_MAX.min(range.len() + KIND_BYTES_MAX));
        let start = range.end - head.len();
        for kind in self.leading.find_overlapping_iter(head) {
            let behind = text.get(start + kind.end()..).unwrap_or_default();
            if char_before(text, start + kind.start()).is_none_or(|c| !is_alphanumeric(c)) && leads_to_a_name(behind) {
                found.push(start + kind.start());
            }
        }
    }

    /// Whether the word is a kind of street that stands behind the number.
    fn is_inner(&self, word: &str) -> bool {
        word.len() <= KIND_BYTES_MAX && self.others.marks(word).has(INNER)
    }

    /// Whether a name with its kind may end before the number: `Hauptstraße 5`, `Petőfi utca 5`.
    fn ends_a_street(&self, text: &str, at: usize) -> bool {
        // Most numbers touch something else.
        if !matches!(before(text, at, 1), " " | ":") {
            return false;
        }
        let labelled = ["No: ", "No:", "No. ", "No "].iter().find(|label| before(text, at, 4).ends_with(**label));
        let at = at - labelled.map_or(0, |label| label.len());
        let Some([last, b' ']) = at.checked_sub(2).and_then(|from| text.as_bytes().get(from..at)) else { return false };
        if last.is_ascii() && !last.is_ascii_alphabetic() && *last != b'.' {
            return false;
        }
        let head = before(text, at - 1, KIND_BYTES_MAX);
        let word = head.rsplit(' ').next().unwrap_or_default();
        if self.others.marks(word).has(TRAILING) {
            return true;
        }
        let mut buffer = [0; KIND_BYTES_MAX];
        match buffer.get_mut(..word.len()) {
            Some(lower) if word.is_ascii() => {
                lower.copy_from_slice(word.as_bytes());
                lower.make_ascii_lowercase();
                self.endings.any(lower, |_| true)
            }
            _ => self.endings.any(word.to_lowercase().as_bytes(), |_| true),
        }
    }

    /// Whether a name with its kind may begin behind the number: `5 Main Street`, `5 bis, rue ...`.
    fn begins_a_street(&self, text: &str, at: usize) -> bool {
        let mut named = false;
        for word in words_behind(text, at).take(6) {
            let letters = word.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let kind = word.get(..letters).unwrap_or_default();
            if named && self.others.marks_in_any_case(kind).has(LAST) || !named && self.is_inner(word) {
                return true;
            }
            named |= is_capital(word);
            if !is_capital(word) && !matches!(kind, "bis" | "ter") {
                return false;
            }
        }
        false
    }
}

/// Whether a name may follow a kind: a capital, perhaps behind a small word.
fn leads_to_a_name(behind: &str) -> bool {
    let behind = behind.strip_prefix(' ').unwrap_or(behind);
    // `ul. 3 Maja`, `Via 25 Aprile`.
    let day = behind.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let behind =
        behind.get(day..).filter(|_| (1..=2).contains(&day)).map_or(behind, |name| name.trim_start_matches(' '));
    // Of many kinds in a row no small word follows most.
    let begins_small = || behind.bytes().take(SMALL_WORD_BYTES_MAX + 1).position(|byte| byte == b' ') > Some(0);
    let small = || SMALL.split('|').filter_map(|small| behind.strip_prefix(small)?.strip_prefix(' '));
    is_capital(behind) || (begins_small() && small().any(is_capital))
}

/// The first of small words is no longer.
const SMALL_WORD_BYTES_MAX: usize = 8;

/// Whether the code of a place may stand at a run of digits: of digits alone, or as `12-345` and `123 45`.
fn is_code(text: &str, digits: &[Range<usize>], at: usize) -> bool {
    let Some(run) = digits.get(at) else { return false };
    let next = digits.get(at + 1).and_then(|next| Some((next.len(), text.get(run.end..next.start)?)));
    (4..=8).contains(&run.len()) || matches!((run.len(), next), (3, Some((2, " "))) | (2, Some((3, "-"))))
}

/// Whether this is in the code of a place that has letters, too: of Britain, Canada or Ireland.
fn is_lettered_code(bytes: &[u8], run: &Range<usize>) -> bool {
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    if !upper(run.end) && !run.start.checked_sub(1).is_some_and(upper) {
        return false;
    }
    let inside = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let word = |end: usize| {
        let letters = bytes.get(..end).unwrap_or_default().iter().rev().take(6);
        end - letters.take_while(|byte| byte.is_ascii_alphanumeric()).count()
    };
    let start = word(run.start);
    if upper(run.end) && upper(run.end + 1) && !inside(run.end + 2) {
        let apart = run.start.checked_sub(1).filter(|at| start == run.start && bytes.get(*at) == Some(&b' '));
        let (start, end) = apart.map_or((start, run.start), |end| (word(end), end));
        return upper(start) && end - start <= 4;
    }
    let tail = |from: usize| from + usize::from(bytes.get(from) == Some(&b' '));
    let first = upper(start) && start + 1 == run.start;
    let canadian = || {
        let rest = bytes.get(tail(run.end + 1)..).unwrap_or_default();
        run.len() == 1 && upper(run.end) && rest.first().is_some_and(u8::is_ascii_digit)
    };
    let irish = || {
        let start = tail(run.start + 2);
        let rest = bytes.get(start..start + 4).unwrap_or_default();
        rest.len() == 4
            && rest.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            && !inside(start + 4)
    };
    first && (canadian() || irish())
}

/// The name of a ship of the American navy, whose address has no number.
fn ship_before(text: &str, at: usize) -> Option<usize> {
    let head = before(text, at, RUN_BYTES_MAX);
    let bytes = head.as_bytes();
    let behind_u = |last: &usize| last.checked_sub(1).and_then(|first| bytes.get(first)) == Some(&b'U');
    memchr::memrchr_iter(b'S', bytes).find(behind_u).map(|last| at - head.len() + last - 1)
}

/// Whether a name may follow the code that begins with this run of digits.
fn leads_to_a_town(text: &str, digits: &[Range<usize>], at: usize) -> bool {
    let Some(run) = digits.get(at) else { return false };
    let next = digits.get(at + 1).filter(|next| matches!(text.get(run.end..next.start), Some(" " | "-")));
    let behind = after(text, next.map_or(run.end, |next| next.end), 12);
    !behind.starts_with(". ") && is_capital(behind.trim_start_matches([' ', ',', '.', '\n']))
}

/// Whether the word before a place has a capital or says that a number follows: `Main 5`, `Main, Nr. 5`.
fn is_behind_a_name(text: &str, at: usize) -> bool {
    let head = before(text, at, 48).trim_end_matches([' ', ',', '.', '\n']);
    for c in head.chars().rev() {
        match c {
            'a'..='z' | '\'' | '’' | '-' | '\u{300}'..='\u{36f}' => {}
            'A'..='Z' => return true,
            _ if c.is_ascii() || !is_alphabetic(c) => break,
            _ if c.is_uppercase() => return true,
            _ => {}
        }
    }
    head.ends_with("nr")
}

fn has_capital(word: &str) -> bool {
    word.chars().any(char::is_uppercase)
}

/// Whether a word with a capital begins here: also `d'Azeglio`, `'s-Hertogenbosch`.
fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase) || (word.starts_with(['\'', '’', 'd', 'l']) && has_capital(after(word, 0, 6)))
}

/// The words behind a number, without what touches it and without a letter of its own.
fn words_behind(text: &str, at: usize) -> impl Iterator<Item = &str> {
    let mut left = text.get(at..).unwrap_or_default();
    // Signs, letters and another number may touch it.
    let touching = left.bytes().take(TOUCHING_BYTES_MAX + 1).position(|byte| byte == b' ');
    left = touching.and_then(|length| left.get(length + 1..)).unwrap_or_default();
    let words = std::iter::from_fn(move || {
        let length = left.bytes().take(WORD_BYTES_MAX).position(|byte| byte == b' ');
        let word =
            length.map_or_else(|| after(left, 0, WORD_BYTES_MAX), |length| left.get(..length).unwrap_or_default());
        left = length.and_then(|length| left.get(length + 1..)).unwrap_or_default();
        (!word.is_empty() || length.is_some()).then_some(word)
    });
    words.filter(|word| word.len() != 1 || !word.starts_with(|c: char| c.is_lowercase()))
}

const TOUCHING_BYTES_MAX: usize = 8;
/// Where a word is longer, nothing behind it is asked for.
const WORD_BYTES_MAX: usize = 64;

/// The words that an alternation of plain words, some with optional letters, stands for.
fn alternatives(pattern: &str) -> Vec<String> {
    let words = pattern.trim_start_matches("(?i:").trim_start_matches("(?:").trim_end_matches(')');
    words.split('|').flat_map(spellings).collect()
}

fn spellings(word: &str) -> Vec<String> {
    let plain = |word: &str| word.replace('\\', "");
    let Some((head, tail)) = word.split_once('?') else { return vec![plain(word)] };
    let mut shorter = plain(head);
    shorter.pop();
    vec![plain(head) + tail, shorter + tail]
}

#[cfg(test)]
mod tests {
    use super::super::walk::digit_runs;
    use super::*;

    fn traces(text: &str) -> (usize, usize) {
        let traces = Kinds::new().unwrap().traces(text, &digit_runs(text));
        (traces.streets.len(), traces.vague.len())
    }

    #[test]
    fn kinds_are_read_from_their_patterns() {
        for pattern in [ROMANCE, ROMANIAN, SLAVIC, FRENCH, BEHIND, ENGLISH, GERMANIC] {
            let whole = regex::Regex::new(&format!("^{pattern}$")).unwrap();
            let kinds = alternatives(pattern);
            assert!(kinds.len() > 9 && kinds.iter().all(|kind| whole.is_match(kind)), "{kinds:?}");
            assert!(kinds.iter().all(|kind| kind.len() < KIND_BYTES_MAX));
        }
    }

    #[test]
    fn small_words_are_short() {
        let first = |small: &str| small.split(' ').next().map_or(0, str::len);
        assert!(SMALL.split('|').all(|small| first(small) <= SMALL_WORD_BYTES_MAX), "{SMALL}");
    }

    #[test]
    fn numbers_of_streets_leave_traces() {
        for text in [
            "Hauptstraße 5",
            "Alte Gasse 5",
            "Petőfi Sándor utca 12",
            "Via dell Arte 5",
            "Via d'Azeglio 5",
            "Calle de los Reyes s/n, 28001 Madrid",
            "Str. Lungă Nr. 5",
            "5 bis, rue Lepic",
            "12 High Street",
            "12b St. Johns road",
        ] {
            assert_ne!(traces(text).0, 0, "{text}");
        }
        for text in [
            "Broadwater 5, SW1A 1AA",
            "5 Broadwater\nM1 1AA",
            "Foo 5, 12-345 Bar",
            "1 Foo, Toronto, ON K1A 0B1",
            "USS Foo, FPO AP 96601",
        ] {
            assert_ne!(traces(text).1, 0, "{text}");
        }
    }

    #[test]
    fn other_numbers_leave_none() {
        for text in [
            "In 2024 they sold 15 of them in place of 12.",
            "Version 2 has 10 GB more, see Chapter 3 on page 17.",
            "On May 4, 2024, and on June 5, 2023, we met 3 times.",
        ] {
            assert_eq!(traces(text), (0, 0), "{text}");
        }
    }
}
