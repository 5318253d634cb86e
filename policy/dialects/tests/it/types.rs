//! Fields of another type than their API gives them, and everything that the API takes.

use gnomon_dialects::{Mistake, read};
use gnomon_types::conversation::DialectName::{
    self, AnthropicMessages, Mcp, Opaque, OpenaiChat, OpenaiEmbeddings, OpenaiResponses,
};
use serde_json::{Value, json};

/// The smallest request of an API.
fn smallest(dialect: DialectName) -> Value {
    match dialect {
        OpenaiChat => json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}),
        AnthropicMessages => json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}),
        OpenaiEmbeddings | OpenaiResponses => json!({"model": "m", "input": "hi"}),
        Mcp => json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "f", "arguments": {}}}),
        DialectName::Models | Opaque => json!({}),
    }
}

/// The smallest request with more in it. A pointer names where; a key that does not stand there yet is added.
fn with(dialect: DialectName, pointer: &str, value: &Value) -> Vec<u8> {
    let mut body = smallest(dialect);
    let (outer, key) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(outer).unwrap()[key] = value.clone();
    body.to_string().into_bytes()
}

/// Where a request is wrong and what is said of it.
fn wrong(dialect: DialectName, pointer: &str, value: &Value) -> (String, String) {
    let error =
        read(dialect, &with(dialect, pointer, value), None).expect_err(&format!("{dialect:?} {pointer} {value}"));
    assert_eq!(error.mistake, Mistake::Type, "{pointer} {value}");
    (error.pointer, error.message)
}

fn is_taken(dialect: DialectName, pointer: &str, value: &Value) {
    let body = with(dialect, pointer, value);
    assert!(read(dialect, &body, None).is_ok(), "{pointer} {value}: {:?}", read(dialect, &body, None));
}

