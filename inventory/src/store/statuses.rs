//! What people decide about a service: status and owner. How a choice is kept stands in `choices.rs`.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::choices::{self, Choose, SERVICES, Subject, check_end};
use crate::store::services::ServiceRow;
use crate::store::words::word;
use crate::store::{assets, services, twin_assets};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use std::collections::HashMap;

async fn choose(
    tx: &mut Tx,
    by: &str,
    id: &ServiceId,
    now: Timestamp,
    choice: Choose<'_>,
) -> Result<(), InventoryError> {
    let subject = Subject { book: &SERVICES, key: id.as_str(), kind: "service", id: id.as_str() };
    choices::choose(tx, &subject, by, now, choice).await?;
    twin_assets::touch_service(tx, id, now).await
}

async fn existing(tx: &mut Tx, id: &ServiceId, now: Timestamp) -> Result<ServiceRow, InventoryError> {
    services::one(tx, id, now).await?.ok_or_else(|| InventoryError::not_found("service", id.as_str()))
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
        check_end(expires, self.now())?;
        self.choose_service(by, id, Choose::Status { status, note, expires }).await
    }

    /// Names who answers for a service; `None` takes the name away.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for a service that is neither seen nor in the catalogue.
    pub async fn set_owner(&self, by: &str, id: &ServiceId, owner: Option<&str>) -> Result<ServiceRow, InventoryError> {
        self.choose_service(by, id, Choose::Owner(owner)).await
    }

    async fn choose_service(&self, by: &str, id: &ServiceId, choice: Choose<'_>) -> Result<ServiceRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        existing(&mut tx, id, now).await?;
        choose(&mut tx, by, id, now, choice).await?;
        let row = existing(&mut tx, id, now).await?;
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

    /// Puts services and other assets whose status has run out back under review, with history and record, and raises
    /// the revision. Gives their names. [`Inventory::revision`] does this by itself; reading a status already counts a
    /// lapsed one as under review.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn end_lapsed_statuses(&self) -> Result<Vec<String>, InventoryError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let lapsed =
            [choices::lapsed(&mut tx, &SERVICES, now).await?, choices::lapsed(&mut tx, &choices::ASSETS, now).await?];
        drop(tx);
        if lapsed.iter().all(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut tx = self.db.write().await?;
        // Asked again: another process may have ended them meanwhile.
        let services = choices::lapsed(&mut tx, &SERVICES, now).await?;
        for id in &services {
            choose(&mut tx, "system", &word("service", id.clone())?, now, Choose::Lapse).await?;
        }
        let others = assets::end_lapsed(&mut tx, now).await?;
        tx.commit().await?;
        Ok(services.into_iter().chain(others).collect())
    }
}
