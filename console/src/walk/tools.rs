//! Definitions of tools, on their page and in the API.

use super::*;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{DecisionId, ToolName};
use gnomon_types::record::{RECORD_VERSION, Record, RecordBody};
use gnomon_types::time::Timestamp;
use gnomon_types::tool::{Definition, DefinitionStatus, ToolChange, ToolSource};

async fn bench_with_tools() -> Bench {
    let bench = Bench::start().await;
    let records: Vec<Record> = (1..=2)
        .map(|n| {
            let source = ToolSource::parse("caller/billing-bot").unwrap();
            let definition = Definition {
                source,
                tool: ToolName::new("search").unwrap(),
                sha256: Digest([u8::try_from(n).unwrap(); 32]),
            };
            let decision = DecisionId::new("dec_1").unwrap();
            let body = RecordBody::ToolChange(ToolChange { definition, status: DefinitionStatus::New, decision });
            Record {
                v: RECORD_VERSION,
                seq: n,
                at: Timestamp::from_millis(1_795_000_000_000),
                node: "g".to_owned(),
                body,
            }
        })
        .collect();
    bench.inventory.apply("tools", &records).await.unwrap();
    bench
}

fn form(byte: &str, decide: &str) -> String {
    format!("source=caller%2Fbilling-bot&tool=search&sha256={}&decide={decide}", byte.repeat(32))
}

#[tokio::test]
async fn a_definition_is_approved_and_another_of_its_tool_has_changed() {
    let bench = bench_with_tools().await;
    let mut events = bench.events.subscribe();
    let person = bench.sign_in(Role::Security).await;
    let page = bench.get("/tools", Some(&person)).await.body;
    assert!(page.contains("caller/billing-bot") && page.contains("020202020202"), "{page}");
    let done = bench.post("/tools/decide", &person, &form("01", "approve")).await;
    assert_eq!(done.headers["location"], "/tools?done=approved", "{}", done.body);
    assert_eq!(events.try_recv().unwrap().name(), "configuration");
    let changed = bench.get("/tools?status=changed", Some(&person)).await.body;
    assert!(changed.contains("020202020202") && !changed.contains("010101010101"), "{changed}");
    let done = bench.post("/tools/decide", &person, &form("02", "reject")).await;
    assert_eq!(done.headers["location"], "/tools?done=rejected");
    let none = bench.get("/tools?status=changed", Some(&person)).await.body;
    assert!(none.contains("Nothing matches this filter"), "{none}");
    let looks = bench.get("/tools", Some(&bench.sign_in(Role::Auditor).await)).await.body;
    assert!(looks.contains("by security") && !looks.contains("/tools/decide"), "{looks}");
    for odd in [form("01", "perhaps"), form("0x", "approve"), form("01", "approve").replace("caller%2F", "")] {
        assert_eq!(bench.post("/tools/decide", &person, &odd).await.status, StatusCode::BAD_REQUEST, "{odd}");
    }
}

#[tokio::test]
async fn programs_list_and_decide_about_definitions() {
    let bench = bench_with_tools().await;
    let person = bench.sign_in(Role::Governance).await;
    let decide = |body: serde_json::Value| {
        let request =
            ask("POST", "/api/v1/tools/decide", None).header("authorization", format!("Bearer {}", person.token));
        request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
    };
    let wanted = serde_json::json!({
        "source": "caller/billing-bot", "tool": "search", "sha256": "01".repeat(32), "decide": "approve", "note": "read it"
    });
    let done = bench.send(decide(wanted)).await;
    let row: serde_json::Value = serde_json::from_str(&done.body).unwrap();
    assert_eq!((done.status, &row["status"], &row["note"]), (StatusCode::OK, &"approved".into(), &"read it".into()));
    let list = bench.get("/api/v1/tools?status=changed,new", Some(&person)).await.body;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (list["total_estimate"].as_u64(), &list["items"][0]["status"]),
        (Some(1), &"changed".into()),
        "{list:#}"
    );
    assert_eq!(bench.get("/api/v1/tools?status=blue", Some(&person)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(bench.send(decide(serde_json::json!({"tool": "search"}))).await.status, StatusCode::BAD_REQUEST);
}
