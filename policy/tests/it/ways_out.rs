//! The lethal trifecta over the ways out that each API has.

use crate::passes::{caller, request, target};
use gnomon_policy::{Decision, Snapshot, validate};
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};

fn judged(snapshot: &Snapshot, path: &str, body: &Value) -> Decision {
    let (caller, target) = (caller(), target("u"));
    let body = body.to_string();
    validate(&request(&caller, &target, path, body.as_bytes()), snapshot)
}

const PERSONAL: &str = "The customer is erika.muster@example.com.";

fn chat(content: &str, foreign: bool, tools: &Value) -> Value {
    let mut messages = vec![json!({"role": "user", "content": content})];
    if foreign {
        messages.push(json!({"role": "tool", "tool_call_id": "a", "content": "The printer is on fire."}));
    }
    json!({"model": "m", "messages": messages, "tools": tools})
}

fn responses(more: &Value) -> Value {
    let mut body = json!({"model": "m", "input": [{"role": "user", "content": PERSONAL},
        {"type": "function_call_output", "call_id": "a", "output": "The printer is on fire."}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn every_way_out_counts() {
    let shipped = Snapshot::shipped().unwrap();
    let messages = |more: Value| {
        let mut body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": PERSONAL},
            {"type": "tool_result", "tool_use_id": "t", "content": "The printer is on fire."}]}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, body, expected) in [
        (
            "/v1/responses",
            responses(&json!({"tools": [{"type": "mcp", "server_label": "x", "server_url": "https://x.example/mcp"}]})),
            true,
        ),
        (
            "/v1/responses",
            responses(&json!({"tools": [{"type": "mcp", "server_label": "mail", "connector_id": "connector_gmail"}]})),
            true,
        ),
        (
            "/v1/responses",
            responses(
                &json!({"tools": [{"type": "computer_use_preview", "display_width": 1, "display_height": 1, "environment": "browser"}]}),
            ),
            true,
        ),
        ("/v1/responses", responses(&json!({"tools": [{"type": "file_search", "vector_store_ids": ["a"]}]})), false),
        (
            "/v1/messages",
            messages(json!({"mcp_servers": [{"type": "url", "name": "x", "url": "https://x.example/mcp"}]})),
            true,
        ),
        ("/v1/messages", messages(json!({"tools": [{"type": "computer_20250124", "name": "computer"}]})), true),
        ("/v1/messages", messages(json!({"tools": [{"name": "git_push", "input_schema": {}}]})), true),
        ("/v1/messages", messages(json!({"tools": [{"name": "git_log", "input_schema": {}}]})), false),
        ("/v1/messages", messages(json!({"mcp_servers": []})), false),
    ] {
        let decision = judged(&shipped, path, &body);
        assert_eq!(decision.verdict == Verdict::Hold, expected, "{body} {:?}", decision.reasons);
    }
}

#[test]
fn a_tool_that_was_called_is_a_way_out_too() {
    let shipped = Snapshot::shipped().unwrap();
    let call = json!({"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "send_email", "arguments": "{}"}}]});
    let mut body = chat(PERSONAL, true, &json!([{"type": "function", "function": {"name": "read_ticket"}}]));
    assert_eq!(judged(&shipped, "/v1/chat/completions", &body).verdict, Verdict::Allow);
    body["messages"].as_array_mut().unwrap().insert(1, call);
    assert_eq!(judged(&shipped, "/v1/chat/completions", &body).verdict, Verdict::Hold);
}

#[test]
fn special_categories_finance_and_terms_of_dictionaries_are_sensitive() {
    let shipped = Snapshot::shipped().unwrap();
    let tools = json!([{"type": "function", "function": {"name": "send_email"}}]);
    for (content, expected) in [
        ("The patient was diagnosed with multiple sclerosis and takes interferon.", true),
        ("What is multiple sclerosis?", false),
        ("Summarise the weather.", false),
    ] {
        let decision = judged(&shipped, "/v1/chat/completions", &chat(content, true, &tools));
        assert_eq!(
            decision.verdict == Verdict::Hold,
            expected,
            "{content} {:?} {:?}",
            decision.findings,
            decision.reasons
        );
    }
}

#[test]
fn history_that_the_provider_keeps_may_hold_foreign_content() {
    let shipped = Snapshot::shipped().unwrap();
    let ask = |more: Value| {
        let mut body = json!({"model": "m", "input": PERSONAL, "tools": [{"type": "function", "name": "send_email"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judged(&shipped, "/v1/responses", &body).verdict
    };
    assert_eq!(ask(json!({})), Verdict::Allow);
    assert_eq!(ask(json!({"previous_response_id": null, "conversation": null})), Verdict::Allow);
    assert_eq!(ask(json!({"previous_response_id": "resp_1"})), Verdict::Hold);
    assert_eq!(ask(json!({"conversation": {"id": "conv_1"}})), Verdict::Hold);
    assert_eq!(ask(json!({"prompt": {"id": "pmpt_1"}})), Verdict::Hold);
    assert_eq!(
        ask(json!({"input": [{"type": "item_reference", "id": "msg_1"}, {"role": "user", "content": PERSONAL}]})),
        Verdict::Hold
    );
}
