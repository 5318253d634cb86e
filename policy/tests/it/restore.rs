//! Who may have replaced values back, and that they keep their tokens from turn to turn.

use crate::passes::{caller, judge, snapshot, target};
use gnomon_policy::may_see;
use gnomon_types::verdict::Verdict;
use serde_json::json;

const MASK: &str = r#"
    @id("yes") permit (principal, action, resource);
    @id("mask") @reason("r") @remedy("redact") @redact("pii, secret")
    forbid (principal, action == Gnomon::Action::"send", resource) when { context.kinds.containsAny(["pii", "secret"]) };
"#;

fn body(messages: &serde_json::Value) -> String {
    json!({"model": "m", "messages": messages}).to_string()
}

#[test]
fn values_come_back_only_where_a_permit_names_it_and_no_forbid_objects() {
    let key = ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat();
    let body = body(&json!([{"role": "user", "content": format!("mail anna.muster@example.org, key {key}")}]));
    let (mail, secret) = ("<EMAIL_1>", "<AWS_ACCESS_KEY_1>");
    let permit = r#"@id("see") permit (principal, action == Gnomon::Action::"restore", resource)"#;
    for (more, expected) in [
        (String::new(), [false, false]),
        (format!("{permit};"), [true, true]),
        (format!("{permit} when {{ !context.kinds.contains(\"secret\") }};"), [true, false]),
        (format!("{permit} when {{ context.findings == [\"secret/AWS_ACCESS_KEY\"] }};"), [false, true]),
        (format!("{permit} when {{ principal.kind == \"person\" }};"), [false, false]),
        (
            format!(
                "{permit}; @id(\"n\") @reason(\"r\") forbid (principal, action, resource) when {{ context.findings.contains(\"pii/EMAIL\") && context.pass == \"answer\" }};"
            ),
            [false, true],
        ),
        (
            format!(
                "{permit}; @id(\"n\") @reason(\"r\") forbid (principal, action == Gnomon::Action::\"restore\", resource) when {{ 9223372036854775807 + context.personal_count == context.attack_score + 1 || context.personal_count + 9223372036854775807 + 1 == 1 }};"
            ),
            [false, false],
        ),
    ] {
        let policies = format!("{MASK}{more}");
        let decision = judge(&policies, &body, false);
        assert_eq!(decision.verdict, Verdict::Redact, "{more}");
        let values = may_see(&snapshot(&policies), &caller(), "chat", &target("u"), &decision.replaced);
        assert_eq!([values.has(mail), values.has(secret)], expected, "{more}");
        assert!(!values.has("<EMAIL_2>"));
    }
}

#[test]
fn nothing_comes_back_to_a_request_that_was_not_redacted() {
    let policies = format!("{MASK} @id(\"see\") permit (principal, action == Gnomon::Action::\"restore\", resource);");
    let decision = judge(&policies, &body(&json!([{"role": "user", "content": "is <EMAIL_1> a token?"}])), false);
    assert_eq!(decision.verdict, Verdict::Allow);
    assert!(may_see(&snapshot(&policies), &caller(), "chat", &target("u"), &decision.replaced).is_empty());
}

#[test]
fn a_value_keeps_its_token_when_the_conversation_goes_on() {
    let first = json!([{"role": "user", "content": "Ask anna.muster@example.org, copy bo@example.org"}]);
    let later = json!([
        {"role": "user", "content": "Ask anna.muster@example.org, copy bo@example.org"},
        {"role": "assistant", "content": "I asked anna.muster@example.org."},
        {"role": "user", "content": "Now cy@example.org and bo@example.org"},
    ]);
    let leaves = |messages: &serde_json::Value| -> serde_json::Value {
        let outgoing = judge(MASK, &body(messages), false).outgoing.unwrap();
        serde_json::from_slice::<serde_json::Value>(&outgoing).unwrap()["messages"].clone()
    };
    assert_eq!(leaves(&first)[0]["content"], "Ask <EMAIL_1>, copy <EMAIL_2>");
    let texts: Vec<_> = leaves(&later).as_array().unwrap().iter().map(|message| message["content"].clone()).collect();
    let expected = ["Ask <EMAIL_1>, copy <EMAIL_2>", "I asked <EMAIL_1>.", "Now <EMAIL_3> and <EMAIL_2>"];
    assert_eq!(texts, expected);
}
