//! Cedar's part: which rules speak about these facts.
//!
//! INVARIANT: a `forbid` that cannot be evaluated counts as one that fired and that nothing can remedy. Cedar itself
//! skips a policy that errors, so its own decision is not used; only what it says about each policy is.

use crate::facts::Facts;
use crate::scope::Touched;
use crate::snapshot::{Inner, Rule};
use cedar_policy::{AuthorizationError, Authorizer, PolicyId, PolicySet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which rules speak, each list sorted by the rule's id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Judgement {
    /// Some permit applies.
    pub(crate) permitted: bool,
    /// Forbids that apply.
    pub(crate) forbids: Vec<Arc<Rule>>,
    /// Forbids that could not be evaluated.
    pub(crate) errored: Vec<Arc<Rule>>,
    /// Forbids that apply (or could not be evaluated) and only observe.
    pub(crate) observed: Vec<Arc<Rule>>,
}

/// Judges facts by the snapshot's policies; from the cache when the same facts were judged before. Leaves of their
/// numbers what the policies can tell apart.
///
/// # Errors
/// The facts do not fit the schema: a mistake of this crate, which the caller must treat as a denial.
pub(crate) fn judge(facts: &mut Facts, inner: &Inner) -> Result<Arc<Judgement>, String> {
    inner.grain.coarsen(facts);
    let facts = &*facts;
    if let Some(known) = inner.judgements.get(facts) {
        return Ok(known);
    }
    let touched = facts.touched(&inner.names);
    let judgement = Arc::new(evaluate(facts, &touched, inner)?);
    if facts.is_small() {
        inner.judgements.put(facts.clone(), Arc::clone(&judgement));
    }
    Ok(judgement)
}

fn evaluate(facts: &Facts, touched: &Touched, inner: &Inner) -> Result<Judgement, String> {
    let slice = inner.slices.of(facts, touched, &inner.rules);
    let entities = facts.entities(touched, &inner.schema)?;
    let request = facts.request(touched, &inner.schema)?;
    let authorizer = Authorizer::new();
    let ask = |policies: &PolicySet| authorizer.is_authorized(&request, policies, &entities);
    // Asked apart: Cedar names the permits that apply only when no forbid does.
    let permits = ask(&slice.permits);
    let forbids = ask(&slice.forbids);
    let observed = ask(&slice.observed);
    let spoke = |response: &cedar_policy::Response| -> BTreeSet<String> {
        response.diagnostics().reason().map(id_text).collect()
    };
    let failed = |response: &cedar_policy::Response| -> BTreeSet<String> {
        response.diagnostics().errors().map(error_id).collect()
    };
    let observed: BTreeSet<String> = spoke(&observed).union(&failed(&observed)).cloned().collect();
    Ok(Judgement {
        permitted: permits.decision() == cedar_policy::Decision::Allow,
        forbids: inner.rules_named(&spoke(&forbids))?,
        errored: inner.rules_named(&failed(&forbids))?,
        observed: inner.rules_named(&observed)?,
    })
}

fn id_text(id: &PolicyId) -> String {
    AsRef::<str>::as_ref(id).to_owned()
}

fn error_id(error: &AuthorizationError) -> String {
    match error {
        AuthorizationError::PolicyEvaluationError(error) => id_text(error.policy_id()),
    }
}
