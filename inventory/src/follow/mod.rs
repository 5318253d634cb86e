//! Following the evidence log: records become rows, together with the cursor that says how far we are.
//!
//! INVARIANT: rows and cursor commit in one transaction, and records below the cursor are skipped, so a crash anywhere
//! heals by reading on, and giving the same records twice changes nothing.

pub(crate) mod backfill;
mod decision;
mod draft;
mod rebuild;

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::{approvals, events, outbox, tools, twin_assets};
use draft::Batch;
use gnomon_types::record::{Record, RecordBody};

/// Longest batch that is worked on in one transaction.
const BATCH_MAX: usize = 2_000;

impl Inventory {
    /// How many records of a log are in the record: the sequence number to read on from.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn cursor(&self, origin: &str) -> Result<u64, InventoryError> {
        cursor(&mut self.db.read().await?, origin).await
    }

    /// Takes in records of a log, in order. Records that were taken in before are skipped.
    ///
    /// # Errors
    /// [`InventoryError`]; [`InventoryError::Refused`] when the records are not in order.
    pub async fn apply(&self, origin: &str, records: &[Record]) -> Result<u64, InventoryError> {
        let mut next = self.cursor(origin).await?;
        for records in records.chunks(BATCH_MAX) {
            next = self.apply_batch(origin, records).await?;
        }
        Ok(next)
    }

    /// Goes past one record that cannot be read, so that those after it are. The caller reports it: its rows are missing
    /// until a program that can read it makes them again. Does nothing for a record that was taken in before.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn pass_over(&self, origin: &str, seq: u64) -> Result<u64, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let next = cursor(&mut tx, origin).await?;
        if seq < next {
            return Ok(next);
        }
        set_cursor(&mut tx, origin, seq.saturating_add(1)).await?;
        if rebuild::goes_on(&mut tx).await? {
            rebuild::end_if_done(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(seq.saturating_add(1))
    }

    async fn apply_batch(&self, origin: &str, records: &[Record]) -> Result<u64, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let next = cursor(&mut tx, origin).await?;
        let fresh: Vec<&Record> = records.iter().filter(|record| record.seq >= next).collect();
        let Some(last) = fresh.last() else { return Ok(next) };
        if !fresh.is_sorted_by(|a, b| a.seq < b.seq) {
            return Err(InventoryError::Refused(format!("records of log `{origin}` are not in order")));
        }
        let mut batch = Batch::load(&mut tx, origin, &fresh).await?;
        for record in &fresh {
            take(&mut tx, &mut batch, origin, record).await?;
        }
        let touched = batch.save(&mut tx).await?;
        set_cursor(&mut tx, origin, last.seq + 1).await?;
        if rebuild::goes_on(&mut tx).await? {
            rebuild::end_if_done(&mut tx, now).await?;
        } else {
            twin_assets::touch(&mut tx, &touched.totals, now).await?;
            for caller in &touched.callers {
                twin_assets::touch_caller(&mut tx, caller, now).await?;
            }
        }
        tx.commit().await?;
        Ok(last.seq + 1)
    }
}

async fn cursor(tx: &mut Tx, origin: &str) -> Result<u64, InventoryError> {
    let next = tx.number("SELECT next_seq FROM cursors WHERE origin = ?", &values![origin]).await?;
    Ok(u64::try_from(next).unwrap_or(0))
}

async fn set_cursor(tx: &mut Tx, origin: &str, next: u64) -> Result<(), InventoryError> {
    let sql = "INSERT INTO cursors (origin, next_seq) VALUES (?, ?)
        ON CONFLICT (origin) DO UPDATE SET next_seq = excluded.next_seq";
    tx.run(sql, &values![origin, next]).await.map(drop)
}

async fn take(tx: &mut Tx, batch: &mut Batch, origin: &str, record: &Record) -> Result<(), InventoryError> {
    match &record.body {
        RecordBody::Intent(intent) => {
            batch.intent(record, intent)?;
            if let (Some(approval), Some(_)) = (&intent.approval, &intent.sent_sha256) {
                approvals::used(tx, approval, &intent.decision).await?;
            }
        }
        RecordBody::Outcome(outcome) => batch.outcome(record, outcome)?,
        RecordBody::Hold(hold) => {
            approvals::held(tx, origin, record.seq, record.at, hold).await?;
            batch.hold(record, hold)?;
        }
        RecordBody::Approval(approval) => {
            events::put(tx, origin, record).await?;
            if let Some(decision) = approvals::recorded(tx, record.seq, record.at, approval).await? {
                batch.keep(&decision, record)?;
            }
        }
        RecordBody::Admin(admin) => {
            events::put(tx, origin, record).await?;
            if let Some(change) = &admin.change {
                outbox::seen_in_log(tx, change, record.seq).await?;
            }
        }
        RecordBody::ToolChange(change) => {
            events::put(tx, origin, record).await?;
            tools::seen(tx, record.at, change).await?;
        }
        RecordBody::Heartbeat(heartbeat) => events::put_heartbeat(tx, origin, record, heartbeat).await?,
        RecordBody::ModelChange(_)
        | RecordBody::Gap(_)
        | RecordBody::Erase(_)
        | RecordBody::Prune(_)
        | RecordBody::Incident(_) => events::put(tx, origin, record).await?,
    }
    Ok(())
}
