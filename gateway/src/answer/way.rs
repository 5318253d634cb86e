//! How an answer is read: as events, lines, a whole document or plain text.

use super::Halt;
use crate::exchange::Answer;
use crate::head;
use gnomon_types::conversation::DialectName;

/// The ways of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Bare,
    Events,
    Lines,
    Whole,
    Plain,
}

/// Which way the answer goes.
pub(super) fn way(dialect: DialectName, answer: &Answer, head_only: bool) -> Result<Way, Halt> {
    let head = answer.head();
    if head_only || matches!(head.status.as_u16(), 204 | 304) {
        return Ok(Way::Bare);
    }
    let content_type = head::text(&head.headers, "content-type").unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match dialect {
        // A list of models is the upstream's own text, and is looked at like the answers of an unknown API.
        DialectName::Models | DialectName::Opaque if is_encoded(answer) => Ok(Way::Plain),
        DialectName::Models | DialectName::Opaque => Ok(way_by_type(&content_type)),
        _ if is_encoded(answer) => Err(Halt::Unusable(
            "the upstream compressed its answer although asked not to: it cannot be inspected".to_owned(),
        )),
        DialectName::OpenaiChat
        | DialectName::OpenaiResponses
        | DialectName::OpenaiEmbeddings
        | DialectName::AnthropicMessages
        | DialectName::Mcp => Ok(if content_type == "text/event-stream" { Way::Events } else { Way::Whole }),
    }
}

/// How an answer of an unknown API is read. Text that comes in events or lines must be put together before it can be
/// scanned, and JSON must be unescaped.
fn way_by_type(content_type: &str) -> Way {
    match content_type {
        "text/event-stream" => Way::Events,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => Way::Lines,
        json if json == "application/json" || json.ends_with("+json") => Way::Whole,
        _ => Way::Plain,
    }
}

/// Whether the upstream compressed the answer.
pub(super) fn is_encoded(answer: &Answer) -> bool {
    answer.head().headers.get_all(http::header::CONTENT_ENCODING).iter().any(head::is_coding)
}

/// Whether the dialect has streams with a last event of their own.
pub(crate) fn has_events(dialect: DialectName) -> bool {
    match dialect {
        DialectName::OpenaiChat | DialectName::OpenaiResponses | DialectName::AnthropicMessages | DialectName::Mcp => {
            true
        }
        DialectName::OpenaiEmbeddings | DialectName::Models | DialectName::Opaque => false,
    }
}
