//! The buckets of hashed features, and how many times each counts: once.

use super::concepts::{FIRST, Place};
use super::fold;

/// Buckets of the hashed features; a power of two.
const HASHED: usize = 1 << 18;
/// More concepts than there are; a power of two.
pub(super) const CONCEPTS_MAX: usize = 1 << 7;
/// All buckets: behind those of hashes, two concepts in their order or in any, in a document of a tool or in another
/// text, have a bucket of their own. They say most of texts that nobody learned from, and share it with no word that
/// fell there by chance.
pub(super) const BUCKETS: usize = HASHED + 4 * CONCEPTS_MAX * CONCEPTS_MAX;
/// Letters of a word that are looked at in groups.
const LETTERS_MAX: usize = 24;
/// Concepts further apart than this many bytes, or concepts, say nothing together in their order.
const NEAR_BYTES: usize = 60;
const NEAR_BACK: usize = 3;
/// Concepts of one passage say something together in whatever order and words they come: so many letters, and concepts.
const PASSAGE: (usize, usize) = (150, 6);
/// The same in a document of a tool, where whom a sentence addresses, what it asks and of whom stand far apart.
const PASSAGE_OF_DOCUMENT: (usize, usize) = (400, 16);

/// Takes each of many buckets once.
pub(super) struct Once {
    /// A bit for each bucket, all clear between two uses.
    taken: Vec<u64>,
}

impl Default for Once {
    fn default() -> Self {
        Self { taken: vec![0; BUCKETS / 64] }
    }
}

impl Once {
    /// Calls `take` with each different bucket of some lists.
    #[inline]
    pub(super) fn each(&mut self, lists: &[&[u32]], mut take: impl FnMut(u32)) {
        for list in lists {
            for bucket in *list {
                let bit = 1 << (bucket % 64);
                if let Some(taken) = self.taken.get_mut(*bucket as usize / 64)
                    && *taken & bit == 0
                {
                    *taken |= bit;
                    take(*bucket);
                }
            }
        }
        self.clear(lists);
    }

    fn clear(&mut self, lists: &[&[u32]]) {
        let count: usize = lists.iter().map(|list| list.len()).sum();
        if count > CLEARED_ONE_BY_ONE {
            self.taken.fill(0);
            return;
        }
        for bucket in lists.iter().copied().flatten() {
            if let Some(taken) = self.taken.get_mut(*bucket as usize / 64) {
                *taken = 0;
            }
        }
    }
}

/// From more buckets on it takes less time to clear all.
const CLEARED_ONE_BY_ONE: usize = 1000;

/// The word itself and, unless it is a single character of a dense script, its groups of letters.
pub(super) fn of_word(word: &str, hash: u64, mut take: impl FnMut(u32)) {
    take(bucket([u64::from(b'w'), hash, 0]));
    match word.chars().next() {
        Some(first) if fold::is_dense(first) => {}
        Some(first) if fold::is_unparted(first) => threes(word, take),
        _ => fours(word, take),
    }
}

/// Two words behind one another.
pub(super) fn of_pair(previous: u64, hash: u64) -> u32 {
    bucket([u64::from(b'b'), previous, hash])
}

/// Three words behind one another, in scripts whose words are single characters.
pub(super) fn of_three(before: u64, previous: u64, hash: u64) -> u32 {
    bucket([before, previous, hash])
}

/// Whether a bucket is one of concepts.
pub(super) fn is_of_concepts(bucket: u32) -> bool {
    bucket as usize >= HASHED
}

/// A concept alone, with those shortly before it, and with those of its passage. What asks a model for something is
/// what people write for, but strange in a document that a tool brought: there the same concepts have other buckets.
/// `letter`: how many bytes most letters of the text have that write as much as one of ASCII.
pub(super) fn of_concept(places: &[Place], at: usize, tool: bool, letter: usize, buckets: &mut Vec<u32>) {
    let Some((place, before)) = places.get(..=at).and_then(|read| read.split_last()) else { return };
    let concept = place.concept;
    // Each bucket is written, and kept or overwritten by the next: what is near is hard to foretell for a processor.
    let (mut said, mut kept) = ([0; 2 + 2 * PASSAGE_OF_DOCUMENT.1], 0);
    let mut say = |bucket: u32, keep: bool| {
        if let Some(slot) = said.get_mut(kept) {
            *slot = bucket;
        }
        kept += usize::from(keep);
    };
    say(pair_bucket(Order::Any, tool, [concept; 2]), true);
    say(pair_bucket(Order::Text, tool, [FIRST, concept]), place.first);
    let (passage_bytes, passage_back) = if tool { PASSAGE_OF_DOCUMENT } else { PASSAGE };
    for (back, other) in before.iter().rev().take(passage_back).enumerate() {
        let bytes = (place.at - other.at) / letter;
        if bytes > passage_bytes {
            break;
        }
        let near = back < NEAR_BACK && bytes <= NEAR_BYTES;
        say(pair_bucket(Order::Text, tool, [other.concept, concept]), near);
        let pair = [other.concept.min(concept), other.concept.max(concept)];
        say(pair_bucket(Order::Any, tool, pair), other.concept != concept);
    }
    buckets.extend_from_slice(said.get(..kept).unwrap_or_default());
}

