//! Giving a caller the values back that were replaced in its request, where policy permits it.

use crate::decide::judge;
use crate::facts::Facts;
use crate::snapshot::Snapshot;
use gnomon_detect::{Tokens, Values};
use gnomon_types::caller::Caller;
use gnomon_types::record::Target;
use std::collections::BTreeSet;

/// What the tokens of a redacted request stand for. Lives as long as its exchange, in memory only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replaced {
    tokens: Tokens,
    /// What was replaced, as `kind/TYPE`.
    labels: BTreeSet<String>,
}

impl Replaced {
    pub(crate) fn new(tokens: Tokens, labels: BTreeSet<String>) -> Self {
        Self { tokens, labels }
    }

    /// The tokens, so that an answer goes on with them: the same value has the same token there.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }
}

/// The values that the caller may see again in the answer: those of each type for which a permit names the action
/// `restore` and no forbid objects. None when the policies cannot be asked.
#[must_use]
pub fn may_see(snapshot: &Snapshot, caller: &Caller, route: &str, target: &Target, replaced: &Replaced) -> Values {
    let is_permitted = |label: &String| {
        let mut facts = Facts::of_replaced(caller, route, target, label);
        judge(&mut facts, snapshot.inner())
            .is_ok_and(|judged| judged.permitted && judged.forbids.is_empty() && judged.errored.is_empty())
    };
    let (seen, hidden): (Vec<&String>, Vec<&String>) = replaced.labels.iter().partition(|label| is_permitted(label));
    let has = |labels: &[&String], type_: &str| {
        labels.iter().any(|label| label.split_once('/').is_some_and(|(_, of)| of == type_))
    };
    Values::of(&replaced.tokens, |type_| has(&seen, type_) && !has(&hidden, type_))
}
