//! Where the bytes of a decoded piece were written.

use crate::shape::Shape;
use std::ops::Range;

/// The way back from bytes to the signs that write them.
pub(super) enum Places {
    /// Signs in groups that write some bytes each: four letters of base64 three bytes, two digits of hexadecimal one.
    Groups { lines: Lines, letters: usize, bytes: usize },
    /// Signs of its own for each byte.
    Bytes(Vec<Range<usize>>),
}

/// Stretches of a text that are read as one.
#[derive(Clone)]
pub(super) struct Lines {
    /// How many letters stand before each line, and where it stands.
    lines: Vec<(usize, Range<usize>)>,
    length: usize,
    backward: bool,
    /// Letters at the beginning that say nothing.
    skipped: usize,
}

impl Lines {
    /// These stretches of the text, one behind the other.
    pub(super) fn of(stretches: impl IntoIterator<Item = Range<usize>>) -> Self {
        let (mut lines, mut length) = (Vec::new(), 0);
        for stretch in stretches {
            length += stretch.len();
            lines.push((length - stretch.len(), stretch));
        }
        Self { lines, length, backward: false, skipped: 0 }
    }

    /// The same read from its end.
    pub(super) fn backward(self) -> Self {
        Self { backward: true, ..self }
    }

    /// The same without some letters at the beginning.
    pub(super) fn behind(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }

    /// All letters in the order in which they are read.
    pub(super) fn letters(&self, text: &str) -> String {
        let mut letters: String =
            self.lines.iter().filter_map(|(_, line)| text.get(line.clone())).collect::<Vec<_>>().concat();
        if self.backward {
            letters = letters.chars().rev().collect();
        }
        letters
    }

    /// From the first letter to the last.
    pub(super) fn whole(&self) -> Range<usize> {
        let first = self.lines.first().map_or(0, |(_, line)| line.start);
        first..self.lines.last().map_or(first, |(_, line)| line.end)
    }

    /// Where the letters of a range stand.
    fn place(&self, letters: Range<usize>) -> Range<usize> {
        let [start, end] = [letters.start, letters.end].map(|letter| (letter + self.skipped).min(self.length));
        let range = start..end;
        let range = if self.backward { self.length - range.end..self.length - range.start } else { range };
        if range.is_empty() {
            return self.whole();
        }
        self.letter(range.start)..self.letter(range.end - 1) + 1
    }

    fn letter(&self, number: usize) -> usize {
        let line = self.lines.partition_point(|(before, _)| *before <= number).saturating_sub(1);
        self.lines.get(line).map_or(0, |(before, line)| line.start + (number - before))
    }
}

impl Places {
    /// From the first sign to the last.
    pub(super) fn whole(&self) -> Range<usize> {
        match self {
            Self::Groups { lines, .. } => lines.whole(),
            Self::Bytes(places) => {
                let first = places.first().map_or(0, |place| place.start);
                first..places.last().map_or(first, |place| place.end)
            }
        }
    }

    /// A shape of text that consists of the decoded bytes, from the first on. Each character comes from the signs of its
    /// bytes, so that what is found in it is replaced without what stands around it. The signs at the ends that write no
    /// byte belong to the first and the last character.
    pub(super) fn shape(&self, plain: &str) -> Shape {
        let whole = self.whole();
        let mut shape = Shape::empty();
        for (at, c) in plain.char_indices() {
            let end = at + c.len_utf8();
            let mut place = self.place(at..end);
            if at == 0 {
                place = self.outwards(&whole, place, true);
            }
            if end == plain.len() {
                place = self.outwards(&whole, place, false);
            }
            shape.push_as_a_whole(c.encode_utf8(&mut [0; 4]), place);
        }
        shape
    }

    /// A place up to the end of everything, on the side where reading begins or ends.
    fn outwards(&self, whole: &Range<usize>, place: Range<usize>, is_begin: bool) -> Range<usize> {
        let backward = matches!(self, Self::Groups { lines, .. } if lines.backward);
        if is_begin == backward { place.start..whole.end } else { whole.start..place.end }
    }

    fn place(&self, bytes: Range<usize>) -> Range<usize> {
        match self {
            Self::Groups { lines, letters, bytes: each } => {
                lines.place(bytes.start / each * letters..bytes.end.div_ceil(*each) * letters)
            }
            Self::Bytes(places) => {
                let first = places.get(bytes.start).map_or(0, |place| place.start);
                first..places.get(bytes.end - 1).map_or(first, |place| place.end)
            }
        }
    }
}
