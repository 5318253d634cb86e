//! Writes to the evidence log, counted and timed, with what happens when it cannot be written.

use crate::client::Client;
use crate::live::{OnEvidenceFailure, Route};
use crate::metrics::{Count, Counters, Took};
use crate::refusal::{Refusal, Stop};
use gnomon_evidence::{AppendError, Log};
use gnomon_types::code::Code;
use gnomon_types::record::RecordBody;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause between two attempts to write while the log is down.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// How long one record may take to become durable. A disk that hangs gives no error.
const WRITE_TIME: Duration = Duration::from_secs(5);

/// How long an outcome is tried to be written. Its request is over; only the drain of a shutdown waits for it.
const OUTCOME_TIME: Duration = Duration::from_secs(30);

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// It is durable.
    Yes,
    /// The log is down.
    NotNow,
    /// It can never be written.
    Never,
}

/// The gateway's hand on the log.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) log: Log,
    pub(crate) counters: Arc<Counters>,
}

impl Ledger {
    /// Makes the intent of a request durable before anything of it leaves. While the log is down the request is denied
    /// or waits, as its route says.
    pub(crate) async fn intend(&self, client: &mut Client, route: &Route, body: RecordBody) -> Result<(), Stop> {
        let start = Instant::now();
        let (patience, again) = match route.on_evidence_failure {
            OnEvidenceFailure::Deny => (self.patience(), false),
            OnEvidenceFailure::Hold => (Duration::from_millis(route.hold_wait_ms), true),
        };
        let written = tokio::select! {
            biased;
            written = tokio::time::timeout(patience, self.append_until(body, again)) => written,
            () = client.gone() => return Err(Stop::Gone),
        };
        let message = "the evidence log cannot be written, so nothing was forwarded";
        let refusal = Refusal::new(Code::EvidenceUnavailable, "evidence-before-forwarding", message);
        match written {
            Ok(true) => {
                self.counters.took(Took::Evidence, start.elapsed());
                Ok(())
            }
            Ok(false) => Err(refusal.recorded().into()),
            // The record may become durable yet: that nothing was forwarded is recorded after it.
            Err(_) => {
                self.counters.count(Count::EvidenceFailure);
                tracing::warn!("the evidence log did not take a record in time");
                Err(refusal.into())
            }
        }
    }

    /// How long one record is waited for: not at all long once the log is known to hang.
    fn patience(&self) -> Duration {
        if self.log.health().writable { WRITE_TIME } else { RETRY_PAUSE }
    }

    /// Tries until the record is written, once or again and again.
    async fn append_until(&self, body: RecordBody, again: bool) -> bool {
        loop {
            match self.append(body.clone()).await {
                Written::Yes => return true,
                Written::NotNow if again => tokio::time::sleep(RETRY_PAUSE).await,
                Written::NotNow | Written::Never => return false,
            }
        }
    }

    /// Records that nothing is forwarded. When even that fails the denial still stands; the log records its own gap.
    pub(crate) async fn note(&self, body: RecordBody) {
        // What is queued when the time is over is written when the disk comes back.
        let _ = tokio::time::timeout(self.patience(), self.append(body)).await;
    }

    /// Leaves a record with a log that did not take the one before in time, and does not wait for it.
    pub(crate) async fn leave(&self, body: RecordBody) {
        let _ = tokio::time::timeout(RETRY_PAUSE, self.append(body)).await;
    }

    /// Writes what came of a request, trying again while the log is down; says whether it is written. An outcome that is
    /// lost shows as an intent without one.
    pub(crate) async fn settle(&self, body: RecordBody) -> bool {
        let written = matches!(tokio::time::timeout(OUTCOME_TIME, self.append_until(body, true)).await, Ok(true));
        if !written {
            self.counters.count(Count::OutcomeLost);
            tracing::error!("an outcome could not be written to the evidence log");
        }
        written
    }

    async fn append(&self, body: RecordBody) -> Written {
        let counted = match body {
            RecordBody::Intent(_) => Some(Count::Intent),
            RecordBody::Outcome(_) => Some(Count::Outcome),
            _ => None,
        };
        match self.log.append(body).await {
            Ok(_) => {
                counted.into_iter().for_each(|count| self.counters.count(count));
                Written::Yes
            }
            Err(error) => {
                self.counters.count(Count::EvidenceFailure);
                tracing::warn!(%error, "the evidence log did not take a record");
                if matches!(error, AppendError::TooLarge(_)) { Written::Never } else { Written::NotNow }
            }
        }
    }
}
