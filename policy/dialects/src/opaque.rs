//! Any other path: whatever text its body holds is inspected, without knowing what it means.

use crate::error::{Mistake, ReadError};
use crate::events::{Flow, Head, flow_by_place};
use crate::gather::{Gather, PARTS_MAX};
use crate::strict_json::{Kind, Tree, json_string};
use crate::table::Dialect;
use crate::{denial, openai_chat, strict_json, wide};
use gnomon_types::conversation::{Conversation, DialectName, Role, ToolDefinition};
use std::ops::Range;

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::Opaque,
    matches: |_, _| true,
    read,
    model: |data| data.get_text("model"),
    usage: openai_chat::usage,
    flow,
    closes: |_| None,
    is_last: |_| false,
    denial: denial::both,
    stream_start: Vec::new,
    stream_denial: denial::openai_stream_error,
};

/// Shorter runs of text between binary bytes are noise.
const RUN_BYTES_MIN: usize = 16;

/// Fields of streamed events that go on in the next event, as known APIs call them.
const GOING_ON: &[&str] = &[
    "arguments",
    "completion",
    "content",
    "delta",
    "generated_text",
    "output",
    "partial_json",
    "reasoning",
    "response",
    "text",
    "thinking",
    "token",
    "transcript",
];

pub(crate) fn read(body: &[u8], content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let mut gather = Gather::new(DialectName::Opaque);
    match json(body) {
        Ok(tree) => read_json(&mut gather, &tree)?,
        Err(_) if body.is_empty() => {}
        Err(error) if declares_json(content_type) => return Err(error),
        Err(error) => {
            if begins_like_json(body) {
                read_lines(&mut gather, body, error)?;
            }
            read_text(&mut gather, body, Role::User)?;
        }
    }
    Ok(gather.conversation)
}

/// Whether a server that takes a body for JSON, whatever its type says, would begin to read this one as such. Some skip
/// byte order marks, and some guess wide characters by the zero bytes before the first.
fn begins_like_json(body: &[u8]) -> bool {
    let is_skipped = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF);
    matches!(body.iter().find(|byte| !is_skipped(byte)), Some(b'{' | b'['))
}

/// What begins like JSON must have one reading: lines of strict JSON, or else the body is refused for why it is not one
/// document. The lines are inspected as one text; only their tools are known by name.
fn read_lines(gather: &mut Gather, body: &[u8], not_one: ReadError) -> Result<(), ReadError> {
    let mut next = 0_usize;
    for line in body.split(|byte| *byte == b'\n') {
        let start = next;
        next = start.saturating_add(line.len()).saturating_add(1);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Ok(tree) = json(line) else { return Err(not_one) };
        let mut alone = Gather::new(DialectName::Opaque);
        read_json(&mut alone, &tree)?;
        // Of the line they are told by their place in it.
        let in_body = |span: Range<usize>| span.start.saturating_add(start)..span.end.saturating_add(start);
        gather.conversation.tools.extend(alone.conversation.tools.into_iter().map(|tool| ToolDefinition {
            span: in_body(tool.span),
            schema: tool.schema.map(in_body),
            ..tool
        }));
        let conversation = &mut gather.conversation;
        conversation.model = conversation.model.take().or(alone.conversation.model);
    }
    Ok(())
}

/// The body as JSON, if it is a JSON object, array or string. `rewrite` asks the same, so that both agree.
pub(crate) fn json(body: &[u8]) -> Result<Tree<'_>, ReadError> {
    let tree = strict_json::parse(body)?;
    match tree.root().kind() {
        Kind::Object | Kind::Array | Kind::String => Ok(tree),
        _ => {
            let message = "expected an object, an array or a string".to_owned();
            Err(ReadError { offset: 0, pointer: String::new(), message, mistake: Mistake::Type })
        }
    }
}

fn declares_json(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn read_json(gather: &mut Gather, tree: &Tree<'_>) -> Result<(), ReadError> {
    let root = tree.root();
    gather.conversation.model = root.get_text("model").map(str::to_owned);
    gather.conversation.stream = root.get("stream").is_some_and(|stream| stream.kind() == Kind::True);
    gather.everything(root, Role::User)
}

/// Text as it is; of anything else, each stretch of valid UTF-8. What is not text is counted as one part.
pub(crate) fn read_text(gather: &mut Gather, body: &[u8], role: Role) -> Result<(), ReadError> {
    let mut has_binary = false;
    let mut offset = 0_usize;
    let is_text = std::str::from_utf8(body).is_ok();
    for chunk in body.utf8_chunks() {
        let (text, start) = (chunk.valid(), offset);
        let end = start.saturating_add(text.len());
        offset = end.saturating_add(chunk.invalid().len());
        has_binary |= !chunk.invalid().is_empty();
        if (is_text || text.len() >= RUN_BYTES_MIN) && gather.conversation.parts.len() < PARTS_MAX {
            add_run(gather, text, start, role)?;
        }
    }
    for (span, text) in wide::runs(body, RUN_BYTES_MIN) {
        gather.add(role, &text, span)?;
    }
    if has_binary {
        gather.skip();
    }
    Ok(())
}

/// A run that happens to be one JSON string is taken without its quotes: spans that begin with a quote are JSON.
fn add_run(gather: &mut Gather, text: &str, start: usize, role: Role) -> Result<(), ReadError> {
    let end = start.saturating_add(text.len());
    if json_string(text.as_bytes()).is_none() {
        return gather.add(role, text, start..end);
    }
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    gather.add(role, inner, start.saturating_add(1)..end.saturating_sub(1))
}

fn flow(_head: &Head, path: &str, key: &str) -> Flow {
    if GOING_ON.contains(&key) { flow_by_place(path) } else { Flow::Whole }
}
