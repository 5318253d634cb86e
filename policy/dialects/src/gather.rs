//! Walks a request's tree and gathers every text of it as a part.
//!
//! INVARIANT: a walk that visits every field with `visit`, `everything` or `media` leaves no string out: each becomes
//! a part, a word of the API's vocabulary, or is counted as not inspected.

use crate::blob;
use crate::error::{Mistake, ReadError};
use crate::label::{self, Said};
use crate::pointer::{Mark, Pointer, is_plain_key};
use crate::strict_json::{Kind, Value};
use gnomon_types::conversation::{Conversation, DialectName, Part, Role, ToolDefinition};
use gnomon_types::secret::Text;

/// Most texts in one request.
pub(crate) const PARTS_MAX: usize = 100_000;

/// Fields that hold tool definitions in one API or another, in lower case.
const TOOL_FIELDS: &[&str] = &["functiondeclarations", "function_declarations", "functions", "tools"];

/// Fields of a tool definition that decide what the tool is.
const TOOL_KEYS: &[&str] = &["custom", "function", "input_schema", "name", "parameters", "tools", "type"];

/// Fields of a message, a content part or an item of any known API that decide whose words it holds and which. Free
/// objects, such as the arguments of a tool call and the schema of its parameters, may have any key.
const MESSAGE_KEYS: &[&str] = &[
    "arguments",
    "content",
    "function",
    "function_call",
    "input",
    "name",
    "output",
    "role",
    "source",
    "text",
    "tool_calls",
    "tools",
    "type",
];

/// The conversation so far, and the place where the walk is.
#[derive(Debug)]
pub(crate) struct Gather {
    pub(crate) conversation: Conversation,
    /// Of an answer: identifiers that are no text, yet long enough to be a credential.
    pub(crate) labels: Vec<Part>,
    pointer: Pointer,
    is_answer: bool,
}

pub(crate) type Done = Result<(), ReadError>;

impl Gather {
    pub(crate) fn new(dialect: DialectName) -> Self {
        let conversation = Conversation {
            dialect,
            model: None,
            stream: false,
            parts: Vec::new(),
            tools: Vec::new(),
            calls: Vec::new(),
            unseen_history: false,
            uninspected_parts: 0,
        };
        Self { conversation, labels: Vec::new(), pointer: Pointer::default(), is_answer: false }
    }

    /// For an answer: what the upstream writes about it (ids, times, model) is left out.
    pub(crate) fn answer(dialect: DialectName) -> Self {
        Self { is_answer: true, ..Self::new(dialect) }
    }

