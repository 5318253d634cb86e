//! The calls of tools that an answer holds: those of one that came whole, and those put together from the events of a stream.
//!
//! A call of a stream is told with the event that makes its arguments one whole JSON document, and once more at its end if
//! it is another one by then. Clients act on either, so it is judged before that event goes out.

use crate::error::EventError;
use crate::events::{CHANNELS_MAX, Head};
use crate::gather::Gather;
use crate::strict_json::{Kind, Value};
use gnomon_types::conversation::{DialectName, ToolCall, ToolRunner};
use gnomon_types::secret::Text;
use std::collections::BTreeMap;

/// Bytes of arguments that are put together. What goes on behind them has no reading.
const ARGUMENTS_BYTES_MAX: usize = 1024 * 1024 + 1;
/// Bytes of a name that comes in pieces.
const NAME_BYTES_MAX: usize = 4096;

/// The calls of an answer that came whole.
pub(crate) fn in_answer(dialect: DialectName, root: Value<'_>) -> Vec<ToolCall> {
    let mut gather = Gather::answer(dialect);
    match dialect {
        DialectName::OpenaiChat => {
            let messages = list(root, "choices").filter_map(|(_, choice)| choice.get("message"));
            messages.for_each(|message| in_message(&mut gather, message));
        }
        DialectName::OpenaiResponses => list(root, "output").for_each(|(_, item)| gather.item_call(item)),
        DialectName::AnthropicMessages => list(root, "content").for_each(|(_, block)| gather.block_call(block)),
        DialectName::OpenaiEmbeddings | DialectName::Models | DialectName::Mcp | DialectName::Opaque => {}
    }
    gather.conversation.calls
}

fn in_message(gather: &mut Gather, message: Value<'_>) {
    let calls = ["tool_calls", "function_call"].iter().filter_map(|key| message.get(key));
    calls.for_each(|calls| gather.chat_calls(calls));
}

fn list<'t>(object: Value<'t>, key: &str) -> impl Iterator<Item = (usize, Value<'t>)> + use<'t> {
    object.get(key).into_iter().flat_map(Value::items)
}

/// The calls of one streamed answer.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    open: BTreeMap<String, Open>,
}

/// A call in the making.
#[derive(Debug)]
struct Open {
    id: Option<String>,
    name: Name,
    arguments: String,
    document: Document,
    runner: ToolRunner,
    /// Bytes of arguments with which it was told.
    told: Option<usize>,
}

impl Calls {
    /// Takes an event and gives the calls that stand whole with it, or end.
    pub(crate) fn observe(
        &mut self,
        dialect: DialectName,
        head: &Head,
        root: Value<'_>,
        is_last: bool,
    ) -> Result<Vec<ToolCall>, EventError> {
        let mut told = Vec::new();
        match dialect {
            DialectName::OpenaiChat => self.chat(root, &mut told),
            DialectName::OpenaiResponses => self.responses(head, root, is_last, &mut told),
            DialectName::AnthropicMessages => self.messages(head, root, &mut told),
            DialectName::OpenaiEmbeddings | DialectName::Models | DialectName::Mcp | DialectName::Opaque => {}
        }
        if is_last {
            told.extend(self.finish());
        }
        if self.open.len() > CHANNELS_MAX {
            return Err(EventError::TooManyChannels { limit: CHANNELS_MAX });
        }
        Ok(told)
    }

    /// The stream is at its end: what was not told yet.
    pub(crate) fn finish(&mut self) -> Vec<ToolCall> {
        std::mem::take(&mut self.open).into_values().flat_map(Open::end).collect()
    }

    fn chat(&mut self, root: Value<'_>, told: &mut Vec<ToolCall>) {
        for (position, choice) in list(root, "choices") {
            let place = format!("{}/", index(choice, position));
            if choice.get("message").is_some() {
                let mut gather = Gather::answer(DialectName::OpenaiChat);
                choice.get("message").into_iter().for_each(|message| in_message(&mut gather, message));
                told.append(&mut gather.conversation.calls);
            }
            let delta = choice.get("delta").unwrap_or(choice);
            if let Some(call) = delta.get("function_call") {
                self.piece(format!("{place}function"), call, None, told);
            }
            for (position, call) in list(delta, "tool_calls") {
                let key = format!("{place}{}", index(call, position));
                self.end(|other| other.starts_with(&place) && *other != key, told);
                let inner = call.get("function").or_else(|| call.get("custom")).unwrap_or(call);
                self.piece(key, inner, call.get_text("id"), told);
            }
            if choice.get("finish_reason").is_some_and(|reason| reason.kind() == Kind::String) {
                self.end(|other| other.starts_with(&place), told);
            }
        }
    }

