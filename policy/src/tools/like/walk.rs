//! A walk over the arguments of calls, with the conditions that are asked about them.

use super::words::{fold, like};
use super::{OnArguments, Operator, Test, number};
use serde_json::Value;
use std::collections::BTreeSet;

/// A walk over the arguments of calls.
pub(super) struct Looks<'a> {
    pub(super) conditions: &'a [OnArguments],
    pub(super) held: &'a mut BTreeSet<String>,
    pub(super) left: usize,
}

impl Looks<'_> {
    pub(super) fn value(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(fields) => {
                self.object(path, value);
                for (name, value) in fields {
                    self.value(&format!("{path}.{}", fold(name)), value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.value(path, item)),
            Value::String(text) => self.scalar(path, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.scalar(path, &value.to_string()),
        }
    }

    fn scalar(&mut self, path: &str, value: &str) {
        if !self.pay(self.conditions.len()) {
            return;
        }
        for condition in self.conditions {
            if like(&condition.path, path) && condition.test.holds(value) {
                self.held.insert(condition.word.clone());
            }
        }
    }

    /// An object where a value is asked about: no number, like nothing, and like whatever something in it is like. A path that
    /// ends in a star means what is in the object.
    fn object(&mut self, path: &str, object: &Value) {
        if !self.pay(self.conditions.len()) {
            return;
        }
        for condition in self.conditions {
            if condition.path.ends_with('*') || !like(&condition.path, path) {
                continue;
            }
            let holds = match &condition.test {
                Test::Like { negated: false, .. } => self.holds_within(condition, object),
                Test::Like { negated: true, .. } | Test::Compare { .. } => true,
            };
            if holds {
                self.held.insert(condition.word.clone());
            }
        }
    }

    fn holds_within(&mut self, condition: &OnArguments, value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.values().any(|value| self.holds_within(condition, value)),
            Value::Array(items) => items.iter().any(|item| self.holds_within(condition, item)),
            Value::String(text) => !self.pay(1) || condition.test.holds(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => !self.pay(1) || condition.test.holds(&value.to_string()),
        }
    }

    /// Counts comparisons. Beyond the most that may be, everything holds.
    fn pay(&mut self, looks: usize) -> bool {
        let left = self.left.checked_sub(looks);
        if left.is_none() {
            self.held.extend(self.conditions.iter().map(|condition| condition.word.clone()));
        }
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// The arguments of a call have no reading: whatever is asked about this tool may be so.
    pub(super) fn unseen(&mut self, tool: &str) {
        let may_mean = |condition: &&OnArguments| {
            condition.path.split_once('.').is_some_and(|(pattern, _)| like(pattern, tool))
                || condition.path.starts_with(&format!("{tool}."))
        };
        self.held.extend(self.conditions.iter().filter(may_mean).map(|condition| condition.word.clone()));
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Like { negated: true, patterns } => !patterns.iter().any(|pattern| like(pattern, value)),
            Self::Like { negated: false, patterns } => {
                let value = fold(value);
                patterns.iter().any(|pattern| like(pattern, &value))
            }
            // An amount that is none cannot be below a limit, and not above one: a forbid must not let it pass.
            Self::Compare { operator, number: limit } => number(value).is_none_or(|number| match operator {
                Operator::Above => number > *limit,
                Operator::AtLeast => number >= *limit,
                Operator::Below => number < *limit,
                Operator::AtMost => number <= *limit,
            }),
        }
    }
}
