//! What was seen of models, callers and keys: sums of all time and of each UTC day, added to as records and imports come
//! in, so that a list needs no grouping of all decisions.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::store::asset_id::AssetId;
use crate::store::counters;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Use of an asset on one UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetDay {
    /// The day, `2026-11-23`.
    pub day: String,
    /// Requests seen in logs or forwarded by the gateway.
    pub requests: u64,
    /// Requests that the gateway did not forward.
    pub refused: u64,
    /// Tokens read, as far as the upstream told.
    pub input_tokens: u64,
    /// Tokens written, as far as the upstream told.
    pub output_tokens: u64,
}

/// What was seen of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) requests: u64,
    pub(crate) attempts: u64,
    pub(crate) forwarded: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

impl Tally {
    pub(crate) fn at(moment: Timestamp) -> Self {
        let (first, last) = (moment, moment);
        Self { first, last, requests: 0, attempts: 0, forwarded: 0, input_tokens: 0, output_tokens: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.requests = self.requests.saturating_add(other.requests);
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.forwarded = self.forwarded.saturating_add(other.forwarded);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }

    fn values(&self) -> Vec<Value> {
        let Self { first, last, requests, attempts, forwarded, input_tokens, output_tokens } = self;
        values![*first, *last, *requests, *attempts, *forwarded, *input_tokens, *output_tokens]
    }
}

pub(crate) const COLUMNS: &str = "first_seen, last_seen, requests, attempts, forwarded, input_tokens, output_tokens";

/// What is to be added. Adding is commutative: the order of files and records does not count.
#[derive(Default)]
pub(crate) struct Tallies(BTreeMap<AssetId, BTreeMap<String, Tally>>);

impl Tallies {
    pub(crate) fn add(&mut self, asset: AssetId, day: String, tally: Tally) {
        match self.0.entry(asset).or_default().entry(day) {
            std::collections::btree_map::Entry::Occupied(mut sum) => sum.get_mut().add(&tally),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(tally);
            }
        }
    }

    /// Adds everything to the tables, and tells search of assets that are new.
    pub(crate) async fn save(self, tx: &mut Tx) -> Result<(), InventoryError> {
        let (mut days, mut totals) = (Vec::new(), Vec::new());
        for (asset, by_day) in &self.0 {
            let name = asset.to_string();
            let mut total: Option<Tally> = None;
            for (day, tally) in by_day {
                let mut row = values![&name, day];
                row.extend(tally.values());
                days.push(row);
                match &mut total {
                    Some(total) => total.add(tally),
                    None => total = Some(tally.clone()),
                }
            }
            let mut row = values![&name];
            row.extend(total.iter().flat_map(Tally::values));
            totals.push(row);
        }
        for asset in new_among(tx, self.0.keys().map(ToString::to_string).collect()).await? {
            changed(tx, &asset).await?;
        }
        add(tx, "asset_days", "asset, use_day", &days).await?;
        add(tx, "asset_totals", "asset", &totals).await
    }
}

/// Takes requests of assets back, by day.
pub(crate) async fn subtract(tx: &mut Tx, days: &BTreeMap<(AssetId, &str), u64>) -> Result<(), InventoryError> {
    for ((asset, day), requests) in days {
        let (asset, requests) = (asset.to_string(), *requests);
        let sql = "UPDATE asset_days SET requests = requests - ? WHERE asset = ? AND use_day = ?";
        tx.run(sql, &values![requests, &asset, *day]).await?;
        let sql = "UPDATE asset_totals SET requests = requests - ? WHERE asset = ?";
        tx.run(sql, &values![requests, &asset]).await?;
    }
    Ok(())
}

/// Half of what a number of the databases can be.
const SUM_MAX: i64 = i64::MAX / 2;

async fn add(tx: &mut Tx, table: &str, key: &str, rows: &[Vec<Value>]) -> Result<(), InventoryError> {
    // Whatever an upstream claims, a sum stays a number that both databases hold.
    let sums = ["requests", "attempts", "forwarded", "input_tokens", "output_tokens"].map(|column| {
        let (known, more) = (format!("{table}.{column}"), format!("excluded.{column}"));
        format!("{column} = CASE WHEN {known} >= {SUM_MAX} - {more} THEN {SUM_MAX} ELSE {known} + {more} END")
    });
    let earliest = format!(
        "first_seen = CASE WHEN excluded.first_seen < {table}.first_seen THEN excluded.first_seen ELSE {table}.first_seen END"
    );
    let latest = format!(
        "last_seen = CASE WHEN excluded.last_seen > {table}.last_seen THEN excluded.last_seen ELSE {table}.last_seen END"
    );
    let tail = format!("ON CONFLICT ({key}) DO UPDATE SET {earliest}, {latest}, {}", sums.join(", "));
    tx.insert(&format!("INSERT INTO {table} ({key}, {COLUMNS})"), &tail, rows).await.map(drop)
}

async fn new_among(tx: &mut Tx, mut assets: BTreeSet<String>) -> Result<BTreeSet<String>, InventoryError> {
    let names: Vec<Value> = assets.iter().map(Value::from).collect();
    for names in names.chunks(500) {
        let sql = format!("SELECT asset FROM asset_totals WHERE asset IN ({})", crate::db::marks(names.len()));
        for row in tx.rows(&sql, names).await? {
            assets.remove(&row.text(0)?);
        }
    }
    Ok(assets)
}

/// Tells search that something about an asset may have changed.
pub(crate) async fn changed(tx: &mut Tx, asset: &str) -> Result<(), InventoryError> {
    let changed = counters::next(tx, "changed").await?;
    let sql = "INSERT INTO asset_changes (asset, changed) VALUES (?, ?)
        ON CONFLICT (asset) DO UPDATE SET changed = excluded.changed";
    tx.run(sql, &values![asset, changed]).await.map(drop)
}

/// The last 400 days with use, oldest first.
pub(crate) async fn days_of(tx: &mut Tx, asset: &AssetId) -> Result<Vec<AssetDay>, InventoryError> {
    let sql = "SELECT use_day, requests, attempts, forwarded, input_tokens, output_tokens FROM asset_days
        WHERE asset = ? ORDER BY use_day DESC LIMIT 400";
    let rows = tx.rows(sql, &values![asset.to_string()]).await?;
    let mut days = rows.iter().map(day_row).collect::<Result<Vec<_>, InventoryError>>()?;
    days.reverse();
    Ok(days)
}

fn day_row(row: &Row) -> Result<AssetDay, InventoryError> {
    Ok(AssetDay {
        day: row.text(0)?,
        requests: row.count(1)?,
        // A request that waited for a person over midnight is asked on one day and forwarded on the other.
        refused: row.count(2)?.saturating_sub(row.count(3)?),
        input_tokens: row.count(4)?,
        output_tokens: row.count(5)?,
    })
}
