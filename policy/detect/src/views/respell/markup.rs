//! Marks that cut words in two and that no reader sees: `ig**no**re`, `pre<!-- -->vious`.

use crate::shape::Shape;

/// Tags that stand within words without parting them.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "big", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "s", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u", "wbr",
];
/// Longer tags are read as text.
const TAG_BYTES_MAX: usize = 200;

/// The text without its marks, if any of them cuts a word.
pub(super) fn without_marks(text: &str) -> Option<Shape> {
    if !cuts_a_word(text) {
        return None;
    }
    let mut reading = Shape::empty();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|tail| tail.chars().next()) {
        let length = mark(text, at).unwrap_or_default();
        if length == 0 {
            reading.push(c, at..at + c.len_utf8());
        }
        at += length.max(if length == 0 { c.len_utf8() } else { 0 });
    }
    Some(reading)
}

fn cuts_a_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let in_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let mut free_at = 0;
    for at in memchr::memchr3_iter(b'*', b'`', b'<', bytes).chain(memchr::memchr2_iter(b'~', b'_', bytes)) {
        if at < free_at || !in_word(at.checked_sub(1).and_then(|before| bytes.get(before))) {
            continue;
        }
        let mut end = at;
        while let Some(length) = mark(text, end) {
            end += length;
        }
        if end > at && in_word(bytes.get(end)) {
            return true;
        }
        free_at = if end > at { end } else { 0 };
    }
    false
}

/// The length of a mark that begins here.
fn mark(text: &str, at: usize) -> Option<usize> {
    let tail = text.as_bytes().get(at..)?;
    match tail {
        [b'*', b'*', b'*', ..] => Some(3),
        [b'*', b'*', ..] | [b'~', b'~', ..] | [b'_', b'_', ..] => Some(2),
        [b'*' | b'`', ..] => Some(1),
        [b'<', ..] => tag(tail),
        _ => None,
    }
}

fn tag(tail: &[u8]) -> Option<usize> {
    let tail = tail.get(..TAG_BYTES_MAX.min(tail.len()))?;
    if tail.starts_with(b"<!--") {
        return memchr::memmem::find(tail, b"-->").map(|end| end + 3);
    }
    let end = memchr::memchr2(b'>', b'<', tail.get(1..)?)? + 1;
    let inner = tail.get(1..end).filter(|_| tail.get(end) == Some(&b'>'))?;
    let name = inner.strip_prefix(b"/").unwrap_or(inner);
    let name = name.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').next()?;
    INLINE.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)).then_some(end + 1)
}
