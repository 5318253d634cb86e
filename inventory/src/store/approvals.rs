//! Requests that wait for a person, and what people said.
//!
//! What the log tells (a request began to wait, an approval was recorded or used) is derived and rebuilt from it. What a
//! person says is written first in `approval_choices`, once, and goes to the log through the outbox.

use crate::db::{Row, Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::counters;
use crate::store::outbox::push_approval;
use crate::store::words::{from_json, word, word_opt};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, DecisionId, ServiceId};
use gnomon_types::record::{Approval, Hold};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalState {
    /// Nobody said anything yet.
    Waiting,
    /// Approved, good once for the same request.
    Approved,
    /// Rejected.
    Rejected,
    /// Nobody said anything in time.
    Expired,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Approved, Self::Rejected, Self::Expired];

    /// The word used in JSON and on pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// What a person says about a held request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decide {
    /// Let it through, once.
    Approve,
    /// Do not.
    Reject,
}

/// One request for a person's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalRow {
    /// Its id.
    pub id: ApprovalId,
    /// How it stands.
    pub state: ApprovalState,
    /// The decision that asks.
    pub decision: DecisionId,
    /// Since when it waits.
    pub asked: Timestamp,
    /// When it lapses. An approval that was given is good until then.
    pub expires: Timestamp,
    /// Who asked.
    pub caller: String,
    /// Team of the caller.
    pub team: Option<String>,
    /// The route.
    pub route: String,
    /// The service.
    pub service: ServiceId,
    /// The model.
    pub model: Option<String>,
    /// Why a person is asked.
    pub reasons: Vec<Reason>,
    /// Findings by `kind/TYPE`.
    pub findings: BTreeMap<String, u64>,
    /// What it is good for: these exact bytes of this caller on this route.
    pub fingerprint: Digest,
    /// Who decided.
    pub by: Option<String>,
    /// What was written with it.
    pub note: Option<String>,
    /// When it was decided.
    pub decided: Option<Timestamp>,
    /// The decision that used it.
    pub used_by: Option<DecisionId>,
}

/// Which approvals to list. The newest come first.
#[derive(Debug, Clone, Default)]
pub struct ApprovalFilter {
    /// Only in this state.
    pub state: Option<ApprovalState>,
    /// Rows; 0 means 50.
    pub limit: usize,
}

// What the log says comes first: the gateway may have let a request lapse just before a person decided.
const VIEW: &str = "SELECT h.approval, h.asked_at, h.body, COALESCE(h.logged_outcome, c.outcome) AS outcome,
    COALESCE(h.logged_by, c.decided_by) AS decided_by, COALESCE(h.logged_note, c.note) AS note,
    COALESCE(c.decided_at, h.logged_at) AS decided_at, h.used_by, COALESCE(c.revision, 0) AS revision,
    h.expires AS expires FROM holds h LEFT JOIN approval_choices c ON c.approval = h.approval";

fn approval_row(row: &Row, now: Timestamp) -> Result<ApprovalRow, InventoryError> {
    let hold: Hold = from_json("holds.body", &row.text(2)?)?;
    let state = match row.text_opt(3)?.as_deref() {
        Some("approved") => ApprovalState::Approved,
        Some("rejected") => ApprovalState::Rejected,
        Some(_) => ApprovalState::Expired,
        None if hold.expires <= now => ApprovalState::Expired,
        None => ApprovalState::Waiting,
    };
    Ok(ApprovalRow {
        id: word("holds.approval", row.text(0)?)?,
        state,
        decision: hold.decision,
        asked: row.time(1)?,
        expires: hold.expires,
        caller: hold.actor.caller.to_string(),
        team: hold.actor.team,
        route: hold.route.to_string(),
        service: hold.target.service,
        model: hold.target.model,
        reasons: hold.reasons,
        findings: hold.findings,
        fingerprint: hold.fingerprint,
        by: row.text_opt(4)?,
        note: row.text_opt(5)?.filter(|note| !note.is_empty()),
        decided: row.time_opt(6)?,
        used_by: word_opt("holds.used_by", row.text_opt(7)?)?,
    })
}

pub(crate) async fn one(tx: &mut Tx, id: &ApprovalId, now: Timestamp) -> Result<Option<ApprovalRow>, InventoryError> {
    let sql = format!("{VIEW} WHERE h.approval = ?");
    tx.row(&sql, &values![id.as_str()]).await?.map(|row| approval_row(&row, now)).transpose()
}

/// A request began to wait.
pub(crate) async fn held(
    tx: &mut Tx,
    origin: &str,
    seq: u64,
    at: Timestamp,
    hold: &Hold,
) -> Result<(), InventoryError> {
    let sql =
        "INSERT INTO holds (approval, origin, seq, decision, asked_at, expires, caller, service, fingerprint, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (approval) DO NOTHING";
    let values = values![
        hold.approval.as_str(),
        origin,
        seq,
        hold.decision.as_str(),
        at,
        hold.expires,
        hold.actor.caller.as_str(),
        hold.target.service.as_str(),
        hold.fingerprint.to_string(),
        crate::store::words::to_json(hold)?
    ];
    tx.run(sql, &values).await.map(drop)
}

