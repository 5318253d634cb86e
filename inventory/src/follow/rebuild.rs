//! Dropping what is derived and making it again. What people and imports said stays where it is.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::totals::Totals;
use crate::store::{twin_assets, uses};
use gnomon_types::ids::ServiceId;
use gnomon_types::record::Record;
use gnomon_types::time::Timestamp;

/// Every derived table with its columns, but for ordinals that say when a row was written.
const DERIVED: [(&str, &str); 16] = [
    (
        "services",
        "service, name_seen, kind_seen, first_seen, last_seen, requests, attempts, forwarded, bytes_up, bytes_down, confidence",
    ),
    ("models", "service, model, first_seen, last_seen, requests, input_tokens, output_tokens"),
    ("callers", crate::store::callers::COLUMNS),
    ("caller_targets", "caller, service, model, attempts, last_seen"),
    ("key_uses", "key_id, last_used, attempts"),
    ("asset_totals", "asset, first_seen, last_seen, requests, attempts, forwarded, input_tokens, output_tokens"),
    ("asset_days", "asset, use_day, first_seen, last_seen, requests, attempts, forwarded, input_tokens, output_tokens"),
    ("decisions", crate::store::decisions::COLUMNS),
    ("decision_findings", "decision, side, finding, found"),
    ("decision_records", "origin, seq, decision, kind, recorded_at, node, body"),
    (
        "holds",
        "approval, origin, seq, decision, asked_at, expires, caller, service, fingerprint, body, logged_outcome, logged_by, logged_note, logged_at, used_by",
    ),
    ("log_events", "origin, seq, happened_at, node, kind, actor, action, subject, body"),
    ("nodes", "origin, node, seq, happened_at, body"),
    ("tool_definitions", "source, tool, digest, first_seen, decision"),
    ("cursors", "origin, next_seq"),
    (
        "uses",
        "origin, service, host, user_name, device, use_day, service_name, kind, first_seen, last_seen, requests, bytes_up, bytes_down, models, clients, evidence",
    ),
];

/// Marks in `counters` how far each log was when the rows were dropped. Until the cursors are there again, the twin is
/// told nothing: half a history would look like changes.
const MARK: &str = "rebuild:";
const PAGE: usize = 1_000;

pub(super) async fn goes_on(tx: &mut Tx) -> Result<bool, InventoryError> {
    Ok(tx.number("SELECT COUNT(*) FROM counters WHERE name LIKE 'rebuild:%'", &[]).await? > 0)
}

/// Ends the rebuild when every log is as far as it was. Then the twin is told of what differs, if anything does.
pub(super) async fn end_if_done(tx: &mut Tx, now: Timestamp) -> Result<(), InventoryError> {
    let behind = "SELECT COUNT(*) FROM counters m LEFT JOIN cursors c ON m.name = 'rebuild:' || c.origin
        WHERE m.name LIKE 'rebuild:%' AND COALESCE(c.next_seq, 0) < m.value";
    if tx.number(behind, &[]).await? > 0 {
        return Ok(());
    }
    finish(tx, now).await
}

async fn finish(tx: &mut Tx, now: Timestamp) -> Result<(), InventoryError> {
    tx.run("DELETE FROM counters WHERE name LIKE 'rebuild:%'", &[]).await?;
    for row in tx.rows("SELECT service FROM services UNION SELECT service FROM service_choices", &[]).await? {
        twin_assets::touch_service(tx, &ServiceId::sanitised(&row.text(0)?), now).await?;
    }
    for row in tx.rows("SELECT service, model FROM models ORDER BY service, model", &[]).await? {
        twin_assets::touch_model(tx, &ServiceId::sanitised(&row.text(0)?), &row.text(1)?, now).await?;
    }
    for row in tx.rows("SELECT caller FROM callers UNION SELECT caller FROM access_keys", &[]).await? {
        twin_assets::touch_caller(tx, &row.text(0)?, now).await?;
    }
    Ok(())
}

/// The sums of everything that was imported.
pub(super) async fn imported(tx: &mut Tx) -> Result<Totals, InventoryError> {
    let mut totals = Totals::default();
    let sql = "SELECT 'import:' || digest || ':' || file FROM imports ORDER BY digest, file";
    for row in tx.rows(sql, &[]).await? {
        let origin = row.text(0)?;
        let mut page = uses::page_of(tx, &origin, None, PAGE).await?;
        while let Some(last) = page.last().cloned() {
            page.iter().for_each(|item| totals.imported(item));
            page = uses::page_of(tx, &origin, Some(&last), PAGE).await?;
        }
    }
    Ok(totals)
}

impl Inventory {
    /// Drops every derived row and sets the cursors back to 0, in one transaction. Rows of imports are summed again at
    /// once; the follower then reads the logs from their beginning and ends with the same rows as before.
    ///
    /// Decisions whose records were removed from the log by retention do not come back.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn reset_derived(&self) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        for row in tx.rows("SELECT origin, next_seq FROM cursors", &[]).await? {
            let sql = "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET
                value = CASE WHEN excluded.value > counters.value THEN excluded.value ELSE counters.value END";
            tx.run(sql, &values![format!("{MARK}{}", row.text(0)?), row.int(1)?]).await?;
        }
        tx.run("DELETE FROM uses WHERE origin LIKE 'log:%'", &[]).await?;
        for (table, _) in DERIVED.iter().filter(|(table, _)| *table != "uses") {
            tx.run(&format!("DELETE FROM {table}"), &[]).await?;
        }
        imported(&mut tx).await?.save(&mut tx).await?;
        tx.commit().await
    }

    /// Ends a rebuild although some log is not as far as it was: it is gone for good, and the twin must not wait for it.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn finish_rebuild(&self) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        finish(&mut tx, self.now()).await?;
        tx.commit().await
    }

    /// [`Inventory::reset_derived`], then takes in the given records of one log from its beginning.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn rebuild_from(&self, origin: &str, records: &[Record]) -> Result<u64, InventoryError> {
        self.reset_derived().await?;
        self.apply(origin, records).await
    }

    /// Every derived row as one line of text, sorted: two records are equal when these lines are. For checks.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn derived_rows(&self) -> Result<Vec<String>, InventoryError> {
        let mut tx = self.db.read().await?;
        let mut lines = Vec::new();
        for (table, columns) in DERIVED {
            let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
            let cast: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS TEXT)")).collect();
            for row in tx.rows(&format!("SELECT {} FROM {table}", cast.join(", ")), &[]).await? {
                let mut line = table.to_owned();
                for (index, _) in columns.iter().enumerate() {
                    line.push('\t');
                    line.push_str(row.text_opt(index)?.as_deref().unwrap_or("NULL"));
                }
                lines.push(line);
            }
        }
        lines.sort_unstable();
        Ok(lines)
    }
}
