//! How the gateway stops.

use crate::house::{House, chat, live};
use crate::upstream::{CHAT_END, Upstream, chat_event};
use gnomon_gateway::Drained;
use gnomon_types::record::RecordBody;
use std::time::Duration;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_stop_lets_requests_finish_and_takes_no_more() {
    let mut upstream = Upstream::start().await;
    let mut house = House::start(live(upstream.address));
    let idle = TcpStream::connect(house.address).await.unwrap();
    let (mut reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
        exchange
    });
    reply.until("some").await;
    house.signal_stop();
    while TcpStream::connect(house.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    exchange.chunk(chat_event("some more")).await;
    exchange.chunk(CHAT_END).await;
    exchange.end().await;
    assert!(reply.text().await.ends_with(CHAT_END));
    assert_eq!(house.stop().await, Drained::All);
    drop(idle);
    let phases: Vec<String> = house
        .records()
        .into_iter()
        .filter_map(|body| if let RecordBody::Heartbeat(beat) = body { Some(beat.phase) } else { None })
        .collect();
    assert_eq!(phases, ["start", "stop"]);
    let Some(RecordBody::Heartbeat(last)) = house.records().pop() else { panic!("the last record is the stop") };
    assert_eq!((last.accepted, last.intents, last.forwarded, last.outcomes, last.refused), (1, 1, 1, 1, 0));
}

#[tokio::test]
async fn the_grace_period_ends_what_does_not_finish() {
    let mut upstream = Upstream::start().await;
    let mut house = House::start_with(live(upstream.address), Duration::from_millis(50));
    let (mut reply, _exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
        exchange
    });
    reply.until("some").await;
    assert_eq!(house.stop().await, Drained::Cut(1));
    assert!(reply.next().await.is_err());
}
