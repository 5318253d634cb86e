//! Takes what people changed from the record's outbox to the evidence log.

use gnomon_evidence::Log;
use gnomon_inventory::Inventory;
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
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            let seq = log.append(change.body).await?;
            written.push((change.id, seq));
        }
        inventory.mark_written(&written).await?;
    }
}
