//! Definitions of tools: which were seen, and what was decided about each. The texts are not here, only their digests.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::{Inventory, Page};
use crate::store::counters;
use crate::store::outbox::{Act, push_act};
use crate::store::words::{Filter, filled, like, page_rows, word};
use gnomon_types::ids::{DecisionId, ToolName};
use gnomon_types::time::Timestamp;
use gnomon_types::tool::{Definition, DefinitionStatus, ToolChange, ToolSource};
use serde::Serialize;

/// Who decides where the configuration takes the first definition of a tool on trust.
const FIRST_USE: &str = "first use";

/// How long a definition about which nobody decides is kept: 90 days.
const UNDECIDED_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// A definition of a tool as pages and commands see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolRow {
    /// Which.
    #[serde(flatten)]
    pub definition: Definition,
    /// What it counts as.
    pub status: DefinitionStatus,
    /// When it was first seen; `None` for one that was decided about before it came.
    pub first_seen: Option<Timestamp>,
    /// The decision about the request that brought it first.
    pub decision: Option<DecisionId>,
    /// Who decided about it; `first use` where the configuration took it on trust.
    pub decided_by: Option<String>,
    /// When.
    pub decided: Option<Timestamp>,
    /// What was written with the decision.
    pub note: String,
}

/// Which definitions to list.
#[derive(Debug, Clone, Default)]
pub struct ToolFilter {
    /// Only with one of these statuses; empty means all.
    pub statuses: Vec<DefinitionStatus>,
    /// Only of this source.
    pub source: Option<ToolSource>,
    /// Only of the tool of this name.
    pub tool: Option<ToolName>,
    /// Only with this text in source, tool or digest.
    pub text: Option<String>,
    /// Rows of a page; 0 means 50.
    pub limit: usize,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// What a person says about a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecideTool {
    /// It may be used.
    Approve,
    /// It may not.
    Reject,
}

impl DecideTool {
    /// What the definition is then.
    #[must_use]
    pub fn status(self) -> DefinitionStatus {
        match self {
            Self::Approve => DefinitionStatus::Approved,
            Self::Reject => DefinitionStatus::Rejected,
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Approve => "tool.approve",
            Self::Reject => "tool.reject",
        }
    }
}

/// Every definition that was seen or decided about, with what it counts as.
const VIEW: &str = "(SELECT k.source, k.tool, k.digest, d.first_seen, COALESCE(d.decision, '') AS decision,
        COALESCE(c.note, '') AS note, COALESCE(c.decided_by, '') AS decided_by, c.decided_at,
        CASE WHEN c.status IS NOT NULL THEN c.status WHEN EXISTS (SELECT 1 FROM tool_choices a WHERE a.source = k.source
            AND a.tool = k.tool AND a.status = 'approved') THEN 'changed' ELSE 'new' END AS status
    FROM (SELECT source, tool, digest FROM tool_definitions UNION SELECT source, tool, digest FROM tool_choices) k
    LEFT JOIN tool_definitions d ON d.source = k.source AND d.tool = k.tool AND d.digest = k.digest
    LEFT JOIN tool_choices c ON c.source = k.source AND c.tool = k.tool AND c.digest = k.digest) v";
const COLUMNS: &str =
    "v.source, v.tool, v.digest, v.status, v.first_seen, v.decision, v.decided_by, v.decided_at, v.note";
/// What somebody should look at comes first.
const ORDER: &str = "CASE v.status WHEN 'changed' THEN 0 WHEN 'new' THEN 1 WHEN 'rejected' THEN 2 ELSE 3 END,
    v.source, v.tool, COALESCE(v.first_seen, 0) DESC, v.digest";

fn tool_row(row: &Row) -> Result<ToolRow, InventoryError> {
    Ok(ToolRow {
        definition: Definition {
            source: word("tool_definitions.source", row.text(0)?)?,
            tool: word("tool_definitions.tool", row.text(1)?)?,
            sha256: word("tool_definitions.digest", row.text(2)?)?,
        },
        status: word("tool_choices.status", row.text(3)?)?,
        first_seen: row.time_opt(4)?,
        decision: filled(row.text(5)?).map(|id| word("tool_definitions.decision", id)).transpose()?,
        decided_by: filled(row.text(6)?),
        decided: row.time_opt(7)?,
        note: row.text(8)?,
    })
}

fn key(definition: &Definition) -> [Value; 3] {
    let Definition { source, tool, sha256 } = definition;
    [Value::from(source.to_string()), Value::from(tool.as_str()), Value::from(sha256.to_string())]
}

fn conditions(filter: &ToolFilter) -> Filter {
    let mut conditions = Filter::default();
    if !filter.statuses.is_empty() {
        let words = filter.statuses.iter().map(|status| Value::from(status.as_str())).collect();
        conditions.and(format!("v.status IN ({})", crate::db::marks(filter.statuses.len())), words);
    }
    conditions.and_if("v.source = ?", filter.source.as_ref().map(ToString::to_string));
    conditions.and_if("v.tool = ?", filter.tool.as_ref().map(ToolName::as_str));
    if let Some(text) = filter.text.as_deref().map(like) {
        let clause =
            "(LOWER(v.source) LIKE ? ESCAPE '\\' OR LOWER(v.tool) LIKE ? ESCAPE '\\' OR v.digest LIKE ? ESCAPE '\\')";
        conditions.and(clause, values![&text, &text, &text]);
    }
    conditions
}

