//! After a redaction no detector finds the value again: every type of finding, in every place of every API.

use crate::passes::{caller, request, snapshot, target};
use crate::samples::{credentials, families, passwords, personal, private_key};
use gnomon_policy::{Decision, Snapshot, validate};
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};
use std::fmt::Write as _;

const MASK: &str = r#"
    @id("yes") permit (principal, action, resource);
    @id("mask") @reason("r") @remedy("redact") @redact("pii, secret")
    forbid (principal, action == Gnomon::Action::"send", resource) when { context.kinds.containsAny(["pii", "secret"]) };
"#;

struct Place {
    name: &'static str,
    path: &'static str,
    body: fn(&str) -> Value,
}

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn chat(messages: &Value) -> Value {
    json!({"model": "m", "messages": messages})
}

fn places() -> Vec<Place> {
    let place = |name, path, body| Place { name, path, body };
    vec![
        place("chat user", CHAT, |t| chat(&json!([user(t)]))),
        place("chat system", CHAT, |t| chat(&json!([{"role": "system", "content": t}, user("hello")]))),
        place("chat part", CHAT, |t| chat(&json!([{"role": "user", "content": [{"type": "text", "text": t}]}]))),
        place("chat tool result", CHAT, |t| {
            chat(&json!([user("hello"), {"role": "tool", "tool_call_id": "c", "content": t}]))
        }),
        place("chat arguments", CHAT, |t| {
            let function = json!({"name": "f", "arguments": json!({"note": t, "n": [1, {"deep": t}]}).to_string()});
            chat(
                &json!([user("hello"), {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}]),
            )
        }),
        place("chat metadata", CHAT, |t| {
            let mut body = chat(&json!([user("hello")]));
            body["metadata"] = json!({"note": t});
            body
        }),
        place("responses input", RESPONSES, |t| json!({"model": "m", "input": t})),
        place("responses instructions", RESPONSES, |t| json!({"model": "m", "instructions": t, "input": "hello"})),
        place(
            "responses item",
            RESPONSES,
            |t| json!({"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": t}]}]}),
        ),
        place(
            "responses output",
            RESPONSES,
            |t| json!({"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": t}]}),
        ),
        place("embeddings", "/v1/embeddings", |t| json!({"model": "m", "input": ["hello", t]})),
        place(
            "messages system",
            MESSAGES,
            |t| json!({"model": "m", "max_tokens": 9, "system": t, "messages": [user("hello")]}),
        ),
        place("messages block", MESSAGES, |t| {
            let content = json!([{"type": "text", "text": t}]);
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
        }),
        place("messages input", MESSAGES, |t| {
            let content = json!([{"type": "tool_use", "id": "t", "name": "f", "input": {"a": {"b": [t]}}}]);
            json!({"model": "m", "max_tokens": 9, "messages": [user("hello"), {"role": "assistant", "content": content}]})
        }),
        place("messages result", MESSAGES, |t| {
            let content = json!([{"type": "tool_result", "tool_use_id": "t", "content": t}]);
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
        }),
        place("unknown value", "/api/any", |t| json!({"a": {"b": [t]}})),
        place("unknown key", "/api/any", |t| json!({"a": {t: 1}})),
        place("unknown text", "/api/any", |t| json!(t)),
    ]
}

fn judge(policy: &Snapshot, place: &Place, body: &[u8]) -> Decision {
    let (caller, target) = (caller(), target("u"));
    validate(&request(&caller, &target, place.path, body), policy)
}

