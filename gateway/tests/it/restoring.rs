//! A caller that may see its own values gets them back; the model, the log and everybody else does not.

use crate::house::{House, chat, live};
use crate::upstream::{CHAT_END, Upstream, chat_answer, chat_event};
use gnomon_policy::{DetectConfig, PolicyFile, Snapshot, shipped_files};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::verdict::Verdict;

const MAIL: &str = "anna.muster@example.org";

/// A house whose service nobody has reviewed yet: personal data in requests is replaced.
fn house(upstream: &Upstream, more: &str) -> House {
    let mut files = shipped_files();
    files.push(PolicyFile { name: "90-restore.cedar".to_owned(), text: more.to_owned() });
    let mut live = live(upstream.address);
    live.policy = Snapshot::load(&files, &DetectConfig::default()).unwrap();
    live.statuses.insert(ServiceId::new("acme-ai").unwrap(), ServiceStatus::UnderReview);
    House::start(live)
}

const SEE: &str = r#"@id("see") permit (principal, action == Gnomon::Action::"restore", resource);"#;

#[tokio::test]
async fn a_value_comes_back_in_whole_and_streamed_answers_and_is_counted() {
    let mut upstream = Upstream::start().await;
    let house = house(&upstream, SEE);
    let ask = chat(&format!("Write to {MAIL}"), false);
    let (reply, received) = tokio::join!(house.post("/v1/chat/completions", &ask), async {
        let exchange = upstream.next().await;
        let received = String::from_utf8(exchange.body.clone()).unwrap();
        exchange.answer(200, "application/json", &chat_answer("Dear <EMAIL_1>, <EMAIL_2>")).await;
        received
    });
    assert!(received.contains("<EMAIL_1>") && !received.contains(MAIL), "{received}");
    let text = reply.text().await;
    assert!(text.contains(&format!("Dear {MAIL}, <EMAIL_2>")), "{text}");
    let ask = chat(&format!("Write to {MAIL}"), true);
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &ask), async {
        let mut exchange = upstream.next().await;
        exchange.begin_events().await;
        for piece in ["Dear <EM", "AIL_", "1>, ", "<EMAIL", "_2>"] {
            exchange.chunk(chat_event(piece)).await;
        }
        exchange.chunk(CHAT_END).await;
        exchange.end().await;
    });
    let stream = reply.text().await;
    assert!(stream.contains(MAIL) && !stream.contains("AIL_1"), "{stream}");
    for outcome in house.outcomes(2).await {
        assert_eq!((outcome.restored, outcome.verdict), (1, Verdict::Allow));
        assert!(outcome.findings.is_empty());
        assert!(!serde_json::to_string(&outcome).unwrap().contains(MAIL));
    }
}

#[tokio::test]
async fn nothing_comes_back_unless_policy_permits_it() {
    let mut upstream = Upstream::start().await;
    let house = house(&upstream, r#"@id("all") permit (principal, action, resource);"#);
    let ask = chat(&format!("Write to {MAIL}"), false);
    let (reply, ()) = tokio::join!(house.post("/v1/chat/completions", &ask), async {
        upstream.next().await.answer(200, "application/json", &chat_answer("Dear <EMAIL_1>")).await;
    });
    let text = reply.text().await;
    assert!(text.contains("Dear <EMAIL_1>"), "{text}");
    assert_eq!(house.outcome().await.restored, 0);
}