    /// Visits each field of an object. Keys that can hold text become parts of `role`.
    pub(crate) fn fields<'t>(
        &mut self,
        object: Value<'t>,
        role: Role,
        mut visit: impl FnMut(&mut Self, &'t str, Value<'t>) -> Done,
    ) -> Done {
        if object.kind() != Kind::Object {
            return Err(self.wrong(object, "an object"));
        }
        for field in object.fields() {
            let mark = self.pointer.push_key(field.key);
            if !is_plain_key(field.key) {
                self.add(role, field.key, field.key_span.0..field.key_span.1)?;
            }
            visit(self, field.key, field.value)?;
            self.pointer.pop(mark);
        }
        Ok(())
    }

    /// Visits each element of an array.
    pub(crate) fn items<'t>(&mut self, array: Value<'t>, mut visit: impl FnMut(&mut Self, Value<'t>) -> Done) -> Done {
        if array.kind() != Kind::Array {
            return Err(self.wrong(array, "an array"));
        }
        for (position, item) in array.items() {
            let mark = self.pointer.push_position(position);
            visit(self, item)?;
            self.pointer.pop(mark);
        }
        Ok(())
    }

    /// Takes a value that must be a string as a part.
    pub(crate) fn text(&mut self, value: Value<'_>, role: Role) -> Done {
        let Some(text) = value.text() else {
            return Err(self.wrong(value, "a string"));
        };
        self.add(role, text, value.span())
    }

    /// Takes every text in a value of any shape.
    pub(crate) fn everything(&mut self, value: Value<'_>, role: Role) -> Done {
        self.walk("", value, role, Blobs::Known)
    }

    /// Takes every text in a field of any shape, except words of the API's vocabulary.
    pub(crate) fn field(&mut self, key: &str, value: Value<'_>, role: Role) -> Done {
        self.walk(key, value, role, Blobs::Known)
    }

    /// Takes a value that holds media: its binary data is counted as not inspected, its other texts are parts.
    pub(crate) fn media(&mut self, value: Value<'_>, role: Role) -> Done {
        self.conversation.uninspected_parts = self.conversation.uninspected_parts.saturating_add(1);
        self.walk("data", value, role, Blobs::Expected)
    }

    /// Takes a field that may hold what only the provider can read: encrypted or signed reasoning. That is counted as
    /// not inspected; anything else is taken as usual.
    pub(crate) fn sealed(&mut self, key: &str, value: Value<'_>, role: Role) -> Done {
        if value.text().is_some_and(blob::is_blob) {
            self.skip();
            return Ok(());
        }
        self.field(key, value, role)
    }

    /// Counts one part that is not inspected.
    pub(crate) fn skip(&mut self) {
        self.conversation.uninspected_parts = self.conversation.uninspected_parts.saturating_add(1);
    }

    /// Takes the model's name. It is also a part: it reaches the upstream as any other text.
    pub(crate) fn model(&mut self, value: Value<'_>) -> Done {
        let Some(text) = value.text() else {
            return Err(self.wrong(value, "a string"));
        };
        self.conversation.model = Some(text.to_owned());
        self.add(Role::User, text, value.span())
    }

    /// Takes the switch for a streamed answer.
    pub(crate) fn stream(&mut self, value: Value<'_>) -> Done {
        self.conversation.stream = match value.kind() {
            Kind::True => true,
            Kind::False | Kind::Null => false,
            _ => return Err(self.wrong(value, "true or false")),
        };
        Ok(())
    }

    /// Takes a list of tool definitions. Their texts are parts of `Role::Tool`: they are mostly written by third
    /// parties (MCP servers, plug-ins), reach the model with the weight of instructions, and are a known carrier of
    /// planted orders, so they get the scrutiny of untrusted content.
    pub(crate) fn tools(&mut self, value: Value<'_>) -> Done {
        if value.kind() == Kind::Null {
            return Ok(());
        }
        self.items(value, |gather, tool| {
            if tool.kind() != Kind::Object {
                return Err(gather.wrong(tool, "an object"));
            }
            gather.refuse_look_alikes(tool, TOOL_KEYS)?;
            for (_, inner) in folded(tool, &["custom", "function"]) {
                gather.refuse_look_alikes(inner, TOOL_KEYS)?;
            }
            gather.name_tool(tool);
            gather.everything(tool, Role::Tool)
        })
    }

    /// Takes a list of tool servers that the provider is to ask: to the model each is a tool, known as `mcp`.
    pub(crate) fn servers(&mut self, value: Value<'_>) -> Done {
        for (_, server) in value.items().filter(|(_, server)| server.kind() == Kind::Object) {
            self.conversation.tools.push(ToolDefinition {
                name: "mcp".to_owned(),
                span: server.span(),
                schema: None,
                description: None,
            });
        }
        self.field("mcp_servers", value, Role::User)
    }

    /// Takes note of the tools in a field of that name, wherever it stands: batches and unknown APIs nest requests, and
    /// some APIs nest tools in tools. Says whether it is one, so that its texts are taken as those of tools.
    fn name_tools(&mut self, key: &str, value: Value<'_>) -> bool {
        let is_list = |value: Value<'_>| value.items().any(|(_, tool)| tool.kind() == Kind::Object);
        let is_field = TOOL_FIELDS.iter().any(|name| folds_to(key, name));
        if self.is_answer || !is_field || !is_list(value) {
            return false;
        }
        value.items().for_each(|(_, tool)| self.name_tool(tool));
        true
    }

    /// Adds a part at the place of the walk.
    pub(crate) fn add(&mut self, role: Role, text: &str, span: std::ops::Range<usize>) -> Done {
        if text.is_empty() {
            return Ok(());
        }
        if self.conversation.parts.len() >= PARTS_MAX {
            let message = format!("the request has more than {PARTS_MAX} texts: split it");
            let pointer = self.pointer.as_str().to_owned();
            return Err(ReadError { offset: span.start, pointer, message, mistake: Mistake::Size });
        }
        let (text, pointer) = (Text(text.to_owned()), self.pointer.as_str().to_owned());
        self.conversation.parts.push(Part { role, text, span, pointer });
        Ok(())
    }

    /// The error for a value of the wrong type.
    pub(crate) fn wrong(&self, value: Value<'_>, wanted: &str) -> ReadError {
        self.mistyped(value, format!("expected {wanted}, found {}", value.described()))
    }

    /// The error for a field that the dialect cannot do without.
    pub(crate) fn missing(&self, object: Value<'_>, field: &str) -> ReadError {
        self.mistyped(object, format!("the field `{field}` is missing: add it"))
    }

    fn mistyped(&self, value: Value<'_>, message: String) -> ReadError {
        let pointer = self.pointer.as_str().to_owned();
        ReadError { offset: value.span().start, pointer, message, mistake: Mistake::Type }
    }

    /// Refuses a key that is not `known` but that a lenient parser would take for it. Go's, used by several model
    /// servers, ignores case and would read `Model` as `model`.
    pub(crate) fn refuse_look_alikes(&self, object: Value<'_>, known: &[&str]) -> Done {
        for field in object.fields() {
            let Some(meant) = known.iter().find(|name| folds_to(field.key, name)) else {
                continue;
            };
            if *meant != field.key {
                let message = format!("a key differs from `{meant}` only in case: write it as `{meant}`");
                let pointer = self.pointer.as_str().to_owned();
                return Err(ReadError::reading(field.key_span.0, pointer, message));
            }
        }
        Ok(())
    }

    /// The same for a message, one of its content parts, or an item.
    pub(crate) fn refuse_look_alikes_of_message(&self, object: Value<'_>) -> Done {
        self.refuse_look_alikes(object, MESSAGE_KEYS)
    }

    /// The same for the calls of tools in a message: `[{"function": {"name": ..., "arguments": ...}}]`, or one of them.
    pub(crate) fn refuse_look_alikes_of_calls(&self, calls: Value<'_>) -> Done {
        for call in calls.items().map(|(_, call)| call).chain((calls.kind() == Kind::Object).then_some(calls)) {
            self.refuse_look_alikes(call, MESSAGE_KEYS)?;
            for kind in ["custom", "function"] {
                call.get(kind).map_or(Ok(()), |inner| self.refuse_look_alikes(inner, MESSAGE_KEYS))?;
            }
        }
        Ok(())
    }

    fn walk(&mut self, key: &str, value: Value<'_>, role: Role, blobs: Blobs) -> Done {
        match value.kind() {
            Kind::String => self.string(key, value, role, blobs),
            Kind::Number if value.is_telling_number() && !label::is_count(self.pointer.as_str(), key) => {
                self.add(role, value.raw(), value.span())
            }
            Kind::Object => self.fields(value, role, |gather, key, value| gather.walk(key, value, role, blobs)),
            Kind::Array => {
                let role = if self.name_tools(key, value) { Role::Tool } else { role };
                self.items(value, |gather, item| gather.walk(key, item, role, blobs))
            }
            Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::Numbers => Ok(()),
        }
    }

    fn string(&mut self, key: &str, value: Value<'_>, role: Role, blobs: Blobs) -> Done {
        let Some(text) = value.text() else { return Ok(()) };
        if self.is_answer {
            match label::of_answer(self.conversation.dialect, self.pointer.as_str(), key, text) {
                Said::Text => {}
                Said::Label => return self.label(text, value.span()),
                Said::Nothing => return Ok(()),
            }
        } else if label::is_request_label(key, text) {
            return Ok(());
        }
        match blobs {
            Blobs::Expected if blob::is_blob(text) => Ok(()),
            Blobs::Known if blob::is_known_blob(text) => {
                self.skip();
                Ok(())
            }
            Blobs::Expected | Blobs::Known => self.add(role, text, value.span()),
        }
    }

    fn label(&mut self, text: &str, span: std::ops::Range<usize>) -> Done {
        // An answer has few of them for each text.
        if self.labels.len() < PARTS_MAX {
            let (text, pointer) = (Text(text.to_owned()), self.pointer.as_str().to_owned());
            self.labels.push(Part { role: Role::Assistant, text, span, pointer });
        }
        Ok(())
    }

    /// The place of the walk.
    pub(crate) fn place(&self) -> String {
        self.pointer.as_str().to_owned()
    }

    /// Steps into an element of an array.
    pub(crate) fn enter_item(&mut self, position: usize) -> Mark {
        self.pointer.push_position(position)
    }

    /// Steps into a field that was looked up by name.
    pub(crate) fn enter(&mut self, key: &str) -> Mark {
        self.pointer.push_key(key)
    }

    /// Steps back out.
    pub(crate) fn leave(&mut self, mark: Mark) {
        self.pointer.pop(mark);
    }
}

/// Which binary data a walk passes over.
#[derive(Debug, Clone, Copy)]
enum Blobs {
    /// Any base64, as the place is one for media, which is counted already.
    Expected,
    /// Only data that is recognisably binary or sealed; each is counted.
    Known,
}

/// The fields that a lenient parser could take for one of these names, in lower case.
pub(crate) fn folded<'t>(object: Value<'t>, names: &'static [&str]) -> impl Iterator<Item = (&'t str, Value<'t>)> {
    let fields = object.fields().filter(|field| names.iter().any(|name| folds_to(field.key, name)));
    fields.map(|field| (field.key, field.value))
}

fn folds_to(key: &str, name: &str) -> bool {
    if key.is_ascii() {
        return key.eq_ignore_ascii_case(name);
    }
    // The two characters outside ASCII that simple case folding maps into it: long s and the Kelvin sign.
    let fold = |c: char| match c {
        'ſ' => 's',
        '\u{212A}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.len() <= name.len().saturating_mul(3) && key.chars().map(fold).eq(name.chars())
}
