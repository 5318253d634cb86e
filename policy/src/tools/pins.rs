//! What was decided about definitions of tools, and how those of a request compare: a definition that differs from the
//! approved one of the same tool is how a server that was trusted once turns.

use super::definition;
use super::toolbox::Toolbox;
use crate::decision::Request;
use crate::snapshot::{Inner, Snapshot};
use gnomon_dialects::Declared;
use gnomon_types::conversation::{Conversation, DialectName, ToolDefinition};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ServiceId, ToolName};
use gnomon_types::tool::{Definition, DefinitionStatus, ToolSource};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Definitions of one source that are kept. One that makes new ones without end must not fill memory and record.
pub(super) const OF_SOURCE_MAX: usize = 2_000;

/// A definition of a tool that a request offers, and what it counts as.
pub type Offer = (Definition, Standing);

/// SHA-256 over source, name and definition.
pub(crate) type DefinitionKey = [u8; 32];

/// What was decided about a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Nothing; it is known.
    Undecided,
    /// It may be used.
    Approved,
    /// It may not.
    Rejected,
}

/// Every definition that is known, by source and tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PinBook(BTreeMap<ToolSource, BTreeMap<ToolName, BTreeMap<Digest, Pin>>>);

impl PinBook {
    /// A book without a line.
    #[must_use]
    pub const fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// What was decided about a definition; `None` when it is not known.
    #[must_use]
    pub fn pin(&self, definition: &Definition) -> Option<Pin> {
        self.of_tool(definition)?.get(&definition.sha256).copied()
    }

    /// Writes a line, in place of one about the same definition.
    pub fn put(&mut self, definition: Definition, pin: Pin) {
        let Definition { source, tool, sha256 } = definition;
        self.0.entry(source).or_default().entry(tool).or_default().insert(sha256, pin);
    }

    /// Takes lines out of which `keeps` says no.
    pub fn retain(&mut self, keeps: impl Fn(&Definition) -> bool) {
        for (source, tools) in &mut self.0 {
            for (tool, pins) in tools.iter_mut() {
                pins.retain(|sha256, _| {
                    keeps(&Definition { source: source.clone(), tool: tool.clone(), sha256: *sha256 })
                });
            }
            tools.retain(|_, pins| !pins.is_empty());
        }
        self.0.retain(|_, tools| !tools.is_empty());
    }

    fn of_tool(&self, definition: &Definition) -> Option<&BTreeMap<Digest, Pin>> {
        self.0.get(&definition.source)?.get(&definition.tool)
    }

    fn count(&self, source: &ToolSource) -> usize {
        self.0.get(source).map_or(0, |tools| tools.values().map(BTreeMap::len).sum())
    }
}

impl FromIterator<(Definition, Pin)> for PinBook {
    fn from_iter<I: IntoIterator<Item = (Definition, Pin)>>(lines: I) -> Self {
        let mut book = Self::default();
        lines.into_iter().for_each(|(definition, pin)| book.put(definition, pin));
        book
    }
}

/// What the first definition of a tool counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstUse {
    /// As new, until a person decides.
    #[default]
    Review,
    /// As approved.
    Trust,
}

static EMPTY: PinBook = PinBook::empty();
static NO_TOOLS: Toolbox = Toolbox::empty();

/// What is in force about definitions of tools.
#[derive(Debug, Clone, Copy)]
pub struct ToolPins<'a> {
    /// What the record says.
    pub decided: &'a PinBook,
    /// What was seen since, which the record does not say yet.
    pub seen: &'a PinBook,
    /// What counts where neither says anything about a tool.
    pub first_use: FirstUse,
    /// What the tool server that is asked listed last.
    pub listed: &'a Toolbox,
}

impl Default for ToolPins<'_> {
    fn default() -> Self {
        Self { decided: &EMPTY, seen: &EMPTY, first_use: FirstUse::default(), listed: &NO_TOOLS }
    }
}

/// What a definition counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is approved.
    Approved,
    /// It is the first one of its tool, and the configuration takes that on trust: approved from here on.
    FirstUse,
    /// Nobody decided.
    New,
    /// Others of its tool are approved, these.
    Changed(Vec<Digest>),
    /// A person said no.
    Rejected(Vec<Digest>),
}

impl Standing {
    /// The word in records.
    #[must_use]
    pub fn status(&self) -> DefinitionStatus {
        match self {
            Self::Approved | Self::FirstUse => DefinitionStatus::Approved,
            Self::New => DefinitionStatus::New,
            Self::Changed(_) => DefinitionStatus::Changed,
            Self::Rejected(_) => DefinitionStatus::Rejected,
        }
    }
}

