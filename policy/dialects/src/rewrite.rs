//! Replaces texts in place. Every byte outside the replaced spans stays as it is.

use crate::opaque;
use crate::strict_json::json_string;
use gnomon_types::conversation::DialectName;
use std::ops::Range;

/// A new text for the span of a part or a delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The span as the part or delta has it: for JSON with the quotes.
    pub span: Range<usize>,
    /// The whole new text, unescaped.
    pub text: String,
}

/// Writes a request with new texts. Spans must not overlap: of two that do, only the first is replaced, so the result
/// must be judged again (the second pass does).
#[must_use]
pub fn rewrite(dialect: DialectName, body: &[u8], edits: &[Edit]) -> Vec<u8> {
    let is_json = match dialect {
        DialectName::OpenaiChat
        | DialectName::OpenaiResponses
        | DialectName::OpenaiEmbeddings
        | DialectName::AnthropicMessages => true,
        DialectName::Models | DialectName::Opaque => opaque::json(body).is_ok(),
    };
    apply(
        body,
        edits,
        |_, text| if is_json { quoted(text) } else { text.to_owned() },
    )
}

/// Writes an event of a stream with new texts.
#[must_use]
pub fn rewrite_event(raw: &[u8], edits: &[Edit]) -> Vec<u8> {
    apply(
        raw,
        edits,
        |old, text| if is_json(old) { quoted(text) } else { one_line(text) },
    )
}

fn apply(body: &[u8], edits: &[Edit], render: impl Fn(&[u8], &str) -> String) -> Vec<u8> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span.start);
    let mut out = Vec::with_capacity(body.len());
    let mut done = 0;
    for edit in sorted {
        // A span that overlaps the one before, or lies outside, finds no bytes here.
        let (Some(kept), Some(old)) = (body.get(done..edit.span.start), body.get(edit.span.clone())) else {
            continue;
        };
        out.extend_from_slice(kept);
        out.extend_from_slice(render(old, &edit.text).as_bytes());
        done = edit.span.end;
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    out
}

/// A string or a number. A number becomes a string, as the replacement is hardly ever a number.
fn is_json(old: &[u8]) -> bool {
    let is_number = !old.is_empty() && old.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    is_number || json_string(old).is_some()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A line break would begin another line of the event, with another meaning.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(span: Range<usize>, text: &str) -> Edit {
        Edit {
            span,
            text: text.to_owned(),
        }
    }

    #[test]
    fn replaces_spans_in_any_order_and_keeps_the_rest() {
        let body = br#"{ "a":"one",  "b" : "two" }"#;
        let edits = [edit(20..25, "2\"\n"), edit(6..11, "1")];
        let out = rewrite(DialectName::OpenaiChat, body, &edits);
        assert_eq!(out, br#"{ "a":"1",  "b" : "2\"\n" }"#);
    }

    #[test]
    fn text_bodies_are_not_escaped() {
        assert_eq!(
            rewrite(DialectName::Opaque, b"mail bob now", &[edit(0..12, "mail \"x\" now")]),
            b"mail \"x\" now"
        );
    }

    #[test]
    fn edits_that_overlap_or_lie_outside_do_nothing() {
        let edits = [edit(0..3, "x"), edit(2..4, "y"), edit(90..99, "z")];
        assert_eq!(rewrite(DialectName::Opaque, b"abcdef", &edits), b"xdef");
    }

    #[test]
    fn no_line_break_enters_an_event_as_such() {
        assert_eq!(
            rewrite_event(b"data: hello\n\n", &[edit(6..11, "a\nb")]),
            b"data: a b\n\n"
        );
        assert_eq!(
            rewrite_event(b"data: \"hello\"\n\n", &[edit(6..13, "a\nb")]),
            b"data: \"a\\nb\"\n\n"
        );
    }
}
