//! Letters with a sign between them: `i g n o r e`, `i.g.n.o.r.e a.l.l`.

mod kept;
mod keys;
mod words;

use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;
use std::ops::Range;

pub(super) use keys::Keys;
pub(super) use words::{WORDS, Words};

/// Fewer letters in a row are initials, lists or formulas.
const LETTERS_MIN: usize = 5;
/// Blanks between two words. Lines of code are set in.
const GAP_MAX: usize = 32;
/// Between gaps, shorter runs of letters are words.
const PARTED_MIN: usize = 20;
/// Letters of one text that are parted into words. It takes some twenty look-ups for each.
const PARTED_MAX: usize = 16 * 1024;

/// The passages of the text in which letters seem to stand alone.
pub(super) fn passages(text: &str) -> Passages<'_> {
    let bytes = text.as_bytes();
    if text.is_ascii() {
        Passages::around(text, trace::stretches(bytes, is_trace))
    } else {
        Passages::around(text, trace::stretches(bytes, is_wide_trace))
    }
}

/// In longer texts letters that stand alone by accident, as the names in minified code do, call for no reading of all.
pub(super) const LONG_BYTES: usize = 4096;

/// Whether letters stand alone.
pub(super) fn has_run(text: &str) -> bool {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut few = Few::default();
    (0..chars.len()).any(|place| few.run(&chars, place).is_some())
}

/// Spelled-out words joined.
pub(super) struct Joined {
    pub(super) shape: Shape,
    /// Some words had no gaps between them and were parted, which may have cut a credential.
    pub(super) is_parted: bool,
    /// Where letters stand alone in the text.
    pub(super) runs: Vec<Range<usize>>,
    /// Words were to be looked for in more letters than is affordable.
    pub(super) exhausted: bool,
}

/// The text with its spelled-out words joined, if it has any. Without a list of words no letters are parted.
pub(super) fn joined(text: &str, words: Option<&Words>) -> Option<Joined> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut joined = Joined { shape: Shape::empty(), is_parted: false, runs: Vec::new(), exhausted: false };
    let (mut place, mut left) = (0, PARTED_MAX);
    let mut few = Few::default();
    while let Some((offset, c)) = chars.get(place).copied() {
        match few.run(&chars, place) {
            Some(run) => {
                match words {
                    Some(words) => write(&mut joined, &run, words, &mut left),
                    None => run.chars.into_iter().for_each(|(origin, c)| joined.shape.push(c, origin)),
                }
                place = run.next;
                let end = chars.get(place).map_or(text.len(), |(end, _)| *end);
                joined.runs.push(offset..end);
            }
            None => {
                joined.shape.push(c, offset..offset + c.len_utf8());
                place += 1;
            }
        }
    }
    (!joined.runs.is_empty()).then_some(joined)
}

/// Where runs of too few letters end, by their sign. A run that begins within another of the same sign is a part of it
/// and has no more letters: looked at again from each of its places, a long one would take time without end.
#[derive(Default)]
struct Few(Vec<(char, usize)>);

impl Few {
    /// The run that begins at a place, if it has enough letters.
    fn run(&mut self, chars: &[(usize, char)], place: usize) -> Option<Run> {
        let sign = chars.get(place + 1).map(|(_, c)| *c).filter(|c| is_sign(*c))?;
        let seen = self.0.iter_mut().find(|(of, _)| *of == sign);
        if seen.as_ref().is_some_and(|(_, end)| place < *end) {
            return None;
        }
        let run = run(chars, place)?;
        if run.letters >= LETTERS_MIN {
            return Some(run);
        }
        match seen {
            Some((_, end)) => *end = run.next,
            None => self.0.push((sign, run.next)),
        }
        None
    }
}

/// Spelled-out words.
struct Run {
    /// Their characters with where they stand, blanks for gaps.
    chars: Vec<(Range<usize>, char)>,
    letters: usize,
    /// The place behind them.
    next: usize,
}

fn is_sign(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '_' | '*' | '|' | '/' | '+' | '~' | ',' | '\u{a0}' | '·' | '•')
}

