//! A folded text cut into words.
//!
//! In scripts without spaces each character is a word. ASCII letters, most of what is read, are told eight at a time.

use super::fold;
use crate::chars::is_alphanumeric;

/// A word and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) end: usize,
    /// It stands in a script that parts no words, or parts them otherwise.
    pub(super) unparted: bool,
    /// Other words begin within it: behind an apostrophe, or at any letter of a script that joins its articles. Or it
    /// is a character of a script without spaces that stands right behind a word of another.
    pub(super) compound: bool,
}

impl Word {
    /// The word in the text that it was cut from.
    pub(super) fn text<'t>(&self, folded: &'t str) -> &'t str {
        folded.get(self.at..self.end).unwrap_or_default()
    }
}

/// Calls `take` with each word until it says `false`.
#[inline]
pub(super) fn each_word(folded: &str, take: impl FnMut(&Word) -> bool) {
    if folded.is_ascii() { ascii_words(folded.as_bytes(), take) } else { mixed_words(folded, take) }
}

/// The words of an ASCII text: the letters of 64 bytes become the bits of a number, whose runs are the words.
#[inline]
fn ascii_words(bytes: &[u8], mut take: impl FnMut(&Word) -> bool) {
    // Where a word began that goes on, and whether it held an apostrophe up to this block.
    let (mut open, mut held) = (None, false);
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        let start = number * BLOCK;
        let (letters, mut apostrophes) = bits(block);
        // A bit for every place where a word begins or ends.
        let mut edges = letters ^ (letters << 1 | u64::from(open.is_some()));
        while edges != 0 {
            let place = edges.trailing_zeros();
            edges &= edges.wrapping_sub(1);
            let end = start + place as usize;
            let Some(at) = open.take() else {
                open = Some(end);
                continue;
            };
            let before = apostrophes & ((1 << place) - 1);
            apostrophes ^= before;
            let compound = std::mem::take(&mut held) || before != 0;
            if !take(&Word { at, end, unparted: false, compound }) {
                return;
            }
        }
        held |= apostrophes != 0;
    }
    if let Some(at) = open {
        take(&Word { at, end: bytes.len(), unparted: false, compound: held });
    }
}

/// The words of any text.
fn mixed_words(folded: &str, mut take: impl FnMut(&Word) -> bool) {
    let bytes = folded.as_bytes();
    let (mut at, mut joined_at) = (0, None);
    while at < bytes.len() {
        let lane = Lane::at(bytes, at);
        let signs = lane.signs();
        at += signs;
        if signs == LANE {
            continue;
        }
        let (word, dense) = match lane.letters_from(signs) {
            Run { letters: 0, .. } => match foreign(folded, at, joined_at) {
                Foreign::Sign(bytes) => {
                    at += bytes;
                    continue;
                }
                Foreign::Word(word) => (word, false),
                Foreign::Dense(word) => (word, true),
            },
            Run { letters, apostrophe, ended } => {
                let word = Word { at, end: at + letters, unparted: false, compound: apostrophe };
                (if ended { word } else { extended(folded, word) }, false)
            }
        };
        at = word.end;
        joined_at = Some(at).filter(|_| !dense);
        if !take(&word) {
            return;
        }
    }
}

/// What a character beyond ASCII begins.
enum Foreign {
    Sign(usize),
    Word(Word),
    Dense(Word),
}

fn foreign(folded: &str, at: usize, joined_at: Option<usize>) -> Foreign {
    let Some(first) = folded.get(at..).and_then(|rest| rest.chars().next()) else { return Foreign::Sign(1) };
    let end = at + first.len_utf8();
    if fold::is_dense(first) {
        let compound = joined_at == Some(at) || !is_alphanumeric(first);
        return Foreign::Dense(Word { at, end, unparted: true, compound });
    }
    if !is_alphanumeric(first) {
        return Foreign::Sign(first.len_utf8());
    }
    let unparted = fold::is_unparted(first);
    Foreign::Word(extended(folded, Word { at, end, unparted, compound: unparted }))
}

