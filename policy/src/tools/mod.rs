//! What a request says about tools beyond their names: which were called, whether the arguments fit what is declared,
//! whether data could be led out.
//!
//! Costs nothing for a request without tools. Everything comes from the sender, so every step is counted; what cannot be
//! checked within the count is not taken for right.

mod arguments;
mod called;
mod definition;
pub(crate) mod like;
mod outbound;
mod pins;
mod schema;
mod tongues;
mod toolbox;

pub use called::{Asked, Called, Taken};
pub use pins::declared_offers;
pub(crate) use pins::{DefinitionKey, compare as compare_definitions};
pub use pins::{FirstUse, Offer, Pin, PinBook, Standing, ToolPins};
pub(crate) use schema::Compiled;
pub use toolbox::Toolbox;

use crate::decision::Request;
use crate::examine::is_definition;
use crate::snapshot::Inner;
use arguments::Arguments;
use gnomon_types::conversation::{Conversation, DialectName, Part, Role, ToolCall, ToolDefinition, ToolRunner};
use gnomon_types::ids::{CallerId, ToolName};
use gnomon_types::tool::{Definition, ToolSource};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use toolbox::Schema;

/// SHA-256 of a schema's text.
pub(crate) type SchemaKey = [u8; 32];
/// SHA-256 over caller, schema and arguments. With the caller in it, nobody can tell by the time of an answer what somebody
/// else sent before.
pub(crate) type CheckKey = [u8; 32];

/// Largest arguments that are checked, in bytes.
const ARGUMENTS_BYTES_MAX: usize = 1024 * 1024;
/// Most looks at places of arguments that the calls of one request may cost, at worst.
const LOOKS_MAX: u64 = 50_000_000;

/// What policies may know about the tools of a request, beside the names of those it offers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct ToolFacts {
    /// Names of the tools that were called.
    pub(crate) calls: BTreeSet<String>,
    /// Names of those with a call that breaks its schema, cannot be read, or was not declared.
    pub(crate) bad_calls: BTreeSet<String>,
    /// The schema of a tool that was called cannot be checked.
    pub(crate) schema_broken: bool,
    /// The arguments of the calls; none unless a policy asks.
    pub(crate) arguments: Arguments,
    /// The conversation holds what a tool, file or search gave.
    pub(crate) untrusted_content: bool,
    /// A tool is offered that can send something out.
    pub(crate) outbound_tools: bool,
    /// Which conditions of policies on names and arguments hold.
    pub(crate) like: like::Held,
    /// Names of the tools offered whose definition is another than the approved ones.
    pub(crate) changed: BTreeSet<String>,
    /// Names of those about whose definition nobody decided.
    pub(crate) unapproved: BTreeSet<String>,
    /// Names of those whose definition was rejected.
    pub(crate) rejected: BTreeSet<String>,
}

/// How a call compared with a schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    fits: bool,
    /// What checking it can cost at worst, whether it was checked now or is remembered: decisions do not depend on memory.
    cost: u64,
}

/// A schema that the request declares.
struct Declared {
    key: SchemaKey,
    /// Nothing when it cannot be checked.
    compiled: Option<Arc<Compiled>>,
}

impl ToolFacts {
    /// Every word that the sender chose.
    pub(crate) fn words(&self) -> impl Iterator<Item = &String> {
        let calls = self.calls.iter().chain(&self.bad_calls).chain(&self.arguments.pairs);
        calls.chain(&self.changed).chain(&self.unapproved).chain(&self.rejected)
    }

    /// Takes in how the definitions compare with what was decided.
    pub(crate) fn add_offers(&mut self, offers: &[(String, Offer)]) {
        for (name, (_, standing)) in offers {
            let list = match standing {
                Standing::Approved | Standing::FirstUse => continue,
                Standing::New => &mut self.unapproved,
                Standing::Changed(_) => &mut self.changed,
                Standing::Rejected(_) => &mut self.rejected,
            };
            list.insert(name.clone());
        }
    }
}

