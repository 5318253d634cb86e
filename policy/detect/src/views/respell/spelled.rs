//! Letters with a sign between them: `i g n o r e`, `i.g.n.o.r.e a.l.l`.

use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;
use std::collections::HashSet;
use std::ops::Range;

/// Fewer letters in a row are initials, lists or formulas.
const LETTERS_MIN: usize = 5;
/// Signs between two words.
const GAP_MAX: usize = 5;
/// Words to part letters into that stand at even distances.
pub(super) const WORDS: &str = include_str!("../../../rules/words.txt");
const WORD_LETTERS_MAX: usize = 20;
/// Between gaps, shorter runs of letters are words.
const PARTED_MIN: usize = 20;
/// Letters of one text that are parted into words. It takes some twenty look-ups for each.
const PARTED_MAX: usize = 16 * 1024;

/// Words that letters without gaps are parted into.
/// Their letters stand in reverse order, as words are looked for from their ends.
pub(super) struct Words(HashSet<String>);

impl Words {
    pub(super) fn new() -> Self {
        let words = WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        Self(words.map(|word| word.chars().rev().collect()).collect())
    }

    /// Where words end when the letters are parted so that known words cover most of them, long ones first. Letters of
    /// no known word stay together. Also how many letters known words cover.
    fn ends(&self, letters: &[char]) -> (Vec<usize>, usize) {
        // For each end: the best cost so far, where its last piece began, and whether that is a word.
        let mut best: Vec<(usize, usize, bool)> = vec![(0, 0, true)];
        let cost_at = |best: &[(usize, usize, bool)], at: usize| best.get(at).map_or(0, |(cost, ..)| *cost);
        for end in 1..=letters.len() {
            let mut choice = (cost_at(&best, end - 1) + UNKNOWN_COST, end - 1, false);
            let mut word = String::new();
            for start in (end.saturating_sub(WORD_LETTERS_MAX)..end).rev() {
                word.extend(letters.get(start));
                let cost = cost_at(&best, start) + WORD_COST;
                if cost < choice.0 && self.0.contains(&word) {
                    choice = (cost, start, true);
                }
            }
            best.push(choice);
        }
        let (mut ends, mut covered) = (Vec::new(), 0);
        let (mut at, mut word_behind) = (letters.len(), true);
        while let Some((_, start, is_word)) = best.get(at).copied().filter(|_| at > 0) {
            if is_word || word_behind {
                ends.push(at);
            }
            covered += if is_word { at - start } else { 0 };
            (at, word_behind) = (start, is_word);
        }
        ends.reverse();
        (ends, covered)
    }
}

/// A word costs as much as it saves to know two of its letters.
const WORD_COST: usize = 4;
const UNKNOWN_COST: usize = 3;

/// The passages of the text in which letters seem to stand alone.
pub(super) fn passages(text: &str) -> Passages<'_> {
    let bytes = text.as_bytes();
    if text.is_ascii() {
        return Passages::around(text, trace::stretches(bytes, is_trace));
    }
    Passages::around(text, trace::stretches(bytes, is_wide_trace))
}

/// The text with its spelled-out words joined, if it has any. What words may be looked for in more letters than are
/// affordable is told by `exhausted`.
pub(super) fn joined(text: &str, words: &Words, exhausted: &mut bool) -> Option<Shape> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut reading = Shape::empty();
    let (mut place, mut joined_any, mut left) = (0, false, PARTED_MAX);
    while let Some((offset, c)) = chars.get(place).copied() {
        match run(&chars, place).filter(|run| run.letters >= LETTERS_MIN) {
            Some(run) => {
                joined_any = true;
                *exhausted |= !write(&mut reading, &run, words, &mut left);
                place = run.next;
            }
            None => {
                reading.push(c, offset..offset + c.len_utf8());
                place += 1;
            }
        }
    }
    joined_any.then_some(reading)
}

/// Spelled-out words.
struct Run {
    /// Their characters with where they stand, a space for each gap.
    chars: Vec<(Range<usize>, char)>,
    letters: usize,
    /// The place behind them.
    next: usize,
}

fn is_sign(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '_' | '*' | '|' | '/' | '+' | '~' | ',' | '\u{a0}' | '·' | '•')
}

