//! The calls of tools that each API's conversations hold, and what definitions declare.

use gnomon_dialects::{EventReader, has_one_reading, read, read_answer};
use gnomon_types::conversation::{DialectName, ToolCall};
use serde_json::{Value, json};

/// `name arguments` of each call, and `name schema` of each definition.
fn tools_of(dialect: DialectName, body: &str) -> (Vec<String>, Vec<String>) {
    let read = read(dialect, body.as_bytes(), None).expect("the body can be read");
    let calls = read.calls.iter().map(|call| {
        let runner = format!("{:?}", call.runner);
        format!("{} {} {} {runner}", call.name, &*call.arguments, call.pointer)
    });
    let tools = read.tools.iter().map(|tool| {
        let schema = tool.schema.clone().and_then(|span| body.get(span)).unwrap_or("-");
        format!("{} {schema} {}", tool.name, tool.description.as_deref().unwrap_or("-"))
    });
    (calls.collect(), tools.collect())
}

#[test]
fn every_way_to_write_a_call_is_read() {
    for (dialect, body, expected) in [
        (
            DialectName::OpenaiChat,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"type":"custom","custom":{"name":"c","input":"ls -l"}}]}]}"#,
            &[
                r#"f {"a":1} /messages/0/tool_calls/0/function/arguments Caller"#,
                "c ls -l /messages/0/tool_calls/1/custom/input Caller",
            ][..],
        ),
        (
            DialectName::OpenaiChat,
            r#"{"messages":[{"role":"assistant","function_call":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
            &[r#"f {"a":1} /messages/0/function_call/arguments Caller"#],
        ),
        (
            DialectName::OpenaiChat,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}","input":"{\"a\":1}"}},{"function":{"name":"g"}}]}]}"#,
            &[
                "f {} /messages/0/tool_calls/0/function/arguments Caller",
                r#"f {"a":1} /messages/0/tool_calls/0/function/input Caller"#,
                "g  /messages/0/tool_calls/1/function Caller",
            ],
        ),
        (
            DialectName::AnthropicMessages,
            r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":[1]}},{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"x"}}]}]}"#,
            &[
                r#"f {"a":[1]} /messages/0/content/0/input Caller"#,
                r#"web_search {"query":"x"} /messages/0/content/1/input Provider"#,
            ],
        ),
        (
            DialectName::OpenaiResponses,
            r#"{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"custom_tool_call","call_id":"d","name":"c","input":"free"},{"type":"mcp_call","id":"m","name":"r","server_label":"s","arguments":"{}"},{"type":"web_search_call","id":"w"},{"type":"local_shell_call","id":"l","action":{"command":["ls"]}}]}"#,
            &[
                "f {} /input/0/arguments Caller",
                "c free /input/1/input Caller",
                "r {} /input/2/arguments Provider",
                "web_search  /input/3 Provider",
                r#"local_shell {"command":["ls"]} /input/4/action Provider"#,
            ],
        ),
    ] {
        assert_eq!(tools_of(dialect, body).0, expected, "{body}");
    }
}

