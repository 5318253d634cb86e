//! Server-sent events and JSON lines: bytes in any chunks to whole events, and an event to its data.
//!
//! Lines end in `\n`, `\r\n` or `\r`, as the HTML standard says (section 9.2.6), and an empty line ends an event. All
//! three are honoured whatever the upstream uses, as a client may read an ending that we did not.

use crate::error::EventError;
use std::ops::Range;

/// Largest event: what must be held in memory before any of it may pass. A picture that was made comes in one event, and
/// again in the one that sums up.
pub(crate) const EVENT_BYTES_MAX: usize = 8 * 1024 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What an event is in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Framing {
    /// Lines up to an empty one; the fields named `data` are its data.
    #[default]
    Events,
    /// One line, all of it data.
    Lines,
}

/// Cuts a stream of bytes into events.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    framing: Framing,
    buffer: Vec<u8>,
    /// Where the event begins that is not complete.
    start: usize,
    /// Where its last line begins.
    line: usize,
    /// How far line ends have been looked for.
    scanned: usize,
}

impl Framer {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.line = self.line.saturating_sub(self.start);
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete event with its terminator.
    pub(crate) fn next_event(&mut self) -> Result<Option<Vec<u8>>, EventError> {
        while let Some((end, after)) = line_end(&self.buffer, self.scanned) {
            // The second byte of this line's ending may still be on its way.
            let is_open = self.buffer.get(end..) == Some(b"\r");
            if is_open {
                self.scanned = end;
                break;
            }
            let is_end = end == self.line || self.framing == Framing::Lines;
            (self.line, self.scanned) = (after, after);
            if is_end {
                return self.take(after).map(Some);
            }
            self.check(after)?;
        }
        self.check(self.buffer.len())?;
        Ok(None)
    }

    /// What is left when the stream has ended.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let rest = self.buffer.get(self.start..).unwrap_or_default().to_vec();
        *self = Self::new(self.framing);
        rest
    }

    fn take(&mut self, after: usize) -> Result<Vec<u8>, EventError> {
        self.check(after)?;
        let event = self.buffer.get(self.start..after).unwrap_or_default().to_vec();
        self.start = after;
        Ok(event)
    }

    fn check(&self, end: usize) -> Result<(), EventError> {
        if end.saturating_sub(self.start) > EVENT_BYTES_MAX {
            return Err(EventError::TooLarge { limit: EVENT_BYTES_MAX });
        }
        Ok(())
    }
}

/// The first line end at or after `from`: where the line's text ends, and where the next line begins.
fn line_end(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let end = from.saturating_add(memchr::memchr2(b'\n', b'\r', bytes.get(from..)?)?);
    let is_crlf = bytes.get(end..end.saturating_add(2)) == Some(b"\r\n");
    Some((end, end.saturating_add(if is_crlf { 2 } else { 1 })))
}

/// The data of one event, joined as a client joins it.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// The data's lines, joined by line feeds.
    pub(crate) bytes: Vec<u8>,
    /// Each line: where it begins in `bytes`, and where it stands in the event.
    pub(crate) lines: Vec<(usize, Range<usize>)>,
}

impl Data {
    /// Reads the data lines of an event; none if it has only comments and other fields.
    pub(crate) fn of(raw: &[u8], framing: Framing) -> Option<Self> {
        let mut data = Self::default();
        let mut from = if raw.starts_with(BOM) { BOM.len() } else { 0 };
        while from < raw.len() {
            let (end, after) = line_end(raw, from).unwrap_or((raw.len(), raw.len()));
            let value = match framing {
                Framing::Events => data_value(raw, from..end),
                Framing::Lines => Some(from..end),
            };
            if let Some(value) = value {
                data.push(raw, value);
            }
            from = after;
        }
        (!data.lines.is_empty()).then_some(data)
    }

    /// Where a span of the data stands in the event. None for a span that runs over a line's end: no JSON string does.
    pub(crate) fn in_event(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let (start, line) = self.lines.iter().rev().find(|(start, _)| *start <= span.start)?;
        let place = |offset: usize| line.start.saturating_add(offset.saturating_sub(*start));
        (place(span.end) <= line.end).then(|| place(span.start)..place(span.end))
    }

    fn push(&mut self, raw: &[u8], value: Range<usize>) {
        if !self.lines.is_empty() {
            self.bytes.push(b'\n');
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(raw.get(value.clone()).unwrap_or_default());
        self.lines.push((start, value));
    }
}

/// The value of a `data` line: what follows the colon and at most one space.
fn data_value(raw: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    let text = raw.get(line.clone())?;
    let value = text.strip_prefix(b"data")?;
    let value = match value.first() {
        None => value,
        Some(b':') => value.get(1..).unwrap_or_default(),
        Some(_) => return None,
    };
    let value = value.strip_prefix(b" ").unwrap_or(value);
    Some(line.end.saturating_sub(value.len())..line.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::default();
        let mut found = Vec::new();
        for chunk in chunks {
            framer.push(chunk);
            while let Some(event) = framer.next_event().unwrap() {
                found.push(String::from_utf8(event).unwrap());
            }
        }
        found
    }

    #[test]
    fn events_end_at_an_empty_line_of_any_ending() {
        let table: [(&[u8], &[&str]); 5] = [
            (b"data: a\n\ndata: b\n\n", &["data: a\n\n", "data: b\n\n"]),
            (b"data: a\r\n\r\ndata: b\r\n\r\n", &["data: a\r\n\r\n", "data: b\r\n\r\n"]),
            (b"data: a\r\rx", &["data: a\r\r"]),
            (b": wait\n\n\ndata: a\n\n", &[": wait\n\n", "\n", "data: a\n\n"]),
            (b"data: a\n", &[]),
        ];
        for (bytes, expected) in table {
            assert_eq!(events(&[bytes]), expected);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(events(&single), expected, "byte by byte");
        }
    }

    #[test]
    fn data_lines_are_joined_and_found_again() {
        let raw = b"event: x\ndata: {\"a\":\ndata:\"b\"}\nid: 1\n\n";
        let data = Data::of(raw, Framing::Events).unwrap();
        assert_eq!(data.bytes, b"{\"a\":\n\"b\"}");
        let span = data.in_event(&(6..9)).unwrap();
        assert_eq!(&raw[span], b"\"b\"");
        assert_eq!(data.in_event(&(2..8)), None);
        assert!(Data::of(b": comment\nevent: ping\n\n", Framing::Events).is_none());
        assert_eq!(Data::of(b"data\ndatax: 1\n\n", Framing::Events).unwrap().bytes, b"");
    }

    #[test]
    fn an_event_that_is_too_large_is_an_error_however_it_comes() {
        let large = [b"data: ".as_slice(), &vec![b'x'; EVENT_BYTES_MAX], b"\n\n"].concat();
        for size in [large.len(), 65_536] {
            let mut framer = Framer::default();
            let mut failed = false;
            for chunk in large.chunks(size) {
                framer.push(chunk);
                failed |= framer.next_event().is_err();
            }
            assert!(failed, "in chunks of {size}");
        }
    }
}
