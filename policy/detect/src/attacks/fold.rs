//! The folded form that signals and classifier read: lower case, compatibility forms and diacritics resolved.

use crate::shape::Shape;
use crate::views::is_invisible;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text and keeps the way back. Plain ASCII keeps its places.
pub(crate) fn fold(text: &str) -> Shape {
    if text.is_ascii() {
        return Shape::same(text.to_ascii_lowercase());
    }
    let mut shape = Shape::empty();
    for (at, c) in text.char_indices() {
        let origin = at..at + c.len_utf8();
        if c.is_ascii() {
            shape.push(c.to_ascii_lowercase(), origin);
            continue;
        }
        // Between letters an invisible character would part a word.
        if is_invisible(c) {
            continue;
        }
        if is_dense(c) {
            shape.push(c, origin);
            continue;
        }
        for part in std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part)) {
            for low in part.to_lowercase() {
                shape.push(plain_letter(low), origin.clone());
            }
        }
    }
    shape
}

/// Han, kana and hangul: one character says about as much as a short word. Folding leaves them alone, as hangul would
/// fall apart into jamo.
pub(crate) fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Scripts in which a word may begin behind any letter: the dense ones, and Arabic with its joined articles.
pub(super) fn is_unparted(c: char) -> bool {
    is_dense(c) || matches!(c, '\u{620}'..='\u{6ff}')
}

/// Whether a character is a letter or a digit. The table is there because asking by the rules of Unicode takes long for
/// scripts far behind the first.
pub(super) fn is_letter(c: char) -> bool {
    let code = c as usize;
    match LETTERS.get(code / 64) {
        Some(letters) => letters >> (code % 64) & 1 == 1,
        None => c.is_alphanumeric(),
    }
}

/// A bit for every character of the basic plane.
static LETTERS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let letter = |code: u32| char::from_u32(code).is_some_and(char::is_alphanumeric);
    let bits = |first: u32| (0..64).fold(0, |bits, bit| bits | u64::from(letter(first + bit)) << bit);
    (0..0x1_0000).step_by(64).map(bits).collect()
});

/// Letters that decomposition leaves alone, and typographic quotes and dashes.
fn plain_letter(c: char) -> char {
    match c {
        'ł' => 'l',
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ı' => 'i',
        'ß' => 's',
        'æ' => 'a',
        '’' | '‘' | '‚' | '‛' | '‹' | '›' | '´' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' => '"',
        '–' | '—' | '‐' | '‑' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_drops_case_and_marks_and_keeps_the_way_back() {
        let shape = fold("Élan İŁ");
        assert_eq!(shape.text, "elan il");
        assert_eq!(shape.origin(0..1), 0..2);
        assert_eq!(fold("ABC").text, "abc");
    }

    #[test]
    fn letters_are_those_of_unicode() {
        assert!(('\0'..=char::MAX).all(|c| is_letter(c) == c.is_alphanumeric()));
    }
}
