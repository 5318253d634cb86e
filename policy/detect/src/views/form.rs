//! Blanks that a form writes as `+`, as in `name=Nora+Lind&card=4111+1111`.
//!
//! In a view of its own: everywhere else a `+` is a `+`, above all in base64.

use super::Extent;
use super::passages::Passages;
use crate::shape::Shape;
use std::ops::Range;

/// The passages of the text in which something is written like a form.
pub(super) fn passages(text: &str, extent: Extent) -> Passages<'_> {
    Passages::around_escapes(text, extent, blanks(text))
}

/// The text with blanks for these signs; nothing when there are none.
pub(super) fn unform(text: &str) -> Option<Shape> {
    let blanks = blanks(text);
    let mut plain = Shape::empty();
    let mut written = 0;
    for at in &blanks {
        plain.push_as_it_stood(text.get(written..*at)?, written);
        plain.push(' ', *at..at + 1);
        written = at + 1;
    }
    plain.push_as_it_stood(text.get(written..)?, written);
    (!blanks.is_empty()).then_some(plain)
}

/// Where a plus sign is a blank.
fn blanks(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut blanks = Vec::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'+', bytes) {
        if at < done || !is_between(bytes, at) {
            continue;
        }
        let stretch = stretch(bytes, at, done);
        done = stretch.end;
        let Some(written) = text.get(stretch.clone()) else { continue };
        let from = if is_in_groups(written) { 0 } else { values(bytes, &stretch).unwrap_or(written.len()) };
        let signs = memchr::memchr_iter(b'+', written.as_bytes()).filter(|sign| *sign >= from);
        blanks.extend(signs.map(|sign| stretch.start + sign).filter(|sign| is_between(bytes, *sign)));
    }
    blanks
}

/// Whether something stands on both sides that a form could write there.
fn is_between(bytes: &[u8], at: usize) -> bool {
    let stands = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"%.".contains(byte))
    };
    stands(at.checked_sub(1)) && stands(Some(at + 1))
}

/// All around a place that a form may consist of.
fn stretch(bytes: &[u8], at: usize, from: usize) -> Range<usize> {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"%+&=._*~-".contains(byte);
    let head = bytes.get(from..at).unwrap_or_default().iter().rev().take_while(is_part).count();
    let tail = bytes.get(at..).unwrap_or_default().iter().take_while(is_part).count();
    at - head..at + tail
}

/// Where the first value begins, if the stretch is one of a form: names with values, and no part of a line of code.
fn values(bytes: &[u8], stretch: &Range<usize>) -> Option<usize> {
    let written = bytes.get(stretch.clone())?;
    let first = memchr::memchr(b'=', written)?;
    let is_code = |byte: Option<&u8>| byte.is_some_and(|byte| b"(){}[];,<>!|^:".contains(byte));
    let stands_alone =
        !is_code(stretch.start.checked_sub(1).and_then(|at| bytes.get(at))) && !is_code(bytes.get(stretch.end));
    let is_named = first.checked_sub(1).and_then(|at| written.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let several = written.contains(&b'&') || memchr::memchr_iter(b'+', written).take(2).count() == 2;
    (stands_alone && is_named && several).then_some(first)
}

/// Whether these are the groups of a number: `4111+1111+1111+1111`.
fn is_in_groups(written: &str) -> bool {
    let is_group = |group: &str| {
        (2..=6).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    written.bytes().any(|byte| byte.is_ascii_digit())
        && written.split('+').count() >= GROUPS_MIN
        && written.split('+').all(is_group)
}

/// Fewer groups are a sum.
const GROUPS_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_forms_and_groups_of_numbers_get_their_blanks_back() {
        for (written, plain) in [
            (
                "name=Nora+Lind&card=4111+1111+1111+1111&exp=09%2F27",
                Some("name=Nora Lind&card=4111 1111 1111 1111&exp=09%2F27"),
            ),
            ("see https://example.org/?q=a+b+c now", Some("see https://example.org/?q=a b c now")),
            ("card 4111+1111+1111+1111 ok", Some("card 4111 1111 1111 1111 ok")),
            ("DE89+3704+0044+0532", Some("DE89 3704 0044 0532")),
            ("i=i+1;j=j+1;f(a=b+c+d)", None),
            ("12+34+56 and C++ and +49+30", None),
            ("aGVs+bG8g+d29y+bGQ=", None),
            ("x=a+b", None),
            ("", None),
        ] {
            let found = passages(written, Extent::Whole).read(unform);
            assert_eq!(found.map(|shape| shape.text).as_deref(), plain, "{written}");
        }
    }
}
