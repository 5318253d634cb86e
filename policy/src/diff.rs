//! What changes when one policy set takes the place of another: rules, and the decisions of a set of cases.

use crate::cases::{Case, CaseOutcome, run_case};
use crate::snapshot::{PolicySummary, Snapshot};
use serde::Serialize;
use std::collections::BTreeMap;

/// The difference between two policy sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Ids of rules that are added.
    pub added: Vec<String>,
    /// Ids of rules that go.
    pub removed: Vec<String>,
    /// Ids of rules whose text changes.
    pub changed: Vec<String>,
    /// Cases that are decided otherwise: before and after.
    pub decisions: Vec<(CaseOutcome, CaseOutcome)>,
}

/// Compares two policy sets, on the given cases too.
#[must_use]
pub fn diff(before: &Snapshot, after: &Snapshot, cases: &[Case]) -> Difference {
    let old = by_id(before);
    let new = by_id(after);
    let missing_in = |one: &BTreeMap<String, PolicySummary>, other: &BTreeMap<String, PolicySummary>| -> Vec<String> {
        one.keys().filter(|id| !other.contains_key(*id)).cloned().collect()
    };
    let changed = new.iter().filter(|(id, rule)| old.get(*id).is_some_and(|before| before.text != rule.text));
    let decisions = cases.iter().map(|case| (run_case(before, case), run_case(after, case)));
    Difference {
        added: missing_in(&new, &old),
        removed: missing_in(&old, &new),
        changed: changed.map(|(id, _)| id.clone()).collect(),
        decisions: decisions.filter(|(a, b)| (a.verdict, &a.rules) != (b.verdict, &b.rules)).collect(),
    }
}

fn by_id(snapshot: &Snapshot) -> BTreeMap<String, PolicySummary> {
    snapshot.policies().into_iter().map(|rule| (rule.id.clone(), rule)).collect()
}
