//! Lines of a byte stream with their offsets, in bounded memory: a line longer than the limit is skipped and said so.

use std::io::{self, Read};

/// Longest line that is read. Squid writes URLs up to 8 KiB, Zeek JSON lines reach a few dozen KiB.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// One line, without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawLine<'a> {
    /// The bytes; empty when the line is too long.
    pub(crate) bytes: &'a [u8],
    /// Offset of its first byte in the stream.
    pub(crate) offset: u64,
    /// Number, from 1.
    pub(crate) number: u64,
    /// Longer than [`LINE_BYTES_MAX`]: skipped.
    pub(crate) too_long: bool,
}

/// Splits a reader into lines.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    searched: usize,
    offset: u64,
    number: u64,
    exhausted: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        Self { reader, buffer, start: 0, end: 0, searched: 0, offset: 0, number: 0, exhausted: false }
    }

    /// The next line; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> io::Result<Option<RawLine<'_>>> {
        let first_offset = self.offset;
        let mut skipped = false;
        loop {
            let unsearched = self.buffer.get(self.searched..self.end).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unsearched) {
                let newline = self.searched + found;
                return Ok(Some(self.take(newline, newline + 1, first_offset, skipped)));
            }
            self.searched = self.end;
            if self.exhausted {
                let rest = self.start < self.end || skipped;
                return Ok(rest.then(|| self.take(self.end, self.end, first_offset, skipped)));
            }
            if self.end - self.start > LINE_BYTES_MAX {
                self.discard();
                skipped = true;
            }
            self.fill()?;
        }
    }

    pub(crate) fn into_inner(self) -> R {
        self.reader
    }

    pub(crate) fn inner(&self) -> &R {
        &self.reader
    }

    /// Forgets the buffered part of a line that is too long to keep.
    fn discard(&mut self) {
        self.offset += (self.end - self.start) as u64;
        self.start = self.end;
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.reader.read(free) {
            Ok(0) => self.exhausted = true,
            Ok(read) => self.end += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
        Ok(())
    }

    fn take(&mut self, line_end: usize, next: usize, offset: u64, skipped: bool) -> RawLine<'_> {
        let start = self.start;
        self.offset += (next - start) as u64;
        self.number += 1;
        self.start = next;
        self.searched = next;
        let bytes = self.buffer.get(start..line_end).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let too_long = skipped || bytes.len() > LINE_BYTES_MAX;
        RawLine { bytes: if too_long { &[] } else { bytes }, offset, number: self.number, too_long }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(input: &[u8]) -> Vec<(Vec<u8>, u64, u64, bool)> {
        let mut lines = Lines::new(input);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.bytes.to_vec(), line.offset, line.number, line.too_long));
        }
        all
    }

    #[test]
    fn gives_each_line_with_its_offset_whatever_the_line_end() {
        let lines = split(b"one\r\n\ntwo\nthree");
        let expected = [("one", 0, 1), ("", 5, 2), ("two", 6, 3), ("three", 10, 4)]
            .map(|(t, o, n)| (t.as_bytes().to_vec(), o, n, false));
        assert_eq!(lines, expected);
        assert!(split(b"").is_empty());
    }

    #[test]
    fn skips_a_line_beyond_the_limit_and_keeps_counting() {
        for long in [LINE_BYTES_MAX, LINE_BYTES_MAX + 1, BUFFER_BYTES, 3 * BUFFER_BYTES + 7] {
            let mut input = vec![b'x'; long];
            input.extend_from_slice(b"\nnext\n");
            let lines = split(&input);
            assert_eq!(lines[0].3, long > LINE_BYTES_MAX, "{long}");
            assert_eq!((lines[1].0.as_slice(), lines[1].1, lines[1].2), (&b"next"[..], long as u64 + 1, 2));
        }
        let lines = split(&vec![b'x'; 2 * BUFFER_BYTES]);
        assert_eq!((lines.len(), lines[0].3), (1, true));
    }
}
