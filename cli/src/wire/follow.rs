//! The followers of the evidence log: record and search index read it on from their cursors.
//!
//! INVARIANT: rows and cursor commit together, so whatever stops here heals by reading on.

use anyhow::Context as _;
use gnomon_console::ConsoleEvent;
use gnomon_evidence::{Log, Reader};
use gnomon_inventory::{Inventory, Search};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::record::{Admin, Record, RecordBody};
use std::path::Path;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Records applied in one transaction.
const BATCH: usize = 500;
/// Pause between two looks at the log, so that a busy gateway's records are applied many at a time.
const PAUSE: Duration = Duration::from_millis(50);
/// Pause between two updates of the search index: a commit of it costs milliseconds, whatever it holds.
const SEARCH_PERIOD: Duration = Duration::from_secs(1);
/// Pause after a failed attempt, so that a database that is away is not stormed.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);

/// Follows until `stop` says so. Errors are logged and tried again: traffic does not depend on followers.
pub(crate) async fn run(
    log: Log,
    folder: std::path::PathBuf,
    origin: String,
    inventory: Inventory,
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
        if let Err(error) = catch_up(&folder, &origin, &inventory, None, &tell).await {
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
        if let Err(error) = search.update(&inventory).await {
            tracing::warn!(%error, "the search index stays behind for now");
        }
        tokio::select! {
            () = tokio::time::sleep(SEARCH_PERIOD) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Applies every record that the record has not seen yet.
///
/// # Errors
/// When the log cannot be read or the database cannot be written.
pub(crate) async fn catch_up(
    folder: &Path,
    origin: &str,
    inventory: &Inventory,
    search: Option<&Search>,
    tell: &(dyn Fn(&Record) + Sync),
) -> anyhow::Result<()> {
    let reader = Reader::open(folder).context("open the evidence log")?;
    let mut cursor = inventory.cursor(origin).await?;
    loop {
        let stored = reader.read(cursor, BATCH)?;
        let Some(last) = stored.last() else { break };
        cursor = last.seq + 1;
        let records: Vec<Record> = stored.iter().map(|stored| stored.record()).collect::<Result<_, _>>()?;
        inventory.apply(origin, &records).await?;
        records.iter().for_each(tell);
    }
    if let Some(search) = search {
        search.update(inventory).await?;
    }
    Ok(())
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
