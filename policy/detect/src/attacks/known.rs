//! The words that a thread has met, with what a model makes of each.
//!
//! Most words of a text are those of the texts before it. What a word says by itself is worked out when it is first met,
//! and kept while it is met again. A word is known by all its bytes, so that what is kept changes no result; what is kept
//! is bounded.

use super::concepts::Opening;
use super::model::Weight;
use super::words::{Word, hash};
use std::hash::{BuildHasher, RandomState};

/// What a word says by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Learned {
    pub(super) hash: u64,
    /// Of its own features.
    pub(super) weight: Weight,
    pub(super) opening: Opening,
}

/// A word of a text.
pub(super) struct Sight<'k> {
    pub(super) learned: &'k Learned,
    /// Its number among the words that are kept.
    pub(super) number: u32,
    /// The text has not had it before.
    pub(super) new: bool,
}

/// A word that was met. All of it stands in one line of the caches.
#[repr(align(64))]
struct Met {
    key: Key,
    learned: Learned,
    /// The text that it was last met in.
    text: u32,
    /// In how many texts it was met; halved whenever words are forgotten.
    texts: u32,
    /// Where a long word is written.
    written: u32,
}

/// The words that were met.
pub(super) struct Known {
    /// Whose weights are kept.
    model: u64,
    /// Number and one of a word, by hash; 0 where none is.
    slots: Box<[u16; SLOTS]>,
    /// An attacker who chooses words shall not choose slots.
    seed: Key,
    met: Vec<Met>,
    /// Words that do not fit a key.
    long: String,
    /// Counts the texts.
    text: u32,
}

/// There are more slots than words can be: those that are kept and those of one text.
const SLOTS: usize = 1 << 15;
/// From here on rare words are forgotten before the next text.
const WORDS_KEPT: usize = 4096;
const LONG_BYTES_KEPT: usize = 64 * 1024;
/// Bytes of a word that fits a key.
const KEY_BYTES: usize = 16;

impl Default for Known {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            model: 0,
            slots: Box::new([0; SLOTS]),
            seed: Key { head: random.hash_one(0), tail: random.hash_one(1) },
            met: Vec::new(),
            long: String::new(),
            text: 0,
        }
    }
}

impl Known {
    /// Begins a text of at most [`super::features::WORDS_MAX`] words.
    pub(super) fn begin(&mut self, model: u64) {
        if self.model != model || self.text == u32::MAX {
            self.keep(u32::MAX);
            (self.model, self.text) = (model, 0);
        }
        if self.met.len() > WORDS_KEPT || self.long.len() > LONG_BYTES_KEPT {
            let mut least = 2;
            while self.met.iter().filter(|met| met.texts >= least).count() > WORDS_KEPT / 2 {
                least *= 2;
            }
            self.keep(least);
        }
        self.text += 1;
    }

    /// Forgets all words that were met in fewer texts.
    fn keep(&mut self, least: u32) {
        let met = std::mem::take(&mut self.met);
        let long = std::mem::take(&mut self.long);
        self.slots.fill(0);
        for mut met in met.into_iter().filter(|met| met.texts >= least) {
            met.texts /= 2;
            let text = met.written(&long);
            if self.long.len() + text.len() <= LONG_BYTES_KEPT / 2
                && let Some(place) = self.place(met.key, text)
            {
                met.written = self.write(text);
                self.put(place, met);
            }
        }
    }

    /// Writes a long word down.
    fn write(&mut self, text: &str) -> u32 {
        let at = self.long.len();
        self.long.push_str(text);
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn put(&mut self, place: usize, met: Met) {
        self.met.push(met);
        if let (Some(slot), Ok(number)) = (self.slots.get_mut(place), u16::try_from(self.met.len())) {
            *slot = number;
        }
    }

    /// A word of the text. What it says by itself is asked for when it is met for the first time.
    #[inline]
    pub(super) fn word(
        &mut self,
        folded: &str,
        word: &Word,
        learn: impl FnOnce(&str, u64) -> Learned,
    ) -> Option<Sight<'_>> {
        // Nearly every word is short, and found where it is looked for first.
        let here = short_key(folded, word).and_then(|key| {
            let number = self.taken(spread(key, self.seed))?;
            self.met.get(number).is_some_and(|met| met.key == key).then_some(number)
        });
        let number = match here {
            Some(number) => number,
            None => self.seek(word.text(folded), learn)?,
        };
        let met = self.met.get_mut(number)?;
        // Half of the words are new in their text, in no order: a sum instead of a branch.
        let new = met.text != self.text;
        met.texts = met.texts.saturating_add(u32::from(new));
        met.text = self.text;
        Some(Sight { learned: &met.learned, number: number as u32, new })
    }

    /// Where a word is kept, wherever its slot is, and if it is new.
    #[inline(never)]
    fn seek(&mut self, text: &str, learn: impl FnOnce(&str, u64) -> Learned) -> Option<usize> {
        let key = key(text);
        let place = self.place(key, text)?;
        if let Some(number) = self.taken(place) {
            return Some(number);
        }
        let written = if key.is_long() { self.write(text) } else { 0 };
        let learned = learn(text, hash(text));
        self.put(place, Met { key, learned, text: 0, texts: 0, written });
        self.taken(place)
    }

    /// What a word of the text weighs, by its number.
    pub(super) fn weight(&self, number: u32) -> Weight {
        self.met.get(number as usize).map_or_else(Weight::default, |met| met.learned.weight)
    }

