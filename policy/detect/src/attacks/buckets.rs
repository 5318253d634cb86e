//! The buckets of hashed features, and how many times each counts: once.

use super::concepts::Place;
use super::fold;

/// Buckets of the hashed features; a power of two.
pub(super) const BUCKETS: usize = 1 << 18;
/// Letters of a word that are looked at in groups.
const LETTERS_MAX: usize = 24;
/// Concepts further apart than this many bytes say nothing together.
const NEAR_BYTES: usize = 60;

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
    /// Calls `take` with each different bucket.
    pub(super) fn each(&mut self, buckets: impl Iterator<Item = u32> + Clone, mut take: impl FnMut(u32)) {
        for bucket in buckets.clone() {
            let bit = 1 << (bucket % 64);
            if let Some(taken) = self.taken.get_mut(bucket as usize / 64)
                && *taken & bit == 0
            {
                *taken |= bit;
                take(bucket);
            }
        }
        for bucket in buckets {
            if let Some(taken) = self.taken.get_mut(bucket as usize / 64) {
                *taken = 0;
            }
        }
    }
}

/// The word itself and, in scripts that part words, its groups of letters.
pub(super) fn of_word(word: &str, hash: u64, mut take: impl FnMut(u32)) {
    take(bucket([u64::from(b'w'), hash, 0]));
    if !word.starts_with(fold::is_unparted) {
        letters(word, take);
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

/// A concept alone, and with those shortly before it.
pub(super) fn of_concept(places: &[Place], at: usize, mut take: impl FnMut(u32)) {
    let Some(place) = places.get(at) else { return };
    take(concept_bucket(b'c', [place.concept, 0, 0]));
    let near = |back: usize| {
        let other = at.checked_sub(back).and_then(|before| places.get(before));
        other.filter(|other| place.at - other.at <= NEAR_BYTES).map(|other| other.concept)
    };
    for other in (1..=3).filter_map(near) {
        take(concept_bucket(b'p', [other, place.concept, 0]));
    }
    if let (Some(first), Some(second)) = (near(2), near(1)) {
        take(concept_bucket(b'q', [first, second, place.concept]));
    }
}

/// Groups of four letters, word edges marked, so that inflections and typing errors stay near.
fn letters(word: &str, mut take: impl FnMut(u32)) {
    let (mut a, mut b, mut c) = ('^', '^', '^');
    for (count, d) in word.chars().take(LETTERS_MAX).chain(std::iter::once('$')).enumerate() {
        if count >= 2 {
            take(group_bucket([a, b, c, d]));
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
            once.each([7, 64, 7, 3, 0, 0, BUCKETS as u32 - 1].into_iter(), |bucket| taken.push(bucket));
            assert_eq!(taken, [7, 64, 3, 0, BUCKETS as u32 - 1]);
        }
    }
}
