//! Named numbers that a query finds, in bounded memory.

use gnomon_types::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Names of one query; what comes after them is added up under `other`.
const NAMES_MAX: usize = 300;
/// Values that are told apart; the count stays there when there are more.
pub(crate) const DISTINCT_MAX: usize = 50_000;

/// The numbers. Everything in it follows from the records and their order alone.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    numbers: BTreeMap<String, u64>,
    sets: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Facts {
    /// Adds to a number.
    pub(crate) fn add(&mut self, name: &str, n: u64) {
        // Names come again and again: they are only copied the first time.
        if let Some(number) = self.numbers.get_mut(name) {
            *number = number.saturating_add(n);
            return;
        }
        let name = if self.numbers.len() < NAMES_MAX { name } else { "other" };
        let number = self.numbers.entry(name.to_owned()).or_default();
        *number = number.saturating_add(n);
    }

    /// Adds one to the number `group/name`.
    pub(crate) fn tally(&mut self, group: &str, name: &str) {
        self.add(&format!("{group}/{name}"), 1);
    }

    /// Counts different values.
    pub(crate) fn distinct(&mut self, name: &'static str, value: &str) {
        let set = self.sets.entry(name).or_default();
        if set.len() < DISTINCT_MAX && !set.contains(value) {
            set.insert(value.to_owned());
        }
    }

    /// Counts different days.
    pub(crate) fn day(&mut self, moment: Timestamp) {
        self.distinct("days", &moment.day());
    }

    pub(crate) fn finish(self) -> BTreeMap<String, u64> {
        let mut numbers = self.numbers;
        for (name, set) in self.sets {
            numbers.insert(name.to_owned(), set.len() as u64);
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_bound_are_added_up() {
        let mut facts = Facts::default();
        for n in 0..NAMES_MAX + 10 {
            facts.tally("rule", &format!("{n:04}"));
        }
        facts.distinct("people", "a");
        facts.distinct("people", "a");
        let numbers = facts.finish();
        assert_eq!((numbers["other"], numbers["people"], numbers["rule/0000"]), (10, 1, 1));
    }
}
