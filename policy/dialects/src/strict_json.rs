//! JSON with one reading only.
//!
//! Two parsers that accept the same bytes but understand them differently are a hole: the gateway judges one
//! meaning, the model server obeys another. This reader therefore accepts only documents on which all parsers
//! agree. It denies duplicate keys (compared after unescaping), anything after the document, a byte order mark,
//! invalid UTF-8, lone surrogates, control characters in strings, numbers that overflow, integers
//! beyond 64 bits, and deep nesting.
//!
//! `serde_json` loses duplicates and offsets, both of which are the point here: every string keeps its span, so
//! that a redaction replaces those bytes and no other.
//!
//! The result is a flat tape in document order, without recursion and without a copy of strings that hold no
//! escape. INVARIANT: no input makes it panic, and its memory is bounded by `NODES_MAX` and the input's length.

mod parser;
mod scan;

use crate::error::ReadError;
use std::ops::Range;

pub(crate) use scan::json_string;

/// Most values and keys in one document; a run of plain numbers in an array counts once.
const NODES_MAX: usize = 1 << 20;

/// Integers of this many digits or more can be an account or card number, and are never folded into a run.
const TELLING_DIGITS: usize = 9;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    Number,
    /// Several numbers in a row in an array, none of which can be an account number. Keeps vectors of numbers small.
    Numbers,
    String,
    Array,
    Object,
}

/// One entry of the tape. An object's entries alternate: key (a string), value.
#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    /// Index of the first node after this value and all that is in it.
    after: u32,
    /// For a string: one more than its place in `owned`, or 0 when the source holds it as it is. For numbers: how many.
    extra: u32,
}

/// A whole document.
#[derive(Debug)]
pub(crate) struct Tree<'s> {
    source: &'s str,
    nodes: Vec<Node>,
    owned: Vec<String>,
}

/// Reads one document.
///
/// # Errors
/// [`ReadError`] with the place and the reason when the bytes are not one strict JSON document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Tree<'_>, ReadError> {
    parser::parse(bytes)
}

impl<'s> Tree<'s> {
    /// The document's value.
    pub(crate) fn root(&self) -> Value<'_> {
        Value { tree: self, index: 0 }
    }

    fn node(&self, index: usize) -> Node {
        const NONE: Node = Node { kind: Kind::Null, start: 0, end: 0, after: u32::MAX, extra: 0 };
        let node = self.nodes.get(index).copied();
        debug_assert!(node.is_some(), "an index into the tape comes from the tape");
        node.unwrap_or(NONE)
    }

    fn string(&self, node: Node) -> &str {
        let owned = (node.extra as usize).checked_sub(1).and_then(|place| self.owned.get(place));
        if let Some(text) = owned {
            return text;
        }
        let inner = (node.start as usize).saturating_add(1)..(node.end as usize).saturating_sub(1);
        self.source.get(inner).unwrap_or("")
    }
}

/// A value in a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'t> {
    tree: &'t Tree<'t>,
    index: usize,
}

/// A key with its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'t> {
    pub(crate) key: &'t str,
    pub(crate) key_span: (usize, usize),
    pub(crate) value: Value<'t>,
}

impl<'t> Value<'t> {
    pub(crate) fn kind(self) -> Kind {
        self.tree.node(self.index).kind
    }

    /// Where the value stands in the source, a string's quotes included.
    pub(crate) fn span(self) -> Range<usize> {
        let node = self.tree.node(self.index);
        node.start as usize..node.end as usize
    }

    /// The value as it is written.
    pub(crate) fn raw(self) -> &'t str {
        self.tree.source.get(self.span()).unwrap_or("")
    }

    /// The unescaped text, if this is a string.
    pub(crate) fn text(self) -> Option<&'t str> {
        let node = self.tree.node(self.index);
        (node.kind == Kind::String).then(|| self.tree.string(node))
    }

    /// The number, if it is a whole one that is not negative.
    pub(crate) fn whole_number(self) -> Option<u64> {
        matches!(self.kind(), Kind::Number | Kind::Numbers).then(|| self.raw().parse().ok()).flatten()
    }

    /// Whether this is a number without a fraction, however it is written: `4096`, `4096.0`, `4e3`.
    pub(crate) fn is_whole(self) -> bool {
        let is_whole = |written: &str| {
            let plain = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            plain || written.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
        };
        self.kind() == Kind::Number && is_whole(self.raw())
    }

    /// What this is, for people.
    pub(crate) fn described(self) -> &'static str {
        match self.kind() {
            Kind::Null => "null",
            Kind::False | Kind::True => "true or false",
            Kind::Number | Kind::Numbers => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }

    /// Whether this is a number long enough to be that of an account, card or person.
    pub(crate) fn is_telling_number(self) -> bool {
        self.kind() == Kind::Number && scan::is_telling(self.raw())
    }

    /// The fields, if this is an object; none otherwise.
    pub(crate) fn fields(self) -> Fields<'t> {
        let node = self.tree.node(self.index);
        let end = if node.kind == Kind::Object { node.after as usize } else { 0 };
        Fields { tree: self.tree, next: self.index.saturating_add(1), end }
    }

    /// The elements with their positions, if this is an array; none otherwise.
    pub(crate) fn items(self) -> Items<'t> {
        let node = self.tree.node(self.index);
        let end = if node.kind == Kind::Array { node.after as usize } else { 0 };
        Items { tree: self.tree, next: self.index.saturating_add(1), end, position: 0 }
    }

    /// The value of a field, if this is an object that has it.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        self.fields().find(|field| field.key == key).map(|field| field.value)
    }

    /// The text of a field.
    pub(crate) fn get_text(self, key: &str) -> Option<&'t str> {
        self.get(key)?.text()
    }
}

/// The fields of an object, in order.
#[derive(Debug)]
pub(crate) struct Fields<'t> {
    tree: &'t Tree<'t>,
    next: usize,
    end: usize,
}

impl<'t> Iterator for Fields<'t> {
    type Item = Field<'t>;

    fn next(&mut self) -> Option<Field<'t>> {
        if self.next >= self.end {
            return None;
        }
        let key = self.tree.node(self.next);
        let value = Value { tree: self.tree, index: self.next.saturating_add(1) };
        self.next = self.tree.node(value.index).after as usize;
        Some(Field { key: self.tree.string(key), key_span: (key.start as usize, key.end as usize), value })
    }
}

/// The elements of an array, in order.
#[derive(Debug)]
pub(crate) struct Items<'t> {
    tree: &'t Tree<'t>,
    next: usize,
    end: usize,
    position: usize,
}

impl<'t> Iterator for Items<'t> {
    type Item = (usize, Value<'t>);

    fn next(&mut self) -> Option<(usize, Value<'t>)> {
        if self.next >= self.end {
            return None;
        }
        let node = self.tree.node(self.next);
        let item = (self.position, Value { tree: self.tree, index: self.next });
        self.position = self.position.saturating_add(if node.kind == Kind::Numbers { node.extra as usize } else { 1 });
        self.next = node.after as usize;
        Some(item)
    }
}

#[cfg(test)]
mod tests;