#[test]
fn a_field_of_another_type_than_the_api_gives_it_is_denied_at_its_place() {
    for (dialect, pointer, value, wanted) in [
        (OpenaiChat, "/max_tokens", json!("a"), "a whole number, found a string"),
        (OpenaiChat, "/max_tokens", json!(1.5), "a whole number, found a number"),
        (OpenaiChat, "/max_completion_tokens", json!([5]), "a whole number"),
        (OpenaiChat, "/temperature", json!([1]), "a number, found an array"),
        (OpenaiChat, "/top_p", json!("0.5"), "a number"),
        (OpenaiChat, "/n", json!("2"), "a whole number"),
        (OpenaiChat, "/seed", json!(true), "a whole number"),
        (OpenaiChat, "/stop", json!(5), "a string or an array"),
        (OpenaiChat, "/stop/0", json!(5), "a string"),
        (OpenaiChat, "/tool_choice", json!(1), "a string or an object"),
        (OpenaiChat, "/response_format", json!("json"), "an object"),
        (OpenaiChat, "/logit_bias", json!([]), "an object"),
        (OpenaiChat, "/user", json!({"id": 1}), "a string"),
        (OpenaiChat, "/store", json!("yes"), "true or false"),
        (OpenaiChat, "/stream_options", json!(true), "an object"),
        (OpenaiChat, "/stream_options/include_usage", json!("true"), "true or false"),
        (OpenaiChat, "/messages/0/role", json!("root"), "`user`, found another word"),
        (OpenaiChat, "/messages/0/role", json!(null), "a string, found null"),
        (OpenaiChat, "/messages/0/content", json!(null), "found null"),
        (OpenaiChat, "/messages/0/name", json!(7), "a string"),
        (OpenaiChat, "/messages/0/tool_calls", json!({}), "an array"),
        (OpenaiChat, "/messages/0/tool_calls/0/function/name", json!(3), "a string"),
        (OpenaiChat, "/messages/0/tool_calls/0/function/arguments", json!({"a": 1}), "a string, found an object"),
        (OpenaiChat, "/messages/0/function_call/arguments", json!({"a": 1}), "a string, found an object"),
        (OpenaiChat, "/tools/0/function/name", json!(3), "a string, found a number"),
        (OpenaiChat, "/tools/0/function/parameters", json!("x"), "an object, found a string"),
        (OpenaiChat, "/tools/0/function/description", json!(["x"]), "a string"),
        (OpenaiChat, "/tools/0/function/strict", json!("x"), "true or false"),
        (OpenaiChat, "/functions/0/parameters", json!([]), "an object"),
        (AnthropicMessages, "/system", json!({}), "a string or an array"),
        (AnthropicMessages, "/max_tokens", json!("5"), "a whole number"),
        (AnthropicMessages, "/stop_sequences", json!("x"), "an array"),
        (AnthropicMessages, "/temperature", json!("1"), "a number"),
        (AnthropicMessages, "/tool_choice", json!("auto"), "an object"),
        (AnthropicMessages, "/messages/0/role", json!("root"), "`user`, found another word"),
        (AnthropicMessages, "/messages/0/content", json!({"type": "text", "text": "x"}), "a string or an array"),
        (AnthropicMessages, "/tools/0/name", json!(4), "a string"),
        (AnthropicMessages, "/tools/0/input_schema", json!("{}"), "an object"),
        (OpenaiResponses, "/previous_response_id", json!(5), "a string, found a number"),
        (OpenaiResponses, "/max_output_tokens", json!("5"), "a whole number"),
        (OpenaiResponses, "/background", json!("x"), "true or false"),
        (OpenaiResponses, "/include", json!("x"), "an array"),
        (OpenaiResponses, "/conversation", json!(7), "a string or an object"),
        (OpenaiResponses, "/reasoning", json!("high"), "an object"),
        (OpenaiResponses, "/tools/0/name", json!(4), "a string"),
        (OpenaiResponses, "/tools/0/parameters", json!("{}"), "an object"),
        (OpenaiEmbeddings, "/dimensions", json!("8"), "a whole number"),
        (OpenaiEmbeddings, "/encoding_format", json!(8), "a string"),
        (Mcp, "/jsonrpc", json!("1.0"), "`2.0`, found another word"),
        (Mcp, "/jsonrpc", json!(2.0), "a string"),
        (Mcp, "/id", json!({}), "a string or a whole number"),
        (Mcp, "/params/arguments", json!([]), "an object, found an array"),
        (Mcp, "/params/arguments", json!("{}"), "an object, found a string"),
    ] {
        // Elements of lists and inner objects are built around the value.
        let (outer, value, place) = nested(pointer, value);
        let (found, message) = wrong(dialect, &outer, &value);
        assert!(found == place && message.contains(wanted), "{place}: {message} at {found}");
    }
}

/// A pointer down to the first place that the smallest request lacks, with the rest of the way in the value.
fn nested(pointer: &str, value: Value) -> (String, Value, String) {
    let lists = ["/tool_calls/", "/tools/", "/functions/", "/stop/"];
    let inner = lists.iter().find_map(|list| pointer.find(list).map(|at| at + list.len() - 1));
    let inner = inner.or_else(|| {
        ["/stream_options/", "/function_call/"].iter().find_map(|key| Some(pointer.find(key)? + key.len() - 1))
    });
    let Some(at) = inner else { return (pointer.to_owned(), value, pointer.to_owned()) };
    let (outer, rest) = pointer.split_at(at);
    let built = rest.split('/').skip(1).collect::<Vec<_>>().into_iter().rev().fold(value, |value, key| match key {
        "0" => json!([value]),
        "arguments" | "parameters" | "description" | "strict" => json!({"name": "f", key: value}),
        key => json!({ key: value }),
    });
    (outer.to_owned(), built, pointer.to_owned())
}