/// The run that begins at a place, which may be short.
fn run(chars: &[(usize, char)], place: usize) -> Option<Run> {
    let at = |place: usize| chars.get(place).map(|(_, c)| *c);
    let sign = at(place + 1).filter(|c| is_sign(*c))?;
    let is_element = |place: usize| at(place).is_some_and(|c| !c.is_whitespace() && c != sign);
    let starts_word = place == 0 || at(place - 1).is_some_and(|c| !c.is_alphanumeric());
    if !starts_word || !is_element(place) || !is_element(place + 2) {
        return None;
    }
    let is_part = |place: usize| at(place).is_none_or(|c| c.is_whitespace() || c == sign);
    let alone = |place: usize| is_element(place) && is_part(place + 1);
    let mut run = Run { chars: Vec::new(), letters: 0, next: place };
    let origin = |place: usize| chars.get(place).map(|(offset, c)| *offset..*offset + c.len_utf8());
    let mut place = place;
    loop {
        run.chars.extend(origin(place).zip(at(place)));
        run.letters += usize::from(at(place).is_some_and(char::is_alphabetic));
        run.next = place + 1;
        let gap = (1..=GAP_MAX).take_while(|step| is_part(place + step) && at(place + step).is_some()).count();
        if at(place + 1) == Some(sign) && gap == 1 && alone(place + 2) {
            place += 2;
        } else if gap > 0 && alone(place + 1 + gap) {
            run.chars.extend(origin(place + 1).map(|origin| (origin, ' ')));
            place += 1 + gap;
        } else {
            return Some(run);
        }
    }
}

/// Writes the run. Where letters stand without a gap for longer than words are, they are parted as the list of words
/// says, as long as the budget of letters lasts. Whether it did.
fn write(reading: &mut Shape, run: &Run, words: &Words, left: &mut usize) -> bool {
    let mut enough = true;
    let has_gaps = run.chars.iter().any(|(_, c)| *c == ' ');
    let least = if has_gaps { PARTED_MIN } else { LETTERS_MIN };
    for (count, word) in run.chars.split(|(_, c)| *c == ' ').enumerate() {
        // The gap that was split off.
        if let (true, Some((origin, _))) = (count > 0, word.first()) {
            reading.push(' ', origin.clone());
        }
        let mut ends = Vec::new();
        if word.len() >= least {
            match left.checked_sub(word.len()) {
                Some(rest) => {
                    *left = rest;
                    let letters: Vec<char> = word.iter().map(|(_, c)| c.to_ascii_lowercase()).collect();
                    let (parted, covered) = words.ends(&letters);
                    // Between gaps, what no words cover is a credential or an address, and stays whole.
                    if !has_gaps || (covered * 10 >= word.len() * 7 && !is_address(&letters)) {
                        ends = parted;
                    }
                }
                None => enough = false,
            }
        }
        for (place, (origin, c)) in word.iter().enumerate() {
            reading.push(*c, origin.clone());
            if ends.binary_search(&(place + 1)).is_ok() && place + 1 < word.len() {
                reading.push(' ', origin.clone());
            }
        }
    }
    enough
}

/// Whether a run of letters is as short as an address of mail, and holds the sign of one.
fn is_address(letters: &[char]) -> bool {
    letters.len() < 64 && letters.contains(&'@')
}

/// Whether two single letters stand between signs: `.g.n.`, also at the end of a word.
fn is_trace(&[a, b, c, d, e]: &[u8; 5]) -> bool {
    (a == c) & is_ascii_sign(a) & is_ascii_sign(e) & b.is_ascii_alphabetic() & d.is_ascii_alphabetic()
}

/// The same where letters or signs take two or three bytes, of which the last tells a sign.
fn is_wide_trace(&[a, b, c, d, e, _, g, _, i]: &[u8; 9]) -> bool {
    let sign = |byte: u8| is_ascii_sign(byte) | (byte == 0xa0) | (byte == 0xb7) | (byte == 0xa2);
    let narrow = is_trace(&[a, b, c, d, e]);
    let wide = !(b | c).is_ascii() & sign(a) & (((a == d) & sign(g)) | ((a == e) & sign(i)));
    narrow | wide
}

/// The signs of `is_sign` in ASCII, without a branch.
fn is_ascii_sign(byte: u8) -> bool {
    (byte.wrapping_sub(b'*') <= b'/' - b'*') | (byte == b' ') | (byte == b'_') | (byte == b'|') | (byte == b'~')
}