/// The run that begins at a place, which may be short: every second character is the same sign, until a gap of blanks
/// behind which that goes on. What stands between two signs may be a sign itself: `9-9---0` is `99-0`.
fn run(chars: &[(usize, char)], place: usize) -> Option<Run> {
    let at = |place: usize| chars.get(place).map(|(_, c)| *c);
    let sign = at(place + 1).filter(|c| is_sign(*c))?;
    let is_element = |place: usize| at(place).is_some_and(|c| !c.is_whitespace() && c != sign);
    let starts_word = place == 0 || at(place - 1).is_some_and(|c| !is_alphanumeric(c));
    if !starts_word || !is_element(place) || at(place + 2).is_none() {
        return None;
    }
    let is_blank = |place: usize| at(place).is_some_and(char::is_whitespace);
    // Alone stands what a sign, a blank or nothing follows.
    let alone = |place: usize| !is_blank(place) && at(place + 1).is_none_or(|c| c.is_whitespace() || c == sign);
    let origin = |place: usize| chars.get(place).map(|(offset, c)| *offset..*offset + c.len_utf8());
    let mut run = Run { chars: Vec::new(), letters: 0, next: place };
    let mut place = place;
    loop {
        run.chars.extend(origin(place).zip(at(place)));
        run.letters += usize::from(at(place).is_some_and(is_alphabetic));
        run.next = place + 1;
        let blanks = (1..=GAP_MAX).take_while(|step| is_blank(place + step)).count();
        if at(place + 1) == Some(sign) && at(place + 2).is_some() && blanks <= 1 && alone(place + 2) {
            place += 2;
        } else if at(place + 1) == Some(sign) && blanks == 0 && is_blank(place + 2) && at(place + 3) == Some(sign) {
            // A line ends between two signs.
            place += 2;
        } else if blanks > 0 && at(place + 1 + blanks).is_some() && alone(place + 1 + blanks) {
            let gap = origin(place + 1).zip(origin(place + blanks)).map(|(first, last)| first.start..last.end);
            let line_ends = (1..=blanks).any(|step| at(place + step) == Some('\n'));
            run.chars.extend(gap.map(|gap| (gap, if line_ends { '\n' } else { ' ' })));
            place += 1 + blanks;
        } else {
            return Some(run);
        }
    }
}

/// Writes the run. Where letters stand without a gap for longer than words are, they are parted as the list of words
/// says, as long as the budget of letters lasts.
fn write(joined: &mut Joined, run: &Run, words: &Words, left: &mut usize) {
    let is_gap = |(_, c): &(Range<usize>, char)| c.is_whitespace();
    let has_gaps = run.chars.iter().any(is_gap);
    let least = if has_gaps { PARTED_MIN } else { LETTERS_MIN };
    for word in run.chars.split_inclusive(is_gap) {
        let letters: Vec<char> = word.iter().filter(|char| !is_gap(char)).map(|(_, c)| *c).collect();
        let (mut ends, mut wholes) = (Vec::new(), Vec::new());
        if letters.len() >= least {
            match left.checked_sub(letters.len()) {
                Some(rest) => {
                    *left = rest;
                    let (mut parted, covered) = words.ends(&letters);
                    wholes = kept::wholes(&letters);
                    kept::keep(&letters, &wholes, &mut parted);
                    // Between gaps, what no words cover is a credential or an address, and stays whole.
                    if !has_gaps || (covered * 10 >= letters.len() * 7 && !is_address(&letters)) {
                        ends = parted;
                    } else {
                        ends = kept::names_of_cells(&letters);
                    }
                    joined.is_parted |= !ends.is_empty();
                }
                None => joined.exhausted = true,
            }
        }
        for (place, (origin, c)) in word.iter().enumerate() {
            joined.shape.push(*c, origin.clone());
            let is_free = !ends.is_empty() && !kept::is_inside(&wholes, place + 1);
            if is_free && is_parted(&letters, place, ends.binary_search(&(place + 1)).is_ok()) {
                joined.shape.push(' ', origin.clone());
            }
        }
    }
}

