//! Live events as a stream (SSE).
//!
//! A reader that is too slow loses events, never delays others; it is told by a `lagged` event and reads its lists
//! again. Events hold ids only.

use crate::app::App;
use crate::error::ConsoleError;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// `GET /api/v1/events`
pub(crate) async fn stream(
    State(app): State<App>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ConsoleError> {
    let events = BroadcastStream::new(app.parts.events.subscribe());
    let hello = futures_util::stream::once(async {
        Ok(Event::default().comment("events follow").retry(Duration::from_secs(2)))
    });
    let told = events.map(|event| {
        Ok(match event {
            Ok(event) => Event::default().event(event.name()).json_data(&event).unwrap_or_default(),
            Err(BroadcastStreamRecvError::Lagged(missed)) => Event::default().event("lagged").data(missed.to_string()),
        })
    });
    Ok(Sse::new(hello.chain(told)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
