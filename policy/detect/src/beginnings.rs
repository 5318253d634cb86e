//! Words by some of their bytes, mostly the first: which of many words may stand at a place of a text, told in a few
//! operations.
//!
//! An automaton takes a dependent load for every byte of a text. Most places hold none of the words, which those bytes
//! show: a mark in a table tells, and only the few places that pass are compared with the words that have them.

/// Places that share a start in the list of entries.
const PER_START: usize = 32;

/// Entries by four bytes of their words, the first unless the user looks for others. Fewer bytes count as well if both
/// sides leave out the same. The more places, the fewer words are looked at in vain, and the less of the table stays in the caches of a processor.
pub(crate) struct Beginnings<T, const PLACES: usize = { 1 << 16 }> {
    /// What there is at the place of a beginning. It says yes too often, never no too often.
    marks: Box<[u8; PLACES]>,
    /// By place.
    entries: Vec<(u32, T)>,
    /// Where the entries of each thirty-two places begin, and the end of the last.
    first: Vec<u32>,
}

/// Marks of an entry that may stand anywhere, and of one that stands at the beginnings of words only.
pub(crate) const ANYWHERE: u8 = 1;
pub(crate) const AT_WORD: u8 = 2;

impl<T, const PLACES: usize> Beginnings<T, PLACES> {
    /// Entries that may stand anywhere. Those with one beginning keep their order.
    pub(crate) fn new(entries: Vec<(u32, T)>) -> Self {
        Self::with_places(entries.into_iter().map(|(beginning, entry)| (beginning, false, entry)).collect())
    }

    /// Entries and whether they stand at the beginnings of words only.
    pub(crate) fn with_places(entries: Vec<(u32, bool, T)>) -> Self {
        let mut marks = Box::new([0; PLACES]);
        for (beginning, at_word, _) in &entries {
            if let Some(mark) = marks.get_mut(place::<PLACES>(*beginning)) {
                *mark |= if *at_word { AT_WORD } else { ANYWHERE };
            }
        }
        let mut entries: Vec<(u32, T)> = entries.into_iter().map(|(beginning, _, entry)| (beginning, entry)).collect();
        entries.sort_by_key(|(beginning, _)| start::<PLACES>(*beginning));
        let before = |at| entries.partition_point(|(beginning, _)| start::<PLACES>(*beginning) < at);
        let first = (0..=PLACES / PER_START).map(|at| u32::try_from(before(at)).unwrap_or(u32::MAX)).collect();
        Self { marks, entries, first }
    }

    /// Whether some entry may begin so.
    pub(crate) fn may_have(&self, beginning: u32) -> bool {
        self.marks(beginning) != 0
    }

    /// [`ANYWHERE`] and [`AT_WORD`] if such entries may begin so.
    #[inline]
    pub(crate) fn marks(&self, beginning: u32) -> u8 {
        self.marks.get(place::<PLACES>(beginning)).copied().unwrap_or_default()
    }

    /// The entries that begin so.
    pub(crate) fn of(&self, beginning: u32) -> impl Iterator<Item = &T> {
        let at = start::<PLACES>(beginning);
        let first = |at: usize| self.first.get(at).map_or(0, |first| *first as usize);
        let near = self.entries.get(first(at)..first(at + 1)).unwrap_or_default();
        near.iter().filter(move |(other, _)| *other == beginning).map(|(_, entry)| entry)
    }
}

#[inline]
fn place<const PLACES: usize>(beginning: u32) -> usize {
    (beginning.wrapping_mul(0x9e37_79b1) >> (u32::BITS - PLACES.trailing_zeros())) as usize
}

fn start<const PLACES: usize>(beginning: u32) -> usize {
    place::<PLACES>(beginning) / PER_START
}

