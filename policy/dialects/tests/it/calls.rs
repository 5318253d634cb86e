//! The calls of tools that each API's conversations hold, and what definitions declare.

use gnomon_dialects::{has_one_reading, read};
use gnomon_types::conversation::DialectName;

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
            r#"{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"custom_tool_call","call_id":"d","name":"c","input":"free"},{"type":"mcp_call","id":"m","name":"r","server_label":"s","arguments":"{}"},{"type":"web_search_call","id":"w"}]}"#,
            &["f {} /input/0/arguments Caller", "c free /input/1/input Caller", "r {} /input/2/arguments Provider"],
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
