//! Tests: the caller gets its own values back wherever tokens may stand, and nothing else.

use super::events::EventGuard;
use super::judge::tests::judge_of;
use super::judge::{Cut, Judge};
use super::lanes::{Lane, events, lanes};
use super::plain::PlainGuard;
use super::whole;
use gnomon_policy::{Asked, PolicyFile, Replaced, Request, Snapshot, ToolPins, validate};
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{CallerId, KeyId};
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};
use std::sync::LazyLock;

const MASK: &str = r#"
    @id("pass") permit (principal, action in [Gnomon::Action::"send", Gnomon::Action::"receive"], resource);
    @id("see") permit (principal, action == Gnomon::Action::"restore", resource);
    @id("mask") @reason("r") @remedy("redact") @redact("pii, secret") forbid (principal, action in
        [Gnomon::Action::"send", Gnomon::Action::"receive"], resource) when { context.kinds.containsAny(["pii", "secret"]) };
"#;

static POLICY: LazyLock<Snapshot> = LazyLock::new(|| {
    let file = PolicyFile { name: "test.cedar".to_owned(), text: MASK.to_owned() };
    Snapshot::load(&[file], &gnomon_policy::DetectConfig::default()).unwrap()
});

const MAIL: &str = "anna.muster@example.org";

/// A value that must be escaped in JSON.
fn key() -> String {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(3);
    format!("-----BEGIN {0}-----\n{body}-----END {0}-----", "PRIVATE KEY")
}

/// The judge of the answer to a request in which the address and the key were replaced.
fn judge() -> Judge {
    static REPLACED: LazyLock<Replaced> = LazyLock::new(|| {
        let content = format!("mail {MAIL}, key\n{}\nend", key());
        let body = json!({"model": "m", "messages": [{"role": "user", "content": content}]}).to_string();
        let caller =
            Caller { id: CallerId::sanitised("c"), kind: CallerKind::Agent, team: None, key: KeyId::sanitised("k") };
        let (_, target) = super::judge::tests::parties();
        let request = Request {
            caller: &caller,
            route: "main",
            target: &target,
            method: "POST",
            path: "/v1/chat/completions",
            dialect: DialectName::OpenaiChat,
            content_type: None,
            body: body.as_bytes(),
            approved: false,
            heard: false,
            judge: None,
            pins: ToolPins::default(),
            micros: &|| 0,
        };
        let decision = validate(&request, &POLICY);
        assert_eq!(decision.verdict, Verdict::Redact);
        decision.replaced
    });
    judge_of(POLICY.clone()).knowing(Asked::default(), &REPLACED)
}

fn guarded(lane: &Lane, stream: &str) -> Result<(String, Judge), Cut> {
    let mut guard = if lane.is_lines { EventGuard::lines(lane.dialect) } else { EventGuard::new(lane.dialect) };
    let mut judge = judge();
    let mut out = guard.push(stream.as_bytes(), &mut judge)?;
    out.extend(guard.finish(&mut judge)?);
    Ok((String::from_utf8(out).unwrap(), judge))
}

#[test]
fn tokens_split_anywhere_come_back_in_every_place_of_every_stream() {
    let text = "Write to <EMAIL_1>, not <EMAIL_7>.";
    let expected = format!("Write to {MAIL}, not <EMAIL_7>.");
    for lane in lanes() {
        for at in 0..=text.len() {
            let (head, tail) = text.split_at(at);
            let (out, judge) = guarded(&lane, &lane.stream(&[head, tail])).unwrap();
            assert_eq!(lane.joined(&out), expected, "{} split at {at}", lane.name);
            assert_eq!((judge.restored, judge.verdict), (1, Verdict::Allow), "{} split at {at}", lane.name);
            assert!(judge.findings.is_empty() && !out.contains("<EMAIL_1>"), "{out}");
        }
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        assert_eq!(lane.joined(&guarded(&lane, &lane.stream(&letters)).unwrap().0), expected, "{}", lane.name);
    }
}

#[test]
fn arguments_stay_json_with_a_value_of_several_lines() {
    let arguments = r#"{"key":"<PRIVATE_KEY_1>","to":"\u003cEMAIL_1\u003e"}"#;
    for lane in lanes() {
        for at in (0..=arguments.len()).step_by(3) {
            let (head, tail) = arguments.split_at(at);
            let (out, _) = guarded(&lane, &lane.stream(&[head, tail])).unwrap();
            let read: Value = serde_json::from_str(&lane.joined(&out)).unwrap();
            assert_eq!(read, json!({"key": key(), "to": MAIL}), "{} split at {at}", lane.name);
        }
    }
}

