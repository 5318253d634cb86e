//! Requests that are odd, large or late.

use crate::house::{Change, House, chat, key, live, post};
use crate::upstream::{CHAT_END, Upstream, chat_answer, chat_event};
use gnomon_types::verdict::Verdict;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes as they are and reads until the gateway closes.
async fn raw(house: &House, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(bytes.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    // A reset instead of an end is fine: what counts is what came before.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn refuses_what_is_not_served() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let auth = format!("authorization: Bearer {}\r\nconnection: close", key());
    for (request, status) in [
        (format!("GET /v1/models HTTP/1.1\r\n{auth}\r\n\r\n"), "400"),
        (format!("TRACE / HTTP/1.1\r\nhost: a\r\n{auth}\r\n\r\n"), "400"),
        (format!("GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n{auth}, upgrade\r\n\r\n"), "400"),
        (format!("GET / HTTP/1.1\r\nhost: a\r\nx-long: {}\r\n{auth}\r\n\r\n", "x".repeat(70_000)), "400"),
        (
            format!(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n{auth}\r\n\r\n{{}}"
            ),
            "400",
        ),
        (
            format!("POST /v1/x/../chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n{auth}\r\n\r\n{{}}"),
            "400",
        ),
        (
            format!(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n{auth}\r\n\r\n{{}}"
            ),
            "400",
        ),
        (
            format!("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n{auth}\r\n\r\n"),
            "400",
        ),
    ] {
        let answer = raw(&house, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}\n{answer}");
    }
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_body_over_the_routes_limit_is_refused_in_the_dialect_whatever_it_claims() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.route().body_bytes_max = 1_000;
    let house = House::start(live);
    let head = format!("POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\n", key());
    for request in [
        format!("{head}content-length: 1001\r\n\r\n{}", "x".repeat(1_001)),
        format!("{head}transfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1_001)),
    ] {
        let answer = raw(&house, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"type\":\"error\""), "{answer}");
    }
    assert_eq!(house.intents().pop().unwrap().code.as_deref(), Some("too_large"));
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.limits.head_ms = 50;
    let house = House::start(live);
    assert_eq!(raw(&house, "").await, "");
    assert_eq!(raw(&house, "GET / HTTP/1.1\r\nhost:").await, "");
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_body_that_drips_is_refused() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.limits.body_ms = 50;
    let house = House::start(live);
    let request =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\ncontent-length: 9\r\n\r\n{{", key());
    let answer = raw(&house, request).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("in time"), "{answer}");
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn an_expecting_client_is_invited_and_its_connection_kept() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    for _ in 0..2 {
        let body = chat("hello", false);
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            key(),
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
        assert!(interim.starts_with(b"HTTP/1.1 100"));
        stream.write_all(body.as_bytes()).await.unwrap();
        let exchange = upstream.next().await;
        assert_eq!(exchange.field("expect"), None);
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
        let mut answer = Vec::new();
        while !answer.ends_with(b"}}") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn an_offer_of_http2_on_a_plain_connection_is_ignored() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut request = post("/v1/chat/completions", &chat("hello", false));
    for (name, value) in [("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c"), ("http2-settings", "AAMAAABk")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (reply, ()) = tokio::join!(house.send(request), async {
        let exchange = upstream.next().await;
        assert_eq!((exchange.field("upgrade"), exchange.field("http2-settings")), (None, None));
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    assert!(reply.text().await.contains("ok"));
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_turn() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let body = chat("hello", false);
    let head = |connection: &str| {
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\nconnection: {connection}\r\ncontent-length: {}\r\n\r\n{body}",
            key(),
            body.len()
        )
    };
    let both = format!("{}{}", head("keep-alive"), head("close"));
    let (answers, ()) = tokio::join!(raw(&house, both), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("first")).await;
        upstream.next().await.answer(200, "application/json", &chat_answer("second")).await;
    });
    assert!(answers.find("first").unwrap() < answers.find("second").unwrap(), "{answers}");
}

#[tokio::test]
async fn denials_by_policy_are_recorded_and_named() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let secret = ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat();
    for body in [chat(&format!("use {secret}"), false), "{\"model\":\"a\",\"model\":\"b\",\"messages\":[]}".to_owned()]
    {
        let reply = house.send(post("/v1/chat/completions", &body)).await;
        assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("deny")));
        let decision = reply.field("x-gnomon-decision").unwrap().to_owned();
        let text = reply.text().await;
        assert!(text.contains(&decision) && !text.contains(&secret), "{text}");
        let intent = house.intents().pop().unwrap();
        assert_eq!(
            (intent.verdict, intent.decision.as_str(), intent.sent_sha256),
            (Verdict::Deny, decision.as_str(), None)
        );
        assert!(intent.code.is_some() && !intent.reasons.is_empty());
    }
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_large_body_is_judged_too() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let text = "many words about nothing at all. ".repeat(6_000);
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat(&text, false)), async {
        upstream.next().await.answer(200, "application/json", &chat_answer(&text)).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    assert!(reply.text().await.contains(&text));
    let secret = ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat();
    let reply = house.post("/v1/chat/completions", &chat(&format!("{text} {secret}"), false)).await;
    assert_eq!(reply.status.as_u16(), 400);
}

#[tokio::test]
async fn nothing_leaves_in_a_query_or_around_the_base_path() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let secret = ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat();
    for path in [
        format!("/v1/chat/completions?note={secret}"),
        format!("/v1/files?note={secret}"),
        "/../other/v1/chat/completions".to_owned(),
        "/%2e%2e/other/v1/chat/completions".to_owned(),
        "/x/..%2fother".to_owned(),
        "/v1/%2563hat/completions".to_owned(),
    ] {
        assert_eq!(house.post(&path, &chat("hello", false)).await.status.as_u16(), 400, "{path}");
    }
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_forwarded_whole() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let size = gnomon_types::limits::BODY_BYTES_MAX;
    let mut request = post("/v1/files", "");
    request.headers_mut().insert("content-type", "application/octet-stream".parse().unwrap());
    *request.body_mut() = http_body_util::Full::new(bytes::Bytes::from(vec![0xFF; size]));
    let (reply, length) = tokio::join!(house.send(request), async {
        let exchange = upstream.next().await;
        let length = exchange.body.len();
        exchange.answer(200, "application/json", "{}").await;
        length
    });
    assert_eq!((reply.status.as_u16(), length), (200, size));
    assert_eq!(house.intents().remove(0).received_bytes, u64::try_from(size).unwrap());
}

#[tokio::test]
async fn a_new_snapshot_leaves_requests_and_streams_under_way_alone() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (mut reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("some words flowing ")).await;
        exchange
    });
    reply.until("some").await;
    for round in 0..20 {
        // Another snapshot without the route, and the usual one again, while others ask.
        let routes = house.live.load().routes.clone();
        house.change(|live| live.routes.clear());
        let refused = house.post("/v1/chat/completions", &chat("hello", false)).await;
        assert_eq!(refused.status.as_u16(), 400, "round {round}");
        house.change(|live| live.routes = routes);
        let (passed, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
            upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
        });
        assert_eq!(passed.status.as_u16(), 200, "round {round}");
    }
    exchange.chunk(chat_event("to their end")).await;
    exchange.chunk(CHAT_END).await;
    exchange.end().await;
    let text = reply.text().await;
    assert!(text.contains("to their end") && text.ends_with(CHAT_END), "{text}");
}
