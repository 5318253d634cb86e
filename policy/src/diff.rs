//! What changes when one policy set takes the place of another: rules, and the decisions of a set of cases.

use crate::cases::{Case, CaseOutcome, run_case};
use crate::snapshot::{PolicySummary, Snapshot};
use serde::Serialize;
use std::collections::BTreeMap;

/// Lines of a rule that are compared one by one; a longer one is shown as a whole, before and after.
const LINES_MAX: usize = 500;

/// The difference between two policy sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Ids of rules that are added.
    pub added: Vec<String>,
    /// Ids of rules that go.
    pub removed: Vec<String>,
    /// Rules whose text changes.
    pub changed: Vec<Change>,
    /// Cases that are decided otherwise: before and after.
    pub decisions: Vec<(CaseOutcome, CaseOutcome)>,
}

/// A rule that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// Its text before.
    pub before: String,
    /// Its text after.
    pub after: String,
}

/// Compares two policy sets, on the given cases too.
#[must_use]
pub fn diff(before: &Snapshot, after: &Snapshot, cases: &[Case]) -> Difference {
    let old = by_id(before);
    let new = by_id(after);
    let missing_in = |one: &BTreeMap<String, PolicySummary>, other: &BTreeMap<String, PolicySummary>| -> Vec<String> {
        one.keys().filter(|id| !other.contains_key(*id)).cloned().collect()
    };
    let changed = new.iter().filter_map(|(id, rule)| {
        let before = old.get(id).filter(|before| before.text != rule.text)?;
        Some(Change { id: id.clone(), before: before.text.clone(), after: rule.text.clone() })
    });
    let decisions = cases.iter().map(|case| (run_case(before, case), run_case(after, case)));
    Difference {
        added: missing_in(&new, &old),
        removed: missing_in(&old, &new),
        changed: changed.collect(),
        decisions: decisions.filter(|(a, b)| (a.verdict, &a.rules) != (b.verdict, &b.rules)).collect(),
    }
}

impl Change {
    /// The lines that go, marked `-`, and those that come, marked `+`, in the order of the rule.
    #[must_use]
    pub fn lines(&self) -> Vec<(char, &str)> {
        let old: Vec<&str> = self.before.lines().collect();
        let new: Vec<&str> = self.after.lines().collect();
        let kept = if old.len().max(new.len()) > LINES_MAX { Vec::new() } else { common(&old, &new) };
        let mut lines = Vec::new();
        let (mut from_old, mut from_new) = (0, 0);
        for (in_old, in_new) in kept.into_iter().chain([(old.len(), new.len())]) {
            lines.extend(old.get(from_old..in_old).unwrap_or_default().iter().map(|line| ('-', *line)));
            lines.extend(new.get(from_new..in_new).unwrap_or_default().iter().map(|line| ('+', *line)));
            (from_old, from_new) = (in_old + 1, in_new + 1);
        }
        lines
    }
}

/// A longest common subsequence of two lists of lines, as places in both.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    // `lengths[i][j]`: how many lines `old[i..]` and `new[j..]` have in common.
    let mut lengths = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    let at = |lengths: &[Vec<usize>], i: usize, j: usize| {
        lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default()
    };
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let longest = match line == other {
                true => at(&lengths, i + 1, j + 1) + 1,
                false => at(&lengths, i + 1, j).max(at(&lengths, i, j + 1)),
            };
            if let Some(slot) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *slot = longest;
            }
        }
    }
    let (mut kept, mut i, mut j) = (Vec::new(), 0, 0);
    while let (Some(line), Some(other)) = (old.get(i), new.get(j)) {
        if line == other {
            kept.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    kept
}

fn by_id(snapshot: &Snapshot) -> BTreeMap<String, PolicySummary> {
    snapshot.policies().into_iter().map(|rule| (rule.id.clone(), rule)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_the_lines_that_differ() {
        let change = |before: &str, after: &str| Change {
            id: "a".to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        for (before, after, expected) in [
            ("a\nb\nc", "a\nx\nc", &[('-', "b"), ('+', "x")][..]),
            ("a\nc", "a\nb\nc\nd", &[('+', "b"), ('+', "d")]),
            ("a\nb", "", &[('-', "a"), ('-', "b")]),
            ("b\na", "a\nb", &[('-', "b"), ('+', "b")]),
        ] {
            assert_eq!(change(before, after).lines(), expected, "{before:?} {after:?}");
        }
        let long = "x\n".repeat(LINES_MAX + 1);
        assert_eq!(change(&long, "x").lines().len(), LINES_MAX + 2);
    }
}
