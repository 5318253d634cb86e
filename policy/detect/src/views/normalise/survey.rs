//! What a text shows before it is written without disguises.

use super::honest::{Accented, Accents, Letters, Scripts};
use super::kinds::kind;
use super::tokens::Dressed;
use crate::views::Extent;
use std::ops::Range;

/// A walk over a text to see what disguises it wears.
#[derive(Default)]
pub(super) struct Walk {
    tokens: Dressed,
    accented: Accented,
    scripts: Scripts,
    has_suspect: bool,
}

impl Walk {
    pub(super) fn take_ascii(&mut self, at: usize, stretch: &str) {
        self.tokens.take_ascii(at, stretch);
        self.accented.take_ascii(stretch);
        self.scripts.take_ascii(stretch);
    }

    pub(super) fn take(&mut self, at: usize, c: char) {
        let kind = kind(c);
        self.tokens.take(at, c, &kind);
        self.accented.take(c, &kind);
        self.scripts.take(c, &kind);
        self.has_suspect |= kind.is_suspect;
    }

    pub(super) fn survey(self, extent: Extent) -> Survey {
        let (tokens, on_a_token) = self.tokens.all();
        let accents = Accents::of(extent, self.accented, on_a_token);
        Survey { tokens, accents, letters: Letters::of(extent, self.scripts), has_suspect: self.has_suspect }
    }
}

/// What a walk over a text shows.
pub(super) struct Survey {
    /// Tokens whose letters are dressed.
    pub(super) tokens: Vec<Range<usize>>,
    pub(super) accents: Accents,
    pub(super) letters: Letters,
    has_suspect: bool,
}

impl Survey {
    pub(super) fn is_honest(&self) -> bool {
        self.accents == Accents::Honest && self.tokens.is_empty() && !self.has_suspect
    }
}
