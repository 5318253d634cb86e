//! The handle that everybody else holds: append, follow, look at its health, close.

use crate::appender::{Appender, Command};
use crate::error::{AppendError, LogError};
use crate::files;
use crate::note::NoteSigner;
use crate::publisher::Publisher;
use crate::reader::Reader;
use crate::record::Draft;
use crate::recover::{self, Recovered};
use gnomon_types::record::{Gap, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as std_mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// How to open a log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Its folder; made if it is not there.
    pub dir: PathBuf,
    /// Its name in checkpoints, such as `gateway.example.com/evidence`. Equal to the signer's name.
    pub origin: String,
    /// Who writes: the `node` of each record.
    pub node: String,
    /// Signs checkpoints.
    pub signer: NoteSigner,
    /// Records that one flush makes durable at most.
    pub batch_max: usize,
    /// Records that wait at most; further writers wait outside the queue.
    pub queue_max: usize,
    /// Time between two checkpoints.
    pub checkpoint_every: Duration,
}

impl LogConfig {
    /// The usual limits: batches of 1,024, a queue of 4,096, a checkpoint each second. The origin is the signer's name.
    #[must_use]
    pub fn new(dir: PathBuf, node: &str, signer: NoteSigner) -> Self {
        let origin = signer.name().to_owned();
        let checkpoint_every = Duration::from_secs(1);
        Self { dir, origin, node: node.to_owned(), signer, batch_max: 1024, queue_max: 4096, checkpoint_every }
    }
}

/// What the log says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHealth {
    /// Whether the last write was taken, and the one at hand does not hang.
    pub writable: bool,
    /// Why not.
    pub error: Option<String>,
    /// Since when not.
    pub failing_since: Option<Timestamp>,
    /// Durable records.
    pub durable: u64,
    /// Records under the last checkpoint.
    pub checkpointed: u64,
    /// Why the last checkpoint could not be published, if so.
    pub publish_error: Option<String>,
    /// Records refused since start.
    pub refused: u64,
    /// Records that wait for their flush.
    pub queued: usize,
}

/// What the two threads and the handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) durable: watch::Sender<u64>,
    pub(crate) refused: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    error: Option<(String, Timestamp)>,
    publish_error: Option<String>,
    checkpointed: u64,
    /// Since when the appender has been at the write at hand.
    writing_since: Option<Instant>,
}

/// A write that takes this long counts as a failure: a disk that hangs gives no error.
const WRITE_TIME_MAX: Duration = Duration::from_secs(5);

impl State {
    fn stalled(&self) -> Option<Duration> {
        self.writing_since.map(|since| since.elapsed()).filter(|waited| *waited > WRITE_TIME_MAX)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The appender begins a write, or has ended it.
    pub(crate) fn writing(&self, since: Option<Instant>) {
        self.state().writing_since = since;
    }

    pub(crate) fn failing(&self, error: &str, since: Timestamp) {
        self.state().error = Some((error.to_owned(), since));
    }

    pub(crate) fn recovered(&self) {
        if self.state().error.take().is_some() {
            tracing::info!("the evidence log takes records again");
        }
    }

    pub(crate) fn has_gap(&self) -> bool {
        self.state().error.is_some()
    }

    pub(crate) fn published(&self, size: u64) {
        let mut state = self.state();
        state.checkpointed = size;
        state.publish_error = None;
    }

    pub(crate) fn publish_failed(&self, error: &str) {
        if self.state().publish_error.replace(error.to_owned()).is_none() {
            tracing::error!(error, "cannot publish an evidence checkpoint");
        }
    }
}

/// A log, open for appending. Clones share it; it closes when [`Log::close`] is called or the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    queue: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    dir: PathBuf,
    node: String,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    appender: JoinHandle<()>,
    publisher: JoinHandle<()>,
    stop: std_mpsc::Sender<()>,
    _lock: File,
}

impl Log {
    /// Opens or begins a log. After an unclean stop it trims what was never acknowledged, makes derived files again and
    /// appends a `gap` record.
    ///
    /// # Errors
    /// [`LogError`] when the folder cannot be used, another process has it, it belongs to another origin or key, or its
    /// records contradict its signed checkpoint.
    pub fn open(config: LogConfig, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        if config.signer.name() != config.origin {
            return Err(LogError::OtherOrigin { found: config.signer.name().to_owned(), wanted: config.origin });
        }
        std::fs::create_dir_all(&config.dir).map_err(LogError::io(&config.dir))?;
        let lock = files::lock(&config.dir)?;
        let recovered = recover::recover(&config.dir, &config.origin, &config.signer.vkey())?;
        Self::start(config, clock, recovered, lock)
    }