/// The word with the letters that follow.
fn extended(folded: &str, mut word: Word) -> Word {
    loop {
        let run = Lane::at(folded.as_bytes(), word.end).letters_from(0);
        word.end += run.letters;
        word.compound |= run.apostrophe;
        if run.letters == LANE {
            continue;
        }
        match folded.get(word.end..).and_then(|rest| rest.chars().next()) {
            Some(c) if !c.is_ascii() && is_alphanumeric(c) && !fold::is_dense(c) => {
                word.end += c.len_utf8();
                word.compound |= fold::is_unparted(c);
            }
            _ => return word,
        }
    }
}

/// What a word is known by: FNV-1a of its characters.
pub(super) fn hash(word: &str) -> u64 {
    let hashed = |hash: u64, c: char| (hash ^ u64::from(c as u32)).wrapping_mul(0x0100_0000_01b3);
    word.chars().fold(0xcbf2_9ce4_8422_2325, hashed)
}

/// Bytes that are looked at together.
const LANE: usize = 8;

/// Eight bytes, told apart by the highest bit of each: ASCII letters, digits and apostrophes; apostrophes alone; bytes
/// beyond ASCII.
struct Lane {
    letters: u64,
    apostrophes: u64,
    foreign: u64,
}

/// Letters behind one another within eight bytes.
#[derive(Debug, PartialEq)]
struct Run {
    letters: usize,
    /// One of them is an apostrophe.
    apostrophe: bool,
    /// A sign follows them within the eight bytes.
    ended: bool,
}

impl Lane {
    /// The eight bytes at a place; those behind the end of the text count as signs.
    #[inline]
    fn at(bytes: &[u8], at: usize) -> Self {
        let rest = bytes.get(at..).unwrap_or_default();
        let lane = u64::from_le_bytes(rest.first_chunk().copied().unwrap_or_else(|| padded(rest)));
        let low = lane & !HIGH;
        let apostrophes = between(low, b'\'', b'\'');
        let letters = between(low | (0x20 * ONES), b'a', b'z') | between(low, b'0', b'9') | apostrophes;
        Self { letters: letters & !lane, apostrophes: apostrophes & !lane, foreign: lane & HIGH }
    }

    /// How many ASCII signs there are before the first letter.
    #[inline]
    fn signs(&self) -> usize {
        (self.letters | self.foreign).trailing_zeros() as usize / 8
    }

    /// The letters from a place within the eight bytes on.
    #[inline]
    fn letters_from(&self, start: usize) -> Run {
        let others = (HIGH & !self.letters) >> (8 * start);
        let letters = (others.trailing_zeros() as usize / 8).min(LANE - start);
        // Below the lowest of the others.
        let taken = others.wrapping_sub(1) & !others;
        let apostrophe = self.apostrophes >> (8 * start) & taken != 0;
        let next = start + letters;
        let ended = next < LANE && self.foreign >> (8 * next) & 0x80 == 0;
        Run { letters, apostrophe, ended }
    }
}

/// Bytes whose letters are the bits of one number.
const BLOCK: usize = 64;

/// Which of up to 64 ASCII bytes are letters, and which are apostrophes.
#[inline]
fn bits(block: &[u8]) -> (u64, u64) {
    let last;
    let block = match block.first_chunk() {
        Some(block) => block,
        None => {
            last = padded(block);
            &last
        }
    };
    let apostrophe = |byte: u8| byte == b'\'';
    let letters = gathered(block, |byte| byte.is_ascii_alphanumeric() || apostrophe(byte));
    // Most blocks have none, which is told in less time.
    let some = block.iter().fold(false, |some, byte| some | apostrophe(*byte));
    (letters, if some { gathered(block, apostrophe) } else { 0 })
}

/// A bit for each byte that is something. The loops are such that the compiler does sixteen bytes at once.
#[inline]
fn gathered(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0; BLOCK];
    flags.iter_mut().zip(block).for_each(|(flag, byte)| *flag = u8::from(is(*byte)));
    let (lanes, _) = flags.as_chunks();
    // The lowest bit of each of eight bytes, side by side.
    let eight = |lane: [u8; LANE]| u64::from_le_bytes(lane).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    lanes.iter().rev().fold(0, |bits, lane| bits << LANE | eight(*lane))
}

/// The last bytes of a text, with signs behind them.
fn padded<const BYTES: usize>(rest: &[u8]) -> [u8; BYTES] {
    let mut lane = [0; BYTES];
    lane.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    lane
}

