//! Words beside a value that say what it is.
//!
//! The nearest word decides: `Order 4711, tel. 030 12345` has an order and a telephone.

use crate::config::PlanError;
use crate::patterns::{before, char_after, char_before};
use aho_corasick::AhoCorasick;
use std::ops::Range;

/// All words of `rules/context_words.txt` in one automaton.
pub(super) struct Words {
    finder: AhoCorasick,
    entries: Vec<Entry>,
}

/// What a word says about the value behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It belongs to something that is no person.
    Thing,
    Phone,
    Birth,
    Card,
    /// A number by which a state knows somebody.
    Number,
}

#[derive(Clone, Copy)]
struct Entry {
    class: Class,
    /// The kinds of national numbers that the word announces; none: any.
    kinds: &'static str,
    begins_longer: bool,
}

/// A word found beside a value.
#[derive(Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) class: Class,
    /// What stands between the word and the value.
    pub(super) gap: &'t str,
    kinds: &'static str,
}

impl Word<'_> {
    /// Whether the word may announce a number of this kind: its own words say so, and words for any.
    pub(super) fn fits(&self, kind: &str) -> bool {
        self.class == Class::Number && (self.kinds.is_empty() || self.kinds.split(' ').any(|own| own == kind))
    }

    /// Whether it announces numbers of certain kinds only.
    pub(super) fn is_particular(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// No other number between the word and the value.
    pub(super) fn is_first(&self) -> bool {
        !self.gap.bytes().any(|byte| byte.is_ascii_digit())
    }
}

const FILE: &str = "rules/context_words.txt";
/// How far titles of a column may stand above a cell; a stream keeps that much.
const COLUMN_BYTES_MAX: usize = 480;

impl Words {
    pub(super) fn new() -> Result<Self, PlanError> {
        let (mut words, mut entries) = (Vec::new(), Vec::new());
        for line in include_str!("../../rules/context_words.txt").lines().filter(|line| !line.starts_with('#')) {
            let (head, list) = line.split_once(':').ok_or_else(|| broken(format!("no class in `{line}`")))?;
            let (name, kinds) = head.split_once(' ').unwrap_or((head, ""));
            let class = class_of(name).ok_or_else(|| broken(format!("no class is named `{name}`")))?;
            for written in list.split(", ") {
                let word = written.trim();
                let begins_longer = word.ends_with('*');
                for spelling in spellings(word.trim_end_matches('*')) {
                    words.push(spelling);
                    entries.push(Entry { class, kinds, begins_longer });
                }
            }
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|error| broken(error.to_string()))?;
        Ok(Self { finder, entries })
    }

    /// The word nearest before a place, within a reach of `bytes` and the same line, or the title of its column.
    pub(super) fn nearest<'t>(&self, text: &'t str, at: usize, bytes: usize) -> Option<Word<'t>> {
        self.nearest_of(text, at, bytes, |_| true)
    }

    /// The same among the words of some classes.
    pub(super) fn nearest_of<'t>(
        &self,
        text: &'t str,
        at: usize,
        bytes: usize,
        wanted: impl Fn(Class) -> bool,
    ) -> Option<Word<'t>> {
        let line = before(text, at, bytes).rsplit('\n').next().unwrap_or_default();
        self.last_in(text, at - line.len()..at, &wanted).or_else(|| self.title(text, at, &wanted))
    }

    fn last_in<'t>(&self, text: &'t str, range: Range<usize>, wanted: &dyn Fn(Class) -> bool) -> Option<Word<'t>> {
        let mut best: Option<(Range<usize>, Entry)> = None;
        for found in self.finder.find_overlapping_iter(text.get(range.clone())?) {
            let span = range.start + found.start()..range.start + found.end();
            let Some(entry) = self.entries.get(found.pattern().as_usize()).copied() else { continue };
            let nearer = best.as_ref().is_none_or(|(old, _)| (old.end, span.start) <= (span.end, old.start));
            if nearer && wanted(entry.class) && stands_alone(text, &span, entry.begins_longer) {
                best = Some((span, entry));
            }
        }
        let (span, entry) = best?;
        Some(Word { class: entry.class, gap: text.get(span.end..range.end)?, kinds: entry.kinds })
    }

    /// The word that titles the column of a cell, as in CSV and Markdown tables.
    fn title<'t>(&self, text: &'t str, at: usize, wanted: &dyn Fn(Class) -> bool) -> Option<Word<'t>> {
        let cell =
            title_of(text, at, mark_behind(text, at), |cell| self.last_in(text, cell.clone(), wanted).is_some())?;
        self.last_in(text, cell, wanted)
    }
}

