//! Tools as somebody declared them, kept beyond the message that did: those that a request offers, for the answer to it,
//! and those that a tool server lists, for the calls that come later.

use super::outbound;
use super::pins::{OF_SOURCE_MAX, Offer};
use gnomon_dialects::Declared;
use gnomon_types::conversation::ToolDefinition;
use gnomon_types::tool::Definition;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Bytes of schemas that are kept. A call of a tool whose schema found no room cannot be checked.
const SCHEMA_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Declared tools by name.
#[derive(Clone, PartialEq, Default)]
pub struct Toolbox {
    tools: BTreeMap<String, Vec<Kept>>,
    schema_bytes: usize,
}

/// One definition.
#[derive(Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) schema: Schema,
    /// The first sentence of what it says it does.
    says: Option<Box<str>>,
    definition: Option<Definition>,
}

/// The schema of a definition.
#[derive(Clone, PartialEq)]
pub(crate) enum Schema {
    /// It has none.
    None,
    /// As JSON.
    Text(Arc<str>),
    /// There was no room.
    NoRoom,
}

impl fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Toolbox({} tools)", self.tools.len())
    }
}

impl Toolbox {
    /// None.
    #[must_use]
    pub const fn empty() -> Self {
        Self { tools: BTreeMap::new(), schema_bytes: 0 }
    }

    /// The tools of a request.
    pub(crate) fn offered(tools: &[ToolDefinition], body: &[u8]) -> Self {
        let mut toolbox = Self::default();
        for tool in tools {
            let schema = tool.schema.clone().and_then(|span| body.get(span));
            let schema = schema.and_then(|text| std::str::from_utf8(text).ok());
            toolbox.keep(&tool.name, schema, tool.description.as_deref(), None);
        }
        toolbox
    }

    /// Takes in what a tool server lists: of each tool named, what was known before makes way.
    pub fn list(&mut self, declared: &[Declared], offers: &[(String, Offer)]) {
        let named: BTreeSet<&str> = declared.iter().map(|tool| tool.name.as_str()).collect();
        for name in &named {
            for kept in self.tools.remove(*name).into_iter().flatten() {
                self.schema_bytes -= kept.schema.bytes().min(self.schema_bytes);
            }
        }
        for tool in declared {
            if self.tools.len() >= OF_SOURCE_MAX && !self.tools.contains_key(&tool.name) {
                continue;
            }
            let said: Value = serde_json::from_str(&tool.text).unwrap_or_default();
            let schema = said.get("inputSchema").filter(|schema| schema.is_object() || schema.is_boolean());
            let schema = schema.map(Value::to_string);
            let says = said.get("description").and_then(Value::as_str);
            let definitions = offers.iter().filter(|(name, _)| *name == tool.name);
            let mut definitions = definitions.map(|(_, (definition, _))| definition.clone());
            self.keep(&tool.name, schema.as_deref(), says, definitions.next());
            definitions.for_each(|definition| self.keep(&tool.name, None, None, Some(definition)));
        }
    }

    fn keep(&mut self, name: &str, schema: Option<&str>, says: Option<&str>, definition: Option<Definition>) {
        let schema = match schema {
            None => Schema::None,
            Some(text) if self.schema_bytes.saturating_add(text.len()) > SCHEMA_BYTES_MAX => Schema::NoRoom,
            Some(text) => Schema::Text(text.into()),
        };
        self.schema_bytes += schema.bytes();
        let says = says.map(|text| outbound::first_sentence(text).into());
        let kept = Kept { schema, says, definition };
        let known = self.tools.entry(name.to_owned()).or_default();
        if !known.contains(&kept) {
            known.push(kept);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.keys().map(String::as_str)
    }

    /// What is declared under a name, if anything is.
    pub(crate) fn of(&self, name: &str) -> Option<&[Kept]> {
        self.tools.get(name).map(Vec::as_slice)
    }

    /// Whether a tool of this name can send something out, as far as it is known.
    pub(crate) fn can_send(&self, name: &str) -> bool {
        let said = self.of(name).into_iter().flatten().filter_map(|kept| kept.says.as_deref());
        outbound::name_can_send(name) || said.into_iter().any(outbound::text_can_send)
    }

    /// The definitions that are declared under a name.
    pub(crate) fn definitions(&self, name: &str) -> impl Iterator<Item = &Definition> {
        self.of(name).into_iter().flatten().filter_map(|kept| kept.definition.as_ref())
    }
}

impl Schema {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::None | Self::NoRoom => 0,
        }
    }
}