/// Whether a blank belongs behind a character that stands without a gap before the next. Signs hold together what they
/// stand in, but for the ends of sentences and numbers.
fn is_parted(letters: &[char], place: usize, piece_ends: bool) -> bool {
    let at = |place: usize| letters.get(place).copied().unwrap_or(' ');
    let before = |steps: usize| place.checked_sub(steps).map_or(' ', at);
    let (this, next, over) = (at(place), at(place + 1), at(place + 2));
    let small = |c: char| c.is_lowercase();
    match (this, next) {
        (',' | ';' | '!' | '?' | ')', _) => is_alphanumeric(next) || matches!(next, '+' | '('),
        ('.', _) => {
            is_alphanumeric(before(1))
                && ((next.is_uppercase() && small(over))
                    || (small(before(1)) && (next.is_ascii_digit() || matches!(next, '+' | '('))))
        }
        (_, '+' | '(') => {
            is_alphabetic(this) && (over.is_ascii_digit() || next == '(')
                || (next == '(' && this.is_ascii_digit() && is_alphabetic(over))
        }
        _ if !is_alphanumeric(this) || !is_alphanumeric(next) => false,
        // The number of a house before its street, the name of a state before its code.
        _ if this.is_ascii_digit() && next.is_uppercase() && small(over) => {
            piece_ends || words::is_behind_number(letters, place + 1)
        }
        _ if this.is_uppercase() && before(1).is_uppercase() && !is_alphanumeric(before(2)) => {
            piece_ends || is_code_of_place(letters, place + 1)
        }
        _ if next.is_ascii_digit() && (over.is_ascii_digit() || !is_alphanumeric(over)) => {
            piece_ends || (small(this) && small(before(1)) && is_alphabetic(before(2)))
        }
        _ => piece_ends,
    }
}

/// Five digits and no more.
fn is_code_of_place(letters: &[char], at: usize) -> bool {
    let digits = letters.iter().skip(at).take(6).take_while(|c| c.is_ascii_digit()).count();
    digits == 5 && !letters.get(at + 5).is_some_and(|c| is_alphanumeric(*c))
}

/// Whether a run of letters is as short as an address of mail, and holds the sign of one.
fn is_address(letters: &[char]) -> bool {
    letters.len() < 64 && letters.contains(&'@')
}

/// Whether two single letters stand between signs: `.g.n.`, also at the end of a word.
fn is_trace(&[a, b, c, d, e]: &[u8; 5]) -> bool {
    (a == c) & is_ascii_sign(a) & is_ascii_sign(e) & b.is_ascii_alphabetic() & d.is_ascii_alphabetic()
}

/// The same where letters or signs take two or three bytes, of which the last tells a sign. One letter of the two may be
/// narrow.
fn is_wide_trace(&[a, b, c, d, e, f, g, h, i]: &[u8; 9]) -> bool {
    let sign = |byte: u8| is_ascii_sign(byte) | (byte == 0xa0) | (byte == 0xb7) | (byte == 0xa2);
    let narrow = is_trace(&[a, b, c, d, e]);
    let behind_two = (a == d) & (sign(f) | sign(g) | sign(h));
    let behind_three = (a == e) & (sign(g) | sign(h) | sign(i));
    let wide = !(b | c).is_ascii() & (behind_two | behind_three);
    let then_wide = b.is_ascii_alphabetic() & (a == c) & !d.is_ascii() & (sign(f) | sign(g));
    narrow | (sign(a) & (wide | then_wide))
}

/// The signs of `is_sign` in ASCII, without a branch.
fn is_ascii_sign(byte: u8) -> bool {
    (byte.wrapping_sub(b'*') <= b'/' - b'*') | (byte == b' ') | (byte == b'_') | (byte == b'|') | (byte == b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_in_letters_without_gaps_stays_whole() {
        let written = "Please pay to DE89370400440532013000 and call me on Tel.+4930123456";
        let spelled: Vec<String> = written.chars().filter(|c| *c != ' ').map(String::from).collect();
        let joined = joined(&spelled.join(" "), Some(&Words::new())).unwrap();
        assert!(joined.shape.text.contains(" DE89370400440532013000 "), "{}", joined.shape.text);
        assert!(joined.shape.text.ends_with(" +4930123456"), "{}", joined.shape.text);
    }

    #[test]
    fn letters_alone_at_the_very_end_of_a_wide_text_are_a_trace() {
        for end in ["g.n.o.r.e", "g·n·o·r·e", "и.г.н.о.р", "и·г·н·о·р", "é.t.é.r.é", "n.é.t.é.r", "無.e.視.s.指"]
        {
            // Wherever the end stands within the bytes that are looked at together.
            for before in 0..80 {
                let text = format!("é{} {end}", "a".repeat(before));
                let found = passages(&text).read(|text| joined(text, None).map(|joined| joined.shape));
                let word: String = end.chars().filter(|c| c.is_alphabetic()).collect();
                assert!(found.is_some_and(|shape| shape.text.ends_with(&word)), "{text}");
            }
        }
    }
}
