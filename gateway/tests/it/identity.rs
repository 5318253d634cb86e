//! Who may ask, and what never travels on.

use crate::house::{Change, House, caller, chat, key, live, post};
use crate::upstream::{Upstream, chat_answer};
use gnomon_types::caller::CallerKind;
use gnomon_types::time::Clock;

#[tokio::test]
async fn a_key_is_taken_from_any_header_and_stripped_from_it() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let key = key();
    for (name, value) in [
        ("authorization", format!("Bearer {key}")),
        ("x-api-key", key.clone()),
        ("api-key", key.clone()),
        ("x-goog-api-key", key.clone()),
        (
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20261123/eu/bedrock/aws4_request, SignedHeaders=host, Signature=0"
            ),
        ),
    ] {
        let mut request = post("/v1/chat/completions", &chat("hello", false));
        request.headers_mut().remove("authorization");
        request.headers_mut().insert(name, value.parse().unwrap());
        let (reply, ()) = tokio::join!(house.send(request), async {
            let exchange = upstream.next().await;
            assert!(!exchange.head.contains(&key), "{name} reached the upstream");
            exchange.answer(200, "application/json", &chat_answer("ok")).await;
        });
        assert_eq!(reply.status.as_u16(), 200, "{name}");
    }
}

#[tokio::test]
async fn without_a_valid_key_nothing_leaves() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    for value in [None, Some("Bearer wrong"), Some("Bearer gnm_unknown1_x")] {
        let mut request = post("/v1/chat/completions", &chat("hello", false));
        request.headers_mut().remove("authorization");
        value.into_iter().for_each(|value| drop(request.headers_mut().insert("authorization", value.parse().unwrap())));
        let reply = house.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("deny")), "{value:?}");
        let decision = reply.field("x-gnomon-decision").unwrap().to_owned();
        let body: serde_json::Value = serde_json::from_str(&reply.text().await).unwrap();
        assert!(body["error"]["message"].as_str().unwrap().contains(&decision));
        let intent = house.intents().pop().unwrap();
        assert_eq!((intent.decision.as_str(), intent.code.as_deref()), (decision.as_str(), Some("not_authenticated")));
    }
    assert!(upstream.is_untouched());
}

#[tokio::test]
async fn a_key_that_expires_or_is_revoked_ends_at_once() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let expires = house.clock.now().plus_millis(1_000);
    house.change(|live| live.keys.values_mut().for_each(|entry| entry.expires = Some(expires)));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    house.clock.advance(1_000);
    assert_eq!(house.post("/v1/chat/completions", &chat("hello", false)).await.status.as_u16(), 400);
    house.change(|live| live.keys.clear());
    assert_eq!(house.post("/v1/chat/completions", &chat("hello", false)).await.status.as_u16(), 400);
}

#[tokio::test]
async fn a_demo_route_takes_anybody_and_their_own_provider_key() {
    let mut upstream = Upstream::start().await;
    let mut live = live(upstream.address);
    live.route().allow_anonymous = Some(caller(CallerKind::Person));
    let house = House::start(live);
    let mut request = post("/v1/chat/completions", &chat("hello", false));
    request.headers_mut().insert("authorization", "Bearer own-provider-key".parse().unwrap());
    let (reply, ()) = tokio::join!(house.send(request), async {
        let exchange = upstream.next().await;
        assert_eq!(exchange.field("authorization"), Some("Bearer own-provider-key"));
        exchange.answer(200, "application/json", &chat_answer("ok")).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(house.intents().remove(0).actor.unwrap().kind, "person");
}
