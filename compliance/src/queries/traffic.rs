//! Queries over decisions and their outcomes.

use super::Facts;
use gnomon_types::record::{Intent, Outcome, Record, RecordBody};
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

fn intent(record: &Record) -> Option<&Intent> {
    if let RecordBody::Intent(intent) = &record.body { Some(intent) } else { None }
}

fn outcome(record: &Record) -> Option<&Outcome> {
    if let RecordBody::Outcome(outcome) = &record.body { Some(outcome) } else { None }
}

fn finds(findings: &BTreeMap<String, u64>, families: &[&str]) -> bool {
    findings.keys().any(|name| families.iter().any(|family| in_family(name, family)))
}

fn in_family(name: &str, family: &str) -> bool {
    name.split('/').next() == Some(family)
}

fn add_findings(findings: &BTreeMap<String, u64>, facts: &mut Facts) {
    findings.iter().for_each(|(name, n)| facts.add(&format!("finding/{name}"), *n));
}

fn add_family(findings: &BTreeMap<String, u64>, family: &str, facts: &mut Facts) {
    let of_family = findings.iter().filter(|(name, _)| in_family(name, family));
    of_family.for_each(|(name, n)| facts.add(&format!("finding/{name}"), *n));
}

/// Rules that counted, not those that only observed.
fn tally_rules(reasons: &[Reason], facts: &mut Facts) {
    reasons.iter().filter(|reason| !reason.observed).for_each(|reason| facts.tally("rule", &reason.rule));
}

pub(super) fn decisions(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record) else { return false };
    facts.tally("verdict", intent.verdict.as_str());
    facts.add("forwarded", u64::from(intent.sent_sha256.is_some()));
    facts.add("second pass", u64::from(intent.passes.iter().any(|pass| pass.pass == "second")));
    facts.distinct("policies", &intent.policy.to_string());
    true
}

pub(super) fn outcomes(record: &Record, facts: &mut Facts) -> bool {
    let Some(outcome) = outcome(record) else { return false };
    facts.tally("end", &outcome.end);
    facts.tally("answer", outcome.verdict.as_str());
    true
}

pub(super) fn users_by_tool(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record) else { return false };
    let (Some(actor), Some(target)) = (&intent.actor, &intent.target) else { return false };
    facts.distinct("callers", actor.caller.as_str());
    facts.distinct("services", target.service.as_str());
    facts.distinct("pairs", &format!("{}\n{}", actor.caller, target.service));
    facts.tally("caller", &actor.kind);
    true
}

pub(super) fn blocks(record: &Record, facts: &mut Facts) -> bool {
    let (verdict, reasons) = match &record.body {
        RecordBody::Intent(intent) => (intent.verdict, &intent.reasons),
        RecordBody::Outcome(outcome) => (outcome.verdict, &outcome.reasons),
        _ => return false,
    };
    if verdict == Verdict::Allow {
        return false;
    }
    facts.tally(if intent(record).is_some() { "request" } else { "answer" }, verdict.as_str());
    tally_rules(reasons, facts);
    true
}

pub(super) fn violations(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record) else { return false };
    let by_policy = matches!(intent.code.as_deref(), None | Some("denied" | "held" | "rejected"));
    let found = matches!(intent.verdict, Verdict::Deny | Verdict::Hold) && by_policy;
    if found {
        facts.tally("verdict", intent.verdict.as_str());
        tally_rules(&intent.reasons, facts);
    }
    found
}

pub(super) fn risks(record: &Record, facts: &mut Facts) -> bool {
    let (findings, stopped) = match &record.body {
        RecordBody::Intent(intent) => (&intent.findings, false),
        RecordBody::Outcome(outcome) => (&outcome.findings, outcome.verdict == Verdict::Deny),
        _ => return false,
    };
    let found = finds(findings, &["injection", "hazard"]) || stopped;
    if found {
        facts.add("answers stopped", u64::from(stopped));
        add_findings(findings, facts);
    }
    found
}

pub(super) fn hazards(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record).filter(|intent| finds(&intent.findings, &["hazard"])) else { return false };
    facts.tally("verdict", intent.verdict.as_str());
    add_family(&intent.findings, "hazard", facts);
    true
}

pub(super) fn security(record: &Record, facts: &mut Facts) -> bool {
    let (findings, what) = match &record.body {
        RecordBody::Intent(intent) => (&intent.findings, intent.code.as_deref().filter(|code| is_refusal(code))),
        RecordBody::Outcome(outcome) => {
            (&outcome.findings, (outcome.verdict == Verdict::Deny).then_some("cut_by_policy"))
        }
        _ => return false,
    };
    let found = finds(findings, &["injection", "secret"]) || what.is_some();
    if found {
        what.iter().for_each(|what| facts.tally("event", what));
        add_findings(findings, facts);
    }
    found
}

/// Refusals that say that somebody tried what they may not.
fn is_refusal(code: &str) -> bool {
    matches!(code, "not_authenticated" | "invalid_request" | "too_large")
}

pub(super) fn secrets(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record).filter(|intent| finds(&intent.findings, &["secret"])) else { return false };
    facts.tally("verdict", intent.verdict.as_str());
    add_family(&intent.findings, "secret", facts);
    true
}

pub(super) fn unavailable(record: &Record, facts: &mut Facts) -> bool {
    let Some(outcome) = outcome(record) else { return false };
    facts.add("answers in all", 1);
    let failed = outcome.status == 0 || outcome.status >= 500 || outcome.end.starts_with("upstream_");
    if failed {
        facts.tally("end", &outcome.end);
    }
    failed
}

pub(super) fn input_classes(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record).filter(|intent| !intent.findings.is_empty()) else { return false };
    add_findings(&intent.findings, facts);
    true
}

pub(super) fn suppliers(record: &Record, facts: &mut Facts) -> bool {
    let Some(target) = intent(record).and_then(|intent| intent.target.as_ref()) else { return false };
    facts.distinct("services", target.service.as_str());
    facts.distinct("upstreams", target.upstream.as_str());
    target.model.iter().for_each(|model| facts.distinct("models", model));
    facts.tally("service", target.service.as_str());
    true
}

pub(super) fn use_pattern(record: &Record, facts: &mut Facts) -> bool {
    let Some(target) = intent(record).and_then(|intent| intent.target.as_ref()) else { return false };
    facts.day(record.at);
    facts.distinct("services", target.service.as_str());
    facts.distinct("service days", &format!("{} {}", target.service, record.at.day()));
    true
}

pub(super) fn cases(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Intent(_) => facts.add("intents", 1),
        RecordBody::Outcome(_) => facts.add("outcomes", 1),
        RecordBody::Hold(_) => facts.add("holds", 1),
        _ => return false,
    }
    true
}

pub(super) fn access(record: &Record, facts: &mut Facts) -> bool {
    let Some(intent) = intent(record) else { return false };
    facts.tally("caller", if intent.actor.is_some() { "identified" } else { "unknown" });
    intent.actor.iter().for_each(|actor| facts.distinct("access keys", actor.key.as_str()));
    true
}
