//! Text in another shape, with a way back: every byte knows which bytes of the original it came from.

use std::ops::Range;

/// A text derived from an original, such as its lower-case form or a decoded piece of it.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) text: String,
    /// Where the bytes came from, in the order of the text; empty when every byte stands where it stood.
    runs: Vec<Run>,
}

/// Neighbouring bytes with a common origin. Most text keeps its order and its length, so that a few runs say it all.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// First byte in the text.
    at: u32,
    /// The original bytes.
    start: u32,
    end: u32,
    way: Way,
}

/// How the bytes of a run stand to their origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Byte by byte.
    Forward,
    /// Byte by byte from the end.
    Backward,
    /// Each byte came from the whole range.
    Whole,
}

impl Shape {
    /// A text whose bytes stand where they stood in the original.
    pub(crate) fn same(text: String) -> Self {
        Self { text, runs: Vec::new() }
    }

    /// An empty shape to push to.
    pub(crate) fn empty() -> Self {
        Self { text: String::new(), runs: Vec::new() }
    }

    /// Appends a character that came from these original bytes.
    pub(crate) fn push(&mut self, c: char, origin: Range<usize>) {
        // Nearly always the next character of a run.
        if let Some(last) = self.runs.last_mut().filter(|_| origin.len() == c.len_utf8()) {
            if last.way == Way::Forward && last.end as usize == origin.start {
                last.end = narrow(origin.end);
                self.text.push(c);
                return;
            }
            if last.way == Way::Backward && last.start as usize == origin.end && c.is_ascii() {
                last.start = narrow(origin.start);
                self.text.push(c);
                return;
            }
        }
        let way = if origin.len() == c.len_utf8() { Way::Forward } else { Way::Whole };
        let at = narrow(self.text.len());
        self.text.push(c);
        self.add(Run { at, start: narrow(origin.start), end: narrow(origin.end), way });
    }

    /// Appends text that stood so in the original, from `start` on.
    pub(crate) fn push_as_it_stood(&mut self, piece: &str, start: usize) {
        if piece.is_empty() {
            return;
        }
        let at = narrow(self.text.len());
        self.text.push_str(piece);
        self.add(Run { at, start: narrow(start), end: narrow(start + piece.len()), way: Way::Forward });
    }

    /// Appends text all of which came from all of these original bytes.
    pub(crate) fn push_as_a_whole(&mut self, piece: &str, origin: Range<usize>) {
        if piece.is_empty() {
            return;
        }
        let at = narrow(self.text.len());
        self.text.push_str(piece);
        self.add(Run { at, start: narrow(origin.start), end: narrow(origin.end), way: Way::Whole });
    }

    /// In how many pieces it came from the original.
    pub(crate) fn run_count(&self) -> usize {
        self.runs.len()
    }

    fn add(&mut self, run: Run) {
        if !self.runs.last_mut().is_some_and(|last| last.goes_on_in(&run)) {
            self.runs.push(run);
        }
    }

    /// This shape, made from the text of `parent`, with origins in the original of `parent`.
    pub(crate) fn within(self, parent: &Self) -> Self {
        if parent.runs.is_empty() {
            return self;
        }
        if self.runs.is_empty() {
            return Self { text: self.text, runs: parent.runs.clone() };
        }
        let mut shape = Self { text: self.text, runs: Vec::with_capacity(self.runs.len()) };
        for run in self.runs {
            let range = run.start as usize..run.end as usize;
            match run.way {
                Way::Whole => {
                    let origin = parent.origin(range);
                    shape.add(Run { start: narrow(origin.start), end: narrow(origin.end), ..run });
                }
                Way::Forward => {
                    let mut at = run.at;
                    for part in parent.parts(range) {
                        shape.add(Run { at, ..part.run });
                        at += part.length;
                    }
                }
                Way::Backward => {
                    let mut at = run.at;
                    for part in parent.parts(range).collect::<Vec<_>>().into_iter().rev() {
                        shape.add(Run { at, way: part.run.way.turned(), ..part.run });
                        at += part.length;
                    }
                }
            }
        }
        shape
    }

    /// The original bytes behind a range of this text.
    pub(crate) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if self.runs.is_empty() || range.is_empty() {
            return range;
        }
        let hull = self.parts(range.clone()).map(|part| part.run).reduce(|hull, run| Run {
            start: hull.start.min(run.start),
            end: hull.end.max(run.end),
            ..hull
        });
        hull.map_or(range, |hull| hull.start as usize..hull.end as usize)
    }

    /// The runs behind a range of this text, cut to it.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = Part> {
        let first = self.runs.partition_point(|run| run.at as usize <= range.start).saturating_sub(1);
        let runs = self.runs.iter().enumerate().skip(first);
        runs.take_while(move |(_, run)| (run.at as usize) < range.end).map(move |(place, run)| {
            let next = self.runs.get(place + 1).map_or(self.text.len(), |next| next.at as usize);
            run.part(narrow(range.start).max(run.at)..narrow(range.end.min(next)))
        })
    }
}

