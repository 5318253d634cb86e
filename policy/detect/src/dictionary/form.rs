//! The form in which terms and texts are compared.

use crate::shape::Shape;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Composes characters, makes white space one space and apostrophes straight and, unless case counts, letters small and
/// `ß`, of which the capital is `SS`, two of them; keeps the way back.
pub(super) fn form(text: &str, case_sensitive: bool) -> Shape {
    let mut shape = Shape::empty();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        if c.is_whitespace() {
            while let Some((_, space)) = chars.next_if(|(_, next)| next.is_whitespace()) {
                end += space.len_utf8();
            }
            shape.push(' ', at..end);
            continue;
        }
        let mut marks = false;
        while let Some((_, mark)) = chars.next_if(|(_, next)| !next.is_ascii() && is_combining_mark(*next)) {
            end += mark.len_utf8();
            marks = true;
        }
        let mut push = |c: char| {
            if matches!(c, '\u{2019}' | '\u{2018}' | '\u{2bc}') {
                shape.push('\'', at..end);
            } else if case_sensitive {
                shape.push(c, at..end);
            } else if matches!(c, 'ß' | 'ẞ') {
                ['s', 's'].into_iter().for_each(|low| shape.push(low, at..end));
            } else if c.is_ascii() {
                shape.push(c.to_ascii_lowercase(), at..end);
            } else {
                c.to_lowercase().for_each(|low| shape.push(low, at..end));
            }
        };
        if marks {
            text.get(at..end).unwrap_or_default().nfc().for_each(&mut push);
        } else {
            push(c);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_spaces_case_and_accents() {
        let shape = form("A\r\n e\u{301}É", false);
        assert_eq!(shape.text, "a éé");
        assert_eq!((shape.origin(1..2), shape.origin(2..4)), (1..4, 4..7));
        assert_eq!(form("A b", true).text, "A b");
        for (text, same) in [("KRÄHENFUSS", "Krähenfuß"), ("STRAẞE", "straße"), ("O\u{2019}Neill", "o'neill")] {
            assert_eq!(form(text, false).text, form(same, false).text);
        }
        assert_eq!((form("Fuß", true).text.as_str(), form("O\u{2019}N", true).text.as_str()), ("Fuß", "O'N"));
        let shape = form("aßb", false);
        assert_eq!((shape.origin(1..2), shape.origin(1..3), shape.origin(3..4)), (1..3, 1..3, 3..4));
    }
}
