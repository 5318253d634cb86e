//! Replaces texts in place. Every byte outside the replaced spans stays as it is.

use crate::opaque;
use crate::sse::{Data, Framing};
use crate::strict_json::{self, Kind, Value, json_string};
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

/// Writes a request or an answer with new texts. Spans must not overlap: of two that do, only the first is replaced, so the result
/// must be judged again (the second pass does).
///
/// With any edit, the token lists of an answer (`logprobs`) are emptied: they would spell out what was replaced.
#[must_use]
pub fn rewrite(dialect: DialectName, body: &[u8], edits: &[Edit]) -> Vec<u8> {
    let is_json = match dialect {
        DialectName::OpenaiChat
        | DialectName::OpenaiResponses
        | DialectName::OpenaiEmbeddings
        | DialectName::AnthropicMessages
        | DialectName::Mcp => true,
        DialectName::Models | DialectName::Opaque => opaque::json(body).is_ok(),
    };
    let lists = if is_json { token_lists(body, edits) } else { Vec::new() };
    apply(body, edits, &lists, |_, text| if is_json { quoted(text) } else { text.to_owned() })
}

/// Writes an event of a stream with new texts.
#[must_use]
pub fn rewrite_event(raw: &[u8], edits: &[Edit]) -> Vec<u8> {
    let lists = token_lists_of_event(raw, edits);
    apply(raw, edits, &lists, |old, text| if is_json(old) { quoted(text) } else { one_line(text) })
}

/// The spans of the token lists in a body, if it has edits at all.
fn token_lists(body: &[u8], edits: &[Edit]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let (false, Ok(tree)) = (edits.is_empty(), strict_json::parse(body)) {
        find_token_lists(tree.root(), &mut found);
    }
    found
}

fn token_lists_of_event(raw: &[u8], edits: &[Edit]) -> Vec<Range<usize>> {
    // An event without a data field is a JSON line, or has no lists.
    let Some(data) = Data::of(raw, Framing::Events).or_else(|| Data::of(raw, Framing::Lines)) else {
        return Vec::new();
    };
    // A list may run over several lines of the event; the lines between go with it.
    let ends = |span: &Range<usize>| {
        let first = data.in_event(&(span.start..span.start.saturating_add(1)))?;
        let last = data.in_event(&(span.end.saturating_sub(1)..span.end))?;
        Some(first.start..last.end)
    };
    token_lists(&data.bytes, edits).iter().filter_map(ends).collect()
}

/// The tree is as deep as the strict reader allows, so this recursion is bounded.
fn find_token_lists(value: Value<'_>, found: &mut Vec<Range<usize>>) {
    for field in value.fields() {
        if field.key == "logprobs" && matches!(field.value.kind(), Kind::Object | Kind::Array) {
            found.push(field.value.span());
        } else {
            find_token_lists(field.value, found);
        }
    }
    for (_, item) in value.items() {
        find_token_lists(item, found);
    }
}

fn apply(body: &[u8], edits: &[Edit], lists: &[Range<usize>], render: impl Fn(&[u8], &str) -> String) -> Vec<u8> {
    let inside_list = |edit: &Edit| lists.iter().any(|list| list.contains(&edit.span.start));
    let texts = edits.iter().filter(|edit| !inside_list(edit)).map(|edit| (&edit.span, Some(edit.text.as_str())));
    let mut sorted: Vec<(&Range<usize>, Option<&str>)> = texts.chain(lists.iter().map(|list| (list, None))).collect();
    sorted.sort_by_key(|(span, _)| span.start);
    let mut out = Vec::with_capacity(body.len());
    let mut done = 0;
    for (span, text) in sorted {
        // A span that overlaps the one before, or lies outside, finds no bytes here.
        let (Some(kept), Some(old)) = (body.get(done..span.start), body.get(span.clone())) else {
            continue;
        };
        out.extend_from_slice(kept);
        match text {
            Some(text) => out.extend_from_slice(render(old, text).as_bytes()),
            None => out.extend_from_slice(if old.starts_with(b"[") { b"[]" } else { b"null" }),
        }
        done = span.end;
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
        Edit { span, text: text.to_owned() }
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
        assert_eq!(rewrite(DialectName::Opaque, b"mail bob now", &[edit(0..12, "mail \"x\" now")]), b"mail \"x\" now");
    }

    #[test]
    fn edits_that_overlap_or_lie_outside_do_nothing() {
        let edits = [edit(0..3, "x"), edit(2..4, "y"), edit(90..99, "z")];
        assert_eq!(rewrite(DialectName::Opaque, b"abcdef", &edits), b"xdef");
    }

    #[test]
    fn token_lists_are_emptied_with_the_text_that_they_spell() {
        let body = br#"{"choices":[{"logprobs":{"content":[{"token":"one"}]},"message":{"content":"one"}}]}"#;
        let content = 75..80;
        let out = rewrite(DialectName::OpenaiChat, body, &[edit(content, "x"), edit(45..50, "y")]);
        assert_eq!(out, br#"{"choices":[{"logprobs":null,"message":{"content":"x"}}]}"#);
        let event = b"data: {\"delta\":\"one\",\"logprobs\":[{\"token\":\"one\"}]}\n\n";
        let out = rewrite_event(event, &[edit(15..20, "x")]);
        assert_eq!(out, b"data: {\"delta\":\"x\",\"logprobs\":[]}\n\n");
        assert_eq!(rewrite_event(event, &[]), event);
        let lines = b"data: {\"logprobs\":[\ndata: \"one\"\ndata: ],\"delta\":\"one\"}\n\n";
        let out = rewrite_event(lines, &[edit(48..53, "x")]);
        assert_eq!(out, b"data: {\"logprobs\":[],\"delta\":\"x\"}\n\n");
    }

    #[test]
    fn no_line_break_enters_an_event_as_such() {
        assert_eq!(rewrite_event(b"data: hello\n\n", &[edit(6..11, "a\nb")]), b"data: a b\n\n");
        assert_eq!(rewrite_event(b"data: \"hello\"\n\n", &[edit(6..13, "a\nb")]), b"data: \"a\\nb\"\n\n");
    }
}
