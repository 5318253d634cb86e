//! Words beside a value that say what it is.
//!
//! The nearest word decides: `Order 4711, tel. 030 12345` has an order and a telephone.

use super::labels;
use super::lexicon::Sieve;
use super::titles::{mark_behind, title_of};
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::config::PlanError;
use crate::mixer::Mixer;
use crate::patterns::{before, char_after, char_before};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

/// All words of `rules/context_words.txt`, by how they begin.
pub(super) struct Words {
    by_head: HashMap<u32, Vec<Entry>, BuildHasherDefault<Mixer>>,
    /// The first three bytes of them all.
    heads: Sieve,
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

struct Entry {
    /// The case of ASCII does not matter.
    word: String,
    class: Class,
    /// The kinds of national numbers that the word announces; none: any with a check digit; `document`: all.
    kinds: &'static str,
    begins_longer: bool,
    /// Of several words.
    spaced: bool,
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
    /// Whether the word may announce a number of this kind: its own words say so, and words for any. Passports have no
    /// check digit: only the names of documents tell.
    pub(super) fn fits(&self, kind: &str) -> bool {
        let fits = match self.kinds {
            "" => kind != "passport",
            DOCUMENT => true,
            kinds => kinds.split(' ').any(|own| own == kind),
        };
        self.class == Class::Number && fits
    }

    /// Whether it announces numbers of certain kinds only.
    pub(super) fn is_particular(&self) -> bool {
        !matches!(self.kinds, "" | DOCUMENT)
    }

    /// No other number between the word and the value.
    pub(super) fn is_first(&self) -> bool {
        !self.gap.bytes().any(|byte| byte.is_ascii_digit())
    }
}

impl Entry {
    /// How long the word is as it is written here, if it is: a key has `_`, `-` or a capital where a word has a space.
    fn written_bytes(&self, text: &[u8]) -> Option<usize> {
        let word = self.word.as_bytes();
        if text.get(..word.len()).is_some_and(|written| written.eq_ignore_ascii_case(word)) {
            return Some(word.len());
        }
        let mut at = 0;
        for byte in word.iter().filter(|_| self.spaced) {
            let written = text.get(at)?;
            at += match byte {
                b' ' if written.is_ascii_uppercase() => 0,
                b' ' if matches!(written, b' ' | b'_' | b'-') => 1,
                _ if written.eq_ignore_ascii_case(byte) => 1,
                _ => return None,
            };
        }
        self.spaced.then_some(at)
    }
}

/// In place of kinds: the name of a document, which may show any number.
const DOCUMENT: &str = "document";

const FILE: &str = "rules/context_words.txt";

impl Words {
    pub(super) fn new() -> Result<Self, PlanError> {
        let mut by_head = HashMap::<u32, Vec<Entry>, _>::default();
        let mut heads = Sieve::new();
        for line in include_str!("../../rules/context_words.txt").lines().filter(|line| !line.starts_with('#')) {
            let (head, list) = line.split_once(':').ok_or_else(|| broken(format!("no class in `{line}`")))?;
            let (name, kinds) = head.split_once(' ').unwrap_or((head, ""));
            let class = class_of(name).ok_or_else(|| broken(format!("no class is named `{name}`")))?;
            for written in list.split(", ") {
                let word = written.trim();
                let begins_longer = word.ends_with('*');
                for word in spellings(word.trim_end_matches('*')) {
                    let [first, second, rest @ ..] = word.as_bytes() else {
                        return Err(broken(format!("`{word}` is too short")));
                    };
                    if !begins_word(None, *first) {
                        return Err(broken(format!("`{word}` begins with a sign")));
                    }
                    if rest.is_empty() {
                        (0..=u8::MAX).for_each(|third| heads.add(key_of([*first, *second, third])));
                    }
                    let third = rest.first().copied().unwrap_or_default();
                    // `ni number`, `ni_number`, `ni-number`, `niNumber`.
                    let thirds = [Some(third), rest.get(1).copied(), Some(b'_'), Some(b'-')];
                    for third in thirds.into_iter().flatten().take(if third == b' ' { 4 } else { 1 }) {
                        let key = key_of([*first, *second, third]);
                        heads.add(key);
                        let (word, spaced) = (word.clone(), word.contains(' '));
                        by_head.entry(key).or_default().push(Entry { word, class, kinds, begins_longer, spaced });
                    }
                }
            }
        }
        Ok(Self { by_head, heads })
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
        // The columns of an `INSERT` stand in the same line and in other columns, too.
        let is_quoted = before(text, at, 1) == "'";
        if is_quoted && let Some(word) = self.title(text, at, &wanted) {
            return Some(word);
        }
        let near = before(text, at, bytes);
        // Letters beyond ASCII take two bytes.
        let near = if near.is_ascii() { near } else { before(text, at, 2 * bytes) };
        let line = near.rsplit('\n').next().unwrap_or_default();
        let word = self.last_in(text, at - line.len()..at, &wanted);
        match word {
            Some(word) if !word.gap.contains(['|', ';', '\t']) => Some(word),
            // One in another cell says less than the title of this one, which a value in quotes has not.
            _ => {
                let title = if is_quoted { None } else { self.title(text, at, &wanted) };
                title.or(word).or_else(|| self.above(text, at, line, &wanted))
            }
        }
    }

