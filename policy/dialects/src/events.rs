//! The events of a streamed answer: every text in them, each on the channel where a client would put it together.
//!
//! INVARIANT: every string of an event is a delta, unless it is metadata that the upstream writes (`label`). A field
//! that is unknown here is inspected like any other.

use crate::blob;
use crate::calls::Calls;
use crate::channels::Channels;
use crate::denial::Denial;
use crate::error::{EventError, ReadError};
use crate::label::{self, Said};
use crate::mcp::{self, Declared};
use crate::pointer::is_plain_key;
use crate::progress::Progress;
use crate::sse::{Data, Framer, Framing};
use crate::strict_json::{self, Kind, Value};
use crate::table::{self, Dialect};
use gnomon_types::conversation::{DialectName, ToolCall, Usage};
use gnomon_types::secret::Text;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// Most channels of one answer that are put together from several events.
pub const CHANNELS_MAX: usize = 16_384;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its exact bytes, the empty line at its end included.
    pub raw: Vec<u8>,
    /// Every text in it.
    pub deltas: Vec<Delta>,
    /// Channels on which nothing comes after this event, so that what is held back of them can be decided.
    pub closes: Vec<u32>,
    /// The model, when this event names another one than the events before.
    pub model: Option<String>,
    /// The tokens of the answer so far, when this event reports some.
    pub usage: Option<Usage>,
    /// Whether the dialect's streams end with this event.
    pub last: bool,
    /// The definitions of tools that a tool server lists in it.
    pub declared: Vec<Declared>,
    /// The calls of tools that stand whole with it, or end. They must be judged before it goes out. Their spans say nothing.
    pub calls: Vec<ToolCall>,
}

impl Event {
    fn new(raw: Vec<u8>) -> Self {
        Self {
            raw,
            deltas: Vec::new(),
            closes: Vec::new(),
            model: None,
            usage: None,
            last: false,
            declared: Vec::new(),
            calls: Vec::new(),
        }
    }
}

/// A piece of text of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The text that this piece continues, by a number that stands for it for the whole stream. None for a text of its
    /// own, which is here from its beginning to its end.
    pub channel: Option<u32>,
    /// The message of which the channel is one block among several, by a number for the whole stream. A client may read its
    /// blocks one after the other as one text.
    pub message: Option<u32>,
    /// The piece, unescaped.
    pub text: Text,
    /// Where its JSON string stands in the event's bytes, quotes included.
    pub span: Range<usize>,
    /// The place in the event of a text of its own, such as `/response/output/0/content/1/text`.
    pub pointer: String,
    /// Whether it repeats text that came on another channel, as the events do that sum up. It must be inspected and
    /// redacted like any other, but a finding in it is not one more finding.
    pub repeats: bool,
    /// Whether it is an identifier that the upstream wrote, in which only credentials are to be looked for.
    pub is_label: bool,
    /// Whether it belongs to the definition of a tool that a tool server lists.
    pub is_definition: bool,
}

/// What an event is: its type, and which part of the answer it belongs to.
#[derive(Debug)]
pub(crate) struct Head {
    /// The `type` field, or nothing.
    pub(crate) kind: String,
    /// Its index fields, such as `/output_index:0/content_index:1/`. Ends in a slash, so that no name is the beginning of another.
    pub(crate) indexes: String,
}

/// How a string relates to those of other events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It continues the text of that name.
    Channel(String),
    /// It continues the text of that name, which is a block of a message.
    Block { name: String, message: String },
    /// It is a text of its own.
    Whole,
    /// It is a text of its own that repeats what other channels said.
    Repeat,
}

/// Reads the events of one answer.
#[derive(Debug)]
pub struct EventReader {
    dialect: &'static Dialect,
    framing: Framing,
    framer: Framer,
    channels: Channels,
    calls: Calls,
    progress: Progress,
    usage: Usage,
}

impl EventReader {
    /// A reader for one answer of server-sent events.
    #[must_use]
    pub fn new(dialect: DialectName) -> Self {
        Self::framed(dialect, Framing::Events)
    }

    /// A reader for one answer of JSON lines (`application/x-ndjson`), as Ollama streams: each line is an event.
    #[must_use]
    pub fn lines(dialect: DialectName) -> Self {
        Self::framed(dialect, Framing::Lines)
    }

    fn framed(dialect: DialectName, framing: Framing) -> Self {
        Self {
            dialect: table::of(dialect),
            framing,
            framer: Framer::new(framing),
            channels: Channels::default(),
            calls: Calls::default(),
            progress: Progress::default(),
            usage: Usage::default(),
        }
    }

