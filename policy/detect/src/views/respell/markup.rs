//! Marks that cut words in two and that no reader sees: `ig**no**re`, `pre<!-- -->vious`.

use crate::effort::Effort;
use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;

/// Tags that stand within words without parting them.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "big", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "s", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u", "wbr",
];
/// Longer tags are read as text.
const TAG_BYTES_MAX: usize = 200;

/// The text without its marks where one of them cuts a word.
pub(super) fn reading(text: &str, effort: &mut Effort) -> Option<Shape> {
    let passages = Passages::around(text, cuts(text));
    effort.spell(passages.bytes()).then(|| passages.read(without_marks)).flatten()
}

/// Where marks cut words.
fn cuts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let begin = |&[before, sign]: &[u8; 2]| is_in_word(before) & is_sign(sign);
    let mut free_at = 0;
    trace::places(trace::stretches(bytes, begin)).map(|before| before + 1).filter(move |&at| {
        let sign = bytes.get(at).is_some_and(|sign| is_sign(*sign));
        if at < free_at || !sign || !bytes.get(at - 1).is_some_and(|before| is_in_word(*before)) {
            return false;
        }
        let mut end = at;
        while let Some(length) = mark(text, end) {
            end += length;
        }
        free_at = end;
        let cuts_word = end > at && bytes.get(end).is_some_and(|behind| is_in_word(*behind));
        cuts_word && !(end == at + 1 && bytes.get(at) == Some(&b'*') && is_product(bytes, at))
    })
}

/// Whether a single star stands between factors: marks come in pairs within a word or two, and cut no numbers.
fn is_product(text: &[u8], at: usize) -> bool {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let (head, tail) = text.split_at_checked(at).unwrap_or_default();
    let near = |byte: &&u8| is_in_word(**byte) || **byte == b'*';
    let before = head.iter().rev().take(MARKED_BYTES_MAX).take_while(near);
    let behind = tail.iter().skip(1).take(MARKED_BYTES_MAX).take_while(near);
    is_digit(at.saturating_sub(1)) || is_digit(at + 1) || !before.chain(behind).any(|byte| *byte == b'*')
}

/// Between two stars of a pair stand no more bytes.
const MARKED_BYTES_MAX: usize = 24;

fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | !byte.is_ascii()
}

/// What marks begin with.
fn is_sign(byte: u8) -> bool {
    (byte == b'*') | (byte == b'`') | (byte == b'<') | (byte == b'~') | (byte == b'_')
}

fn without_marks(text: &str) -> Option<Shape> {
    let mut reading = Shape::empty();
    let mut written = 0;
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| is_sign(*byte)) {
        if at >= written
            && let Some(length) = mark(text, at)
        {
            reading.push_as_it_stood(text.get(written..at)?, written);
            written = at + length;
        }
    }
    reading.push_as_it_stood(text.get(written..)?, written);
    Some(reading)
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
