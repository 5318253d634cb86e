//! What accents and letters of other scripts are for: spelling, or a disguise.

use super::kinds::kind;
use super::look_alike;
use crate::patterns::{after, before};
use crate::views::Extent;
use std::ops::Range;

/// What accents on the letters of a text are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accents {
    /// Spelling.
    Honest,
    /// Disguise: there are more than any language puts, or they stand among digits as in a credential.
    Noise,
    /// One or the other in each word.
    ByWord,
}

/// One accent on so many letters is more than Czech or Polish have.
const ACCENT_SHARE: usize = 4;
/// One on so many letters of a word is more than French has.
const WORD_ACCENT_SHARE: usize = 2;

impl Accents {
    pub(super) fn of(text: &str, extent: Extent, tokens: &[Range<usize>]) -> Self {
        if extent == Extent::Near {
            return Self::ByWord;
        }
        let has_accent = |token: &Range<usize>| {
            text.get(token.clone()).is_some_and(|token| token.chars().any(|c| kind(c).bare.is_some()))
        };
        if tokens.iter().any(has_accent) {
            return Self::Noise;
        }
        if are_too_many(text.chars(), ACCENT_SHARE) { Self::Noise } else { Self::Honest }
    }
}

/// Whether the accents of a word are.
pub(super) fn are_noise(word: impl Iterator<Item = char>) -> bool {
    are_too_many(word, WORD_ACCENT_SHARE)
}

/// Whether of so many letters one has an accent, or more.
fn are_too_many(text: impl Iterator<Item = char>, share: usize) -> bool {
    let (mut letters, mut accents) = (0_usize, 0_usize);
    for c in text {
        let is_accented = kind(c).bare.is_some();
        accents += usize::from(is_accented);
        letters += usize::from(is_accented || c.is_ascii_alphabetic());
    }
    accents >= 3 && accents * share >= letters
}

/// How the letters of a text are mixed.
pub(super) enum Letters {
    /// As all of it shows.
    Known {
        mostly_latin: bool,
        /// Words are written in two scripts at once, so that the others are suspect too.
        mixed: bool,
    },
    /// Only what stands around a word tells.
    Unknown,
}

impl Letters {
    pub(super) fn of(text: &str, extent: Extent) -> Self {
        if extent == Extent::Near {
            return Self::Unknown;
        }
        let (mut letters, mut foreign) = (0_usize, 0_usize);
        let (mut words, mut mixed) = (0_usize, 0_usize);
        let (mut ascii, mut alike) = (false, false);
        // A blank ends the last word.
        for c in text.chars().chain([' ']) {
            let kind = kind(c);
            if kind.is_alphabetic {
                letters += 1;
                foreign += usize::from(!c.is_ascii() && c >= '\u{250}');
                ascii |= c.is_ascii();
                alike |= kind.is_look_alike;
            } else if !kind.is_invisible {
                words += usize::from(alike);
                mixed += usize::from(ascii && alike);
                (ascii, alike) = (false, false);
            }
        }
        let mostly_latin = foreign * 4 <= letters;
        Self::Known { mostly_latin, mixed: mixed > 0 && (mostly_latin || mixed * MIXED_SHARE >= words) }
    }

    /// Whether the look-alikes of a word stand for other letters.
    pub(super) fn are_disguised<'t>(&self, word: &[(usize, char)], piece: impl Fn() -> &'t str) -> bool {
        let has_ascii = word.iter().any(|(_, c)| c.is_ascii());
        let all_alike = || word.iter().all(|(_, c)| c.is_ascii() || look_alike(*c).is_some());
        has_ascii
            || all_alike()
                && match self {
                    Self::Known { mostly_latin, mixed } => *mixed || (*mostly_latin && word.len() >= 3),
                    Self::Unknown => piece().bytes().any(|byte| byte.is_ascii_alphabetic()),
                }
    }
}

/// What stands around a place without a blank, as far as an address reaches.
pub(super) fn piece_around(text: &str, at: usize) -> &str {
    let head = before(text, at, PIECE_BYTES).rsplit(char::is_whitespace).next().unwrap_or_default();
    let tail = after(text, at, PIECE_BYTES).split(char::is_whitespace).next().unwrap_or_default();
    text.get(at - head.len()..at + tail.len()).unwrap_or_default()
}
const PIECE_BYTES: usize = 64;

/// One word in two scripts among so many with look-alikes: more than people write who borrow words.
const MIXED_SHARE: usize = 4;