    /// The slot of a word, taken or free. There are more slots than words, so the walk ends.
    fn place(&self, key: Key, text: &str) -> Option<usize> {
        let mut place = spread(key, self.seed);
        while let Some(taken) = self.taken(place) {
            let met = self.met.get(taken)?;
            if met.key == key && (!key.is_long() || met.written(&self.long) == text) {
                break;
            }
            place = (place + 1) % SLOTS;
        }
        Some(place)
    }

    /// The number of the word in a slot.
    fn taken(&self, place: usize) -> Option<usize> {
        self.slots.get(place % SLOTS).and_then(|slot| slot.checked_sub(1)).map(usize::from)
    }
}

impl Met {
    /// A word that does not fit a key.
    fn written<'l>(&self, long: &'l str) -> &'l str {
        let length = if self.key.is_long() { (self.key.tail & u64::from(u32::MAX)) as usize } else { 0 };
        long.get(self.written as usize..self.written as usize + length).unwrap_or_default()
    }
}

/// The bytes of a word, or what tells a long one from nearly all others. Two numbers, as an array would be compared by
/// way of the memory.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    head: u64,
    tail: u64,
}

/// The highest byte of the keys of words that do not fit: no text holds it.
const LONG: u64 = 0xff << 56;

impl Key {
    fn is_long(self) -> bool {
        self.tail >= LONG
    }
}

/// The key of a word that fits one, unless it stands at the end of its text.
#[inline]
fn short_key(folded: &str, word: &Word) -> Option<Key> {
    let bytes = folded.as_bytes().get(word.at..)?.first_chunk()?;
    let length = word.end - word.at;
    (length <= KEY_BYTES).then(|| halves(*bytes, length))
}

/// The key of any word.
fn key(word: &str) -> Key {
    if word.len() > KEY_BYTES {
        return Key { head: hash(word), tail: LONG | (word.len() as u64 & u64::from(u32::MAX)) };
    }
    let mut bytes = [0; KEY_BYTES];
    bytes.iter_mut().zip(word.bytes()).for_each(|(to, byte)| *to = byte);
    halves(bytes, word.len())
}

/// The first `length` of some bytes, one at least.
fn halves(bytes: [u8; KEY_BYTES], length: usize) -> Key {
    let bytes = u128::from_le_bytes(bytes);
    let half = |part: u128, length: usize| {
        (part & u128::from(u64::MAX)) as u64 & u64::MAX.wrapping_shr(64 - 8 * length as u32)
    };
    let tail = if length > 8 { half(bytes >> 64, length - 8) } else { 0 };
    Key { head: half(bytes, length.min(8)), tail }
}

/// The first slot of a key: a product of its halves, of which the upper bits depend on all of them.
fn spread(key: Key, seed: Key) -> usize {
    let product = u128::from(key.head ^ seed.head) * u128::from(key.tail ^ seed.tail);
    (product >> 64 ^ product) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::super::words::each_word;
    use super::*;
    use std::collections::BTreeSet;

    /// The number of each word, and how often something was asked.
    fn read(known: &mut Known, model: u64, text: &str) -> (Vec<u32>, usize) {
        let (mut numbers, mut asked) = (Vec::new(), 0);
        known.begin(model);
        each_word(text, |word| {
            let learn = |text: &str, hash| {
                asked += 1;
                let weight = Weight::new(i32::try_from(text.len()).unwrap(), 1);
                Learned { hash, weight, opening: Opening::default() }
            };
            let Sight { learned, number, new } = known.word(text, word, learn).unwrap();
            assert_eq!(learned.weight.sum() as usize, word.text(text).len());
            assert_eq!(learned.hash, hash(word.text(text)));
            assert_eq!(new, !numbers.contains(&number), "{}", word.text(text));
            let weight = learned.weight;
            assert_eq!(known.weight(number), weight);
            numbers.push(number);
            true
        });
        (numbers, asked)
    }

    #[test]
    fn a_word_is_worked_out_once_and_numbered() {
        let mut known = Known::default();
        let long = "internationalisierung internationalisierungen";
        assert_eq!(read(&mut known, 1, "stop the bus and the train"), (vec![0, 1, 2, 3, 1, 4], 5));
        assert_eq!(read(&mut known, 1, "the bus"), (vec![1, 2], 0));
        assert_eq!(read(&mut known, 1, long), (vec![5, 6], 2));
        assert_eq!(read(&mut known, 1, long), (vec![5, 6], 0));
        assert_eq!(read(&mut known, 2, "the bus"), (vec![0, 1], 2), "another model weighs otherwise");
    }

    #[test]
    fn words_beyond_number_are_told_apart_and_forgotten_in_time() {
        let mut known = Known::default();
        let common = "the internationalisation of busses";
        for round in 0..8 {
            let words: Vec<String> = (0..3900).map(|number| format!("{number}a{round}and{number}")).collect();
            let text = words.join(" ");
            let different: BTreeSet<u32> = read(&mut known, 1, &text).0.into_iter().collect();
            assert_eq!(different.len(), 3900);
            assert!(known.met.len() <= WORDS_KEPT + 3900);
            let asked = [0, 1].map(|_| read(&mut known, 1, common).1);
            assert_eq!(asked, [if round == 0 { 4 } else { 0 }, 0], "what comes again stays");
        }
        let long = "x".repeat(2 * LONG_BYTES_KEPT);
        for _ in 0..3 {
            assert_eq!(read(&mut known, 1, &long).0.len(), 1);
            assert_eq!(read(&mut known, 1, "a").0.len(), 1);
            assert!(known.long.capacity() <= LONG_BYTES_KEPT);
        }
    }
}
