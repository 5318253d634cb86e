//! Percent encoding, character entities and backslash escapes, undone in one walk over the text.

use crate::shape::Shape;
use std::ops::Range;

/// Whether the text has anything to undo.
pub(crate) fn has_trace(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'%', b'&', b'\\', bytes).any(|at| match bytes.get(at) {
        Some(b'%') => percent(bytes, at).is_some(),
        Some(b'&') => matches!(bytes.get(at + 1), Some(b'#' | b'l' | b'g' | b'a' | b'q' | b'n')),
        _ => matches!(bytes.get(at + 1), Some(b'u' | b'x' | b'n' | b't' | b'"' | b'/' | b'U')),
    })
}

/// The text with its escapes undone; nothing when nothing was.
pub(crate) fn unescape(shape: &Shape) -> Option<Shape> {
    let text = &shape.text;
    let mut plain = Shape::empty();
    let mut changed = false;
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|tail| tail.chars().next()) {
        let undone = match c {
            '%' => percent_run(text, at),
            '&' => entity(text, at),
            '\\' => backslash(text, at),
            _ => None,
        };
        let (letters, length) = match undone {
            Some(undone) => {
                changed = true;
                undone
            }
            None => (c.to_string(), c.len_utf8()),
        };
        let origin = shape.origin(at..at + length);
        push_all(&mut plain, &letters, &origin);
        at += length;
    }
    changed.then_some(plain)
}

fn push_all(plain: &mut Shape, letters: &str, origin: &Range<usize>) {
    for letter in letters.chars() {
        plain.push(letter, origin.clone());
    }
}

fn percent(bytes: &[u8], at: usize) -> Option<u8> {
    let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
    let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// One character written as one to four `%XX`.
fn percent_run(text: &str, at: usize) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let first = percent(bytes, at)?;
    let width = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut raw = Vec::with_capacity(width);
    for step in 0..width {
        let place = at + step * 3;
        if bytes.get(place) != Some(&b'%') {
            return None;
        }
        raw.push(percent(bytes, place)?);
    }
    String::from_utf8(raw).ok().map(|letter| (letter, width * 3))
}

fn entity(text: &str, at: usize) -> Option<(String, usize)> {
    let tail = text.get(at + 1..)?;
    let end = tail.bytes().take(10).position(|byte| byte == b';')?;
    let name = tail.get(..end)?;
    let letter = match name.strip_prefix('#') {
        Some(code) => {
            let code = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            _ => return None,
        },
    };
    Some((letter.to_string(), end + 2))
}

fn backslash(text: &str, at: usize) -> Option<(String, usize)> {
    let tail = text.get(at + 1..)?;
    match tail.chars().next()? {
        'n' | 'r' => Some(("\n".to_owned(), 2)),
        't' => Some(("\t".to_owned(), 2)),
        c @ ('"' | '/' | '\'') => Some((c.to_string(), 2)),
        'x' => hex(tail.get(1..3)?).map(|letter| (letter, 4)),
        'u' if tail.get(1..2) == Some("{") => {
            let end = tail.bytes().take(10).position(|byte| byte == b'}')?;
            hex(tail.get(2..end)?).map(|letter| (letter, end + 2))
        }
        'u' => unicode(text, at),
        'U' => hex(tail.get(1..9)?).map(|letter| (letter, 10)),
        _ => None,
    }
}

/// `\uXXXX`, also as a surrogate pair.
fn unicode(text: &str, at: usize) -> Option<(String, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(at)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(u32::from(first)).map(|letter| (letter.to_string(), 6));
    }
    let pair = [first, unit(at + 6)?];
    char::decode_utf16(pair).next()?.ok().map(|letter| (letter.to_string(), 12))
}

fn hex(digits: &str) -> Option<String> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(|letter| letter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_each_notation() {
        for (written, plain) in [
            ("ignore%20all%C3%A9", Some("ignore allé")),
            ("&#105;g&#x6e;ore &lt;b&gt;", Some("ignore <b>")),
            (r"\u0069gnore \ud83d\ude00 \x41", Some("ignore 😀 A")),
            ("100% of it & more", None),
            (r"C:\dir", None),
        ] {
            let shape = Shape::same(written.to_owned());
            let found = has_trace(written).then(|| unescape(&shape)).flatten();
            assert_eq!(found.map(|shape| shape.text).as_deref(), plain, "{written}");
        }
    }
}
