//! What the strict reader accepts is read alike by `serde_json`: every part is the string at its pointer, no string of
//! the body is missing from the parts, and a rewrite changes those strings and nothing else.

use gnomon_dialects::{Edit, has_one_reading, read, rewrite};
use gnomon_types::conversation::{Conversation, DialectName, Part};
use serde_json::Value;

/// Panics when the law is broken. The first byte chooses the API.
pub fn check(input: &[u8]) {
    let (first, body) = input.split_first().unwrap_or((&0, &[]));
    let dialect = [
        DialectName::Opaque,
        DialectName::OpenaiChat,
        DialectName::OpenaiResponses,
        DialectName::OpenaiEmbeddings,
        DialectName::AnthropicMessages,
    ][usize::from(first % 5)];
    if let Ok(text) = std::str::from_utf8(body)
        && has_one_reading(text)
    {
        assert!(serde_json::from_str::<Value>(text).is_ok(), "only the strict reader accepts {text:?}");
    }
    match read(dialect, body, Some("application/json")) {
        Ok(conversation) => read_alike(body, &conversation),
        Err(error) => {
            assert!(error.offset <= body.len(), "the place {} lies behind the body", error.offset);
            assert!(!error.message.is_empty());
        }
    }
}

fn read_alike(body: &[u8], conversation: &Conversation) {
    if body.is_empty() {
        return;
    }
    let value: Value = serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("accepted what serde_json refuses: {error}: {}", body.escape_ascii()));
    for part in &conversation.parts {
        same_string(body, &value, part);
    }
    // Of an unknown API no word is taken for granted but those that say what kind of thing something is.
    let all: Vec<&str> = conversation.parts.iter().map(|part| part.text.0.as_str()).collect();
    if conversation.uninspected_parts == 0 {
        each_string(&value, &mut |text| {
            assert!(all.contains(&text) || is_word(text), "no part holds {text:?} of {}", body.escape_ascii());
        });
    }
    rewritten(body, conversation);
}

/// The part's span is a JSON string (or number, or key) that serde_json reads as the part's text.
fn same_string(body: &[u8], value: &Value, part: &Part) {
    let raw = body.get(part.span.clone()).unwrap_or_else(|| panic!("{part:?} lies outside of the body"));
    let there: Value = serde_json::from_slice(raw).unwrap_or_else(|error| panic!("{error} in {}", raw.escape_ascii()));
    let text = part.text.0.as_str();
    match &there {
        Value::String(read) => assert_eq!(read, text),
        Value::Number(_) => assert_eq!(raw, text.as_bytes()),
        other => panic!("{part:?} is {other}"),
    }
    // Pointers name no odd keys and stay short.
    if !part.pointer.contains(['?', '\u{2026}']) {
        assert_eq!(value.pointer(&part.pointer), Some(&there), "at {} of {}", part.pointer, body.escape_ascii());
    }
}

fn each_string<'v>(value: &'v Value, take: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| each_string(item, take)),
        Value::Object(fields) => fields.values().for_each(|field| each_string(field, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A word of an API's vocabulary, which is no text: short, lower case, without spaces.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
}

/// Replaces every part by a mark of its own: what comes out is JSON again, and of an unknown API its parts are the marks.
fn rewritten(body: &[u8], conversation: &Conversation) {
    let mark = |count: usize| format!("mark {count} \" \\ \u{e9}");
    let edits: Vec<Edit> = (0..)
        .zip(&conversation.parts)
        .map(|(count, part)| Edit { span: part.span.clone(), text: mark(count) })
        .collect();
    let out = rewrite(conversation.dialect, body, &edits);
    let readable = serde_json::from_slice::<Value>(&out).is_ok();
    assert!(readable, "rewriting breaks {}: {}", body.escape_ascii(), out.escape_ascii());
    // Lists that spell out an answer's tokens are emptied.
    if conversation.dialect == DialectName::Opaque && !body.windows(8).any(|name| name == b"logprobs") {
        let again = read(DialectName::Opaque, &out, Some("application/json"))
            .unwrap_or_else(|error| panic!("{error:?} in {}", out.escape_ascii()));
        let texts: Vec<String> = again.parts.iter().map(|part| part.text.0.clone()).collect();
        let marks: Vec<String> = (0..edits.len()).map(mark).collect();
        assert_eq!(texts, marks, "rewriting {} gives {}", body.escape_ascii(), out.escape_ascii());
    }
}