    /// Takes bytes as they come, cut anywhere, and returns the events that are complete.
    ///
    /// # Errors
    /// [`EventError`] when an event is too large or cannot be read. The stream must end then: nothing more can be
    /// inspected.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, EventError> {
        self.framer.push(bytes);
        let mut events = Vec::new();
        while let Some(raw) = self.framer.next_event()? {
            events.push(self.event(raw)?);
        }
        Ok(events)
    }

    /// Takes the end of the stream. An event without its empty line is returned if it can be inspected, and dropped
    /// otherwise, as clients drop it. Calls that did not end come with an event without bytes.
    pub fn finish(&mut self) -> Vec<Event> {
        let rest = self.framer.rest();
        let mut events = Vec::new();
        if !rest.is_empty() {
            events.extend(self.event(rest));
        }
        let calls = self.calls.finish();
        if !calls.is_empty() {
            events.push(Event { calls, ..Event::new(Vec::new()) });
        }
        events
    }

    /// The last events for a stream that ends here, fitting to the events that were read, which must have been sent to
    /// the caller. If none was, this is [`crate::stream_start`] and [`crate::stream_denial`].
    #[must_use]
    pub fn denial(&self, denial: &Denial<'_>) -> Vec<u8> {
        let mut last = if self.progress.has_begun { Vec::new() } else { (self.dialect.stream_start)() };
        last.extend((self.dialect.stream_denial)(denial, &self.progress));
        last
    }

    fn event(&mut self, raw: Vec<u8>) -> Result<Event, EventError> {
        let mut event = Event::new(raw);
        let Some(data) = Data::of(&event.raw, self.framing) else {
            return Ok(event);
        };
        match data.bytes.trim_ascii() {
            b"" => {}
            b"[DONE]" => {
                event.last = true;
                event.calls = self.calls.finish();
            }
            _ => match strict_json::parse(&data.bytes) {
                Ok(tree) => self.json(tree.root(), &data, &mut event)?,
                Err(error) => self.not_json(error, &data, &mut event)?,
            },
        }
        Ok(event)
    }

    fn json(&mut self, root: Value<'_>, data: &Data, event: &mut Event) -> Result<(), EventError> {
        let head = Head::of(root);
        let mut walk = Walk { dialect: self.dialect, head: &head, data, path: String::new(), event };
        walk.value("", root, &mut self.channels)?;
        if let Some(begins) = (self.dialect.closes)(&head) {
            event.closes.extend(self.channels.close(&begins));
        }
        event.last = (self.dialect.is_last)(root);
        event.calls = self.calls.observe(self.dialect.name, &head, root, event.last)?;
        if self.dialect.name == DialectName::Mcp {
            event.declared = mcp::declared(root);
        }
        let model = (self.dialect.model)(root);
        event.model = model.filter(|model| self.progress.model.as_deref() != Some(*model)).map(str::to_owned);
        self.progress.observe(root, model);
        event.usage = self.usage_so_far(root);
        Ok(())
    }

    /// Of an unknown API, data may be plain text. Elsewhere a client would fail on it, or read it otherwise.
    fn not_json(&mut self, error: ReadError, data: &Data, event: &mut Event) -> Result<(), EventError> {
        let text = std::str::from_utf8(&data.bytes).ok();
        if self.dialect.name != DialectName::Opaque || text.is_none() {
            return Err(EventError::Unreadable(error));
        }
        let channel = self.channels.named("text".to_owned())?;
        for (_, line) in &data.lines {
            let text = event.raw.get(line.clone()).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
            event.deltas.push(Delta {
                channel: Some(channel),
                message: None,
                text: Text(text),
                span: line.clone(),
                pointer: String::new(),
                repeats: false,
                is_label: false,
                is_definition: false,
            });
        }
        Ok(())
    }

    /// Reports grow, and some events hold only one of the two counts.
    fn usage_so_far(&mut self, root: Value<'_>) -> Option<Usage> {
        let usage = (self.dialect.usage)(root)?;
        self.usage.input_tokens = self.usage.input_tokens.max(usage.input_tokens);
        self.usage.output_tokens = self.usage.output_tokens.max(usage.output_tokens);
        Some(self.usage)
    }
}

impl Head {
    fn of(root: Value<'_>) -> Self {
        let kind = root.get_text("type").unwrap_or_default().to_owned();
        let is_index = |key: &str| key == "index" || key.ends_with("_index");
        let mut indexes: Vec<String> = root
            .fields()
            .filter(|field| is_index(field.key))
            .filter_map(|field| Some(format!("{}:{}/", field.key, field.value.whole_number()?)))
            .collect();
        indexes.sort_unstable_by(|a, b| b.cmp(a));
        Self { kind, indexes: format!("/{}", indexes.concat()) }
    }
}

/// As what a text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Text,
    Repeat,
    Label,
}

