//! Tokens whose letters are dressed: runs of letters and digits that are no words, whatever the text around them is.
//!
//! What a text is mostly written in shows only at its end, which a stream cannot wait for.

use super::kinds::Kind;
use std::ops::Range;

/// Shorter runs may be words, and numbers of models.
const RUN_LETTERS_MIN: usize = 12;

/// Where tokens stand in which letters wear accents, or look like others, as far as the text was read.
#[derive(Default)]
pub(super) struct Dressed {
    found: Vec<Range<usize>>,
    /// One of them wears an accent.
    has_accent: bool,
    run: Run,
}

impl Dressed {
    pub(super) fn take(&mut self, at: usize, c: char, kind: &Kind) {
        if !self.run.take(at, c, kind) {
            self.end_run();
        }
    }

    /// Takes a stretch of ASCII. What has none beside it is not dressed: only its ends matter.
    pub(super) fn take_ascii(&mut self, at: usize, stretch: &str) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let behind = stretch.trim_start_matches(is_part);
        let head = stretch.len() - behind.len();
        self.run.take_ascii(at, stretch.get(..head).unwrap_or_default());
        if !behind.is_empty() {
            self.end_run();
            let between = behind.trim_end_matches(is_part).len();
            self.run.take_ascii(at + head + between, behind.get(between..).unwrap_or_default());
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run.is_dressed() {
            self.has_accent |= run.has_accent;
            self.found.push(run.start..run.end);
        }
    }

    /// All of them, and whether one wears an accent.
    pub(super) fn all(mut self) -> (Vec<Range<usize>>, bool) {
        self.end_run();
        (self.found, self.has_accent)
    }
}

/// A run of letters and digits, as far as it has come.
#[derive(Default)]
struct Run {
    start: usize,
    end: usize,
    /// Letters, digits and signs.
    letters: usize,
    has_digit: bool,
    has_ascii: bool,
    has_accent: bool,
    has_look_alike: bool,
    /// Holds a letter that looks like none of ASCII.
    has_other: bool,
}

impl Run {
    /// Takes a character, unless the run ends before it.
    fn take(&mut self, at: usize, c: char, kind: &Kind) -> bool {
        if kind.is_invisible || kind.is_mark {
            return true;
        }
        if !(kind.is_alphabetic || c.is_ascii_digit() || matches!(c, '_' | '-')) {
            return false;
        }
        if self.letters == 0 {
            self.start = at;
        }
        self.letters += 1;
        self.end = at + c.len_utf8();
        self.has_digit |= c.is_ascii_digit();
        self.has_ascii |= c.is_ascii_alphabetic();
        self.has_accent |= kind.bare.is_some();
        let is_alike = kind.alike.is_some();
        self.has_look_alike |= is_alike;
        self.has_other |= !c.is_ascii() && !is_alike && kind.bare.is_none();
        true
    }

    /// Takes letters, digits and signs of ASCII.
    fn take_ascii(&mut self, at: usize, part: &str) {
        if part.is_empty() {
            return;
        }
        if self.letters == 0 {
            self.start = at;
        }
        self.letters += part.len();
        self.end = at + part.len();
        self.has_digit |= part.bytes().any(|byte| byte.is_ascii_digit());
        self.has_ascii |= part.bytes().any(|byte| byte.is_ascii_alphabetic());
    }

    fn is_dressed(&self) -> bool {
        let looks_ascii = self.has_accent || (self.has_look_alike && self.has_ascii);
        let is_token = self.letters >= RUN_LETTERS_MIN && self.has_digit && !self.has_other;
        is_token && looks_ascii
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::kind;
    use super::*;

    fn dressed(text: &str) -> Vec<Range<usize>> {
        let mut dressed = Dressed::default();
        text.char_indices().for_each(|(at, c)| dressed.take(at, c, &kind(c)));
        dressed.all().0
    }

    #[test]
    fn tokens_are_told_from_words_and_numbers_of_models() {
        let token = "414b49415а37514b33584а32";
        for (text, tokens) in [
            (token.to_owned(), vec![token]),
            (format!("Ключ: {token}, и ещё"), vec![token]),
            ("a1b2c3dé5f6g7".to_owned(), vec!["a1b2c3dé5f6g7"]),
            ("модель-X5-2024-версия and АБВ123".to_owned(), vec![]),
            ("версия-2024-café and présentée-par-2-Ж".to_owned(), vec![]),
            ("Straße-am-Müllerberg and x1é".to_owned(), vec![]),
        ] {
            let found: Vec<&str> = dressed(&text).into_iter().filter_map(|range| text.get(range)).collect();
            assert_eq!(found, tokens, "{text}");
        }
    }
}
