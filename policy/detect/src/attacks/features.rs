//! What the linear model sees of a folded text: hashed words, word pairs, letter groups, and the concepts behind the
//! words, alone and in order.

use super::concepts::{Concepts, Place};
use super::fold;
use std::ops::Range;

/// Buckets of the hashed features; a power of two.
pub(super) const BUCKETS: usize = 1 << 18;
/// Texts with fewer features than this count as if they had so many: a word or two prove nothing by themselves.
const SIZE_MIN: usize = 32;
/// A text is read up to this many words; longer texts are judged in windows.
const WORDS_MAX: usize = 4000;
/// Concepts further apart than this many bytes say nothing together.
const NEAR_BYTES: usize = 60;

/// The features of a text in its order.
pub(super) struct Features {
    /// Buckets; the same may stand here several times.
    buckets: Vec<u32>,
    /// Each word: where it begins in the text, and its first bucket.
    words: Vec<(usize, usize)>,
}

impl Features {
    /// Reads a folded text.
    pub(super) fn of(folded: &str, concepts: &Concepts) -> Self {
        let places = concepts.of(folded);
        let mut features = Self { buckets: Vec::with_capacity(folded.len() + 16), words: Vec::new() };
        let (mut before, mut previous, mut told) = ("", "", 0);
        let base = folded.as_ptr() as usize;
        for word in words(folded).take(WORDS_MAX) {
            let at = word.as_ptr() as usize - base;
            features.words.push((at, features.buckets.len()));
            features.word(word, previous, before);
            while places.get(told).is_some_and(|place| place.at <= at) {
                features.concept(&places, told);
                told += 1;
            }
            (before, previous) = (previous, word);
        }
        features
    }

    /// All buckets.
    pub(super) fn all(&self) -> &[u32] {
        &self.buckets
    }

    /// Number of words.
    pub(super) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Where a word begins, the end of the text for one behind the last.
    pub(super) fn word_at(&self, word: usize) -> Option<usize> {
        self.words.get(word).map(|(at, _)| *at)
    }

    /// The buckets of a range of words.
    pub(super) fn of_words(&self, words: Range<usize>) -> &[u32] {
        let first = |word: usize| self.words.get(word).map_or(self.buckets.len(), |(_, first)| *first);
        self.buckets.get(first(words.start)..first(words.end)).unwrap_or_default()
    }

    fn word(&mut self, word: &str, previous: &str, before: &str) {
        self.buckets.push(bucket(b'w', [word]));
        self.buckets.push(bucket(b'b', [previous, word]));
        if word.chars().next().is_some_and(fold::is_unparted) {
            self.buckets.push(bucket(b't', [before, previous, word]));
        } else {
            letters(word, &mut self.buckets);
        }
    }

    /// A concept alone, and with those shortly before it.
    fn concept(&mut self, places: &[Place], at: usize) {
        let Some(place) = places.get(at) else { return };
        self.buckets.push(concept_bucket(b'c', [place.concept, 0, 0]));
        let near = |back: usize| {
            let other = at.checked_sub(back).and_then(|before| places.get(before));
            other.filter(|other| place.at - other.at <= NEAR_BYTES).map(|other| other.concept)
        };
        for other in (1..=3).filter_map(near) {
            self.buckets.push(concept_bucket(b'p', [other, place.concept, 0]));
        }
        if let (Some(first), Some(second)) = (near(2), near(1)) {
            self.buckets.push(concept_bucket(b'q', [first, second, place.concept]));
        }
    }
}

/// What the sum of a text's weights is divided by, so that long texts are not suspicious for their length.
pub(super) fn size(distinct: usize) -> f32 {
    (distinct.max(SIZE_MIN) as f32).sqrt()
}

/// Remembers which buckets were seen, so that each counts once.
pub(super) struct Once {
    seen: Vec<u64>,
}

impl Once {
    pub(super) fn new() -> Self {
        Self { seen: vec![0; BUCKETS / 64] }
    }

