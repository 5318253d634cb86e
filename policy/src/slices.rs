//! The policies that could speak about a request, as sets that Cedar can be asked with.

use crate::annotations::Mode;
use crate::facts::{Action, Facts};
use crate::memory::Memory;
use crate::scope::{Touched, could_apply, names_action};
use crate::snapshot::Rule;
use cedar_policy::{Effect, PolicySet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Slices remembered by one snapshot.
const SLICES_MAX: usize = 1024;

/// The policies that could speak about a request, by what they can say.
#[derive(Default)]
pub(crate) struct Slice {
    pub(crate) permits: PolicySet,
    pub(crate) forbids: PolicySet,
    pub(crate) observed: PolicySet,
}

/// What decides which policies those are.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Subject {
    action: Action,
    caller: String,
    team: String,
    service: String,
    route: String,
    upstream: String,
}

impl Subject {
    fn of(facts: &Facts) -> Self {
        Self {
            action: facts.action,
            caller: facts.caller.clone(),
            team: facts.team.clone(),
            service: facts.service.clone(),
            route: facts.route.clone(),
            upstream: facts.upstream.clone(),
        }
    }
}

/// The slices of one snapshot. Callers of whom no policy speaks by name share one.
pub(crate) struct Slices {
    by_subject: Memory<Subject, Arc<Slice>>,
    /// By the numbers of the rules in it: to build a set takes longer than to choose the rules.
    by_rules: Memory<Vec<usize>, Arc<Slice>>,
}

impl Slices {
    pub(crate) fn new() -> Self {
        Self { by_subject: Memory::new(SLICES_MAX), by_rules: Memory::new(SLICES_MAX) }
    }

    /// The policies that could apply.
    pub(crate) fn of(&self, facts: &Facts, touched: &Touched, rules: &BTreeMap<String, Arc<Rule>>) -> Arc<Slice> {
        let subject = Subject::of(facts);
        if let Some(known) = self.by_subject.get(&subject) {
            return known;
        }
        let numbered = || rules.values().enumerate().filter(|(_, rule)| speaks(rule, facts.action, touched));
        let numbers: Vec<usize> = numbered().map(|(number, _)| number).collect();
        let slice = self.by_rules.get(&numbers).unwrap_or_else(|| {
            let slice = Arc::new(Slice::new(numbered().map(|(_, rule)| rule)));
            self.by_rules.put(numbers, Arc::clone(&slice));
            slice
        });
        self.by_subject.put(subject, Arc::clone(&slice));
        slice
    }
}

impl Slice {
    fn new<'a>(rules: impl Iterator<Item = &'a Arc<Rule>>) -> Self {
        let mut slice = Self::default();
        for rule in rules {
            // Ids are unique among the rules, so adding cannot fail.
            let added = slice.set_for(rule).add(rule.policy.clone());
            debug_assert!(added.is_ok(), "two policies with one id");
        }
        slice
    }

    /// The set that a rule is asked in.
    fn set_for(&mut self, rule: &Rule) -> &mut PolicySet {
        match (rule.effect, rule.annotations.mode) {
            (Effect::Permit, _) => &mut self.permits,
            (Effect::Forbid, Mode::Enforce) => &mut self.forbids,
            (Effect::Forbid, Mode::Observe) => &mut self.observed,
        }
    }
}

/// Whether a rule could apply. What is given back is asked for by name: a permit for everything was written before there
/// was such an action.
fn speaks(rule: &Rule, action: Action, touched: &Touched) -> bool {
    let by_name = action != Action::Restore || rule.effect == Effect::Forbid || names_action(&rule.policy);
    by_name && could_apply(&rule.policy, touched)
}
