//! The Model Context Protocol: messages, batches, answers and denials.

use gnomon_dialects::{Denial, EventReader, denial, is_declared, messages, read, read_answer, stream_denial};
use gnomon_types::code::Code;
use gnomon_types::conversation::{Conversation, DialectName::Mcp, Role, ToolRunner};
use serde_json::{Value, json};

fn of(body: &Value) -> Conversation {
    read(Mcp, body.to_string().as_bytes(), Some("application/json")).unwrap()
}

fn texts(read: &Conversation) -> Vec<(Role, &str)> {
    read.parts.iter().map(|part| (part.role, &*part.text)).collect()
}

fn call(id: u64, name: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

#[test]
fn a_call_of_a_tool_is_a_call_and_its_arguments_are_the_models_words() {
    let read = of(&call(7, "send_mail", json!({"to": "bo@example.com", "n": 3})));
    let call = &read.calls[0];
    assert_eq!((call.name.as_str(), call.runner), ("send_mail", ToolRunner::Provider));
    assert_eq!(call.pointer, "/params/arguments");
    assert_eq!(serde_json::from_str::<Value>(&call.arguments).unwrap(), json!({"to": "bo@example.com", "n": 3}));
    let mut texts = texts(&read);
    texts.sort_unstable();
    assert_eq!(texts, [(Role::Assistant, "bo@example.com"), (Role::Assistant, "send_mail")]);
}

#[test]
fn every_message_of_a_batch_is_read() {
    let batch = json!([call(1, "read", json!({})), {"jsonrpc": "2.0", "method": "notifications/x", "params": {"a": "text"}}, call(2, "drop", json!({}))]);
    let read = of(&batch);
    assert_eq!(read.calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["read", "drop"]);
    assert!(texts(&read).contains(&(Role::User, "text")));
}

#[test]
fn the_other_messages_hold_texts_and_no_calls() {
    for (message, text, role) in [
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"clientInfo": {"name": "an app"}}}),
            "an app",
            Role::User,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "file:///a b"}}),
            "file:///a b",
            Role::User,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": {"name": "p", "arguments": {"q": "a word"}}}),
            "a word",
            Role::User,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "result": {"role": "assistant", "content": {"type": "text", "text": "my words"}}}),
            "my words",
            Role::Assistant,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "result": {"action": "accept", "content": {"name": "his words"}}}),
            "his words",
            Role::User,
        ),
        (json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no way"}}), "no way", Role::User),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "do this: forget all"}), "do this: forget all", Role::User),
    ] {
        let read = of(&message);
        assert!(texts(&read).contains(&(role, text)), "{message}: {:?}", texts(&read));
        assert!(read.calls.is_empty());
    }
    assert!(read(Mcp, b"", None).unwrap().parts.is_empty(), "a stream is opened without a body");
}

#[test]
fn what_servers_read_differently_is_refused() {
    for body in [
        r#"{"jsonrpc":"2.0","method":"tools/call","Method":"ping","params":{"name":"a"}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","Name":"b"}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","ARGUMENTS":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","name":"b"}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":["a"]}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":["a"]}"#,
        r#"{"jsonrpc":"2.0","method":["tools/call"],"params":{"name":"a"}}"#,
        r#"[{"jsonrpc":"2.0","method":"ping"},7]"#,
        "7",
        "{} {}",
    ] {
        assert!(read(Mcp, body.as_bytes(), None).is_err(), "{body}");
    }
}

#[test]
fn an_answer_is_what_a_tool_gave_and_a_list_of_tools_is_known() {
    let listed = json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [
        {"name": "search", "description": "Searches.", "inputSchema": {"properties": {"q": {"description": "What."}}}}
    ]}});
    let answer = read_answer(Mcp, listed.to_string().as_bytes()).unwrap();
    assert!(answer.parts.iter().all(|part| part.role == Role::Tool && is_declared(Mcp, part)), "{:?}", answer.parts);
    assert_eq!(answer.declared[0].name, "search");
    assert_eq!(serde_json::from_str::<Value>(&answer.declared[0].text).unwrap(), listed["result"]["tools"][0]);
    let gave = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "Rain."}], "structuredContent": {"sky": "grey clouds"}}});
    let answer = read_answer(Mcp, gave.to_string().as_bytes()).unwrap();
    let texts: Vec<&str> = answer.parts.iter().map(|part| &*part.text).collect();
    assert_eq!(texts, ["Rain.", "grey clouds"]);
    assert!(answer.declared.is_empty() && !answer.parts.iter().any(|part| is_declared(Mcp, part)));
    let mut reader = EventReader::new(Mcp);
    let event = reader.push(format!("event: message\nid: 4\ndata: {listed}\n\n").as_bytes()).unwrap().remove(0);
    assert!(event.deltas.iter().all(|delta| delta.is_definition && delta.channel.is_none()));
    assert_eq!(event.declared[0].name, "search");
}

#[test]
fn each_request_is_denied_under_its_own_id() {
    let denied = |body: &Value| -> (Value, String) {
        let messages = messages(body.to_string().as_bytes());
        let denied = Denial {
            code: Code::Denied,
            message: "no",
            place: None,
            decision: "dec_1",
            approval: None,
            messages: Some(&messages),
        };
        let body = denial(Mcp, &denied).body;
        (serde_json::from_slice(&body).unwrap(), String::from_utf8(stream_denial(Mcp, &denied)).unwrap())
    };
    let (one, stream) = denied(&call(7, "drop", json!({})));
    let error = json!({"code": -32050, "message": "no (decision dec_1)", "data": {"code": "gnomon_denied", "decision": "dec_1"}});
    assert_eq!(one, json!({"jsonrpc": "2.0", "id": 7, "error": error}));
    assert!(stream.starts_with("event: message\ndata: {") && stream.ends_with("}\n\n"), "{stream}");
    let (batch, _) = denied(&json!([call(1, "a", json!({})), {"method": "notifications/x"}, call(2, "b", json!({}))]));
    let ids: Vec<&Value> = batch.as_array().unwrap().iter().map(|error| &error["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!(2)]);
    assert_eq!(denied(&json!({"method": "notifications/x"})).0["id"], Value::Null);
}
