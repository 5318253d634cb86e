//! The rows that one batch of records changes: loaded once, changed in memory, written once.

use super::decision;
use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::callers::{self, CallerRow, CallerTarget};
use crate::store::decisions::{self, DecisionRow};
use crate::store::models::ModelRow;
use crate::store::tallies::Tally;
use crate::store::totals::{Seen, Totals, Touched, other_days};
use crate::store::uses;
use crate::store::words::to_json;
use gnomon_types::asset::ServiceKind;
use gnomon_types::ids::ServiceId;
use gnomon_types::record::{Hold, Intent, Outcome, Record, RecordBody};
use gnomon_types::sighting::{EvidencePointer, Use};
use gnomon_types::time::Timestamp;
use std::collections::BTreeMap;

pub(super) struct Batch {
    origin: String,
    decisions: BTreeMap<String, DecisionRow>,
    totals: Totals,
    callers: BTreeMap<String, CallerRow>,
    key_uses: BTreeMap<String, (Timestamp, u64)>,
    uses: BTreeMap<(ServiceId, String, Option<String>, String), Use>,
    findings: BTreeMap<(String, &'static str, String), u64>,
    records: Vec<Vec<Value>>,
}

/// What a batch changed.
pub(super) struct TouchedRows {
    pub(super) totals: Touched,
    pub(super) callers: Vec<String>,
}

/// The decision that a record is about.
fn decision_of(body: &RecordBody) -> Option<&str> {
    match body {
        RecordBody::Intent(intent) => Some(intent.decision.as_str()),
        RecordBody::Outcome(outcome) => Some(outcome.decision.as_str()),
        RecordBody::Hold(hold) => Some(hold.decision.as_str()),
        _ => None,
    }
}

impl Batch {
    pub(super) async fn load(tx: &mut Tx, origin: &str, records: &[&Record]) -> Result<Self, InventoryError> {
        let mut ids: Vec<&str> = records.iter().filter_map(|record| decision_of(&record.body)).collect();
        ids.sort_unstable();
        ids.dedup();
        let stored = decisions::get_many(tx, &ids).await?;
        Ok(Self {
            origin: origin.to_owned(),
            decisions: stored.into_iter().map(|row| (row.id.as_str().to_owned(), row)).collect(),
            totals: Totals::default(),
            callers: BTreeMap::new(),
            key_uses: BTreeMap::new(),
            uses: BTreeMap::new(),
            findings: BTreeMap::new(),
            records: Vec::new(),
        })
    }

    /// Keeps the record itself beside the decision's row.
    pub(super) fn keep(&mut self, decision: &str, record: &Record) -> Result<(), InventoryError> {
        let body = to_json(&record.body)?;
        let kind = record.body.kind();
        self.records.push(values![&self.origin, record.seq, decision, kind, record.at, &record.node, body]);
        Ok(())
    }

    pub(super) fn hold(&mut self, record: &Record, hold: &Hold) -> Result<(), InventoryError> {
        self.keep(hold.decision.as_str(), record)?;
        if self.decisions.contains_key(hold.decision.as_str()) {
            // The intent came first; it knows more.
            return Ok(());
        }
        let row = decision::of_hold(&self.origin, record, hold);
        self.found(hold.decision.as_str(), "request", &hold.findings);
        self.attempt(&row, record.at);
        self.decisions.insert(hold.decision.as_str().to_owned(), row);
        Ok(())
    }

    pub(super) fn intent(&mut self, record: &Record, intent: &Intent) -> Result<(), InventoryError> {
        let id = intent.decision.as_str();
        self.keep(id, record)?;
        let before = self.decisions.remove(id);
        let row = decision::of_intent(before.as_ref(), &self.origin, record, intent);
        self.found(id, "request", &intent.findings);
        if before.is_none() {
            self.attempt(&row, intent.received);
        }
        if row.sent && !before.is_some_and(|before| before.sent) {
            self.forwarded(&row, record.seq);
        }
        self.decisions.insert(id.to_owned(), row);
        Ok(())
    }

    pub(super) fn outcome(&mut self, record: &Record, outcome: &Outcome) -> Result<(), InventoryError> {
        let id = outcome.decision.as_str();
        self.keep(id, record)?;
        // Without its intent (removed by retention) there is no row to complete.
        let Some(mut row) = self.decisions.remove(id) else {
            return Ok(());
        };
        let first = row.answer_status.is_none();
        decision::complete(&mut row, outcome);
        self.found(id, "answer", &outcome.findings);
        if first {
            self.answered(&row);
        }
        self.decisions.insert(id.to_owned(), row);
        Ok(())
    }

    fn found(&mut self, decision: &str, side: &'static str, findings: &BTreeMap<String, u64>) {
        for (finding, count) in findings {
            self.findings.insert((decision.to_owned(), side, finding.clone()), *count);
        }
    }

