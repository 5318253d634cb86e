//! The folded form that signals and classifier read: lower case, compatibility forms and diacritics resolved.

use crate::chars::stretches;
use crate::pages::Pages;
use crate::shape::Shape;
use crate::views::is_invisible;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text and keeps the way back. Plain ASCII keeps its places.
pub(crate) fn fold(text: &str) -> Shape {
    if text.is_ascii() {
        return Shape::same(text.to_ascii_lowercase());
    }
    let mut shape = Shape::empty();
    for (start, stretch) in stretches(text) {
        if stretch.is_ascii() {
            shape.push_as_it_stood(stretch, start);
            continue;
        }
        for (at, c) in stretch.char_indices() {
            let origin = start + at..start + at + c.len_utf8();
            match FOLDED.of(c) {
                Folded::Nothing => {}
                Folded::One(low) => shape.push(low, origin),
                Folded::Several => folded(c).for_each(|low| shape.push(low, origin.clone())),
            }
        }
    }
    shape.text.make_ascii_lowercase();
    shape
}

/// What becomes of a character.
#[derive(Clone, Copy)]
enum Folded {
    Nothing,
    One(char),
    Several,
}

static FOLDED: Pages<Folded> = Pages::new(|c| {
    let mut all = folded(c);
    match (all.next(), all.next()) {
        (None, _) => Folded::Nothing,
        (Some(one), None) => Folded::One(one),
        (Some(_), Some(_)) => Folded::Several,
    }
});

/// The characters that are read for one.
fn folded(c: char) -> impl Iterator<Item = char> {
    // Between letters an invisible character would part a word.
    let seen = Some(c).filter(|c| !is_invisible(*c));
    let (whole, parted) = match seen {
        Some(c) if is_dense(c) => (Some(c), None),
        c => (None, c),
    };
    let parts = parted.into_iter().nfkd().filter(|part| !is_combining_mark(*part));
    whole.into_iter().chain(parts.flat_map(char::to_lowercase).map(plain_letter))
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
        assert_eq!(fold("ABC Éa ABC").text, "abc ea abc");
    }
}