/// The first cell above a place in the same column that pleases. Where nothing parts the cell from one before it, the
/// mark behind tells.
pub(super) fn title_of(
    text: &str,
    at: usize,
    behind: Option<u8>,
    pleases: impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let head = before(text, at, COLUMN_BYTES_MAX);
    let (above, line) = head.rsplit_once('\n')?;
    let mark = line.bytes().rev().find(|byte| matches!(byte, b';' | b',' | b'\t' | b'|'));
    let mark = char::from(mark.or(behind)?);
    let column = line.matches(mark).count();
    let mut end = at - line.len() - 1;
    for row in above.rsplit('\n') {
        let mut start = end - row.len();
        // A line without the mark is no row.
        let cell = row.contains(mark).then(|| row.split(mark).nth(column)).flatten();
        if let Some(cell) = cell {
            start += row.split(mark).take(column).map(|cell| cell.len() + 1).sum::<usize>();
            let span = start..start + cell.len();
            if cell.len() <= 40 && pleases(&span) {
                return Some(span);
            }
        }
        end = (end - row.len()).saturating_sub(1);
    }
    None
}

/// The mark between cells behind the first cell of a row, if it touches the value's piece.
fn mark_behind(text: &str, at: usize) -> Option<u8> {
    let piece = text.get(at..)?.split(char::is_whitespace).next()?;
    piece.bytes().find(|byte| matches!(byte, b';' | b',' | b'|'))
}

fn class_of(name: &str) -> Option<Class> {
    Some(match name {
        "thing" => Class::Thing,
        "phone" => Class::Phone,
        "birth" => Class::Birth,
        "card" => Class::Card,
        "number" => Class::Number,
        _ => return None,
    })
}

fn broken(cause: String) -> PlanError {
    PlanError::Rules { file: FILE, cause }
}

/// The automaton folds the case of ASCII alone.
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if !word.is_ascii() {
        let mut chars = word.chars();
        all.extend(chars.next().map(|first| first.to_uppercase().chain(chars).collect()));
        all.push(word.to_uppercase());
        all.dedup();
    }
    all
}

/// Not inside another word: `snake_case` and `camelCase` have edges too.
fn stands_alone(text: &str, span: &Range<usize>, begins_longer: bool) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    let first_is_sign = !word.starts_with(char::is_alphanumeric);
    let camel = word.starts_with(char::is_uppercase);
    let starts = first_is_sign
        || char_before(text, span.start).is_none_or(|c| !c.is_alphanumeric() || (camel && c.is_lowercase()));
    let ends = begins_longer
        || !word.ends_with(char::is_alphanumeric)
        || char_after(text, span.end)
            .is_none_or(|c| !c.is_alphabetic() || (c.is_uppercase() && word.ends_with(char::is_lowercase)));
    starts && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Option<Class> {
        let words = Words::new().unwrap();
        words.nearest(text, text.len(), 40).map(|word| word.class)
    }

    #[test]
    fn the_nearest_word_decides() {
        assert_eq!(class("order 4711, tel. "), Some(Class::Phone));
        assert_eq!(class("tel. of order "), Some(Class::Thing));
        assert_eq!(class("Né LE "), Some(Class::Birth));
        assert_eq!(class("telling "), None);
        assert_eq!(class("\"customerPhone\": \""), Some(Class::Phone));
        assert_eq!(class("date_of_birth="), Some(Class::Birth));
    }

    #[test]
    fn a_cell_has_the_word_above_its_column() {
        assert_eq!(class("name;phone\nx;1\ny;"), Some(Class::Phone));
        assert_eq!(class("name;phone\nx y "), None);
    }

    #[test]
    fn particular_words_announce_their_kinds_alone() {
        let words = Words::new().unwrap();
        let word = words.nearest("PESEL ", 6, 40).unwrap();
        assert!(word.is_particular() && word.fits("pl-pesel") && !word.fits("hr-oib"));
        assert!(words.nearest("tax number ", 11, 40).unwrap().fits("hr-oib"));
    }
}
