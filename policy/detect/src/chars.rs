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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_are_those_of_unicode() {
        let same = |c: char| is_alphabetic(c) == c.is_alphabetic() && is_alphanumeric(c) == c.is_alphanumeric();
        assert!(('\0'..=char::MAX).all(same));
    }
}
