//! The prefilter: where the literals of all rules stand in a text, found in one walk, so that patterns run only there.

use crate::beginnings::{ANYWHERE, AT_WORD, Beginnings, first_four, packed};
use crate::config::PlanError;
use crate::hits::{Hit, Hits, List, Owner, Owners};
use std::collections::BTreeMap;

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

/// A literal and whose it is.
#[derive(Clone)]
struct Literal {
    /// In lower case unless case counts.
    word: Vec<u8>,
    stands: Stands,
    /// How many bytes of it stand before those that it is found by.
    skip: usize,
    owners: Vec<Owner>,
}

/// Places of a text that are looked at in one step.
const STEP: usize = 8;

/// Places in each table: twenty and more for a literal, and both tables fit the second cache of a processor.
const PLACES: usize = 1 << 17;

/// The literals of all lists.
pub(crate) struct Literals {
    /// Those of four bytes and more, by their rarest four.
    long: Beginnings<Literal, PLACES>,
    /// Those of two or three bytes, by their first three; one of two bytes stands there with every third byte.
    short: Beginnings<Literal, PLACES>,
    /// Which marks count behind each byte.
    behind: Box<[u8; 256]>,
    owners: Owners,
}

impl Literals {
    /// # Errors
    /// [`PlanError::Rules`] for a literal of less than two bytes, which stands nearly everywhere.
    pub(crate) fn new<'a>(near: impl Iterator<Item = Near<'a>>) -> Result<Self, PlanError> {
        let common = Common::new();
        let (mut long, mut short) = (Vec::new(), Vec::new());
        let literals: Vec<Literal> = literals(near).collect();
        let owners = Owners::new(literals.iter().flat_map(|literal| literal.owners.iter().copied()));
        for mut literal in literals {
            let at_word = literal.stands == Stands::AtWord;
            match *literal.word.as_slice() {
                [_, _, _, _, ..] => {
                    let (skip, four) = common.rarest(&literal.word);
                    literal.skip = skip;
                    long.push((four, at_word && skip == 0, literal));
                }
                [a, b, c] => short.push((first_three(packed([a, b, c, 0])), at_word, literal)),
                [a, b] => {
                    let three = third_bytes().map(|c| first_three(packed([a, b, c, 0])));
                    short.extend(three.map(|three| (three, at_word, literal.clone())));
                }
                _ => {
                    let cause =
                        format!("`{}` is too short: two bytes at least", String::from_utf8_lossy(&literal.word));
                    return Err(PlanError::Rules { file: "literals", cause });
                }
            }
        }
        let in_word = |byte: usize| u8::try_from(byte).is_ok_and(|byte| byte.is_ascii_alphanumeric());
        let behind = Box::new(std::array::from_fn(|byte| if in_word(byte) { ANYWHERE } else { ANYWHERE | AT_WORD }));
        Ok(Self { long: Beginnings::with_places(long), short: Beginnings::with_places(short), behind, owners })
    }

    /// All hits, overlapping ones included.
    pub(crate) fn hits(&self, text: &str) -> Hits {
        self.first_hits(text, usize::MAX)
    }

    /// The first hits in a text, about so many: the walk ends where there are more.
    pub(crate) fn first_hits(&self, text: &str, most: usize) -> Hits {
        let bytes = text.as_bytes();
        let mut hits = Vec::new();
        let mut wanted = ANYWHERE | AT_WORD;
        let mut at = 0;
        // Steps of a fixed length take half the instructions.
        while let Some(step) = bytes.get(at..).and_then(<[u8]>::first_chunk::<{ STEP + 3 }>) {
            for (place, four) in step.array_windows().enumerate() {
                wanted = self.look(bytes, at + place, *four, wanted, &mut hits);
            }
            if hits.len() > most {
                return Hits::of_walk(hits, self.owners).cut();
            }
            at += STEP;
        }
        for four in bytes.get(at..).unwrap_or_default().array_windows() {
            wanted = self.look(bytes, at, *four, wanted, &mut hits);
            at += 1;
        }
        // The last places have less than four bytes behind them.
        for at in bytes.len().saturating_sub(3)..bytes.len() {
            let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
            let three = first_three(packed([byte(at), byte(at + 1), byte(at + 2), 0]));
            self.short.of(three).for_each(|literal| literal.stands(bytes, at, self.owners, &mut hits));
        }
        Hits::of_walk(hits, self.owners)
    }

    /// Notes the hits at a place with these four bytes where entries with the wanted marks may stand. Returns the marks that
    /// are wanted at the next place.
    #[inline]
    fn look(&self, text: &[u8], at: usize, four: [u8; 4], wanted: u8, hits: &mut Vec<Hit>) -> u8 {
        let [before, ..] = four;
        let four = packed(four);
        // Both tables at once: two loads cost less than one branch taken wrong.
        if (self.long.marks(four) | self.short.marks(first_three(four))) & wanted != 0 {
            self.hits_at(text, at, four, hits);
        }
        self.behind.get(usize::from(before)).copied().unwrap_or_default()
    }

    /// Apart from the loop, which would otherwise have too few registers.
    #[inline(never)]
    fn hits_at(&self, text: &[u8], at: usize, four: u32, hits: &mut Vec<Hit>) {
        let may_stand = self.long.of(four).chain(self.short.of(first_three(four)));
        may_stand.for_each(|literal| literal.stands(text, at, self.owners, hits));
    }
}

