//! `POST /v1/messages` and `/v1/messages/count_tokens`.

use crate::denial::{self, Denial};
use crate::error::ReadError;
use crate::events::{Flow, Head};
use crate::gather::{Done, Gather};
use crate::openai_chat::role_of;
use crate::progress::Progress;
use crate::strict_json::{Kind, Value};
use crate::table::Dialect;
use crate::{recognise, strict_json, types};
use gnomon_types::conversation::{Conversation, DialectName, Role, Usage};

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::AnthropicMessages,
    matches,
    read,
    model: |data| data.get("message").unwrap_or(data).get_text("model"),
    usage,
    flow,
    closes,
    is_last: |data| matches!(data.get_text("type"), Some("message_stop" | "error")),
    denial: denial::anthropic,
    stream_start: Vec::new,
    stream_denial,
};

/// Fields whose meaning decides how the request is judged.
const KNOWN: &[&str] = &["mcp_servers", "messages", "model", "stream", "system", "tool_choice", "tools"];

/// `/v1/threads/ID/messages` of another API ends alike, so the version must stand before it.
fn matches(method: &str, path: &str) -> bool {
    let is_messages = ["/messages", "/messages/count_tokens"]
        .iter()
        .any(|end| path == *end || path.strip_suffix(end).is_some_and(|rest| recognise::ends_with(rest, "/v1")));
    method == "POST" && is_messages
}

fn read(body: &[u8], _content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let tree = strict_json::parse(body)?;
    let mut gather = Gather::new(DialectName::AnthropicMessages);
    let root = tree.root();
    gather.fields(root, Role::User, |gather, key, value| match key {
        "model" => gather.model(value),
        "stream" => gather.stream(value),
        "system" => content(gather, value, Role::System),
        "messages" => gather.items(value, message),
        "tools" => gather.tools(value),
        "mcp_servers" => gather.servers(value),
        _ => gather.field(key, value, Role::User),
    })?;
    gather.refuse_look_alikes(root, KNOWN)?;
    if root.get("messages").is_none() {
        return Err(gather.missing(root, "messages"));
    }
    types::check(DialectName::AnthropicMessages, root)?;
    Ok(gather.conversation)
}

fn message(gather: &mut Gather, message: Value<'_>) -> Done {
    gather.refuse_look_alikes_of_message(message)?;
    let role = role_of(gather, message)?;
    gather.fields(message, Role::User, |gather, key, value| match key {
        "content" => content(gather, value, role),
        _ => gather.field(key, value, Role::User),
    })
}

/// Content: a string, a list of blocks, or (in some results) one block.
fn content(gather: &mut Gather, value: Value<'_>, role: Role) -> Done {
    match value.kind() {
        Kind::Null => Ok(()),
        Kind::String => gather.text(value, role),
        Kind::Array => gather.items(value, |gather, item| block(gather, item, role)),
        Kind::Object => block(gather, value, role),
        _ => Err(gather.wrong(value, "a string or an array of content blocks")),
    }
}

fn block(gather: &mut Gather, block: Value<'_>, role: Role) -> Done {
    gather.refuse_look_alikes_of_message(block)?;
    let kind = block.get_text("type").unwrap_or_default();
    let role = block_role(kind, role);
    gather.block_call(block);
    gather.fields(block, role, |gather, key, value| match key {
        "text" | "thinking" if value.kind() != Kind::Null => gather.text(value, role),
        "content" => content(gather, value, role),
        "source" => source(gather, value, role),
        // The data of redacted thinking.
        "data" | "signature" | "encrypted_content" | "encrypted_index" | "encrypted_stdout" => {
            gather.sealed(key, value, role)
        }
        _ => gather.field(key, value, role),
    })
}

/// What a tool, a search or a file gave is not the user's, even though it stands in the user's message.
fn block_role(kind: &str, role: Role) -> Role {
    match kind {
        "document" | "search_result" | "container_upload" => Role::Tool,
        kind if kind.ends_with("_result") || kind.ends_with("_error") => Role::Tool,
        kind if kind.ends_with("tool_use") || kind.ends_with("thinking") => Role::Assistant,
        _ => role,
    }
}

/// The source of an image or document: text, blocks, or something that is not text.
fn source(gather: &mut Gather, value: Value<'_>, role: Role) -> Done {
    match value.get_text("type") {
        Some("text") => gather.fields(value, role, |gather, key, value| match key {
            "data" => gather.text(value, role),
            _ => gather.field(key, value, role),
        }),
        Some("content") => gather.fields(value, role, |gather, key, value| match key {
            "content" => content(gather, value, role),
            _ => gather.field(key, value, role),
        }),
        _ if value.kind() == Kind::Object => gather.media(value, role),
        // A search result's source is the address it came from.
        _ => gather.everything(value, role),
    }
}

/// Input counts cached tokens; a stream's start tells the input, its later events the output so far.
fn usage(data: Value<'_>) -> Option<Usage> {
    let usage = data.get("message").unwrap_or(data).get("usage")?;
    let count = |name: &str| usage.get(name).and_then(Value::whole_number);
    let cached = [count("cache_creation_input_tokens"), count("cache_read_input_tokens")];
    let cached = cached.into_iter().flatten().fold(0_u64, u64::saturating_add);
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    Some(Usage { input_tokens: input.unwrap_or(0).saturating_add(cached), output_tokens: output.unwrap_or(0) })
}

fn flow(head: &Head, path: &str, key: &str) -> Flow {
    let goes_on = match head.kind.as_str() {
        "content_block_start" => matches!(path, "/content_block/text" | "/content_block/thinking"),
        "content_block_delta" => matches!(path, "/delta/text" | "/delta/thinking" | "/delta/partial_json"),
        _ => false,
    };
    let name = format!("{}{key}", block_channels(head));
    match key {
        _ if !goes_on => Flow::Whole,
        "partial_json" => Flow::Channel(name),
        _ => Flow::Block { name, message: key.to_owned() },
    }
}

fn closes(head: &Head) -> Option<String> {
    (head.kind == "content_block_stop").then(|| block_channels(head))
}

fn block_channels(head: &Head) -> String {
    format!("block{}/", head.indexes)
}

/// An `error` event is valid anywhere in a stream; the SDKs raise it with its message.
fn stream_denial(denied: &Denial<'_>, _progress: &Progress) -> Vec<u8> {
    format!("event: error\ndata: {}\n\n", denial::anthropic_body(denied)).into_bytes()
}