/// Looks at the tools and calls of a request.
pub(crate) fn look(conversation: &Conversation, body: &[u8], request: &Request<'_>, inner: &Inner) -> ToolFacts {
    let (caller, listed) = (&request.caller.id, request.pins.listed);
    let mut facts = ToolFacts {
        untrusted_content: request.heard || holds_foreign(conversation),
        calls: conversation.calls.iter().map(|call| call.name.clone()).collect(),
        ..ToolFacts::default()
    };
    facts.outbound_tools =
        conversation.tools.iter().any(outbound::can_send) || facts.calls.iter().any(|name| listed.can_send(name));
    let checker = Checker { caller, inner, looks_left: &mut { LOOKS_MAX } };
    if conversation.dialect == DialectName::Mcp && !listed.is_empty() {
        let declared = declared_in(listed, &conversation.calls, inner);
        compare(&conversation.calls, &declared, Undeclared::IsBad, checker, &mut facts);
    } else if !conversation.tools.is_empty() {
        // A request that offers no tool goes on from calls of earlier ones, whose definitions stood there.
        let declared = declared_here(conversation, body, inner);
        compare(&conversation.calls, &declared, Undeclared::MayBeOfProvider, checker, &mut facts);
    }
    let offered = conversation.tools.iter().map(|tool| tool.name.as_str());
    facts.like = inner.conditions.held(offered, &conversation.calls, read_arguments);
    if inner.asks_arguments {
        // The newest first: where not all find room, those are the ones that still matter.
        for call in conversation.calls.iter().rev() {
            facts.arguments.add(call, read_arguments(&call.arguments).as_ref());
        }
    }
    facts
}

/// Whether a conversation holds what a tool, file or search gave.
fn holds_foreign(conversation: &Conversation) -> bool {
    let is_foreign = |part: &Part| part.role == Role::Tool && !is_definition(conversation, part);
    conversation.parts.iter().any(is_foreign)
}

/// The name of a tool as records and reasons show it.
pub(crate) fn shown_name(name: &str, inner: &Inner) -> ToolName {
    definition::recorded_name(name, |name| !inner.plan.scan_plain(name).is_empty())
}

/// Every definition in a text: one definition, a list of them, or whatever holds a list `tools`, as the body of a request
/// and the answer of an MCP server do. For people who want to know the digest of what they read.
#[must_use]
pub fn definitions_in(source: &ToolSource, text: &str) -> Vec<Definition> {
    let list = match serde_json::from_str(text) {
        Ok(Value::Array(tools)) => json!({ "tools": tools }),
        Ok(Value::Object(fields)) if !fields.contains_key("tools") && !fields.contains_key("result") => {
            json!({ "tools": [fields] })
        }
        Ok(other) => other,
        Err(_) => return Vec::new(),
    };
    let body = list.to_string();
    let Ok(conversation) = gnomon_dialects::read(DialectName::Opaque, body.as_bytes(), None) else { return Vec::new() };
    let of = |tool: &ToolDefinition| {
        let text = body.as_bytes().get(tool.span.clone()).unwrap_or_default();
        let tool = definition::recorded_name(&definition::own_name(&tool.name, text), |_| false);
        Definition { source: source.clone(), tool, sha256: definition::digest(text) }
    };
    let definitions: BTreeSet<Definition> = conversation.tools.iter().map(of).collect();
    definitions.into_iter().collect()
}

/// By the names of tools that are called, every schema that is declared for one. The schemas of tools that nobody called are
/// not even compiled.
type DeclaredTools<'t> = BTreeMap<&'t str, Vec<Declared>>;

/// What a call of a tool that is not declared counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undeclared {
    /// The provider may run it.
    MayBeOfProvider,
    /// All tools are known.
    IsBad,
}

/// With what calls are checked.
struct Checker<'a> {
    caller: &'a CallerId,
    inner: &'a Inner,
    looks_left: &'a mut u64,
}

