//! A token stands for one value throughout a conversation, however its requests are cut.

use crate::passes::{caller, request, snapshot, target};
use gnomon_policy::{Decision, Request, Snapshot, validate};
use gnomon_types::conversation::DialectName;
use serde_json::{Value, json};

const MASK: &str = r#"
    @id("yes") permit (principal, action, resource);
    @id("mask") @reason("r") @remedy("redact") @redact("pii")
    forbid (principal, action == Gnomon::Action::"send", resource) when { context.kinds.contains("pii") };
"#;

fn judge(policy: &Snapshot, dialect: DialectName, body: &Value) -> (Decision, Value) {
    let body = body.to_string();
    let (caller, target) = (caller(), target("u"));
    let request = Request { dialect, ..request(&caller, &target, "/v1/x", body.as_bytes()) };
    let decision = validate(&request, policy);
    let sent = decision.outgoing.as_deref().unwrap_or(body.as_bytes());
    let sent = serde_json::from_slice(sent).unwrap();
    (decision, sent)
}

/// What leaves of messages by turns, the user's first.
fn chat(policy: &Snapshot, texts: &[&str]) -> Vec<String> {
    let role = |turn: usize| if turn.is_multiple_of(2) { "user" } else { "assistant" };
    let message = |(turn, text): (usize, &&str)| json!({"role": role(turn), "content": text});
    let messages: Vec<Value> = texts.iter().enumerate().map(message).collect();
    let (_, sent) = judge(policy, DialectName::OpenaiChat, &json!({"model": "m", "messages": messages}));
    sent["messages"].as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap().to_owned()).collect()
}

/// What leaves of a request that goes on from an answer.
fn respond(policy: &Snapshot, previous: Option<&str>, text: &str) -> (Decision, String) {
    let mut body = json!({"model": "m", "input": text});
    previous.into_iter().for_each(|previous| body["previous_response_id"] = json!(previous));
    let (decision, sent) = judge(policy, DialectName::OpenaiResponses, &body);
    let sent = sent["input"].as_str().unwrap().to_owned();
    (decision, sent)
}

#[test]
fn a_number_that_stands_in_the_request_is_given_to_nobody() {
    let policy = snapshot(MASK);
    assert_eq!(chat(&policy, &["mail nora.lind@example.org"]), ["mail <EMAIL_1>"]);
    for literal in ["<EMAIL_1>", "&lt;EMAIL_1&gt;", "<EMAIL\\_1>", "<CREDIT_CARD_1> <EMAIL_1>"] {
        let sent = chat(&policy, &[&format!("the text has {literal} in it"), "ok", "mail bo.berg@example.org"]);
        assert_eq!(sent[2], "mail <EMAIL_2>", "{literal}");
        let sent = chat(&policy, &[&format!("{literal} and bo.lund@example.org")]);
        assert_eq!(sent[0], format!("{literal} and <EMAIL_2>"));
    }
}

#[test]
fn what_the_model_said_of_a_value_before_is_still_about_it() {
    let policy = snapshot(MASK);
    chat(&policy, &["mail nora.lind@example.org"]);
    let sent = chat(&policy, &["mail nora.lind@example.org", "I wrote to <EMAIL_1>", "also to bo.berg@example.org"]);
    assert_eq!(sent, ["mail <EMAIL_1>", "I wrote to <EMAIL_1>", "also to <EMAIL_2>"]);
}

#[test]
fn a_history_without_its_oldest_turns_keeps_its_numbers() {
    let policy = snapshot(MASK);
    let turns = [
        "mail nora.lind@example.org",
        "and bo.berg@example.org?",
        "no, ada.lund@example.org, then nora.lind@example.org",
    ];
    let whole = ["mail <EMAIL_1>", "and <EMAIL_2>?", "no, <EMAIL_3>, then <EMAIL_1>"];
    assert_eq!(chat(&policy, &turns), whole);
    assert_eq!(chat(&policy, &turns[1..]), whole[1..]);
    assert_eq!(chat(&policy, &[turns[2], "ok", "and kim.dahl@example.org"]), [whole[2], "ok", "and <EMAIL_4>"]);
    assert_eq!(chat(&policy, &["a new one: kim.holm@example.org"]), ["a new one: <EMAIL_1>"], "another conversation");
}

#[test]
fn a_request_that_goes_on_from_an_answer_goes_on_with_its_numbers() {
    let policy = snapshot(MASK);
    let (first, sent) = respond(&policy, None, "mail nora.lind@example.org");
    assert_eq!(sent, "mail <EMAIL_1>");
    policy.note_answer(&caller().id, "resp_1", first.replaced.tokens());
    let (second, sent) = respond(&policy, Some("resp_1"), "nothing new");
    assert_eq!(sent, "nothing new");
    policy.note_answer(&caller().id, "resp_2", second.replaced.tokens());
    let (_, sent) = respond(&policy, Some("resp_2"), "bo.berg@example.org and nora.lind@example.org");
    assert_eq!(sent, "<EMAIL_2> and <EMAIL_1>");
    let (_, sent) = respond(&policy, None, "mail bo.berg@example.org");
    assert_eq!(sent, "mail <EMAIL_1>", "another conversation");
}

#[test]
fn a_conversation_that_nobody_remembers_is_counted_from_a_number_of_its_own() {
    let text = "bo.berg@example.org and nora.lind@example.org";
    let (_, sent) = respond(&snapshot(MASK), Some("resp_of_yesterday"), text);
    let numbers: Vec<usize> =
        sent.split(" and ").map(|token| token.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()).collect();
    assert!(numbers[0] > 1000 && numbers[1] == numbers[0] + 1, "{sent}");
    assert_eq!(respond(&snapshot(MASK), Some("resp_of_yesterday"), text).1, sent, "an approval is for these bytes");
    assert_ne!(respond(&snapshot(MASK), Some("resp_of_last_year"), text).1, sent);
}

#[test]
fn the_same_request_leaves_as_the_same_bytes() {
    let policy = snapshot(MASK);
    let turns = ["<EMAIL_2> bo.berg@example.org", "ok", "ada.lund@example.org bo.berg@example.org"];
    let first = chat(&policy, &turns);
    for _ in 0..3 {
        assert_eq!(chat(&policy, &turns), first);
    }
}
