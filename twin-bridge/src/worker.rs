//! The worker of one sink: reads the outbox, sends, waits when it must, remembers how far it is.
//!
//! Memory is bounded by the window, whatever the sink does; what does not fit stays in SQL. A sink that was away gets
//! everything from its cursor on. After a crash the last events may come twice, with the same ids.

use crate::backoff::delay_ms;
use crate::error::BridgeError;
use crate::format::cloudevents::CloudEvent;
use crate::transport::file::FileSink;
use crate::transport::http::HttpSink;
use crate::transport::{SendError, Transport};
use crate::window::{Verdict, Window};
use gnomon_inventory::{Inventory, InventoryError, TwinEvent};
use gnomon_types::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Where events go.
#[derive(Debug, Clone)]
pub struct Sink {
    /// Its name, under which its cursor is kept.
    pub name: String,
    /// What it is.
    pub target: SinkTarget,
    /// The `source` of its events: a URI reference that names this inventory, such as `/gnomon/vienna`.
    pub source: String,
    /// How events are delivered.
    pub delivery: Delivery,
}

/// What a sink is.
#[derive(Debug, Clone)]
pub enum SinkTarget {
    /// Events are posted.
    Http {
        /// `http:` or `https:` address.
        url: String,
        /// Sent as `Authorization: Bearer`.
        bearer: Option<Secret>,
        /// PEM file of the certificate authorities to trust; the well-known ones without it.
        ca: Option<PathBuf>,
    },
    /// Events are appended, one per line.
    File {
        /// The file.
        path: PathBuf,
    },
}

/// How events are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Most events in one message; 1 sends each alone.
    pub batch_max: usize,
    /// Most events held in memory.
    pub window_max: usize,
    /// After so many refusals, while the sink takes other events, an event is given up.
    pub refusals_max: u32,
    /// Shortest wait after a failure, in milliseconds.
    pub wait_min_ms: u64,
    /// Longest wait after a failure, in milliseconds.
    pub wait_max_ms: u64,
    /// How often to look for new events when there are none, in milliseconds.
    pub poll_ms: u64,
    /// Longest wait for an answer, in milliseconds.
    pub timeout_ms: u64,
    /// Longest wait for the answer to a message that is on its way when the worker is told to stop, in milliseconds.
    pub stop_ms: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            batch_max: 1,
            window_max: 1_000,
            refusals_max: 5,
            wait_min_ms: 200,
            wait_max_ms: 60_000,
            poll_ms: 200,
            timeout_ms: 15_000,
            stop_ms: 2_000,
        }
    }
}

/// Sends events to a sink until `shutdown` turns true (or its sender is gone).
///
/// # Errors
/// [`BridgeError`] when the sink cannot be used as it is configured. Failures of the sink or of the database are
/// waited out.
pub async fn run(sink: Sink, inventory: Inventory, shutdown: watch::Receiver<bool>) -> Result<(), BridgeError> {
    let timeout = Duration::from_millis(sink.delivery.timeout_ms);
    match sink.target.clone() {
        SinkTarget::Http { url, bearer, ca } => {
            let transport = HttpSink::new(&sink.name, &url, bearer, ca.as_deref(), timeout)?;
            Worker::new(sink, inventory, shutdown, transport).work().await;
        }
        SinkTarget::File { path } => Worker::new(sink, inventory, shutdown, FileSink::new(path)).work().await,
    }
    Ok(())
}

struct Worker<T> {
    sink: Sink,
    inventory: Inventory,
    shutdown: watch::Receiver<bool>,
    transport: T,
    began: Instant,
    failures: u32,
    /// Events that the sink took.
    taken: u64,
    /// Refusals since it took one.
    refused_in_a_row: u32,
}

/// After so many refusals in a row the sink counts as away, whatever it answers.
const REFUSED_IN_A_ROW_MAX: u32 = 3;

/// The cursor is written after so many events at the latest, and whenever there is nothing left to send.
const CURSOR_EVERY: u64 = 100;

impl<T: Transport> Worker<T> {
    fn new(sink: Sink, inventory: Inventory, shutdown: watch::Receiver<bool>, transport: T) -> Self {
        Self { sink, inventory, shutdown, transport, began: Instant::now(), failures: 0, taken: 0, refused_in_a_row: 0 }
    }

    async fn work(mut self) {
        while !self.stopping() {
            // A database that fails: the cursor is read anew and the window with it, nothing else is remembered.
            if let Err(error) = self.deliver().await {
                tracing::warn!(sink = %self.sink.name, %error, "twin feed waits for the database");
                self.failures += 1;
                let wait = self.wait_ms(self.failures);
                self.pause(wait).await;
            }
        }
    }

