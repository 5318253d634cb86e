//! `GET /v1/models` and `/v1/models/ID`, in both providers' shapes. There is no body to judge.

use crate::error::ReadError;
use crate::events::Flow;
use crate::table::Dialect;
use crate::{denial, opaque, recognise};
use gnomon_types::conversation::{Conversation, DialectName};

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::Models,
    matches,
    read,
    model: |_| None,
    usage: |_| None,
    flow: |_, _, _| Flow::Whole,
    closes: |_| None,
    is_last: |_| false,
    denial: denial::both,
    stream_start: Vec::new,
    stream_denial: denial::openai_stream_error,
};

fn matches(method: &str, path: &str) -> bool {
    let is_one =
        path.rsplit_once('/').is_some_and(|(list, id)| !id.is_empty() && recognise::ends_with(list, "/v1/models"));
    matches!(method, "GET" | "HEAD") && (recognise::ends_with(path, "/models") || is_one)
}

/// A body is unusual here, and is inspected like that of an unknown API.
fn read(body: &[u8], content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let mut conversation = opaque::read(body, content_type)?;
    conversation.dialect = DialectName::Models;
    Ok(conversation)
}
