//! The prefilter: where the literals of all rules stand in a text, found in one walk, so that patterns run only there.

use crate::beginnings::{Beginnings, only, packed};
use crate::config::PlanError;
use std::collections::BTreeMap;

/// Whose literals they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum List {
    Credentials,
    Signals,
    Topics,
}

/// How a literal must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stands {
    /// Anywhere, ASCII letters in any case.
    Anywhere,
    /// Anywhere, in the case that it is written in.
    AsWritten,
    /// Where no ASCII letter or digit stands before it, in any case.
    AtWord,
}

/// A literal of a rule.
pub(crate) struct Near<'a> {
    pub(crate) list: List,
    /// Number of the rule in its list.
    pub(crate) rule: usize,
    pub(crate) word: &'a str,
    pub(crate) stands: Stands,
}

/// Which rule's literal stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    list: List,
    pub(crate) rule: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The hits of a text.
pub(crate) struct Hits(Vec<Hit>);

impl Hits {
    /// Those of one list, sorted by rule and place.
    pub(crate) fn of(&self, list: List) -> &[Hit] {
        let start = self.0.partition_point(|hit| hit.list < list);
        let end = self.0.partition_point(|hit| hit.list <= list);
        self.0.get(start..end).unwrap_or_default()
    }
}

/// A literal and whose it is.
#[derive(Clone)]
struct Literal {
    /// In lower case unless case counts.
    word: Vec<u8>,
    stands: Stands,
    owners: Vec<Owner>,
}

/// A rule by its list and number.
type Owner = (List, usize);

/// The literals of all lists.
pub(crate) struct Literals {
    /// Those of four bytes and more, by their first four.
    long: Beginnings<Literal>,
    /// Those of two or three bytes, by their first three; one of two bytes stands there with every third byte.
    short: Beginnings<Literal>,
}

impl Literals {
    /// # Errors
    /// [`PlanError::Rules`] for a literal of less than two bytes, which stands nearly everywhere.
    pub(crate) fn new<'a>(near: impl Iterator<Item = Near<'a>>) -> Result<Self, PlanError> {
        let (mut long, mut short) = (Vec::new(), Vec::new());
        for literal in literals(near) {
            match *literal.word.as_slice() {
                [a, b, c, d, ..] => long.push((packed([a, b, c, d]), literal)),
                [a, b, c] => short.push((only(3, packed([a, b, c, 0])), literal)),
                [a, b] => short.extend(third_bytes().map(|c| (only(3, packed([a, b, c, 0])), literal.clone()))),
                _ => {
                    let cause =
                        format!("`{}` is too short: two bytes at least", String::from_utf8_lossy(&literal.word));
                    return Err(PlanError::Rules { file: "literals", cause });
                }
            }
        }
        Ok(Self { long: Beginnings::new(long), short: Beginnings::new(short) })
    }

    /// All hits, overlapping ones included.
    pub(crate) fn hits(&self, text: &str) -> Hits {
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
        hits.sort_unstable_by_key(|hit| (hit.list, hit.rule, hit.start));
        Hits(hits)
    }

    fn hits_at(&self, text: &[u8], at: usize, beginning: u32, hits: &mut Vec<Hit>) {
        let in_word = || at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_alphanumeric);
        for literal in self.long.of(beginning).chain(self.short.of(only(3, beginning))) {
            let end = at + literal.word.len();
            let Some(found) = text.get(at..end) else { continue };
            let stands = match literal.stands {
                Stands::Anywhere => found.eq_ignore_ascii_case(&literal.word),
                Stands::AsWritten => found == literal.word,
                Stands::AtWord => !in_word() && found.eq_ignore_ascii_case(&literal.word),
            };
            if stands {
                hits.extend(literal.owners.iter().map(|(list, rule)| Hit { list: *list, rule: *rule, start: at, end }));
            }
        }
    }
}

