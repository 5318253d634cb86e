//! What a case expects, held against what was decided.

use super::{Case, joined_text};
use gnomon_types::verdict::{Reason, Verdict};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// How a case went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// The case.
    pub name: String,
    /// What was decided.
    pub verdict: Verdict,
    /// The rules that counted, the deciding one first.
    pub rules: Vec<String>,
    /// Where the decision differs from what the case expects; empty when it passed.
    pub mismatches: Vec<Mismatch>,
}

/// One thing that is not as a case expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The field of the case or of its `expect`.
    pub field: &'static str,
    /// What it says.
    pub expected: Value,
    /// What came of it; nothing when that cannot be told in a value.
    pub found: Value,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, expected, found } = self;
        match *field {
            "leaves" => write!(f, "leaves: `{}` does not stand in what leaves", plain(expected)),
            "stays" => write!(f, "stays: text {} of the list stands in what leaves", plain(expected)),
            "answer" => write!(f, "answer: nothing is ever found as `{}`", plain(expected)),
            "observed" => write!(f, "observed: `{}` did not observe, but {}", plain(expected), plain(found)),
            _ => write!(f, "{field}: expected {}, found {}", plain(expected), plain(found)),
        }
    }
}

/// A value as people write one.
fn plain(value: &Value) -> String {
    let listed = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => listed(items.iter().map(plain).collect()),
        Value::Object(map) => listed(map.iter().map(|(name, value)| format!("{} {name}", plain(value))).collect()),
        other => other.to_string(),
    }
}

/// Collects what differs.
pub(super) struct Check<'a> {
    case: &'a Case,
    reasons: &'a [Reason],
    outcome: CaseOutcome,
}

impl<'a> Check<'a> {
    pub(super) fn new(case: &'a Case, verdict: Verdict, reasons: &'a [Reason]) -> Self {
        let rules = rules_of(reasons, false);
        Self { case, reasons, outcome: CaseOutcome { name: case.name.clone(), verdict, rules, mismatches: Vec::new() } }
    }

    pub(super) fn verdict_and_rules(&mut self) {
        self.equal("verdict", Some(&self.case.expect.verdict), Some(&self.outcome.verdict.clone()));
        let sorted = |rules: &[String]| -> Vec<String> {
            let mut rules = rules.to_vec();
            rules.sort();
            rules
        };
        let expected = self.case.expect.rules.as_deref().map(sorted);
        self.equal("rules", expected.as_ref(), Some(&sorted(&self.outcome.rules)));
        let observed = rules_of(self.reasons, true);
        for rule in self.case.expect.observed.iter().filter(|rule| !observed.contains(rule)) {
            self.differs("observed", rule.clone().into(), observed.clone().into());
        }
    }

    pub(super) fn equal<T: PartialEq + Serialize>(
        &mut self,
        field: &'static str,
        expected: Option<&T>,
        found: Option<&T>,
    ) {
        if expected.is_some() && expected != found {
            let value = |value: Option<&T>| serde_json::to_value(value).unwrap_or_default();
            self.differs(field, value(expected), value(found));
        }
    }

    /// What the case says was found in an answer, as far as something finds it.
    pub(super) fn labels<'l>(&mut self, said: impl IntoIterator<Item = &'l String>, known: &BTreeSet<String>) {
        for label in said.into_iter().filter(|label| !known.contains(*label)) {
            self.differs("answer", label.clone().into(), Value::Null);
        }
    }

    pub(super) fn bytes(&mut self, left: &str) {
        for text in self.case.expect.leaves.iter().map(joined_text) {
            if !left.contains(&text) {
                self.differs("leaves", text.into(), Value::Null);
            }
        }
        for (number, text) in (1_u64..).zip(self.case.expect.stays.iter().map(joined_text)) {
            if left.contains(&text) {
                // The text itself may be a credential.
                self.differs("stays", number.into(), Value::Null);
            }
        }
    }

    pub(super) fn done(self) -> CaseOutcome {
        self.outcome
    }

    fn differs(&mut self, field: &'static str, expected: Value, found: Value) {
        self.outcome.mismatches.push(Mismatch { field, expected, found });
    }
}

fn rules_of(reasons: &[Reason], observed: bool) -> Vec<String> {
    reasons.iter().filter(|reason| reason.observed == observed).map(|reason| reason.rule.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mismatch_reads_as_people_write() {
        for (field, expected, found, shown) in [
            ("verdict", json!("deny"), json!("allow"), "verdict: expected deny, found allow"),
            ("code", json!("denied"), json!(null), "code: expected denied, found none"),
            ("rules", json!(["a", "b"]), json!([]), "rules: expected a, b, found none"),
            ("findings", json!({"pii/EMAIL": 2}), json!({}), "findings: expected 2 pii/EMAIL, found none"),
            ("leaves", json!("<EMAIL_1>"), json!(null), "leaves: `<EMAIL_1>` does not stand in what leaves"),
            ("stays", json!(2), json!(null), "stays: text 2 of the list stands in what leaves"),
            ("answer", json!("pii/EMIAL"), json!(null), "answer: nothing is ever found as `pii/EMIAL`"),
            ("observed", json!("x"), json!(["y"]), "observed: `x` did not observe, but y"),
        ] {
            assert_eq!(Mismatch { field, expected, found }.to_string(), shown);
        }
    }
}
