//! What sinks of the twin feed read, and how far each of them is.

use crate::db::{Row, Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::twin_assets;
use crate::store::words::{filled, from_json};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

/// One change of one asset.
#[derive(Debug, Clone, PartialEq)]
pub struct TwinEvent {
    /// Its place among all events; rises, with gaps.
    pub sequence: u64,
    /// The asset, such as `service/openai`, `model/openai/gpt-4o`, `agent/billing-bot`.
    pub asset_id: String,
    /// Version of the asset's state, from 1 without gaps.
    pub version: u64,
    /// Type of the event.
    pub type_: String,
    /// When it happened. Data, never order.
    pub time: Timestamp,
    /// The whole state of the asset.
    pub data: Json,
}

/// The present state of one asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TwinAsset {
    /// The asset.
    pub asset_id: String,
    /// `service`, `model` or `agent`.
    pub kind: String,
    /// Version of its state.
    pub version: u64,
    /// When it got this state.
    pub changed: Timestamp,
    /// Its state.
    pub data: Json,
}

/// How one sink stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SinkRow {
    /// Its name.
    pub sink: String,
    /// Every event up to this sequence was delivered or given up.
    pub sequence: u64,
    /// Latest delivery.
    pub last_success: Option<Timestamp>,
    /// Latest failure, while it lasts.
    pub last_error: Option<String>,
    /// Failures in a row.
    pub failures: u64,
    /// Events that it has not got yet.
    pub waiting: u64,
    /// Events that were given up.
    pub dead_letters: u64,
}

/// An event that a sink refused for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The sink.
    pub sink: String,
    /// The event.
    pub sequence: u64,
    /// The asset.
    pub asset_id: String,
    /// What the sink answered.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}

const COLUMNS: &str = "sequence, asset, version, event_type, happened_at, data";

fn event(row: &Row) -> Result<TwinEvent, InventoryError> {
    Ok(TwinEvent {
        sequence: row.count(0)?,
        asset_id: row.text(1)?,
        version: row.count(2)?,
        type_: row.text(3)?,
        time: row.time(4)?,
        data: from_json("twin_events.data", &row.text(5)?)?,
    })
}

/// A sink that took nothing for so long holds no replaced event back any more: it was removed from the configuration, or
/// gets the newest state of each asset when it comes back.
const SILENT_MAX_MS: i64 = 30 * 24 * 3_600_000;

/// Drops events that a newer one of the same asset replaced and that every living sink has passed. The newest of each
/// asset stays, so a sink that comes later gets the whole state.
pub(crate) async fn drop_passed(tx: &mut Tx, now: Timestamp) -> Result<(), InventoryError> {
    let sql = "DELETE FROM twin_events WHERE sequence <= (SELECT COALESCE(MIN(s.sequence), 9223372036854775807)
        FROM twin_sinks s WHERE s.last_success >= ?) AND sequence NOT IN (SELECT MAX(sequence) FROM twin_events GROUP BY asset)";
    tx.run(sql, &values![now.plus_millis(-SILENT_MAX_MS)]).await.map(drop)
}

