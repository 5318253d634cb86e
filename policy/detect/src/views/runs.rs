//! Runs of bytes that may be encoded text or a credential.

use std::ops::Range;

/// Shorter runs are words.
pub(super) const RUN_MIN: usize = 16;

/// Where a text may be encoded.
pub(super) struct Runs {
    /// Base64, or hexadecimal digits without gaps.
    pub(super) base64: Vec<Range<usize>>,
    /// Bytes written out with signs between them.
    pub(super) bytes: Vec<Range<usize>>,
}

impl Runs {
    /// Maximal runs of a length that is worth a look.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut runs = Self { base64: Vec::new(), bytes: Vec::new() };
        let (stretches, rest) = text.as_chunks::<STRETCH>();
        let mut at = 0;
        for stretch in stretches {
            // Looked at all at once, most blocks turn out to hold a blank and a letter behind `f`.
            let (base64, bytes) = (flags(stretch, may_be_base64), flags(stretch, may_be_bytes));
            let flags = base64.as_chunks::<BLOCK>().0.iter().zip(bytes.as_chunks::<BLOCK>().0);
            for (block, (base64, bytes)) in stretch.as_chunks::<BLOCK>().0.iter().zip(flags) {
                if all(*base64) | all(*bytes) {
                    runs.take(text, at, block);
                }
                at += BLOCK;
            }
        }
        for block in rest.as_chunks::<BLOCK>().0 {
            runs.take(text, at, block);
            at += BLOCK;
        }
        // A rule across the page says nothing, nor does it belong to what stands below.
        let says =
            |run: &Range<usize>| text.get(run.clone()).is_some_and(|run| run.iter().any(u8::is_ascii_alphanumeric));
        runs.base64.retain(says);
        runs
    }

    /// Whether a place is one of them.
    pub(super) fn has(&self, place: &Range<usize>) -> bool {
        self.base64.contains(place) || self.bytes.contains(place)
    }

    /// The runs that hold the block at a place.
    fn take(&mut self, text: &[u8], at: usize, block: &[u8; BLOCK]) {
        let classes = block.iter().fold(u8::MAX, |classes, byte| classes & class(*byte));
        if classes & BASE64 != 0 {
            extend(&mut self.base64, text, at, BASE64);
        }
        if classes & BYTES != 0 {
            extend(&mut self.bytes, text, at, BYTES);
        }
    }
}

/// Any run contains a whole block.
const BLOCK: usize = RUN_MIN / 2;
/// Bytes looked at together.
const STRETCH: usize = 8 * BLOCK;

/// A flag for each byte of a stretch. Written as a loop, which is sure to become a few wide operations.
#[inline]
fn flags(stretch: &[u8; STRETCH], may_be: impl Fn(u8) -> u8) -> [u8; STRETCH] {
    let mut flags = [0; STRETCH];
    flags.iter_mut().zip(stretch).for_each(|(flag, byte)| *flag = may_be(*byte));
    flags
}

/// All ones for each byte of the class and for some others, which takes less time to tell.
fn may_be_base64(byte: u8) -> u8 {
    0_u8.wrapping_sub(u8::from(byte.cast_signed() > 0x20))
}

/// The same for the other class.
fn may_be_bytes(byte: u8) -> u8 {
    0_u8.wrapping_sub(u8::from((byte <= b'f') | (byte == b'x')))
}

fn all(flags: [u8; BLOCK]) -> bool {
    u64::from_ne_bytes(flags) == u64::MAX
}

/// Adds the run around the block at a place, if it is long enough.
fn extend(runs: &mut Vec<Range<usize>>, text: &[u8], at: usize, wanted: u8) {
    if runs.last().is_some_and(|last| at < last.end) {
        return;
    }
    let in_class = |byte: &&u8| class(**byte) & wanted != 0;
    let (head, tail) = text.split_at_checked(at).unwrap_or_default();
    let start = at - head.iter().rev().take_while(in_class).count();
    let end = at + tail.iter().take_while(in_class).count();
    if end - start >= RUN_MIN {
        runs.push(start..end);
    }
}

const BASE64: u8 = 1;
const BYTES: u8 = 2;

/// Whether base64, in either alphabet, holds a byte.
pub(super) fn is_base64(byte: u8) -> bool {
    class(byte) & BASE64 != 0
}

/// Of which kinds of runs a byte can be a part.
fn class(byte: u8) -> u8 {
    const CLASSES: [u8; 256] = classes();
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "a table has a place for every byte")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let base64 = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
        let bytes = byte.is_ascii_hexdigit() || matches!(byte, b' ' | b',' | b'x' | b'\\' | b':' | b'\n');
        classes[byte as usize] = if base64 { BASE64 } else { 0 } | if bytes { BYTES } else { 0 };
        byte += 1;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same in a simple way.
    fn runs_of(text: &str, wanted: u8) -> Vec<Range<usize>> {
        let (mut runs, mut start) = (Vec::new(), 0);
        for end in 0..=text.len() {
            if text.as_bytes().get(end).is_none_or(|byte| class(*byte) & wanted == 0) {
                if end - start >= RUN_MIN {
                    runs.push(start..end);
                }
                start = end + 1;
            }
        }
        runs
    }

    #[test]
    fn every_long_run_is_found_from_end_to_end() {
        let alphabet = ["0a", "zz", " ", "\n", "1", "é", ",", "/"];
        for seed in 0..2000_usize {
            let mut state = seed * 31 + 7;
            let text: String = (0..150)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    alphabet[(state >> 40) % if seed % 2 == 0 { alphabet.len() } else { 5 }]
                })
                .collect();
            let runs = Runs::of(text.as_bytes());
            assert_eq!((&runs.base64, &runs.bytes), (&runs_of(&text, BASE64), &runs_of(&text, BYTES)), "{text:?}");
        }
    }
}
