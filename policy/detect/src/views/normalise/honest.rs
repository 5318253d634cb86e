//! What accents and letters of other scripts are for: spelling, or a disguise.

use super::kinds::{Kind, kind};
use super::look_alike;
use crate::patterns::{after, before};
use crate::views::Extent;

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
    /// Of a text with so many accents, and maybe on a token that is dressed.
    pub(super) fn of(extent: Extent, accented: Accented, on_a_token: bool) -> Self {
        match extent {
            Extent::Near => Self::ByWord,
            Extent::Whole if on_a_token || accented.are_too_many(ACCENT_SHARE) => Self::Noise,
            Extent::Whole => Self::Honest,
        }
    }
}

/// Whether the accents of a word are.
pub(super) fn are_noise(word: impl Iterator<Item = char>) -> bool {
    let mut accented = Accented::default();
    word.for_each(|c| accented.take(c, &kind(c)));
    accented.are_too_many(WORD_ACCENT_SHARE)
}

fn ascii_letters(stretch: &str) -> usize {
    stretch.bytes().filter(u8::is_ascii_alphabetic).count()
}

/// Letters, and those of them that wear an accent.
#[derive(Clone, Copy, Default)]
pub(super) struct Accented {
    letters: usize,
    accents: usize,
}

impl Accented {
    pub(super) fn take(&mut self, c: char, kind: &Kind) {
        let is_accented = kind.bare.is_some();
        self.accents += usize::from(is_accented);
        self.letters += usize::from(is_accented || c.is_ascii_alphabetic());
    }

    pub(super) fn take_ascii(&mut self, stretch: &str) {
        self.letters += ascii_letters(stretch);
    }

    /// Whether of so many letters one has an accent, or more.
    fn are_too_many(self, share: usize) -> bool {
        self.accents >= 3 && self.accents * share >= self.letters
    }
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

/// The letters and words of a text by their scripts, as far as it was read.
#[derive(Default)]
pub(super) struct Scripts {
    letters: usize,
    foreign: usize,
    /// Words with look-alikes, and those that are written in two scripts at once.
    words: usize,
    mixed: usize,
    /// What the word that has not ended holds.
    ascii: bool,
    alike: bool,
}

impl Scripts {
    pub(super) fn take(&mut self, c: char, kind: &Kind) {
        if kind.is_alphabetic {
            self.letters += 1;
            self.foreign += usize::from(!c.is_ascii() && c >= '\u{250}');
            self.ascii |= c.is_ascii();
            self.alike |= kind.is_look_alike;
        } else if !kind.is_invisible {
            self.end_word();
        }
    }

    /// Takes a stretch of ASCII, of which the words at its ends may go on in others.
    pub(super) fn take_ascii(&mut self, stretch: &str) {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        self.letters += ascii_letters(stretch);
        self.ascii |= stretch.starts_with(is_letter);
        if !stretch.chars().all(is_letter) {
            self.end_word();
            self.ascii = stretch.ends_with(is_letter);
        }
    }

    fn end_word(&mut self) {
        self.words += usize::from(self.alike);
        self.mixed += usize::from(self.ascii && self.alike);
        (self.ascii, self.alike) = (false, false);
    }
}

impl Letters {
    pub(super) fn of(extent: Extent, mut scripts: Scripts) -> Self {
        if extent == Extent::Near {
            return Self::Unknown;
        }
        scripts.end_word();
        let Scripts { letters, foreign, words, mixed, .. } = scripts;
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
