//! What the linear model sees of a folded text: hashed words, word pairs, letter groups, and the concepts behind the
//! words, alone and in order.
//!
//! A word tells once, however often a text repeats it: its buckets are made once and weighed once.

use super::concepts::{Concepts, Place};
use super::words::{Word, each_word};
use std::ops::Range;

/// Buckets of the hashed features; a power of two.
pub(super) const BUCKETS: usize = 1 << 18;
/// Texts with fewer features than this count as if they had so many: a word or two prove nothing by themselves.
const SIZE_MIN: usize = 32;
/// A text is read up to this many words; longer texts are judged in windows.
const WORDS_MAX: usize = 4000;
/// Concepts further apart than this many bytes say nothing together.
const NEAR_BYTES: usize = 60;
/// Letters of a word that are looked at in groups.
const LETTERS_MAX: usize = 24;

/// The features of a text in its order.
pub(super) struct Features {
    words: Vec<Occurrence>,
    /// The buckets of each different word, one word behind the other.
    own: Vec<u32>,
    /// Where the buckets of each different word end.
    own_ends: Vec<usize>,
    /// The buckets of word pairs and concepts; the same may stand here several times.
    joint: Vec<u32>,
}

/// A word at its place.
struct Occurrence {
    /// Where it begins in the text.
    at: usize,
    /// Which of the different words it is.
    number: usize,
    /// Its first joint bucket.
    joint: usize,
}

impl Features {
    /// Reads a folded text.
    pub(super) fn of(folded: &str, concepts: &Concepts) -> Self {
        let places = concepts.of(folded);
        let mut features = Self { words: Vec::new(), own: Vec::new(), own_ends: Vec::new(), joint: Vec::new() };
        let mut known = Known::new(folded.len().min(2 * WORDS_MAX));
        let (mut before, mut previous, mut told) = (0, 0, 0);
        each_word(folded, |word| {
            let (number, new) = known.number(folded, word);
            features.words.push(Occurrence { at: word.at, number, joint: features.joint.len() });
            if new {
                features.own.push(bucket([u64::from(b'w'), word.hash, 0]));
                if !word.unparted {
                    letters(word.text(folded), &mut features.own);
                }
                features.own_ends.push(features.own.len());
            }
            features.joint.push(bucket([u64::from(b'b'), previous, word.hash]));
            if word.unparted {
                features.joint.push(bucket([before, previous, word.hash]));
            }
            while places.get(told).is_some_and(|place| place.at <= word.at) {
                features.concept(&places, told);
                told += 1;
            }
            (before, previous) = (previous, word.hash);
            features.words.len() < WORDS_MAX
        });
        features
    }

    /// Number of words.
    pub(super) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Where a word begins; nothing for one behind the last.
    pub(super) fn word_at(&self, word: usize) -> Option<usize> {
        self.words.get(word).map(|word| word.at)
    }

    /// The buckets of each different word.
    pub(super) fn own(&self) -> impl Iterator<Item = &[u32]> {
        let mut from = 0;
        self.own_ends.iter().map(move |end| self.own.get(std::mem::replace(&mut from, *end)..*end).unwrap_or_default())
    }