/// Where a text belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// To a channel, and with it perhaps to a message.
    Channel(u32, Option<u32>),
    /// Nowhere else.
    Own,
}

/// A walk over one event's data.
struct Walk<'w> {
    dialect: &'static Dialect,
    head: &'w Head,
    data: &'w Data,
    path: String,
    event: &'w mut Event,
}

impl Walk<'_> {
    fn value(&mut self, key: &str, value: Value<'_>, channels: &mut Channels) -> Result<(), EventError> {
        match value.kind() {
            Kind::String => self.string(key, value, channels),
            Kind::Object => self.object(value, channels),
            Kind::Array => self.array(key, value, channels),
            Kind::Number if value.is_telling_number() && !label::is_count(&self.path, key) => {
                self.delta(Place::Own, value.raw(), value.span(), Manner::Text)
            }
            Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::Numbers => Ok(()),
        }
    }

    fn object(&mut self, object: Value<'_>, channels: &mut Channels) -> Result<(), EventError> {
        for field in object.fields() {
            let mark = self.path.len();
            self.path.push('/');
            self.path.push_str(&step(field.key));
            if !is_plain_key(field.key) {
                self.delta(Place::Own, field.key, field.key_span.0..field.key_span.1, Manner::Text)?;
            }
            self.value(field.key, field.value, channels)?;
            self.path.truncate(mark);
        }
        Ok(())
    }

    /// An element's `index` tells which part of the answer it continues; its position in one event does not.
    fn array(&mut self, key: &str, array: Value<'_>, channels: &mut Channels) -> Result<(), EventError> {
        for (position, item) in array.items() {
            let index = item.get("index").and_then(Value::whole_number).unwrap_or(position as u64);
            let mark = self.path.len();
            self.path.push_str(&format!("/{index}"));
            self.value(key, item, channels)?;
            self.path.truncate(mark);
        }
        Ok(())
    }

    fn string(&mut self, key: &str, value: Value<'_>, channels: &mut Channels) -> Result<(), EventError> {
        let Some(text) = value.text().filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        match label::of_answer(self.dialect.name, &self.path, key, text) {
            Said::Label => return self.delta(Place::Own, text, value.span(), Manner::Label),
            Said::Nothing => return Ok(()),
            Said::Text if blob::is_known_blob(text) => return Ok(()),
            Said::Text => {}
        }
        match (self.dialect.flow)(self.head, &self.path, key) {
            Flow::Channel(name) => {
                let channel = channels.named(name)?;
                self.delta(Place::Channel(channel, None), text, value.span(), Manner::Text)
            }
            Flow::Block { name, message } => {
                let channel = channels.named(name)?;
                let message = channels.message(message);
                self.delta(Place::Channel(channel, Some(message)), text, value.span(), Manner::Text)
            }
            Flow::Whole => self.delta(Place::Own, text, value.span(), Manner::Text),
            Flow::Repeat => self.delta(Place::Own, text, value.span(), Manner::Repeat),
        }
    }

    fn delta(&mut self, place: Place, text: &str, span: Range<usize>, manner: Manner) -> Result<(), EventError> {
        let Some(span) = self.data.in_event(&span) else {
            // INVARIANT: no JSON token runs over the end of a line. Text that cannot be placed cannot be redacted.
            debug_assert!(false, "a token of the data lies in one line");
            let message = "a text runs over several lines".to_owned();
            return Err(EventError::Unreadable(ReadError::reading(span.start, String::new(), message)));
        };
        let (repeats, is_label) = (manner == Manner::Repeat, manner == Manner::Label);
        let (channel, message, pointer) = match place {
            Place::Channel(channel, message) => (Some(channel), message, String::new()),
            Place::Own => (None, None, self.path.clone()),
        };
        let text = Text(text.to_owned());
        let is_definition = self.dialect.name == DialectName::Mcp && mcp::is_definition(&self.path);
        self.event.deltas.push(Delta { channel, message, text, span, pointer, repeats, is_label, is_definition });
        Ok(())
    }
}

/// The flow of a text by its place: `/candidates/0/content/parts/1/text` is a block of the message that the list before its
/// number is.
pub(crate) fn flow_by_place(path: &str) -> Flow {
    let list = path.strip_suffix("/text").and_then(|block| block.rsplit_once('/'));
    match list.filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit())) {
        Some((message, _)) => Flow::Block { name: path.to_owned(), message: message.to_owned() },
        None => Flow::Channel(path.to_owned()),
    }
}

/// A key as a step of a path; a long one by its hash, so that paths stay short.
fn step(key: &str) -> String {
    if key.len() <= 64 {
        return key.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("#{:016x}", hasher.finish())
}
