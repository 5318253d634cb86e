//! What every handler has at hand.

use crate::auth::limiter::Limiter;
use crate::auth::places::Places;
use crate::event::ConsoleEvent;
use crate::parts::ConsoleParts;
use gnomon_types::time::Timestamp;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Logs taken in at the same time: each is a file on disk and a core at work.
const UPLOADS_MAX: usize = 2;

/// The parts of the console, shared by all requests.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) parts: ConsoleParts,
    pub(crate) limiter: Limiter,
    /// Places for checking passwords.
    pub(crate) checking: Places,
    /// Places for uploads.
    pub(crate) uploading: Semaphore,
}

impl App {
    pub(crate) fn new(parts: ConsoleParts) -> Self {
        let (limiter, checking) = (Limiter::default(), Places::default());
        Self(Arc::new(Inner { parts, limiter, checking, uploading: Semaphore::new(UPLOADS_MAX) }))
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
