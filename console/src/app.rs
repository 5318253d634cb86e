//! What every handler has at hand.

use crate::auth::limiter::Limiter;
use crate::event::ConsoleEvent;
use crate::parts::ConsoleParts;
use gnomon_types::time::Timestamp;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Passwords checked at the same time.
const CHECKS_MAX: usize = 4;

/// The parts of the console, shared by all requests.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) parts: ConsoleParts,
    pub(crate) limiter: Limiter,
    /// Places for checking passwords, which is slow on purpose. Without a free one the person waits a second.
    pub(crate) checking: Semaphore,
}

impl App {
    pub(crate) fn new(parts: ConsoleParts) -> Self {
        Self(Arc::new(Inner { parts, limiter: Limiter::default(), checking: Semaphore::new(CHECKS_MAX) }))
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