    fn start(config: LogConfig, clock: Arc<dyn Clock>, found: Recovered, lock: File) -> Result<Self, LogError> {
        let (queue, commands) = mpsc::channel(config.queue_max.max(1));
        let (stop, stopped) = std_mpsc::channel();
        let shared = Arc::new(Shared {
            durable: watch::Sender::new(found.segments.next()),
            refused: AtomicU64::new(0),
            state: Mutex::new(State { checkpointed: found.signed, ..State::default() }),
        });
        let now = clock.now();
        let from = found.last_at.unwrap_or(now);
        let gap = found.unclean.then(|| Gap { from, until: now, cause: "unclean_stop".to_owned(), refused: 0 });
        let mut appender = Appender {
            commands,
            segments: found.segments,
            shared: Arc::clone(&shared),
            clock,
            node: config.node.clone(),
            batch_max: config.batch_max.max(1),
            last_at: from,
            gap,
        };
        // The gap of an unclean stop comes before anything else. A full disk may refuse it; the appender tries again.
        appender.close_gap();
        let mut publisher = Publisher {
            reader: Reader::bounded(&config.dir, shared.durable.subscribe()),
            dir: config.dir.clone(),
            signer: config.signer,
            every: config.checkpoint_every,
            stop: stopped,
            mend: queue.downgrade(),
            shared: Arc::clone(&shared),
            frontier: found.frontier,
            signed: None,
            rounds: 0,
            unflushed: VecDeque::new(),
        };
        publisher.round()?;
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(run).map_err(LogError::io(&config.dir))
        };
        let appender = spawn("evidence-append", Box::new(move || appender.run()))?;
        let publisher = spawn("evidence-publish", Box::new(move || publisher.run()))?;
        let running = Mutex::new(Some(Running { appender, publisher, stop, _lock: lock }));
        Ok(Self { inner: Arc::new(Inner { queue, shared, dir: config.dir, node: config.node, running }) })
    }

    /// Appends a record and returns its place once it is durable. Waits while the queue is full.
    ///
    /// Dropping the future after it queued the record does not take the record back.
    ///
    /// # Errors
    /// [`AppendError`]; nothing of the record is then in the log.
    pub async fn append(&self, body: RecordBody) -> Result<u64, AppendError> {
        let draft = Draft::new(&self.inner.node, body)?;
        let (answer, answered) = oneshot::channel();
        self.inner.queue.send(Command::Append(draft, answer)).await.map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// As [`Log::append`], but never waits for a place in the queue.
    ///
    /// # Errors
    /// [`AppendError::Full`] when the queue is full, else as [`Log::append`].
    pub async fn try_append(&self, body: RecordBody) -> Result<u64, AppendError> {
        let draft = Draft::new(&self.inner.node, body)?;
        let (answer, answered) = oneshot::channel();
        self.inner.queue.try_send(Command::Append(draft, answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Full,
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// As [`Log::append`], for threads outside an async runtime: blocks the thread.
    ///
    /// # Errors
    /// [`AppendError`]; nothing of the record is then in the log.
    pub fn append_blocking(&self, body: RecordBody) -> Result<u64, AppendError> {
        block_on(self.append(body))
    }

    /// Number of durable records.
    #[must_use]
    pub fn durable(&self) -> u64 {
        *self.inner.shared.durable.borrow()
    }

    /// Tells followers when the number of durable records rises.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.shared.durable.subscribe()
    }

    /// A reader that sees durable records only.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::bounded(&self.inner.dir, self.watch())
    }

    /// What the log says about itself.
    #[must_use]
    pub fn health(&self) -> LogHealth {
        let shared = &self.inner.shared;
        let state = shared.state();
        let stalled = state.stalled().map(|waited| format!("a write has been waiting for {} s", waited.as_secs()));
        LogHealth {
            writable: state.error.is_none() && stalled.is_none() && !self.inner.queue.is_closed(),
            error: state.error.as_ref().map(|(error, _)| error.clone()).or(stalled),
            failing_since: state.error.as_ref().map(|(_, since)| *since),
            durable: *shared.durable.borrow(),
            checkpointed: state.checkpointed,
            publish_error: state.publish_error.clone(),
            refused: shared.refused.load(Ordering::Relaxed),
            queued: self.inner.queue.max_capacity() - self.inner.queue.capacity(),
        }
    }

    /// Finishes what waits, publishes a last checkpoint and releases the folder. Later appends fail. Blocks until done.
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Inner {
    fn close(&self) {
        let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        // When the appender is gone already, so is its queue.
        let _ = block_on(self.queue.send(Command::Stop));
        join(running.appender, "append");
        let _ = running.stop.send(());
        join(running.publisher, "publish");
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

fn join(thread: JoinHandle<()>, name: &str) {
    if thread.join().is_err() {
        tracing::error!(thread = name, "an evidence thread panicked");
    }
}

/// Runs a future on this thread. The futures here are woken by the appender's own thread, so this cannot starve, also
/// where the blocking calls of the channels would panic (inside a runtime).
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    // Inside a task the channels would else spend its budget and then wait for a yield that never comes.
    let mut future = std::pin::pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_hangs_is_a_failure_after_a_while() {
        let at_work = |since: Duration| State { writing_since: Instant::now().checked_sub(since), ..State::default() };
        assert_eq!(State::default().stalled(), None);
        assert_eq!(at_work(Duration::from_secs(1)).stalled(), None);
        assert!(at_work(WRITE_TIME_MAX + Duration::from_secs(1)).stalled().is_some());
    }
}
