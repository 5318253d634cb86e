//! What goes through goes through unchanged, and at once.

use crate::house::{Change, House, chat, key, live, post};
use crate::upstream::{CHAT_END, Upstream, chat_answer, chat_event};
use bytes::Bytes;
use gnomon_gateway::{Origin, Route, UpstreamAuth};
use gnomon_policy::PolicyFile;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::{RouteName, ServiceId, UpstreamName};
use gnomon_types::secret::Secret;
use gnomon_types::verdict::Verdict;
use http::Request;
use http_body_util::Full;

#[tokio::test]
async fn bytes_unknown_fields_and_headers_arrive_as_sent() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let body = "{ \"model\":\"gpt-x\" ,\"x_new_field\": [1.50, 2e3],\n\"messages\":[{\"content\":\"h\\u0069 \u{fc}\",\"role\":\"user\"}]}";
    let mut request = post("/v1/chat/completions?beta=true&a=%2F", body);
    request.headers_mut().insert("anthropic-beta", "tools-2026".parse().unwrap());
    request.headers_mut().append("x-twice", "1".parse().unwrap());
    request.headers_mut().append("x-twice", "2".parse().unwrap());
    request.headers_mut().insert("x-gnomon-verdict", "allow".parse().unwrap());
    request.headers_mut().insert("connection", "x-hop".parse().unwrap());
    request.headers_mut().insert("x-hop", "1".parse().unwrap());
    let answer = chat_answer("fine").replace("\"created\":1", "\"created\": 1 , \"x_unknown\":null");
    let serve = async {
        let exchange = upstream.next().await;
        assert_eq!(exchange.line(), "POST /v1/chat/completions?beta=true&a=%2F HTTP/1.1");
        assert_eq!(String::from_utf8_lossy(&exchange.body), body);
        assert_eq!(exchange.field("anthropic-beta"), Some("tools-2026"));
        assert_eq!(exchange.head.matches("x-twice").count(), 2);
        assert_eq!(exchange.field("host"), Some(upstream.address.to_string().as_str()));
        for gone in ["authorization", "x-gnomon-verdict", "x-hop", "x-gnomon-receipt"] {
            assert_eq!(exchange.field(gone), None, "{gone}");
        }
        exchange.answer(200, "application/json", &answer).await;
    };
    let (reply, ()) = tokio::join!(house.send(request), serve);
    assert_eq!((reply.status.as_u16(), reply.field("x-upstream")), (200, Some("yes")));
    assert_eq!(reply.field("x-gnomon-verdict"), Some("allow"));
    assert_eq!(reply.field("content-length"), Some(answer.len().to_string().as_str()));
    let decision = reply.field("x-gnomon-decision").unwrap().to_owned();
    assert_eq!(reply.text().await, answer);
    let outcome = house.outcome().await;
    assert_eq!((outcome.decision.as_str(), outcome.end.as_str(), outcome.status), (decision.as_str(), "complete", 200));
    assert_eq!((outcome.usage.unwrap().input_tokens, outcome.usage.unwrap().output_tokens), (3, 4));
    assert_eq!(outcome.model.as_deref(), Some("gpt-x"));
    let intent = house.intents().remove(0);
    assert_eq!((intent.verdict, intent.sent_sha256), (Verdict::Allow, Some(intent.received_sha256)));
}

#[tokio::test]
async fn the_first_token_does_not_wait_for_the_last() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (mut reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange
    });
    assert_eq!(reply.field("content-type"), Some("text/event-stream"));
    let (first, second) = (chat_event("the quick "), chat_event("brown fox "));
    exchange.chunk(&first).await;
    exchange.chunk(&second).await;
    // The upstream says no more until the client has the first event.
    let mut read = reply.until("quick").await;
    exchange.chunk(CHAT_END).await;
    exchange.end().await;
    read.push_str(&reply.text().await);
    assert_eq!(read, format!("{first}{second}{CHAT_END}"));
    assert_eq!(house.outcome().await.end, "complete");
}

#[tokio::test]
async fn a_stream_is_the_same_bytes_wherever_it_is_cut() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let stream = format!(": hello\r\n\r\n{}{}{CHAT_END}", chat_event("caf\u{e9} "), chat_event("ol\u{e9}"));
    for size in [1, 2, 3, 7, 64] {
        let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
            let mut exchange = upstream.next().await;
            exchange.begin_events().await;
            for piece in stream.as_bytes().chunks(size) {
                exchange.chunk(piece).await;
            }
            exchange.end().await;
        });
        assert_eq!(reply.text().await, stream, "chunks of {size}");
    }
}

#[tokio::test]
async fn interim_answers_end_at_the_gateway() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        let mut exchange = upstream.next().await;
        exchange.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n").await;
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!((reply.status.as_u16(), reply.field("link")), (200, None));
    assert!(reply.text().await.contains("ok"));
}

#[tokio::test]
async fn heads_lists_and_unknown_apis_pass() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let request = |method: &str, path: &str, body: Bytes| {
        let request = Request::builder().method(method).uri(path).header("host", "a").header("x-api-key", key());
        request.header("content-type", "application/octet-stream").body(Full::new(body)).unwrap()
    };
    let (reply, ()) = tokio::join!(house.send(request("HEAD", "/", Bytes::new())), async {
        let mut exchange = upstream.next().await;
        assert_eq!(exchange.line(), "HEAD / HTTP/1.1");
        exchange.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").await;
        exchange.keep();
    });
    assert_eq!((reply.status.as_u16(), reply.field("content-length")), (200, Some("5")));
    assert_eq!(reply.text().await, "");
    let (reply, ()) = tokio::join!(house.send(request("GET", "/v1/models", Bytes::new())), async {
        upstream.next().await.answer(200, "application/json", "{\"data\":[]}").await;
    });
    assert_eq!(reply.text().await, "{\"data\":[]}");
    let bytes = Bytes::from_static(&[0, 159, 146, 150, 255]);
    let (reply, ()) = tokio::join!(house.send(request("PUT", "/files/1", bytes.clone())), async {
        let mut exchange = upstream.next().await;
        assert_eq!(exchange.body, bytes);
        exchange.write("HTTP/1.1 204 No Content\r\n\r\n").await;
        exchange.keep();
    });
    assert_eq!(reply.status.as_u16(), 204);
}