    /// A piece of a chat's call. Some servers number none of them: a new id is a new call, whose name may stand before.
    fn piece(&mut self, key: String, call: Value<'_>, id: Option<&str>, told: &mut Vec<ToolCall>) {
        let id = id.filter(|id| !id.is_empty()).map(str::to_owned);
        let mut before = None;
        if id.is_some() && self.open.get(&key).is_some_and(|open| open.id.is_some() && open.id != id) {
            before = self.open.remove(&key);
        }
        let open = self.open.entry(key).or_insert_with(|| Open::new(ToolRunner::Caller));
        open.id = id.or_else(|| open.id.take());
        match (call.get_text("name").filter(|name| !name.is_empty()), &before) {
            (Some(name), _) => open.name.push(name),
            (None, Some(before)) => open.name = before.name.clone(),
            (None, None) => {}
        }
        told.extend(before.into_iter().flat_map(Open::end));
        for field in ["arguments", "input"] {
            let Some(given) = call.get(field).filter(|given| given.kind() != Kind::Null) else { continue };
            open.push(given.text().unwrap_or_else(|| given.raw()));
        }
        told.extend(open.whole());
    }

    fn responses(&mut self, head: &Head, root: Value<'_>, is_last: bool, told: &mut Vec<ToolCall>) {
        let of_item = |key: &str| root.get("item").unwrap_or(root).get_text(key);
        let number = root.get("output_index").and_then(Value::whole_number).map(|number| number.to_string());
        let key = number.or_else(|| Some(of_item("item_id").or_else(|| of_item("id"))?.to_owned())).unwrap_or_default();
        if let Some(item) = root.get("item") {
            let is_added = head.kind.ends_with(".added");
            // The item says all of it, so pieces that never came are no call of their own.
            told.extend(self.open.remove(&key).filter(Open::has_begun).into_iter().flat_map(Open::end));
            match is_added.then(|| item_runner(item)).flatten() {
                Some(runner) => {
                    let mut open = Open::new(runner);
                    open.name.push(item.get_text("name").unwrap_or_default());
                    ["arguments", "input"].iter().filter_map(|key| item.get_text(key)).for_each(|text| open.push(text));
                    told.extend(open.whole());
                    self.open.insert(key, open);
                }
                None if is_added => {}
                None => told.extend(call_of_item(item)),
            }
        } else if let Some(event) = arguments_event(&head.kind) {
            let mut open = self.open.remove(&key).unwrap_or_else(|| Open::new(ToolRunner::Caller));
            if event == "delta" {
                open.push(root.get_text("delta").unwrap_or_default());
                told.extend(open.whole());
                self.open.insert(key, open);
                return;
            }
            root.get_text("name").into_iter().for_each(|name| open.name.settle(name));
            let given = ["arguments", "input"].iter().find_map(|key| root.get_text(key));
            told.extend(given.into_iter().flat_map(|given| open.calls(given)));
            told.extend(Some(open).filter(Open::has_begun).into_iter().flat_map(Open::end));
        }
        let response = root.get("response").filter(|_| is_last);
        if response.is_some() {
            self.open.retain(|_, open| open.has_begun());
        }
        let items = response.into_iter().flat_map(|response| list(response, "output"));
        told.extend(items.flat_map(|(_, item)| call_of_item(item)));
    }

    fn messages(&mut self, head: &Head, root: Value<'_>, told: &mut Vec<ToolCall>) {
        let key = &head.indexes;
        match head.kind.as_str() {
            "message_start" => {
                told.extend(
                    root.get("message")
                        .map(|message| in_answer(DialectName::AnthropicMessages, message))
                        .unwrap_or_default(),
                );
            }
            "content_block_start" => {
                self.end(|other| other == key, told);
                let Some(block) = root.get("content_block") else { return };
                let Some(runner) = block_runner(block) else { return };
                let mut open = Open::new(runner);
                open.name.push(block.get_text("name").unwrap_or_default());
                if let Some(input) = block.get("input").filter(|input| input.fields().next().is_some()) {
                    told.extend(open.calls(input.raw()));
                }
                self.open.insert(key.clone(), open);
            }
            "content_block_delta" => {
                let piece = root.get("delta").and_then(|delta| delta.get_text("partial_json"));
                if let (Some(piece), Some(open)) = (piece, self.open.get_mut(key)) {
                    open.push(piece);
                    told.extend(open.whole());
                }
            }
            "content_block_stop" => self.end(|other| other == key, told),
            _ => {}
        }
    }

    fn end(&mut self, ends: impl Fn(&String) -> bool, told: &mut Vec<ToolCall>) {
        let keys: Vec<String> = self.open.keys().filter(|key| ends(key)).cloned().collect();
        told.extend(keys.iter().filter_map(|key| self.open.remove(key)).flat_map(Open::end));
    }
}

