//! Judging an answer by what was found in it.

use crate::decide::judge;
use crate::explain;
use crate::facts::Facts;
use crate::remedy::{Ruling, Step, rule_on};
use crate::selection::Selection;
use crate::snapshot::Snapshot;
use gnomon_types::caller::Caller;
use gnomon_types::record::Target;
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

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

/// Judges an answer. Ask again whenever a finding of a type not seen before turns up in the same answer.
#[must_use]
pub fn judge_answer(
    snapshot: &Snapshot,
    caller: &Caller,
    route: &str,
    target: &Target,
    findings: &BTreeMap<String, u64>,
) -> AnswerRule {
    let ask = |findings: &BTreeMap<String, u64>| -> Result<Ruling, String> {
        let facts = Facts::of_answer(caller, route, target, findings);
        Ok(rule_on(judge(&facts, snapshot.inner())?.as_ref(), &facts))
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