/// Four bytes with the case of letters gone; a few signs fall together, which a comparison must sort out.
pub(crate) fn packed(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

/// The first `count` of packed bytes.
pub(crate) fn only(count: u32, packed: u32) -> u32 {
    packed & (u32::MAX >> (32 - 8 * count))
}

/// Entries by words of any length, told by where the words begin.
pub(crate) struct Prefixes<T> {
    /// Words of four bytes and more.
    long: Beginnings<(Box<[u8]>, T)>,
    /// Words of three, two and one.
    short: [Beginnings<(Box<[u8]>, T)>; 3],
}

impl<T> Prefixes<T> {
    /// The words are compared as they are. Those of one beginning keep their order.
    pub(crate) fn new(entries: impl Iterator<Item = (Vec<u8>, T)>) -> Self {
        let (mut long, mut short) = (Vec::new(), [const { Vec::new() }; 3]);
        for (word, entry) in entries {
            let (beginning, word) = (first_four(&word), word.into_boxed_slice());
            let count = word.len().max(1);
            match (short.get_mut(3_usize.wrapping_sub(count)), u32::try_from(count)) {
                (Some(list), Ok(bytes)) => list.push((only(bytes, beginning), (word, entry))),
                _ => long.push((beginning, (word, entry))),
            }
        }
        Self { long: Beginnings::new(long), short: short.map(Beginnings::new) }
    }

    /// Calls `take` with the length and entry of each word with which a text begins, those of four bytes and more first.
    pub(crate) fn each<'a>(&'a self, text: &[u8], mut take: impl FnMut(usize, &'a T)) {
        let beginning = first_four(text);
        let mut offer = |(word, entry): &'a (Box<[u8]>, T)| {
            if text.starts_with(word) {
                take(word.len(), entry);
            }
        };
        if self.long.may_have(beginning) {
            self.long.of(beginning).for_each(&mut offer);
        }
        for (count, words) in (1..=3).rev().zip(&self.short) {
            let beginning = only(count, beginning);
            if words.may_have(beginning) {
                words.of(beginning).for_each(&mut offer);
            }
        }
    }
}

/// The first four bytes, packed; zeros where there are less.
pub(crate) fn first_four(text: &[u8]) -> u32 {
    let byte = |offset: usize| text.get(offset).copied().unwrap_or_default();
    packed([byte(0), byte(1), byte(2), byte(3)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_beginning_in_their_order() {
        let words = ["ignore", "Ignoring", "show"];
        let beginning = |word: &str| packed(word.as_bytes()[..4].try_into().unwrap());
        let table: Beginnings<_> = Beginnings::new(words.iter().map(|word| (beginning(word), *word)).collect());
        assert_eq!(table.of(beginning("IGNO")).collect::<Vec<_>>(), [&"ignore", &"Ignoring"]);
        assert!(table.may_have(beginning("show")));
        assert_eq!(table.of(beginning("tell")).count(), 0);
        let parted: Beginnings<_> = Beginnings::with_places(vec![(beginning("show"), true, ())]);
        assert_eq!([parted.marks(beginning("show")), table.marks(beginning("show"))], [AT_WORD, ANYWHERE]);
        assert_eq!(only(3, beginning("ignX")), only(3, beginning("IGNo")));
    }

    #[test]
    fn words_of_any_length_are_found_where_a_text_begins() {
        let words = ["i", "in", "inn", "inner", "inside", "an", "in"];
        let table = Prefixes::new(words.iter().zip(0..).map(|(word, number)| (word.as_bytes().to_vec(), number)));
        let found = |text: &str| {
            let mut found = Vec::new();
            table.each(text.as_bytes(), |bytes, number| found.push((bytes, *number)));
            found
        };
        assert_eq!(found("inner"), [(5, 3), (3, 2), (2, 1), (2, 6), (1, 0)]);
        assert_eq!(found("in"), [(2, 1), (2, 6), (1, 0)]);
        assert_eq!(found("Inn"), []);
        assert_eq!(found(""), []);
    }
}
