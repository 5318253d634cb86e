//! Reasons that people can read. None of them holds text of the request.

use crate::snapshot::{Inner, Rule};
use crate::tools::{Offer, Standing};
use gnomon_dialects::{Mistake, ReadError};
use gnomon_types::code::Code;
use gnomon_types::finding::FindingKind;
use gnomon_types::record::Found;
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// A check that no policy can switch off: its id and what the caller is told.
pub(crate) type BuiltIn = (&'static str, &'static str);

pub(crate) const NOTHING_PERMITS: BuiltIn = ("default-deny", "No policy permits this request.");
pub(crate) const NOT_SEEN_WHOLE: BuiltIn = (
    "inspection-complete",
    "The request is too large or too deeply encoded to be inspected as a whole; send less at once.",
);
pub(crate) const ROUTES_DISAGREE: BuiltIn =
    ("one-reroute", "Rules disagree about the upstream that this request should go to.");
pub(crate) const NO_MODEL_NAME: BuiltIn = ("model-name", "The name of the model is too long to be one.");
pub(crate) const NOTHING_TO_REPLACE: BuiltIn =
    ("redaction-helps", "A rule asks for a redaction, but what it objects to cannot be replaced.");
pub(crate) const NOT_SETTLED: BuiltIn =
    ("redaction-settles", "After several redactions the request still holds what must be replaced.");
pub(crate) const NOT_JUDGED: BuiltIn =
    ("judge-model", "A text of the request must be judged by a second model, which could not be had.");
pub(crate) const ENGINE_FAILED: BuiltIn = ("policy-engine", "The policy engine failed; nothing was forwarded.");
/// Id of the built-in check that a body can be read in one way only.
pub(crate) const STRICT_JSON: &str = "strict-json";

pub(crate) fn built_in((rule, text): BuiltIn) -> Reason {
    Reason { rule: rule.to_owned(), text: text.to_owned(), control: None, observed: false }
}

pub(crate) fn reason(rule: &Rule) -> Reason {
    Reason {
        rule: rule.annotations.id.clone(),
        text: rule.annotations.reason.clone(),
        control: rule.annotations.control.clone(),
        observed: false,
    }
}

pub(crate) fn observed(rule: &Rule) -> Reason {
    Reason { observed: true, ..reason(rule) }
}

pub(crate) fn errored(rule: &Rule) -> Reason {
    let text = format!("{} (The rule could not be evaluated, which counts as a denial.)", rule.annotations.reason);
    Reason { text, ..reason(rule) }
}

pub(crate) fn approved(rule: &Rule) -> Reason {
    let text = format!("{} (A person approved it.)", rule.annotations.reason);
    Reason { text, ..reason(rule) }
}

/// Appends reasons, each rule once.
pub(crate) fn extend(reasons: &mut Vec<Reason>, more: impl IntoIterator<Item = Reason>) {
    for reason in more {
        if !reasons.iter().any(|known| known.rule == reason.rule && known.observed == reason.observed) {
            reasons.push(reason);
        }
    }
}

/// Tools that a reason names.
const TOOLS_MAX: usize = 5;

/// Says of each rule about definitions of tools which tools it speaks of.
pub(crate) fn name_tools(reasons: &mut [Reason], offers: &[Offer], found: &[Found], inner: &Inner) {
    let poisoned = found.iter().filter(|found| found.kind == FindingKind::Injection.as_str());
    let poisoned: BTreeSet<&str> = poisoned.filter_map(|found| found.tool.as_deref()).collect();
    for reason in reasons {
        let Some(rule) = inner.rules.get(&reason.rule) else { continue };
        let speaks_of = |standing: &Standing| match standing {
            Standing::Approved | Standing::FirstUse => false,
            Standing::New => rule.asks_about.unapproved,
            Standing::Changed(_) => rule.asks_about.changed,
            Standing::Rejected(_) => rule.asks_about.rejected,
        };
        let meant = offers.iter().filter(|(_, standing)| speaks_of(standing));
        let mut names: BTreeSet<&str> = meant.map(|(definition, _)| definition.tool.as_str()).collect();
        if rule.asks_about.poisoned {
            names.extend(&poisoned);
        }
        if names.is_empty() {
            continue;
        }
        let first: Vec<&str> = names.iter().copied().take(TOOLS_MAX).collect();
        let more = names.len().saturating_sub(TOOLS_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        reason.text = format!("{} Tools: {}{more}.", reason.text.trim(), first.join(", "));
    }
}

/// What the caller is told when nothing leaves.
pub(crate) fn message(
    verdict: Verdict,
    code: Option<Code>,
    reasons: &[Reason],
    findings: &BTreeMap<String, u64>,
    mistake: Option<&ReadError>,
) -> String {
    let opening = match (verdict, code) {
        (Verdict::Allow | Verdict::Redact, _) => return String::new(),
        (Verdict::Hold, _) => "Gnomon holds this request until a person decides.",
        (Verdict::Deny, Some(Code::InvalidRequest)) => "Gnomon cannot read this request.",
        (Verdict::Deny, _) => "Gnomon denied this request.",
    };
    let Some(mistake) = mistake else { return told(opening, reasons, findings) };
    // The reason is for the record and says less.
    format!("{opening} {}: {mistake}. [{STRICT_JSON}]", what_is_wrong(mistake))
}

/// The beginning of a sentence about a body that cannot be read.
pub(crate) fn what_is_wrong(error: &ReadError) -> &'static str {
    match error.mistake {
        Mistake::Reading => "The body does not have exactly one reading",
        Mistake::Type => "The body does not have the types of its API",
        Mistake::Size => "The body holds more than can be inspected",
    }
}

/// What the caller is told when an answer is stopped.
#[must_use]
pub fn answer_message(reasons: &[Reason], findings: &BTreeMap<String, u64>) -> String {
    told("Gnomon stopped this answer.", reasons, findings)
}

/// An opening, what the rules say that spoke, and what was found.
fn told(opening: &str, reasons: &[Reason], findings: &BTreeMap<String, u64>) -> String {
    let mut message = opening.to_owned();
    for reason in reasons.iter().filter(|reason| !reason.observed) {
        message.push_str(&format!(" {} [{}]", reason.text.trim(), reason.rule));
    }
    if !findings.is_empty() {
        let found: Vec<&str> = findings.keys().map(String::as_str).collect();
        message.push_str(&format!(" Found: {}.", found.join(", ")));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_names_rules_and_kinds_and_leaves_out_what_only_observes() {
        let mut reasons = vec![built_in(NOTHING_PERMITS)];
        extend(&mut reasons, [built_in(NOTHING_PERMITS), Reason { observed: true, ..built_in(ENGINE_FAILED) }]);
        assert_eq!(reasons.len(), 2);
        let findings = BTreeMap::from([("pii/EMAIL".to_owned(), 2)]);
        assert_eq!(
            message(Verdict::Deny, Some(Code::Denied), &reasons, &findings, None),
            "Gnomon denied this request. No policy permits this request. [default-deny] Found: pii/EMAIL."
        );
        assert_eq!(message(Verdict::Redact, None, &reasons, &findings, None), "");
    }
}