/// A part of a run.
struct Part {
    run: Run,
    /// Bytes of the text.
    length: u32,
}

impl Run {
    /// Takes in the run behind it, if both are one.
    fn goes_on_in(&mut self, next: &Self) -> bool {
        let is_byte = |run: &Self| run.end - run.start == 1 && run.way != Way::Whole;
        let backward = |run: &Self| run.way == Way::Backward || is_byte(run);
        if self.way == Way::Whole || next.way == Way::Whole {
            return self.way == next.way && (self.start, self.end) == (next.start, next.end);
        }
        // A single byte goes either way.
        let forward = |run: &Self| run.way == Way::Forward || is_byte(run);
        if forward(self) && forward(next) && self.end == next.start {
            (self.end, self.way) = (next.end, Way::Forward);
            return true;
        }
        if backward(self) && backward(next) && next.end == self.start {
            (self.start, self.way) = (next.start, Way::Backward);
            return true;
        }
        false
    }

    fn part(&self, range: Range<u32>) -> Part {
        let (before, length) = (range.start - self.at, range.end.saturating_sub(range.start));
        let (start, end) = match self.way {
            Way::Forward => (self.start + before, self.start + before + length),
            Way::Backward => (self.end - before - length, self.end - before),
            Way::Whole => (self.start, self.end),
        };
        Part { run: Self { at: range.start, start, end, way: self.way }, length }
    }
}

impl Way {
    fn turned(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
            Self::Whole => Self::Whole,
        }
    }
}

/// Texts are bounded far below 4 GiB by the body limit.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_maps_back_to_the_hull_of_its_origins() {
        let mut shape = Shape::empty();
        shape.push('a', 0..1);
        shape.push('b', 4..6);
        assert_eq!(shape.origin(0..2), 0..6);
        assert_eq!(shape.origin(1..2), 4..6);
        shape.push('c', 6..7);
        shape.push('d', 7..8);
        shape.push('e', 3..4);
        assert_eq!((shape.origin(2..4), shape.origin(3..4), shape.origin(3..5)), (6..8, 7..8, 3..8));
        assert_eq!(Shape::same("xyz".to_owned()).within(&shape).origin(1..2), 4..6);
        assert_eq!(Shape::same("xyz".to_owned()).origin(1..2), 1..2);
    }

    /// Pieces of a text of ten bytes in every manner, as a shape, and for each byte of it where it came from.
    fn shapes() -> Vec<(Shape, Vec<Range<usize>>)> {
        let mut shapes = vec![(Shape::same("0123456789".to_owned()), (0..10).map(|at| at..at + 1).collect())];
        for seed in 0..200_usize {
            let (mut shape, mut origins) = (Shape::empty(), Vec::new());
            let mut state = seed * 7919 + 17;
            while origins.len() < 10 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let (start, length) = ((state >> 33) % 8, (state >> 40) % 3 + 1);
                let range = start..(start + length).min(10);
                match (state >> 50) % 4 {
                    0 => range.for_each(|at| {
                        shape.push('x', at..at + 1);
                        origins.push(at..at + 1);
                    }),
                    1 => range.rev().for_each(|at| {
                        shape.push('x', at..at + 1);
                        origins.push(at..at + 1);
                    }),
                    2 => {
                        shape.push_as_a_whole("xx", range.clone());
                        origins.extend([range.clone(), range]);
                    }
                    _ => {
                        shape.push_as_it_stood("0123456789".get(range.clone()).unwrap(), range.start);
                        origins.extend(range.map(|at| at..at + 1));
                    }
                }
            }
            shapes.push((shape, origins));
        }
        shapes
    }

    fn hull(origins: &[Range<usize>]) -> Range<usize> {
        origins.iter().map(|o| o.start).min().unwrap()..origins.iter().map(|o| o.end).max().unwrap()
    }

    #[test]
    fn every_range_of_a_shape_and_of_a_shape_within_another_maps_back() {
        let shapes = shapes();
        for (number, (parent, parents)) in shapes.iter().enumerate() {
            let (child, children) = &shapes[(number * 31 + 7) % shapes.len()];
            let nested: Vec<Range<usize>> = children.iter().map(|origin| hull(&parents[origin.clone()])).collect();
            let both = child.clone().within(parent);
            for start in 0..10 {
                for end in start + 1..=10 {
                    assert_eq!(parent.origin(start..end), hull(&parents[start..end]), "{parent:?}");
                    assert_eq!(both.origin(start..end), hull(&nested[start..end]), "{child:?} in {parent:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_turned_around_is_one_run_and_turned_back_again_too() {
        let mut back = Shape::empty();
        "abcdef".char_indices().rev().for_each(|(at, c)| back.push(c, at..at + 1));
        let forth = back.clone().within(&back);
        assert_eq!((back.runs.len(), forth.runs.len(), forth.origin(1..3)), (1, 1, 1..3));
    }
}
