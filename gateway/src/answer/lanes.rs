//! The places of streams in which a model's words come in pieces, for tests that must hold in all of them.

use gnomon_types::conversation::DialectName;
use serde_json::{Value, json};

/// One such place.
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) dialect: DialectName,
    /// Whether the stream is one of JSON lines.
    pub(super) is_lines: bool,
    event: fn(&str) -> Value,
    /// Where the words stand in an event.
    pointer: &'static str,
    /// What follows the last piece, given the whole text.
    end: fn(&str) -> Vec<Value>,
}

fn nothing(_: &str) -> Vec<Value> {
    Vec::new()
}

fn chat(delta: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn responses(kind: &str, field: &str, text: &str) -> Value {
    json!({"type": kind, "item_id": "i", "output_index": 0, "content_index": 0, field: text})
}

fn completed(item: Value) -> Value {
    json!({"type": "response.completed", "response": {"id": "r", "output": [item]}})
}

fn block(delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": 0, "delta": delta})
}

fn block_end(_: &str) -> Vec<Value> {
    vec![json!({"type": "content_block_stop", "index": 0}), json!({"type": "message_stop"})]
}

/// All places.
pub(super) fn lanes() -> Vec<Lane> {
    let (chat_api, responses_api) = (DialectName::OpenaiChat, DialectName::OpenaiResponses);
    let (anthropic, opaque) = (DialectName::AnthropicMessages, DialectName::Opaque);
    let lane = |name, dialect, event, pointer, end| Lane { name, dialect, is_lines: false, event, pointer, end };
    vec![
        lane("chat content", chat_api, |t| chat(json!({"content": t})), "/choices/0/delta/content", nothing),
        lane("chat refusal", chat_api, |t| chat(json!({"refusal": t})), "/choices/0/delta/refusal", nothing),
        lane(
            "chat reasoning",
            chat_api,
            |t| chat(json!({"reasoning_content": t})),
            "/choices/0/delta/reasoning_content",
            nothing,
        ),
        lane(
            "chat arguments",
            chat_api,
            |t| chat(json!({"tool_calls": [{"index": 0, "function": {"arguments": t}}]})),
            "/choices/0/delta/tool_calls/0/function/arguments",
            nothing,
        ),
        lane(
            "responses text",
            responses_api,
            |t| responses("response.output_text.delta", "delta", t),
            "/delta",
            |t| {
                let part = json!({"type": "output_text", "text": t});
                let mut end = responses("response.content_part.done", "", "");
                end["part"] = part.clone();
                vec![responses("response.output_text.done", "text", t), end, completed(json!({"content": [part]}))]
            },
        ),
        lane(
            "responses refusal",
            responses_api,
            |t| responses("response.refusal.delta", "delta", t),
            "/delta",
            |t| vec![responses("response.refusal.done", "refusal", t)],
        ),
        lane(
            "responses reasoning",
            responses_api,
            |t| responses("response.reasoning_summary_text.delta", "delta", t),
            "/delta",
            |t| vec![responses("response.reasoning_summary_text.done", "text", t)],
        ),
        lane(
            "responses arguments",
            responses_api,
            |t| responses("response.function_call_arguments.delta", "delta", t),
            "/delta",
            |t| {
                let item = json!({"type": "function_call", "name": "f", "arguments": t});
                vec![responses("response.function_call_arguments.done", "arguments", t), completed(item)]
            },
        ),
        lane("messages text", anthropic, |t| block(json!({"type": "text_delta", "text": t})), "/delta/text", block_end),
        lane(
            "messages thinking",
            anthropic,
            |t| block(json!({"type": "thinking_delta", "thinking": t})),
            "/delta/thinking",
            block_end,
        ),
        lane(
            "messages arguments",
            anthropic,
            |t| block(json!({"type": "input_json_delta", "partial_json": t})),
            "/delta/partial_json",
            block_end,
        ),
        lane("unknown events", opaque, |t| json!({"candidates": [{"text": t}]}), "/candidates/0/text", nothing),
        Lane {
            name: "unknown lines",
            dialect: opaque,
            is_lines: true,
            event: |t| json!({"message": {"content": t}}),
            pointer: "/message/content",
            end: nothing,
        },
    ]
}

impl Lane {
    /// The stream in which the words come so.
    pub(super) fn stream(&self, pieces: &[&str]) -> String {
        let events = pieces.iter().map(|piece| (self.event)(piece)).chain((self.end)(&pieces.concat()));
        events.map(|event| if self.is_lines { format!("{event}\n") } else { format!("data: {event}\n\n") }).collect()
    }

    /// The words as a client puts them together.
    pub(super) fn joined(&self, stream: &str) -> String {
        let words = |event: Value| event.pointer(self.pointer).and_then(Value::as_str).map(str::to_owned);
        events(stream).into_iter().filter_map(words).collect()
    }
}

/// The data of every event.
pub(super) fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
    data.filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}