#[tokio::test]
async fn routes_choose_by_prefix_host_and_model_and_put_the_upstreams_key_in() {
    let mut main = Upstream::start().await;
    let mut other = Upstream::start().await;
    let mut live = live(main.address);
    let mut second = live.upstream().clone();
    second.name = UpstreamName::new("second").unwrap();
    second.origin = Origin::parse(&format!("http://{}/base/", other.address)).unwrap();
    second.auth = UpstreamAuth::XApiKey(Secret::new("provider-key"));
    second.receipts = true;
    let mut prefixed = Route::new(RouteName::new("prefixed").unwrap(), "/second", second.name.clone());
    prefixed.models = Vec::new();
    let mut by_model = Route::new(RouteName::new("by-model").unwrap(), "/", second.name.clone());
    by_model.models = vec!["claude-*".to_owned()];
    live.upstreams.insert(second.name.clone(), second);
    live.routes.extend([prefixed, by_model]);
    let house = House::start(live);
    let claude = chat("hello", false).replace("gpt-x", "claude-1");
    for (path, body, arrives) in [
        ("/second/v1/chat/completions", chat("hello", false), "POST /base/v1/chat/completions HTTP/1.1"),
        ("/v1/chat/completions", claude, "POST /base/v1/chat/completions HTTP/1.1"),
    ] {
        let (reply, ()) = tokio::join!(house.post(path, &body), async {
            let exchange = other.next().await;
            assert_eq!(exchange.line(), arrives);
            assert_eq!(exchange.field("x-api-key"), Some("provider-key"));
            assert_eq!(exchange.field("authorization"), None);
            assert_eq!(exchange.field("x-gnomon-receipt").unwrap().split('.').count(), 3);
            assert!(exchange.field("x-gnomon-decision").unwrap().starts_with("dec_"));
            exchange.answer(200, "application/json", &chat_answer("ok")).await;
        });
        assert_eq!(reply.status.as_u16(), 200);
    }
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        main.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
}

#[tokio::test]
async fn personal_data_leaves_as_a_token_and_the_rest_of_the_body_as_it_came() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.status(ServiceStatus::UnderReview);
    let house = House::start(live);
    let body = chat("write to jane.roe@example.org about it", false);
    let mut request = post("/v1/chat/completions", &body);
    request.headers_mut().insert("content-digest", "sha-256=:AA==:".parse().unwrap());
    let (reply, sent) = tokio::join!(house.send(request), async {
        let exchange = upstream.next().await;
        assert_eq!(exchange.field("content-digest"), None);
        assert_eq!(exchange.field("content-length"), Some(exchange.body.len().to_string().as_str()));
        let sent = String::from_utf8(exchange.body.clone()).unwrap();
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
        sent
    });
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (200, Some("redact")));
    let (before, after) = body.split_once("jane.roe@example.org").unwrap();
    assert_eq!(sent, format!("{before}<EMAIL_1>{after}"));
    let intent = house.intents().remove(0);
    assert_eq!(intent.verdict, Verdict::Redact);
    assert_ne!(intent.sent_sha256, Some(intent.received_sha256));
}

#[tokio::test]
async fn a_rule_may_send_a_request_to_another_upstream_once() {
    let mut main = Upstream::start().await;
    let mut other = Upstream::start().await;
    let mut live = live(main.address);
    let mut second = live.upstream().clone();
    second.name = UpstreamName::new("on-premises").unwrap();
    second.service = ServiceId::new("own-model").unwrap();
    second.origin = Origin::parse(&format!("http://{}", other.address)).unwrap();
    live.statuses.insert(second.service.clone(), ServiceStatus::Sanctioned);
    live.upstreams.insert(second.name.clone(), second);
    let mut files = gnomon_policy::shipped_files();
    files.push(PolicyFile {
        name: "reroute.cedar".to_owned(),
        text: "@id(\"personal-data-stays-in-house\")\n@reason(\"Personal data stays in house.\")\n@remedy(\"reroute:on-premises\")\n\
            forbid (principal, action == Gnomon::Action::\"send\", resource)\n\
            when { resource.id == \"acme-ai\" && context.kinds.contains(\"pii\") };"
            .to_owned(),
    });
    live.policy = gnomon_policy::Snapshot::load(&files, &gnomon_policy::DetectConfig::default()).unwrap();
    let house = House::start(live);
    let (reply, ()) =
        tokio::join!(house.post("/v1/chat/completions", &chat("mail jane.roe@example.org", false)), async {
            other.next().await.answer(200, "application/json", &chat_answer("ok")).await;
        });
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(house.intents().remove(0).target.unwrap().upstream.as_str(), "on-premises");
    assert!(main.is_untouched());
}

#[tokio::test]
async fn a_reload_fails_no_request() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    tokio::spawn(async move {
        loop {
            upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
        }
    });
    let mut sender = house.connect().await;
    for round in 0..40_u64 {
        house.change(|live| live.route().hold_wait_ms = round);
        sender.ready().await.unwrap();
        let response = sender.send_request(post("/v1/chat/completions", &chat("hello", false))).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
    }
}
