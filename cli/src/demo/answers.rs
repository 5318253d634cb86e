//! The built-in upstream's answers, in the shapes of the real APIs.

use serde_json::{Value, json};

const CREATED: u64 = 1_795_000_000;

/// The text of an answer: what was asked, said back; or, asked for an example key, a made-up one, so that the
/// guard on answers has something to do.
fn reply(request: &Value) -> String {
    let asked = last_text(request);
    if asked.contains("example access key") {
        // Assembled here: no token-shaped text stands in this file.
        let key = ["AK", "IA", "Z7QK3M5N", "P2RS4TUV"].concat();
        return format!("Here is one: {key}. Keep it safe.");
    }
    let shown: String = asked.chars().take(400).collect();
    format!("You asked: {shown} This is the built-in demo upstream; it has no model and says your words back.")
}

fn last_text(request: &Value) -> String {
    let list = request.get("messages").or_else(|| request.get("input"));
    let last = match list {
        Some(Value::Array(items)) => items.last().map(|item| item.get("content").unwrap_or(item)),
        other => other,
    };
    match last {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

fn model(request: &Value) -> &str {
    request.get("model").and_then(Value::as_str).unwrap_or("demo-1")
}

fn tokens(text: &str) -> usize {
    text.split_whitespace().count().max(1)
}

/// Pieces of about two words, spaces kept.
fn pieces(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    words.chunks(2).map(|pair| pair.concat()).collect()
}

fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn named(value: &Value) -> String {
    let name = value.get("type").and_then(Value::as_str).unwrap_or("message");
    format!("event: {name}\ndata: {value}\n\n")
}

pub(super) fn error(message: &str) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}})
}

pub(super) fn models(anthropic: bool) -> Value {
    let names = ["demo-1", "demo-small"];
    if anthropic {
        let entry =
            |id: &&str| json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-11-01T00:00:00Z"});
        let list: Vec<Value> = names.iter().map(entry).collect();
        return json!({"data": list, "has_more": false, "first_id": "demo-1", "last_id": "demo-small"});
    }
    let entry = |id: &&str| json!({"id": id, "object": "model", "created": CREATED, "owned_by": "gnomon-demo"});
    json!({"object": "list", "data": names.iter().map(entry).collect::<Vec<_>>()})
}

fn chat_usage(request: &Value, text: &str) -> Value {
    let (input, output) = (tokens(&last_text(request)), tokens(text));
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

pub(super) fn chat(request: &Value) -> Value {
    let text = reply(request);
    json!({
        "id": "chatcmpl-demo", "object": "chat.completion", "created": CREATED, "model": model(request),
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
                     "message": {"role": "assistant", "content": text, "refusal": null}}],
        "usage": chat_usage(request, &text),
    })
}

