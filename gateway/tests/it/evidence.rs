//! No decision without evidence, and what is said when there can be none.

use crate::house::{Change, House, chat, live};
use crate::upstream::{Upstream, chat_answer};
use gnomon_gateway::OnEvidenceFailure;
use gnomon_types::record::RecordBody;

#[tokio::test]
async fn without_the_log_nothing_is_forwarded() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.route().hold_wait_ms = 300;
    let house = House::start(live);
    house.log.close();
    for policy in [OnEvidenceFailure::Deny, OnEvidenceFailure::Hold] {
        house.change(|live| live.route().on_evidence_failure = policy);
        let reply = house.post("/v1/chat/completions", &chat("hello", false)).await;
        assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("deny")), "{policy:?}");
        assert!(reply.text().await.contains("evidence"));
    }
    assert!(upstream.is_untouched());
    assert_eq!((house.counters.totals().refused, house.counters.totals().forwarded), (2, 0));
}

#[tokio::test]
async fn a_log_that_hangs_lets_nothing_out_and_the_denial_is_recorded_once_it_goes_on() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.route().hold_wait_ms = 200;
    live.route().on_evidence_failure = OnEvidenceFailure::Hold;
    let house = House::start(live);
    house.clock.hang_log(true);
    let reply = house.post("/v1/chat/completions", &chat("hello", false)).await;
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("deny")));
    assert!(reply.text().await.contains("evidence"));
    assert!(upstream.is_untouched());
    let mut durable = house.log.watch();
    house.clock.hang_log(false);
    while house.intents().len() < 2 {
        durable.changed().await.unwrap();
    }
    let last = house.intents().pop().unwrap();
    assert_eq!((last.code.as_deref(), last.sent_sha256), (Some("evidence_unavailable"), None));
}

#[tokio::test]
async fn a_request_that_waits_for_the_log_goes_on_when_the_log_does() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.route().hold_wait_ms = 60_000;
    live.route().on_evidence_failure = OnEvidenceFailure::Hold;
    let house = House::start(live);
    house.clock.hang_log(true);
    let request = house.post("/v1/chat/completions", &chat("hello", false));
    let (reply, ()) = tokio::join!(request, async {
        while house.log.health().queued == 0 && house.counters.totals().accepted == 0 {
            tokio::task::yield_now().await;
        }
        assert!(upstream.is_untouched());
        house.clock.hang_log(false);
        upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(house.intents().len(), 1, "it is recorded once");
}

#[tokio::test]
async fn names_and_counts_of_any_size_do_not_lose_their_records() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let long = "m".repeat(70_000);
    let answer = chat_answer("ok")
        .replace("gpt-x", &long)
        .replace("\"prompt_tokens\":3", &format!("\"prompt_tokens\":{}", u64::MAX));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        upstream.next().await.answer(200, "application/json", &answer).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    let outcome = house.outcome().await;
    assert_eq!(outcome.model.unwrap().len(), 256);
    assert_eq!(outcome.usage.unwrap().input_tokens, 1 << 40);
}

#[tokio::test]
async fn the_intent_is_durable_before_the_upstream_sees_a_byte() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (_, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        let exchange = upstream.next().await;
        assert_eq!(house.intents().len(), 1);
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
    });
}

#[tokio::test]
async fn the_first_use_of_a_model_is_a_record_once() {
    let mut upstream = Upstream::start().await;
    let mut house = House::start(live(upstream.address));
    for status in [404, 200, 200] {
        let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
            upstream.next().await.answer(status, "application/json", &chat_answer("ok")).await;
        });
        assert_eq!(reply.status.as_u16(), status);
    }
    house.outcomes(3).await;
    house.stop().await;
    let changes: Vec<_> = house
        .records()
        .into_iter()
        .filter_map(|body| if let RecordBody::ModelChange(change) = body { Some(change) } else { None })
        .collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes.first().unwrap().model, "gpt-x");
}

#[tokio::test]
async fn no_record_holds_text_keys_or_addresses() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, ()) =
        tokio::join!(house.post("/v1/chat/completions", &chat("a very particular sentence", false)), async {
            upstream.next().await.answer(200, "application/json", &chat_answer("an equally particular reply")).await;
        });
    assert_eq!(reply.status.as_u16(), 200);
    house.outcome().await;
    // Where the request went is named, and here that is the same machine as the caller's.
    let log = format!("{:?}", house.records()).replace(&upstream.address.to_string(), "upstream");
    for planted in ["particular", &crate::house::key(), "127.0.0.1"] {
        assert!(!log.contains(planted), "{planted} in {log}");
    }
}
