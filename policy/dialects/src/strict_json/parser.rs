//! The parser: bytes to tape, with its own stack of open containers.

use super::scan::{self, Fault, fault};
use super::{Kind, NODES_MAX, Node, Tree};
use crate::error::ReadError;
use crate::pointer::Pointer;
use gnomon_types::limits::JSON_DEPTH_MAX;

const BOM: &[u8] = b"\xEF\xBB\xBF";

pub(super) fn parse(bytes: &[u8]) -> Result<Tree<'_>, ReadError> {
    let source = utf8(bytes)?;
    let tree = Tree { source, nodes: Vec::new(), owned: Vec::new() };
    let mut parser = Parser { tree, at: 0, open: Vec::new() };
    match parser.document() {
        Ok(()) => Ok(parser.tree),
        Err(fault) => Err(ReadError::reading(fault.offset, parser.pointer(), fault.message)),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    let whole = |offset, message: &str| ReadError::reading(offset, String::new(), message);
    if bytes.starts_with(BOM) {
        return Err(whole(0, "the body begins with a byte order mark: send the JSON without it"));
    }
    if u32::try_from(bytes.len()).is_err() {
        return Err(whole(0, "the body is larger than 4 GiB: send less"));
    }
    let bad = |error: std::str::Utf8Error| whole(error.valid_up_to(), "the body is not UTF-8: encode it as UTF-8");
    std::str::from_utf8(bytes).map_err(bad)
}

struct Parser<'s> {
    tree: Tree<'s>,
    at: usize,
    open: Vec<Open>,
}

/// An array or object whose end has not been seen.
struct Open {
    /// Its node.
    node: usize,
    is_object: bool,
    /// In an object: the node of the latest key. In an array: the node of the latest element.
    latest: usize,
    /// In an array: position of the latest element.
    position: usize,
}

impl<'s> Parser<'s> {
    fn document(&mut self) -> Result<(), Fault> {
        self.space();
        if self.peek().is_none() {
            return Err(fault(self.at, "the body is empty: send one JSON document"));
        }
        self.value()?;
        while !self.open.is_empty() {
            self.step()?;
        }
        self.space();
        if self.peek().is_some() {
            return Err(fault(self.at, "there is something after the JSON document: send one document only"));
        }
        Ok(())
    }

    /// Reads on in the innermost open container: its end, or one more element.
    fn step(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.last() else { return Ok(()) };
        let (is_object, is_first) = (open.is_object, open.node.saturating_add(1) == self.tree.nodes.len());
        self.space();
        match (self.peek(), is_object) {
            (Some(b']'), false) | (Some(b'}'), true) => return self.close(),
            (Some(_), _) if is_first => {}
            (Some(b','), _) => {
                self.at = self.at.saturating_add(1);
                self.space();
            }
            (Some(_), true) => return Err(fault(self.at, "expected `,` or `}` after a value in an object")),
            (Some(_), false) => return Err(fault(self.at, "expected `,` or `]` after a value in an array")),
            (None, _) => return Err(fault(self.at, "the document ends too early: send the whole document")),
        }
        if is_object {
            self.key()?;
        } else if let (Some(open), false) = (self.open.last_mut(), is_first) {
            open.position = open.position.saturating_add(1);
        }
        self.value()
    }

