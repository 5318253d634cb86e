//! Letters and digits as Unicode has them, asked for a whole text.
//!
//! The tables of the standard library take long for scripts far behind the first.

use crate::pages::Pages;

static ALPHABETIC: Pages<bool> = Pages::new(char::is_alphabetic);
static ALPHANUMERIC: Pages<bool> = Pages::new(char::is_alphanumeric);

/// Whether a character is a letter.
#[inline]
pub(crate) fn is_alphabetic(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { ALPHABETIC.of(c) }
}

/// Whether a character is a letter or a digit.
#[inline]
pub(crate) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { ALPHANUMERIC.of(c) }
}

/// The text in stretches with their places, each of ASCII alone or without any. Nearly all of most texts is ASCII, about
/// which there is little to ask.
pub(crate) fn stretches(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let chunks = text.as_bytes().chunk_by(|byte, next| byte.is_ascii() == next.is_ascii());
    chunks.scan(0, |end, chunk| {
        let start = *end;
        *end += chunk.len();
        Some((start, text.get(start..*end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_are_those_of_unicode() {
        let same = |c: char| is_alphabetic(c) == c.is_alphabetic() && is_alphanumeric(c) == c.is_alphanumeric();
        assert!(('\0'..=char::MAX).all(same));
    }
}