impl Literal {
    /// Notes a hit if the literal stands in the text with the bytes that it is found by at this place.
    fn stands(&self, text: &[u8], at: usize, owners: Owners, hits: &mut Vec<Hit>) {
        let Some(start) = at.checked_sub(self.skip) else { return };
        let end = start + self.word.len();
        let Some(found) = text.get(start..end) else { return };
        let in_word = || start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        let stands = match self.stands {
            Stands::Anywhere => found.eq_ignore_ascii_case(&self.word),
            Stands::AsWritten => found == self.word,
            Stands::AtWord => !in_word() && found.eq_ignore_ascii_case(&self.word),
        };
        if stands {
            hits.extend(self.owners.iter().map(|owner| owners.hit(*owner, start, end)));
        }
    }
}

/// Sequences of four letters that ordinary text has often, and how often compared with each other.
struct Common(BTreeMap<u32, usize>);

/// The most frequent first.
const FOURS: &str = include_str!("../rules/fours.txt");

impl Common {
    fn new() -> Self {
        let fours = FOURS.lines().filter(|line| !line.starts_with('#')).map(|four| four.replace('_', " "));
        Self(fours.rev().enumerate().map(|(often, four)| (first_four(four.as_bytes()), often)).collect())
    }

    /// The four bytes of a word by which it is found with the least trouble, and where in it they begin.
    fn rarest(&self, word: &[u8]) -> (usize, u32) {
        let often =
            |four: &[u8]| self.0.get(&first_four(four)).map_or((0, four.contains(&b' ')), |often| (*often + 1, false));
        let fours = word.windows(4).enumerate();
        fours.min_by_key(|(_, four)| often(four)).map(|(skip, four)| (skip, first_four(four))).unwrap_or_default()
    }
}

/// The first three of four packed bytes, moved over the fourth.
fn first_three(four: u32) -> u32 {
    four << 8
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
    owners.into_iter().map(|((word, stands), owners)| Literal { word, stands, skip: 0, owners })
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
        literals.hits(text).of(List::Signals).iter().map(|hit| (hit.rule(), hit.start(), hit.end())).collect()
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
        let rules = |list| hits.of(list).iter().map(|hit| hit.rule()).collect::<Vec<_>>();
        assert_eq!([rules(List::Credentials), rules(List::Signals), rules(List::Topics)], [vec![7], vec![], vec![0]]);
    }

    #[test]
    fn a_single_byte_is_no_literal() {
        let near = Near { list: List::Signals, rule: 0, word: "#", stands: Stands::Anywhere };
        assert!(Literals::new(std::iter::once(near)).is_err());
    }
}