    /// The word that a label on the line above ends with, or that a question has. What a heading names is rarely the
    /// thing below it: such words do not count.
    fn above<'t>(&self, text: &'t str, at: usize, line: &str, wanted: &dyn Fn(Class) -> bool) -> Option<Word<'t>> {
        let label = labels::above(text, at, line)?;
        let (end, asked) = (label.span.end, label.asked);
        let word = self.last_in(text, label.span, &|class| class != Class::Thing && wanted(class))?;
        if asked {
            return Some(Word { gap: "", ..word });
        }
        let closes = labels::is_bare(word.gap) && !labels::is_verb(text.get(..end - word.gap.len())?);
        let gap = text.get(end - word.gap.len()..at)?;
        closes.then_some(Word { gap, ..word })
    }

    fn last_in<'t>(&self, text: &'t str, range: Range<usize>, wanted: &dyn Fn(Class) -> bool) -> Option<Word<'t>> {
        let bytes = text.as_bytes().get(range.clone())?;
        let mut best: Option<(Range<usize>, &Entry)> = None;
        let mut last = range.start.checked_sub(1).and_then(|before| text.as_bytes().get(before)).copied();
        for (at, byte) in bytes.iter().enumerate() {
            let begins = begins_word(last, *byte);
            last = Some(*byte);
            if !begins {
                continue;
            }
            let rest = bytes.get(at..)?;
            let [first, second, third @ ..] = rest else { break };
            let key = key_of([*first, *second, third.first().copied().unwrap_or_default()]);
            if !self.heads.may_have(key) {
                continue;
            }
            let short = key_of([*first, *second, 0]);
            let keys = [Some(short), Some(key).filter(|key| *key != short)];
            for entry in keys.iter().flatten().filter_map(|key| self.by_head.get(key)).flatten() {
                let Some(length) = entry.written_bytes(rest) else { continue };
                let span = range.start + at..range.start + at + length;
                let nearer = best.as_ref().is_none_or(|(old, _)| (old.end, span.start) <= (span.end, old.start));
                if nearer && wanted(entry.class) && stands_alone(text, &span, entry.begins_longer) {
                    best = Some((span, entry));
                }
            }
        }
        let (span, entry) = best?;
        Some(Word { class: entry.class, gap: text.get(span.end..range.end)?, kinds: entry.kinds })
    }

    /// The word that titles the column of a cell, as in CSV and Markdown tables.
    fn title<'t>(&self, text: &'t str, at: usize, wanted: &dyn Fn(Class) -> bool) -> Option<Word<'t>> {
        let cell =
            title_of(text, at, || mark_behind(text, at), |cell| self.last_in(text, cell.clone(), wanted).is_some())?;
        self.last_in(text, cell, wanted)
    }
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

/// A letter of a script without cases, whose words and endings touch each other.
fn is_caseless(c: char) -> bool {
    c >= '\u{590}' && is_alphabetic(c) && !c.is_lowercase() && !c.is_uppercase()
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

/// The key of a word's first three bytes, or of two and a zero.
fn key_of(bytes: [u8; 3]) -> u32 {
    bytes.into_iter().fold(0, |key, byte| key << 8 | u32::from(byte.to_ascii_lowercase()))
}

/// Whether a word may begin with this byte behind that one. Of what is no ASCII, each character may.
fn begins_word(last: Option<u8>, byte: u8) -> bool {
    match byte {
        b'a'..=b'z' | b'0'..=b'9' => last.is_none_or(|last| !last.is_ascii_alphanumeric()),
        _ => byte.is_ascii_uppercase() || byte >= 0xc0,
    }
}

/// Not inside another word: `snake_case` and `camelCase` have edges too. Scripts without cases glue words together.
fn stands_alone(text: &str, span: &Range<usize>, begins_longer: bool) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    if word.chars().next().is_some_and(is_caseless) {
        return true;
    }
    let first_is_sign = !word.starts_with(is_alphanumeric);
    let camel = word.starts_with(char::is_uppercase);
    let starts = first_is_sign
        || char_before(text, span.start).is_none_or(|c| !is_alphanumeric(c) || (camel && c.is_lowercase()));
    let ends = begins_longer
        || !word.ends_with(is_alphanumeric)
        || char_after(text, span.end)
            .is_none_or(|c| !is_alphabetic(c) || (c.is_uppercase() && word.ends_with(char::is_lowercase)));
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
        assert_eq!(class("personas_kods: "), Some(Class::Number));
        assert_eq!(class("\"niNumber\": \""), Some(Class::Number));
        assert_eq!(class("ni_number="), Some(Class::Number));
        assert_eq!(class("携帯電話は"), Some(Class::Phone));
    }

    #[test]
    fn a_cell_has_the_word_above_its_column() {
        assert_eq!(class("name;phone\nx;1\ny;"), Some(Class::Phone));
        assert_eq!(class("name;phone\nx y "), None);
    }

    #[test]
    fn a_value_alone_in_its_line_has_the_label_above() {
        assert_eq!(class("Phone:\n"), Some(Class::Phone));
        assert_eq!(class("<dt>Date of birth</dt>\n  <dd>"), Some(Class::Birth));
        assert_eq!(class("Date of birth\n  - "), Some(Class::Birth));
        assert_eq!(class("Agent: your date of birth, please?\nCustomer: "), Some(Class::Birth));
        assert_eq!(class("phone and desk\n"), None);
        assert_eq!(class("Order\n"), None);
    }

    #[test]
    fn particular_words_announce_their_kinds_alone() {
        let words = Words::new().unwrap();
        let word = words.nearest("PESEL ", 6, 40).unwrap();
        assert!(word.is_particular() && word.fits("pl-pesel") && !word.fits("hr-oib"));
        assert!(words.nearest("tax number ", 11, 40).unwrap().fits("hr-oib"));
    }
}
