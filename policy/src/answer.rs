//! Judging an answer by what was found in it.

use crate::decide;
use crate::explain;
use crate::facts::Facts;
use crate::found;
use crate::remedy::{Ruling, Step, rule_on};
use crate::selection::Selection;
use crate::snapshot::Snapshot;
use crate::tools::{Asked, Called, Offer};
use gnomon_types::caller::Caller;
use gnomon_types::conversation::DialectName;
use gnomon_types::finding::Finding;
use gnomon_types::record::{Found, Target};
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

/// An answer to judge.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// Who gets it.
    pub caller: &'a Caller,
    /// The route.
    pub route: &'a str,
    /// Where it comes from.
    pub target: &'a Target,
    /// The API whose shape it has.
    pub dialect: DialectName,
    /// What was found in it, by `kind/TYPE`.
    pub findings: &'a BTreeMap<String, u64>,
    /// The definitions of tools that it lists, each with the name that policies know it by.
    pub offers: &'a [(String, Offer)],
    /// What its request said.
    pub asked: &'a Asked,
    /// The tools that it calls.
    pub called: &'a Called,
}

/// What is done with an answer that holds these findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRule {
    /// `Allow`, `Redact` or `Deny`: never `Hold`, since half an answer cannot wait for a person.
    pub verdict: Verdict,
    /// Why, the deciding rule first.
    pub reasons: Vec<Reason>,
    /// With `Redact`: the findings to replace.
    pub redact: Selection,
}

/// A finding in an answer, as a record tells it.
#[must_use]
pub fn found_in_answer(snapshot: &Snapshot, finding: &Finding) -> Found {
    found::of(finding, "answer", snapshot.inner())
}

/// Judges an answer. Ask again whenever a finding of a type not seen before turns up in the same answer.
#[must_use]
pub fn judge_answer(snapshot: &Snapshot, answer: &Received<'_>) -> AnswerRule {
    let mut rule = judge(snapshot, answer);
    let listed = answer.offers.iter().map(|(_, offer)| offer);
    let offers: Vec<Offer> = listed.chain(answer.called.offers(answer.asked)).cloned().collect();
    explain::name_tools(&mut rule.reasons, &offers, &[], snapshot.inner());
    rule
}

fn judge(snapshot: &Snapshot, answer: &Received<'_>) -> AnswerRule {
    let findings = answer.findings;
    let ask = |findings: &BTreeMap<String, u64>| -> Result<Ruling, String> {
        let mut facts = Facts::of_answer(answer, findings);
        let judgement = decide::judge(&mut facts, snapshot.inner())?;
        Ok(rule_on(&judgement, &facts))
    };
    let Ok(ruling) = ask(findings) else {
        return deny(vec![explain::built_in(explain::ENGINE_FAILED)], Vec::new());
    };
    match ruling.step {
        Step::Pass => finish(Verdict::Allow, ruling.reasons, ruling.observed, Selection::default()),
        Step::Deny | Step::Hold | Step::Reroute(_) => deny(ruling.reasons, ruling.observed),
        Step::Redact(selection) => {
            // What is left after the redaction is judged like everything else.
            let left: BTreeMap<String, u64> = findings
                .iter()
                .filter(|(label, _)| !selection.covers_label(label))
                .map(|(k, v)| (k.clone(), *v))
                .collect();
            match ask(&left) {
                Ok(after) if after.step == Step::Pass => {
                    finish(Verdict::Redact, ruling.reasons, ruling.observed, selection)
                }
                Ok(after) => {
                    let mut reasons = after.reasons;
                    explain::extend(&mut reasons, ruling.reasons);
                    deny(reasons, ruling.observed)
                }
                Err(_) => deny(vec![explain::built_in(explain::ENGINE_FAILED)], ruling.observed),
            }
        }
    }
}

fn deny(reasons: Vec<Reason>, observed: Vec<Reason>) -> AnswerRule {
    finish(Verdict::Deny, reasons, observed, Selection::default())
}

fn finish(verdict: Verdict, mut reasons: Vec<Reason>, observed: Vec<Reason>, redact: Selection) -> AnswerRule {
    explain::extend(&mut reasons, observed);
    AnswerRule { verdict, reasons, redact }
}
