//! Nothing hides: whatever a body holds, each of its texts is a part, and each text of an event a delta.

use gnomon_dialects::{EventReader, read, read_answer};
use gnomon_types::conversation::DialectName;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Field names that the dialects treat in their own way, and some that they do not know.
const KEYS: &[&str] = &[
    "annotations",
    "arguments",
    "audio",
    "cache_control",
    "call_id",
    "choices",
    "citations",
    "code",
    "content",
    "content_block",
    "data",
    "delta",
    "detail",
    "encrypted_content",
    "error",
    "file",
    "function",
    "function_call",
    "id",
    "image_url",
    "index",
    "input",
    "input_audio",
    "item",
    "logprobs",
    "message",
    "metadata",
    "model_hint",
    "name",
    "object",
    "output",
    "part",
    "partial_json",
    "reasoning",
    "refusal",
    "response",
    "result",
    "results",
    "role",
    "signature",
    "source",
    "status",
    "summary",
    "text",
    "thinking",
    "title",
    "token",
    "tool_calls",
    "type",
    "unknown",
    "url",
    "x",
];

/// A text that no other place has. Its capitals, spaces and length make it unlike any word of an API or a blob.
fn marker() -> impl Strategy<Value = String> {
    any::<u64>().prop_map(|number| format!("Marker {number} of text"))
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![4 => marker().prop_map(Value::from), 1 => Just(json!(null)), 1 => Just(json!(3))];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS), inner.clone(), 0..5)
                .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
            (marker(), inner).prop_map(|(key, value)| json!({ key: value })),
        ]
    })
}

