//! What each byte of a text in leet may be, told by a table.

use super::{is_narrow_gap, is_sign};

/// Whether a word is letters with a sign among or before them, and nothing else.
pub(super) fn is_mixed(word: &[u8]) -> bool {
    let is = |byte: u8, wanted: u8| kind(byte) & wanted != 0;
    word.iter().all(|byte| is(*byte, LETTER | SIGN))
        && word.array_windows().any(|[before, byte]| is(*before, SIGN) && is(*byte, LETTER))
        && word.iter().filter(|byte| is(**byte, LETTER)).count() >= 2
}

/// Whether a gap may begin with a byte.
pub(super) fn may_begin_gap(byte: u8) -> bool {
    kind(byte) == GAP
}

/// What a byte may be.
fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}

const LETTER: u8 = 1;
const SIGN: u8 = 2;
/// May begin a gap. Blanks beyond ASCII begin with one of four bytes.
const GAP: u8 = 4;

/// Whether each byte is a letter, a sign for one, or a gap.
static KINDS: [u8; 256] = kinds();

#[expect(clippy::indexing_slicing, reason = "a table has a place for every byte")]
const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = if byte.is_ascii_alphabetic() {
            LETTER
        } else if is_sign(byte) {
            SIGN
        } else if is_narrow_gap(byte) || matches!(byte, 0xc2 | 0xe1..=0xe3) {
            GAP
        } else {
            0
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}
