//! What rules can ask about the tools of a request, beyond the starter set.

use crate::passes::{caller, request, target};
use gnomon_policy::{
    Called, Decision, FirstUse, Pin, PinBook, PolicyFile, Received, Request, Snapshot, Standing, Taken, ToolPins,
    definitions_in, judge_answer, validate,
};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::{DialectName, ToolCall, ToolRunner};
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use gnomon_types::secret::Text;
use gnomon_types::tool::{Definition, ToolSource};
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A set without detectors, whose one rule forbids on a condition.
fn forbid_when(condition: &str) -> Snapshot {
    forbid("send", condition)
}

/// The same for answers.
fn forbid_receive(condition: &str) -> Snapshot {
    forbid("receive", condition)
}

#[expect(clippy::panic, reason = "a helper of tests")]
fn forbid(action: &str, condition: &str) -> Snapshot {
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
         forbid (principal, action == Gnomon::Action::\"{action}\", resource) when {{ {condition} }};\n"
    );
    let file = PolicyFile { name: "test.cedar".to_owned(), text };
    Snapshot::load(&[file], &none).unwrap_or_else(|errors| panic!("{errors}"))
}

fn denies(snapshot: &Snapshot, body: &Value) -> bool {
    judged(snapshot, body, ToolPins::default()).verdict == Verdict::Deny
}

