//! The figures of the first page.

use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::services::ServiceFilter;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// Figures over a window of time; those without a window are of this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Begin of the window.
    pub from: Timestamp,
    /// End of the window.
    pub until: Timestamp,
    /// Services in use or decided about, by status in force.
    pub services: BTreeMap<String, u64>,
    /// Services first seen in the window.
    pub services_new: u64,
    /// Distinct users (or devices) seen in use, ever.
    pub users: u64,
    /// Callers that the gateway saw in the window.
    pub callers: u64,
    /// Decisions in the window by verdict.
    pub decisions: BTreeMap<String, u64>,
    /// Decisions in the window with a finding, by `kind/TYPE`, in requests.
    pub findings: BTreeMap<String, u64>,
    /// The same in answers.
    pub answer_findings: BTreeMap<String, u64>,
    /// Decisions in the window per UTC day and verdict.
    pub days: Vec<DayDecisions>,
    /// Requests that wait for a person.
    pub approvals_waiting: u64,
    /// Tokens read in the window.
    pub input_tokens: u64,
    /// Tokens written in the window.
    pub output_tokens: u64,
    /// Changes that have no record in the evidence log yet.
    pub changes_pending: u64,
    /// Records of gaps in the window.
    pub gaps: u64,
}

/// Decisions of one UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayDecisions {
    /// The day, `2026-11-23`.
    pub day: String,
    /// Decisions by verdict.
    pub verdicts: BTreeMap<String, u64>,
}

async fn counts(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<BTreeMap<String, u64>, InventoryError> {
    tx.rows(sql, values).await?.iter().map(|row| Ok((row.text(0)?, row.count(1)?))).collect()
}

async fn number(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<u64, InventoryError> {
    Ok(u64::try_from(tx.number(sql, values).await?).unwrap_or(0))
}

async fn days(tx: &mut Tx, window: &[Value]) -> Result<Vec<DayDecisions>, InventoryError> {
    let sql = "SELECT received_at / 86400000 AS utc_day, verdict, COUNT(*) FROM decisions
        WHERE received_at >= ? AND received_at < ? GROUP BY received_at / 86400000, verdict ORDER BY 1, 2";
    let mut days: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    for row in tx.rows(sql, window).await? {
        days.entry(row.int(0)?).or_default().insert(row.text(1)?, row.count(2)?);
    }
    let day = |number: i64| Timestamp::from_millis(number.saturating_mul(86_400_000)).day();
    Ok(days.into_iter().map(|(number, verdicts)| DayDecisions { day: day(number), verdicts }).collect())
}

async fn findings(tx: &mut Tx, side: &str, window: &[Value]) -> Result<BTreeMap<String, u64>, InventoryError> {
    let sql = "SELECT f.finding, COUNT(*) FROM decision_findings f JOIN decisions d ON d.id = f.decision
        WHERE f.side = ? AND d.received_at >= ? AND d.received_at < ? GROUP BY f.finding";
    let values: Vec<Value> = std::iter::once(Value::from(side)).chain(window.iter().cloned()).collect();
    counts(tx, sql, &values).await
}

impl Inventory {
    /// The figures of the first page for a window.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn overview(&self, from: Timestamp, until: Timestamp) -> Result<Overview, InventoryError> {
        let mut services = BTreeMap::new();
        for status in ServiceStatus::ALL {
            let filter = ServiceFilter { statuses: vec![status], limit: 1, ..ServiceFilter::default() };
            services.insert(status.as_str().to_owned(), self.services(&filter).await?.total);
        }
        let window = values![from, until];
        let mut tx = self.db.read().await?;
        let tx = &mut tx;
        let within = "received_at >= ? AND received_at < ?";
        let sql = format!("SELECT verdict, COUNT(*) FROM decisions WHERE {within} GROUP BY verdict");
        let mut decisions = counts(tx, &sql, &window).await?;
        for verdict in [Verdict::Allow, Verdict::Redact, Verdict::Hold, Verdict::Deny] {
            decisions.entry(verdict.as_str().to_owned()).or_default();
        }
        let people = "SELECT COUNT(DISTINCT CASE WHEN user_name <> '' THEN 'u' || user_name ELSE 'd' || device END)
            FROM uses WHERE user_name <> '' OR device <> ''";
        let new = "SELECT COUNT(*) FROM services WHERE first_seen >= ? AND first_seen < ?";
        let callers = format!("SELECT COUNT(DISTINCT caller) FROM decisions WHERE {within}");
        let tokens = |column: &str| format!("SELECT CAST(SUM({column}) AS BIGINT) FROM decisions WHERE {within}");
        let waiting = "SELECT COUNT(*) FROM holds h LEFT JOIN approval_choices c ON c.approval = h.approval
            WHERE h.logged_outcome IS NULL AND c.outcome IS NULL AND h.expires > ?";
        let gaps = "SELECT COUNT(*) FROM log_events WHERE kind = 'gap' AND happened_at >= ? AND happened_at < ?";
        Ok(Overview {
            from,
            until,
            services,
            services_new: number(tx, new, &window).await?,
            users: number(tx, people, &[]).await?,
            callers: number(tx, &callers, &window).await?,
            decisions,
            findings: findings(tx, "request", &window).await?,
            answer_findings: findings(tx, "answer", &window).await?,
            days: days(tx, &window).await?,
            approvals_waiting: number(tx, waiting, &values![self.now()]).await?,
            input_tokens: number(tx, &tokens("input_tokens"), &window).await?,
            output_tokens: number(tx, &tokens("output_tokens"), &window).await?,
            changes_pending: number(tx, "SELECT COUNT(*) FROM changes WHERE written_seq IS NULL", &[]).await?,
            gaps: number(tx, gaps, &window).await?,
        })
    }
}
