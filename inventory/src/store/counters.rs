//! Numbers that only rise: the revision that gateways watch, and the ordinals of outboxes and histories.

use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;

/// Draws the next number, from 1. Writers run one by one, so numbers become visible in order.
pub(crate) async fn next(tx: &mut Tx, name: &str) -> Result<i64, InventoryError> {
    let sql = "INSERT INTO counters (name, value) VALUES (?, 1)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
    tx.number(sql, &values![name]).await
}

/// Draws `count` numbers; gives the first.
pub(crate) async fn next_many(tx: &mut Tx, name: &str, count: usize) -> Result<i64, InventoryError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = "INSERT INTO counters (name, value) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + ? RETURNING value";
    Ok(tx.number(sql, &[Value::from(name), Value::from(count), Value::from(count)]).await? - count + 1)
}

/// Tells every gateway that something it holds a copy of has changed.
pub(crate) async fn bump_revision(tx: &mut Tx) -> Result<i64, InventoryError> {
    next(tx, "revision").await
}

impl Inventory {
    /// Tells every gateway that something outside the record has changed, such as the policy files.
    ///
    /// # Errors
    /// [`InventoryError::Database`].
    pub async fn bump_revision(&self) -> Result<u64, InventoryError> {
        let mut tx = self.db.write().await?;
        let revision = bump_revision(&mut tx).await?;
        tx.commit().await?;
        Ok(u64::try_from(revision).unwrap_or(0))
    }
}
