//! The parts of a text around the places that show a trace of a disguise.
//!
//! A long text is not read once more as a whole because one word in it looks odd. What stands around the trace is read,
//! as far as a sentence or a rule reaches. All parts that show a trace make one reading together, so that a disguise
//! that is spread over a text is judged as one.

use crate::shape::Shape;
use std::ops::Range;

/// Texts up to this length are read as a whole.
const WHOLE_BYTES_MAX: usize = 1024;
/// What is read on both sides of a trace at least.
const AROUND_BYTES: usize = 240;
/// How much farther a line is followed to its end.
const LINE_BYTES: usize = 400;
/// From this share of the text on, all of it is read.
const WHOLE_SHARE: usize = 2;

/// Parts of a text, in order and apart from each other.
pub(super) struct Passages<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
}

impl<'a> Passages<'a> {
    /// Around these places, which come in ascending order. A key in armour is read to its end.
    pub(super) fn around(text: &'a str, places: impl IntoIterator<Item = usize>) -> Self {
        Self::extended(text, places, |passage| passage.contains(ARMOUR))
    }

    /// The same for escapes, which stand in encoded text of any kind: it cannot be decoded when it is cut.
    pub(super) fn around_escapes(text: &'a str, places: impl IntoIterator<Item = usize>) -> Self {
        Self::extended(text, places, |_| true)
    }

    fn extended(text: &'a str, places: impl IntoIterator<Item = usize>, goes_on: impl Fn(&str) -> bool) -> Self {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for place in places {
            if ranges.last().is_some_and(|last| place + AROUND_BYTES <= last.end || last.end == text.len()) {
                continue;
            }
            let read = ranges.last().map_or(0, |last| last.end);
            let mut range = passage(text, place);
            if text.get(range.clone()).is_some_and(&goes_on) {
                range = uncut(text, range, read);
            }
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        let covered: usize = ranges.iter().map(Range::len).sum();
        if covered * WHOLE_SHARE >= text.len() && !ranges.is_empty() {
            ranges.clear();
            ranges.push(0..text.len());
        }
        Self { text, ranges }
    }

    /// Drops the passages that turn out to be nothing.
    pub(super) fn retain(&mut self, is_something: impl Fn(&str) -> bool) {
        self.ranges.retain(|range| self.text.get(range.clone()).is_some_and(&is_something));
    }

    /// Whether all of the text is read.
    pub(super) fn are_whole(&self) -> bool {
        self.ranges.first().is_some_and(|first| first.len() == self.text.len())
    }

    /// What `write` makes of the passages together.
    pub(super) fn read(&self, write: impl FnOnce(&str) -> Option<Shape>) -> Option<Shape> {
        if self.ranges.is_empty() {
            return None;
        }
        if self.are_whole() {
            return write(self.text);
        }
        let mut joined = Shape::empty();
        let mut end = None;
        for range in &self.ranges {
            // What was left out stands behind the signs that part the passages.
            if let Some(end) = end {
                joined.push_as_a_whole(PARTED, end..range.start);
            }
            joined.push_as_it_stood(self.text.get(range.clone())?, range.start);
            end = Some(range.end);
        }
        write(&joined.text).map(|reading| reading.within(&joined))
    }
}

/// Between two passages: no name and no number goes on behind it.
const PARTED: &str = "\n\n";

/// The lines around a place, or as much of them as is allowed.
fn passage(text: &str, place: usize) -> Range<usize> {
    if text.len() <= WHOLE_BYTES_MAX {
        return 0..text.len();
    }
    let (from, to) = (place.saturating_sub(AROUND_BYTES), (place + AROUND_BYTES).min(text.len()));
    let bytes = text.as_bytes();
    let head = bytes.get(from.saturating_sub(LINE_BYTES)..from).unwrap_or_default();
    let behind_break = |at: usize| from - head.len() + at + 1;
    let start = match memchr::memrchr(b'\n', head) {
        Some(at) => behind_break(at),
        None if head.len() == from => 0,
        None => head.iter().rposition(u8::is_ascii_whitespace).map_or(from, behind_break),
    };
    let tail = bytes.get(to..(to + LINE_BYTES).min(text.len())).unwrap_or_default();
    let end = match memchr::memchr(b'\n', tail) {
        Some(at) => to + at,
        None if to + tail.len() == text.len() => text.len(),
        None => tail.iter().position(u8::is_ascii_whitespace).map_or(to, |at| to + at),
    };
    text.floor_char_boundary(start)..text.ceil_char_boundary(end)
}

