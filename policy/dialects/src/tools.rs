//! The tools of a request: what each definition says about one, and which were called.
//!
//! Texts of both are parts like any other; this is what they mean.

use crate::calls;
use crate::gather::{Gather, folded};
use crate::strict_json::{Kind, Value};
use gnomon_types::conversation::{ToolCall, ToolDefinition, ToolRunner};
use gnomon_types::secret::Text;
use std::ops::Range;

/// Objects in a definition that may hold the name, the description and the schema.
const INNER: &[&str] = &["custom", "function", "toolspec"];

/// Fields of a call that hold its arguments.
const ARGUMENTS: [&str; 2] = ["arguments", "input"];

impl Gather {
    /// Takes note of every name that a tool definition could be known by, with every schema. Which of them counts differs
    /// from API to API, and a name that one server passes over is the one that another obeys.
    pub(crate) fn name_tool(&mut self, tool: Value<'_>) {
        let mut schemas: Vec<Option<Range<usize>>> = schemas(tool).into_iter().map(Some).collect();
        if schemas.is_empty() {
            schemas.push(None);
        }
        let description = description(tool);
        for name in names(tool) {
            for schema in &schemas {
                self.conversation.tools.push(ToolDefinition {
                    name: name.to_owned(),
                    span: tool.span(),
                    schema: schema.clone(),
                    description: description.map(|text| Text(text.to_owned())),
                });
            }
        }
    }

    /// Takes note of the calls in a chat message: a list of `{"function": {..}}`, or one `{"name": .., "arguments": ..}`.
    pub(crate) fn chat_calls(&mut self, calls: Value<'_>) {
        if calls.kind() == Kind::Object {
            self.chat_call(calls);
        }
        for (position, call) in calls.items() {
            let mark = self.enter_item(position);
            self.chat_call(call);
            self.leave(mark);
        }
    }

    fn chat_call(&mut self, call: Value<'_>) {
        self.call(call, ToolRunner::Caller);
        for key in ["custom", "function"] {
            if let Some(inner) = call.get(key) {
                let mark = self.enter(key);
                self.call(inner, ToolRunner::Caller);
                self.leave(mark);
            }
        }
    }

    /// Takes note of what an item of Responses calls. A tool of the provider's has no name but the kind of the item.
    pub(crate) fn item_call(&mut self, item: Value<'_>) {
        let kind = item.get_text("type").unwrap_or_default();
        match (calls::item_runner(item), kind.strip_suffix("_call")) {
            (Some(runner), _) => self.call(item, runner),
            (None, Some(_)) if item.get_text("name").is_some() => self.call(item, ToolRunner::Provider),
            (None, Some(tool)) => {
                let given = ["action", "operation"].iter().find_map(|key| Some((*key, item.get(key)?)));
                let (key, given) = given.map_or((None, item), |(key, given)| (Some(key), given));
                let mark = key.map(|key| self.enter(key));
                let call = ToolCall {
                    name: tool.to_owned(),
                    arguments: Text(key.map_or(String::new(), |_| given.raw().to_owned())),
                    span: given.span(),
                    pointer: self.place(),
                    runner: ToolRunner::Provider,
                };
                self.conversation.calls.push(call);
                mark.into_iter().for_each(|mark| self.leave(mark));
            }
            (None, None) => {}
        }
    }

    /// Takes note of what a block of Messages calls.
    pub(crate) fn block_call(&mut self, block: Value<'_>) {
        calls::block_runner(block).into_iter().for_each(|runner| self.call(block, runner));
    }

    /// Takes note of a call, if the object names a tool. Arguments in two fields make two calls: both must be right.
    pub(crate) fn call(&mut self, call: Value<'_>, runner: ToolRunner) {
        let Some(name) = call.get_text("name") else { return };
        let given = ARGUMENTS.iter().filter_map(|key| call.get(key).map(|value| (*key, value)));
        let mut given: Vec<(&str, Value<'_>)> = given.filter(|(_, value)| value.kind() != Kind::Null).collect();
        if given.is_empty() {
            given.push(("", call));
        }
        for (key, value) in given {
            let arguments = if key.is_empty() { "" } else { value.text().unwrap_or_else(|| value.raw()) };
            let mark = (!key.is_empty()).then(|| self.enter(key));
            let call = ToolCall {
                name: name.to_owned(),
                arguments: Text(arguments.to_owned()),
                span: value.span(),
                pointer: self.place(),
                runner,
            };
            self.conversation.calls.push(call);
            if let Some(mark) = mark {
                self.leave(mark);
            }
        }
    }
}

/// The definition itself and the objects in it that may say the same.
fn layers<'t>(tool: Value<'t>) -> impl Iterator<Item = Value<'t>> {
    std::iter::once(tool).chain(folded(tool, INNER).map(|(_, inner)| inner))
}

fn names<'t>(tool: Value<'t>) -> Vec<&'t str> {
    // A server that is not strict about types takes a number for the name that its digits are.
    let name = |value: Value<'t>| value.text().or_else(|| (value.kind() == Kind::Number).then(|| value.raw()));
    let of_layer = |layer| folded(layer, &["name"]).filter_map(move |(_, value)| name(value));
    let mut names: Vec<&str> = layers(tool).flat_map(of_layer).collect();
    if names.is_empty() {
        names.extend(folded(tool, &["type"]).filter_map(|(_, kind)| kind.text()));
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn schemas(tool: Value<'_>) -> Vec<Range<usize>> {
    let of_layer = |layer| folded(layer, &["input_schema", "parameters"]).map(|(_, schema)| schema);
    let can_bind = |schema: &Value<'_>| matches!(schema.kind(), Kind::Object | Kind::True | Kind::False);
    layers(tool).flat_map(of_layer).filter(can_bind).map(Value::span).collect()
}

fn description(tool: Value<'_>) -> Option<&str> {
    layers(tool).flat_map(|layer| folded(layer, &["description"])).find_map(|(_, text)| text.text())
}
