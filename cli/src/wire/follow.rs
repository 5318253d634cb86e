//! The followers of the evidence log: record and search index read it on from their cursors.
//!
//! INVARIANT: rows and cursor commit together, so whatever stops here heals by reading on.

use anyhow::Context as _;
use gnomon_console::ConsoleEvent;
use gnomon_evidence::{Log, Reader, StoredRecord};
use gnomon_inventory::{Inventory, Search};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::record::{Admin, Record, RecordBody};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// Records applied in one transaction.
const BATCH: usize = 500;
/// Pause between two looks at the log, so that a busy gateway's records are applied many at a time.
const PAUSE: Duration = Duration::from_millis(50);
/// Least pause between two updates of the search index: a commit of it costs milliseconds, whatever it holds.
const SEARCH_PERIOD: Duration = Duration::from_secs(1);
/// Under load updates take longer and merge more; the pause grows with them, so that they leave the processor to the
/// gateway. Up to this long new decisions are then not found by search; pages list them at once.
const SEARCH_PERIOD_MAX: Duration = Duration::from_secs(20);
const SEARCH_SHARE: u32 = 20;
/// Pause after a failed attempt, so that a database that is away is not stormed.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);

/// The record, following one log.
#[derive(Clone)]
pub(crate) struct Follower {
    pub(crate) reader: Reader,
    pub(crate) origin: String,
    pub(crate) inventory: Inventory,
    /// Records passed over because they cannot be read.
    pub(crate) unreadable: Arc<AtomicU64>,
}

