//! Ways out. A transport sends events and says what became of them; when and how often is the worker's business.

pub(crate) mod file;
pub(crate) mod http;

use crate::format::cloudevents::CloudEvent;
use std::time::Duration;

/// Why events did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SendError {
    /// The sink takes other events but not these: sending them again as they are will not help.
    Refused(String),
    /// The sink is away, busy or set up wrongly: everything waits, nothing is lost.
    Away {
        reason: String,
        /// When the sink asked to come back.
        retry_after: Option<Duration>,
    },
}

impl SendError {
    pub(crate) fn away(reason: impl ToString) -> Self {
        Self::Away { reason: reason.to_string(), retry_after: None }
    }
}

/// One way out.
pub(crate) trait Transport: Send {
    /// Sends events in their order. `Ok` means that every one of them is with the sink.
    fn send(&mut self, events: &[CloudEvent]) -> impl Future<Output = Result<(), SendError>> + Send;
}
