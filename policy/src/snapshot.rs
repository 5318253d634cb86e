//! A validated, immutable policy set with its detectors, swapped whole. The caches inside only remember what the same
//! facts gave before, and how values were numbered; they are bounded and start empty with every snapshot.

use crate::annotations::Mode;
use crate::annotations::{Annotations, Remedy};
use crate::decide::Judgement;
use crate::error::LoadErrors;
use crate::examine::{DEFINITION, LookKey};
use crate::facts::Facts;
use crate::grain::Grain;
use crate::known::Known;
use crate::lint::asked_words;
use crate::load::{PolicyFile, load};
use crate::memory::Memory;
use crate::numbers::Numbers;
use crate::scope::Names;
use crate::shipped::shipped_files;
use crate::slices::Slices;
use crate::tools::like::Conditions;
use crate::tools::{CheckKey, Checked, Compiled, DefinitionKey, SchemaKey};
use cedar_policy::{Effect, Policy, Schema};
use gnomon_detect::{Config, Plan, Scan, Tokens};
use gnomon_types::digest::Digest;
use gnomon_types::ids::CallerId;
use gnomon_types::tool::Definition;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Judgements remembered by one snapshot.
const JUDGEMENTS_MAX: usize = 8192;
/// Texts whose findings one snapshot remembers.
const LOOKS_MAX: usize = 16 * 1024;
/// Schemas of tools remembered by one snapshot.
const SCHEMAS_MAX: usize = 128;
/// Calls of tools whose check one snapshot remembers.
const CHECKS_MAX: usize = 16 * 1024;
/// Definitions of tools whose reading one snapshot remembers.
const DEFINITIONS_MAX: usize = 8192;

/// A policy set in force, with the detectors that feed it. Cheap to clone.
#[derive(Clone)]
pub struct Snapshot(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) digest: Digest,
    pub(crate) plan: Plan,
    pub(crate) schema: Schema,
    pub(crate) names: Names,
    pub(crate) rules: BTreeMap<String, Arc<Rule>>,
    pub(crate) judgements: Memory<Facts, Arc<Judgement>>,
    pub(crate) looks: Memory<LookKey, Arc<Scan>>,
    pub(crate) schemas: Memory<SchemaKey, Option<Arc<Compiled>>>,
    pub(crate) checks: Memory<CheckKey, Checked>,
    pub(crate) definitions: Memory<DefinitionKey, Definition>,
    /// Whether some policy asks for the arguments of calls. They are different in every request and would fill the memory
    /// of judgements for nothing.
    pub(crate) asks_arguments: bool,
    /// Whether some policy asks for the opinion of a judge model.
    pub(crate) asks_judge: bool,
    /// The conditions on names and arguments of tools that policies ask about.
    pub(crate) conditions: Conditions,
    /// How finely the policies tell numbers apart.
    pub(crate) grain: Grain,
    pub(crate) slices: Slices,
    /// How the values of conversations were numbered.
    pub(crate) numbers: Numbers,
}

/// One policy with what its annotations say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) annotations: Annotations,
    pub(crate) effect: Effect,
    pub(crate) asks_about: AsksAbout,
    pub(crate) policy: Policy,
    pub(crate) text: String,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// Which definitions of tools a policy speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AsksAbout {
    pub(crate) changed: bool,
    pub(crate) unapproved: bool,
    pub(crate) rejected: bool,
    /// Those that hold a likely attack.
    pub(crate) poisoned: bool,
}

/// One policy as pages and commands show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicySummary {
    /// Its `@id`.
    pub id: String,
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// The sentence shown to callers.
    pub reason: String,
    /// The obligation that it serves.
    pub control: Option<String>,
    /// What would make a forbidden request acceptable: `redact`, `hold`, `reroute:UPSTREAM`.
    pub remedy: Option<String>,
    /// `enforce` or `observe`.
    pub mode: &'static str,
    /// The file it stands in.
    pub file: String,
    /// The line it begins on.
    pub line: usize,
    /// Its source text.
    pub text: String,
}

impl Snapshot {
    /// The shipped policies with the shipped detectors.
    ///
    /// # Errors
    /// Never for a build that passed its tests.
    pub fn shipped() -> Result<Self, LoadErrors> {
        Self::load(&shipped_files(), &Config::default())
    }

    /// Checks a bundle and makes it ready.
    ///
    /// # Errors
    /// Every mistake of every file, with its place.
    pub fn load(files: &[PolicyFile], detect: &Config) -> Result<Self, LoadErrors> {
        Self::load_knowing(files, detect, &Known::default())
    }

