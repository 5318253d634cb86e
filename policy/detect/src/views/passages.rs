//! The parts of a text around the places that show a trace of a disguise.
//!
//! A long text is not read once more as a whole because one word in it looks odd. What stands around the trace is read,
//! as far as a sentence or a rule reaches. All parts that show a trace make one reading together, so that a disguise
//! that is spread over a text is judged as one.

use super::Extent;
use crate::patterns::TOKEN_BYTES_MAX;
use crate::shape::Shape;
use std::ops::Range;

/// Texts up to this length are read as a whole.
const WHOLE_BYTES_MAX: usize = 1024;
/// The same where they flow: a part that is cut within a line could be read otherwise than all that has come.
const FLOWING_BYTES_MAX: usize = 64 * 1024;
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
        Self::extended(text, places, |passage| passage.contains(ARMOUR).then_some(Over::Lines))
    }

    /// The same for escapes, which stand in encoded text of any kind: it cannot be decoded when it is cut, and what is cut
    /// within a login is read as an address of mail.
    pub(super) fn around_escapes(text: &'a str, extent: Extent, places: impl IntoIterator<Item = usize>) -> Self {
        let mut places = places.into_iter().peekable();
        if extent == Extent::Near && text.len() <= FLOWING_BYTES_MAX && places.peek().is_some() {
            return Self { text, ranges: std::iter::once(0..text.len()).collect() };
        }
        Self::extended(text, places, |_| Some(Over::Values))
    }

    /// The same with all of the credentials in which the passages begin and end.
    pub(super) fn around_credentials(text: &'a str, places: impl IntoIterator<Item = usize>) -> Self {
        Self::extended(text, places, |_| Some(Over::Blanks))
    }

    fn extended(
        text: &'a str,
        places: impl IntoIterator<Item = usize>,
        goes_on: impl Fn(&str) -> Option<Over>,
    ) -> Self {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut places = places.into_iter().peekable();
        // Of the last passage.
        let mut end = 0;
        while let Some(first) = places.next() {
            if first + AROUND_BYTES <= end || end == text.len() {
                continue;
            }
            let mut last = first;
            // Places whose surroundings touch are one passage: looked around one by one, many would take long.
            while let Some(next) = places.next_if(|next| *next <= last + 2 * AROUND_BYTES) {
                last = next;
            }
            let mut range = passage(text, first).start..passage(text, last).end;
            if let Some(over) = text.get(range.clone()).and_then(&goes_on) {
                range = uncut(text, range, end, over);
            }
            match ranges.last_mut() {
                Some(before) if range.start <= before.end => before.end = range.end.max(before.end),
                _ => ranges.push(range),
            }
            end = ranges.last().map_or(0, |last| last.end);
        }
        let mut passages = Self { text, ranges };
        passages.widen();
        passages
    }

    /// Keeps what turns out to be something, with what stands around it. Long passages are looked at in pieces: traces
    /// that stand close together by accident, such as digits in the hashes of a log, make one passage of all of it.
    pub(super) fn narrow(&mut self, is_something: impl Fn(&str) -> bool) {
        let mut kept: Vec<Range<usize>> = Vec::new();
        for range in std::mem::take(&mut self.ranges) {
            let is_long = range.len() > PIECE_BYTES + WHOLE_BYTES_MAX;
            for piece in pieces(self.text, &range) {
                if !self.text.get(piece.clone()).is_some_and(&is_something) {
                    continue;
                }
                let piece = if is_long { widened(self.text, &piece, &range) } else { piece };
                match kept.last_mut() {
                    Some(last) if piece.start <= last.end => last.end = piece.end.max(last.end),
                    _ => kept.push(piece),
                }
            }
        }
        self.ranges = kept;
        self.widen();
    }

    /// Reads all of the text where that is hardly more.
    fn widen(&mut self) {
        if self.bytes() * WHOLE_SHARE >= self.text.len() && !self.ranges.is_empty() {
            self.ranges.clear();
            self.ranges.push(0..self.text.len());
        }
    }

    /// How much of the text is read.
    pub(super) fn bytes(&self) -> usize {
        self.ranges.iter().map(Range::len).sum()
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

/// In pieces of about this length long passages are looked at.
const PIECE_BYTES: usize = 1024;

/// A passage in pieces that end between lines or words; a short one is one piece.
fn pieces<'t>(text: &'t str, range: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let (mut at, end) = (range.start, range.end);
    let is_long = range.len() > PIECE_BYTES + WHOLE_BYTES_MAX;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let start = at;
        let left = end - at;
        at = if !is_long || left <= PIECE_BYTES + AROUND_BYTES { end } else { cut(text, at + PIECE_BYTES) };
        Some(start..at)
    })
}

/// The end of a line at or before a place, or of a word, if one is near.
fn cut(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(LINE_BYTES);
    let near = text.as_bytes().get(from..at).unwrap_or_default();
    let end = memchr::memrchr(b'\n', near).or_else(|| near.iter().rposition(u8::is_ascii_whitespace));
    text.ceil_char_boundary(end.map_or(at, |end| from + end + 1))
}