    fn key(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(fault(self.at, "expected a key in double quotes"));
        }
        let node = self.tree.nodes.len();
        self.string()?;
        if let Some(open) = self.open.last_mut() {
            open.latest = node;
        }
        self.space();
        if self.peek() != Some(b':') {
            return Err(fault(self.at, "expected `:` after a key"));
        }
        self.at = self.at.saturating_add(1);
        self.space();
        Ok(())
    }

    fn value(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => {
                self.element();
                self.string()
            }
            Some(b'{') => self.open(Kind::Object),
            Some(b'[') => self.open(Kind::Array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            Some(_) => Err(fault(self.at, "expected a JSON value")),
            None => Err(fault(self.at, "the document ends too early: send the whole document")),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), Fault> {
        let end = self.at.saturating_add(word.len());
        if self.tree.source.get(self.at..end) != Some(word) {
            return Err(fault(self.at, "expected a JSON value"));
        }
        self.element();
        self.push(kind, end, 0)
    }

    fn string(&mut self) -> Result<(), Fault> {
        let (end, unescaped) = scan::string(self.tree.source, self.at)?;
        let mut extra = 0;
        if let Some(text) = unescaped {
            self.tree.owned.push(text);
            extra = narrow(self.tree.owned.len());
        }
        self.push(Kind::String, end, extra)
    }

    fn number(&mut self) -> Result<(), Fault> {
        let end = scan::number(self.tree.source, self.at)?;
        let is_in_array = self.open.last().is_some_and(|open| !open.is_object);
        let is_plain = !scan::is_telling(self.tree.source.get(self.at..end).unwrap_or_default());
        if is_in_array && is_plain && self.lengthen_run(end) {
            return Ok(());
        }
        self.element();
        if is_in_array && is_plain { self.push(Kind::Numbers, end, 1) } else { self.push(Kind::Number, end, 0) }
    }

    /// Adds a number to the run directly before it in the same array.
    fn lengthen_run(&mut self, end: usize) -> bool {
        let Some(open) = self.open.last() else { return false };
        let is_latest = open.latest.saturating_add(1) == self.tree.nodes.len() && open.latest != open.node;
        match self.tree.nodes.last_mut() {
            Some(node) if is_latest && node.kind == Kind::Numbers => {
                node.end = narrow(end);
                node.extra = node.extra.saturating_add(1);
                self.at = end;
                true
            }
            _ => false,
        }
    }

    /// Remembers that the next node is an element of the innermost array.
    fn element(&mut self) {
        let next = self.tree.nodes.len();
        if let Some(open) = self.open.last_mut().filter(|open| !open.is_object) {
            open.latest = next;
        }
    }

    fn open(&mut self, kind: Kind) -> Result<(), Fault> {
        if self.open.len() >= JSON_DEPTH_MAX {
            return Err(fault(self.at, format!("the document nests deeper than {JSON_DEPTH_MAX} levels: flatten it")));
        }
        self.element();
        let node = self.tree.nodes.len();
        self.push(kind, self.at.saturating_add(1), 0)?;
        self.open.push(Open { node, is_object: kind == Kind::Object, latest: node, position: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.at = self.at.saturating_add(1);
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        // Errors from here on are about the container as a whole.
        open.latest = open.node;
        let (container, is_object) = (open.node, open.is_object);
        let after = narrow(self.tree.nodes.len());
        if let Some(node) = self.tree.nodes.get_mut(container) {
            node.end = narrow(self.at);
            node.after = after;
        }
        if is_object {
            self.refuse_duplicates(container)?;
        }
        self.open.pop();
        Ok(())
    }

    /// Parsers differ on which of two equal keys counts. Sorting keeps this cheap for objects of any size.
    fn refuse_duplicates(&self, object: usize) -> Result<(), Fault> {
        let object = super::Value { tree: &self.tree, index: object };
        let mut keys: Vec<(&str, usize)> = object.fields().map(|field| (field.key, field.key_span.0)).collect();
        keys.sort_unstable();
        let mut former: Option<&str> = None;
        for (key, offset) in keys {
            if former == Some(key) {
                return Err(fault(offset, format!("{} appears twice in one object: keep one of them", shown(key))));
            }
            former = Some(key);
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, end: usize, extra: u32) -> Result<(), Fault> {
        if self.tree.nodes.len() >= NODES_MAX {
            return Err(fault(self.at, format!("the document has more than {NODES_MAX} values: split it")));
        }
        let after = narrow(self.tree.nodes.len().saturating_add(1));
        self.tree.nodes.push(Node { kind, start: narrow(self.at), end: narrow(end), after, extra });
        self.at = end;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.tree.source.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        let rest = self.tree.source.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at = self.at.saturating_add(length);
    }

    /// The place of the parser as a JSON Pointer, for an error.
    fn pointer(&self) -> String {
        let mut pointer = Pointer::default();
        for open in &self.open {
            if !open.is_object {
                pointer.push_position(open.position);
            } else if open.latest != open.node {
                pointer.push_key(self.tree.string(self.tree.node(open.latest)));
            }
        }
        pointer.into_string()
    }
}

fn shown(key: &str) -> String {
    if crate::pointer::is_plain_key(key) { format!("the key `{key}`") } else { "a key".to_owned() }
}

/// Offsets and counts fit: the body's length was checked, and there are fewer nodes and strings than bytes.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
