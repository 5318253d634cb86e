//! Words by their first bytes: which of many words may begin at a place of a text, told in a few operations.
//!
//! An automaton takes a dependent load for every byte of a text. Most places begin none of the words, which their first
//! bytes show: a bit in a table tells, and only the few places that pass are compared with the words that begin so.

/// Most bits of a table: what the second cache of a processor holds easily.
const BITS_MAX: usize = 1 << 20;

/// Entries by the first four bytes of their words. Fewer bytes count as well if both sides leave out the same.
pub(crate) struct Beginnings<T> {
    /// A bit for each beginning there is. Says yes too often, never no too often.
    bits: Vec<u64>,
    /// How far a hash is shifted to give the place of its bit.
    shift: u32,
    /// By place of the bit.
    entries: Vec<(u32, T)>,
    /// Where the entries of each word of bits begin, and the end of the last.
    first: Vec<u32>,
}

impl<T> Beginnings<T> {
    /// Entries with one beginning keep their order.
    pub(crate) fn new(mut entries: Vec<(u32, T)>) -> Self {
        let bits = (entries.len() * 64).next_power_of_two().clamp(64, BITS_MAX);
        let shift = 32 - bits.trailing_zeros();
        let mut beginnings = Self { bits: vec![0; bits / 64], shift, entries: Vec::new(), first: Vec::new() };
        for (beginning, _) in &entries {
            let place = beginnings.place(*beginning);
            if let Some(word) = beginnings.bits.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
        entries.sort_by_key(|(beginning, _)| beginnings.place(*beginning));
        let before = |word| entries.partition_point(|(beginning, _)| beginnings.place(*beginning) / 64 < word);
        beginnings.first = (0..=bits / 64).map(|word| u32::try_from(before(word)).unwrap_or(u32::MAX)).collect();
        beginnings.entries = entries;
        beginnings
    }

    /// Whether some entry may begin so.
    pub(crate) fn may_have(&self, beginning: u32) -> bool {
        let place = self.place(beginning);
        self.bits.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }

    /// The entries that begin so.
    pub(crate) fn of(&self, beginning: u32) -> impl Iterator<Item = &T> {
        let word = self.place(beginning) / 64;
        let place = |word: usize| self.first.get(word).map_or(0, |first| *first as usize);
        let near = self.entries.get(place(word)..place(word + 1)).unwrap_or_default();
        near.iter().filter(move |(other, _)| *other == beginning).map(|(_, entry)| entry)
    }

    fn place(&self, beginning: u32) -> usize {
        (beginning.wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }
}

/// Four bytes with the case of letters gone; a few signs fall together, which a comparison must sort out.
pub(crate) fn packed(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

/// The first `count` of packed bytes.
pub(crate) fn only(count: u32, packed: u32) -> u32 {
    packed & (u32::MAX >> (32 - 8 * count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_beginning_in_their_order() {
        let words = ["ignore", "Ignoring", "show"];
        let beginning = |word: &str| packed(word.as_bytes()[..4].try_into().unwrap());
        let table = Beginnings::new(words.iter().map(|word| (beginning(word), *word)).collect());
        assert_eq!(table.of(beginning("IGNO")).collect::<Vec<_>>(), [&"ignore", &"Ignoring"]);
        assert!(table.may_have(beginning("show")));
        assert_eq!(table.of(beginning("tell")).count(), 0);
        assert_eq!(only(3, beginning("ignX")), only(3, beginning("IGNo")));
    }
}
