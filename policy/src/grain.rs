//! How finely the policies of a snapshot tell numbers apart.
//!
//! Scores differ from text to text, but a policy only asks whether one lies above 500. All numbers between two that
//! policies compare with are one fact to them, so that a judgement of one is remembered for all.

use crate::facts::Facts;
use cedar_policy::Policy;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers that policies compare each attribute of the context with.
#[derive(Debug, Default)]
pub(crate) struct Grain {
    limits: BTreeMap<String, BTreeSet<i64>>,
    /// Attributes that policies ask for in some other way: every number may matter.
    fine: BTreeSet<String>,
    /// A policy asks for the context as a whole.
    all_fine: bool,
}

impl Grain {
    pub(crate) fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut grain = Self::default();
        for policy in policies {
            match policy.to_json() {
                Ok(json) => grain.walk(&json),
                Err(_) => grain.all_fine = true,
            }
        }
        grain
    }

    /// Puts one number in the place of all that no policy tells apart from it. None of them is negative.
    pub(crate) fn coarsen(&self, facts: &mut Facts) {
        facts.attack_score = self.coarse("attack_score", facts.attack_score);
        facts.personal_count = self.coarse("personal_count", facts.personal_count);
        facts.uninspected_parts = self.coarse("uninspected_parts", facts.uninspected_parts);
    }

    fn coarse(&self, attribute: &str, number: i64) -> i64 {
        if self.all_fine || self.fine.contains(attribute) {
            return number;
        }
        let below = self.limits.get(attribute).and_then(|limits| limits.range(..=number).next_back());
        match below {
            Some(limit) if *limit == number => number,
            Some(limit) => limit.saturating_add(1).max(0),
            None => 0,
        }
    }

    fn walk(&mut self, node: &Value) {
        match node {
            Value::Object(map) => map.iter().for_each(|(operator, operands)| self.read(operator, operands)),
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => {}
        }
    }

    fn read(&mut self, operator: &str, operands: &Value) {
        if let Some((attribute, limit)) = compared(operator, operands) {
            self.limits.entry(attribute).or_default().insert(limit);
        } else if let Some(attribute) = context_attribute(operator, operands) {
            self.fine.insert(attribute);
        } else if operator == "Var" && operands == "context" {
            self.all_fine = true;
        } else {
            self.walk(operands);
        }
    }
}

/// The attribute of the context and the number of `attribute OP number` or `number OP attribute`.
fn compared(operator: &str, operands: &Value) -> Option<(String, i64)> {
    if !["<", "<=", ">", ">=", "==", "!="].contains(&operator) {
        return None;
    }
    let (left, right) = (operands.get("left")?, operands.get("right")?);
    let attribute = |node: &Value| context_attribute(".", node.get(".")?);
    let number = |node: &Value| node.get("Value")?.as_i64();
    attribute(left).zip(number(right)).or_else(|| attribute(right).zip(number(left)))
}

/// `kinds` of `context.kinds`, which is `{".": {"left": {"Var": "context"}, "attr": "kinds"}}`.
fn context_attribute(operator: &str, operands: &Value) -> Option<String> {
    let of_context = operator == "." && operands.get("left")?.get("Var")? == "context";
    of_context.then(|| operands.get("attr")?.as_str().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(conditions: &[&str]) -> Vec<i64> {
        let text = |condition: &&str| format!("forbid(principal, action, resource) when {{ {condition} }};");
        let policies: Vec<Policy> =
            conditions.iter().map(|condition| Policy::parse(None, text(condition)).unwrap()).collect();
        let grain = Grain::new(policies.iter());
        let coarse = |attack_score| {
            let mut facts = Facts { attack_score, ..Facts::default() };
            grain.coarsen(&mut facts);
            facts.attack_score
        };
        [0, 1, 499, 500, 501, 700, 1000].map(coarse).to_vec()
    }

    #[test]
    fn numbers_that_no_policy_tells_apart_are_one() {
        assert_eq!(scores(&[]), [0; 7]);
        assert_eq!(scores(&["context.personal_count > 3"]), [0; 7]);
        assert_eq!(scores(&["context.attack_score >= 500"]), [0, 0, 0, 500, 501, 501, 501]);
        assert_eq!(scores(&["700 == context.attack_score", "context.attack_score > 0"]), [0, 1, 1, 1, 1, 700, 701]);
        assert_eq!(scores(&["context.attack_score > -5"]), [0; 7]);
    }

    #[test]
    fn whoever_asks_in_another_way_gets_every_number() {
        let exact = [0, 1, 499, 500, 501, 700, 1000];
        assert_eq!(scores(&["context.attack_score + 1 > 500"]), exact);
        assert_eq!(scores(&["context.attack_score > context.personal_count"]), exact);
        assert_eq!(scores(&["context.attack_score > 500", "[1, 2].contains(context.attack_score)"]), exact);
        assert_eq!(scores(&["(if context.stream then context else context).attack_score > 500"]), exact);
        assert_eq!(scores(&["context == context"]), exact);
        assert_eq!(scores(&["context.attack_score > -context.personal_count"]), exact);
    }
}