    /// The same where it is known what routes, upstreams, services and obligations there are: a name of none is a mistake.
    ///
    /// # Errors
    /// Every mistake of every file, with its place.
    pub fn load_knowing(files: &[PolicyFile], detect: &Config, known: &Known) -> Result<Self, LoadErrors> {
        load(files, Plan::compile(detect), known).map(|inner| Self(Arc::new(inner)))
    }

    /// The same with detectors that are compiled already: what a reload of policies alone needs.
    ///
    /// # Errors
    /// Every mistake of every file, with its place.
    pub fn with_plan(files: &[PolicyFile], plan: Plan) -> Result<Self, LoadErrors> {
        load(files, Ok(plan), &Known::default()).map(|inner| Self(Arc::new(inner)))
    }

    /// SHA-256 over the schema, the policy files and the detectors' configuration.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The detectors.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The policies, sorted by id.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicySummary> {
        self.0.rules.values().map(|rule| rule.summary()).collect()
    }

    /// Whether some policy asks for the opinion of a judge model. Without one, no model is ever asked.
    #[must_use]
    pub fn asks_judge(&self) -> bool {
        self.0.asks_judge
    }

    /// Remembers how the values of a conversation are numbered, for a request that goes on from the answer of this
    /// identifier.
    pub fn note_answer(&self, caller: &CallerId, answer: &str, tokens: &Tokens) {
        self.0.numbers.note(caller, answer, tokens);
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({} policies, {})", self.0.rules.len(), self.0.digest)
    }
}

impl Inner {
    pub(crate) fn new(
        digest: Digest,
        plan: Plan,
        schema: Schema,
        names: Names,
        rules: BTreeMap<String, Arc<Rule>>,
    ) -> Self {
        Self {
            digest,
            plan,
            schema,
            names,
            asks_arguments: rules.values().any(|rule| {
                ["\"tool_arguments\"", "\"tool_arguments_cut\""].iter().any(|fact| asks(&rule.policy, fact))
            }),
            asks_judge: rules.values().any(|rule| asks(&rule.policy, "\"judge\"")),
            conditions: conditions(&rules),
            grain: Grain::new(rules.values().map(|rule| &rule.policy)),
            rules,
            judgements: Memory::new(JUDGEMENTS_MAX),
            looks: Memory::new(LOOKS_MAX),
            schemas: Memory::new(SCHEMAS_MAX),
            checks: Memory::new(CHECKS_MAX),
            definitions: Memory::new(DEFINITIONS_MAX),
            slices: Slices::new(),
            numbers: Numbers::new(),
        }
    }

    /// The rules behind ids that Cedar reported.
    pub(crate) fn rules_named(&self, ids: &BTreeSet<String>) -> Result<Vec<Arc<Rule>>, String> {
        let find = |id: &String| self.rules.get(id).cloned().ok_or_else(|| format!("no rule `{id}`"));
        ids.iter().map(find).collect()
    }
}

impl AsksAbout {
    pub(crate) fn of(policy: &Policy) -> Self {
        Self {
            changed: asks(policy, "changed_tools"),
            unapproved: asks(policy, "unapproved_tools"),
            rejected: asks(policy, "rejected_tools"),
            poisoned: asks(policy, "attack_roles") && asks(policy, DEFINITION),
        }
    }
}

/// Whether a policy may ask for a fact, however its name is written in the text.
fn asks(policy: &Policy, fact: &str) -> bool {
    policy.to_json().map_or(true, |json| json.to_string().contains(fact))
}

fn conditions(rules: &BTreeMap<String, Arc<Rule>>) -> Conditions {
    let asked: Vec<(String, String)> = rules.values().flat_map(|rule| asked_words(&rule.policy)).collect();
    Conditions::new(asked.iter().map(|(attribute, word)| (attribute.as_str(), word.as_str())))
}

impl Rule {
    fn summary(&self) -> PolicySummary {
        PolicySummary {
            id: self.annotations.id.clone(),
            effect: match self.effect {
                Effect::Permit => "permit",
                Effect::Forbid => "forbid",
            },
            reason: self.annotations.reason.clone(),
            control: self.annotations.control.clone(),
            remedy: self.annotations.remedy.as_ref().map(|remedy| match remedy {
                Remedy::Redact(_) => "redact".to_owned(),
                Remedy::Hold => "hold".to_owned(),
                Remedy::Reroute(upstream) => format!("reroute:{upstream}"),
            }),
            mode: match self.annotations.mode {
                Mode::Enforce => "enforce",
                Mode::Observe => "observe",
            },
            file: self.file.clone(),
            line: self.line,
            text: self.text.clone(),
        }
    }
}
