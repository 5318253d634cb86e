//! Live events as a stream (SSE).
//!
//! A reader that is too slow loses events, never delays others; it is told by a `lagged` event and reads its lists
//! again. Events hold ids only. The stream ends with its session: that is looked at before every keep-alive.

use crate::app::App;
use crate::auth::session;
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::{Stream, StreamExt as _};
use gnomon_inventory::Inventory;
use http::HeaderMap;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Time between two keep-alives.
const PERIOD: Duration = Duration::from_secs(15);

/// `GET /api/v1/events`
pub(crate) async fn stream(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ConsoleError> {
    let (token, _) = session::token(&headers).ok_or(ConsoleError::NotSignedIn)?;
    let hello =
        futures_util::stream::once(async { Event::default().comment("events follow").retry(Duration::from_secs(2)) });
    let told = told(app.parts.events.subscribe(), app.parts.inventory.clone(), token, PERIOD);
    Ok(Sse::new(hello.chain(told).map(Ok)))
}

struct Told {
    events: Receiver<ConsoleEvent>,
    inventory: Inventory,
    token: String,
    period: Interval,
}

fn told(
    events: Receiver<ConsoleEvent>,
    inventory: Inventory,
    token: String,
    period: Duration,
) -> impl Stream<Item = Event> {
    let mut period = interval_at(Instant::now() + period, period);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let told = Told { events, inventory, token, period };
    futures_util::stream::unfold(told, |mut told| async move {
        let event = tokio::select! {
            event = told.events.recv() => match event {
                Ok(event) => Event::default().event(event.name()).json_data(&event).unwrap_or_default(),
                Err(RecvError::Lagged(missed)) => Event::default().event("lagged").data(missed.to_string()),
                Err(RecvError::Closed) => return None,
            },
            _ = told.period.tick() => match told.inventory.session(&told.token).await {
                Ok(None) => return None,
                // While the record is away nobody can tell; the next look decides.
                Ok(Some(_)) | Err(_) => Event::default().comment(""),
            },
        };
        Some((event, told))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;

    use gnomon_inventory::Role;

    #[tokio::test]
    async fn the_stream_ends_with_its_session() {
        let bench = Bench::start().await;
        let person = bench.sign_in(Role::Auditor).await;
        let stream = told(bench.events.subscribe(), bench.inventory.clone(), person.token, Duration::from_millis(20));
        let mut stream = std::pin::pin!(stream);
        bench.events.send(ConsoleEvent::Import { file: "proxy.log".to_owned() }).unwrap();
        assert!(stream.next().await.is_some(), "an event is told");
        assert!(stream.next().await.is_some(), "the session lives");
        bench.inventory.end_sessions("admin", "auditor").await.unwrap();
        let rest = tokio::time::timeout(Duration::from_secs(10), stream.count()).await;
        assert!(rest.unwrap() < 10, "the stream goes on without its session");
    }
}