    /// A decision was seen for the first time.
    fn attempt(&mut self, row: &DecisionRow, at: Timestamp) {
        if let Some(key) = &row.key {
            let (last, attempts) = self.key_uses.entry(key.clone()).or_insert((at, 0));
            *last = (*last).max(at);
            *attempts += 1;
        }
        self.tally(row, &Tally { attempts: 1, ..Tally::at(at) });
        let service = row.service.as_deref().map(ServiceId::sanitised);
        if let Some(service) = &service {
            self.totals.service(service, &Seen { attempts: 1, ..Seen::at(at) });
        }
        if let Some(caller) = self.caller(row) {
            caller.attempts += 1;
            if let Some(service) = service {
                add_target(&mut caller.targets, service, row.model.as_ref(), at);
            }
        }
    }

    /// Adds to the sums of every model, caller and key that a decision is about.
    fn tally(&mut self, row: &DecisionRow, tally: &Tally) {
        let service = row.service.as_deref().map(ServiceId::sanitised);
        let model = service.zip(row.model.as_ref()).map(|(service, model)| AssetId::model(&service, model));
        let caller = row.caller.as_ref().map(|caller| AssetId::new(AssetKind::Caller, caller));
        let key = row.key.as_ref().map(|key| AssetId::new(AssetKind::Key, key));
        for asset in [model, caller, key].into_iter().flatten() {
            self.totals.assets.add(asset, tally.first.day(), tally.clone());
        }
    }

    /// The caller's line of this batch, with what is known of it by the latest request.
    fn caller(&mut self, row: &DecisionRow) -> Option<&mut CallerRow> {
        let name = row.caller.as_ref()?;
        let blank = || CallerRow {
            caller: name.clone(),
            kind: String::new(),
            team: None,
            client: None,
            first_seen: row.at,
            last_seen: row.at,
            attempts: 0,
            forwarded: 0,
            input_tokens: 0,
            output_tokens: 0,
            targets: Vec::new(),
        };
        let caller = self.callers.entry(name.clone()).or_insert_with(blank);
        caller.first_seen = caller.first_seen.min(row.at);
        if row.at >= caller.last_seen {
            caller.last_seen = row.at;
            caller.kind = row.caller_kind.clone().unwrap_or_default();
            caller.team.clone_from(&row.team);
            caller.client.clone_from(&row.client);
        }
        Some(caller)
    }

    /// Bytes went out: that is a use of the service.
    fn forwarded(&mut self, row: &DecisionRow, seq: u64) {
        self.tally(row, &Tally { requests: 1, forwarded: 1, ..Tally::at(row.at) });
        if let Some(caller) = self.caller(row) {
            caller.forwarded += 1;
        }
        let Some(service) = row.service.as_deref().map(ServiceId::sanitised) else {
            return;
        };
        let seen =
            Seen { requests: 1, forwarded: 1, bytes_up: row.received_bytes, confidence: 1.0, ..Seen::at(row.at) };
        self.totals.service(&service, &seen);
        let mut item = self.blank_use(row, service.clone());
        item.requests = 1;
        item.bytes_up = row.received_bytes;
        item.evidence.push(EvidencePointer {
            source: "gateway".to_owned(),
            file: self.origin.clone(),
            digest: None,
            offset: seq,
            line: seq,
        });
        self.add_use(item);
        if let Some(model) = &row.model {
            self.totals.model(ModelRow { requests: 1, ..blank_model(service, model, row.at) });
        }
    }

    fn answered(&mut self, row: &DecisionRow) {
        let (input_tokens, output_tokens) = (row.input_tokens.unwrap_or(0), row.output_tokens.unwrap_or(0));
        self.tally(row, &Tally { input_tokens, output_tokens, ..Tally::at(row.at) });
        if let Some(caller) = self.caller(row) {
            caller.input_tokens = caller.input_tokens.saturating_add(input_tokens);
            caller.output_tokens = caller.output_tokens.saturating_add(output_tokens);
        }
        let Some(service) = row.service.as_deref().map(ServiceId::sanitised) else {
            return;
        };
        let bytes_down = row.answer_bytes.unwrap_or(0);
        self.totals.service(&service, &Seen { bytes_down, ..Seen::at(row.at) });
        let mut item = self.blank_use(row, service.clone());
        item.bytes_down = bytes_down;
        self.add_use(item);
        if let Some(model) = &row.model {
            let tokens = ModelRow { input_tokens, output_tokens, ..blank_model(service, model, row.at) };
            self.totals.model(tokens);
        }
    }

    fn blank_use(&self, row: &DecisionRow, service: ServiceId) -> Use {
        Use {
            service_name: service.as_str().to_owned(),
            service,
            kind: ServiceKind::Unknown,
            host: row.host.clone().or_else(|| row.upstream.clone()).unwrap_or_default(),
            user: row.caller.clone(),
            device: None,
            day: row.at.day(),
            first_seen: row.at,
            last_seen: row.at,
            requests: 0,
            bytes_up: 0,
            bytes_down: 0,
            confidence: 1.0,
            models: row.model.iter().cloned().collect(),
            clients: row.client.iter().cloned().collect(),
            evidence: Vec::new(),
        }
    }

