//! The row of a decision from its records.

use crate::store::decisions::DecisionRow;
use crate::store::words::model_name;
use gnomon_types::ids::DecisionId;
use gnomon_types::record::{Actor, Hold, Intent, Outcome, Record, Target};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::{Reason, Verdict};

/// A request that waits for a person: there is no intent yet.
pub(super) fn of_hold(origin: &str, record: &Record, hold: &Hold) -> DecisionRow {
    let mut row = blank(hold.decision.clone(), origin, record.seq, record.at);
    row.verdict = Verdict::Hold;
    row.approval = Some(hold.approval.clone());
    row.route = Some(hold.route.to_string());
    row.findings = hold.findings.keys().cloned().collect();
    set_actor(&mut row, &hold.actor);
    set_target(&mut row, &hold.target);
    set_reason(&mut row, &hold.reasons);
    row
}

/// The row after an intent; what a hold told before stays where the intent is silent.
pub(super) fn of_intent(before: Option<&DecisionRow>, origin: &str, record: &Record, intent: &Intent) -> DecisionRow {
    let new = || blank(intent.decision.clone(), origin, record.seq, intent.received);
    let mut row = before.cloned().unwrap_or_else(new);
    fill(&mut row, record, intent);
    row
}

/// Writes what came of the request into its row.
pub(super) fn complete(row: &mut DecisionRow, outcome: &Outcome) {
    row.answer_status = Some(u64::from(outcome.status));
    row.answer_end = Some(outcome.end.clone());
    row.answer_verdict = Some(outcome.verdict);
    row.answer_bytes = Some(outcome.answer_bytes);
    row.duration_ms = Some(outcome.duration_ms);
    row.first_byte_ms = outcome.first_byte_ms;
    row.input_tokens = outcome.usage.map(|usage| usage.input_tokens);
    row.output_tokens = outcome.usage.map(|usage| usage.output_tokens);
    row.answer_findings = outcome.findings.keys().cloned().collect();
}

fn set_actor(row: &mut DecisionRow, actor: &Actor) {
    row.caller = Some(actor.caller.to_string());
    row.caller_kind = Some(actor.kind.clone());
    row.team.clone_from(&actor.team);
    row.key = Some(actor.key.to_string());
    row.client.clone_from(&actor.client);
}

fn set_target(row: &mut DecisionRow, target: &Target) {
    row.service = Some(target.service.to_string());
    row.service_status = Some(target.status.as_str().to_owned());
    row.upstream = Some(target.upstream.to_string());
    row.host.clone_from(&target.host);
    row.model = target.model.as_deref().map(model_name);
}

fn set_reason(row: &mut DecisionRow, reasons: &[Reason]) {
    let deciding = reasons.iter().find(|reason| !reason.observed);
    row.rule = deciding.map(|reason| reason.rule.clone());
    row.reason = deciding.map(|reason| reason.text.clone());
}

fn fill(row: &mut DecisionRow, record: &Record, intent: &Intent) {
    row.seq = record.seq;
    row.at = intent.received;
    row.verdict = intent.verdict;
    row.code.clone_from(&intent.code);
    row.route = intent.route.as_ref().map(ToString::to_string);
    row.dialect = intent.dialect.as_str().to_owned();
    row.stream = intent.stream;
    row.findings = intent.findings.keys().cloned().collect();
    row.attack_permille = u64::from(intent.attack_permille);
    row.policy = Some(intent.policy);
    row.judged_micros = intent.passes.iter().map(|pass| pass.micros).sum();
    row.sent = row.sent || intent.sent_sha256.is_some();
    row.received_bytes = intent.received_bytes;
    if intent.approval.is_some() {
        row.approval.clone_from(&intent.approval);
    }
    if let Some(actor) = &intent.actor {
        set_actor(row, actor);
    }
    if let Some(target) = &intent.target {
        set_target(row, target);
    }
    set_reason(row, &intent.reasons);
}

fn blank(id: DecisionId, origin: &str, seq: u64, at: Timestamp) -> DecisionRow {
    DecisionRow {
        id,
        origin: origin.to_owned(),
        seq,
        at,
        verdict: Verdict::Allow,
        code: None,
        caller: None,
        caller_kind: None,
        team: None,
        key: None,
        client: None,
        route: None,
        service: None,
        service_status: None,
        upstream: None,
        host: None,
        model: None,
        dialect: String::new(),
        stream: false,
        rule: None,
        reason: None,
        findings: Vec::new(),
        answer_findings: Vec::new(),
        attack_permille: 0,
        policy: None,
        judged_micros: 0,
        sent: false,
        received_bytes: 0,
        approval: None,
        answer_status: None,
        answer_end: None,
        answer_verdict: None,
        answer_bytes: None,
        duration_ms: None,
        first_byte_ms: None,
        input_tokens: None,
        output_tokens: None,
    }
}