#[test]
fn definitions_are_known_with_every_schema() {
    for (dialect, body, expected) in [
        (
            DialectName::OpenaiChat,
            r#"{"messages":[],"tools":[{"type":"function","function":{"name":"f","description":"Does","parameters":{"type":"object"}}}]}"#,
            &[r#"f {"type":"object"} Does"#][..],
        ),
        (
            DialectName::OpenaiChat,
            r#"{"messages":[],"tools":[{"type":"function","parameters":{"a":1},"function":{"name":"f","parameters":{"b":2}}}]}"#,
            &[r#"f {"a":1} -"#, r#"f {"b":2} -"#],
        ),
        (
            DialectName::AnthropicMessages,
            r#"{"messages":[],"tools":[{"name":"f","input_schema":{}},{"type":"bash_20250124","name":"bash"}]}"#,
            &["f {} -", "bash - -"],
        ),
        (
            DialectName::OpenaiResponses,
            r#"{"input":"x","tools":[{"type":"function","name":"f","parameters":null},{"type":"web_search"}]}"#,
            &["f - -", "web_search - -"],
        ),
    ] {
        assert_eq!(tools_of(dialect, body).1, expected, "{body}");
    }
}

#[test]
fn arguments_that_two_parsers_read_differently_have_no_reading() {
    assert!(has_one_reading(r#"{"to":"a","cc":"b"}"#));
    for odd in [r#"{"to":"a","to":"b"}"#, r#"{"to":"a"} x"#, r#"{"to":"#, ""] {
        assert!(!has_one_reading(odd), "{odd}");
    }
}

#[test]
fn a_definition_in_lines_of_json_stands_where_its_span_says() {
    let body = "{\"model\":\"m\"}\n\n{\"tools\":[{\"name\":\"f\",\"input_schema\":{\"a\":1}}]}\n{\"tools\":[{\"name\":\"g\"}]}\n";
    let read = read(DialectName::Opaque, body.as_bytes(), None).unwrap();
    let texts: Vec<&str> = read.tools.iter().map(|tool| body.get(tool.span.clone()).unwrap()).collect();
    assert_eq!(texts, [r#"{"name":"f","input_schema":{"a":1}}"#, r#"{"name":"g"}"#]);
    assert_eq!(body.get(read.tools[0].schema.clone().unwrap()), Some(r#"{"a":1}"#));
}

fn told(calls: &[ToolCall]) -> Vec<String> {
    calls.iter().map(|call| format!("{} {} {:?}", call.name, &*call.arguments, call.runner)).collect()
}

#[test]
fn calls_of_whole_answers_are_read() {
    for (dialect, body, expected) in [
        (
            DialectName::OpenaiChat,
            r#"{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}},{"index":1,"message":{"function_call":{"name":"g","arguments":""}}}]}"#,
            &[r#"f {"a":1} Caller"#, "g  Caller"][..],
        ),
        (
            DialectName::AnthropicMessages,
            r#"{"type":"message","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}},{"type":"mcp_tool_use","id":"m","name":"r","server_name":"s","input":{}}]}"#,
            &[r#"f {"a":1} Caller"#, "r {} Provider"],
        ),
        (
            DialectName::OpenaiResponses,
            r#"{"object":"response","output":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"mcp_approval_request","id":"m","name":"r","arguments":"{}"},{"type":"shell_call","action":{"commands":["ls"]}},{"type":"message","content":[]}]}"#,
            &["f {} Caller", "r {} Provider", r#"shell {"commands":["ls"]} Provider"#],
        ),
        (DialectName::Mcp, r#"{"jsonrpc":"2.0","id":1,"result":{"tool_calls":[{"name":"f"}]}}"#, &[]),
    ] {
        assert_eq!(told(&read_answer(dialect, body.as_bytes()).unwrap().calls), expected, "{body}");
    }
}

/// What is told with each event, numbered from 0; the end of the stream has the number of events.
fn told_with(dialect: DialectName, events: &[Value]) -> Vec<(usize, String)> {
    let mut reader = EventReader::new(dialect);
    let mut out = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
        for event in reader.push(format!("data: {data}\n\n").as_bytes()).unwrap() {
            out.extend(told(&event.calls).into_iter().map(|call| (number, call)));
        }
    }
    out.extend(reader.finish().iter().flat_map(|event| told(&event.calls)).map(|call| (events.len(), call)));
    out
}

fn chat(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn piece(index: u64, name: Option<&str>, arguments: &str) -> Value {
    let mut function = json!({ "arguments": arguments });
    name.into_iter().for_each(|name| function["name"] = json!(name));
    chat(&json!({"tool_calls": [{"index": index, "function": function}]}), None)
}

#[test]
fn a_call_of_a_chat_is_told_with_the_piece_that_makes_it_whole() {
    let of_chat = |events: &[Value]| told_with(DialectName::OpenaiChat, events);
    let end = chat(&json!({}), Some("tool_calls"));
    let call = |number: usize, call: &str| (number, format!("{call} Caller"));
    let pieces = [piece(0, Some("f"), ""), piece(0, None, "{\"a\":\"}"), piece(0, None, "\\\"\"}"), end.clone()];
    assert_eq!(of_chat(&pieces), [call(2, r#"f {"a":"}\""}"#)]);
    assert_eq!(of_chat(&[piece(0, Some("f"), ""), end.clone()]), [call(1, "f ")], "without arguments");
    assert_eq!(of_chat(&[piece(0, Some("f"), "{"), end.clone()]), [call(1, "f {")], "unfinished");
    assert_eq!(of_chat(&[piece(0, Some("f"), "{")]), [call(1, "f {")], "by the stream's end");
    assert_eq!(of_chat(&[piece(0, Some("f"), "{"), json!("[DONE]")]), [call(1, "f {")]);
    let two = [piece(0, Some("f"), "x"), piece(1, Some("g"), "{}"), end.clone()];
    assert_eq!(of_chat(&two), [call(1, "f x"), call(1, "g {}")], "the next one ends the one before");
    let more = [piece(0, Some("f"), "{}"), piece(0, None, " {}"), end.clone()];
    assert_eq!(of_chat(&more), [call(0, "f {}"), call(2, "f {} {}")], "it went on");
    let halves = [piece(0, Some("drop_"), ""), piece(0, Some("table"), "{}"), end.clone()];
    assert_eq!(of_chat(&halves), [call(1, "drop_ {}"), call(1, "drop_table {}"), call(1, "table {}")]);
    assert_eq!(of_chat(&[piece(0, Some("f"), ""), piece(0, Some("f"), "{}")]), [call(1, "f {}")]);
    let by_id = |id: &str, name: &str, arguments: &str| {
        chat(&json!({"tool_calls": [{"id": id, "function": {"name": name, "arguments": arguments}}]}), None)
    };
    let unnumbered = [by_id("a", "f", "{}"), by_id("b", "g", "{\"b\":1}"), end.clone()];
    assert_eq!(of_chat(&unnumbered), [call(0, "f {}"), call(1, "g {\"b\":1}")]);
    let torn = [by_id("a", "f", "{\"x\":"), by_id("b", "", "1}"), end];
    assert_eq!(of_chat(&torn), [call(1, "f {\"x\":"), call(2, "f 1}")], "never without its name");
}

#[test]
fn a_call_of_messages_is_told_with_the_piece_that_makes_it_whole() {
    let start = |kind: &str, input: Value| json!({"type": "content_block_start", "index": 1, "content_block": {"type": kind, "id": "t", "name": "f", "input": input}});
    let piece = |text: &str| json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": text}});
    let stop = json!({"type": "content_block_stop", "index": 1});
    let of = |events: &[Value]| told_with(DialectName::AnthropicMessages, events);
    let pieces = [start("tool_use", json!({})), piece("{\"a\":"), piece("1}"), stop.clone()];
    assert_eq!(of(&pieces), [(2, r#"f {"a":1} Caller"#.to_owned())]);
    assert_eq!(of(&[start("tool_use", json!({})), stop.clone()]), [(1, "f  Caller".to_owned())]);
    let given = [start("server_tool_use", json!({"a": 1})), piece("{}"), stop];
    assert_eq!(of(&given), [(0, r#"f {"a":1} Provider"#.to_owned()), (1, "f {} Provider".to_owned())]);
}

#[test]
fn a_call_of_responses_is_told_before_the_event_that_ends_it() {
    let item = |arguments: &str| json!({"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": arguments});
    let event = |kind: &str, more: Value| {
        let mut event = json!({"type": kind, "output_index": 0, "item_id": "fc"});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let delta = |text: &str| event("response.function_call_arguments.delta", json!({"delta": text}));
    let added = event("response.output_item.added", json!({"item": item("")}));
    let done = event("response.function_call_arguments.done", json!({"arguments": "{\"a\":1}"}));
    let item_done = event("response.output_item.done", json!({"item": item("{\"a\":1}")}));
    let completed = json!({"type": "response.completed", "response": {"id": "r", "output": [item("{\"a\":1}")]}});
    let told = told_with(
        DialectName::OpenaiResponses,
        &[added.clone(), delta("{\"a\""), delta(":1}"), done.clone(), item_done.clone(), completed.clone()],
    );
    let whole = |number| (number, r#"f {"a":1} Caller"#.to_owned());
    assert_eq!(told, [whole(2), whole(3), whole(4), whole(5)], "each saying of it");
    assert_eq!(told_with(DialectName::OpenaiResponses, &[added.clone(), done]), [whole(1)], "without pieces");
    assert_eq!(told_with(DialectName::OpenaiResponses, &[added.clone(), item_done]), [whole(1)]);
    assert_eq!(told_with(DialectName::OpenaiResponses, &[added.clone(), completed.clone()]), [whole(1)]);
    assert_eq!(told_with(DialectName::OpenaiResponses, &[completed]), [whole(0)]);
}
