//! What each character is to the view without disguises, looked up once for all texts.
//!
//! The tables of Unicode are searched for every question, and a text beyond ASCII asks several about each character. The
//! answers for 256 neighbours are kept together from the first time that one of them is met.

use super::{bare, is_invisible, is_look_alike_script, is_suspect, small_capital};
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) is_alphabetic: bool,
    pub(super) is_mark: bool,
    pub(super) is_suspect: bool,
    pub(super) is_invisible: bool,
    pub(super) is_look_alike: bool,
    /// The ASCII letter under its accent.
    pub(super) bare: Option<char>,
    /// The one character that is its compatible form; none where there are several.
    pub(super) plain: Option<char>,
}

impl Kind {
    fn of(c: char) -> Self {
        let mut parts = std::iter::once(c).nfkc();
        let plain = small_capital(c).or_else(|| parts.next().filter(|_| parts.next().is_none()));
        Self {
            is_alphabetic: c.is_alphabetic(),
            is_mark: is_combining_mark(c),
            is_suspect: is_suspect(c),
            is_invisible: is_invisible(c),
            is_look_alike: is_look_alike_script(c),
            bare: bare(c),
            plain,
        }
    }
}

type Page = [Kind; PAGE];
const PAGE: usize = 256;

/// So many pages have all scripts in use and the letters of mathematics. Filling them all takes some milliseconds.
const PAGES: usize = 0x200;

static KINDS: [OnceLock<Box<Page>>; PAGES] = [const { OnceLock::new() }; PAGES];

/// What a character is.
#[inline]
pub(super) fn kind(c: char) -> Kind {
    let (page, place) = (c as usize / PAGE, c as usize % PAGE);
    let known = KINDS.get(page).and_then(|kinds| kinds.get_or_init(|| filled(page)).get(place));
    known.copied().unwrap_or_else(|| Kind::of(c))
}

#[cold]
fn filled(page: usize) -> Box<Page> {
    let mut kinds = Box::new([Kind::default(); PAGE]);
    for (place, kind) in kinds.iter_mut().enumerate() {
        let c = u32::try_from(page * PAGE + place).ok().and_then(char::from_u32);
        *kind = c.map(Kind::of).unwrap_or_default();
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_known_as_the_tables_have_it() {
        for c in '\0'..=char::MAX {
            assert_eq!(kind(c), Kind::of(c), "{c:?}");
        }
    }
}
