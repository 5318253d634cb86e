//! What people decide about a service: status, owner, and the history of both.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::outbox::{Act, push_act};
use crate::store::services::ServiceRow;
use crate::store::words::{filled, word};
use crate::store::{counters, services, twin_assets};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// One change of a service by a person, or by the end of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
    /// Who; `system` for the end of a status.
    pub by: String,
    /// `status` or `owner`.
    pub field: String,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
    /// What was written with it.
    pub note: String,
}

struct Choice {
    status: ServiceStatus,
    note: String,
    expires: Option<Timestamp>,
    owner: Option<String>,
}

async fn choice(tx: &mut Tx, id: &ServiceId) -> Result<Choice, InventoryError> {
    let sql = "SELECT status, note, expires, owner FROM service_choices WHERE service = ?";
    let Some(row) = tx.row(sql, &values![id.as_str()]).await? else {
        return Ok(Choice { status: ServiceStatus::default(), note: String::new(), expires: None, owner: None });
    };
    Ok(Choice {
        status: word("status", row.text(0)?)?,
        note: row.text(1)?,
        expires: row.time_opt(2)?,
        owner: filled(row.text(3)?),
    })
}

async fn save(tx: &mut Tx, id: &ServiceId, by: &str, now: Timestamp, choice: &Choice) -> Result<(), InventoryError> {
    let sql = "INSERT INTO service_choices (service, status, note, expires, owner, decided_by, decided_at)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service) DO UPDATE SET status = excluded.status, note = excluded.note,
        expires = excluded.expires, owner = excluded.owner, decided_by = excluded.decided_by,
        decided_at = excluded.decided_at";
    let owner = choice.owner.as_deref().unwrap_or_default();
    let values = values![id.as_str(), choice.status.as_str(), &choice.note, choice.expires, owner, by, now];
    tx.run(sql, &values).await.map(drop)
}

/// A change of one field: history, evidence outbox, twin, revision.
struct FieldChange<'a> {
    by: &'a str,
    id: &'a ServiceId,
    field: &'static str,
    before: String,
    after: String,
    note: &'a str,
}

async fn publish(tx: &mut Tx, now: Timestamp, change: FieldChange<'_>) -> Result<(), InventoryError> {
    let ordinal = counters::next(tx, "history").await?;
    let sql = "INSERT INTO service_history
        (ordinal, service, changed_at, changed_by, field, before_value, after_value, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let FieldChange { by, id, field, before, after, note } = change;
    tx.run(sql, &values![ordinal, id.as_str(), now, by, field, &before, &after, note]).await?;
    let action = format!("service.{field}");
    push_act(tx, now, Act { by, action: &action, subject: id.as_str(), before: Some(before), after: Some(after) })
        .await?;
    counters::bump_revision(tx).await?;
    twin_assets::touch_service(tx, id, now).await
}

fn described(status: ServiceStatus, expires: Option<Timestamp>) -> String {
    expires.map_or_else(|| status.to_string(), |expires| format!("{status} until {expires}"))
}

pub(crate) async fn history_of(tx: &mut Tx, id: &ServiceId) -> Result<Vec<HistoryRow>, InventoryError> {
    let sql = "SELECT changed_at, changed_by, field, before_value, after_value, note FROM service_history
        WHERE service = ? ORDER BY ordinal DESC LIMIT 200";
    let rows = tx.rows(sql, &values![id.as_str()]).await?;
    rows.iter()
        .map(|row| {
            Ok(HistoryRow {
                at: row.time(0)?,
                by: row.text(1)?,
                field: row.text(2)?,
                before: row.text(3)?,
                after: row.text(4)?,
                note: row.text(5)?,
            })
        })
        .collect()
}

impl Inventory {
    /// Sets the status of a service, perhaps until a moment.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for a service that is neither seen nor in the catalogue,
    /// [`InventoryError::Refused`] when the end lies in the past.
    pub async fn set_status(
        &self,
        by: &str,
        id: &ServiceId,
        status: ServiceStatus,
        note: &str,
        expires: Option<Timestamp>,
    ) -> Result<ServiceRow, InventoryError> {
        let now = self.now();
        if expires.is_some_and(|expires| expires <= now) {
            return Err(InventoryError::Refused("a status cannot end in the past".to_owned()));
        }
        let mut tx = self.db.write().await?;
        let seen =
            services::one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("service", id.as_str()))?;
        let before = choice(&mut tx, id).await?;
        let after = Choice { status, note: note.to_owned(), expires, owner: seen.owner };
        save(&mut tx, id, by, now, &after).await?;
        let (before, after) = (described(before.status, before.expires), described(status, expires));
        publish(&mut tx, now, FieldChange { by, id, field: "status", before, after, note }).await?;
        let row =
            services::one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("service", id.as_str()))?;
        tx.commit().await?;
        Ok(row)
    }

    /// Names who answers for a service; `None` takes the name away.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for a service that is neither seen nor in the catalogue.
    pub async fn set_owner(&self, by: &str, id: &ServiceId, owner: Option<&str>) -> Result<ServiceRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        services::one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("service", id.as_str()))?;
        let before = choice(&mut tx, id).await?;
        let owner = owner.map(str::trim).filter(|owner| !owner.is_empty());
        let after = Choice { owner: owner.map(str::to_owned), ..choice(&mut tx, id).await? };
        save(&mut tx, id, by, now, &after).await?;
        let (before, after) = (before.owner.unwrap_or_default(), after.owner.unwrap_or_default());
        publish(&mut tx, now, FieldChange { by, id, field: "owner", before, after, note: "" }).await?;
        let row =
            services::one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("service", id.as_str()))?;
        tx.commit().await?;
        Ok(row)
    }

    /// Every status in force that is not `under review`.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn statuses(&self) -> Result<HashMap<ServiceId, ServiceStatus>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT service, status FROM service_choices
            WHERE status <> 'under_review' AND (expires IS NULL OR expires > ?)";
        let rows = tx.rows(sql, &values![self.now()]).await?;
        rows.iter().map(|row| Ok((word("service", row.text(0)?)?, word("status", row.text(1)?)?))).collect()
    }

    /// Puts services whose status has run out back under review, with history and record, and raises the revision.
    /// Gives their ids. [`Inventory::revision`] does this by itself; reading a status already counts a lapsed one as
    /// under review.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn end_lapsed_statuses(&self) -> Result<Vec<ServiceId>, InventoryError> {
        let now = self.now();
        let find = "SELECT service FROM service_choices WHERE expires <= ? ORDER BY service";
        if self.db.read().await?.rows(find, &values![now]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.write().await?;
        let mut ended = Vec::new();
        for row in tx.rows(find, &values![now]).await? {
            let id: ServiceId = word("service", row.text(0)?)?;
            let before = choice(&mut tx, &id).await?;
            let status = ServiceStatus::UnderReview;
            let after = Choice { status, expires: None, note: before.note, owner: before.owner };
            save(&mut tx, &id, "system", now, &after).await?;
            let (before, after) = (described(before.status, before.expires), status.to_string());
            let note = "the time of the status has run out";
            publish(&mut tx, now, FieldChange { by: "system", id: &id, field: "status", before, after, note }).await?;
            ended.push(id);
        }
        tx.commit().await?;
        Ok(ended)
    }
}
