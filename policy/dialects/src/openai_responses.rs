//! `POST /v1/responses` and `/v1/responses/compact`.

use crate::denial::{self, Denial};
use crate::error::ReadError;
use crate::events::{Flow, Head};
use crate::gather::{Done, Gather};
use crate::openai_chat::role_of;
use crate::progress::Progress;
use crate::strict_json::{Kind, Value};
use crate::table::Dialect;
use crate::{blob, recognise, strict_json, types};
use gnomon_types::code::Code;
use gnomon_types::conversation::{Conversation, DialectName, Role, Usage};

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::OpenaiResponses,
    matches: |method, path| {
        let is_path = ["/responses", "/responses/compact"].iter().any(|end| recognise::ends_with(path, end));
        method == "POST" && is_path
    },
    read,
    model: |data| data.get("response").unwrap_or(data).get_text("model"),
    usage,
    flow,
    closes,
    is_last,
    denial: denial::openai,
    stream_start,
    stream_denial,
};

/// Fields whose meaning decides how the request is judged.
const KNOWN: &[&str] = &[
    "conversation",
    "input",
    "instructions",
    "model",
    "previous_response_id",
    "prompt",
    "stream",
    "text",
    "tool_choice",
    "tools",
];

/// Fields that name what the provider keeps and the model reads too.
const STORED: [&str; 3] = ["conversation", "previous_response_id", "prompt"];

/// Events whose texts are read one after the other, whichever part of the answer they belong to.
const READ_AS_ONE: &[&str] = &[
    "response.output_text.delta",
    "response.reasoning_summary_text.delta",
    "response.reasoning_text.delta",
    "response.refusal.delta",
];

fn read(body: &[u8], _content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let tree = strict_json::parse(body)?;
    let mut gather = Gather::new(DialectName::OpenaiResponses);
    let root = tree.root();
    gather.fields(root, Role::User, |gather, key, value| match key {
        // To compact a conversation needs no model.
        "model" if value.kind() != Kind::Null => gather.model(value),
        "stream" => gather.stream(value),
        "instructions" => instructions(gather, value),
        "input" => input(gather, value),
        "tools" => gather.tools(value),
        _ => gather.field(key, value, Role::User),
    })?;
    gather.refuse_look_alikes(root, KNOWN)?;
    types::check(DialectName::OpenaiResponses, root)?;
    let is_given = |key: &&str| root.get(key).is_some_and(|value| value.kind() != Kind::Null);
    gather.conversation.unseen_history |= STORED.iter().any(is_given);
    Ok(gather.conversation)
}

fn instructions(gather: &mut Gather, value: Value<'_>) -> Done {
    match value.kind() {
        Kind::Null => Ok(()),
        Kind::String => gather.text(value, Role::System),
        Kind::Array => gather.items(value, item),
        _ => Err(gather.wrong(value, "a string or an array of items")),
    }
}

fn input(gather: &mut Gather, value: Value<'_>) -> Done {
    match value.kind() {
        Kind::Null => Ok(()),
        Kind::String => gather.text(value, Role::User),
        Kind::Array => gather.items(value, item),
        _ => Err(gather.wrong(value, "a string or an array of items")),
    }
}

fn item(gather: &mut Gather, item: Value<'_>) -> Done {
    gather.refuse_look_alikes_of_message(item)?;
    let role = item_role(gather, item)?;
    gather.item_call(item);
    gather.conversation.unseen_history |= item.get_text("type") == Some("item_reference");
    gather.fields(item, role, |gather, key, value| match key {
        "content" => content(gather, value, role),
        // What came back from a tool, whoever called it.
        "output" | "outputs" | "results" | "error" => result(gather, value),
        "tools" => gather.tools(value),
        "encrypted_content" => gather.sealed(key, value, role),
        // A picture that was made.
        "result" if value.text().is_some_and(blob::is_blob) => {
            gather.skip();
            Ok(())
        }
        "result" => gather.everything(value, Role::Tool),
        _ => gather.field(key, value, role),
    })
}

fn item_role(gather: &mut Gather, item: Value<'_>) -> Result<Role, ReadError> {
    let Some(kind) = item.get_text("type") else {
        return role_of(gather, item);
    };
    Ok(match kind {
        "message" => role_of(gather, item)?,
        "mcp_list_tools" => Role::Tool,
        kind if kind.ends_with("_output") => Role::Tool,
        kind if kind.ends_with("_call") || kind == "reasoning" => Role::Assistant,
        _ => Role::User,
    })
}

