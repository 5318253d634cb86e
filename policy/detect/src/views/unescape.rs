//! Percent encoding, character entities and backslash escapes, undone in one walk over the text.

use super::passages::Passages;
use crate::shape::Shape;

/// The passages of the text that have something to undo.
pub(super) fn passages(text: &str) -> Passages<'_> {
    let bytes = text.as_bytes();
    let escapes = memchr::memchr3_iter(b'%', b'&', b'\\', bytes).filter(|at| match bytes.get(*at) {
        Some(b'%') => percent(bytes, *at).is_some(),
        Some(b'&') => matches!(bytes.get(at + 1), Some(b'#' | b'l' | b'g' | b'a' | b'q' | b'n')),
        _ => matches!(bytes.get(at + 1), Some(b'u' | b'x' | b'n' | b't' | b'"' | b'/' | b'U')),
    });
    Passages::around_escapes(text, escapes)
}

/// The text with its escapes undone; nothing when nothing was.
pub(super) fn unescape(text: &str) -> Option<Shape> {
    let mut plain = Shape::empty();
    let mut written = 0;
    for at in memchr::memchr3_iter(b'%', b'&', b'\\', text.as_bytes()) {
        if at < written {
            continue;
        }
        let undone = match text.as_bytes().get(at) {
            Some(b'%') => percent_run(text, at),
            Some(b'&') => entity(text, at),
            _ => backslash(text, at),
        };
        if let Some((letter, length)) = undone {
            plain.push_as_it_stood(text.get(written..at)?, written);
            plain.push(letter, at..at + length);
            written = at + length;
        }
    }
    plain.push_as_it_stood(text.get(written..)?, written);
    (written > 0).then_some(plain)
}

fn percent(bytes: &[u8], at: usize) -> Option<u8> {
    let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
    let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// One character written as one to four `%XX`.
fn percent_run(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let first = percent(bytes, at)?;
    let width = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut raw = [0; 4];
    for (step, byte) in raw.iter_mut().take(width).enumerate() {
        let place = at + step * 3;
        if bytes.get(place) != Some(&b'%') {
            return None;
        }
        *byte = percent(bytes, place)?;
    }
    let letter = std::str::from_utf8(raw.get(..width)?).ok()?.chars().next()?;
    Some((letter, width * 3))
}

fn entity(text: &str, at: usize) -> Option<(char, usize)> {
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
    Some((letter, end + 2))
}

fn backslash(text: &str, at: usize) -> Option<(char, usize)> {
    let tail = text.get(at + 1..)?;
    match tail.chars().next()? {
        'n' | 'r' => Some(('\n', 2)),
        't' => Some(('\t', 2)),
        c @ ('"' | '/' | '\'') => Some((c, 2)),
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
fn unicode(text: &str, at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(at)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(u32::from(first)).map(|letter| (letter, 6));
    }
    let pair = [first, unit(at + 6)?];
    char::decode_utf16(pair).next()?.ok().map(|letter| (letter, 12))
}

fn hex(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
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
            let found = passages(written).read(unescape);
            assert_eq!(found.map(|shape| shape.text).as_deref(), plain, "{written}");
        }
    }
}
