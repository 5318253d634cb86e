//! Records of the log that are not about one request: administrative acts, gaps, new models, notices, heartbeats.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::{Inventory, Page};
use crate::store::words::{Filter, from_json, like, page_rows, to_json};
use gnomon_types::record::{Heartbeat, Record, RecordBody};
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// One such record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRow {
    /// The evidence log.
    pub origin: String,
    /// Its sequence number.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The gateway or command that made it.
    pub node: String,
    /// Kind of record: `admin`, `approval`, `gap`, `model_change`, `tool_change`, `incident`, `erase`, `prune`.
    pub kind: String,
    /// Who, if a person or the system is named.
    pub by: String,
    /// What was done.
    pub action: String,
    /// What it concerns.
    pub subject: String,
    /// The record's body.
    pub body: RecordBody,
}

/// Which records to list. The newest come first.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only by this person.
    pub by: Option<String>,
    /// Only with this text in action or subject.
    pub text: Option<String>,
    /// Only at or after.
    pub from: Option<Timestamp>,
    /// Only before.
    pub until: Option<Timestamp>,
    /// Rows of a page; 0 means 50.
    pub limit: usize,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// The latest heartbeat of one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeRow {
    /// The evidence log.
    pub origin: String,
    /// The gateway.
    pub node: String,
    /// Sequence number of the heartbeat.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Its counters.
    pub heartbeat: Heartbeat,
}

fn words(body: &RecordBody) -> (&str, &str, String) {
    match body {
        RecordBody::Admin(admin) => (&admin.by, &admin.action, admin.subject.clone()),
        RecordBody::ModelChange(change) => ("", "model.new", format!("{}/{}", change.service, change.model)),
        RecordBody::ToolChange(change) => ("", "tool.new", change.definition.to_string()),
        RecordBody::Gap(gap) => ("", "gap", gap.cause.clone()),
        RecordBody::Erase(notice) => (&notice.by, "erase", notice.subject.clone()),
        RecordBody::Prune(notice) => (&notice.by, "prune", notice.subject.clone()),
        RecordBody::Incident(notice) => (&notice.by, "incident", notice.subject.clone()),
        RecordBody::Approval(approval) => (&approval.by, "approval", approval.approval.to_string()),
        RecordBody::Intent(_) | RecordBody::Outcome(_) | RecordBody::Hold(_) | RecordBody::Heartbeat(_) => {
            ("", "", String::new())
        }
    }
}

pub(crate) async fn put(tx: &mut Tx, origin: &str, record: &Record) -> Result<(), InventoryError> {
    let (by, action, subject) = words(&record.body);
    let sql = "INSERT INTO log_events (origin, seq, happened_at, node, kind, actor, action, subject, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (origin, seq) DO NOTHING";
    let body = to_json(&record.body)?;
    let values = values![origin, record.seq, record.at, &record.node, record.body.kind(), by, action, subject, body];
    tx.run(sql, &values).await.map(drop)
}

pub(crate) async fn put_heartbeat(
    tx: &mut Tx,
    origin: &str,
    record: &Record,
    heartbeat: &Heartbeat,
) -> Result<(), InventoryError> {
    let sql = "INSERT INTO nodes (origin, node, seq, happened_at, body) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (origin, node) DO UPDATE SET seq = excluded.seq, happened_at = excluded.happened_at,
        body = excluded.body WHERE excluded.seq > nodes.seq";
    tx.run(sql, &values![origin, &record.node, record.seq, record.at, to_json(heartbeat)?]).await.map(drop)
}

impl Inventory {
    /// Administrative acts, gaps and notices under a filter, newest first, a page at a time.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn events(&self, filter: &EventFilter) -> Result<Page<EventRow>, InventoryError> {
        let mut conditions = Filter::default();
        conditions.and_if("kind = ?", filter.kind.as_deref());
        conditions.and_if("actor = ?", filter.by.as_deref());
        conditions.and_if("happened_at >= ?", filter.from);
        conditions.and_if("happened_at < ?", filter.until);
        if let Some(text) = filter.text.as_deref().map(like) {
            let clause = "(LOWER(action) LIKE ? ESCAPE '\\' OR LOWER(subject) LIKE ? ESCAPE '\\')";
            conditions.and(clause, values![&text, &text]);
        }
        let mut tx = self.db.read().await?;
        let sql = format!("SELECT COUNT(*) FROM log_events{}", conditions.sql());
        let total = u64::try_from(tx.number(&sql, &conditions.values).await?).unwrap_or(0);
        let limit = page_rows(filter.limit);
        let offset: usize = filter.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
        let sql = format!(
            "SELECT origin, seq, happened_at, node, kind, actor, action, subject, body FROM log_events{}
            ORDER BY happened_at DESC, origin, seq DESC LIMIT {limit} OFFSET {offset}",
            conditions.sql()
        );
        let mut rows = Vec::new();
        for row in tx.rows(&sql, &conditions.values).await? {
            rows.push(EventRow {
                origin: row.text(0)?,
                seq: row.count(1)?,
                at: row.time(2)?,
                node: row.text(3)?,
                kind: row.text(4)?,
                by: row.text(5)?,
                action: row.text(6)?,
                subject: row.text(7)?,
                body: from_json("log_events.body", &row.text(8)?)?,
            });
        }
        let end = offset + rows.len();
        let next = (u64::try_from(end).unwrap_or(u64::MAX) < total && !rows.is_empty()).then(|| end.to_string());
        Ok(Page { rows, next, total })
    }

    /// The latest heartbeat of every gateway.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn nodes(&self) -> Result<Vec<NodeRow>, InventoryError> {
        let sql = "SELECT origin, node, seq, happened_at, body FROM nodes ORDER BY origin, node";
        let rows = self.db.read().await?.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(NodeRow {
                    origin: row.text(0)?,
                    node: row.text(1)?,
                    seq: row.count(2)?,
                    at: row.time(3)?,
                    heartbeat: from_json("nodes.body", &row.text(4)?)?,
                })
            })
            .collect()
    }
}
