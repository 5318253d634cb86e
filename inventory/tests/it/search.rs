//! Search: what is found, and that the index is only a cache.

use crate::databases::Store;
use crate::records::{ORIGIN, day, intent, record, service};
use crate::scenarios::{import, seeded};
use gnomon_inventory::{Hit, Inventory, Search};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::record::RecordBody;
use gnomon_types::verdict::Verdict;

async fn filled(store: &Store) -> Inventory {
    let inventory = seeded(store).await;
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory
}

fn ids(hits: &[Hit]) -> Vec<String> {
    let mut ids: Vec<String> = hits.iter().map(|hit| format!("{}:{}", hit.kind.as_str(), hit.id)).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_services_decisions_and_findings_by_words_and_their_beginnings() {
    let (store, dir) = (Store::sqlite(), tempfile::tempdir().unwrap());
    let inventory = filled(&store).await;
    let search = Search::open(dir.path()).unwrap();
    assert!(search.update(&inventory).await.unwrap() >= 10);
    assert_eq!(search.update(&inventory).await.unwrap(), 0);
    let cases = [
        ("ChatGPT", vec!["model:chatgpt/gpt-4o", "service:chatgpt"]),
        ("chatg", vec!["model:chatgpt/gpt-4o", "service:chatgpt"]),
        ("11434", vec!["model:host:10.9.3.4:11434/gpt-4o", "service:host:10.9.3.4:11434"]),
        ("iban", vec!["decision:dec_allow", "decision:dec_hold", "decision:dec_redact", "finding:pii/IBAN"]),
        ("billing bot agent", vec!["caller:billing-bot"]),
        ("clinic sonnet", vec!["decision:dec_hold", "decision:dec_wait"]),
        ("deny aws", vec!["decision:dec_anon", "decision:dec_deny"]),
        ("nothing-of-the-kind", vec![]),
        ("\"; DROP OR *:* [", vec![]),
        ("", vec![]),
        ("bob", vec![]),
        ("eve", vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&search.query(text, 20).unwrap()), expected, "{text}");
    }
    let hit = &search.query("vendor", 1).unwrap()[0];
    assert_eq!(hit.snippet.get(hit.marks[0].clone()), Some("Vendor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_changes_and_replaces_what_it_had() {
    let (store, dir) = (Store::sqlite(), tempfile::tempdir().unwrap());
    let inventory = filled(&store).await;
    let search = Search::open(dir.path()).unwrap();
    search.update(&inventory).await.unwrap();
    assert!(search.query("unsanctioned", 10).unwrap().is_empty());
    inventory.set_status("ada", &service("chatgpt"), ServiceStatus::Unsanctioned, "leaks", None).await.unwrap();
    assert_eq!(search.update(&inventory).await.unwrap(), 1);
    assert_eq!(ids(&search.query("unsanctioned leaks", 10).unwrap()), ["service:chatgpt"]);
    assert_eq!(ids(&search.query("chatgpt", 10).unwrap()), ["model:chatgpt/gpt-4o", "service:chatgpt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_or_foreign_index_is_made_again() {
    let (store, dir) = (Store::sqlite(), tempfile::tempdir().unwrap());
    let inventory = filled(&store).await;
    let folder = dir.path().join("index");
    let all = |search: &Search| ids(&search.query("gpt", 50).unwrap());
    let search = Search::open(&folder).unwrap();
    let documents = search.update(&inventory).await.unwrap();
    let before = all(&search);
    drop(search);
    std::fs::remove_dir_all(&folder).unwrap();
    let search = Search::open(&folder).unwrap();
    assert!(all(&search).is_empty());
    assert_eq!(search.update(&inventory).await.unwrap(), documents);
    assert_eq!(all(&search), before);
    assert_eq!(search.rebuild(&inventory).await.unwrap(), documents);
    assert_eq!(all(&search), before);
    let empty = Store::sqlite();
    let empty = empty.open().await;
    search.update(&empty).await.unwrap();
    assert!(all(&search).is_empty(), "the index of another database was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_taken_over_in_pages_without_losing_any() {
    let (store, dir) = (Store::sqlite(), tempfile::tempdir().unwrap());
    let inventory = seeded(&store).await;
    let records: Vec<_> = (0..2_500)
        .map(|n| record(n, RecordBody::Intent(Box::new(intent(&format!("dec_{n}"), 0, Verdict::Allow)))))
        .collect();
    for chunk in records.chunks(700) {
        inventory.apply(ORIGIN, chunk).await.unwrap();
    }
    let search = Search::open(dir.path()).unwrap();
    assert_eq!(search.update(&inventory).await.unwrap(), 2_503);
    assert_eq!(ids(&search.query("2499", 5).unwrap()), ["decision:dec_2499"]);
    assert_eq!(ids(&search.query("dec 7", 1).unwrap()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_reads_what_the_first_one_writes() {
    let (store, dir) = (Store::sqlite(), tempfile::tempdir().unwrap());
    let inventory = filled(&store).await;
    let first = Search::open(dir.path()).unwrap();
    first.update(&inventory).await.unwrap();
    let second = Search::open(dir.path()).unwrap();
    inventory.set_status("ada", &service("chatgpt"), ServiceStatus::Unsanctioned, "leaks", None).await.unwrap();
    assert_eq!(second.update(&inventory).await.unwrap(), 0, "the first one writes");
    assert!(second.rebuild(&inventory).await.is_err());
    first.update(&inventory).await.unwrap();
    assert_eq!(ids(&second.query("leaks", 10).unwrap()), ["service:chatgpt"]);
    drop(first);
    inventory.set_status("ada", &service("chatgpt"), ServiceStatus::Sanctioned, "cured", None).await.unwrap();
    assert_eq!(second.update(&inventory).await.unwrap(), 1, "nobody else writes any more");
    assert_eq!(ids(&second.query("cured", 10).unwrap()), ["service:chatgpt"]);
}
