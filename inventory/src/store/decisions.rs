//! Decisions about requests, as the evidence log tells them: one row each, and the records behind it.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::{Inventory, Page};
use crate::store::approvals::{self, ApprovalRow};
use crate::store::words::{Filter, from_json, page_rows, to_json, word, word_opt};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, DecisionId, ServiceId};
use gnomon_types::record::{Approval, Hold, Intent, Outcome, RecordBody};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Verdict;
use serde::Serialize;

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionRow {
    /// Its id.
    pub id: DecisionId,
    /// The evidence log that holds it.
    pub origin: String,
    /// Sequence number of its latest intent (or of its hold, while there is no intent).
    pub seq: u64,
    /// When the request arrived.
    pub at: Timestamp,
    /// What was done.
    pub verdict: Verdict,
    /// Public code when nothing was forwarded.
    pub code: Option<String>,
    /// Who asked.
    pub caller: Option<String>,
    /// `service`, `agent` or `person`.
    pub caller_kind: Option<String>,
    /// Team of the caller.
    pub team: Option<String>,
    /// Public part of the access key.
    pub key: Option<String>,
    /// Client program as it named itself.
    pub client: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// The service asked for.
    pub service: Option<String>,
    /// Its status when the request was judged.
    pub service_status: Option<String>,
    /// The upstream.
    pub upstream: Option<String>,
    /// Its host, if the record names it.
    pub host: Option<String>,
    /// The model asked for.
    pub model: Option<String>,
    /// The API.
    pub dialect: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The deciding rule.
    pub rule: Option<String>,
    /// Its sentence.
    pub reason: Option<String>,
    /// Findings in the request, `kind/TYPE`, sorted.
    pub findings: Vec<String>,
    /// Findings in the answer, `kind/TYPE`, sorted.
    pub answer_findings: Vec<String>,
    /// Prompt-attack score in thousandths.
    pub attack_permille: u64,
    /// SHA-256 of the policy bundle.
    pub policy: Option<Digest>,
    /// Time that both passes took together, in microseconds.
    pub judged_micros: u64,
    /// Whether bytes were forwarded.
    pub sent: bool,
    /// Bytes of the body as received.
    pub received_bytes: u64,
    /// The approval that let it through or is asked for.
    pub approval: Option<ApprovalId>,
    /// Status of the answer; 0 when there was none. `None` while there is no outcome.
    pub answer_status: Option<u64>,
    /// How the answer ended.
    pub answer_end: Option<String>,
    /// What was done to the answer.
    pub answer_verdict: Option<Verdict>,
    /// Bytes of the answer.
    pub answer_bytes: Option<u64>,
    /// To the last byte, in milliseconds.
    pub duration_ms: Option<u64>,
    /// To the first byte, in milliseconds.
    pub first_byte_ms: Option<u64>,
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
}

