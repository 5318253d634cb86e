//! Words and the lists they are in, made for being asked at every capital of a text.

use crate::mixer::Mixer;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// In which lists a word is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u16);

impl Marks {
    /// The mark of one list.
    pub(super) const fn nth(place: u32) -> Self {
        Self(1 << place)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it bears one of these marks.
    pub(super) const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// All words of all lists.
#[derive(Default)]
pub(super) struct Lexicon {
    words: HashMap<Box<[u8]>, Marks, BuildHasherDefault<Mixer>>,
}

/// No word of a list is longer.
const WORD_BYTES_MAX: usize = 40;

impl Lexicon {
    pub(super) fn add(&mut self, word: &str, marks: Marks) {
        let known = self.words.entry(word.as_bytes().into()).or_default();
        *known = known.and(marks);
    }

    /// The lists of a word in lower case.
    pub(super) fn marks(&self, word: &str) -> Marks {
        self.look_up(word.as_bytes())
    }

    /// The lists of a word of ASCII, whatever its case.
    pub(super) fn marks_in_any_case(&self, word: &str) -> Marks {
        let mut buffer = [0; WORD_BYTES_MAX];
        let Some(lower) = buffer.get_mut(..word.len()) else { return Marks::default() };
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        self.look_up(lower)
    }

    fn look_up(&self, word: &[u8]) -> Marks {
        self.words.get(word).copied().unwrap_or_default()
    }
}

/// A set of keys that surely knows what it does not hold.
pub(super) struct Sieve {
    bits: Vec<u64>,
}

impl Sieve {
    pub(super) fn new() -> Self {
        Self { bits: vec![0; 1024] }
    }

    pub(super) fn add(&mut self, key: u32) {
        let (word, bit) = Self::place(key);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    pub(super) fn may_have(&self, key: u32) -> bool {
        let (word, bit) = Self::place(key);
        self.bits.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    fn place(key: u32) -> (usize, u32) {
        let mixed = key.wrapping_mul(0x9E37_79B1) >> 16;
        ((mixed >> 6) as usize, mixed & 63)
    }
}

/// Endings of words, by their last byte.
pub(super) struct Endings {
    by_last: HashMap<u32, Vec<Box<[u8]>>, BuildHasherDefault<Mixer>>,
}

impl Endings {
    pub(super) fn new(endings: &[String]) -> Self {
        let mut by_last = HashMap::<u32, Vec<Box<[u8]>>, _>::default();
        for ending in endings {
            if let Some(last) = ending.bytes().next_back() {
                by_last.entry(u32::from(last)).or_default().push(ending.as_bytes().into());
            }
        }
        Self { by_last }
    }

    /// Whether the word has an ending that pleases.
    pub(super) fn any(&self, word: &[u8], pleases: impl Fn(&[u8]) -> bool) -> bool {
        let endings = word.last().and_then(|last| self.by_last.get(&u32::from(*last)));
        endings.is_some_and(|endings| endings.iter().any(|ending| word.ends_with(ending) && pleases(ending)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_bears_the_marks_of_all_its_lists() {
        let (one, two, three) = (Marks::nth(0), Marks::nth(1), Marks::nth(2));
        let mut lexicon = Lexicon::default();
        lexicon.add("jean", one);
        lexicon.add("jean", two);
        lexicon.add("jeanette-marie", three);
        assert_eq!(lexicon.marks("jean"), one.and(two));
        assert_eq!(lexicon.marks_in_any_case("JeanETTE-Marie"), three);
        assert!(!lexicon.marks("jeans").has(one.and(two).and(three)));
        assert_eq!(lexicon.marks_in_any_case(&"x".repeat(99)), Marks::default());
    }

    #[test]
    fn endings_are_those_of_the_list() {
        let endings = Endings::new(&["son".to_owned(), "енко".to_owned()]);
        assert!(endings.any(b"larsson", |_| true) && endings.any("шевченко".as_bytes(), |_| true));
        assert!(!endings.any(b"larsen", |_| true) && !endings.any(b"", |_| true));
        assert!(!endings.any(b"son", |ending| ending != b"son"));
    }

    #[test]
    fn a_sieve_holds_its_keys_and_not_all_others() {
        let mut sieve = Sieve::new();
        (0..1000).for_each(|key| sieve.add(key * 7919));
        assert!((0..1000).all(|key| sieve.may_have(key * 7919)));
        assert!((0..1000).filter(|key| sieve.may_have(key * 7919 + 1)).count() < 100);
    }
}