#[test]
fn events_that_say_all_again_say_it_with_the_values() {
    let lane = lanes().into_iter().find(|lane| lane.name == "responses text").unwrap();
    let (out, _) = guarded(&lane, &lane.stream(&["to <EMA", "IL_1>"])).unwrap();
    let repeated: Vec<String> = ["/text", "/part/text", "/response/output/0/content/0/text"]
        .iter()
        .filter_map(|place| events(&out).iter().find_map(|event| Some(event.pointer(place)?.as_str()?.to_owned())))
        .collect();
    assert_eq!(repeated, vec![format!("to {MAIL}"); 3]);
}

#[test]
fn a_whole_answer_gets_the_values_back_escaped_for_its_place() {
    let arguments = r#"{"key":"<PRIVATE_KEY_1>"}"#;
    let body = json!({"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant",
        "content": "Mail <EMAIL_1> or <EMAIL_2>", "tool_calls": [{"id": "t", "type": "function",
        "function": {"name": "f", "arguments": arguments}}]}}]})
    .to_string();
    let mut judge = judge();
    let changed = whole::guard(DialectName::OpenaiChat, body.as_bytes(), &mut judge).unwrap().changed.unwrap();
    let message = serde_json::from_slice::<Value>(&changed).unwrap()["choices"][0]["message"].clone();
    assert_eq!(message["content"], format!("Mail {MAIL} or <EMAIL_2>"));
    let arguments = message["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(arguments).unwrap(), json!({"key": key()}));
    assert_eq!((judge.restored, judge.verdict), (2, Verdict::Allow));
    assert!(judge.findings.is_empty(), "{:?}", judge.findings);

    let body = json!({"content": [{"type": "tool_use", "name": "f", "input": {"key": "<PRIVATE_KEY_1>"}}]}).to_string();
    let changed = whole::guard(DialectName::AnthropicMessages, body.as_bytes(), &mut judge).unwrap().changed.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&changed).unwrap()["content"][0]["input"]["key"], key());
}

#[test]
fn what_is_not_the_callers_own_is_still_found_and_its_token_is_another() {
    let lane = lanes().remove(0);
    let other = "eve.other@example.org";
    let (out, judge) = guarded(&lane, &lane.stream(&["<EMAIL_1> and eve.oth", "er@example.org and ", MAIL])).unwrap();
    assert_eq!(lane.joined(&out), format!("{MAIL} and <EMAIL_2> and {MAIL}"));
    assert!(!out.contains(other));
    assert_eq!((judge.restored, judge.verdict), (1, Verdict::Redact));
}

#[test]
fn plain_text_and_streams_in_disguise_get_them_back_too() {
    let mut judge = judge();
    let mut guard = PlainGuard::new(Some("text/plain"), &mut judge);
    let mut out = Vec::new();
    for byte in b"caf\xe9 <EMAIL_1> <EMAIL_" {
        out.extend(guard.push(&[*byte], &mut judge).unwrap());
    }
    out.extend(guard.finish(&mut judge).unwrap());
    assert!(out.ends_with(format!(" {MAIL} <EMAIL_").as_bytes()), "{}", String::from_utf8_lossy(&out));
    let lane = lanes().remove(0);
    let stream = lane.stream(&["to <EMAI", "L_1>"]);
    let guarded = whole::guard(lane.dialect, stream.as_bytes(), &mut judge).unwrap();
    assert_eq!(lane.joined(&String::from_utf8(guarded.changed.unwrap()).unwrap()), format!("to {MAIL}"));
    assert!(judge.findings.is_empty(), "{:?}", judge.findings);
}

#[test]
fn an_answer_of_nothing_but_tokens_does_not_grow_without_end() {
    let mut judge = judge();
    let text = "<PRIVATE_KEY_1>".repeat(100_000);
    let out = judge.rewritten(&text, &[]).unwrap();
    assert!(out.len() < 6 * 1024 * 1024, "{}", out.len());
    assert!(out.ends_with("<PRIVATE_KEY_1>"));
}
