//! Percent encoding, character entities and backslash escapes, undone in one walk over the text.
//!
//! An escape that was escaped again says the letter it began with: each layer of JSON in JSON doubles the backslashes, each
//! layer of percent encoding writes `25` before the digits, each of HTML `amp;`. They come off all at once, so that
//! documents within documents need no more rounds than one, however deep they are.

use super::Extent;
use super::entities::named_or_numbered;
use super::passages::Passages;
use crate::patterns::before;
use crate::shape::Shape;

/// The passages of the text that have something to undo.
pub(super) fn passages(text: &str, extent: Extent) -> Passages<'_> {
    let bytes = text.as_bytes();
    let escapes = memchr::memchr3_iter(b'%', b'&', b'\\', bytes).filter(|at| match bytes.get(*at) {
        Some(b'%') => percent(bytes, *at).is_some(),
        Some(b'&') => entity(text, *at).is_some(),
        _ => matches!(bytes.get(at + 1), Some(b'u' | b'x' | b'n' | b't' | b'"' | b'/' | b'U')),
    });
    Passages::around_escapes(text, extent, escapes)
}

/// The text with its escapes undone; nothing when nothing was.
pub(super) fn unescape(text: &str) -> Option<Shape> {
    let mut plain = Shape::empty();
    let (mut written, mut passed) = (0, 0);
    for at in memchr::memchr3_iter(b'%', b'&', b'\\', text.as_bytes()) {
        if at < passed {
            continue;
        }
        let undone = match text.as_bytes().get(at) {
            Some(b'%') => percent_run(text, at),
            Some(b'&') => entity(text, at),
            _ => {
                // What backslashes stand before is looked at once, however many they are.
                let last = at + backslashes(text, at) - 1;
                passed = last + 1;
                backslash(text, last).map(|(letter, length)| (letter, last - at + length))
            }
        };
        if let Some((letter, length)) = undone {
            plain.push_as_it_stood(text.get(written..at)?, written);
            plain.push(letter, at..at + length);
            written = at + length;
            passed = written;
        }
    }
    if written == 0 {
        return None;
    }
    plain.push_as_it_stood(text.get(written..)?, written);
    Some(plain)
}

/// The text without the beginning of an escape at its end, or of several that are one letter: `a good\u00`, `%E4%BD`.
pub(crate) fn without_begun_escape(text: &str) -> &str {
    let tail = before(text, text.len(), ESCAPE_BYTES_MAX);
    let Some(at) = tail.rfind(['%', '&', '\\']) else { return text };
    let is_begun = tail.bytes().skip(at + 1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'{'));
    if !is_begun {
        return text;
    }
    let mut head = text.get(..text.len() - tail.len() + at).unwrap_or(text);
    while let Some((before, digits)) = head.rsplit_once('%').filter(|(_, digits)| digits.len() == 2) {
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            break;
        }
        head = before;
    }
    head.trim_end_matches('\\')
}

/// An escape is no longer, but for what stands before it because it was escaped again.
const ESCAPE_BYTES_MAX: usize = 12;

/// Whether a quarter of the text, or more, is percent encoding of percent encoding. Figures in such numbers say nothing,
/// and the text without them, which is looked at too, says all.
pub(super) fn is_mostly_layers(text: &str) -> bool {
    let again = memchr::memmem::find_iter(text.as_bytes(), b"%25").take(LAYERED_MIN).count();
    again == LAYERED_MIN
        && passages(text, Extent::Whole).are_whole()
        && unescape(text).is_some_and(|plain| plain.text.len() * 4 <= text.len() * 3)
}

/// Fewer are a word or two of a text.
const LAYERED_MIN: usize = 4;