    /// Which words stand in a range, each once.
    pub(super) fn numbers(&self, words: Range<usize>) -> Vec<usize> {
        let part = self.words.get(words).unwrap_or_default();
        let mut numbers: Vec<usize> = part.iter().map(|word| word.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The joint buckets of a range of words; the same may stand there several times.
    pub(super) fn joint(&self, words: Range<usize>) -> &[u32] {
        let first = |word: usize| self.words.get(word).map_or(self.joint.len(), |word| word.joint);
        self.joint.get(first(words.start)..first(words.end)).unwrap_or_default()
    }

    /// All buckets of a range of words: what training counts.
    pub(super) fn buckets(&self, words: Range<usize>) -> Vec<u32> {
        let own: Vec<&[u32]> = self.own().collect();
        let of_word = |number: usize| own.get(number).copied().unwrap_or_default();
        let mut buckets: Vec<u32> = self.numbers(words.clone()).into_iter().flat_map(of_word).copied().collect();
        let mut once = Once::default();
        once.each(self.joint(words), |bucket| buckets.push(bucket));
        buckets
    }

    /// A concept alone, and with those shortly before it.
    fn concept(&mut self, places: &[Place], at: usize) {
        let Some(place) = places.get(at) else { return };
        self.joint.push(concept_bucket(b'c', [place.concept, 0, 0]));
        let near = |back: usize| {
            let other = at.checked_sub(back).and_then(|before| places.get(before));
            other.filter(|other| place.at - other.at <= NEAR_BYTES).map(|other| other.concept)
        };
        for other in (1..=3).filter_map(near) {
            self.joint.push(concept_bucket(b'p', [other, place.concept, 0]));
        }
        if let (Some(first), Some(second)) = (near(2), near(1)) {
            self.joint.push(concept_bucket(b'q', [first, second, place.concept]));
        }
    }
}

/// What the sum of a text's weights is divided by, so that long texts are not suspicious for their length.
pub(super) fn size(count: usize) -> f32 {
    (count.max(SIZE_MIN) as f32).sqrt()
}

/// The different words of a text by number.
struct Known {
    /// Number and one, by hash; 0 where none is.
    slots: Vec<u32>,
    words: Vec<Word>,
}

impl Known {
    /// Room for so many words.
    fn new(words: usize) -> Self {
        Self { slots: vec![0; (words + 1).next_power_of_two()], words: Vec::new() }
    }

    /// The word's number, and whether it is new.
    fn number(&mut self, folded: &str, word: &Word) -> (usize, bool) {
        let mask = self.slots.len() - 1;
        let same = |other: &Word| other.hash == word.hash && other.text(folded) == word.text(folded);
        let mut slot = low_bits(word.hash >> 20) & mask;
        // There are more slots than words, so the walk ends.
        while let Some(taken) = self.slots.get_mut(slot) {
            let Some(number) = taken.checked_sub(1).map(|number| number as usize) else {
                self.words.push(*word);
                *taken = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
                return (self.words.len() - 1, true);
            };
            if self.words.get(number).is_some_and(same) {
                return (number, false);
            }
            slot = (slot + 1) & mask;
        }
        (0, false)
    }
}

/// Takes each of many buckets once.
#[derive(Default)]
pub(super) struct Once {
    /// Bucket and one, by hash; 0 where none is.
    slots: Vec<u32>,
}

impl Once {
    /// Calls `take` with each different bucket and gives their number.
    pub(super) fn each(&mut self, buckets: &[u32], mut take: impl FnMut(u32)) -> usize {
        self.slots.clear();
        self.slots.resize((buckets.len() * 2).next_power_of_two(), 0);
        let mask = self.slots.len() - 1;
        let mut different = 0;
        for bucket in buckets {
            let mut slot = *bucket as usize & mask;
            while let Some(taken) = self.slots.get_mut(slot) {
                if *taken == 0 {
                    *taken = bucket + 1;
                    different += 1;
                    take(*bucket);
                    break;
                }
                if *taken == bucket + 1 {
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
        different
    }
}

/// Groups of four letters, word edges marked, so that inflections and typing errors stay near.
fn letters(word: &str, all: &mut Vec<u32>) {
    let (mut a, mut b, mut c) = ('^', '^', '^');
    for (count, d) in word.chars().take(LETTERS_MAX).chain(std::iter::once('$')).enumerate() {
        if count >= 2 {
            all.push(group_bucket([a, b, c, d]));
        }
        (a, b, c) = (b, c, d);
    }
}

/// Two multiplications for four letters: this runs for every letter of every different word.
fn group_bucket([a, b, c, d]: [char; 4]) -> u32 {
    let pair = |x: char, y: char| u64::from(x as u32) << 21 | u64::from(y as u32);
    let mixed = pair(a, b).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ pair(c, d);
    fold_hash(mixed.wrapping_mul(0xff51_afd7_ed55_8ccd))
}

fn concept_bucket(kind: u8, [a, b, c]: [u8; 3]) -> u32 {
    let packed = u64::from_be_bytes([0xc0, kind, 0, 0, 0, a, b, c]);
    fold_hash(packed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xff51_afd7_ed55_8ccd))
}

/// The bucket of up to three hashes in their order.
fn bucket([a, b, c]: [u64; 3]) -> u32 {
    let step = |hash: u64, next: u64| (hash.rotate_left(23) ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    fold_hash(step(step(step(0, a), b), c))
}

/// What fits a machine's word of a hash.
fn low_bits(hash: u64) -> usize {
    (hash & u64::from(u32::MAX)) as usize
}

fn fold_hash(hash: u64) -> u32 {
    let folded = (hash ^ (hash >> 29) ^ (hash >> 43)) & (BUCKETS as u64 - 1);
    u32::try_from(folded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_counts_once() {
        let mut once = Once::default();
        for _ in 0..2 {
            let mut taken = Vec::new();
            assert_eq!(once.each(&[7, 64, 7, 3, 0, 0], |bucket| taken.push(bucket)), 4);
            assert_eq!(taken, [7, 64, 3, 0]);
        }
    }

    #[test]
    fn a_repeated_word_has_its_buckets_once_and_a_range_of_words_its_own() {
        let concepts = Concepts::shipped().unwrap();
        let features = Features::of("stop the bus and the train", &concepts);
        assert_eq!((features.word_count(), features.own().count()), (6, 5));
        assert_eq!(features.numbers(1..5), [1, 2, 3]);
        assert!(features.buckets(0..6).iter().all(|bucket| (*bucket as usize) < BUCKETS));
        assert_eq!(features.joint(0..6), [features.joint(0..2), features.joint(2..6)].concat());
        let own = |features: &Features| features.own().map(<[u32]>::len).sum::<usize>();
        assert_eq!(own(&Features::of("stop stop", &concepts)), own(&Features::of("stop", &concepts)));
    }
}