#[test]
fn what_an_api_cannot_do_without_must_be_there() {
    for (dialect, body, place, field) in [
        (OpenaiChat, json!({"messages": [{"role": "user"}]}), "/messages/0", "content"),
        (OpenaiChat, json!({"messages": [{"role": "tool", "tool_call_id": "c"}]}), "/messages/0", "content"),
        (OpenaiChat, json!({"messages": [{"content": "x"}]}), "/messages/0", "role"),
        (
            OpenaiChat,
            json!({"messages": [], "tools": [{"type": "function", "function": {}}]}),
            "/tools/0/function",
            "name",
        ),
        (AnthropicMessages, json!({"messages": [{"role": "user"}]}), "/messages/0", "content"),
        (AnthropicMessages, json!({"messages": [{"content": "x"}]}), "/messages/0", "role"),
        (OpenaiResponses, json!({"input": [{"type": "message", "content": "x"}]}), "/input/0", "role"),
        (OpenaiResponses, json!({"input": [{"role": "user"}]}), "/input/0", "content"),
        (OpenaiResponses, json!({"input": [{"type": "function_call", "arguments": "{}"}]}), "/input/0", "name"),
        (Mcp, json!({"id": 1, "method": "ping"}), "", "jsonrpc"),
        (Mcp, json!([{"jsonrpc": "2.0", "method": "ping"}, {"method": "ping"}]), "/1", "jsonrpc"),
    ] {
        let error = read(dialect, body.to_string().as_bytes(), None).expect_err(&body.to_string());
        assert_eq!(error.pointer, place, "{body}");
        assert!(error.message.contains(&format!("`{field}` is missing")), "{body}: {error}");
    }
}