impl ToolPins<'_> {
    /// What a definition counts as.
    #[must_use]
    pub fn standing(&self, definition: &Definition) -> Standing {
        // What the record knows it knows better: of two that were taken on trust at once it keeps one.
        let pin = self.decided.pin(definition).or_else(|| self.seen.pin(definition));
        let approved = self.approved(definition);
        match pin {
            Some(Pin::Approved) => Standing::Approved,
            Some(Pin::Rejected) => Standing::Rejected(approved),
            Some(Pin::Undecided) | None if !approved.is_empty() => Standing::Changed(approved),
            None if self.first_use == FirstUse::Trust && self.is_first(definition) => Standing::FirstUse,
            Some(Pin::Undecided) | None => Standing::New,
        }
    }

    /// The approved definitions of the same tool.
    fn approved(&self, definition: &Definition) -> Vec<Digest> {
        let of = |book: &PinBook| -> Vec<Digest> {
            let pins = book.of_tool(definition).into_iter().flatten();
            pins.filter(|(_, pin)| **pin == Pin::Approved).map(|(sha256, _)| *sha256).collect()
        };
        let mut approved = of(self.decided);
        approved.extend(of(self.seen).into_iter().filter(|sha256| {
            let same = Definition { sha256: *sha256, ..definition.clone() };
            self.decided.pin(&same).is_none()
        }));
        approved
    }

    /// The rejected definitions of a tool of which no other is known.
    fn only_rejected(&self, source: &ToolSource, tool: &ToolName) -> Vec<Definition> {
        let any = Definition { source: source.clone(), tool: tool.clone(), sha256: Digest([0; 32]) };
        let known = [self.decided, self.seen].into_iter().filter_map(|book| book.of_tool(&any));
        let pins: Vec<(&Digest, &Pin)> = known.flatten().collect();
        if pins.iter().any(|(_, pin)| **pin != Pin::Rejected) {
            return Vec::new();
        }
        pins.into_iter().map(|(sha256, _)| Definition { sha256: *sha256, ..any.clone() }).collect()
    }

    /// Whether nothing is known of the tool, and there is room to keep what is trusted.
    fn is_first(&self, definition: &Definition) -> bool {
        let is_unknown = [self.decided, self.seen].iter().all(|book| book.of_tool(definition).is_none());
        is_unknown && self.has_room(&definition.source)
    }

    /// Whether another definition of a source can be kept.
    #[must_use]
    pub fn has_room(&self, source: &ToolSource) -> bool {
        self.decided.count(source) + self.seen.count(source) < OF_SOURCE_MAX
    }
}

/// Compares every definition that a request offers, or that of a tool which it calls on a tool server.
pub(crate) fn compare(request: &Request<'_>, conversation: &Conversation, inner: &Inner) -> Vec<(String, Offer)> {
    if conversation.dialect == DialectName::Mcp {
        return compare_called(request, conversation, inner);
    }
    let source = ToolSource::Caller(request.caller.id.clone());
    let text = |tool: &'_ ToolDefinition| request.body.get(tool.span.clone()).unwrap_or_default();
    let offers = conversation
        .tools
        .iter()
        .map(|tool| (tool.name.clone(), definition_of(&source, &tool.name, text(tool), inner)));
    standings(offers.collect(), request.pins)
}

/// A client may go on from a list that it read long ago, so what counts is how the server defines the tool by now.
fn compare_called(request: &Request<'_>, conversation: &Conversation, inner: &Inner) -> Vec<(String, Offer)> {
    let source = ToolSource::Service(request.target.service.clone());
    let pins = request.pins;
    let called: BTreeSet<&str> = conversation.calls.iter().map(|call| call.name.as_str()).collect();
    let mut offers = Vec::new();
    for name in called {
        let mut definitions: Vec<Definition> = pins.listed.definitions(name).cloned().collect();
        if definitions.is_empty() {
            definitions = pins.only_rejected(&source, &recorded_name(name, inner));
        }
        offers.extend(definitions.into_iter().map(|definition| {
            let standing = pins.standing(&definition);
            (name.to_owned(), (definition, standing))
        }));
    }
    offers
}

/// Compares every definition that a tool server lists with what was decided about the service.
#[must_use]
pub fn declared_offers(
    snapshot: &Snapshot,
    service: &ServiceId,
    declared: &[Declared],
    pins: ToolPins<'_>,
) -> Vec<(String, Offer)> {
    let source = ToolSource::Service(service.clone());
    let offers = declared
        .iter()
        .map(|tool| (tool.name.clone(), definition_of(&source, &tool.name, tool.text.as_bytes(), snapshot.inner())));
    standings(offers.collect(), pins)
}

