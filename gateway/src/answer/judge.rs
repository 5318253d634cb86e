//! What becomes of an answer, by what was found in it so far (pure).

use gnomon_policy::{AnswerRule, Snapshot, judge_answer};
use gnomon_types::caller::Caller;
use gnomon_types::finding::Finding;
use gnomon_types::record::Target;
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

/// Findings of one type after which policy is asked again only every so often: rules may count, but a page full of
/// addresses must not cost a policy evaluation each.
const ASKED_EVERY_TIME: u64 = 32;

/// The answer must not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

/// What is done with one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It stays.
    Keep,
    /// It is replaced.
    Replace,
}

/// Judges one answer.
#[derive(Clone)]
pub(crate) struct Judge {
    policy: Snapshot,
    caller: Caller,
    route: String,
    target: Target,
    rule: Option<AnswerRule>,
    /// Findings by `kind/TYPE`.
    pub(crate) findings: BTreeMap<String, u64>,
    /// The most severe thing that was done.
    pub(crate) verdict: Verdict,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
}

impl Judge {
    /// A judge that has seen nothing.
    pub(crate) fn new(policy: Snapshot, caller: Caller, route: String, target: Target) -> Self {
        Self {
            policy,
            caller,
            route,
            target,
            rule: None,
            findings: BTreeMap::new(),
            verdict: Verdict::Allow,
            reasons: Vec::new(),
        }
    }

    /// The policies and detectors in force.
    pub(crate) fn policy(&self) -> &Snapshot {
        &self.policy
    }

    /// Takes note of a finding and says what is done with it.
    pub(crate) fn treat(&mut self, finding: &Finding) -> Result<Treatment, Cut> {
        let label = format!("{}/{}", finding.kind.as_str(), finding.type_);
        let count = self.findings.entry(label.clone()).or_default();
        *count += 1;
        if *count <= ASKED_EVERY_TIME || count.is_power_of_two() || self.rule.is_none() {
            let rule = judge_answer(&self.policy, &self.caller, &self.route, &self.target, &self.findings);
            self.adopt(rule);
        }
        let Some(rule) = &self.rule else { return Err(Cut) };
        match rule.verdict {
            Verdict::Allow => Ok(Treatment::Keep),
            Verdict::Redact if rule.redact.covers_label(&label) => Ok(Treatment::Replace),
            Verdict::Redact => Ok(Treatment::Keep),
            Verdict::Hold | Verdict::Deny => Err(Cut),
        }
    }

    /// Cuts the answer for a reason of our own.
    pub(crate) fn cut(&mut self, rule: &str, text: &str) -> Cut {
        self.verdict = Verdict::Deny;
        self.reasons.insert(0, Reason { rule: rule.to_owned(), text: text.to_owned(), control: None, observed: false });
        Cut
    }

    /// Notes something that did not count against the answer.
    pub(crate) fn note(&mut self, rule: &str, text: &str) {
        self.reasons.push(Reason { rule: rule.to_owned(), text: text.to_owned(), control: None, observed: true });
    }

    /// A sentence for the caller of an answer that was cut.
    pub(crate) fn message(&self) -> String {
        let deciding = self.reasons.iter().find(|reason| !reason.observed);
        deciding.map_or_else(|| "the answer was stopped by policy".to_owned(), |reason| reason.text.clone())
    }

    fn adopt(&mut self, rule: AnswerRule) {
        self.verdict = self.verdict.max(if rule.verdict == Verdict::Hold { Verdict::Deny } else { rule.verdict });
        // A cut answer names what cut it first.
        let known = std::mem::take(&mut self.reasons);
        self.reasons.clone_from(&rule.reasons);
        self.reasons.extend(known.into_iter().filter(|reason| !rule.reasons.contains(reason)));
        self.rule = Some(rule);
    }
}
