//! A process that is killed in the middle of its work, again and again: what it committed is whole, what it did not
//! commit is not there, and the next process goes on.

use crate::databases::Store;
use crate::records::{ORIGIN, intent, outcome, record, service};
use crate::scenarios::seeded;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::record::{Record, RecordBody};
use gnomon_types::verdict::Verdict;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Set for the process that is to be killed: the database to write to.
const URL: &str = "GNOMON_TEST_KILLED_URL";
const DECISIONS: u64 = 400;

fn log() -> Vec<Record> {
    (0..2 * DECISIONS)
        .map(|seq| {
            let id = format!("dec_{}", seq / 2);
            let body = if seq % 2 == 0 {
                RecordBody::Intent(Box::new(intent(&id, i64::try_from(seq).unwrap(), Verdict::Allow)))
            } else {
                RecordBody::Outcome(outcome(&id))
            };
            record(seq, body)
        })
        .collect()
}

/// Not a test of its own: the other test starts this one in a process of its own, with [`URL`] set.
#[tokio::test(flavor = "multi_thread")]
async fn works_until_it_is_killed() {
    let Ok(url) = std::env::var(URL) else { return };
    let mut store = Store::sqlite();
    store.url = url;
    let inventory = store.open().await;
    let records = log();
    for n in 0..usize::MAX {
        let next = usize::try_from(inventory.cursor(ORIGIN).await.unwrap()).unwrap();
        let end = (next + 7).min(records.len());
        inventory.apply(ORIGIN, &records[next..end]).await.unwrap();
        let status = ServiceStatus::ALL[n % 4];
        inventory.set_status("ada", &service("openai"), status, "", None).await.unwrap();
        println!("committed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_writer_leaves_whole_changes_only() {
    let store = Store::sqlite();
    let inventory = seeded(&store).await;
    let mut acknowledged = 0;
    for round in 0..12 {
        acknowledged += run_and_kill(&store.url, 1 + round % 5);
        let changes = inventory.pending_changes(10_000).await.unwrap().len();
        assert!(changes >= acknowledged, "an acknowledged change is gone");
        let detail = inventory.service(&service("openai")).await.unwrap().unwrap();
        assert_eq!(detail.history.len(), changes.min(200), "history and outbox disagree");
        assert_eq!(inventory.revision().await.unwrap(), u64::try_from(changes).unwrap());
        let sequences: Vec<u64> =
            inventory.twin_events(0, 10_000).await.unwrap().iter().map(|event| event.sequence).collect();
        assert_eq!(sequences, (1..=u64::try_from(sequences.len()).unwrap()).collect::<Vec<_>>());
    }
    inventory.apply(ORIGIN, &log()).await.unwrap();
    let rows = inventory.derived_rows().await.unwrap();
    let fresh = Store::sqlite();
    let fresh = seeded(&fresh).await;
    fresh.apply(ORIGIN, &log()).await.unwrap();
    assert_eq!(rows, fresh.derived_rows().await.unwrap());
}

/// Starts the writer, kills it in its next change after `changes` of them; gives how many it reported.
fn run_and_kill(url: &str, changes: usize) -> usize {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::works_until_it_is_killed", "--nocapture"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reported = lines.map(Result::unwrap).filter(|line| line.contains("committed")).take(changes).count();
    child.kill().unwrap();
    child.wait().unwrap();
    reported
}
