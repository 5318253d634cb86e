//! What each character is to the view without disguises.

use super::{bare, confusable, is_invisible, is_look_alike_script, is_suspect, small_capital};
use crate::pages::Pages;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) is_alphabetic: bool,
    pub(super) is_mark: bool,
    pub(super) is_suspect: bool,
    pub(super) is_invisible: bool,
    /// Of a script with letters that look like those of ASCII, and which one it looks like (Unicode confusables).
    pub(super) is_look_alike: bool,
    pub(super) alike: Option<char>,
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
            alike: Some(c).filter(|c| is_look_alike_script(*c)).and_then(confusable),
            bare: bare(c),
            plain,
        }
    }
}

static KINDS: Pages<Kind> = Pages::new(Kind::of);

/// What a character is.
#[inline]
pub(super) fn kind(c: char) -> Kind {
    KINDS.of(c)
}
