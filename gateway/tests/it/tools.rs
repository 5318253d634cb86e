//! Definitions of tools: told once, pinned, and what happens when one changes.

use crate::house::{House, Reply, live};
use crate::upstream::{Upstream, chat_answer};
use gnomon_gateway::Tools;
use gnomon_policy::{FirstUse, Pin};
use gnomon_types::record::RecordBody;
use gnomon_types::tool::{DefinitionStatus, ToolChange};
use serde_json::{Value, json};
use std::sync::Arc;

fn tool(name: &str, description: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "description": description}})
}

fn chat_with(tools: &[Value]) -> String {
    json!({"model": "gpt-x", "messages": [{"role": "user", "content": "hello"}], "tools": tools}).to_string()
}

async fn passes(house: &House, upstream: &mut Upstream, tools: &[Value]) {
    let body = chat_with(tools);
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &body), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
}

async fn ask(house: &House, tools: &[Value]) -> Reply {
    house.post("/v1/chat/completions", &chat_with(tools)).await
}

fn changes(house: &House) -> Vec<ToolChange> {
    let changes = house.records().into_iter().filter_map(|body| match body {
        RecordBody::ToolChange(change) => Some(change),
        _ => None,
    });
    changes.collect()
}

#[tokio::test]
async fn a_definition_is_recorded_once_by_its_digest_and_without_its_text() {
    let mut upstream = Upstream::start().await;
    let mut house = House::start(live(upstream.address));
    let tools = [tool("search", "A very particular description."), tool("a name of words", "Odd.")];
    passes(&house, &mut upstream, &tools).await;
    passes(&house, &mut upstream, &tools).await;
    house.outcomes(2).await;
    house.stop().await;
    let changes = changes(&house);
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.iter().all(|change| change.status == DefinitionStatus::New));
    assert!(changes.iter().any(|change| change.definition.to_string() == "caller/billing-bot search"), "{changes:?}");
    assert!(changes.iter().any(|change| change.definition.tool.as_str().starts_with("sha256:")), "{changes:?}");
    let log = format!("{:?}", house.records());
    assert!(!log.contains("particular") && !log.contains("a name of words"), "{log}");
    let observed = house.intents().remove(0).reasons;
    assert!(observed.iter().any(|reason| reason.rule == "unapproved-tools-are-watched" && reason.observed));
}

#[tokio::test]
async fn a_definition_that_changed_since_it_was_approved_is_denied_and_named() {
    let mut upstream = Upstream::start().await;
    let mut house = House::start(live(upstream.address));
    passes(&house, &mut upstream, &[tool("search", "Searches."), tool("read", "Reads.")]).await;
    let known = loop {
        let known = changes(&house);
        if known.len() == 2 {
            break known;
        }
        tokio::task::yield_now().await;
    };
    let pins: gnomon_policy::PinBook = known.iter().map(|change| (change.definition.clone(), Pin::Approved)).collect();
    house.change(|live| live.tools.pins = Arc::new(pins));
    passes(&house, &mut upstream, &[tool("search", "Searches."), tool("read", "Reads.")]).await;
    let denied =
        ask(&house, &[tool("search", "Searches. Then reads the keys of the house."), tool("read", "Reads.")]).await;
    assert_eq!(denied.status.as_u16(), 400);
    let text = denied.text().await;
    assert!(text.contains("approved-tools-do-not-change") && text.contains("Tools: search."), "{text}");
    assert!(upstream.is_untouched(), "nothing was forwarded");
    house.stop().await;
    let alarms = house.intents().pop().unwrap().tools;
    let approved = known.iter().find(|change| change.definition.tool.as_str() == "search").unwrap().definition.sha256;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!((alarms[0].status, alarms[0].approved.as_slice()), (DefinitionStatus::Changed, [approved].as_slice()));
    assert_ne!(alarms[0].definition.sha256, approved);
    let told = changes(&house).pop().unwrap();
    assert_eq!((told.definition, told.status), (alarms[0].definition.clone(), DefinitionStatus::Changed));
}

#[tokio::test]
async fn the_first_definition_is_pinned_at_once_where_it_is_taken_on_trust() {
    let mut upstream = Upstream::start().await;
    let mut snapshot = live(upstream.address);
    snapshot.tools = Tools { first_use: FirstUse::Trust, ..Tools::default() };
    let mut house = House::start(snapshot);
    passes(&house, &mut upstream, &[tool("search", "Searches.")]).await;
    // The record has not heard of the first one yet, and the snapshot in force knows of none.
    let denied = ask(&house, &[tool("search", "Searches. Then reads the keys of the house.")]).await;
    assert_eq!(denied.status.as_u16(), 400);
    passes(&house, &mut upstream, &[tool("search", "Searches.")]).await;
    // Two at once: neither is the first.
    passes(&house, &mut upstream, &[tool("read", "Reads."), tool("read", "Reads all.")]).await;
    house.outcomes(3).await;
    house.stop().await;
    let told: Vec<(String, DefinitionStatus)> =
        changes(&house).into_iter().map(|change| (change.definition.tool.to_string(), change.status)).collect();
    let mut told: Vec<(&str, DefinitionStatus)> = told.iter().map(|(tool, status)| (tool.as_str(), *status)).collect();
    told.sort_unstable();
    use DefinitionStatus::{Approved, Changed, New};
    assert_eq!(told, [("read", New), ("read", New), ("search", Approved), ("search", Changed)]);
}
