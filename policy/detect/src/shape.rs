//! Text in another shape, with a way back: every byte knows which bytes of the original it came from.

use std::ops::Range;

/// A text derived from an original, such as its lower-case form or a decoded piece of it.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) text: String,
    /// Origin of each byte; empty when every byte stands where it stood.
    origin: Vec<(u32, u32)>,
}

impl Shape {
    /// A text whose bytes stand where they stood in the original.
    pub(crate) fn same(text: String) -> Self {
        Self { text, origin: Vec::new() }
    }

    /// An empty shape to push to.
    pub(crate) fn empty() -> Self {
        Self { text: String::new(), origin: Vec::new() }
    }

    /// Appends a character that came from these original bytes.
    pub(crate) fn push(&mut self, c: char, origin: Range<usize>) {
        self.text.push(c);
        let pair = (narrow(origin.start), narrow(origin.end));
        for _ in 0..c.len_utf8() {
            self.origin.push(pair);
        }
    }

    /// This shape, made from the text of `parent`, with origins in the original of `parent`.
    pub(crate) fn within(&self, parent: &Self) -> Self {
        let mut shape = Self::empty();
        for (at, c) in self.text.char_indices() {
            shape.push(c, parent.origin(self.origin(at..at + c.len_utf8())));
        }
        shape
    }

    /// The original bytes behind a range of this text.
    pub(crate) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if self.origin.is_empty() || range.is_empty() {
            return range;
        }
        let pairs = self.origin.get(range.clone()).unwrap_or_default();
        let start = pairs.iter().map(|pair| pair.0).min();
        let end = pairs.iter().map(|pair| pair.1).max();
        match (start, end) {
            (Some(start), Some(end)) => start as usize..end as usize,
            _ => range,
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
        assert_eq!(Shape::same("xyz".to_owned()).origin(1..2), 1..2);
    }
}
