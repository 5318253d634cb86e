//! Every API's shape: bytes to a conversation and back, answers and their streams, denials.
//!
//! Pure: no clock, no socket, no log. One file per dialect, one line in `table`; `strict_json` gives the only reading
//! of a body that this product accepts.
//!
//! - [`recognise`] tells the API by method and path, [`read`] gives its texts with their spans, [`rewrite`] replaces
//!   some of them and leaves every other byte as it is.
//! - [`read_answer`] and [`EventReader`] give the texts of an answer, [`rewrite`] and [`rewrite_event`] replace some.
//! - [`denial`], [`stream_start`] and [`stream_denial`] say no in the caller's own dialect.
//!
//! INVARIANT: each string that can carry text is a part or a delta, known field or not. What is no text (pictures,
//! sealed reasoning, token numbers) is counted.

mod answer;
mod anthropic;
mod blob;
mod calls;
mod channels;
mod charset;
mod denial;
mod error;
mod events;
mod gather;
mod label;
mod mcp;
mod models;
mod opaque;
mod openai_chat;
mod openai_embeddings;
mod openai_responses;
mod pointer;
mod progress;
mod recognise;
mod rewrite;
mod sse;
mod strict_json;
mod table;
mod tools;
mod types;
mod wide;

pub use answer::{Answer, is_declared, read_answer};
pub use denial::{Denial, Rendered};
pub use error::{EventError, Mistake, ReadError};
pub use events::{CHANNELS_MAX, Delta, Event, EventReader};
pub use mcp::{Declared, Messages, messages, without_ids};
pub use recognise::recognise;
pub use rewrite::{Edit, rewrite, rewrite_event};

use gnomon_types::conversation::{Conversation, DialectName};

/// Reads a request body.
///
/// # Errors
/// [`ReadError`] when the body is not one strict JSON document of the dialect's types, or is announced in an encoding in
/// which its bytes mean something else than they mean here.
pub fn read(dialect: DialectName, body: &[u8], content_type: Option<&str>) -> Result<Conversation, ReadError> {
    charset::check(content_type)?;
    (table::of(dialect).read)(body, content_type)
}

/// Whether a text is one JSON document that every parser understands alike. The arguments of a tool call travel as such a
/// text within the body.
#[must_use]
pub fn has_one_reading(json: &str) -> bool {
    strict_json::parse(json.as_bytes()).is_ok()
}

/// A denial as the answer to a request.
#[must_use]
pub fn denial(dialect: DialectName, denial: &Denial<'_>) -> Rendered {
    (table::of(dialect).denial)(denial)
}

/// What must come before [`stream_denial`] in a stream of which no event of the upstream was sent. May be empty.
#[must_use]
pub fn stream_start(dialect: DialectName) -> Vec<u8> {
    (table::of(dialect).stream_start)()
}

/// The last events of a stream of which no event of the upstream was sent. A denial by policy ends it as the dialect
/// ends filtered answers; any other code ends it with an error. A stream that runs is ended by [`EventReader::denial`].
#[must_use]
pub fn stream_denial(dialect: DialectName, denial: &Denial<'_>) -> Vec<u8> {
    (table::of(dialect).stream_denial)(denial, &progress::Progress::default())
}