/// Whether concepts stand in the order of the text or in any.
#[derive(Clone, Copy)]
enum Order {
    Text,
    Any,
}

/// Groups of four letters, word edges marked, so that inflections and typing errors stay near.
fn fours(word: &str, mut take: impl FnMut(u32)) {
    let (mut a, mut b, mut c) = ('^', '^', '^');
    for (count, d) in edged(word).enumerate() {
        if count >= 2 {
            take(group_bucket([a, b, c, d]));
        }
        (a, b, c) = (b, c, d);
    }
}

/// Groups of three, where vowels go unwritten and a root is three letters.
fn threes(word: &str, mut take: impl FnMut(u32)) {
    let (mut a, mut b) = ('^', '^');
    for (count, c) in edged(word).enumerate() {
        if count >= 1 {
            take(group_bucket([OF_THREE, a, b, c]));
        }
        (a, b) = (b, c);
    }
}

/// Stands in a group of three where one of four has its first letter; no word holds it.
const OF_THREE: char = '\0';

/// The letters that are looked at, and the end of the word.
fn edged(word: &str) -> impl Iterator<Item = char> {
    word.chars().take(LETTERS_MAX).chain(std::iter::once('$'))
}

/// Two multiplications for four letters: this runs for every letter of every different word.
fn group_bucket([a, b, c, d]: [char; 4]) -> u32 {
    let pair = |x: char, y: char| u64::from(x as u32) << 21 | u64::from(y as u32);
    let mixed = pair(a, b).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ pair(c, d);
    fold_hash(mixed.wrapping_mul(0xff51_afd7_ed55_8ccd))
}

fn pair_bucket(order: Order, tool: bool, [a, b]: [u8; 2]) -> u32 {
    let table = u32::from(tool) << 1 | order as u32;
    let place = (table * CONCEPTS_MAX as u32 + u32::from(a)) * CONCEPTS_MAX as u32 + u32::from(b);
    HASHED as u32 + place
}

/// The bucket of up to three hashes in their order.
fn bucket([a, b, c]: [u64; 3]) -> u32 {
    let step = |hash: u64, next: u64| (hash.rotate_left(23) ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    fold_hash(step(step(step(0, a), b), c))
}

fn fold_hash(hash: u64) -> u32 {
    let folded = (hash ^ (hash >> 29) ^ (hash >> 43)) & (HASHED as u64 - 1);
    u32::try_from(folded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_concepts_have_a_bucket_of_their_own() {
        let last = CONCEPTS_MAX as u8 - 1;
        let pairs = [[0, 0], [0, 1], [1, 0], [last, last]];
        let sides = [(Order::Text, false), (Order::Any, false), (Order::Text, true), (Order::Any, true)];
        let buckets: std::collections::BTreeSet<u32> = sides
            .into_iter()
            .flat_map(|(order, tool)| pairs.map(|pair| pair_bucket(order, tool, pair)))
            .filter(|bucket| (HASHED..BUCKETS).contains(&(*bucket as usize)))
            .collect();
        assert_eq!(buckets.len(), sides.len() * pairs.len());
    }

    #[test]
    fn concepts_meet_in_their_order_nearby_and_in_any_in_a_passage() {
        let buckets = |places: &[(usize, u8)], tool: bool, letter: usize| {
            let places: Vec<Place> = places
                .iter()
                .map(|(at, concept)| Place { at: *at, concept: *concept, first: false, word: 0 })
                .collect();
            let mut all = Vec::new();
            of_concept(&places, places.len() - 1, tool, letter, &mut all);
            all
        };
        let (alone, any) = (pair_bucket(Order::Any, false, [5, 5]), pair_bucket(Order::Any, false, [2, 5]));
        let near = [alone, pair_bucket(Order::Text, false, [2, 5]), any];
        assert_eq!(buckets(&[(0, 2), (NEAR_BYTES, 5)], false, 1), near);
        assert_eq!(buckets(&[(0, 2), (PASSAGE.0, 5)], false, 1), [alone, any]);
        assert_eq!(buckets(&[(0, 2), (PASSAGE.0 + 1, 5)], false, 1), [alone]);
        assert_eq!(buckets(&[(0, 2), (2 * NEAR_BYTES, 5)], false, 2), near);
        assert_eq!(buckets(&[(0, 2), (PASSAGE_OF_DOCUMENT.0, 5)], true, 1).len(), 2);
        assert_eq!(buckets(&[(0, 2), (PASSAGE_OF_DOCUMENT.0 + 1, 5)], true, 1).len(), 1);
    }

    #[test]
    fn each_bucket_counts_once() {
        let mut once = Once::default();
        for _ in 0..2 {
            let mut taken = Vec::new();
            once.each(&[&[7, 64, 7, 3], &[0, 0, 7, BUCKETS as u32 - 1]], |bucket| taken.push(bucket));
            assert_eq!(taken, [7, 64, 3, 0, BUCKETS as u32 - 1]);
        }
    }
}
