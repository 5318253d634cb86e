//! Writes to the evidence log, counted and timed, with what happens when it cannot be written.

use crate::client::Client;
use crate::live::{OnEvidenceFailure, Route};
use crate::metrics::{Count, Counters, Took};
use crate::refusal::{Refusal, Stop};
use gnomon_evidence::Log;
use gnomon_types::code::Code;
use gnomon_types::record::RecordBody;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause between two attempts to write while the log is down.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// How long an outcome is tried to be written. Its request is over; only the drain of a shutdown waits for it.
const OUTCOME_TIME: Duration = Duration::from_secs(30);

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
        let written = match route.on_evidence_failure {
            OnEvidenceFailure::Deny => self.append(body).await,
            OnEvidenceFailure::Hold => {
                self.append_within(client, body, Duration::from_millis(route.hold_wait_ms)).await?
            }
        };
        if written {
            self.counters.took(Took::Evidence, start.elapsed());
            return Ok(());
        }
        let message = "the evidence log cannot be written, so nothing was forwarded";
        Err(Refusal::new(Code::EvidenceUnavailable, "evidence-before-forwarding", message).recorded().into())
    }

    async fn append_within(&self, client: &mut Client, body: RecordBody, patience: Duration) -> Result<bool, Stop> {
        let start = Instant::now();
        while !self.append(body.clone()).await {
            if start.elapsed() + RETRY_PAUSE > patience {
                return Ok(false);
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY_PAUSE) => {}
                () = client.gone() => return Err(Stop::Gone),
            }
        }
        Ok(true)
    }

    /// Records that nothing is forwarded. When even that fails the denial still stands; the log records its own gap.
    pub(crate) async fn note(&self, body: RecordBody) {
        self.append(body).await;
    }

    /// Writes what came of a request, trying again while the log is down. An outcome that is lost shows as an intent
    /// without one.
    pub(crate) async fn settle(&self, body: RecordBody) {
        let start = Instant::now();
        while !self.append(body.clone()).await {
            if start.elapsed() > OUTCOME_TIME {
                self.counters.count(Count::OutcomeLost);
                tracing::error!("an outcome could not be written to the evidence log");
                return;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn append(&self, body: RecordBody) -> bool {
        let counted = match body {
            RecordBody::Intent(_) => Some(Count::Intent),
            RecordBody::Outcome(_) => Some(Count::Outcome),
            _ => None,
        };
        match self.log.append(body).await {
            Ok(_) => {
                counted.into_iter().for_each(|count| self.counters.count(count));
                true
            }
            Err(error) => {
                self.counters.count(Count::EvidenceFailure);
                tracing::warn!(%error, "the evidence log did not take a record");
                false
            }
        }
    }
}