fn index(value: Value<'_>, position: usize) -> u64 {
    value.get("index").and_then(Value::whole_number).unwrap_or(position as u64)
}

fn call_of_item(item: Value<'_>) -> Vec<ToolCall> {
    let mut gather = Gather::answer(DialectName::OpenaiResponses);
    gather.item_call(item);
    gather.conversation.calls
}

/// Who runs what an item of Responses calls; none when it is no call that has arguments.
pub(crate) fn item_runner(item: Value<'_>) -> Option<ToolRunner> {
    match item.get_text("type")? {
        "function_call" | "custom_tool_call" => Some(ToolRunner::Caller),
        "mcp_call" | "mcp_approval_request" => Some(ToolRunner::Provider),
        _ => None,
    }
}

/// Who runs what a block of Messages calls; none when it is no call.
pub(crate) fn block_runner(block: Value<'_>) -> Option<ToolRunner> {
    match block.get_text("type")? {
        "tool_use" => Some(ToolRunner::Caller),
        kind if kind.ends_with("tool_use") => Some(ToolRunner::Provider),
        _ => None,
    }
}

/// `delta` or `done`, of an event that brings arguments.
fn arguments_event(kind: &str) -> Option<&str> {
    let (stem, event) = kind.rsplit_once('.')?;
    let brings = ["_call_arguments", "_call_input"].iter().any(|end| stem.ends_with(end));
    (brings && matches!(event, "delta" | "done")).then_some(event)
}

impl Open {
    fn new(runner: ToolRunner) -> Self {
        Self {
            id: None,
            name: Name::default(),
            arguments: String::new(),
            document: Document::default(),
            runner,
            told: None,
        }
    }

    fn push(&mut self, text: &str) {
        self.document.push(text);
        let mut end = text.len().min(ARGUMENTS_BYTES_MAX.saturating_sub(self.arguments.len()));
        while !text.is_char_boundary(end) {
            end += 1;
        }
        self.arguments.push_str(text.get(..end).unwrap_or_default());
    }

    /// Whether arguments came.
    fn has_begun(&self) -> bool {
        !self.arguments.is_empty()
    }

    /// The call, when its arguments just became one whole document.
    fn whole(&mut self) -> Vec<ToolCall> {
        if !self.document.is_whole() || self.told == Some(self.arguments.len()) {
            return Vec::new();
        }
        self.told = Some(self.arguments.len());
        self.calls(&self.arguments)
    }

    /// The call as it ends, unless it was told so.
    fn end(self) -> Vec<ToolCall> {
        if self.told == Some(self.arguments.len()) { Vec::new() } else { self.calls(&self.arguments) }
    }

    fn calls(&self, arguments: &str) -> Vec<ToolCall> {
        let call = |name: String| ToolCall {
            name,
            arguments: Text(arguments.to_owned()),
            span: 0..0,
            pointer: String::new(),
            runner: self.runner,
        };
        self.name.readings().into_iter().map(call).collect()
    }
}

/// A name that may come in pieces, which some clients join and others replace by one another.
#[derive(Debug, Clone, Default)]
struct Name {
    first: String,
    last: String,
    joined: String,
    differs: bool,
}

impl Name {
    fn push(&mut self, piece: &str) {
        if self.joined.is_empty() {
            self.first = piece.to_owned();
        } else {
            self.differs |= piece != self.first;
        }
        self.last = piece.to_owned();
        if self.joined.len() < NAME_BYTES_MAX {
            self.joined.push_str(piece);
        }
    }

    /// Takes a name that was told before, perhaps.
    fn settle(&mut self, name: &str) {
        if self.first != name {
            self.push(name);
        }
    }

    fn readings(&self) -> Vec<String> {
        if !self.differs {
            return vec![self.first.clone()];
        }
        let mut readings = vec![self.joined.clone(), self.first.clone(), self.last.clone()];
        readings.sort_unstable();
        readings.dedup();
        readings
    }
}

/// Follows a text to the end of the JSON object or array that it is.
#[derive(Debug, Default)]
struct Document {
    at: At,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Before,
    Within,
    Behind,
    /// It is none, or goes on behind one.
    Odd,
}

impl Document {
    fn is_whole(&self) -> bool {
        self.at == At::Behind
    }

    fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            match self.at {
                At::Before | At::Behind if byte.is_ascii_whitespace() => {}
                At::Before if matches!(byte, b'{' | b'[') => {
                    self.depth = 1;
                    self.at = At::Within;
                }
                At::Before | At::Behind => self.at = At::Odd,
                At::Within => self.step(byte),
                At::Odd => return,
            }
        }
    }

    fn step(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = self.in_string,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.at = At::Behind;
                }
            }
            _ => {}
        }
    }
}
