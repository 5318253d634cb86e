//! What rules can ask about the tools of a request, beyond the starter set.

use gnomon_policy::{PolicyFile, Request, Snapshot, definition_digests, validate};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};

/// A set without detectors, whose one rule forbids on a condition.
#[expect(clippy::panic, reason = "a helper of tests")]
fn forbid_when(condition: &str) -> Snapshot {
    let none = gnomon_policy::DetectConfig {
        secrets: false,
        personal: false,
        attacks: false,
        classes: false,
        hazards: false,
        ..gnomon_policy::DetectConfig::default()
    };
    let text = format!(
        "@id(\"yes\") permit (principal, action, resource);\n@id(\"no\") @reason(\"No.\") \
         forbid (principal, action == Gnomon::Action::\"send\", resource) when {{ {condition} }};\n"
    );
    let file = PolicyFile { name: "test.cedar".to_owned(), text };
    Snapshot::load(&[file], &none).unwrap_or_else(|errors| panic!("{errors}"))
}

fn denies(snapshot: &Snapshot, body: &Value) -> bool {
    let caller =
        Caller { id: CallerId::sanitised("c"), kind: CallerKind::Agent, team: None, key: KeyId::sanitised("k") };
    let target = Target {
        service: ServiceId::sanitised("s"),
        status: ServiceStatus::Sanctioned,
        upstream: UpstreamName::sanitised("u"),
        host: None,
        model: None,
    };
    let body = body.to_string();
    let request = Request {
        caller: &caller,
        route: "chat",
        target: &target,
        method: "POST",
        path: "/v1/chat/completions",
        dialect: DialectName::OpenaiChat,
        content_type: Some("application/json"),
        body: body.as_bytes(),
        approved: false,
        judge: None,
        micros: &|| 0,
    };
    validate(&request, snapshot).verdict == Verdict::Deny
}

/// A chat with calls `(name, arguments)` and tools `(name, schema)`.
fn chat(calls: &[(&str, &str)], tools: &[(&str, Value)]) -> Value {
    let call = |(name, arguments): &(&str, &str)| json!({ "function": { "name": name, "arguments": arguments } });
    let tool = |(name, schema): &(&str, Value)| json!({ "function": { "name": name, "parameters": schema } });
    let calls: Vec<Value> = calls.iter().map(call).collect();
    let tools: Vec<Value> = tools.iter().map(tool).collect();
    json!({ "model": "m", "messages": [{ "role": "assistant", "tool_calls": calls }], "tools": tools })
}

#[test]
fn rules_can_ask_what_was_called_and_with_what() {
    let paid = [("pay", r#"{"to":{"name":"Bo"},"currency":"USD","sum":[5,10]}"#)];
    for (condition, expected) in [
        (r#"context.tool_calls.contains("pay")"#, true),
        (r#"context.tool_calls.contains("tell")"#, false),
        (r#"context.tool_arguments.contains("pay.currency=USD")"#, true),
        (r#"context.tool_arguments.contains("pay.currency=EUR")"#, false),
        (r#"context.tool_arguments.containsAll(["pay.sum=10", "pay.to.name=Bo"])"#, true),
        (r#"context["tool\u{5f}arguments"].contains("pay.currency=USD")"#, true),
        ("context.tool_arguments_cut", false),
        ("context.bad_tool_calls.isEmpty()", true),
    ] {
        assert_eq!(denies(&forbid_when(condition), &chat(&paid, &[("pay", json!({}))])), expected, "{condition}");
    }
}

#[test]
fn a_call_is_bad_when_it_breaks_one_schema_of_its_name() {
    let bad = forbid_when(r#"context.bad_tool_calls.contains("f")"#);
    let number = json!({"properties": {"a": {"type": "number"}}});
    let string = json!({"properties": {"a": {"type": "string"}}});
    for (arguments, tools, expected) in [
        (r#"{"a":1}"#, vec![("f", number.clone())], false),
        (r#"{"a":1}"#, vec![("f", number.clone()), ("f", string)], true),
        (r#"{"a":1}"#, vec![("g", number.clone())], true),
        (r#"{"a":1}"#, vec![], false),
        ("", vec![("f", number.clone())], false),
        ("", vec![("f", json!({"required": ["a"]}))], true),
        ("{", vec![("f", number.clone())], true),
        (r#"{"a":1,"\u0061":2}"#, vec![("f", number.clone())], true),
        ("free text", vec![("f", Value::Null)], false),
        (r#"{"a":1}"#, vec![("f", json!({"$ref": "#"}))], false),
    ] {
        let body = chat(&[("f", arguments)], &tools);
        assert_eq!(denies(&bad, &body), expected, "{body}");
        assert_eq!(denies(&bad, &body), expected, "remembered: {body}");
    }
}

#[test]
fn a_schema_that_cannot_be_checked_is_a_fact_once_its_tool_is_called() {
    let broken = forbid_when("context.tool_schema_broken");
    let circle = json!({"$ref": "#"});
    assert!(denies(&broken, &chat(&[("f", "{}")], &[("f", circle.clone())])));
    assert!(!denies(&broken, &chat(&[("g", "{}")], &[("f", circle), ("g", json!({}))])));
}

#[test]
fn more_work_than_the_budget_of_a_request_is_not_taken_for_right() {
    let bad = forbid_when(r#"context.bad_tool_calls.contains("f")"#);
    let every: Vec<Value> = (0..2000).map(|number| json!({ "minimum": -number })).collect();
    let schema = json!({"properties": {"a": {"items": {"allOf": every}}}});
    let list = |length: usize| format!(r#"{{"a":[{}1]}}"#, "1,".repeat(length));
    assert!(!denies(&bad, &chat(&[("f", &list(100))], &[("f", schema.clone())])));
    assert!(denies(&bad, &chat(&[("f", &list(100_000))], &[("f", schema)])));
}

#[test]
fn a_definition_that_changes_has_another_digest() {
    let digests = |schema: Value| {
        let body = chat(&[], &[("f", schema), ("g", json!({}))]).to_string();
        let read = gnomon_dialects::read(DialectName::OpenaiChat, body.as_bytes(), None).unwrap();
        definition_digests(&read, body.as_bytes())
    };
    let (one, other) = (digests(json!({"a": 1})), digests(json!({"a": 2})));
    assert_eq!(one["f"].len(), 1);
    assert_ne!(one["f"], other["f"]);
    assert_eq!(one["g"], other["g"]);
}
