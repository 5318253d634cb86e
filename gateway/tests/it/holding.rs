//! Requests that wait for a person.

use crate::house::{Change, House, chat, live, post};
use crate::upstream::{CHAT_END, Upstream, chat_answer, chat_event};
use gnomon_gateway::{Decided, Live, Restored, Waiting};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::CallerKind;
use gnomon_types::record::RecordBody;
use gnomon_types::verdict::Verdict;
use std::net::SocketAddr;

/// An agent asks a service that is sanctioned with conditions: personal data waits for a person.
fn agents(upstream: SocketAddr) -> Live {
    let mut live = live(upstream);
    live.kind(CallerKind::Agent);
    live.status(ServiceStatus::SanctionedWithConditions);
    live.route().hold_wait_ms = 100;
    live
}

fn sensitive(stream: bool) -> String {
    chat("write to jane.roe@example.org about the invoice", stream)
}

/// Waits until a hold is recorded and returns what waits.
async fn waiting(house: &House) -> Waiting {
    let mut durable = house.log.watch();
    while !house.records().iter().any(|body| matches!(body, RecordBody::Hold(_))) {
        durable.changed().await.unwrap();
    }
    house.desk.waiting().remove(0)
}

#[tokio::test]
async fn a_held_stream_waits_on_its_connection_and_then_flows() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let mut reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    assert_eq!((reply.status.as_u16(), reply.field("content-type")), (200, Some("text/event-stream; charset=utf-8")));
    assert_eq!(reply.field("x-gnomon-verdict"), Some("hold"));
    let waiting = waiting(&house).await;
    assert_eq!(reply.field("x-gnomon-approval"), Some(waiting.approval.as_str()));
    assert_eq!(reply.until("\n\n").await, format!(": waiting for approval {}\n\n", waiting.approval));
    assert!(upstream.is_untouched());
    assert!(house.desk.decide(&waiting.approval, Decided::Approved));
    let mut exchange = upstream.next().await;
    assert_eq!(String::from_utf8_lossy(&exchange.body), sensitive(true));
    exchange.begin_events().await;
    let event = chat_event("done ");
    exchange.chunk(&event).await;
    exchange.chunk(CHAT_END).await;
    exchange.end().await;
    assert_eq!(reply.text().await, format!("{event}{CHAT_END}"));
    let outcome = house.outcome().await;
    let intents = house.intents();
    let [held, sent] = intents.as_slice() else { panic!("{intents:?}") };
    assert_eq!((held.verdict, held.code.as_deref(), held.sent_sha256), (Verdict::Hold, Some("held"), None));
    assert_eq!((sent.verdict, sent.sent_sha256), (Verdict::Allow, Some(sent.received_sha256)));
    assert_eq!((held.approval.as_ref(), sent.approval.as_ref()), (Some(&waiting.approval), Some(&waiting.approval)));
    assert_eq!((outcome.decision, outcome.end.as_str()), (sent.decision.clone(), "complete"));
    assert_ne!(held.decision, sent.decision);
}

#[tokio::test]
async fn a_held_plain_request_comes_again_and_the_approval_is_good_once() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(false)).await;
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("hold")));
    let waiting = waiting(&house).await;
    assert_eq!(reply.field("x-gnomon-approval"), Some(waiting.approval.as_str()));
    assert!(reply.text().await.contains(waiting.approval.as_str()));
    assert!(house.desk.decide(&waiting.approval, Decided::Approved));
    let other = sensitive(false).replace("invoice", "contract");
    let reply = house.post("/v1/chat/completions", &other).await;
    assert_eq!(reply.status.as_u16(), 400, "another request used the approval");
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &sensitive(false)), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-approval")), (200, Some(waiting.approval.as_str())));
    let reply = house.post("/v1/chat/completions", &sensitive(false)).await;
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("hold")));
    assert_ne!(reply.field("x-gnomon-approval"), Some(waiting.approval.as_str()));
    let holds = house.records().into_iter().filter(|body| matches!(body, RecordBody::Hold(_))).count();
    assert_eq!(holds, 3);
}

#[tokio::test]
async fn a_rejection_ends_a_stream_with_an_error_and_a_plain_request_with_a_denial() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    let waiting = waiting(&house).await;
    assert!(house.desk.decide(&waiting.approval, Decided::Rejected { note: "use the test data".to_owned() }));
    let stream = reply.text().await;
    assert!(stream.contains("use the test data") && stream.contains("rejected"), "{stream}");
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    assert_eq!(reply.status.as_u16(), 400, "a second send is told at once");
    let codes: Vec<Option<String>> = house.intents().into_iter().map(|intent| intent.code).collect();
    assert_eq!(codes, [Some("held".to_owned()), Some("rejected".to_owned()), Some("rejected".to_owned())]);
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn what_changed_while_a_request_waited_counts() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    let waiting = waiting(&house).await;
    house.change(|live| live.keys.clear());
    assert!(house.desk.decide(&waiting.approval, Decided::Approved));
    assert!(reply.text().await.contains("revoked"));
    assert_eq!(house.intents().pop().unwrap().code.as_deref(), Some("not_authenticated"));
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn an_upstream_error_after_a_held_stream_began_is_told_in_the_stream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    let waiting = waiting(&house).await;
    assert!(house.desk.decide(&waiting.approval, Decided::Approved));
    upstream.next().await.answer(429, "application/json", "{\"error\":{}}").await;
    let stream = reply.text().await;
    assert!(stream.contains("429") && stream.contains("error"), "{stream}");
    assert_eq!(house.outcome().await.status, 429);
}

#[tokio::test]
async fn time_runs_out_for_a_held_stream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    let waiting = waiting(&house).await;
    house.clock.advance(3_600_000);
    assert!(reply.text().await.contains("in time"));
    assert!(!house.desk.decide(&waiting.approval, Decided::Approved));
    let expired = house
        .records()
        .into_iter()
        .any(|body| matches!(body, RecordBody::Approval(approval) if approval.outcome == "expired"));
    assert!(expired);
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_client_that_leaves_while_held_finds_its_approval_later_also_after_a_restart() {
    let mut upstream = Upstream::start().await;
    let house = House::start(agents(upstream.address));
    let reply = house.post("/v1/chat/completions", &sensitive(true)).await;
    let waiting = waiting(&house).await;
    drop(reply);
    let restarted = House::start(agents(upstream.address));
    let restored = Restored {
        id: waiting.approval.clone(),
        fingerprint: waiting.fingerprint,
        expires: waiting.expires,
        approved: false,
    };
    restarted.desk.restore(vec![restored]);
    assert!(restarted.desk.decide(&waiting.approval, Decided::Approved));
    let (reply, ()) = tokio::join!(restarted.send(post("/v1/chat/completions", &sensitive(true))), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-approval")), (200, Some(waiting.approval.as_str())));
}