fn declared_here<'t>(conversation: &'t Conversation, body: &[u8], inner: &Inner) -> DeclaredTools<'t> {
    let called: BTreeSet<&str> = conversation.calls.iter().map(|call| call.name.as_str()).collect();
    let mut declared = DeclaredTools::new();
    for tool in conversation.tools.iter().filter(|tool| called.contains(tool.name.as_str())) {
        let schemas = declared.entry(&tool.name).or_default();
        let text = tool.schema.clone().and_then(|span| body.get(span)).and_then(|text| std::str::from_utf8(text).ok());
        schemas.extend(text.map(|text| compiled(text, inner)));
    }
    declared
}

fn declared_in<'t>(tools: &Toolbox, calls: &'t [ToolCall], inner: &Inner) -> DeclaredTools<'t> {
    let mut declared = DeclaredTools::new();
    for call in calls {
        if declared.contains_key(call.name.as_str()) {
            continue;
        }
        let Some(kept) = tools.of(&call.name) else { continue };
        let schemas = kept.iter().filter_map(|kept| match &kept.schema {
            Schema::None => None,
            Schema::Text(text) => Some(compiled(text, inner)),
            Schema::NoRoom => Some(Declared { key: SchemaKey::default(), compiled: None }),
        });
        declared.insert(&call.name, schemas.collect());
    }
    declared
}

/// Compares each call with every schema that is declared under its name.
fn compare(
    calls: &[ToolCall],
    declared: &DeclaredTools<'_>,
    undeclared: Undeclared,
    mut checker: Checker<'_>,
    facts: &mut ToolFacts,
) {
    facts.schema_broken |= declared.values().flatten().any(|schema| schema.compiled.is_none());
    for call in calls.iter().rev() {
        let is_good = match declared.get(call.name.as_str()) {
            None => undeclared == Undeclared::MayBeOfProvider && call.runner == ToolRunner::Provider,
            Some(schemas) => schemas.iter().all(|schema| fits(call, schema, &mut checker)),
        };
        if !is_good {
            facts.bad_calls.insert(call.name.clone());
        }
    }
}

fn compiled(text: &str, inner: &Inner) -> Declared {
    let key: SchemaKey = Sha256::digest(text).into();
    if let Some(compiled) = inner.schemas.get(&key) {
        return Declared { key, compiled };
    }
    let compiled = Compiled::new(text).map(Arc::new);
    inner.schemas.put(key, compiled.clone());
    Declared { key, compiled }
}

/// Whether a call fits a schema. A schema that cannot be checked is a fact of its own and says nothing about the call.
fn fits(call: &ToolCall, schema: &Declared, checker: &mut Checker<'_>) -> bool {
    let Some(compiled) = &schema.compiled else { return true };
    let key = check_key(call, schema, checker.caller);
    let known = checker.inner.checks.get(&key);
    let checked = known.unwrap_or_else(|| check(&call.arguments, compiled, *checker.looks_left));
    let Some(left) = checker.looks_left.checked_sub(checked.cost) else { return false };
    *checker.looks_left = left;
    if known.is_none() {
        checker.inner.checks.put(key, checked);
    }
    checked.fits
}

fn check(text: &str, schema: &Compiled, looks_left: u64) -> Checked {
    let Some(arguments) = read_arguments(text) else { return Checked { fits: false, cost: 0 } };
    match schema.cost(&arguments) {
        None => Checked { fits: false, cost: 0 },
        Some(cost) if cost > looks_left => Checked { fits: false, cost },
        Some(cost) => Checked { fits: schema.accepts(&arguments), cost },
    }
}

fn check_key(call: &ToolCall, schema: &Declared, caller: &CallerId) -> CheckKey {
    let mut hash = Sha256::new();
    for field in [caller.as_str().as_bytes(), &schema.key, call.arguments.as_bytes()] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

/// The arguments of a call, if they have exactly one reading. Models write nothing at all for a tool without parameters.
fn read_arguments(text: &str) -> Option<Value> {
    if text.len() > ARGUMENTS_BYTES_MAX {
        return None;
    }
    let text = if text.trim().is_empty() { "{}" } else { text };
    gnomon_dialects::has_one_reading(text).then(|| serde_json::from_str(text).ok())?
}