/// A piece of a passage with the lines around it.
fn widened(text: &str, piece: &Range<usize>, passage: &Range<usize>) -> Range<usize> {
    let start = cut(text, piece.start.saturating_sub(AROUND_BYTES)).max(passage.start);
    let end = (piece.end + AROUND_BYTES).min(passage.end);
    let tail = text.as_bytes().get(end..(end + LINE_BYTES).min(passage.end)).unwrap_or_default();
    let line = memchr::memchr(b'\n', tail).or_else(|| tail.iter().position(u8::is_ascii_whitespace));
    start.min(piece.start)..text.ceil_char_boundary(end + line.unwrap_or_default())
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
        None => {
            let blank = head.iter().rposition(u8::is_ascii_whitespace);
            blank.or_else(|| head.iter().rposition(parts_values)).map_or(from, behind_break)
        }
    };
    let tail = bytes.get(to..(to + LINE_BYTES).min(text.len())).unwrap_or_default();
    let end = match memchr::memchr(b'\n', tail) {
        Some(at) => to + at,
        None if to + tail.len() == text.len() => text.len(),
        None => {
            let blank = tail.iter().position(u8::is_ascii_whitespace);
            blank.or_else(|| tail.iter().position(parts_values)).map_or(to, |at| to + at)
        }
    };
    text.floor_char_boundary(start)..text.ceil_char_boundary(end)
}

/// Whether no value goes on over a byte. What begins within one is read as something else: the password of an address
/// and its host as an address of mail.
fn parts_values(byte: &u8) -> bool {
    byte.is_ascii_control() || matches!(byte, b'"' | b'`' | b'<' | b'>' | b'{' | b'}')
}

/// The passage with all of the encoded text or the credential in which it begins or ends: what is cut cannot be decoded,
/// and a key goes on over many lines. Back to what is `read` already.
fn uncut(text: &str, passage: Range<usize>, read: usize, over: Over) -> Range<usize> {
    let head = text.as_bytes().get(read.min(passage.start)..passage.start).unwrap_or_default();
    let tail = text.as_bytes().get(passage.end..).unwrap_or_default();
    let start = passage.start - run(head.iter().rev(), over);
    let value = if over == Over::Values { value_bytes(head.iter().rev()) } else { 0 };
    text.floor_char_boundary(start.min(passage.start - value))..passage.end + run(tail.iter(), over)
}

/// How far bytes go on that nothing parts.
fn value_bytes<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    bytes.take(TOKEN_BYTES_MAX).take_while(|byte| !byte.is_ascii_whitespace() && !parts_values(byte)).count()
}

/// How far what is not to be cut goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    /// Over the ends of lines.
    Lines,
    /// The same, and in front also back to what parts values.
    Values,
    /// To the next blank.
    Blanks,
}

/// What stands around the name of a key, however its letters are written.
const ARMOUR: &str = "-----";

/// Lines of one word each are encoded from this length on.
const LINE_MIN: usize = 16;

/// How far encoded text goes on, over lines that hold nothing else if at all.
fn run<'b>(bytes: impl Iterator<Item = &'b u8>, over: Over) -> usize {
    let (mut end, mut line) = (0, None);
    // Dashes at the beginning of the line: the armour of a key has blanks.
    let mut dashes = 0;
    for (at, byte) in bytes.enumerate() {
        dashes = match byte {
            b'\n' | b'\r' => 0,
            b'-' if line.is_none_or(|start| at == start + dashes) => dashes + 1,
            _ => dashes,
        };
        if byte.is_ascii_whitespace() && over == Over::Blanks {
            break;
        }
        if *byte == b' ' && dashes >= ARMOUR.len() {
            continue;
        }
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
    fn a_passage_without_blanks_begins_and_ends_at_a_sign_that_no_value_holds() {
        let login = "scheme://app:some@host/";
        let far = "a".repeat(300);
        for sign in ['\0', '"', '<', '{'] {
            let text = format!("{far}{far}{far}{sign}{login}{far}{far}{sign}{far}{far}{far}");
            let place = text.find("app").unwrap() + AROUND_BYTES;
            let reading = read(&text, &[place]).to_ascii_lowercase();
            assert!(reading.starts_with(login), "{sign:?}: {reading}");
            assert!(text.contains(&format!("{reading}{sign}")), "{sign:?}: {reading}");
        }
    }

    #[test]
    fn of_a_long_passage_only_what_is_something_is_read() {
        let lines: String = (0..1000).map(|line| format!("line {line:03} of a text\n")).collect();
        let places = || (0..lines.len()).step_by(64);
        for wanted in ["line 000", "line 500", "line 999"] {
            let mut passages = Passages::around(&lines, places());
            assert!(passages.are_whole());
            passages.narrow(|text| text.contains(wanted));
            let reading = passages.read(|text| Some(Shape::same(text.to_owned()))).unwrap();
            assert!(reading.text.contains(wanted) && reading.text.len() < PIECE_BYTES + 4 * AROUND_BYTES);
            assert!(reading.text.starts_with("line") && reading.text.trim_end().ends_with("text"));
            let at = reading.text.find(wanted).unwrap();
            assert_eq!(lines.get(reading.origin(at..at + 8)), Some(wanted));
        }
        let mut all = Passages::around(&lines, places());
        all.narrow(|_| true);
        assert!(all.are_whole());
        let mut none = Passages::around(&lines, places());
        none.narrow(|_| false);
        assert!(none.read(|text| Some(Shape::same(text.to_owned()))).is_none());
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
    fn the_armour_at_both_ends_of_a_key_is_read_with_it() {
        let fill = "some words of a line\n".repeat(200);
        let label = ["PRIV", "ATE KEY"].concat();
        let lines = format!("{}\n", "aB3x".repeat(16)).repeat(30);
        let key = format!("-----BEGIN {label}-----\n{lines}-----END {label}-----");
        let text = format!("{fill}{key}\n{fill}");
        for place in [fill.len(), fill.len() + key.len() - 1] {
            let reading = read(&text, &[place]);
            assert!(reading.contains(&key.to_ascii_uppercase()), "{place}: {reading}");
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
