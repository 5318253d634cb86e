//! From the rules that spoke to what is done: deny, go elsewhere, replace, ask a person, or nothing.

use crate::annotations::Remedy;
use crate::decide::Judgement;
use crate::examine::{Seen, label};
use crate::explain;
use crate::facts::Facts;
use crate::numbers::Naming;
use crate::opinion::{Judged, OnJudgeFailure};
use crate::selection::Selection;
use crate::snapshot::Rule;
use gnomon_dialects::Edit;
use gnomon_types::conversation::{DialectName, Part};
use gnomon_types::finding::Finding;
use gnomon_types::ids::UpstreamName;
use gnomon_types::verdict::Reason;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one judgement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing stands in the way.
    Pass,
    /// Replace these findings and judge again.
    Redact(Selection),
    /// A person must decide.
    Hold,
    /// Not here: another upstream.
    Reroute(UpstreamName),
    /// No.
    Deny,
}

/// A step with the reasons for it, the deciding ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) step: Step,
    pub(crate) reasons: Vec<Reason>,
    /// Rules that only observe.
    pub(crate) observed: Vec<Reason>,
}

/// Weighs the rules that spoke: a denial outweighs everything, then another upstream, then replacing, then a person.
pub(crate) fn rule_on(judgement: &Judgement, facts: &Facts) -> Ruling {
    let mut observed: Vec<Reason> = judgement.observed.iter().map(|rule| explain::observed(rule)).collect();
    if facts.judged == Judged::Failed(OnJudgeFailure::AllowUnjudged) {
        observed.push(Reason { observed: true, ..explain::built_in(explain::NOT_JUDGED) });
    }
    let ruling = |step: Step, reasons: Vec<Reason>| Ruling { step, reasons, observed };
    let denials = denials(judgement, facts);
    if !denials.is_empty() {
        return ruling(Step::Deny, denials);
    }
    let elsewhere = reroutes(judgement, facts);
    match elsewhere.as_slice() {
        [] => {}
        [(first, _), rest @ ..] if rest.iter().all(|(other, _)| other == first) => {
            let reasons = elsewhere.iter().map(|(_, rule)| explain::reason(rule)).collect();
            return ruling(Step::Reroute((*first).clone()), reasons);
        }
        several => {
            let mut reasons = vec![explain::built_in(explain::ROUTES_DISAGREE)];
            reasons.extend(several.iter().map(|(_, rule)| explain::reason(rule)));
            return ruling(Step::Deny, reasons);
        }
    }
    let (selection, redacting) = redactions(judgement);
    if !redacting.is_empty() {
        return ruling(Step::Redact(selection), redacting);
    }
    let holding = holds(judgement, facts);
    let waits = !holding.is_empty() && !facts.approved;
    ruling(if waits { Step::Hold } else { Step::Pass }, holding)
}

/// What a person must decide about, or has.
fn holds(judgement: &Judgement, facts: &Facts) -> Vec<Reason> {
    let explained = |rule: &Arc<Rule>| if facts.approved { explain::approved(rule) } else { explain::reason(rule) };
    let holding = judgement.forbids.iter().filter(|rule| rule.annotations.remedy == Some(Remedy::Hold));
    let mut reasons: Vec<Reason> = holding.map(explained).collect();
    if facts.judged == Judged::Failed(OnJudgeFailure::Hold) {
        reasons.push(explain::built_in(explain::NOT_JUDGED));
    }
    reasons
}

/// What nothing can remedy.
fn denials(judgement: &Judgement, facts: &Facts) -> Vec<Reason> {
    let plain = judgement.forbids.iter().filter(|rule| rule.annotations.remedy.is_none());
    let mut denials: Vec<Reason> = plain.map(|rule| explain::reason(rule)).collect();
    denials.extend(judgement.errored.iter().map(|rule| explain::errored(rule)));
    let covered = judgement.forbids.iter().any(|rule| rule.annotations.covers_exhausted);
    if facts.exhausted && !covered {
        denials.push(explain::built_in(explain::NOT_SEEN_WHOLE));
    }
    if facts.judged == Judged::Failed(OnJudgeFailure::Deny) {
        denials.push(explain::built_in(explain::NOT_JUDGED));
    }
    if !judgement.permitted {
        denials.push(explain::built_in(explain::NOTHING_PERMITS));
    }
    denials
}

/// Rules that ask for another upstream than the one the request is for.
fn reroutes<'a>(judgement: &'a Judgement, facts: &Facts) -> Vec<(&'a UpstreamName, &'a Arc<Rule>)> {
    let wanted = judgement.forbids.iter().filter_map(|rule| match &rule.annotations.remedy {
        Some(Remedy::Reroute(upstream)) if upstream.as_str() != facts.upstream => Some((upstream, rule)),
        _ => None,
    });
    wanted.collect()
}

fn redactions(judgement: &Judgement) -> (Selection, Vec<Reason>) {
    let mut selection = Selection::default();
    let mut reasons = Vec::new();
    for rule in &judgement.forbids {
        if let Some(Remedy::Redact(chosen)) = &rule.annotations.remedy {
            selection.merge(chosen);
            reasons.push(explain::reason(rule));
        }
    }
    (selection, reasons)
}

/// Bytes after a redaction, with the number of things replaced by `kind/TYPE`.
pub(crate) struct Redacted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) replaced: BTreeMap<String, u64>,
}

/// Replaces the chosen findings. `None` when none is chosen: then the remedy cannot help.
pub(crate) fn redact(
    dialect: DialectName,
    bytes: &[u8],
    seen: &Seen,
    selection: &Selection,
    naming: &mut Naming<'_>,
) -> Option<Redacted> {
    let parts = &seen.conversation.parts;
    let chosen = parts.iter().zip(&seen.findings).map(|(part, findings)| {
        let chosen: Vec<Finding> = findings.iter().filter(|finding| selection.covers(finding)).cloned().collect();
        (part, chosen)
    });
    let chosen: Vec<(&Part, Vec<Finding>)> = chosen.collect();
    let changed = chosen.iter().filter(|(_, chosen)| !chosen.is_empty()).map(|(part, _)| *part);
    naming.look_at(parts, changed);
    let mut edits = Vec::new();
    let mut replaced = BTreeMap::new();
    for (part, chosen) in chosen {
        naming.tokens.come_to(&part.text);
        if chosen.is_empty() {
            continue;
        }
        for finding in &chosen {
            *replaced.entry(label(finding)).or_default() += 1;
        }
        edits.push(Edit {
            span: part.span.clone(),
            text: gnomon_detect::redact(&part.text, &chosen, &mut naming.tokens),
        });
    }
    if edits.is_empty() {
        return None;
    }
    Some(Redacted { bytes: gnomon_dialects::rewrite(dialect, bytes, &edits), replaced })
}