/// What is wrong after the redaction of a text that holds these values.
fn complaint(policy: &Snapshot, place: &Place, text: &str, values: &[&str]) -> Option<String> {
    let body = (place.body)(text).to_string();
    let decision = judge(policy, place, body.as_bytes());
    let label = |what: &str| Some(format!("{}: {what}: {text:?} {:?}\n", place.name, decision.reasons));
    let Some(outgoing) = &decision.outgoing else { return label("not redacted") };
    if decision.verdict != Verdict::Redact {
        return label("not to leave");
    }
    let sent = String::from_utf8_lossy(outgoing);
    if values.iter().any(|value| sent.contains(value) || sent.contains(json!(value).to_string().trim_matches('"'))) {
        return Some(format!("{}: the value leaves: {sent}\n", place.name));
    }
    let again = judge(policy, place, outgoing);
    (again.verdict != Verdict::Allow).then(|| format!("{}: found again: {sent} {:?}\n", place.name, again.findings))
}

/// Every sample as a text and the value in it.
fn samples() -> Vec<(String, String)> {
    let mut samples: Vec<(String, String)> = personal().into_iter().map(|(_, text, value)| (text, value)).collect();
    samples.extend(passwords());
    let tokens = credentials().into_iter().chain(families());
    samples.extend(tokens.map(|(_, value)| (format!("the key {value}, then go on."), value)));
    let key = private_key("RSA PRIVATE KEY");
    samples.push((format!("here it is:\n{key}\nand more"), key));
    samples
}

fn expect_none(complaints: &str) {
    assert!(complaints.is_empty(), "{} complaints:\n{complaints}", complaints.lines().count());
}

#[test]
fn no_detector_finds_a_value_again_in_any_place_of_any_api() {
    let (policy, places) = (snapshot(MASK), places());
    let mut complaints = String::new();
    for (turn, (text, value)) in samples().into_iter().enumerate() {
        // Each type of personal data everywhere; of the many families of credentials each in some of the places.
        let step = if turn < 50 { 1 } else { 6 };
        for place in places.iter().skip(turn % step).step_by(step) {
            complaints.extend(complaint(&policy, place, &text, &[&value]));
        }
    }
    expect_none(&complaints);
}

#[test]
fn values_side_by_side_and_within_one_another_leave_nothing_behind() {
    let (policy, places) = (snapshot(MASK), places());
    let all = samples();
    let mut complaints = String::new();
    for (turn, (text, value)) in all.iter().enumerate().take(60) {
        let (other_text, other) = &all[(turn * 7 + 3) % all.len()];
        let place = &places[turn % places.len()];
        for joined in [
            format!("{text}\n{other_text}"),
            format!("{text}; {other_text}; {text}"),
            format!("{text} {}", json!({"inner": json!({"deep": other_text}).to_string()})),
        ] {
            complaints.extend(complaint(&policy, place, &joined, &[value, other]));
        }
    }
    let key = credentials()[0].1.clone();
    for (text, values) in [
        (
            format!("https://anna.muster@example.org:{key}@db.example.org/x?mail=bo@example.org"),
            vec![key.as_str(), "bo@example.org"],
        ),
        (format!("password={key}"), vec![&key]),
        ("anna@example.org,bo@example.org;anna@example.org<bo@example.org>".to_owned(), vec!["anna@", "bo@"]),
        (format!("{key} {key},{key}"), vec![&key]),
    ] {
        for place in &places {
            complaints.extend(complaint(&policy, place, &text, &values));
        }
    }
    expect_none(&complaints);
}

#[test]
fn a_disguised_value_goes_with_all_bytes_of_its_disguise() {
    let (policy, places) = (snapshot(MASK), places());
    let mut complaints = String::new();
    for value in [credentials()[0].1.clone(), credentials()[1].1.clone(), "anna.muster@example.org".to_owned()] {
        let hex: String = format!("key: {value} ok").bytes().map(|byte| format!("{byte:02x}")).collect();
        let spaced: String = value.chars().flat_map(|c| [c, '\u{200b}']).collect();
        let wide: String = value.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        let percent = value.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "%{byte:02X}").unwrap();
            text
        });
        for disguise in [hex, spaced, wide, percent] {
            for place in places.iter().filter(|place| place.name != "unknown key") {
                complaints.extend(complaint(&policy, place, &format!("see {disguise} for more"), &[&disguise]));
            }
        }
    }
    expect_none(&complaints);
}
