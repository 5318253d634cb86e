//! Calls of tools in answers: held against the tools of their request, and stopped before the client has them whole.

use crate::house::{House, live};
use crate::upstream::Upstream;
use gnomon_gateway::Live;
use gnomon_policy::{DetectConfig, PolicyFile, Snapshot, shipped_files};
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};
use std::net::SocketAddr;

const RULES: &str = r#"
@id("no-drops") @reason("Tables are not dropped.") @control("house:1")
forbid (principal, action == Gnomon::Action::"receive", resource)
when { context.tool_calls_like.contains("drop_*") || context.tool_arguments_like.contains("send_mail.to!=*@bank.example") };
"#;

const STRICT: &str =
    r#"{"type":"object","properties":{"to":{"type":"string"}},"required":["to"],"additionalProperties":false}"#;

fn watched(upstream: SocketAddr) -> Live {
    let mut live = live(upstream);
    let mut files = shipped_files();
    files.push(PolicyFile { name: "90-calls.cedar".to_owned(), text: RULES.to_owned() });
    live.policy = Snapshot::load(&files, &DetectConfig::default()).unwrap();
    live
}

/// One API: where requests go, what one is, and the answer that calls a tool, whole and in events.
struct Api {
    path: &'static str,
    request: fn(&Value) -> Value,
    whole: fn(&str, &str) -> Value,
    events: fn(&str, &str) -> Vec<Value>,
}

fn chat_events(name: &str, arguments: &str) -> Vec<Value> {
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    };
    let piece = |text: &str| chunk(json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}), None);
    let begin = json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": name, "arguments": ""}}]});
    let (left, right) = arguments.split_at(arguments.len() / 2);
    vec![chunk(begin, None), piece(left), piece(right), chunk(json!({}), Some("tool_calls"))]
}

fn messages_events(name: &str, arguments: &str) -> Vec<Value> {
    let piece = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": text}});
    let (left, right) = arguments.split_at(arguments.len() / 2);
    vec![
        json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": name, "input": {}}}),
        piece(left),
        piece(right),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_stop"}),
    ]
}

fn responses_events(name: &str, arguments: &str) -> Vec<Value> {
    let item = |arguments: &str| json!({"type": "function_call", "id": "f", "call_id": "c", "name": name, "arguments": arguments});
    let piece = |text: &str| json!({"type": "response.function_call_arguments.delta", "item_id": "f", "output_index": 0, "delta": text});
    let (left, right) = arguments.split_at(arguments.len() / 2);
    vec![
        json!({"type": "response.created", "response": {"id": "r", "output": []}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("")}),
        piece(left),
        piece(right),
        json!({"type": "response.function_call_arguments.done", "item_id": "f", "output_index": 0, "arguments": arguments}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item(arguments)}),
        json!({"type": "response.completed", "response": {"id": "r", "output": [item(arguments)]}}),
    ]
}

const APIS: [Api; 3] = [
    Api {
        path: "/v1/chat/completions",
        request: |tool| json!({"model": "m", "messages": [], "tools": [{"type": "function", "function": {"name": tool["name"], "parameters": tool["schema"]}}]}),
        whole: |name, arguments| {
            json!({"id": "c", "object": "chat.completion", "model": "m", "choices": [{"index": 0,
            "message": {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": name, "arguments": arguments}}]},
            "finish_reason": "tool_calls"}]})
        },
        events: chat_events,
    },
    Api {
        path: "/v1/messages",
        request: |tool| json!({"model": "m", "max_tokens": 9, "messages": [], "tools": [{"name": tool["name"], "input_schema": tool["schema"]}]}),
        whole: |name, arguments| {
            let input: Value = serde_json::from_str(arguments).unwrap();
            json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
                "content": [{"type": "tool_use", "id": "t", "name": name, "input": input}]})
        },
        events: messages_events,
    },
    Api {
        path: "/v1/responses",
        request: |tool| json!({"model": "m", "input": "hello", "tools": [{"type": "function", "name": tool["name"], "parameters": tool["schema"]}]}),
        whole: |name, arguments| {
            json!({"id": "r", "object": "response", "status": "completed", "model": "m",
            "output": [{"type": "function_call", "id": "f", "call_id": "c", "name": name, "arguments": arguments}]})
        },
        events: responses_events,
    },
];

/// The status and text that a client gets when this is called, whole or in events.
async fn called(house: &House, upstream: &mut Upstream, api: &Api, call: (&str, &str), streams: bool) -> (u16, String) {
    let tool = json!({"name": "send_mail", "schema": serde_json::from_str::<Value>(STRICT).unwrap()});
    let mut request = (api.request)(&tool);
    request["stream"] = json!(streams);
    let (reply, ()) = tokio::join!(house.post(api.path, &request.to_string()), async {
        let mut exchange = upstream.next().await;
        if !streams {
            return exchange.answer(200, "application/json", &(api.whole)(call.0, call.1).to_string()).await;
        }
        exchange.begin_events().await;
        for event in (api.events)(call.0, call.1) {
            if !exchange.try_chunk(&format!("data: {event}\n\n")).await {
                return;
            }
        }
        // The last chunk; an answer that was cut at its last event takes none.
        exchange.try_chunk("").await;
    });
    (reply.status.as_u16(), reply.text().await)
}

#[tokio::test]
async fn a_call_that_a_rule_forbids_never_gets_to_the_client_whole() {
    let mut upstream = Upstream::start().await;
    let house = House::start(watched(upstream.address));
    let mut count = 0;
    for api in &APIS {
        for call in [("drop_table", r#"{"a":"never seen whole"}"#), ("send_mail", r#"{"to":"x@evil.example"}"#)] {
            for streams in [false, true] {
                let (status, text) = called(&house, &mut upstream, api, call, streams).await;
                assert_eq!(status, if streams { 200 } else { 400 }, "{text}");
                assert!(text.contains("Tables are not dropped"), "{text}");
                let (_, end) = call.1.split_at(call.1.len() / 2);
                assert!(!text.contains(&json!(end).to_string().replace('"', "")), "{text}");
                count += 1;
            }
        }
    }
    let outcomes = house.outcomes(count).await;
    assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Deny && outcome.end == "cut_by_policy"));
    assert!(outcomes.iter().all(|outcome| outcome.reasons.iter().any(|reason| reason.rule == "no-drops")));
}

#[tokio::test]
async fn a_call_that_breaks_its_schema_or_is_not_declared_stands_in_the_record_of_its_answer() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut count = 0;
    for api in &APIS {
        for (call, is_bad) in [
            (("send_mail", r#"{"to":"bo"}"#), false),
            (("send_mail", r#"{"to":5,"n":99,"zz":1}"#), true),
            (("undeclared", "{}"), true),
        ] {
            for streams in [false, true] {
                let (status, text) = called(&house, &mut upstream, api, call, streams).await;
                assert_eq!(status, 200, "{text}");
                count += 1;
                let outcome = house.outcomes(count).await.pop().unwrap();
                assert_eq!((outcome.verdict, outcome.end.as_str()), (Verdict::Allow, "complete"));
                let observed = outcome
                    .reasons
                    .iter()
                    .any(|reason| reason.rule == "tool-arguments-fit-their-schema" && reason.observed);
                assert_eq!(observed, is_bad, "{} {call:?} {streams}", api.path);
                if streams {
                    let sent: String =
                        (api.events)(call.0, call.1).iter().map(|event| format!("data: {event}\n\n")).collect();
                    assert_eq!(text, sent, "as it came");
                }
            }
        }
    }
}
