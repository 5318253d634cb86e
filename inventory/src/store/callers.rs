//! Callers: applications, agents and people's tools that hold access keys, as the gateway saw them.

use crate::db::{Row, Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::words::{filled, word};
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// One caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallerRow {
    /// Its name.
    pub caller: String,
    /// `service`, `agent` or `person`.
    pub kind: String,
    /// Team, if its key names one.
    pub team: Option<String>,
    /// Client program as it last named itself.
    pub client: Option<String>,
    /// First request.
    pub first_seen: Timestamp,
    /// Latest request.
    pub last_seen: Timestamp,
    /// Requests judged.
    pub attempts: u64,
    /// Requests forwarded.
    pub forwarded: u64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it asked for, most requests first, at most 50.
    pub targets: Vec<CallerTarget>,
}

/// A service and model that a caller asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallerTarget {
    /// The service.
    pub service: ServiceId,
    /// The model, if named.
    pub model: Option<String>,
    /// Requests judged.
    pub attempts: u64,
    /// Latest request.
    pub last_seen: Timestamp,
}

pub(crate) const COLUMNS: &str = "caller, kind, team, client, first_seen, last_seen, attempts, forwarded, input_tokens,
    output_tokens";

fn caller_row(row: &Row) -> Result<CallerRow, InventoryError> {
    Ok(CallerRow {
        caller: row.text(0)?,
        kind: row.text(1)?,
        team: filled(row.text(2)?),
        client: filled(row.text(3)?),
        first_seen: row.time(4)?,
        last_seen: row.time(5)?,
        attempts: row.count(6)?,
        forwarded: row.count(7)?,
        input_tokens: row.count(8)?,
        output_tokens: row.count(9)?,
        targets: Vec::new(),
    })
}

async fn targets(tx: &mut Tx, caller: &str) -> Result<Vec<CallerTarget>, InventoryError> {
    let sql = "SELECT service, model, attempts, last_seen FROM caller_targets WHERE caller = ?
        ORDER BY attempts DESC, service, model LIMIT 50";
    let rows = tx.rows(sql, &values![caller]).await?;
    rows.iter()
        .map(|row| {
            Ok(CallerTarget {
                service: word("caller_targets.service", row.text(0)?)?,
                model: filled(row.text(1)?),
                attempts: row.count(2)?,
                last_seen: row.time(3)?,
            })
        })
        .collect()
}

pub(crate) async fn one(tx: &mut Tx, caller: &str) -> Result<Option<CallerRow>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM callers WHERE caller = ?");
    let Some(row) = tx.row(&sql, &values![caller]).await? else {
        return Ok(None);
    };
    let mut row = caller_row(&row)?;
    row.targets = targets(tx, caller).await?;
    Ok(Some(row))
}

/// Writes the row; its targets are written by [`add_target`].
pub(crate) async fn put(tx: &mut Tx, row: &CallerRow) -> Result<(), InventoryError> {
    let sql = format!(
        "INSERT INTO callers ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (caller) DO UPDATE SET
        kind = excluded.kind, team = excluded.team, client = excluded.client, first_seen = excluded.first_seen,
        last_seen = excluded.last_seen, attempts = excluded.attempts, forwarded = excluded.forwarded,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens"
    );
    let values = values![
        &row.caller,
        &row.kind,
        row.team.as_deref().unwrap_or_default(),
        row.client.as_deref().unwrap_or_default(),
        row.first_seen,
        row.last_seen,
        row.attempts,
        row.forwarded,
        row.input_tokens,
        row.output_tokens
    ];
    tx.run(&sql, &values).await.map(drop)
}

/// Adds to what a caller asked for; tells whether this target is new.
pub(crate) async fn add_target(tx: &mut Tx, caller: &str, target: &CallerTarget) -> Result<bool, InventoryError> {
    let sql = "INSERT INTO caller_targets (caller, service, model, attempts, last_seen) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (caller, service, model) DO UPDATE SET attempts = caller_targets.attempts + excluded.attempts,
        last_seen = CASE WHEN excluded.last_seen > caller_targets.last_seen THEN excluded.last_seen
            ELSE caller_targets.last_seen END RETURNING attempts";
    let model = target.model.as_deref().unwrap_or_default();
    let values = values![caller, target.service.as_str(), model, target.attempts, target.last_seen];
    let attempts = tx.number(sql, &values).await?;
    Ok(u64::try_from(attempts) == Ok(target.attempts))
}

impl Inventory {
    /// Every caller that the gateway saw, the latest first, at most `limit`. With `kind`, only `agent`s, for example.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn callers(&self, kind: Option<&str>, limit: usize) -> Result<Vec<CallerRow>, InventoryError> {
        let mut conditions = crate::store::words::Filter::default();
        conditions.and_if("kind = ?", kind);
        let sql =
            format!("SELECT {COLUMNS} FROM callers{} ORDER BY last_seen DESC, caller LIMIT {limit}", conditions.sql());
        let mut tx = self.db.read().await?;
        let mut callers = Vec::new();
        for row in tx.rows(&sql, &conditions.values).await? {
            let mut caller = caller_row(&row)?;
            caller.targets = targets(&mut tx, &caller.caller).await?;
            callers.push(caller);
        }
        Ok(callers)
    }

    /// One caller.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn caller(&self, caller: &str) -> Result<Option<CallerRow>, InventoryError> {
        one(&mut self.db.read().await?, caller).await
    }
}
