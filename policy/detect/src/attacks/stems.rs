//! The stems of the lexicons, laid out so that few comparisons tell which of them begin at a place.

use super::fold;
use super::words::each_word;
use crate::beginnings::{Beginnings, first_four, only};
use crate::chars::is_alphanumeric;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// What a stem means in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning {
    pub(super) language: u8,
    pub(super) concept: u8,
}

/// Which meanings a stem has; none is 0.
pub(super) type Sense = u16;

/// The same letters as the beginning of words and as a whole word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stem {
    beginning: Sense,
    whole: Sense,
}

/// Letters to compare a text with: the first eight bytes at once.
pub(super) struct Spelled {
    head: u64,
    mask: u64,
    /// All of them, if they are more than eight bytes.
    long: String,
    pub(super) length: usize,
}

/// Stems that go on behind their first word.
#[derive(Default)]
pub(super) struct Tails {
    /// A bit for every way in which one of them goes on.
    pub(super) mask: u64,
    /// The longest first.
    pub(super) stems: Vec<(Spelled, Stem)>,
}

impl Stem {
    /// What it means at a place, if anything. A whole word is parted from what stands before and behind.
    pub(super) fn sense(&self, folded: &str, place: &Range<usize>, parted: bool) -> Option<Sense> {
        let whole = parted && self.whole != self.beginning && ends_word(folded, place.end);
        let sense = if whole { self.whole } else { self.beginning };
        Some(sense).filter(|sense| *sense != 0)
    }
}

impl Spelled {
    fn new(text: &str) -> Self {
        let mask = 1_u64.checked_shl(8 * text.len().min(9) as u32).map_or(u64::MAX, |end| end - 1);
        let long = if text.len() > 8 { text.to_owned() } else { String::new() };
        Self { head: lane(text.as_bytes()) & mask, mask, long, length: text.len() }
    }

    /// Whether a text begins so; `lane` are its first eight bytes.
    pub(super) fn begins(&self, text: &[u8], lane: u64) -> bool {
        // No letter is 0, so that the end of the text does not fit.
        lane & self.mask == self.head && (self.long.is_empty() || text.starts_with(self.long.as_bytes()))
    }
}

/// The first eight bytes of a text; 0 behind its end.
pub(super) fn lane(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |lane, byte| lane << 8 | u64::from(*byte)),
    }
}

/// How a text goes on behind a word, as one bit of a mask.
pub(super) fn way(rest: &[u8]) -> u64 {
    let next = lane(rest) & 0xff_ffff;
    1 << (next.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
}

/// A stem, its meanings put behind the others.
pub(super) fn stem([beginning, mut whole]: [Vec<Meaning>; 2], senses: &mut Vec<Vec<Meaning>>) -> Stem {
    let mut sense = |meanings: Vec<Meaning>| {
        senses.push(meanings);
        number(senses.len() - 1)
    };
    let of_beginning = if beginning.is_empty() { 0 } else { sense(beginning.clone()) };
    if whole.is_empty() {
        return Stem { beginning: of_beginning, whole: of_beginning };
    }
    let mut both = beginning;
    both.append(&mut whole);
    Stem { beginning: of_beginning, whole: sense(both) }
}

/// The number of a stem; there are fewer than fit.
fn number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or_default()
}

/// Stems by their first word, and for each what follows it.
pub(super) fn tails(stems: &BTreeMap<String, Stem>) -> (HashMap<String, u16>, Vec<Tails>) {
    let (mut of, mut tails) = (HashMap::new(), vec![Tails::default()]);
    // Backwards a longer stem stands before the one that it begins with.
    for (text, stem) in stems.iter().rev() {
        let mut first = None;
        each_word(text, |word| {
            first = Some(*word);
            false
        });
        let Some(word) = first.filter(|word| word.at == 0 && !word.compound) else { continue };
        let here = text.starts_with(fold::is_dense) && stem.whole != stem.beginning;
        if word.end == text.len() && !here {
            continue;
        }
        let place = *of.entry(word.text(text).to_owned()).or_insert_with(|| {
            tails.push(Tails::default());
            number(tails.len() - 1)
        });
        let tail = text.get(word.end..).unwrap_or_default();
        if let Some(tails) = tails.get_mut(usize::from(place)) {
            tails.mask |= if tail.len() < 3 { u64::MAX } else { way(tail.as_bytes()) };
            tails.stems.push((Spelled::new(tail), *stem));
        }
    }
    (of, tails)
}

/// Stems by their beginnings: of four bytes and more, of three, two and one.
pub(super) fn sorted(stems: BTreeMap<String, Stem>) -> [Beginnings<(Spelled, Stem)>; 4] {
    let mut lists = [const { Vec::new() }; 4];
    // Backwards a longer stem stands before the one that it begins with.
    for (text, stem) in stems.into_iter().rev() {
        let count = text.len().clamp(1, 4);
        let beginning = only(u32::try_from(count).unwrap_or(4), first_four(text.as_bytes()));
        if let Some(list) = lists.get_mut(4 - count) {
            list.push((beginning, (Spelled::new(&text), stem)));
        }
    }
    lists.map(Beginnings::new)
}

fn ends_word(folded: &str, end: usize) -> bool {
    let next = folded.get(end..).and_then(|rest| rest.chars().next());
    next.is_none_or(|c| !is_alphanumeric(c) || fold::is_dense(c))
}
