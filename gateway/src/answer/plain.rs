//! Guards an answer of an API that we do not know: text is scanned as it flows, anything else is passed and marked (pure).

use super::channel::Channel;
use super::judge::{Cut, Judge};

/// The guard of one opaque answer.
pub(crate) struct PlainGuard {
    channel: Option<Channel>,
    /// The bytes behind the text that the channel holds. Both have the same offsets.
    held: Vec<u8>,
    /// The first bytes of a character whose rest is still to come.
    partial: Vec<u8>,
}

impl PlainGuard {
    /// A guard for an answer with this content type.
    pub(crate) fn new(content_type: Option<&str>, judge: &mut Judge) -> Self {
        let channel = content_type.is_none_or(is_text).then(|| Channel::new(judge));
        if channel.is_none() {
            judge.note("answer-uninspected", "the answer is not text and was not inspected");
        }
        Self { channel, held: Vec::new(), partial: Vec::new() }
    }

    /// Whether bytes may be changed on their way.
    pub(crate) fn inspects(&self) -> bool {
        self.channel.is_some()
    }

    /// Takes bytes and gives those that may go out.
    pub(crate) fn push(&mut self, bytes: &[u8], judge: &mut Judge) -> Result<Vec<u8>, Cut> {
        let Some(channel) = &mut self.channel else { return Ok(bytes.to_vec()) };
        self.partial.extend_from_slice(bytes);
        let text = readable(&self.partial);
        let rest = self.partial.split_off(text.len());
        self.held.append(&mut self.partial);
        self.partial = rest;
        channel.push(&text, judge)?;
        Ok(self.give())
    }

    /// The answer's end: gives what is left.
    pub(crate) fn finish(&mut self, judge: &mut Judge) -> Result<Vec<u8>, Cut> {
        let Some(channel) = &mut self.channel else { return Ok(Vec::new()) };
        channel.settle(judge)?;
        let mut out = self.give();
        out.append(&mut self.partial);
        Ok(out)
    }

    fn give(&mut self) -> Vec<u8> {
        let Some(channel) = &mut self.channel else { return Vec::new() };
        let left_before = channel.held_bytes();
        let given = channel.take_safe();
        let left = self.held.split_off((left_before - channel.held_bytes()).min(self.held.len()));
        let received = std::mem::replace(&mut self.held, left);
        if given.changed { given.text.into_bytes() } else { received }
    }
}

/// The bytes as text of the same length: a byte that is no UTF-8 reads as a question mark, so that a single odd byte
/// does not blind the scanner to all that follows. An unfinished last character is left out.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let odd = chunk.invalid();
        let at_end = text.len() + odd.len() == bytes.len();
        if at_end && could_go_on(odd) {
            break;
        }
        text.extend(std::iter::repeat_n('?', odd.len()));
    }
    text
}

/// Whether these bytes are the beginning of a character.
fn could_go_on(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// Whether a content type is text to us.
pub(crate) fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let words = ["json", "xml", "javascript", "x-www-form-urlencoded", "ndjson", "yaml", "graphql"];
    essence.starts_with("text/") || words.iter().any(|word| essence.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::super::judge::tests::{judge, secret};
    use super::*;

    fn guarded(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut judge = judge();
        let mut guard = PlainGuard::new(Some("text/plain"), &mut judge);
        let mut out = Vec::new();
        for piece in bytes.chunks(size) {
            out.extend(guard.push(piece, &mut judge).unwrap());
        }
        out.extend(guard.finish(&mut judge).unwrap());
        out
    }

    #[test]
    fn harmless_bytes_come_out_as_they_went_in_also_when_they_are_no_text() {
        let bytes = [b"caf\xe9 and ".as_slice(), "caf\u{e9} \u{20ac}\u{1f600} ".as_bytes(), b"end\xe2\x82"].concat();
        for size in [1, 2, 3, 7, 100] {
            assert_eq!(guarded(&bytes, size), bytes, "pieces of {size}");
        }
    }

    #[test]
    fn an_odd_byte_does_not_blind_the_scanner() {
        let bytes = [b"caf\xe9 ".as_slice(), secret().as_bytes(), b" end"].concat();
        for size in [1, 7, 100] {
            let out = String::from_utf8_lossy(&guarded(&bytes, size)).into_owned();
            assert!(!out.contains(&secret()) && out.ends_with(" end"), "{out}");
        }
    }

    #[test]
    fn odd_bytes_keep_their_places() {
        for (bytes, expected) in [
            (&b"abc"[..], "abc"),
            (b"a\xffb", "a?b"),
            (b"a\xc3", "a"),
            (b"a\xc3b", "a?b"),
            ("aé".as_bytes(), "aé"),
            (b"\xe2\x82", ""),
            (b"\xe2\x82x", "??x"),
        ] {
            assert_eq!(readable(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn knows_text_by_its_type() {
        for (content_type, expected) in [
            ("text/plain; charset=utf-8", true),
            ("application/json", true),
            ("application/problem+json", true),
            ("application/x-ndjson", true),
            ("image/png", false),
            ("application/octet-stream", false),
            ("audio/mpeg", false),
        ] {
            assert_eq!(is_text(content_type), expected, "{content_type}");
        }
    }
}