pub(super) fn chat_stream(request: &Value) -> Vec<String> {
    let text = reply(request);
    let chunk = |choices: Value, usage: Value| {
        data(&json!({
            "id": "chatcmpl-demo", "object": "chat.completion.chunk", "created": CREATED, "model": model(request),
            "choices": choices, "usage": usage,
        }))
    };
    let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
    let mut events = vec![chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null)];
    let piece = |piece: String| chunk(choice(json!({"content": piece}), Value::Null), Value::Null);
    events.extend(pieces(&text).into_iter().map(piece));
    events.push(chunk(choice(json!({}), json!("stop")), Value::Null));
    if request.pointer("/stream_options/include_usage").and_then(Value::as_bool) == Some(true) {
        events.push(chunk(json!([]), chat_usage(request, &text)));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn response_body(request: &Value, status: &str, output: Value, usage: Value) -> Value {
    json!({
        "id": "resp_demo", "object": "response", "created_at": CREATED, "status": status, "model": model(request),
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "output": output,
        "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": usage,
    })
}

fn response_usage(request: &Value, text: &str) -> Value {
    let (input, output) = (tokens(&last_text(request)), tokens(text));
    json!({"input_tokens": input, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": output,
           "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": input + output})
}

fn response_item(text: &str, status: &str) -> Value {
    json!({"id": "msg_demo", "type": "message", "role": "assistant", "status": status,
           "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

pub(super) fn responses(request: &Value) -> Value {
    let text = reply(request);
    response_body(request, "completed", json!([response_item(&text, "completed")]), response_usage(request, &text))
}

pub(super) fn responses_stream(request: &Value) -> Vec<String> {
    let text = reply(request);
    let started = response_body(request, "in_progress", json!([]), Value::Null);
    let place = |mut event: Value| {
        if let Some(fields) = event.as_object_mut() {
            fields.insert("output_index".to_owned(), json!(0));
            fields.insert("item_id".to_owned(), json!("msg_demo"));
            fields.insert("content_index".to_owned(), json!(0));
        }
        event
    };
    let empty_item =
        json!({"id": "msg_demo", "type": "message", "role": "assistant", "status": "in_progress", "content": []});
    let mut events = vec![
        json!({"type": "response.created", "response": started}),
        json!({"type": "response.in_progress", "response": started}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": empty_item}),
        place(json!({"type": "response.content_part.added",
                     "part": {"type": "output_text", "text": "", "annotations": []}})),
    ];
    let piece = |piece: String| place(json!({"type": "response.output_text.delta", "delta": piece, "logprobs": []}));
    events.extend(pieces(&text).into_iter().map(piece));
    events.push(place(json!({"type": "response.output_text.done", "text": text, "logprobs": []})));
    events.push(place(json!({"type": "response.content_part.done",
                             "part": {"type": "output_text", "text": text, "annotations": []}})));
    let item = response_item(&text, "completed");
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    let done = response_body(request, "completed", json!([item]), response_usage(request, &text));
    events.push(json!({"type": "response.completed", "response": done}));
    let numbered = |(number, mut event): (usize, Value)| {
        if let Some(fields) = event.as_object_mut() {
            fields.insert("sequence_number".to_owned(), json!(number));
        }
        named(&event)
    };
    events.into_iter().enumerate().map(numbered).collect()
}

pub(super) fn embeddings(request: &Value) -> Value {
    let count = request.get("input").and_then(Value::as_array).map_or(1, Vec::len);
    let base64 = request.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let vector: [f32; 8] = [0.5, -0.25, 0.125, 0.0, 0.75, -0.5, 0.25, 1.0];
    let embedding = if base64 {
        use base64::Engine as _;
        let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        json!(base64::engine::general_purpose::STANDARD.encode(bytes))
    } else {
        json!(vector)
    };
    let entry = |index: usize| json!({"object": "embedding", "index": index, "embedding": embedding});
    json!({"object": "list", "data": (0..count).map(entry).collect::<Vec<_>>(), "model": model(request),
           "usage": {"prompt_tokens": count, "total_tokens": count}})
}

pub(super) fn messages(request: &Value) -> Value {
    let text = reply(request);
    json!({
        "id": "msg_demo", "type": "message", "role": "assistant", "model": model(request),
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": tokens(&last_text(request)), "output_tokens": tokens(&text)},
    })
}

pub(super) fn messages_stream(request: &Value) -> Vec<String> {
    let text = reply(request);
    let start = json!({"type": "message_start", "message": {
        "id": "msg_demo", "type": "message", "role": "assistant", "model": model(request), "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": tokens(&last_text(request)), "output_tokens": 1}}});
    let mut events = vec![
        start,
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "ping"}),
    ];
    let piece = |piece: String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}});
    events.extend(pieces(&text).into_iter().map(piece));
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
                       "usage": {"output_tokens": tokens(&text)}}));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(named).collect()
}

pub(super) fn count_tokens(request: &Value) -> Value {
    json!({"input_tokens": tokens(&last_text(request))})
}