/// Which decisions to list. The newest come first.
#[derive(Debug, Clone, Default)]
pub struct DecisionFilter {
    /// Only with one of these verdicts; empty means all.
    pub verdicts: Vec<Verdict>,
    /// Only of this caller.
    pub caller: Option<String>,
    /// Only for this service.
    pub service: Option<ServiceId>,
    /// Only for this model.
    pub model: Option<String>,
    /// Only decided by this rule.
    pub rule: Option<String>,
    /// Only with this finding, `kind/TYPE`, or with any of this `kind`.
    pub finding: Option<String>,
    /// Only received at or after.
    pub from: Option<Timestamp>,
    /// Only received before.
    pub until: Option<Timestamp>,
    /// Rows of a page; 0 means 50.
    pub limit: usize,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// A decision with the records behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionDetail {
    /// The decision.
    pub row: DecisionRow,
    /// The intent; `None` while the request waits for a person.
    pub intent: Option<Intent>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// That a person was asked.
    pub hold: Option<Hold>,
    /// What the person said, as the log has it.
    pub approval: Option<Approval>,
    /// The approval as it stands.
    pub approval_row: Option<ApprovalRow>,
    /// Every record about it, in the order of the log.
    pub seqs: Vec<RecordRef>,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordRef {
    /// The evidence log.
    pub origin: String,
    /// Its sequence number.
    pub seq: u64,
    /// `intent`, `outcome`, `hold`, `approval`.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// The gateway that made it.
    pub node: String,
}

pub(crate) const COLUMNS: &str =
    "id, origin, seq, received_at, verdict, code, caller, caller_kind, team, key_id, client,
    route, service, service_status, upstream, model, dialect, stream, rule, reason, finding_types,
    answer_finding_types, attack_permille, policy, judged_micros, sent, received_bytes, approval, answer_status,
    answer_end, answer_verdict, answer_bytes, duration_ms, first_byte_ms, input_tokens, output_tokens, host";

pub(crate) fn decision_row(row: &Row) -> Result<DecisionRow, InventoryError> {
    Ok(DecisionRow {
        id: word("decisions.id", row.text(0)?)?,
        origin: row.text(1)?,
        seq: row.count(2)?,
        at: row.time(3)?,
        verdict: word("decisions.verdict", row.text(4)?)?,
        code: row.text_opt(5)?,
        caller: row.text_opt(6)?,
        caller_kind: row.text_opt(7)?,
        team: row.text_opt(8)?,
        key: row.text_opt(9)?,
        client: row.text_opt(10)?,
        route: row.text_opt(11)?,
        service: row.text_opt(12)?,
        service_status: row.text_opt(13)?,
        upstream: row.text_opt(14)?,
        model: row.text_opt(15)?,
        dialect: row.text(16)?,
        stream: row.flag(17)?,
        rule: row.text_opt(18)?,
        reason: row.text_opt(19)?,
        findings: from_json("decisions.finding_types", &row.text(20)?)?,
        answer_findings: from_json("decisions.answer_finding_types", &row.text(21)?)?,
        attack_permille: row.count(22)?,
        policy: word_opt("decisions.policy", row.text_opt(23)?)?,
        judged_micros: row.count(24)?,
        sent: row.flag(25)?,
        received_bytes: row.count(26)?,
        approval: word_opt("decisions.approval", row.text_opt(27)?)?,
        answer_status: row.count_opt(28)?,
        answer_end: row.text_opt(29)?,
        answer_verdict: word_opt("decisions.answer_verdict", row.text_opt(30)?)?,
        answer_bytes: row.count_opt(31)?,
        duration_ms: row.count_opt(32)?,
        first_byte_ms: row.count_opt(33)?,
        input_tokens: row.count_opt(34)?,
        output_tokens: row.count_opt(35)?,
        host: row.text_opt(36)?,
    })
}

fn decision_values(row: &DecisionRow) -> Result<Vec<Value>, InventoryError> {
    Ok(values![
        row.id.as_str(),
        &row.origin,
        row.seq,
        row.at,
        row.verdict.as_str(),
        &row.code,
        &row.caller,
        &row.caller_kind,
        &row.team,
        &row.key,
        &row.client,
        &row.route,
        &row.service,
        &row.service_status,
        &row.upstream,
        &row.model,
        &row.dialect,
        row.stream,
        &row.rule,
        &row.reason,
        to_json(&row.findings)?,
        to_json(&row.answer_findings)?,
        row.attack_permille,
        row.policy.map(|policy| policy.to_string()).as_deref(),
        row.judged_micros,
        row.sent,
        row.received_bytes,
        row.approval.as_ref().map(ApprovalId::as_str),
        row.answer_status,
        &row.answer_end,
        row.answer_verdict.map(Verdict::as_str),
        row.answer_bytes,
        row.duration_ms,
        row.first_byte_ms,
        row.input_tokens,
        row.output_tokens,
        &row.host,
    ])
}

/// Writes whole rows; `changed` is the ordinal of the first, for followers such as the search index.
pub(crate) async fn put(tx: &mut Tx, rows: &[DecisionRow]) -> Result<(), InventoryError> {
    let first = crate::store::counters::next_many(tx, "changed", rows.len()).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for (changed, row) in (first..).zip(rows) {
        let mut line = decision_values(row)?;
        line.push(Value::from(changed));
        lines.push(line);
    }
    let columns: Vec<&str> = COLUMNS.split(',').map(str::trim).chain(["changed"]).collect();
    let set: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    let tail = format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "));
    tx.insert(&format!("INSERT INTO decisions ({})", columns.join(", ")), &tail, &lines).await.map(drop)
}

/// Those of the ids that are stored.
pub(crate) async fn get_many(tx: &mut Tx, ids: &[&str]) -> Result<Vec<DecisionRow>, InventoryError> {
    let mut found = Vec::new();
    for ids in ids.chunks(500) {
        let sql = format!("SELECT {COLUMNS} FROM decisions WHERE id IN ({})", crate::db::marks(ids.len()));
        let values: Vec<Value> = ids.iter().map(|id| Value::from(*id)).collect();
        for row in tx.rows(&sql, &values).await? {
            found.push(decision_row(&row)?);
        }
    }
    Ok(found)
}

fn conditions(filter: &DecisionFilter) -> Filter {
    let mut conditions = Filter::default();
    if !filter.verdicts.is_empty() {
        let words = filter.verdicts.iter().map(|verdict| Value::from(verdict.as_str())).collect();
        conditions.and(format!("verdict IN ({})", crate::db::marks(filter.verdicts.len())), words);
    }
    conditions.and_if("caller = ?", filter.caller.as_deref());
    conditions.and_if("service = ?", filter.service.as_ref().map(ServiceId::as_str));
    conditions.and_if("model = ?", filter.model.as_deref());
    conditions.and_if("rule = ?", filter.rule.as_deref());
    conditions.and_if("received_at >= ?", filter.from);
    conditions.and_if("received_at < ?", filter.until);
    if let Some(finding) = &filter.finding {
        // `/` is followed by `0` in ASCII: the range is every `kind/...`.
        let clause =
            "id IN (SELECT decision FROM decision_findings WHERE finding = ? OR (finding >= ? AND finding < ?))";
        conditions.and(clause, values![finding, format!("{finding}/"), format!("{finding}0")]);
    }
    conditions
}

/// `TIME:ID` of the last row of a page.
fn read_cursor(after: &str) -> Option<(i64, &str)> {
    let (at, id) = after.split_once(':')?;
    Some((at.parse().ok()?, id))
}

impl Inventory {
    /// Decisions under a filter, newest first, a page at a time. Rows that come in meanwhile shift nothing.
    ///
    /// # Errors
    /// [`InventoryError`]; [`InventoryError::Refused`] for a cursor that is none of ours.
    pub async fn decisions(&self, filter: &DecisionFilter) -> Result<Page<DecisionRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        let mut conditions = conditions(filter);
        let sql = format!("SELECT COUNT(*) FROM decisions{}", conditions.sql());
        let total = u64::try_from(tx.number(&sql, &conditions.values).await?).unwrap_or(0);
        if let Some(after) = &filter.after {
            let (at, id) = read_cursor(after)
                .ok_or_else(|| InventoryError::Refused("this page address is not ours".to_owned()))?;
            conditions.and("(received_at < ? OR (received_at = ? AND id < ?))", values![at, at, id]);
        }
        let limit = page_rows(filter.limit);
        let sql = format!(
            "SELECT {COLUMNS} FROM decisions{} ORDER BY received_at DESC, id DESC LIMIT {}",
            conditions.sql(),
            limit + 1
        );
        let rows = tx.rows(&sql, &conditions.values).await?;
        let mut rows = rows.iter().map(decision_row).collect::<Result<Vec<_>, _>>()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| format!("{}:{}", row.at.as_millis(), row.id));
        Ok(Page { rows, next, total })
    }

    /// One decision with its records.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn decision(&self, id: &DecisionId) -> Result<Option<DecisionDetail>, InventoryError> {
        let mut tx = self.db.read().await?;
        let Some(row) = get_many(&mut tx, &[id.as_str()]).await?.pop() else {
            return Ok(None);
        };
        let mut detail = DecisionDetail {
            approval_row: None,
            row,
            intent: None,
            outcome: None,
            hold: None,
            approval: None,
            seqs: Vec::new(),
        };
        if let Some(approval) = &detail.row.approval {
            detail.approval_row = approvals::one(&mut tx, approval, self.now()).await?;
        }
        let sql = "SELECT origin, seq, kind, recorded_at, node, body FROM decision_records WHERE decision = ?
            ORDER BY origin, seq";
        for row in tx.rows(sql, &values![id.as_str()]).await? {
            let (origin, seq, kind) = (row.text(0)?, row.count(1)?, row.text(2)?);
            detail.seqs.push(RecordRef { origin, seq, kind, at: row.time(3)?, node: row.text(4)? });
            match from_json("decision_records.body", &row.text(5)?)? {
                RecordBody::Intent(intent) => detail.intent = Some(*intent),
                RecordBody::Outcome(outcome) => detail.outcome = Some(outcome),
                RecordBody::Hold(hold) => detail.hold = Some(hold),
                RecordBody::Approval(approval) => detail.approval = Some(approval),
                _ => {}
            }
        }
        Ok(Some(detail))
    }

    /// Decisions that changed after an ordinal, with the ordinal of each, for followers of the record.
    pub(crate) async fn decisions_changed(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, DecisionRow)>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = format!("SELECT {COLUMNS}, changed FROM decisions WHERE changed > ? ORDER BY changed LIMIT {limit}");
        let rows = tx.rows(&sql, &values![after]).await?;
        rows.iter().map(|row| Ok((row.int(37)?, decision_row(row)?))).collect()
    }
}
