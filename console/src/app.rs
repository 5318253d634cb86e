//! What every handler has at hand.

use crate::auth::limiter::Limiter;
use crate::event::ConsoleEvent;
use crate::parts::ConsoleParts;
use gnomon_types::time::Timestamp;
use std::ops::Deref;
use std::sync::Arc;

/// The parts of the console, shared by all requests.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) parts: ConsoleParts,
    pub(crate) limiter: Limiter,
}

impl App {
    pub(crate) fn new(parts: ConsoleParts) -> Self {
        Self(Arc::new(Inner { parts, limiter: Limiter::default() }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Tells open pages. Nobody listening is fine.
    pub(crate) fn tell(&self, event: ConsoleEvent) {
        let _ = self.parts.events.send(event);
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
