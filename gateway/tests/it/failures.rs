//! What the client is told when an upstream fails, and what the upstream learns when the client leaves.

use crate::house::{Change, House, chat, live};
use crate::upstream::{Upstream, chat_answer, chat_event};
use gnomon_gateway::Origin;

#[tokio::test]
async fn an_upstream_that_is_not_there_is_an_error_in_the_dialect() {
    let upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    // A port that was free a moment ago and is closed again.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    live.upstream().origin = Origin::parse(&format!("http://{closed}")).unwrap();
    let house = House::start(live);
    let reply = house
        .post(
            "/v1/messages",
            "{\"model\":\"claude\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        )
        .await;
    assert_eq!((reply.status.as_u16(), reply.field("x-should-retry")), (400, Some("false")));
    let body: serde_json::Value = serde_json::from_str(&reply.text().await).unwrap();
    assert_eq!((&body["type"], &body["error"]["code"]), (&"error".into(), &"gnomon_upstream_unreachable".into()));
    let outcome = house.outcome().await;
    assert_eq!((outcome.status, outcome.end.as_str()), (0, "upstream_error"));
}

#[tokio::test]
async fn a_silent_upstream_times_out_before_and_within_the_answer() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.upstream().timeouts.first_byte_ms = 100;
    live.upstream().timeouts.idle_ms = 100;
    let house = House::start(live);
    let (reply, mut exchange) =
        tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), upstream.next());
    assert_eq!(reply.status.as_u16(), 400);
    exchange.closed().await;
    assert_eq!(house.outcomes(1).await.pop().unwrap().end, "upstream_timeout");
    let (mut reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
        exchange
    });
    reply.until("some").await;
    assert!(reply.next().await.is_err(), "the stream must not end as if it were whole");
    exchange.closed().await;
    assert_eq!(house.outcomes(2).await.pop().unwrap().end, "upstream_timeout");
}

#[tokio::test]
async fn an_upstream_that_dies_within_a_stream_leaves_a_broken_stream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (mut reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
    });
    reply.until("some").await;
    assert!(reply.next().await.is_err(), "the stream must not end as if it were whole");
    assert_eq!(house.outcome().await.end, "upstream_error");
}

#[tokio::test]
async fn an_upstream_that_dies_within_a_plain_answer_is_an_error() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        let mut exchange = upstream.next().await;
        exchange
            .write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"id\":")
            .await;
    });
    assert_eq!(reply.status.as_u16(), 400);
    let outcome = house.outcome().await;
    assert_eq!((outcome.status, outcome.end.as_str()), (200, "upstream_error"));
}

#[tokio::test]
async fn errors_of_the_upstream_reach_the_client_as_they_are() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    for status in [400, 401, 404, 429, 500, 529] {
        let body = format!("{{\"error\":{{\"message\":\"no {status}\"}}}}");
        let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
            upstream.next().await.answer(status, "application/json", &body).await;
        });
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.text().await, body);
    }
}

#[tokio::test]
async fn a_pooled_connection_that_died_is_replaced_once_and_unnoticed() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("one", false)), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("one")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    let _ = reply.text().await;
    house.outcome().await;
    // The second request goes out on the pooled connection, which closes without a byte of an answer.
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("two", false)), async {
        drop(upstream.next().await);
        upstream.next().await.answer(200, "application/json", &chat_answer("two")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    assert!(reply.text().await.contains("two"));
    assert_eq!(house.intents().len(), 2);
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_upstream_while_waiting_and_within_the_stream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut exchange = {
        let mut sender = house.connect().await;
        let waiting = sender.send_request(crate::house::post("/v1/chat/completions", &chat("hello", false)));
        tokio::select! {
            exchange = upstream.next() => exchange,
            _ = waiting => unreachable!("nobody answered"),
        }
    };
    exchange.closed().await;
    assert_eq!(house.outcomes(1).await.pop().unwrap().end, "client_gone");
    let (mut reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
        exchange
    });
    reply.until("some").await;
    drop(reply);
    exchange.closed().await;
    assert_eq!(house.outcomes(2).await.pop().unwrap().end, "client_gone");
}