fn standings(offers: BTreeSet<(String, Definition)>, pins: ToolPins<'_>) -> Vec<(String, Offer)> {
    let several = said_twice(&offers);
    let stands = |(name, definition): (String, Definition)| {
        let standing = match pins.standing(&definition) {
            // Of two definitions at once neither is the first.
            Standing::FirstUse if several.contains(&definition.tool) => Standing::New,
            standing => standing,
        };
        (name, (definition, standing))
    };
    offers.into_iter().map(stands).collect()
}

/// Tools with more than one definition.
fn said_twice(offers: &BTreeSet<(String, Definition)>) -> BTreeSet<ToolName> {
    let mut digests: BTreeMap<&ToolName, BTreeSet<Digest>> = BTreeMap::new();
    for (_, definition) in offers {
        digests.entry(&definition.tool).or_default().insert(definition.sha256);
    }
    digests.into_iter().filter(|(_, digests)| digests.len() > 1).map(|(tool, _)| tool.clone()).collect()
}

/// Reads a definition once: a conversation is sent again with every turn, its tools with it.
fn definition_of(source: &ToolSource, name: &str, text: &[u8], inner: &Inner) -> Definition {
    let key = key(source, name, text);
    if let Some(known) = inner.definitions.get(&key) {
        return known;
    }
    let tool = recorded_name(&definition::own_name(name, text), inner);
    let definition = Definition { source: source.clone(), tool, sha256: definition::digest(text) };
    inner.definitions.put(key, definition.clone());
    definition
}

fn recorded_name(name: &str, inner: &Inner) -> ToolName {
    definition::recorded_name(name, |name| !inner.plan.scan_plain(name).is_empty())
}

fn key(source: &ToolSource, name: &str, text: &[u8]) -> DefinitionKey {
    let mut hash = Sha256::new();
    for field in [source.to_string().as_bytes(), name.as_bytes(), text] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::ids::CallerId;

    fn definition(tool: &str, byte: u8) -> Definition {
        let source = ToolSource::Caller(CallerId::sanitised("bot"));
        Definition { source, tool: ToolName::sanitised(tool), sha256: Digest([byte; 32]) }
    }

    fn book(lines: &[(u8, Pin)]) -> PinBook {
        lines.iter().map(|(byte, pin)| (definition("search", *byte), *pin)).collect()
    }

    #[test]
    fn a_definition_stands_by_what_was_decided_about_its_tool() {
        use FirstUse::{Review, Trust};
        use Pin::{Approved, Rejected, Undecided};
        let one = Digest([1; 32]);
        for (decided, seen, first_use, expected) in [
            (&[][..], &[][..], Review, Standing::New),
            (&[], &[], Trust, Standing::FirstUse),
            (&[(1, Approved)], &[], Review, Standing::Changed(vec![one])),
            (&[(1, Approved)], &[], Trust, Standing::Changed(vec![one])),
            (&[(1, Approved), (2, Approved)], &[], Review, Standing::Approved),
            (&[(2, Rejected)], &[], Trust, Standing::Rejected(vec![])),
            (&[(1, Approved), (2, Rejected)], &[], Trust, Standing::Rejected(vec![one])),
            // Somebody must look at a tool of which anything is known.
            (&[(1, Rejected)], &[], Trust, Standing::New),
            (&[(1, Undecided)], &[], Trust, Standing::New),
            (&[(2, Undecided)], &[], Trust, Standing::New),
            // What was trusted a moment ago counts before the record says so, and no longer once a person said no.
            (&[], &[(1, Approved)], Trust, Standing::Changed(vec![one])),
            (&[], &[(2, Approved)], Trust, Standing::Approved),
            (&[(1, Rejected)], &[(1, Approved)], Trust, Standing::New),
            (&[(2, Rejected)], &[(2, Approved)], Trust, Standing::Rejected(vec![])),
            (&[(1, Approved)], &[(1, Approved)], Trust, Standing::Changed(vec![one])),
            // Elsewhere another one was trusted first.
            (&[(1, Approved), (2, Undecided)], &[(2, Approved)], Trust, Standing::Changed(vec![one])),
            (&[(1, Undecided)], &[(1, Approved)], Trust, Standing::New),
        ] {
            let (decided, seen) = (book(decided), book(seen));
            let pins = ToolPins { decided: &decided, seen: &seen, first_use, ..ToolPins::default() };
            assert_eq!(pins.standing(&definition("search", 2)), expected, "{pins:?}");
        }
    }

    #[test]
    fn trust_ends_where_there_is_no_room_to_keep_it() {
        let full: PinBook = (0..OF_SOURCE_MAX).map(|n| (definition(&format!("t{n}"), 0), Pin::Approved)).collect();
        let pins = ToolPins { decided: &full, first_use: FirstUse::Trust, ..ToolPins::default() };
        assert_eq!(pins.standing(&definition("other", 0)), Standing::New);
        assert_eq!(pins.standing(&definition("t7", 1)), Standing::Changed(vec![Digest([0; 32])]));
    }
}
