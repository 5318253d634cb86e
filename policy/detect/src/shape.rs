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
    /// Byte by byte; else every byte of the run came from the whole range.
    aligned: bool,
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
        let at = narrow(self.text.len());
        self.text.push(c);
        let (start, end) = (narrow(origin.start), narrow(origin.end));
        let aligned = origin.len() == c.len_utf8();
        match self.runs.last_mut() {
            Some(last) if aligned && last.aligned && last.end == start => last.end = end,
            Some(last) if !aligned && !last.aligned && (last.start, last.end) == (start, end) => {}
            _ => self.runs.push(Run { at, start, end, aligned }),
        }
    }

    /// This shape, made from the text of `parent`, with origins in the original of `parent`.
    pub(crate) fn within(&self, parent: &Self) -> Self {
        if parent.runs.is_empty() {
            return self.clone();
        }
        let mut shape = Self::empty();
        for (at, c) in self.text.char_indices() {
            shape.push(c, parent.origin(self.origin(at..at + c.len_utf8())));
        }
        shape
    }

    /// The original bytes behind a range of this text.
    pub(crate) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if self.runs.is_empty() || range.is_empty() {
            return range;
        }
        let first = self.runs.partition_point(|run| run.at as usize <= range.start).saturating_sub(1);
        let mut hull: Option<Range<usize>> = None;
        for (place, run) in
            self.runs.iter().enumerate().skip(first).take_while(|(_, run)| (run.at as usize) < range.end)
        {
            let next = self.runs.get(place + 1).map_or(self.text.len(), |next| next.at as usize);
            let part = run.origin(range.start.max(run.at as usize)..range.end.min(next));
            hull = Some(hull.map_or(part.clone(), |hull| hull.start.min(part.start)..hull.end.max(part.end)));
        }
        hull.unwrap_or(range)
    }
}

impl Run {
    fn origin(&self, range: Range<usize>) -> Range<usize> {
        if !self.aligned {
            return self.start as usize..self.end as usize;
        }
        let place = |at: usize| at - self.at as usize + self.start as usize;
        place(range.start)..place(range.end)
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
}
