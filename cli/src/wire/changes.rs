//! Takes what people changed from the record's outbox to the evidence log.

use crate::wire::shorten;
use gnomon_evidence::{AppendError, Log};
use gnomon_inventory::{Change, Inventory};
use std::time::Duration;
use tokio::sync::watch;

/// Changes appended in one round.
const BATCH: usize = 200;
/// How often the outbox is looked at; other processes write to it, so nobody can tell us.
const PERIOD: Duration = Duration::from_millis(200);

/// Runs until `stop` says so. What is left then is appended after the next start.
pub(crate) async fn run(log: Log, inventory: Inventory, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = flush(&log, &inventory).await {
            tracing::warn!(error = format!("{error:#}"), "changes wait for the evidence log");
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Appends every change that has no record yet.
///
/// # Errors
/// When the log or the database cannot be written.
pub(crate) async fn flush(log: &Log, inventory: &Inventory) -> anyhow::Result<()> {
    loop {
        let changes = inventory.pending_changes(BATCH).await?;
        if changes.is_empty() {
            return Ok(());
        }
        let (written, failed) = append_all(log, changes).await;
        // What was appended is marked even when a later change failed: else it would be appended once more.
        inventory.mark_written(&written).await?;
        failed.map_or(Ok(()), Err)?;
    }
}

/// Appends changes in order up to the first that fails; gives what was appended, and the failure.
async fn append_all(log: &Log, changes: Vec<Change>) -> (Vec<(String, u64)>, Option<AppendError>) {
    let mut written = Vec::with_capacity(changes.len());
    for change in changes {
        match shorten::append(log, change.body).await {
            Ok(seq) => written.push((change.id, seq)),
            Err(error) => return (written, Some(error)),
        }
    }
    (written, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::StateArgs;
    use crate::wire::state::State;

    #[tokio::test]
    async fn changes_that_could_not_be_recorded_wait_and_are_recorded_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of_args(&StateArgs { state: Some(folder.path().to_owned()), config: None }).unwrap();
        let inventory = state.inventory().await.unwrap();
        let log = state.log("test", Duration::from_secs(1)).unwrap();
        log.close();
        inventory.note_act("ada", "test.one", "one", None).await.unwrap();
        inventory.note_act("ada", "test.two", "two", None).await.unwrap();
        assert!(flush(&log, &inventory).await.is_err());
        assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 2);
        let log = state.log("test", Duration::from_secs(1)).unwrap();
        let before = log.durable();
        flush(&log, &inventory).await.unwrap();
        flush(&log, &inventory).await.unwrap();
        assert_eq!(log.durable(), before + 2, "each change is recorded once");
        log.close();
    }
}
