//! The evidence outbox: what people changed, waiting to be appended to the evidence log.
//!
//! INVARIANT: a change and its row here commit together, so a change without evidence cannot exist, at worst its record
//! comes late. A record that was appended twice after a crash carries the same `change` id, so readers see the repeat.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::words::{from_json, to_json};
use gnomon_types::record::{Admin, Approval, RecordBody};
use gnomon_types::time::Timestamp;

/// One change that has no record yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its id, for [`Inventory::mark_written`].
    pub id: String,
    /// When it was made.
    pub at: Timestamp,
    /// What to append.
    pub body: RecordBody,
}

/// An administrative act before it has an id.
pub(crate) struct Act<'a> {
    pub(crate) by: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Characters of one text that a person may write into a change. Its record holds all of it, and a record has an end.
pub(crate) const TEXT_CHARS_MAX: usize = 2_000;

pub(crate) async fn push_act(tx: &mut Tx, now: Timestamp, act: Act<'_>) -> Result<String, InventoryError> {
    let id = fresh_id();
    check_length("text", act.subject)?;
    check_length("text", act.after.as_deref().unwrap_or_default())?;
    let admin = Admin {
        by: act.by.to_owned(),
        action: act.action.to_owned(),
        subject: act.subject.to_owned(),
        // What an earlier version took at any length must not stand in the way of its change.
        before: act.before.map(|before| before.chars().take(TEXT_CHARS_MAX).collect()),
        after: act.after,
        change: Some(id.clone()),
    };
    push(tx, now, &id, &RecordBody::Admin(admin)).await?;
    Ok(id)
}

pub(crate) async fn push_approval(tx: &mut Tx, now: Timestamp, approval: Approval) -> Result<(), InventoryError> {
    // An approval is decided once, so its own id names the change.
    let id = approval.approval.as_str().to_owned();
    check_length("note", &approval.note)?;
    push(tx, now, &id, &RecordBody::Approval(approval)).await
}

fn check_length(what: &str, text: &str) -> Result<(), InventoryError> {
    match text.chars().count() {
        count if count > TEXT_CHARS_MAX => Err(InventoryError::Refused(format!(
            "the {what} has {count} characters, at most {TEXT_CHARS_MAX} can be recorded: shorten it"
        ))),
        _ => Ok(()),
    }
}

async fn push(tx: &mut Tx, now: Timestamp, id: &str, body: &RecordBody) -> Result<(), InventoryError> {
    let ordinal = crate::store::counters::next(tx, "change").await?;
    let sql = "INSERT INTO changes (id, ordinal, created_at, body, written_seq) VALUES (?, ?, ?, ?, NULL)";
    tx.run(sql, &values![id, ordinal, now, to_json(body)?]).await?;
    Ok(())
}

fn fresh_id() -> String {
    let random: [u8; 12] = rand::random();
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("chg_{hex}")
}

/// The record of a change was read back from the log.
pub(crate) async fn seen_in_log(tx: &mut Tx, id: &str, seq: u64) -> Result<(), InventoryError> {
    let sql = "UPDATE changes SET written_seq = ? WHERE id = ? AND written_seq IS NULL";
    tx.run(sql, &values![seq, id]).await.map(drop)
}

/// The record of an approval was read back from the log. A lapse that the gateway recorded under the same id is not what
/// the person said: that one still waits for its record.
pub(crate) async fn approval_seen_in_log(tx: &mut Tx, approval: &Approval, seq: u64) -> Result<(), InventoryError> {
    let id = approval.approval.as_str();
    let Some(row) = tx.row("SELECT body FROM changes WHERE id = ?", &values![id]).await? else { return Ok(()) };
    let waiting: RecordBody = from_json("changes.body", &row.text(0)?)?;
    if matches!(&waiting, RecordBody::Approval(waiting) if waiting == approval) {
        seen_in_log(tx, id, seq).await?;
    }
    Ok(())
}

impl Inventory {
    /// Changes that have no record yet, oldest first.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn pending_changes(&self, limit: usize) -> Result<Vec<Change>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT id, created_at, body FROM changes WHERE written_seq IS NULL ORDER BY ordinal LIMIT ?";
        let rows = tx.rows(sql, &values![u64::try_from(limit).unwrap_or(u64::MAX)]).await?;
        rows.iter()
            .map(|row| {
                Ok(Change { id: row.text(0)?, at: row.time(1)?, body: from_json("changes.body", &row.text(2)?)? })
            })
            .collect()
    }

    /// Notes the sequence numbers under which changes were appended. Repeats do no harm.
    ///
    /// # Errors
    /// [`InventoryError::Database`].
    pub async fn mark_written(&self, written: &[(String, u64)]) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        for (id, seq) in written {
            seen_in_log(&mut tx, id, *seq).await?;
        }
        tx.commit().await
    }

    /// Puts an act into the evidence outbox that changes nothing in the record itself: an export, a sign-in, a policy
    /// that was loaded.
    ///
    /// # Errors
    /// [`InventoryError::Database`].
    pub async fn note_act(
        &self,
        by: &str,
        action: &str,
        subject: &str,
        after: Option<String>,
    ) -> Result<String, InventoryError> {
        let mut tx = self.db.write().await?;
        let id = push_act(&mut tx, self.now(), Act { by, action, subject, before: None, after }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// As [`Inventory::note_act`], for acts that belong together: all of them are noted or none. Each is an action, its
    /// subject and what holds afterwards.
    ///
    /// # Errors
    /// [`InventoryError::Database`].
    pub async fn note_acts(&self, by: &str, acts: &[(&str, &str, String)]) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        for (action, subject, after) in acts {
            push_act(&mut tx, self.now(), Act { by, action, subject, before: None, after: Some(after.clone()) })
                .await?;
        }
        tx.commit().await
    }
}
