//! What each character is to somebody who asks often, found out once for all texts.
//!
//! The tables of Unicode are searched for every question, and a text beyond ASCII asks several about each character. The
//! answers for 256 neighbours are kept together from the first time that one of them is met.

use std::sync::OnceLock;

const PAGE: usize = 256;
/// So many pages have all scripts, and behind a wide gap stand the tag characters. Filling them all takes some milliseconds.
const SCRIPTS: usize = 0x324;
const TAGS: usize = 0xe00;
const PAGES: usize = SCRIPTS + 2;

/// The answers to one question.
pub(crate) struct Pages<T: 'static> {
    question: fn(char) -> T,
    answers: [OnceLock<Box<[T; PAGE]>>; PAGES],
}

impl<T: Copy> Pages<T> {
    /// Of a question whose answer is always the same.
    pub(crate) const fn new(question: fn(char) -> T) -> Self {
        Self { question, answers: [const { OnceLock::new() }; PAGES] }
    }

    /// The answer for a character.
    #[inline]
    pub(crate) fn of(&self, c: char) -> T {
        let (page, place) = (c as usize / PAGE, c as usize % PAGE);
        let answers = match page {
            ..SCRIPTS => self.answers.get(page),
            TAGS.. => self.answers.get(SCRIPTS + (page - TAGS)),
            _ => None,
        };
        let known = answers.and_then(|answers| answers.get_or_init(|| self.filled(page)).get(place));
        known.copied().unwrap_or_else(|| (self.question)(c))
    }

    #[cold]
    fn filled(&self, page: usize) -> Box<[T; PAGE]> {
        Box::new(std::array::from_fn(|place| {
            let c = u32::try_from(page * PAGE + place).ok().and_then(char::from_u32);
            (self.question)(c.unwrap_or(char::REPLACEMENT_CHARACTER))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_the_answer_to_the_question() {
        static UPPER: Pages<(bool, char)> = Pages::new(|c| (c.is_uppercase(), c));
        assert!(('\0'..=char::MAX).all(|c| UPPER.of(c) == (c.is_uppercase(), c)));
    }
}