    /// Calls `take` with each distinct bucket and gives their number. Leaves nothing remembered.
    pub(super) fn each(&mut self, buckets: &[u32], mut take: impl FnMut(u32)) -> usize {
        let mut distinct = 0;
        for bucket in buckets {
            let Some(slot) = self.seen.get_mut((*bucket / 64) as usize) else { continue };
            let bit = 1 << (*bucket % 64);
            if *slot & bit == 0 {
                *slot |= bit;
                distinct += 1;
                take(*bucket);
            }
        }
        for bucket in buckets {
            if let Some(slot) = self.seen.get_mut((*bucket / 64) as usize) {
                *slot = 0;
            }
        }
        distinct
    }
}

/// Words; in scripts without spaces each character is one.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).flat_map(pieces)
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let dense = word.chars().next().is_some_and(fold::is_dense);
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if dense { first.len_utf8() } else { rest.len() };
        let (piece, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(piece)
    })
}

/// Groups of four letters, word edges marked, so that inflections and typing errors stay near.
fn letters(word: &str, all: &mut Vec<u32>) {
    let mut group = ['^'; 4];
    let marked = std::iter::once('^').chain(word.chars().take(24)).chain(std::iter::once('$'));
    for (count, c) in marked.enumerate() {
        group.rotate_left(1);
        if let Some(last) = group.last_mut() {
            *last = c;
        }
        if count >= 3 {
            all.push(group_bucket(group));
        }
    }
}

/// Two multiplications for four letters: this runs for every letter of every text.
fn group_bucket([a, b, c, d]: [char; 4]) -> u32 {
    let pair = |x: char, y: char| u64::from(x as u32) << 21 | u64::from(y as u32);
    let mixed = pair(a, b).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ pair(c, d);
    fold_hash(mixed.wrapping_mul(0xff51_afd7_ed55_8ccd))
}

fn concept_bucket(kind: u8, [a, b, c]: [u8; 3]) -> u32 {
    let packed = u64::from_be_bytes([0xc0, kind, 0, 0, 0, a, b, c]);
    fold_hash(packed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xff51_afd7_ed55_8ccd))
}

fn fold_hash(hash: u64) -> u32 {
    let folded = (hash ^ (hash >> 29) ^ (hash >> 43)) & (BUCKETS as u64 - 1);
    u32::try_from(folded).unwrap_or_default()
}

/// FNV-1a over the kind and the words, folded to a bucket.
fn bucket<const N: usize>(kind: u8, words: [&str; N]) -> u32 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = step(0xcbf2_9ce4_8422_2325, kind);
    for word in words {
        hash = word.bytes().fold(step(hash, 0), step);
    }
    fold_hash(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_spaces_or_characters_as_the_script_asks() {
        assert_eq!(words("ignore all, don't!").collect::<Vec<_>>(), ["ignore", "all", "don't"]);
        assert_eq!(words("忽略 指令").collect::<Vec<_>>(), ["忽", "略", "指", "令"]);
    }

    #[test]
    fn each_bucket_counts_once_and_nothing_is_remembered() {
        let mut once = Once::new();
        for _ in 0..2 {
            let mut taken = Vec::new();
            assert_eq!(once.each(&[7, 64, 7, 3], |bucket| taken.push(bucket)), 3);
            assert_eq!(taken, [7, 64, 3]);
        }
    }

    #[test]
    fn the_same_text_gives_the_same_buckets_and_a_range_of_words_its_own() {
        let concepts = Concepts::shipped().unwrap();
        let features = Features::of("ignore the rules", &concepts);
        assert_eq!(features.all(), Features::of("ignore the rules", &concepts).all());
        assert!(features.all().iter().all(|bucket| (*bucket as usize) < BUCKETS));
        assert_eq!(features.word_count(), 3);
        assert_eq!([features.of_words(0..1), features.of_words(1..3)].concat(), features.all());
    }
}