fn result(gather: &mut Gather, value: Value<'_>) -> Done {
    match value.kind() {
        Kind::Array => gather.items(value, |gather, part| match part.kind() {
            Kind::Object => content_part(gather, part, Role::Tool),
            _ => gather.everything(part, Role::Tool),
        }),
        // A screenshot of a computer tool.
        Kind::Object => content_part(gather, value, Role::Tool),
        _ => gather.everything(value, Role::Tool),
    }
}

fn content(gather: &mut Gather, value: Value<'_>, role: Role) -> Done {
    match value.kind() {
        Kind::Null => Ok(()),
        Kind::String => gather.text(value, role),
        Kind::Array => gather.items(value, |gather, part| content_part(gather, part, role)),
        _ => Err(gather.wrong(value, "a string or an array of content parts")),
    }
}

fn content_part(gather: &mut Gather, part: Value<'_>, role: Role) -> Done {
    gather.refuse_look_alikes_of_message(part)?;
    gather.fields(part, role, |gather, key, value| match key {
        "text" | "refusal" if value.kind() != Kind::Null => gather.text(value, role),
        "image_url" | "file_data" | "input_audio" | "file_url" => gather.media(value, role),
        _ => gather.field(key, value, role),
    })
}

fn usage(data: Value<'_>) -> Option<Usage> {
    let usage = data.get("response").unwrap_or(data).get("usage")?;
    let input = usage.get("input_tokens")?.whole_number()?;
    Some(Usage { input_tokens: input, output_tokens: usage.get("output_tokens")?.whole_number()? })
}

/// Only the `delta` of a delta event goes on; every other string of every event is whole. The events that end a text,
/// a part, an item or the response say all of it again.
fn flow(head: &Head, path: &str, _key: &str) -> Flow {
    let is_delta = head.kind.ends_with(".delta");
    if is_delta && path == "/delta" {
        let name = format!("{}{}", head.kind, head.indexes);
        // The SDKs put together what all parts of all items say.
        let is_said = READ_AS_ONE.contains(&head.kind.as_str());
        return if is_said { Flow::Block { name, message: head.kind.clone() } } else { Flow::Channel(name) };
    }
    let sums_up = is_delta || head.kind.ends_with(".done") || head.kind == "response.completed";
    if sums_up { Flow::Repeat } else { Flow::Whole }
}

/// `response.output_text.done` ends the channel of `response.output_text.delta` with the same indexes.
fn closes(head: &Head) -> Option<String> {
    head.kind.strip_suffix(".done").map(|stem| format!("{stem}.delta{}", head.indexes))
}

fn is_last(data: Value<'_>) -> bool {
    matches!(
        data.get_text("type"),
        Some("response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" | "error")
    )
}

/// The SDKs' stream helpers want `response.created` before anything else.
fn stream_start() -> Vec<u8> {
    event("response.created", &Progress::default(), "in_progress", &serde_json::Value::Null)
}

/// A failed response. Of the codes that the official SDK knows, `invalid_prompt` is the one after which agents stop
/// and show the message; after others they send the same request again.
fn stream_denial(denied: &Denial<'_>, progress: &Progress) -> Vec<u8> {
    let code = match denied.code {
        Code::UpstreamUnreachable | Code::UpstreamTimeout | Code::Internal => "server_error",
        _ => "invalid_prompt",
    };
    let error = serde_json::json!({ "code": code, "message": denied.full_message() });
    event("response.failed", progress, "failed", &error)
}

fn event(kind: &str, progress: &Progress, status: &str, error: &serde_json::Value) -> Vec<u8> {
    let response = serde_json::json!({
        "id": progress.id.as_deref().unwrap_or("resp_gnomon"), "object": "response", "created_at": progress.created,
        "status": status, "error": error, "incomplete_details": null, "instructions": null, "metadata": {},
        "model": progress.model.as_deref().unwrap_or("gnomon"), "output": [], "parallel_tool_calls": false,
        "temperature": null, "tool_choice": "auto", "tools": [], "top_p": null,
    });
    let data = serde_json::json!({ "type": kind, "sequence_number": progress.sequence, "response": response });
    format!("event: {kind}\ndata: {data}\n\n").into_bytes()
}