/// The passage with all of the encoded text or the credential in which it begins or ends: what is cut cannot be decoded,
/// and a key goes on over many lines. Back to what is `read` already.
fn uncut(text: &str, passage: Range<usize>, read: usize) -> Range<usize> {
    let head = text.as_bytes().get(read.min(passage.start)..passage.start).unwrap_or_default();
    let tail = text.as_bytes().get(passage.end..).unwrap_or_default();
    passage.start - run(head.iter().rev())..passage.end + run(tail.iter())
}

/// What stands around the name of a key, however its letters are written.
const ARMOUR: &str = "-----";

/// Lines of one word each are encoded from this length on.
const LINE_MIN: usize = 16;

/// How far encoded text goes on, over lines that hold nothing else.
fn run<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    let (mut end, mut line) = (0, None);
    for (at, byte) in bytes.enumerate() {
        if byte.is_ascii_alphanumeric() || b"+/-_=.%\\".contains(byte) {
            // Lines that may be short words count when they are long enough.
            let start = *line.get_or_insert(at);
            if start == 0 || at + 1 - start >= LINE_MIN {
                end = at + 1;
            }
        } else if matches!(byte, b'\n' | b'\r') && (line.is_none() || end == at || line == Some(0)) {
            line = None;
        } else {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, places: &[usize]) -> String {
        let upper = |text: &str| Some(Shape::same(text.to_ascii_uppercase()));
        Passages::around(text, places.iter().copied()).read(upper).map_or_else(String::new, |shape| shape.text)
    }

    #[test]
    fn short_texts_and_dense_traces_are_read_as_a_whole() {
        assert_eq!(read("one word", &[4]), "ONE WORD");
        assert_eq!(read("one word", &[]), "");
        let lines = "some words of a line\n".repeat(100);
        let dense: Vec<usize> = (0..100).map(|line| line * 21).collect();
        assert_eq!(read(&lines, &dense), lines.to_ascii_uppercase());
    }

    #[test]
    fn whole_lines_around_each_trace_are_read_together() {
        let text: String = (0..1000).map(|line| format!("line {line:03} of a text\n")).collect();
        let reading = read(&text, &[4000, 4100, 12_000]);
        let (first, second) = reading.split_once("\n\n").unwrap();
        for (passage, place) in [(first, 4000), (first, 4100), (second, 12_000)] {
            assert!(passage.starts_with("LINE") && passage.ends_with("TEXT"));
            let around = text.get(place - AROUND_BYTES..place + AROUND_BYTES).unwrap();
            assert!(passage.contains(&around.to_ascii_uppercase()));
            assert!(passage.len() < 2 * (AROUND_BYTES + 100) + 100);
        }
    }

    #[test]
    fn a_passage_of_one_long_line_ends_between_words_and_letters() {
        let spaces = "ein längeres Wort und ".repeat(400);
        let reading = read(&spaces, &[5000]);
        assert!(spaces.to_ascii_uppercase().contains(&format!(" {reading} ")), "{reading}");
        let without = "ä".repeat(5000);
        assert_eq!(read(&without, &[5000]), "ä".repeat(AROUND_BYTES));
    }

    #[test]
    fn encoded_text_and_keys_are_not_cut() {
        let fill = "some words of a line\n".repeat(200);
        let long = "aB3x".repeat(300);
        let lines = format!("{}\n", "aB3x".repeat(16)).repeat(30);
        for piece in [long.as_str(), lines.as_str()] {
            let text = format!("{fill}-----%42EGIN\n{piece}\n{fill}");
            assert!(read(&text, &[fill.len()]).contains(piece.trim_end().to_ascii_uppercase().as_str()));
            let text = format!("{fill}\n{piece}-----%42\n{fill}");
            assert!(
                read(&text, &[fill.len() + 1 + piece.len()]).contains(piece.trim_end().to_ascii_uppercase().as_str())
            );
        }
    }

    #[test]
    fn what_stands_in_a_passage_points_to_where_it_stood() {
        let text = format!("{}here {}there {}", "a b\n".repeat(900), "c d\n".repeat(900), "e f\n".repeat(900));
        let places = [text.find("here").unwrap(), text.find("there").unwrap()];
        let reading = Passages::around(&text, places).read(|text| Some(Shape::same(text.to_owned()))).unwrap();
        for word in ["here ", "there "] {
            let at = reading.text.rfind(word).unwrap();
            assert_eq!(text.get(reading.origin(at..at + word.len())), Some(word));
        }
    }
}