/// The byte written at a place and how long it is written: `%41`, and `%2541` for one that was encoded twice.
fn percent(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let pair = |at: usize| {
        let high = char::from(*bytes.get(at)?).to_digit(16)?;
        let low = char::from(*bytes.get(at + 1)?).to_digit(16)?;
        u8::try_from(high * 16 + low).ok()
    };
    let mut place = at + 1;
    let mut byte = pair(place)?;
    while byte == b'%'
        && let Some(inner) = pair(place + 2)
    {
        (byte, place) = (inner, place + 2);
    }
    Some((byte, place + 2 - at))
}

/// One character written as one to four `%XX`.
fn percent_run(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let (first, _) = percent(bytes, at)?;
    let width = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut raw = [0; 4];
    let mut place = at;
    for byte in raw.iter_mut().take(width) {
        if bytes.get(place) != Some(&b'%') {
            return None;
        }
        let (read, length) = percent(bytes, place)?;
        *byte = read;
        place += length;
    }
    let letter = std::str::from_utf8(raw.get(..width)?).ok()?.chars().next()?;
    Some((letter, place - at))
}

/// A character by its name or its number. `&amp;lt;` was escaped twice.
fn entity(text: &str, at: usize) -> Option<(char, usize)> {
    let mut behind = at + 1;
    let mut ampersand = None;
    while text.get(behind..).is_some_and(|tail| tail.starts_with(AMPERSAND)) {
        behind += AMPERSAND.len();
        ampersand = Some(('&', behind - at));
    }
    match named_or_numbered(text.get(behind..)?) {
        Some((letter, length)) => Some((letter, behind + length - at)),
        None => ampersand,
    }
}

const AMPERSAND: &str = "amp;";

/// How many backslashes stand in a row. The ones before the last each escape the next, in the layer around it.
fn backslashes(text: &str, at: usize) -> usize {
    text.bytes().skip(at).take_while(|byte| *byte == b'\\').count()
}

fn backslash(text: &str, at: usize) -> Option<(char, usize)> {
    let tail = text.get(at + 1..)?;
    match tail.chars().next()? {
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
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
    let second = at + 6 + backslashes(text, at + 6).checked_sub(1)?;
    let pair = [first, unit(second)?];
    char::decode_utf16(pair).next()?.ok().map(|letter| (letter, second + 6 - at))
}

fn hex(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_that_has_begun_is_left_out() {
        for begun in
            ["\\", "\\u", "\\u00", "\\\\\\u006", "&", "&#", "&#12", "&am", "%", "%6", "%E4%BD", "%E4%BD%9", "\\u{1f"]
        {
            assert_eq!(without_begun_escape(&["a good", begun].concat()), "a good", "{begun}");
        }
        for whole in ["a good", "5 % of", "a & b", "", "c:\\dir name"] {
            assert_eq!(without_begun_escape(whole), whole);
        }
    }

    #[test]
    fn undoes_each_notation() {
        for (written, plain) in [
            ("ignore%20all%C3%A9", Some("ignore allé")),
            ("&#105;g&#x6e;ore &lt;b&gt;", Some("ignore <b>")),
            (r"\u0069gnore \ud83d\ude00 \x41", Some("ignore 😀 A")),
            ("nora&period;lind&commat;web&period;de &#105&#103;", Some("nora.lind@web.de ig")),
            ("100% of it & more", None),
            (r"C:\dir", None),
            (r"\\u0069gnore \\\\ud83d\\\\ude00 \\x41", Some("ignore 😀 A")),
            (r#"{\\\"a\\\": \\\"b\\\\nc\\\"}"#, Some("{\"a\": \"b\nc\"}")),
            (r"C:\\dir \\\\host\\share", None),
            ("%252525C3%25A9 %2541 100%25 of", Some("é A 100% of")),
            ("&amp;amp;lt;b&amp;#62; &amp;amp; &ampere;", Some("<b> & &ampere;")),
        ] {
            let found = passages(written, Extent::Whole).read(unescape);
            assert_eq!(found.map(|shape| shape.text).as_deref(), plain, "{written}");
        }
    }
}