/// Every marker in a value, keys included.
fn markers(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| markers(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.starts_with("Marker") {
                    found.push(key.clone());
                }
                markers(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.retain(|text| text.starts_with("Marker"));
    texts.sort();
    texts
}

/// The tree in many places of a request. Places where the dialect demands a type may refuse it, which is as good.
fn requests(tree: &Value) -> Vec<(DialectName, Value)> {
    use DialectName::{AnthropicMessages, Opaque, OpenaiChat, OpenaiEmbeddings, OpenaiResponses};
    vec![
        (OpenaiChat, json!({ "messages": [], "x": tree })),
        (OpenaiChat, json!({ "messages": [{ "role": "tool", "content": tree }], "tools": [{ "x": tree }] })),
        (OpenaiChat, json!({ "messages": [{ "role": "user", "content": [tree] }] })),
        (OpenaiChat, json!({ "messages": [tree] })),
        (OpenaiResponses, json!({ "input": [tree] })),
        (OpenaiResponses, json!({ "input": [{ "type": "message", "content": [tree] }], "text": tree })),
        (
            OpenaiResponses,
            json!({ "input": [{ "type": "function_call_output", "output": tree }], "instructions": tree }),
        ),
        (OpenaiEmbeddings, json!({ "input": tree, "user": tree })),
        (AnthropicMessages, json!({ "messages": [{ "role": "user", "content": [tree] }], "system": tree })),
        (
            AnthropicMessages,
            json!({ "messages": [{ "role": "user", "content": [{ "type": "document", "source": tree }] }] }),
        ),
        (AnthropicMessages, json!({ "messages": [tree], "tools": [tree] })),
        (Opaque, json!([tree])),
    ]
}

#[test]
fn a_tool_is_named_by_every_name_that_a_server_could_take() {
    use DialectName::{AnthropicMessages, Opaque, OpenaiChat, OpenaiResponses};
    let table = [
        (OpenaiChat, json!({ "messages": [], "tools": [{ "type": "function", "function": { "name": "a" } }] }), "a"),
        (OpenaiChat, json!({ "messages": [], "functions": [{ "name": "a" }] }), "a"),
        (
            OpenaiResponses,
            json!({ "tools": [{ "type": "function", "name": "a", "function": { "name": "b" } }] }),
            "a b",
        ),
        (
            OpenaiResponses,
            json!({ "tools": [{ "type": "namespace", "name": "n", "tools": [{ "name": "a" }] }] }),
            "n a",
        ),
        (OpenaiResponses, json!({ "input": [], "x": { "tools": [{ "name": "a" }] } }), "a"),
        (AnthropicMessages, json!({ "messages": [], "tools": [{ "name": "a", "custom": { "name": "b" } }] }), "a b"),
        (Opaque, json!({ "requests": [{ "params": { "tools": [{ "name": "a" }] } }] }), "a"),
        (Opaque, json!({ "tools": [{ "functionDeclarations": [{ "name": "a" }, { "name": "b" }] }] }), "a b"),
        (Opaque, json!({ "toolConfig": { "tools": [{ "toolSpec": { "name": "a" } }] } }), "a"),
        (Opaque, json!({ "Tools": [{ "Function": { "NAME": "a" } }] }), "a"),
        (Opaque, json!({ "tools": [{ "name": "a", "Name": "b" }] }), "a b"),
        (Opaque, json!({ "tools": "a", "functions": { "name": "a" } }), ""),
    ];
    for (dialect, body, expected) in table {
        let read = read(dialect, body.to_string().as_bytes(), None).unwrap();
        let names: Vec<&str> = read.tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{body}");
    }
}

#[test]
fn text_in_wide_characters_is_a_part() {
    let text = "prompt: Marker 1 of text";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let parts = read(DialectName::Opaque, &wide, Some("text/plain")).unwrap().parts;
    assert!(parts.iter().any(|part| &*part.text == text), "{}", parts.len());
    assert!(read(DialectName::Opaque, &wide, Some("text/plain; charset=utf-16")).is_err());
}

proptest! {
    #[test]
    fn every_text_of_a_request_is_a_part_or_the_request_is_refused(tree in tree()) {
        for (dialect, body) in requests(&tree) {
            let Ok(read) = read(dialect, body.to_string().as_bytes(), Some("application/json")) else { continue };
            let mut expected = Vec::new();
            markers(&body, &mut expected);
            let found = read.parts.iter().map(|part| part.text.0.clone()).collect();
            prop_assert_eq!(sorted(found), sorted(expected), "{:?} {}", dialect, body);
        }
    }

    #[test]
    fn every_text_of_an_answer_is_a_part(tree in tree()) {
        for dialect in crate::DIALECTS {
            let mut expected = Vec::new();
            markers(&tree, &mut expected);
            let Some(answer) = read_answer(dialect, tree.to_string().as_bytes()) else {
                return Err(TestCaseError::fail("cannot be read"));
            };
            let found = answer.parts.iter().map(|part| part.text.0.clone()).collect();
            prop_assert_eq!(sorted(found), sorted(expected), "{:?}", dialect);
        }
    }

    #[test]
    fn every_text_of_an_event_is_a_delta(tree in tree(), kind in prop::sample::select(vec![
        "", "response.output_text.delta", "response.completed", "content_block_delta", "content_block_start", "error",
    ])) {
        for dialect in crate::DIALECTS {
            let event = json!({ "type": kind, "index": 0, "delta": tree, "content_block": tree, "choices": [{ "delta": tree }] });
            let mut expected = Vec::new();
            markers(&event, &mut expected);
            let raw = format!("data: {event}\n\n");
            let events = EventReader::new(dialect).push(raw.as_bytes()).map_err(|e| TestCaseError::fail(e.to_string()))?;
            for delta in &events[0].deltas {
                let written: String = serde_json::from_slice(&events[0].raw[delta.span.clone()]).unwrap();
                prop_assert_eq!(&written, &delta.text.0);
            }
            let found = events[0].deltas.iter().map(|delta| delta.text.0.clone()).collect();
            prop_assert_eq!(sorted(found), sorted(expected), "{:?}", dialect);
        }
    }
}
