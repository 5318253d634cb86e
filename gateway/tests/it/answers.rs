//! What is found in answers does not reach the client.

use crate::house::{House, chat, live};
use crate::upstream::{CHAT_END, Upstream, chat_answer, chat_event};
use gnomon_types::verdict::Verdict;

/// An access key that no provider ever gave out. Assembled, so that no scanner takes it for a real one.
fn secret() -> String {
    ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat()
}

fn private_key() -> String {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(6);
    format!("-----BEGIN {0}-----\n{body}-----END {0}-----", "PRIVATE KEY")
}

#[tokio::test]
async fn a_secret_in_a_plain_answer_is_replaced_and_nothing_else_changes() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let answer = chat_answer(&format!("your key is {} ok", secret()));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        upstream.next().await.answer(200, "application/json", &answer).await;
    });
    assert_eq!(reply.status.as_u16(), 200);
    let text = reply.text().await;
    assert!(!text.contains(&secret()), "{text}");
    let (before, after) = answer.split_once(&secret()).unwrap();
    assert!(text.starts_with(before) && text.ends_with(after), "{text}");
    let outcome = house.outcome().await;
    assert_eq!((outcome.verdict, outcome.end.as_str()), (Verdict::Redact, "complete"));
    assert_eq!(outcome.findings.values().sum::<u64>(), 1);
    assert_eq!(outcome.answer_bytes, u64::try_from(answer.len()).unwrap());
}

#[tokio::test]
async fn a_secret_split_between_events_at_any_place_never_gets_out() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let secret = secret();
    for cut in 0..=secret.len() {
        let (left, right) = secret.split_at(cut);
        let events = [
            chat_event("the key is "),
            chat_event(left),
            chat_event(right),
            chat_event(" and that is all"),
            CHAT_END.to_owned(),
        ];
        let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
            let mut exchange = upstream.next().await;
            exchange.begin_events().await;
            for event in &events {
                exchange.chunk(event).await;
            }
            exchange.end().await;
        });
        let text = content(&reply.text().await);
        assert!(text.starts_with("the key is <") && text.ends_with("> and that is all"), "cut at {cut}: {text}");
        assert!(
            !text.contains(&secret) && (cut == 0 || cut == secret.len() || !text.contains("AKIA")),
            "cut at {cut}: {text}"
        );
    }
}

/// The text that a client puts together from a stream.
fn content(stream: &str) -> String {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.filter_map(|data| {
        serde_json::from_str::<serde_json::Value>(data).unwrap()["choices"][0]["delta"]["content"]
            .as_str()
            .map(str::to_owned)
    })
    .collect()
}

#[tokio::test]
async fn a_private_key_ends_the_stream_with_the_dialects_last_event_and_cuts_the_upstream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, mut exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk(chat_event("here it comes: \n")).await;
        for line in private_key().split_inclusive('\n') {
            exchange.chunk(chat_event(line)).await;
        }
        exchange.chunk(chat_event("\nmore text that nobody will see")).await;
        exchange
    });
    let stream = reply.text().await;
    exchange.closed().await;
    assert!(stream.contains("here it comes") && stream.contains("content_filter"), "{stream}");
    assert!(stream.trim_end().ends_with("data: [DONE]"), "{stream}");
    assert!(!stream.contains("MIIEvQ") && !stream.contains("nobody will see"), "{stream}");
    let outcome = house.outcome().await;
    assert_eq!((outcome.verdict, outcome.end.as_str()), (Verdict::Deny, "cut_by_policy"));
    assert!(outcome.reasons.first().unwrap().rule.contains("private-keys"), "{:?}", outcome.reasons);
}

#[tokio::test]
async fn a_private_key_in_a_plain_answer_is_a_denial_in_the_callers_dialect() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
        upstream.next().await.answer(200, "application/json", &chat_answer(&private_key())).await;
    });
    assert_eq!((reply.status.as_u16(), reply.field("x-gnomon-verdict")), (400, Some("deny")));
    let text = reply.text().await;
    assert!(text.contains("private key") && !text.contains("MIIEvQ"), "{text}");
    assert_eq!(house.outcome().await.end, "cut_by_policy");
}

