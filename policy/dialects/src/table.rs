//! The table of dialects: what each must tell, and one line for each.
//!
//! To add an API: a name in `gnomon_types::conversation::DialectName`, one file, one line in [`TABLE`] and one in `of`.

use crate::denial::{Denial, Rendered};
use crate::error::ReadError;
use crate::events::{Flow, Head};
use crate::progress::Progress;
use crate::strict_json::Value;
use crate::{anthropic, mcp, models, opaque, openai_chat, openai_embeddings, openai_responses};
use gnomon_types::conversation::{Conversation, DialectName, Usage};

/// One API's shape.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) name: DialectName,
    /// Whether a request by method and path is for this API. The first match in the table counts.
    pub(crate) matches: fn(method: &str, path: &str) -> bool,
    /// Reads a request; the second argument is its content type.
    pub(crate) read: fn(&[u8], Option<&str>) -> Result<Conversation, ReadError>,
    /// The model that an answer or an event names.
    pub(crate) model: for<'t> fn(Value<'t>) -> Option<&'t str>,
    /// The tokens that an answer or an event reports.
    pub(crate) usage: fn(Value<'_>) -> Option<Usage>,
    /// How a string of an event, by its path and its key, relates to those of other events.
    pub(crate) flow: fn(&Head, path: &str, key: &str) -> Flow,
    /// The beginning of the names of the channels that an event ends.
    pub(crate) closes: fn(&Head) -> Option<String>,
    /// Whether an event ends the stream.
    pub(crate) is_last: fn(Value<'_>) -> bool,
    /// A denial as the answer to a request.
    pub(crate) denial: fn(&Denial<'_>) -> Rendered,
    /// What must come before a denial in a stream of which nothing was sent.
    pub(crate) stream_start: fn() -> Vec<u8>,
    /// A denial as the end of a stream that has come so far.
    pub(crate) stream_denial: fn(&Denial<'_>, &Progress) -> Vec<u8>,
}

/// Every dialect, in the order in which paths are tried. `Opaque` matches everything and stands last.
pub(crate) static TABLE: [&Dialect; 7] = [
    &openai_chat::DIALECT,
    &openai_responses::DIALECT,
    &openai_embeddings::DIALECT,
    &anthropic::DIALECT,
    &mcp::DIALECT,
    &models::DIALECT,
    &opaque::DIALECT,
];

/// The dialect of that name.
pub(crate) fn of(name: DialectName) -> &'static Dialect {
    match name {
        DialectName::OpenaiChat => &openai_chat::DIALECT,
        DialectName::OpenaiResponses => &openai_responses::DIALECT,
        DialectName::OpenaiEmbeddings => &openai_embeddings::DIALECT,
        DialectName::AnthropicMessages => &anthropic::DIALECT,
        DialectName::Mcp => &mcp::DIALECT,
        DialectName::Models => &models::DIALECT,
        DialectName::Opaque => &opaque::DIALECT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_itself() {
        for dialect in TABLE {
            assert_eq!(of(dialect.name).name, dialect.name);
        }
    }
}