/// Each different literal with the rules that have it.
fn literals<'a>(near: impl Iterator<Item = Near<'a>>) -> impl Iterator<Item = Literal> {
    let mut owners: BTreeMap<(Vec<u8>, Stands), Vec<Owner>> = BTreeMap::new();
    for Near { list, rule, word, stands } in near {
        let word = if stands == Stands::AsWritten { word.to_owned() } else { word.to_ascii_lowercase() };
        let owners = owners.entry((word.into_bytes(), stands)).or_default();
        if !owners.contains(&(list, rule)) {
            owners.push((list, rule));
        }
    }
    owners.into_iter().map(|((word, stands), owners)| Literal { word, stands, owners })
}

/// Every byte that `packed` tells apart.
fn third_bytes() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|byte| byte & 0x20 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(words: &[(&str, Stands)]) -> Literals {
        let words = words.iter().enumerate();
        let near = words.map(|(rule, (word, stands))| Near { list: List::Signals, rule, word, stands: *stands });
        Literals::new(near).unwrap()
    }

    fn found(literals: &Literals, text: &str) -> Vec<(usize, usize, usize)> {
        literals.hits(text).of(List::Signals).iter().map(|hit| (hit.rule, hit.start, hit.end)).collect()
    }

    #[test]
    fn finds_every_literal_as_it_must_stand() {
        use Stands::{Anywhere, AsWritten, AtWord};
        let words =
            [("ignore", Anywhere), ("sk", Anywhere), ("IGN", Anywhere), ("ignore all", AtWord), ("é", Anywhere)];
        let any = literals(&words);
        assert_eq!(found(&any, "x Ignore ALL"), [(0, 2, 8), (2, 2, 5), (3, 2, 12)]);
        assert_eq!(found(&any, "xIgnore ALL"), [(0, 1, 7), (2, 1, 4)]);
        assert_eq!(found(&any, "ask"), [(1, 1, 3)]);
        assert_eq!(found(&any, "é"), [(4, 0, 2)]);
        assert_eq!(found(&any, ""), []);
        let written = literals(&[("SK", AsWritten), ("sk_x", AsWritten), ("of", AtWord)]);
        assert_eq!(found(&written, "sk SK Sk_x sk_x"), [(0, 3, 5), (1, 11, 15)]);
        assert_eq!(found(&written, "1of éof.OF"), [(2, 6, 8), (2, 9, 11)]);
    }

    #[test]
    fn the_same_hits_as_looking_everywhere() {
        let words = ["ab", "abc", "abca", "caab", "b c", "CAB"];
        let literals = literals(&words.map(|word| (word, Stands::Anywhere)));
        let letters = ['a', 'b', 'c', ' ', 'B'];
        for number in 0..5_usize.pow(6) {
            let text: String = (0..6).map(|place| letters[number / 5_usize.pow(place) % 5]).collect();
            let mut all = Vec::new();
            for (rule, word) in words.iter().enumerate() {
                let rest = |at: usize| text.get(at..).unwrap_or_default().to_lowercase();
                let stands = |at: &usize| rest(*at).starts_with(&word.to_lowercase());
                all.extend((0..6).filter(stands).map(|start| (rule, start, start + word.len())));
            }
            assert_eq!(found(&literals, &text), all, "{text:?}");
        }
    }

    #[test]
    fn the_lists_are_told_apart() {
        let near = |list, rule, word| Near { list, rule, word, stands: Stands::Anywhere };
        let near = [near(List::Topics, 0, "key"), near(List::Credentials, 7, "Key"), near(List::Credentials, 7, "key")];
        let hits = Literals::new(near.into_iter()).unwrap().hits("a key");
        let rules = |list| hits.of(list).iter().map(|hit| hit.rule).collect::<Vec<_>>();
        assert_eq!([rules(List::Credentials), rules(List::Signals), rules(List::Topics)], [vec![7], vec![], vec![0]]);
    }

    #[test]
    fn a_single_byte_is_no_literal() {
        let near = Near { list: List::Signals, rule: 0, word: "#", stands: Stands::Anywhere };
        assert!(Literals::new(std::iter::once(near)).is_err());
    }
}
