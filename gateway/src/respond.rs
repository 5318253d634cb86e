//! Answers refusals: the one place where a denial or an error of the gateway is written, in the caller's dialect.

use crate::answer::has_events;
use crate::client::{Client, Gone};
use crate::headers::Stamp;
use crate::refusal::Refusal;
use bytes::Bytes;
use gnomon_dialects::{Denial, EventReader, denial, stream_denial, stream_start};
use gnomon_types::conversation::DialectName;
use http::header;
use pingora::http::ResponseHeader;

/// How far the answer has come.
pub(crate) enum Progress<'a> {
    /// Nothing of an answer, except perhaps a head and comments of our own.
    Fresh,
    /// Events of the upstream went out; the reader knows what they told.
    Begun(&'a EventReader),
}

/// Tells the client why it gets no answer, or no more of it.
pub(crate) async fn refuse(
    client: &mut Client,
    dialect: DialectName,
    refusal: &Refusal,
    stamp: &Stamp,
    progress: Progress<'_>,
) -> Result<(), Gone> {
    let messages = client.messages.clone();
    let denial_of = Denial {
        messages: messages.as_ref(),
        code: refusal.code,
        message: &refusal.message,
        place: refusal.place.as_deref(),
        decision: stamp.decision.as_str(),
        approval: refusal.approval.as_ref().map(gnomon_types::ids::ApprovalId::as_str),
    };
    if client.started() {
        return end_stream(client, dialect, &denial_of, progress).await;
    }
    if refusal.close {
        crate::body::discard(client).await;
        client.close_after();
    }
    let rendered = denial(dialect, &denial_of);
    let mut head = ResponseHeader::build(rendered.status, Some(6)).map_err(|_| Gone)?;
    head.insert_header(header::CONTENT_TYPE, rendered.content_type).map_err(|_| Gone)?;
    head.insert_header(header::CONTENT_LENGTH, rendered.body.len()).map_err(|_| Gone)?;
    // The official SDKs obey this whatever the status is.
    head.insert_header("x-should-retry", "false").map_err(|_| Gone)?;
    stamp.mark(&mut head).map_err(|_| Gone)?;
    let body = if client.wants_head_only() { Bytes::new() } else { Bytes::from(rendered.body) };
    client.head(head).await?;
    client.body(body).await?;
    client.end().await
}

async fn end_stream(
    client: &mut Client,
    dialect: DialectName,
    denial: &Denial<'_>,
    progress: Progress<'_>,
) -> Result<(), Gone> {
    if !has_events(dialect) {
        client.break_off().await;
        return Err(Gone);
    }
    let last = match progress {
        Progress::Fresh => [stream_start(dialect), stream_denial(dialect, denial)].concat(),
        Progress::Begun(stream) => stream.denial(denial),
    };
    client.body(Bytes::from(last)).await?;
    client.end().await
}

/// Begins an event stream of our own, on which a held request waits.
pub(crate) async fn begin_stream(client: &mut Client, stamp: &Stamp) -> Result<(), Gone> {
    let mut head = ResponseHeader::build(200, Some(6)).map_err(|_| Gone)?;
    head.insert_header(header::CONTENT_TYPE, "text/event-stream; charset=utf-8").map_err(|_| Gone)?;
    head.insert_header(header::CACHE_CONTROL, "no-cache").map_err(|_| Gone)?;
    stamp.mark(&mut head).map_err(|_| Gone)?;
    client.head(head).await
}