#[test]
fn content_and_calls_have_their_types_at_every_level() {
    let block = |block: Value| json!({"messages": [{"role": "assistant", "content": [block]}]});
    let item = |item: Value| json!({"input": [item]});
    for (dialect, body, place) in [
        (
            AnthropicMessages,
            block(json!({"type": "tool_use", "id": "t", "name": "f", "input": "{}"})),
            "/messages/0/content/0/input",
        ),
        (
            AnthropicMessages,
            block(json!({"type": "tool_use", "id": "t", "name": 4, "input": {}})),
            "/messages/0/content/0/name",
        ),
        (
            AnthropicMessages,
            block(json!({"type": "server_tool_use", "name": "f", "input": []})),
            "/messages/0/content/0/input",
        ),
        (
            AnthropicMessages,
            block(json!({"type": "tool_result", "tool_use_id": 7})),
            "/messages/0/content/0/tool_use_id",
        ),
        (AnthropicMessages, block(json!({"type": "tool_result", "is_error": "no"})), "/messages/0/content/0/is_error"),
        (
            AnthropicMessages,
            block(json!({"type": "tool_result", "content": [{"type": "tool_use", "name": "f", "input": "x"}]})),
            "/messages/0/content/0/content/0/input",
        ),
        (AnthropicMessages, block(json!({"text": "x"})), "/messages/0/content/0"),
        (AnthropicMessages, block(json!({"type": 5})), "/messages/0/content/0/type"),
        (
            OpenaiResponses,
            item(json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": {}})),
            "/input/0/arguments",
        ),
        (OpenaiResponses, item(json!({"type": "mcp_call", "name": "f", "arguments": {}})), "/input/0/arguments"),
        (OpenaiResponses, item(json!({"type": "custom_tool_call", "name": "f", "input": {}})), "/input/0/input"),
        (
            OpenaiResponses,
            item(json!({"type": "function_call_output", "call_id": 5, "output": "x"})),
            "/input/0/call_id",
        ),
        (
            OpenaiResponses,
            item(json!({"type": "function_call_output", "call_id": "c", "output": 5})),
            "/input/0/output",
        ),
        (OpenaiResponses, item(json!({"role": "root", "content": "x"})), "/input/0/role"),
        (OpenaiResponses, item(json!({"type": 5, "content": "x"})), "/input/0/type"),
    ] {
        let error = read(dialect, body.to_string().as_bytes(), None).expect_err(&body.to_string());
        assert_eq!(error.pointer, place, "{body}: {error}");
    }
}

#[test]
fn what_the_apis_take_is_taken() {
    for (dialect, pointer, value) in [
        (OpenaiChat, "/max_tokens", json!(null)),
        (OpenaiChat, "/max_tokens", json!(4096.0)),
        (OpenaiChat, "/temperature", json!(1)),
        (OpenaiChat, "/stop", json!(["a", "b"])),
        (OpenaiChat, "/tools", json!(null)),
        (OpenaiChat, "/tools", json!([{"type": "web_search"}])),
        (OpenaiChat, "/tools", json!([{"type": "function", "function": {"name": "f", "strict": null}}])),
        (OpenaiChat, "/tool_choice", json!({"type": "function", "function": {"name": "f"}})),
        (OpenaiChat, "/a_field_of_tomorrow", json!([{"a": 1}])),
        (OpenaiChat, "/messages/1", json!({"role": "assistant", "content": null, "tool_calls": []})),
        (OpenaiChat, "/messages/1", json!({"role": "assistant", "refusal": null, "function_call": null})),
        (OpenaiChat, "/messages/1", json!({"role": "function", "name": "f", "content": null})),
        (
            OpenaiChat,
            "/messages/0/content",
            json!([{"type": "image_url", "image_url": {"url": "https://a.example/b"}}]),
        ),
        (OpenaiChat, "/messages/0/content", json!([{"type": "image_url", "image_url": "https://a.example/b"}])),
        (OpenaiChat, "/messages/0/content", json!([{"type": "of_tomorrow", "it": 5}])),
        (AnthropicMessages, "/system", json!([{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}])),
        (AnthropicMessages, "/thinking", json!({"type": "enabled", "budget_tokens": 2048})),
        (AnthropicMessages, "/tools", json!([{"type": "computer_toolset_20260801", "configs": {}}])),
        (AnthropicMessages, "/tools", json!([{"type": "mcp_toolset", "mcp_server_name": "s", "default_config": {}}])),
        (AnthropicMessages, "/container", json!({"skills": []})),
        (AnthropicMessages, "/messages/1", json!({"role": "system", "content": "From here on, in French."})),
        (
            AnthropicMessages,
            "/messages/1",
            json!({"role": "system", "clear_at": "never", "output_config": {"effort": "low"}}),
        ),
        (
            AnthropicMessages,
            "/messages/0/content",
            json!([{"type": "web_search_tool_result", "tool_use_id": "t", "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}}]),
        ),
        (
            AnthropicMessages,
            "/messages/0/content",
            json!([{"type": "search_result", "source": "https://a.example", "title": "t", "content": [{"type": "text", "text": "x"}], "citations": {"enabled": true}}]),
        ),
        (AnthropicMessages, "/messages/0/content", json!([{"type": "tool_removal", "tool": {"name": "f"}}])),
        (OpenaiResponses, "/input", json!([{"type": "tool_search_call", "arguments": {"query": "x"}}])),
        (OpenaiResponses, "/input", json!([{"id": "msg_1", "type": null}, {"id": "msg_2"}])),
        (
            OpenaiResponses,
            "/input",
            json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}]),
        ),
        (
            OpenaiResponses,
            "/input",
            json!([{"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": "x"}}]),
        ),
        (
            OpenaiResponses,
            "/input",
            json!([{"type": "mcp_call", "name": "f", "arguments": "{}", "output": null, "error": null}]),
        ),
        (
            OpenaiResponses,
            "/tools",
            json!([{"type": "namespace", "name": "n", "description": "d", "tools": [{"type": "function", "name": "f", "parameters": null}]}]),
        ),
        (
            OpenaiResponses,
            "/tools",
            json!([{"type": "image_generation", "partial_images": 2}, {"type": "mcp", "server_label": "s", "require_approval": "never"}]),
        ),
        (Mcp, "/id", json!("a")),
        (Mcp, "/params/arguments", json!(null)),
        (Mcp, "/params/_meta", json!({"progressToken": 5})),
    ] {
        if let (Some(list), Value::Object(_)) = (pointer.strip_suffix("/1"), &value) {
            let first = smallest(dialect).pointer(list).unwrap()[0].clone();
            is_taken(dialect, list, &json!([first, value]));
        } else {
            is_taken(dialect, pointer, &value);
        }
    }
    assert!(read(OpenaiResponses, br#"{"model":null,"input":[]}"#, None).is_ok());
    assert!(read(Mcp, br#"{"jsonrpc":"2.0","id":1,"result":{}}"#, None).is_ok());
    assert!(read(Mcp, br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, None).is_ok());
}

#[test]
fn a_number_is_a_name_where_types_are_not_known() {
    let read = read(Opaque, br#"{"tools":[{"name":3},{"function":{"name":"f"}}]}"#, None).unwrap();
    assert_eq!(read.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["3", "f"]);
}