/// A decision of a person, or a lapse, was recorded. The first record counts. Gives the decision that had asked.
pub(crate) async fn recorded(
    tx: &mut Tx,
    seq: u64,
    at: Timestamp,
    approval: &Approval,
) -> Result<Option<String>, InventoryError> {
    let id = approval.approval.as_str();
    let sql = "UPDATE holds SET logged_outcome = ?, logged_by = ?, logged_note = ?, logged_at = ?
        WHERE approval = ? AND logged_outcome IS NULL";
    tx.run(sql, &values![&approval.outcome, &approval.by, &approval.note, at, id]).await?;
    crate::store::outbox::approval_seen_in_log(tx, approval, seq).await?;
    let row = tx.row("SELECT decision FROM holds WHERE approval = ?", &values![id]).await?;
    row.map(|row| row.text(0)).transpose()
}

/// A decision went through by an approval.
pub(crate) async fn used(tx: &mut Tx, id: &ApprovalId, decision: &DecisionId) -> Result<(), InventoryError> {
    let sql = "UPDATE holds SET used_by = ? WHERE approval = ? AND used_by IS NULL";
    tx.run(sql, &values![decision.as_str(), id.as_str()]).await.map(drop)
}

impl Inventory {
    /// Approvals under a filter, newest first.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn approvals(&self, filter: &ApprovalFilter) -> Result<Vec<ApprovalRow>, InventoryError> {
        let now = self.now();
        let undecided = "h.logged_outcome IS NULL AND c.outcome IS NULL";
        let (clause, values) = match filter.state {
            None => (String::new(), values![]),
            Some(ApprovalState::Waiting) => (format!(" WHERE {undecided} AND h.expires > ?"), values![now]),
            Some(ApprovalState::Expired) => {
                let clause = " WHERE h.logged_outcome = 'expired' OR (h.logged_outcome IS NULL AND c.outcome IS NULL
                    AND h.expires <= ?)";
                (clause.to_owned(), values![now])
            }
            Some(state) => (" WHERE COALESCE(h.logged_outcome, c.outcome) = ?".to_owned(), values![state.as_str()]),
        };
        let limit = crate::store::words::page_rows(filter.limit);
        let sql = format!("{VIEW}{clause} ORDER BY h.asked_at DESC, h.approval DESC LIMIT {limit}");
        let mut tx = self.db.read().await?;
        tx.rows(&sql, &values).await?.iter().map(|row| approval_row(row, now)).collect()
    }

    /// One approval.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn approval(&self, id: &ApprovalId) -> Result<Option<ApprovalRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        one(&mut tx, id, self.now()).await
    }

    /// What a gateway must know after a start: requests that wait, and approvals given, not used and not lapsed.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn open_approvals(&self) -> Result<Vec<ApprovalRow>, InventoryError> {
        let now = self.now();
        let sql = format!(
            "{VIEW} WHERE h.used_by IS NULL AND h.expires > ?
            AND COALESCE(h.logged_outcome, c.outcome, 'approved') = 'approved' ORDER BY h.asked_at, h.approval"
        );
        let mut tx = self.db.read().await?;
        tx.rows(&sql, &values![now]).await?.iter().map(|row| approval_row(row, now)).collect()
    }

    /// Approvals that people decided after a revision, for handing to a gateway that holds the requests.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn approvals_changed_since(&self, revision: u64) -> Result<Vec<ApprovalRow>, InventoryError> {
        let now = self.now();
        let sql = format!("{VIEW} WHERE c.revision > ? ORDER BY c.revision");
        let mut tx = self.db.read().await?;
        tx.rows(&sql, &values![revision]).await?.iter().map(|row| approval_row(row, now)).collect()
    }

    /// Decides about a request that waits: once, and before it lapses. The choice and its evidence commit together.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`]; [`InventoryError::Refused`] when it was decided before or has lapsed.
    pub async fn decide_approval(
        &self,
        by: &str,
        id: &ApprovalId,
        decide: Decide,
        note: &str,
    ) -> Result<ApprovalRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let row = one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("approval", id.as_str()))?;
        if row.state != ApprovalState::Waiting {
            let by = row.by.map(|by| format!(" by `{by}`")).unwrap_or_default();
            return Err(InventoryError::Refused(format!("approval `{id}` is already {}{by}", row.state.as_str())));
        }
        let outcome = if decide == Decide::Approve { "approved" } else { "rejected" };
        let revision = counters::bump_revision(&mut tx).await?;
        let sql = "INSERT INTO approval_choices (approval, outcome, decided_by, note, decided_at, revision)
            VALUES (?, ?, ?, ?, ?, ?)";
        tx.run(sql, &values![id.as_str(), outcome, by, note, now, revision]).await?;
        let approval = Approval {
            approval: id.clone(),
            outcome: outcome.to_owned(),
            by: by.to_owned(),
            note: note.to_owned(),
            fingerprint: row.fingerprint,
        };
        push_approval(&mut tx, now, approval).await?;
        let row = one(&mut tx, id, now).await?.ok_or_else(|| InventoryError::not_found("approval", id.as_str()))?;
        tx.commit().await?;
        Ok(row)
    }
}
