//! `POST /v1/chat/completions`, also as Azure, vLLM, Ollama, OpenRouter and others serve it.

use crate::denial::{self, Denial};
use crate::error::ReadError;
use crate::events::{Flow, Head, flow_by_place};
use crate::gather::{Done, Gather};
use crate::progress::Progress;
use crate::strict_json::{Kind, Value};
use crate::table::Dialect;
use crate::{recognise, strict_json, types};
use gnomon_types::code::Code;
use gnomon_types::conversation::{Conversation, DialectName, Role, Usage};

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::OpenaiChat,
    matches: |method, path| method == "POST" && recognise::ends_with(path, "/chat/completions"),
    read,
    model: |data| data.get_text("model"),
    usage,
    flow,
    closes: |_| None,
    is_last: |data| data.get("error").is_some_and(|error| error.kind() == Kind::Object),
    denial: denial::openai,
    stream_start: Vec::new,
    stream_denial,
};

/// Fields whose meaning decides how the request is judged.
const KNOWN: &[&str] = &["function_call", "functions", "messages", "model", "n", "stream", "tool_choice", "tools"];

/// Fields of a streamed delta that come whole, once.
const WHOLE: &[&str] = &["id", "name", "role", "title", "type", "url"];

fn read(body: &[u8], _content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let tree = strict_json::parse(body)?;
    let mut gather = Gather::new(DialectName::OpenaiChat);
    let root = tree.root();
    gather.fields(root, Role::User, |gather, key, value| match key {
        "model" => gather.model(value),
        "stream" => gather.stream(value),
        "messages" => gather.items(value, message),
        "tools" | "functions" => gather.tools(value),
        _ => gather.field(key, value, Role::User),
    })?;
    gather.refuse_look_alikes(root, KNOWN)?;
    if root.get("messages").is_none() {
        return Err(gather.missing(root, "messages"));
    }
    types::check(DialectName::OpenaiChat, root)?;
    Ok(gather.conversation)
}

fn message(gather: &mut Gather, message: Value<'_>) -> Done {
    gather.refuse_look_alikes_of_message(message)?;
    for calls in ["tool_calls", "function_call"].iter().filter_map(|key| message.get(key)) {
        gather.refuse_look_alikes_of_calls(calls)?;
    }
    let role = role_of(gather, message)?;
    // What is not the message's own text is the caller's, unless the message comes from a tool.
    let other = if role == Role::Tool { Role::Tool } else { Role::User };
    gather.fields(message, other, |gather, key, value| match key {
        "content" => content(gather, value, role),
        "refusal" | "reasoning" | "reasoning_content" if value.kind() == Kind::String => gather.text(value, role),
        "tool_calls" | "function_call" => {
            gather.chat_calls(value);
            gather.field(key, value, role)
        }
        "audio" => gather.field(key, value, role),
        "role" => gather.field(key, value, Role::User),
        _ => gather.field(key, value, other),
    })
}

/// Whose words a message holds: the trust of everything in it follows from this.
pub(crate) fn role_of(gather: &mut Gather, message: Value<'_>) -> Result<Role, ReadError> {
    let Some(role) = message.get("role") else {
        return Ok(Role::User);
    };
    let mark = gather.enter("role");
    let word = role.text().ok_or_else(|| gather.wrong(role, "a string"))?;
    gather.leave(mark);
    Ok(Role::from_word(word))
}

/// Content: null, a string, or a list of parts.
pub(crate) fn content(gather: &mut Gather, value: Value<'_>, role: Role) -> Done {
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
        "text" | "refusal" => gather.text(value, role),
        "image_url" | "input_audio" | "audio_url" | "video_url" | "file" => gather.media(value, role),
        _ => gather.field(key, value, role),
    })
}

/// Token counts as the chat and embeddings APIs report them.
pub(crate) fn usage(data: Value<'_>) -> Option<Usage> {
    let usage = data.get("usage")?;
    let input = usage.get("prompt_tokens")?.whole_number()?;
    let output = usage.get("completion_tokens").and_then(Value::whole_number).unwrap_or(0);
    Some(Usage { input_tokens: input, output_tokens: output })
}

fn flow(_head: &Head, path: &str, key: &str) -> Flow {
    let Some((_, inner)) = path.strip_prefix("/choices/").and_then(|rest| rest.split_once('/')) else {
        return Flow::Whole;
    };
    if inner.starts_with("logprobs/") {
        return Flow::Repeat;
    }
    if inner.starts_with("delta/") && !WHOLE.contains(&key) { flow_by_place(path) } else { Flow::Whole }
}

/// A denied stream ends with the finish reason that the API has for it, and tells the reader why in the text. Any
/// other failure is an error object, which the SDKs raise: it must not look like an answer that came to its end.
fn stream_denial(denied: &Denial<'_>, progress: &Progress) -> Vec<u8> {
    if denied.code != Code::Denied {
        return denial::openai_stream_error(denied, progress);
    }
    let note = format!("\n\n[{}]", denied.full_message());
    let choice = |index: &u64| {
        serde_json::json!({
            "index": index, "delta": { "content": note }, "logprobs": null, "finish_reason": "content_filter",
        })
    };
    let mut choices: Vec<serde_json::Value> = progress.open_choices.iter().map(choice).collect();
    if choices.is_empty() {
        choices.push(choice(&0));
    }
    let chunk = serde_json::json!({
        "id": progress.id.as_deref().unwrap_or("chatcmpl-gnomon"), "object": "chat.completion.chunk",
        "created": progress.created, "model": progress.model.as_deref().unwrap_or("gnomon"), "choices": choices,
    });
    format!("data: {chunk}\n\ndata: [DONE]\n\n").into_bytes()
}
