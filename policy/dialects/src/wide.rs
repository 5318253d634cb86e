//! Text in two or four bytes a character (UTF-16, UTF-32) among bytes that are read as something else.
//!
//! Some servers honour such an encoding, some programs upload it, and to a reader of UTF-8 it is letters with zero
//! bytes between. Characters beyond Latin-1 are not looked for: their bytes can be anything.

use std::ops::Range;

/// Every stretch of at least `min` such characters: where it stands, and its text.
pub(crate) fn runs(bytes: &[u8], min: usize) -> Vec<(Range<usize>, String)> {
    // Without a zero byte there is none; this is the ordinary case.
    if memchr::memchr(0, bytes).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let tail = bytes.get(at..).unwrap_or_default();
        let longest = WAYS.iter().map(|wide| (wide.length(tail), wide)).max_by_key(|(length, _)| *length);
        match longest {
            Some((length, wide)) if length >= min => {
                let end = at.saturating_add(length.saturating_mul(wide.width));
                found.push((at..end, wide.letters(tail).collect()));
                at = end;
            }
            // Only by one: a run in another alignment may begin within this one.
            _ => at = at.saturating_add(1),
        }
    }
    found
}

const WAYS: [Wide; 4] = [
    Wide { width: 2, place: 0 },
    Wide { width: 2, place: 1 },
    Wide { width: 4, place: 0 },
    Wide { width: 4, place: 3 },
];

/// A way to write a character: in so many bytes, of which one is not zero.
#[derive(Clone, Copy)]
struct Wide {
    width: usize,
    place: usize,
}

impl Wide {
    /// How many characters the bytes begin with.
    fn length(self, bytes: &[u8]) -> usize {
        self.letters(bytes).count()
    }

    /// The characters that the bytes begin with.
    fn letters(self, bytes: &[u8]) -> impl Iterator<Item = char> {
        bytes.chunks_exact(self.width).map_while(move |chunk| self.letter(chunk))
    }

    fn letter(self, chunk: &[u8]) -> Option<char> {
        let zeros = chunk.iter().enumerate().all(|(place, byte)| place == self.place || *byte == 0);
        let letter = char::from(*chunk.get(self.place)?);
        (zeros && (!letter.is_control() || letter.is_whitespace())).then_some(letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Gr\u{fc}\u{df}e, this is a longer text\n";

    fn texts(bytes: &[u8]) -> Vec<String> {
        runs(bytes, 16).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn finds_text_of_every_width_and_order_wherever_it_begins() {
        let units: Vec<u16> = TEXT.encode_utf16().collect();
        let encodings: [Vec<u8>; 4] = [
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
            units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            TEXT.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            TEXT.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        ];
        for encoded in encodings {
            for before in [&b""[..], b"\xff\xfe", b"x", b"\x01\x02\x03"] {
                let found = texts(&[before, &encoded].concat());
                assert!(found.iter().any(|text| text.contains("this is a longer text")), "{before:?} {found:?}");
            }
        }
    }

    #[test]
    fn finds_nothing_in_other_bytes() {
        let numbers: Vec<u8> = (0..2000_u32).flat_map(|number| (number * 977).to_le_bytes()).collect();
        for bytes in [TEXT.as_bytes(), &[0; 500], &numbers, b"a\0b\0c", &TEXT.as_bytes().repeat(50)] {
            assert_eq!(texts(bytes), Vec::<String>::new());
        }
    }
}
