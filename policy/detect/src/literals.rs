//! The prefilter: where the literals of all rules stand in a text, so that patterns run only there.

use crate::beginnings::{Beginnings, only, packed};
use crate::config::PlanError;
use std::collections::BTreeMap;

/// Which rule's literal stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A literal in lower case, and whose it is.
#[derive(Clone)]
struct Literal {
    word: Vec<u8>,
    rules: Vec<usize>,
}

/// The literals of a list of rules.
pub(crate) struct Literals {
    /// Those of four bytes and more, by their first four.
    long: Beginnings<Literal>,
    /// Those of two or three bytes, by their first three; one of two bytes stands there with every third byte.
    short: Beginnings<Literal>,
}

impl Literals {
    /// `words[i]` are the literals of rule `i`. ASCII letters match in any case.
    ///
    /// # Errors
    /// [`PlanError::Rules`] for a literal of less than two bytes, which stands nearly everywhere.
    pub(crate) fn new<'a>(words: impl Iterator<Item = &'a [String]>) -> Result<Self, PlanError> {
        let (mut long, mut short) = (Vec::new(), Vec::new());
        for (word, rules) in owners(words) {
            let literal = Literal { word: word.clone(), rules };
            match *word.as_slice() {
                [a, b, c, d, ..] => long.push((packed([a, b, c, d]), literal)),
                [a, b, c] => short.push((only(3, packed([a, b, c, 0])), literal)),
                [a, b] => short.extend(third_bytes().map(|c| (only(3, packed([a, b, c, 0])), literal.clone()))),
                _ => {
                    let cause = format!("`{}` is too short: two bytes at least", String::from_utf8_lossy(&word));
                    return Err(PlanError::Rules { file: "literals", cause });
                }
            }
        }
        Ok(Self { long: Beginnings::new(long), short: Beginnings::new(short) })
    }

    /// All hits, overlapping ones included, sorted by rule and place.
    pub(crate) fn hits(&self, text: &str) -> Vec<Hit> {
        let bytes = text.as_bytes();
        let mut hits = Vec::new();
        for (at, window) in bytes.windows(4).enumerate() {
            let &[a, b, c, d] = window else { continue };
            let beginning = packed([a, b, c, d]);
            // Both tables at once: two loads cost less than one branch taken wrong.
            if self.long.may_have(beginning) | self.short.may_have(only(3, beginning)) {
                self.hits_at(bytes, at, beginning, &mut hits);
            }
        }
        // The last places have less than four bytes behind them.
        for at in bytes.len().saturating_sub(3)..bytes.len() {
            let byte = |offset: usize| bytes.get(at + offset).copied().unwrap_or_default();
            self.hits_at(bytes, at, packed([byte(0), byte(1), byte(2), 0]), &mut hits);
        }
        hits.sort_unstable_by_key(|hit| (hit.rule, hit.start));
        hits
    }

    fn hits_at(&self, text: &[u8], at: usize, beginning: u32, hits: &mut Vec<Hit>) {
        for literal in self.long.of(beginning).chain(self.short.of(only(3, beginning))) {
            let end = at + literal.word.len();
            if text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(&literal.word)) {
                hits.extend(literal.rules.iter().map(|rule| Hit { rule: *rule, start: at, end }));
            }
        }
    }
}

/// Each literal in lower case with the rules that have it.
fn owners<'a>(words: impl Iterator<Item = &'a [String]>) -> BTreeMap<Vec<u8>, Vec<usize>> {
    let mut owners: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (rule, list) in words.enumerate() {
        for word in list {
            let rules = owners.entry(word.to_ascii_lowercase().into_bytes()).or_default();
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    owners
}

/// Every byte that `packed` tells apart.
fn third_bytes() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|byte| byte & 0x20 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(words: &[&[&str]]) -> Literals {
        let words: Vec<Vec<String>> =
            words.iter().map(|list| list.iter().map(|word| (*word).to_owned()).collect()).collect();
        Literals::new(words.iter().map(Vec::as_slice)).unwrap()
    }

    #[test]
    fn finds_every_literal_in_any_case_wherever_it_stands() {
        let literals = literals(&[&["ignore", "sk", "key"], &["ignore all", "é"], &["IGN"]]);
        let found =
            |text: &str| literals.hits(text).iter().map(|hit| (hit.rule, hit.start, hit.end)).collect::<Vec<_>>();
        assert_eq!(found("x Ignore ALL"), [(0, 2, 8), (1, 2, 12), (2, 2, 5)]);
        assert_eq!(found("ask"), [(0, 1, 3)]);
        assert_eq!(found("skis Key"), [(0, 0, 2), (0, 5, 8)]);
        assert_eq!(found("é"), [(1, 0, 2)]);
        assert_eq!(found(""), []);
    }

    #[test]
    fn the_same_hits_as_looking_everywhere() {
        let words = ["ab", "abc", "abca", "caab", "b c", "CAB"];
        let literals = literals(&words.map(|word| [word]).iter().map(|list| list.as_slice()).collect::<Vec<_>>());
        let letters = ['a', 'b', 'c', ' ', 'B'];
        for number in 0..5_usize.pow(6) {
            let text: String = (0..6).map(|place| letters[number / 5_usize.pow(place) % 5]).collect();
            let mut all = Vec::new();
            for (rule, word) in words.iter().enumerate() {
                let rest = |at: usize| text.get(at..).unwrap_or_default().to_lowercase();
                let stands = |at: &usize| rest(*at).starts_with(&word.to_lowercase());
                all.extend((0..6).filter(stands).map(|start| Hit { rule, start, end: start + word.len() }));
            }
            assert_eq!(literals.hits(&text), all, "{text:?}");
        }
    }

    #[test]
    fn a_single_byte_is_no_literal() {
        assert!(Literals::new([["#".to_owned()].as_slice()].into_iter()).is_err());
    }
}
