//! Patterns that few texts need: compiled by the first that does, for they take longer than all the rest of a plan.

use super::pattern;
use regex::Regex;
use std::sync::OnceLock;

/// A pattern and, once it was needed, its compiled form. INVARIANT: it compiles, which a test beside it proves.
pub(super) struct Rare {
    rule: &'static str,
    write: fn() -> String,
    compiled: OnceLock<Option<Regex>>,
}

impl Rare {
    pub(super) const fn new(rule: &'static str, write: fn() -> String) -> Self {
        Self { rule, write, compiled: OnceLock::new() }
    }

    /// None only if the invariant is broken.
    pub(super) fn get(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| pattern(self.rule, &(self.write)()).ok());
        debug_assert!(compiled.is_some(), "a pattern of {} is broken", self.rule);
        compiled.as_ref()
    }
}