fn judged(snapshot: &Snapshot, body: &Value, pins: ToolPins<'_>) -> Decision {
    let (caller, target) = (caller(), target("u"));
    let body = body.to_string();
    let request = Request { pins, ..request(&caller, &target, "/v1/chat/completions", body.as_bytes()) };
    validate(&request, snapshot)
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
fn whoever_reads_definitions_gets_the_digests_that_requests_have() {
    let source = ToolSource::Caller(CallerId::sanitised("c"));
    let body = chat(&[], &[("f", json!({"a": 1})), ("g", json!({}))]);
    let offered: Vec<Definition> = judged(&forbid_when("context.method == \"OPTIONS\""), &body, ToolPins::default())
        .offers
        .into_iter()
        .map(|(offer, _)| offer)
        .collect();
    let bare = json!([{"name": "f", "inputSchema": {"a": 1}}, {"name": "g", "inputSchema": {}}]);
    let answered = json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": bare}});
    for text in [body.to_string(), bare.to_string(), answered.to_string()] {
        assert_eq!(definitions_in(&source, &text), offered, "{text}");
    }
    assert_eq!(definitions_in(&source, &bare[1].to_string()), offered[1..]);
    assert!(definitions_in(&source, "{").is_empty());
}

#[test]
fn rules_can_ask_what_was_decided_about_definitions() {
    let first = chat(&[], &[("f", json!({"a": 1})), ("g", json!({}))]);
    let later = chat(&[], &[("f", json!({"a": 2})), ("g", json!({}))]);
    let offered = |body: &Value, pins| judged(&forbid_when("context.method == \"OPTIONS\""), body, pins).offers;
    let pinned = |pin: Pin, body: &Value| -> PinBook {
        let of_f =
            offered(body, ToolPins::default()).into_iter().filter(|(definition, _)| definition.tool.as_str() == "f");
        of_f.map(|(definition, _)| (definition, pin)).collect()
    };
    let (approved, rejected) = (pinned(Pin::Approved, &first), pinned(Pin::Rejected, &first));
    for (condition, book, body, expected) in [
        (r#"context.unapproved_tools.containsAll(["f", "g"])"#, &PinBook::default(), &first, true),
        (r#"context.unapproved_tools == ["g"]"#, &approved, &first, true),
        ("context.changed_tools.isEmpty()", &approved, &first, true),
        (r#"context.changed_tools == ["f"]"#, &approved, &later, true),
        (r#"context.unapproved_tools == ["g"]"#, &approved, &later, true),
        (r#"context.rejected_tools == ["f"]"#, &rejected, &first, true),
        ("context.rejected_tools.isEmpty()", &rejected, &later, true),
    ] {
        let pins = ToolPins { decided: book, ..ToolPins::default() };
        let decision = judged(&forbid_when(condition), body, pins);
        assert_eq!(decision.verdict == Verdict::Deny, expected, "{condition}: {:?}", decision.offers);
    }
    let named = judged(
        &forbid_when("!context.changed_tools.isEmpty()"),
        &later,
        ToolPins { decided: &approved, ..ToolPins::default() },
    );
    assert!(named.message.contains("Tools: f."), "{}", named.message);
    let trusted = ToolPins { first_use: FirstUse::Trust, ..ToolPins::default() };
    assert!(offered(&first, trusted).iter().all(|(_, standing)| *standing == Standing::FirstUse));
}

#[test]
fn a_redaction_of_something_in_a_definition_does_not_make_it_another() {
    let rules = "@id(\"yes\") permit (principal, action, resource);
        @id(\"cut\") @reason(\"Cut.\") @remedy(\"redact\")
        forbid (principal, action == Gnomon::Action::\"send\", resource) when { context.kinds.contains(\"pii\") };
        @id(\"no\") @reason(\"No.\")
        forbid (principal, action == Gnomon::Action::\"send\", resource) when { !context.changed_tools.isEmpty() };";
    let file = PolicyFile { name: "test.cedar".to_owned(), text: rules.to_owned() };
    let snapshot = Snapshot::load(&[file], &gnomon_policy::DetectConfig::default()).unwrap();
    let tool = json!({"function": {"name": "f", "description": "Asks erika.muster@example.com for help."}});
    let body = json!({"model": "m", "messages": [], "tools": [tool]});
    let offers = judged(&snapshot, &body, ToolPins::default()).offers;
    let book: PinBook = offers.into_iter().map(|(definition, _)| (definition, Pin::Approved)).collect();
    let decision = judged(&snapshot, &body, ToolPins { decided: &book, ..ToolPins::default() });
    assert_eq!(decision.verdict, Verdict::Redact, "{}", decision.message);
}

/// Whether an answer with calls to a request with tools is denied by a rule on answers.
fn denies_answer(condition: &str, tools: &[(&str, Value)], calls: &[(&str, &str)]) -> bool {
    denies_answer_to(condition, &chat(&[], tools), calls)
}

fn denies_answer_to(condition: &str, request: &Value, calls: &[(&str, &str)]) -> bool {
    let snapshot = forbid_receive(condition);
    let asked = judged(&snapshot, request, ToolPins::default()).asked;
    let call = |(name, arguments): &(&str, &str)| ToolCall {
        name: (*name).to_owned(),
        arguments: Text((*arguments).to_owned()),
        span: 0..0,
        pointer: String::new(),
        runner: ToolRunner::Caller,
    };
    let (caller, mut called) = (CallerId::sanitised("c"), Called::default());
    for one in calls {
        // One after the other, as a stream brings them.
        assert_eq!(called.take(vec![call(one)], &asked, &caller, &snapshot), Taken::New);
        assert_eq!(called.take(vec![call(one)], &asked, &caller, &snapshot), Taken::Known);
    }
    let caller = Caller { id: caller, kind: CallerKind::Agent, team: None, key: KeyId::sanitised("k") };
    let target = Target {
        service: ServiceId::sanitised("s"),
        status: ServiceStatus::Sanctioned,
        upstream: UpstreamName::sanitised("u"),
        host: None,
        model: None,
    };
    let findings = BTreeMap::new();
    let answer = Received {
        caller: &caller,
        route: "chat",
        target: &target,
        dialect: DialectName::OpenaiChat,
        findings: &findings,
        offers: &[],
        asked: &asked,
        called: &called,
    };
    judge_answer(&snapshot, &answer).verdict == Verdict::Deny
}

#[test]
fn rules_can_ask_what_an_answer_calls_and_with_what() {
    let pay = [("pay", r#"{"to":"bo@bank.example","sum":500}"#), ("tell", "{}")];
    let schema = json!({"type": "object", "properties": {"sum": {"type": "number"}}});
    let tools = [("pay", schema), ("tell", json!({})), ("read", json!({}))];
    for (condition, expected) in [
        (r#"context.tool_calls.contains("pay")"#, true),
        (r#"context.tool_calls.contains("read")"#, false),
        (r#"context.tools.containsAll(context.tool_calls)"#, true),
        (r#"context.tools.contains("read")"#, true),
        (r#"context.tool_arguments.contains("pay.sum=500")"#, true),
        (r#"context.tool_arguments_like.contains("pay.sum>100")"#, true),
        (r#"context.tool_arguments_like.contains("pay.sum>1000")"#, false),
        (r#"context.tool_calls_like.contains("!pay|read")"#, true),
        ("context.bad_tool_calls.isEmpty()", true),
        ("context.outbound_tools", false),
        ("context.untrusted_content", false),
    ] {
        assert_eq!(denies_answer(condition, &tools, &pay), expected, "{condition}");
    }
    assert!(denies_answer("context.outbound_tools", &[], &[("send_email", "{}")]));
    assert!(!denies_answer("context.outbound_tools", &[("send_email", json!({}))], &[]), "offered is not called");
}

#[test]
fn a_call_in_an_answer_is_held_against_the_tools_of_its_request() {
    let strict = json!({"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"], "additionalProperties": false});
    let tools = [("send_mail", strict)];
    let bad = "!context.bad_tool_calls.isEmpty()";
    for (call, expected) in [
        (("send_mail", r#"{"to":"bo"}"#), false),
        (("send_mail", r#"{"to":5,"n":99,"zz":1}"#), true),
        (("send_mail", r#"{"to":"bo""#), true),
        (("send_mail", ""), true),
        (("undeclared", "{}"), true),
    ] {
        assert_eq!(denies_answer(bad, &tools, &[call]), expected, "{call:?}");
    }
    assert!(denies_answer(bad, &[], &[("f", "{}")]), "nothing was offered");
    assert!(!denies_answer(bad, &tools, &[]));
    assert!(denies_answer("context.tool_schema_broken", &[("f", json!({"$ref": "#"}))], &[("f", "{}")]));
}
