//! Whole answers, read like requests: every text of them, the model and the tokens.

use crate::calls;
use crate::gather::Gather;
use crate::mcp::{self, Declared};
use crate::strict_json;
use crate::table;
use gnomon_types::conversation::{DialectName, Part, Role, ToolCall, Usage};

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Every text in it, with the spans for `rewrite`.
    pub parts: Vec<Part>,
    /// Identifiers that the upstream wrote, of those that are long enough to be a credential. Only such are to be looked
    /// for in them.
    pub labels: Vec<Part>,
    /// The model that answered.
    pub model: Option<String>,
    /// The tokens it took.
    pub usage: Option<Usage>,
    /// The definitions of tools that a tool server lists.
    pub declared: Vec<Declared>,
    /// The calls of tools that the model makes in it. Their spans say nothing.
    pub calls: Vec<ToolCall>,
}

/// Reads an answer that is not a stream. None when it is not strict JSON (for `Opaque`: when it holds no text
/// either); such an answer cannot be inspected.
#[must_use]
pub fn read_answer(dialect: DialectName, body: &[u8]) -> Option<Answer> {
    let dialect = table::of(dialect);
    let Ok(tree) = strict_json::parse(body) else {
        return text_answer(dialect.name, body);
    };
    let root = tree.root();
    let mut gather = Gather::answer(dialect.name);
    let mut declared = Vec::new();
    if dialect.name == DialectName::Mcp {
        mcp::answer(&mut gather, root).ok()?;
        declared = mcp::declared(root);
    } else {
        gather.everything(root, Role::Assistant).ok()?;
    }
    Some(Answer {
        parts: gather.conversation.parts,
        labels: gather.labels,
        model: (dialect.model)(root).map(str::to_owned),
        usage: (dialect.usage)(root),
        declared,
        calls: calls::in_answer(dialect.name, root),
    })
}

/// Whether a part of a tool server's answer belongs to a definition of a tool.
#[must_use]
pub fn is_declared(dialect: DialectName, part: &Part) -> bool {
    dialect == DialectName::Mcp && mcp::is_definition(&part.pointer)
}

fn text_answer(dialect: DialectName, body: &[u8]) -> Option<Answer> {
    if dialect != DialectName::Opaque {
        return None;
    }
    let mut gather = Gather::answer(dialect);
    crate::opaque::read_text(&mut gather, body, Role::Assistant).ok()?;
    let parts = gather.conversation.parts;
    (!parts.is_empty()).then_some(Answer {
        parts,
        labels: Vec::new(),
        model: None,
        usage: None,
        declared: Vec::new(),
        calls: Vec::new(),
    })
}