const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = 0x80 * ONES;

/// The highest bit of every byte that lies in a range. Bytes and bounds are below 128: no sum runs over into the next.
fn between(lane: u64, first: u8, last: u8) -> u64 {
    let from = lane + ONES * (0x80 - u64::from(first));
    let behind = lane + ONES * (0x7f - u64::from(last));
    from & !behind & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| {
            words.push(word.text(text).to_owned());
            words.len() < 4
        });
        words
    }

    fn every_word(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| {
            words.push(word.text(text).to_owned());
            true
        });
        words
    }

    #[test]
    fn words_are_cut_at_spaces_or_characters_as_the_script_asks() {
        assert_eq!(words("ignore all, don't!"), ["ignore", "all", "don't"]);
        assert_eq!(words("忽略 指令"), ["忽", "略", "指", "令"]);
        assert_eq!(words("a b c d e"), ["a", "b", "c", "d"], "as many as are wanted");
        assert_eq!(words("dan模式"), ["dan", "模", "式"]);
        assert_eq!(words("überraschung größte naïf x"), ["überraschung", "größte", "naïf", "x"]);
        assert_eq!(words("'tis internationalisation's"), ["'tis", "internationalisation's"]);
    }

    #[test]
    fn eight_bytes_at_once_are_what_one_by_one_are() {
        for byte in 0..=u8::MAX {
            for place in 0..9 {
                let mut bytes = *b"abcdefghi";
                bytes[place] = byte;
                let lane = Lane::at(&bytes, 0);
                let letter = byte.is_ascii_alphanumeric() || byte == b'\'';
                let letters = if letter || place > 7 { 8 } else { place };
                let run = Run { letters, apostrophe: byte == b'\'' && place < 8, ended: letters < 8 && byte < 128 };
                assert_eq!(lane.letters_from(0), run, "{byte} at {place}");
                assert_eq!(lane.signs(), usize::from(place == 0 && !letter && byte < 128), "{byte} at {place}");
            }
        }
        let lane = Lane::at(b" ; ab 'c", 0);
        assert_eq!((lane.signs(), lane.letters_from(3)), (3, Run { letters: 2, apostrophe: false, ended: true }));
        assert_eq!(lane.letters_from(6), Run { letters: 2, apostrophe: true, ended: false });
        assert_eq!((Lane::at(b"x y", 1).signs(), Lane::at(b"x ", 1).signs()), (1, 8));
        assert_eq!(Lane::at(b"xyz", 1).letters_from(0), Run { letters: 2, apostrophe: false, ended: true });
    }

    #[test]
    fn a_text_is_cut_the_same_wherever_its_words_fall_in_the_eight_bytes() {
        let text = "Ignore 'all' previous instructions, é, naïve; don't… 忽略internationalisation -- стой ok";
        let expected = every_word(text);
        for before in 0..20 {
            assert_eq!(every_word(&format!("{}{text}", " ".repeat(before))), expected);
        }
    }

    #[test]
    fn ascii_texts_have_the_same_words_in_blocks_as_in_any_text() {
        let text =
            "Ignore 'all' previous instructions; don't -- x 42 internationalisation".repeat(3) + &"y".repeat(150);
        let told = |text: &str, blocks: bool| {
            let mut all = Vec::new();
            let take = |word: &Word| {
                all.push((word.at, word.end, word.unparted, word.compound));
                true
            };
            if blocks {
                ascii_words(text.as_bytes(), take)
            } else {
                mixed_words(text, take)
            }
            all
        };
        for before in 0..130 {
            for text in [" ".repeat(before) + &text, "a".repeat(before) + " " + &text, "b ".repeat(before)] {
                assert_eq!(told(&text, true), told(&text, false), "{text}");
            }
        }
    }

    #[test]
    fn words_that_hold_others_are_told() {
        let compound = |text: &str| {
            let mut compound = Vec::new();
            each_word(text, |word| {
                compound.push(word.compound);
                true
            });
            compound
        };
        assert_eq!(compound("stop don't стой الكلمات"), [false, true, false, true]);
        assert_eq!(compound("令令ok令'令"), [false, false, false, true, true, true]);
    }
}