    fn add_use(&mut self, item: Use) {
        let key = (item.service.clone(), item.host.clone(), item.user.clone(), item.day.clone());
        match self.uses.get_mut(&key) {
            Some(into) => uses::merge(into, item),
            None => {
                self.uses.insert(key, item);
            }
        }
    }

    pub(super) async fn save(self, tx: &mut Tx) -> Result<TouchedRows, InventoryError> {
        let rows: Vec<DecisionRow> = self.decisions.into_values().collect();
        decisions::put(tx, &rows).await?;
        let head = "INSERT INTO decision_records (origin, seq, decision, kind, recorded_at, node, body)";
        tx.insert(head, "ON CONFLICT (origin, seq) DO NOTHING", &self.records).await?;
        let found = self.findings.iter().map(|((decision, side, finding), n)| values![decision, *side, finding, *n]);
        let head = "INSERT INTO decision_findings (decision, side, finding, found)";
        let tail = "ON CONFLICT (decision, side, finding) DO UPDATE SET found = excluded.found";
        tx.insert(head, tail, &found.collect::<Vec<_>>()).await?;
        let mut touched = self.totals.save(tx).await?;
        let origin = format!("log:{}", self.origin);
        let mut merged = Vec::with_capacity(self.uses.len());
        for mut item in self.uses.into_values() {
            match uses::get(tx, &origin, &item).await? {
                Some(before) => uses::merge(&mut item, before),
                // A user or host that the service was not seen with.
                None => {
                    touched.services.insert(item.service.clone());
                }
            }
            merged.push(item);
        }
        uses::insert(tx, &origin, &merged).await?;
        for (key, (last, attempts)) in &self.key_uses {
            save_key_use(tx, key, *last, *attempts).await?;
        }
        let mut callers = Vec::new();
        for (name, caller) in self.callers {
            if save_caller(tx, &caller).await? {
                callers.push(name);
            }
        }
        Ok(TouchedRows { totals: touched, callers })
    }
}

async fn save_key_use(tx: &mut Tx, key: &str, last: Timestamp, attempts: u64) -> Result<(), InventoryError> {
    let sql = "INSERT INTO key_uses (key_id, last_used, attempts) VALUES (?, ?, ?) ON CONFLICT (key_id) DO UPDATE SET
        attempts = key_uses.attempts + excluded.attempts, last_used = CASE WHEN excluded.last_used > key_uses.last_used
            THEN excluded.last_used ELSE key_uses.last_used END";
    tx.run(sql, &values![key, last, attempts]).await.map(drop)
}

/// Tells whether others must be told: of a new caller, day, kind, team or target.
async fn save_caller(tx: &mut Tx, delta: &CallerRow) -> Result<bool, InventoryError> {
    let mut row = delta.clone();
    let before = callers::one(tx, &delta.caller).await?;
    if let Some(before) = &before {
        if before.last_seen > delta.last_seen {
            row.kind.clone_from(&before.kind);
            row.team.clone_from(&before.team);
            row.client.clone_from(&before.client);
        }
        row.first_seen = row.first_seen.min(before.first_seen);
        row.last_seen = row.last_seen.max(before.last_seen);
        row.attempts = row.attempts.saturating_add(before.attempts);
        row.forwarded = row.forwarded.saturating_add(before.forwarded);
        row.input_tokens = row.input_tokens.saturating_add(before.input_tokens);
        row.output_tokens = row.output_tokens.saturating_add(before.output_tokens);
    }
    callers::put(tx, &row).await?;
    let mut news = before.is_none_or(|before| {
        other_days((before.first_seen, before.last_seen), (row.first_seen, row.last_seen))
            || (before.kind, before.team) != (row.kind, row.team)
    });
    for target in &delta.targets {
        news |= callers::add_target(tx, &delta.caller, target).await?;
    }
    Ok(news)
}

fn add_target(targets: &mut Vec<CallerTarget>, service: ServiceId, model: Option<&String>, at: Timestamp) {
    match targets.iter_mut().find(|target| target.service == service && target.model.as_ref() == model) {
        Some(target) => {
            target.attempts += 1;
            target.last_seen = target.last_seen.max(at);
        }
        None => targets.push(CallerTarget { service, model: model.cloned(), attempts: 1, last_seen: at }),
    }
}

fn blank_model(service: ServiceId, model: &str, at: Timestamp) -> ModelRow {
    let model = model.to_owned();
    ModelRow { service, model, first_seen: at, last_seen: at, requests: 0, input_tokens: 0, output_tokens: 0 }
}