    async fn deliver(&mut self) -> Result<(), InventoryError> {
        let mut saved = self.inventory.sink_cursor(&self.sink.name).await?;
        let mut window = Window::new(saved, self.sink.delivery.window_max.max(1));
        while !self.stopping() {
            let (after, room) = window.wanted();
            if room > 0 {
                window.fill(self.inventory.twin_events(after, room).await?);
            }
            let batch = window.ready(self.now_ms(), self.sink.delivery.batch_max.max(1));
            let idle = batch.is_empty();
            if !idle {
                self.send(&mut window, batch).await?;
            }
            let cursor = window.cursor();
            if cursor >= saved + CURSOR_EVERY || (cursor > saved && (idle || window.is_empty())) {
                self.inventory.set_sink_cursor(&self.sink.name, cursor).await?;
                saved = cursor;
            }
            if idle {
                let poll = self.sink.delivery.poll_ms;
                let wait = window.wait_ms(self.now_ms()).map_or(poll, |wait| wait.min(poll));
                self.pause(wait).await;
            }
        }
        if window.cursor() > saved {
            self.inventory.set_sink_cursor(&self.sink.name, window.cursor()).await?;
        }
        Ok(())
    }

    async fn send(&mut self, window: &mut Window, batch: Vec<TwinEvent>) -> Result<(), InventoryError> {
        let events: Vec<CloudEvent> =
            batch.iter().map(|event| CloudEvent::new(&self.sink.source, event.clone())).collect();
        let Some(sent) = self.try_send(&events).await else { return Ok(()) };
        match sent {
            Ok(()) => {
                self.failures = 0;
                self.refused_in_a_row = 0;
                self.taken += batch.len() as u64;
                window.delivered(&batch);
            }
            Err(SendError::Refused(_)) if batch.len() > 1 => window.split(&batch),
            Err(SendError::Refused(reason)) => {
                if let Some(event) = batch.into_iter().next() {
                    self.refused(window, event, &reason).await?;
                }
            }
            Err(SendError::Away { reason, retry_after }) => self.away(&reason, retry_after).await?,
        }
        Ok(())
    }

    async fn away(&mut self, reason: &str, retry_after: Option<Duration>) -> Result<(), InventoryError> {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            tracing::warn!(sink = %self.sink.name, %reason, "twin sink is away");
        }
        self.inventory.note_sink_failure(&self.sink.name, reason).await?;
        let wait = retry_after.map_or_else(|| self.wait_ms(self.failures), millis);
        self.pause(wait).await;
        Ok(())
    }

    /// `None` when the worker is told to stop and the answer does not come.
    async fn try_send(&mut self, events: &[CloudEvent]) -> Option<Result<(), SendError>> {
        let grace = Duration::from_millis(self.sink.delivery.stop_ms);
        let mut sending = std::pin::pin!(self.transport.send(events));
        tokio::select! {
            sent = &mut sending => Some(sent),
            // A sink that answers soon saves a repeat. Of one that does not, nobody knows whether it has the events:
            // the cursor stays, and they come again.
            () = stopped(&mut self.shutdown) => tokio::time::timeout(grace, sending).await.ok(),
        }
    }

    async fn refused(&mut self, window: &mut Window, event: TwinEvent, reason: &str) -> Result<(), InventoryError> {
        self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
        let (now, max) = (self.now_ms(), self.sink.delivery.refusals_max.max(1));
        let verdict = window.refused(event.sequence, self.taken, max, now, |tries| self.wait_ms(tries));
        if verdict == Verdict::GiveUp {
            tracing::warn!(sink = %self.sink.name, sequence = event.sequence, "twin sink refused an event for good");
            self.inventory.add_dead_letter(&self.sink.name, &event, reason).await?;
        }
        if self.refused_in_a_row > REFUSED_IN_A_ROW_MAX {
            return self.away(reason, None).await;
        }
        Ok(())
    }

    fn wait_ms(&self, failures: u32) -> u64 {
        let delivery = &self.sink.delivery;
        delay_ms(failures, delivery.wait_min_ms, delivery.wait_max_ms, rand::random())
    }

    fn now_ms(&self) -> u64 {
        millis(self.began.elapsed())
    }

    fn stopping(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    async fn pause(&mut self, wait_ms: u64) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
            () = stopped(&mut self.shutdown) => {}
        }
    }
}

async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone: nobody could stop the worker any more, so it stops.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