#[tokio::test]
async fn text_of_an_unknown_api_is_guarded_as_it_flows_and_other_bytes_pass() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let secret = secret();
    let (reply, ()) = tokio::join!(house.post("/api/generate", "{\"prompt\":\"hello\"}"), async {
        let mut exchange = upstream.next().await;
        exchange.begin("application/x-ndjson").await;
        let (left, right) = secret.split_at(9);
        for piece in ["{\"response\":\"key ", left, right, "\"}\n{\"done\":true}\n"] {
            exchange.chunk(piece).await;
        }
        exchange.end().await;
    });
    let text = reply.text().await;
    assert!(!text.contains(&secret) && text.ends_with("\"}\n{\"done\":true}\n"), "{text}");
    let (mut reply, ()) = tokio::join!(house.post("/api/audio", "{}"), async {
        let mut exchange = upstream.next().await;
        exchange.begin("audio/mpeg").await;
        exchange.chunk([0, 255, 254, 1]).await;
        exchange.end().await;
    });
    assert_eq!(reply.next().await.unwrap().unwrap(), [0, 255, 254, 1][..]);
    assert!(reply.next().await.unwrap().is_none());
    let outcome = house.outcomes(2).await.pop().unwrap();
    assert!(outcome.reasons.iter().any(|reason| reason.rule == "answer-uninspected" && reason.observed));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_does_not_pass() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    for (head, body) in [
        ("content-type: application/json\r\ncontent-encoding: gzip", "\u{1f}compressed"),
        ("content-type: text/event-stream\r\ncontent-encoding: br", "data: x\n\n"),
    ] {
        let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", false)), async {
            let mut exchange = upstream.next().await;
            exchange.write(format!("HTTP/1.1 200 OK\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())).await;
        });
        assert_eq!(reply.status.as_u16(), 400, "{head}");
        assert!(reply.text().await.contains("cannot be inspected"));
    }
    let (reply, _exchange) = tokio::join!(house.post("/v1/chat/completions", &chat("hello", true)), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        exchange.chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"content\":\"b\"}}]}\n\n").await;
        exchange
    });
    let stream = reply.text().await;
    assert!(!stream.contains("\"content\":\"b\""), "{stream}");
    assert_eq!(house.outcomes(3).await.pop().unwrap().end, "cut_by_policy");
}

/// Letters of a secret, one in each piece that a client puts together again.
fn pieces(piece: impl Fn(&str) -> String) -> Vec<String> {
    let text = format!("the key {} ok", secret());
    text.chars().map(|letter| piece(&letter.to_string())).collect()
}

#[tokio::test]
async fn a_secret_in_letters_never_gets_out_of_a_stream_of_any_api() {
    let completion =
        |text: &str| format!("data: {}\n\n", serde_json::json!({ "choices": [{ "index": 0, "text": text }] }));
    let ollama = |text: &str| format!("{}\n", serde_json::json!({ "message": { "content": text }, "done": false }));
    let gemini = |text: &str| {
        format!(
            "data: {}\r\n\r\n",
            serde_json::json!({ "candidates": [{ "content": { "parts": [{ "text": text }] } }] })
        )
    };
    let table = [
        ("/v1/completions", "text/event-stream", pieces(completion)),
        ("/api/chat", "application/x-ndjson", pieces(ollama)),
        ("/api/chat", "application/json", pieces(ollama)),
        ("/v1beta/models/g:streamGenerateContent", "text/event-stream; charset=utf-8", pieces(gemini)),
        ("/v1/chat/completions", "application/json", pieces(chat_event)),
    ];
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    for (path, content_type, stream) in table {
        let (reply, ()) = tokio::join!(house.post(path, &chat("hello", true)), async {
            upstream.next().await.answer(200, content_type, &stream.concat()).await;
        });
        let letters: String = reply.text().await.lines().filter_map(last_text).collect();
        assert!(letters.starts_with("the key <") && letters.ends_with("> ok"), "{path} {content_type}: {letters}");
    }
}

/// The text of one line of a stream, whatever it is called.
fn last_text(line: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok()?;
    let places =
        ["/choices/0/text", "/choices/0/delta/content", "/message/content", "/candidates/0/content/parts/0/text"];
    places.iter().find_map(|place| value.pointer(place)?.as_str()).map(str::to_owned)
}

#[tokio::test]
async fn escapes_hide_nothing_in_the_json_of_an_unknown_api() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let escaped: String = secret().chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    let (reply, ()) = tokio::join!(house.post("/v1/unknown", "{}"), async {
        upstream.next().await.answer(200, "application/json", &format!("{{\"text\":\"{escaped}\"}}")).await;
    });
    let text = reply.text().await;
    assert!(text.starts_with("{\"text\":\"<"), "{text}");
}