impl Inventory {
    /// Events after a sequence, in order, at most `limit`. From 0, the newest state of every asset is among them.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn twin_events(&self, after: u64, limit: usize) -> Result<Vec<TwinEvent>, InventoryError> {
        let sql = format!("SELECT {COLUMNS} FROM twin_events WHERE sequence > ? ORDER BY sequence LIMIT {limit}");
        self.db.read().await?.rows(&sql, &values![after]).await?.iter().map(event).collect()
    }

    /// The present state of every asset, by id.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn twin_assets(&self) -> Result<Vec<TwinAsset>, InventoryError> {
        let sql = "SELECT asset, kind, version, changed_at, state FROM twin_assets ORDER BY asset";
        let rows = self.db.read().await?.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(TwinAsset {
                    asset_id: row.text(0)?,
                    kind: row.text(1)?,
                    version: row.count(2)?,
                    changed: row.time(3)?,
                    data: from_json("twin_assets.state", &row.text(4)?)?,
                })
            })
            .collect()
    }

    /// How far a sink is; 0 for one that never got anything.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn sink_cursor(&self, sink: &str) -> Result<u64, InventoryError> {
        let sql = "SELECT sequence FROM twin_sinks WHERE sink = ?";
        let sequence = self.db.read().await?.number(sql, &values![sink]).await?;
        Ok(u64::try_from(sequence).unwrap_or(0))
    }

    /// Notes how far a sink is. It never goes back.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn set_sink_cursor(&self, sink: &str, sequence: u64) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        let sql = "INSERT INTO twin_sinks (sink, sequence, last_success, last_error, failures) VALUES (?, ?, ?, '', 0)
            ON CONFLICT (sink) DO UPDATE SET last_success = excluded.last_success, last_error = '', failures = 0,
            sequence = CASE WHEN excluded.sequence > twin_sinks.sequence THEN excluded.sequence
                ELSE twin_sinks.sequence END";
        tx.run(sql, &values![sink, sequence, self.now()]).await?;
        tx.commit().await
    }

    /// Notes that a sink failed, for pages and metrics.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn note_sink_failure(&self, sink: &str, error: &str) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        let sql =
            "INSERT INTO twin_sinks (sink, sequence, last_success, last_error, failures) VALUES (?, 0, NULL, ?, 1)
            ON CONFLICT (sink) DO UPDATE SET last_error = excluded.last_error, failures = twin_sinks.failures + 1";
        tx.run(sql, &values![sink, error]).await?;
        tx.commit().await
    }

    /// Gives an event up for a sink.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn add_dead_letter(&self, sink: &str, event: &TwinEvent, reason: &str) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        let sql = "INSERT INTO twin_dead_letters (sink, sequence, asset, reason, gave_up_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (sink, sequence) DO UPDATE SET reason = excluded.reason";
        tx.run(sql, &values![sink, event.sequence, &event.asset_id, reason, self.now()]).await?;
        tx.commit().await
    }

    /// Events that were given up, the newest first, at most 500.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn dead_letters(&self, sink: &str) -> Result<Vec<DeadLetter>, InventoryError> {
        let sql = "SELECT sequence, asset, reason, gave_up_at FROM twin_dead_letters WHERE sink = ?
            ORDER BY sequence DESC LIMIT 500";
        let rows = self.db.read().await?.rows(sql, &values![sink]).await?;
        rows.iter()
            .map(|row| {
                Ok(DeadLetter {
                    sink: sink.to_owned(),
                    sequence: row.count(0)?,
                    asset_id: row.text(1)?,
                    reason: row.text(2)?,
                    at: row.time(3)?,
                })
            })
            .collect()
    }

    /// Tells of every asset again on which a sink gave up, in its newest state, and forgets those dead letters. Every sink
    /// hears it: a repeat does no harm. Gives how many assets.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn redeliver(&self, sink: &str) -> Result<u64, InventoryError> {
        let mut tx = self.db.write().await?;
        let mut told = 0;
        let sql = "SELECT DISTINCT asset FROM twin_dead_letters WHERE sink = ? ORDER BY asset";
        for row in tx.rows(sql, &values![sink]).await? {
            told += u64::from(twin_assets::repeat(&mut tx, &row.text(0)?, self.now()).await?);
        }
        tx.run("DELETE FROM twin_dead_letters WHERE sink = ?", &values![sink]).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// How every sink stands, by name.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn sinks(&self) -> Result<Vec<SinkRow>, InventoryError> {
        let sql = "SELECT s.sink, s.sequence, s.last_success, s.last_error, s.failures,
            (SELECT COUNT(*) FROM twin_events e WHERE e.sequence > s.sequence),
            (SELECT COUNT(*) FROM twin_dead_letters d WHERE d.sink = s.sink) FROM twin_sinks s ORDER BY s.sink";
        let rows = self.db.read().await?.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(SinkRow {
                    sink: row.text(0)?,
                    sequence: row.count(1)?,
                    last_success: row.time_opt(2)?,
                    last_error: filled(row.text(3)?),
                    failures: row.count(4)?,
                    waiting: row.count(5)?,
                    dead_letters: row.count(6)?,
                })
            })
            .collect()
    }

    /// Removes every event that a newer one of the same asset replaced, also those that a sink has not got: one that
    /// was away gets the newest state of each asset at once. What every sink has got is removed without this. Gives how
    /// many went.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn compact_twin_events(&self) -> Result<u64, InventoryError> {
        let mut tx = self.db.write().await?;
        let sql =
            "DELETE FROM twin_events WHERE sequence NOT IN (SELECT MAX(sequence) FROM twin_events GROUP BY asset)";
        let removed = tx.run(sql, &[]).await?;
        tx.commit().await?;
        Ok(removed)
    }
}