/// Takes in that a definition was seen. What the configuration took on trust is approved, unless somebody decided before or
/// another definition of the tool is.
pub(crate) async fn seen(tx: &mut Tx, at: Timestamp, change: &ToolChange) -> Result<(), InventoryError> {
    let [source, tool, digest] = key(&change.definition);
    let sql = "INSERT INTO tool_definitions (source, tool, digest, first_seen, decision) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (source, tool, digest) DO NOTHING";
    let decision = Value::from(change.decision.as_str());
    let added = tx.run(sql, &[source.clone(), tool.clone(), digest.clone(), Value::from(at), decision]).await?;
    if added == 0 {
        return Ok(());
    }
    if change.status == DefinitionStatus::Approved {
        let others = "SELECT COUNT(*) FROM tool_choices WHERE source = ? AND tool = ?";
        if tx.number(others, &[source.clone(), tool.clone()]).await? == 0 {
            let sql = "INSERT INTO tool_choices (source, tool, digest, status, note, decided_by, decided_at)
                VALUES (?, ?, ?, 'approved', '', ?, ?)";
            tx.run(sql, &[source, tool, digest, Value::from(FIRST_USE), Value::from(at)]).await?;
        }
    }
    forget_old(tx, &change.definition.source, at).await?;
    counters::bump_revision(tx).await.map(drop)
}

/// A definition about which nobody decided in a long time is forgotten, and seen anew should it come again: some clients write
/// the date into a description.
async fn forget_old(tx: &mut Tx, source: &ToolSource, at: Timestamp) -> Result<(), InventoryError> {
    let sql = "DELETE FROM tool_definitions WHERE source = ? AND first_seen < ? AND NOT EXISTS (SELECT 1 FROM tool_choices c
        WHERE c.source = tool_definitions.source AND c.tool = tool_definitions.tool AND c.digest = tool_definitions.digest)";
    tx.run(sql, &values![source.to_string(), at.plus_millis(-UNDECIDED_MS)]).await.map(drop)
}

async fn one(tx: &mut Tx, definition: &Definition) -> Result<Option<ToolRow>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM {VIEW} WHERE v.source = ? AND v.tool = ? AND v.digest = ?");
    tx.row(&sql, &key(definition)).await?.map(|row| tool_row(&row)).transpose()
}

impl Inventory {
    /// Definitions of tools under a filter, a page at a time.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn tools(&self, filter: &ToolFilter) -> Result<Page<ToolRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        let conditions = conditions(filter);
        let total = format!("SELECT COUNT(*) FROM {VIEW}{}", conditions.sql());
        let total = u64::try_from(tx.number(&total, &conditions.values).await?).unwrap_or(0);
        let limit = page_rows(filter.limit);
        let offset: usize = filter.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
        let sql =
            format!("SELECT {COLUMNS} FROM {VIEW}{} ORDER BY {ORDER} LIMIT {limit} OFFSET {offset}", conditions.sql());
        let rows = tx.rows(&sql, &conditions.values).await?.iter().map(tool_row).collect::<Result<Vec<_>, _>>()?;
        let end = offset + rows.len();
        let next = (u64::try_from(end).unwrap_or(u64::MAX) < total && !rows.is_empty()).then(|| end.to_string());
        Ok(Page { rows, next, total })
    }

    /// Approves or rejects a definition, seen or not: what a person read elsewhere can be approved before it comes.
    ///
    /// # Errors
    /// [`InventoryError::Refused`] when the note is longer than a record can be.
    pub async fn decide_tool(
        &self,
        by: &str,
        definition: &Definition,
        decide: DecideTool,
        note: &str,
    ) -> Result<ToolRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let before = one(&mut tx, definition).await?.map(|row| row.status);
        let status = decide.status();
        let [source, tool, digest] = key(definition);
        let sql = "INSERT INTO tool_choices (source, tool, digest, status, note, decided_by, decided_at)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, tool, digest) DO UPDATE SET status = excluded.status,
            note = excluded.note, decided_by = excluded.decided_by, decided_at = excluded.decided_at";
        let choice = values![status.as_str(), note, by, now];
        tx.run(sql, &[vec![source, tool, digest], choice].concat()).await?;
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        let act = Act {
            by,
            action: decide.action(),
            subject: &definition.to_string(),
            before: before.map(|status| status.to_string()),
            after: Some(format!("{} {status}{note}", definition.sha256)),
        };
        push_act(&mut tx, now, act).await?;
        counters::bump_revision(&mut tx).await?;
        let row = one(&mut tx, definition).await?;
        let row = row.ok_or_else(|| InventoryError::Damaged("a choice about a tool is not there".to_owned()))?;
        tx.commit().await?;
        Ok(row)
    }

    /// Every definition that is known, with what was decided about it: what a gateway compares with.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn tool_pins(&self) -> Result<Vec<(Definition, DefinitionStatus)>, InventoryError> {
        let mut tx = self.db.read().await?;
        let rows = tx.rows(&format!("SELECT {COLUMNS} FROM {VIEW}"), &[]).await?;
        rows.iter().map(|row| tool_row(row).map(|row| (row.definition, row.status))).collect()
    }
}
