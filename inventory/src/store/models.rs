//! Models by the service that they were seen on.

use crate::db::{Row, Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::words::word;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// One model on one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelRow {
    /// The service.
    pub service: ServiceId,
    /// The model's name as asked for.
    pub model: String,
    /// First seen.
    pub first_seen: Timestamp,
    /// Last seen.
    pub last_seen: Timestamp,
    /// Requests that named it, as far as they can be told apart.
    pub requests: u64,
    /// Tokens read, as far as the upstream told.
    pub input_tokens: u64,
    /// Tokens written, as far as the upstream told.
    pub output_tokens: u64,
}

const COLUMNS: &str = "service, model, first_seen, last_seen, requests, input_tokens, output_tokens";

fn model_row(row: &Row) -> Result<ModelRow, InventoryError> {
    Ok(ModelRow {
        service: word("service", row.text(0)?)?,
        model: row.text(1)?,
        first_seen: row.time(2)?,
        last_seen: row.time(3)?,
        requests: row.count(4)?,
        input_tokens: row.count(5)?,
        output_tokens: row.count(6)?,
    })
}

pub(crate) async fn of_service(tx: &mut Tx, id: &ServiceId) -> Result<Vec<ModelRow>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE service = ? ORDER BY model");
    tx.rows(&sql, &values![id.as_str()]).await?.iter().map(model_row).collect()
}

pub(crate) async fn get(tx: &mut Tx, service: &str, model: &str) -> Result<Option<ModelRow>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE service = ? AND model = ?");
    tx.row(&sql, &values![service, model]).await?.as_ref().map(model_row).transpose()
}

pub(crate) async fn put(tx: &mut Tx, row: &ModelRow) -> Result<(), InventoryError> {
    let sql = format!(
        "INSERT INTO models ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, model) DO UPDATE SET
        first_seen = excluded.first_seen, last_seen = excluded.last_seen, requests = excluded.requests,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens"
    );
    let values = values![
        row.service.as_str(),
        &row.model,
        row.first_seen,
        row.last_seen,
        row.requests,
        row.input_tokens,
        row.output_tokens
    ];
    tx.run(&sql, &values).await.map(drop)
}

impl Inventory {
    /// Every model on every service, most requests first, at most `limit`.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn models(&self, limit: usize) -> Result<Vec<ModelRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = format!("SELECT {COLUMNS} FROM models ORDER BY requests DESC, service, model LIMIT {limit}");
        tx.rows(&sql, &[]).await?.iter().map(model_row).collect()
    }
}