/// Follows until `stop` says so. Errors are logged and tried again: traffic does not depend on followers.
pub(crate) async fn run(
    log: Log,
    follower: Follower,
    events: broadcast::Sender<ConsoleEvent>,
    mut stop: watch::Receiver<bool>,
) {
    let mut durable = log.watch();
    loop {
        let tell = |record: &Record| {
            if let Some(event) = event_of(record) {
                // Nobody has a page open: fine.
                let _ = events.send(event);
            }
        };
        if let Err(error) = follower.catch_up(None, &tell).await {
            tracing::warn!(error = format!("{error:#}"), "the record does not follow the evidence log for now");
            tokio::select! {
                () = tokio::time::sleep(PAUSE_AFTER_ERROR) => continue,
                _ = stop.changed() => return,
            }
        }
        tokio::select! {
            changed = durable.changed() => if changed.is_err() { return },
            _ = stop.changed() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Keeps the search index near the record until `stop` says so.
pub(crate) async fn index(search: Search, inventory: Inventory, mut stop: watch::Receiver<bool>) {
    loop {
        let begun = Instant::now();
        if let Err(error) = search.update(&inventory).await {
            tracing::warn!(%error, "the search index stays behind for now");
        }
        let pause = (begun.elapsed() * SEARCH_SHARE).clamp(SEARCH_PERIOD, SEARCH_PERIOD_MAX);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}

impl Follower {
    /// The follower of an open log. It sees durable records only: what is not durable may still be taken back.
    pub(crate) fn new(log: &Log, origin: String, inventory: Inventory) -> Self {
        Self { reader: log.reader(), origin, inventory, unreadable: Arc::default() }
    }

    /// Applies every record that the record has not seen yet.
    ///
    /// # Errors
    /// When the log cannot be read, ends before the place that was read last, or the database cannot be written.
    pub(crate) async fn catch_up(
        &self,
        search: Option<&Search>,
        tell: &(dyn Fn(&Record) + Sync),
    ) -> anyhow::Result<()> {
        let mut cursor = self.inventory.cursor(&self.origin).await?;
        let durable = self.reader.count()?;
        // Records with known numbers but other content would be skipped without a word.
        anyhow::ensure!(
            cursor <= durable,
            "the inventory has read {cursor} records of the evidence log `{}`, which holds {durable}: the two do not \
             belong together\nhelp: put back the evidence log that goes with this database",
            self.origin
        );
        loop {
            let stored = self.reader.read(cursor, BATCH).context("read the evidence log")?;
            let Some(last) = stored.last() else { break };
            cursor = last.seq + 1;
            self.apply(&stored, tell).await?;
        }
        if let Some(search) = search {
            search.update(&self.inventory).await?;
        }
        Ok(())
    }

    /// Applies records in order. One that cannot be read is reported and passed over: it must not hold up all others.
    async fn apply(&self, stored: &[StoredRecord], tell: &(dyn Fn(&Record) + Sync)) -> anyhow::Result<()> {
        let mut records: Vec<Record> = Vec::with_capacity(stored.len());
        for stored in stored {
            match stored.record() {
                Ok(record) => records.push(record),
                Err(error) => {
                    self.inventory.apply(&self.origin, &records).await?;
                    records.drain(..).for_each(|record| tell(&record));
                    self.inventory.pass_over(&self.origin, stored.seq).await?;
                    self.unreadable.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(seq = stored.seq, %error, "a record of the evidence log cannot be read: the inventory goes on without it");
                }
            }
        }
        self.inventory.apply(&self.origin, &records).await?;
        records.iter().for_each(tell);
        Ok(())
    }
}

/// What open pages hear of a record.
fn event_of(record: &Record) -> Option<ConsoleEvent> {
    match &record.body {
        RecordBody::Intent(intent) => {
            Some(ConsoleEvent::Decision { id: intent.decision.clone(), verdict: intent.verdict })
        }
        RecordBody::Hold(hold) => {
            Some(ConsoleEvent::Approval { id: hold.approval.clone(), state: "waiting".to_owned() })
        }
        RecordBody::Approval(approval) => {
            Some(ConsoleEvent::Approval { id: approval.approval.clone(), state: approval.outcome.clone() })
        }
        RecordBody::Admin(admin) => Some(event_of_act(admin)),
        _ => None,
    }
}

/// The kinds that a page tells when the change was made there: pages refresh alike wherever it was made.
fn event_of_act(admin: &Admin) -> ConsoleEvent {
    let what = admin.action.split('.').next().unwrap_or_default();
    match (what, ServiceId::new(admin.subject.clone())) {
        ("service", Ok(id)) => {
            let word = admin.after.as_deref().and_then(|after| after.split(' ').next());
            let status = word.and_then(ServiceStatus::from_word).filter(|_| admin.action == "service.status");
            ConsoleEvent::Service { id, status }
        }
        ("log", _) => ConsoleEvent::Import { file: admin.subject.clone() },
        _ => ConsoleEvent::Configuration { what: what.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use gnomon_evidence::{LogConfig, NoteSigner};
    use gnomon_types::record::{Admin, Notice};
    use std::path::Path;

    fn admin(subject: &str) -> RecordBody {
        let subject = subject.to_owned();
        RecordBody::Admin(Admin {
            by: "ada".to_owned(),
            action: "service.owner".to_owned(),
            subject,
            before: None,
            after: None,
            change: None,
        })
    }

    async fn follower(folder: &Path) -> (Log, Follower) {
        let signer = NoteSigner::generate("test").unwrap();
        let log = Log::open(LogConfig::new(folder.join("log"), "n", signer), Arc::new(SystemClock)).unwrap();
        let url = format!("sqlite:{}", folder.join("db").display());
        let inventory = Inventory::open(&url, Arc::new(SystemClock)).await.unwrap();
        let follower = Follower::new(&log, "test".to_owned(), inventory);
        (log, follower)
    }

    #[tokio::test]
    async fn an_unreadable_record_does_not_hold_up_those_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let (log, follower) = follower(folder.path()).await;
        log.append(admin("before")).await.unwrap();
        let notice = Notice { by: "x".to_owned(), subject: "x".to_owned(), detail: String::new() };
        log.append(RecordBody::Incident(notice)).await.unwrap();
        log.append(admin("after")).await.unwrap();
        // As another version might write it: the same length, another kind.
        let segment = std::fs::read_dir(folder.path().join("log/records")).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(&segment).unwrap();
        std::fs::write(&segment, text.replace("\"incident\"", "\"unheard_\"")).unwrap();
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |record: &Record| told.lock().unwrap().push(record.seq);
        follower.catch_up(None, &tell).await.unwrap();
        follower.catch_up(None, &tell).await.unwrap();
        assert_eq!(*told.lock().unwrap(), [0, 2]);
        assert_eq!(follower.unreadable.load(Ordering::Relaxed), 1);
        log.close();
    }

    #[tokio::test]
    async fn a_log_that_ends_before_the_place_read_last_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (log, follower) = follower(folder.path()).await;
        follower.inventory.pass_over("test", 41).await.unwrap();
        let error = follower.catch_up(None, &|_| {}).await.unwrap_err().to_string();
        assert!(error.contains("has read 42 records") && error.contains("holds 0"), "{error}");
        log.close();
    }

    #[test]
    fn a_change_made_elsewhere_is_told_as_one_of_the_pages_is() {
        let told = |action: &str, subject: &str, after: &str| {
            let (by, after) = ("cli:ada".to_owned(), Some(after.to_owned()));
            let (action, subject) = (action.to_owned(), subject.to_owned());
            event_of_act(&Admin { by, action, subject, before: None, after, change: None })
        };
        for (act, expected) in [
            (told("service.status", "chatgpt", "unsanctioned until 2027-01-01"), "service"),
            (told("service.owner", "chatgpt", "unsanctioned"), "service"),
            (told("log.import", "access.log", "squid"), "import"),
            (told("key.create", "gnm_1", ""), "configuration"),
            (told("policy.load", "policies", ""), "configuration"),
        ] {
            assert_eq!(act.name(), expected, "{act:?}");
        }
        let status = told("service.status", "chatgpt", "unsanctioned until 2027-01-01");
        assert!(matches!(status, ConsoleEvent::Service { status: Some(ServiceStatus::Unsanctioned), .. }));
        assert!(matches!(told("service.owner", "x", "unsanctioned"), ConsoleEvent::Service { status: None, .. }));
    }
}
