//! The thread that owns the end of the log: it takes what waits, gives each record its place and time, writes all in
//! one go, flushes once, and only then answers.
//!
//! When the disk refuses, all of the batch is answered with an error and nothing of it stays. The first batch that the
//! disk takes again is preceded by a `gap` record.

use crate::error::AppendError;
use crate::log::Shared;
use crate::record::Draft;
use crate::segments::Segments;
use gnomon_types::record::{Gap, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

pub(crate) type Answer = oneshot::Sender<Result<u64, AppendError>>;

/// What the appender can be asked.
#[derive(Debug)]
pub(crate) enum Command {
    /// Make a record durable.
    Append(Draft, Answer),
    /// Try to close an open gap, without a record at hand.
    Mend,
    /// Finish what waits and end.
    Stop,
}

/// Bytes after which a batch is closed although more waits.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

pub(crate) struct Appender {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) segments: Segments,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) node: String,
    pub(crate) batch_max: usize,
    /// Time of the last record; the next is not earlier.
    pub(crate) last_at: Timestamp,
    pub(crate) gap: Option<Gap>,
}

impl Appender {
    /// Runs until told to stop or until every handle is gone.
    pub(crate) fn run(mut self) {
        let mut stopping = false;
        while !stopping {
            let Some(first) = self.commands.blocking_recv() else {
                break;
            };
            stopping = self.serve(first);
        }
        // Writers that were already queued are served; later ones see a closed queue.
        self.commands.close();
        while let Some(command) = self.commands.blocking_recv() {
            self.serve(command);
        }
        self.close_gap();
    }

    /// Writes the gap record, if one is due, without waiting for a record to follow it.
    pub(crate) fn close_gap(&mut self) {
        if self.gap.is_some() {
            self.commit(Vec::new());
        }
    }

    /// Takes what waits, up to a batch, and writes it.
    fn serve(&mut self, first: Command) -> bool {
        let mut drafts = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        let mut stopping = false;
        while let Some(command) = next {
            match command {
                Command::Append(draft, answer) => {
                    bytes += draft.len();
                    drafts.push((draft, answer));
                }
                Command::Mend => {}
                Command::Stop => stopping = true,
            }
            if stopping || drafts.len() >= self.batch_max || bytes >= BATCH_BYTES {
                break;
            }
            next = self.commands.try_recv().ok();
        }
        if !drafts.is_empty() || self.gap.is_some() {
            self.commit(drafts);
        }
        stopping
    }

    /// Not earlier than the record before: a clock that is set back must not make the log look reordered.
    fn now(&mut self) -> Timestamp {
        self.last_at = self.last_at.max(self.clock.now());
        self.last_at
    }

    fn commit(&mut self, drafts: Vec<(Draft, Answer)>) {
        self.shared.writing(Some(Instant::now()));
        self.write(drafts);
        self.shared.writing(None);
    }

    fn write(&mut self, drafts: Vec<(Draft, Answer)>) {
        let at = self.now();
        let text = at.to_string();
        let mut lines = Vec::new();
        let mut seq = self.segments.next();
        if let Some(gap) = self.gap_draft(at) {
            gap.write(seq, &text, &mut lines);
            seq += 1;
        }
        let first = seq;
        let mut answers = Vec::with_capacity(drafts.len());
        for (draft, answer) in drafts {
            draft.write(seq, &text, &mut lines);
            answers.push(answer);
            seq += 1;
        }
        match self.segments.append(&lines, seq - self.segments.next()) {
            Ok(()) => self.acknowledge(first, answers),
            Err(error) => self.refuse(answers, &error),
        }
    }

    /// The record of the time in which the disk refused, up to `until`.
    fn gap_draft(&self, until: Timestamp) -> Option<Draft> {
        let gap = self.gap.as_ref()?;
        Draft::new(&self.node, RecordBody::Gap(Gap { until, ..gap.clone() })).ok()
    }

    fn acknowledge(&mut self, first: u64, answers: Vec<Answer>) {
        self.gap = None;
        self.shared.recovered();
        self.shared.durable.send_replace(self.segments.next());
        for (seq, answer) in (first..).zip(answers) {
            // The writer may have gone; its record stays.
            let _ = answer.send(Ok(seq));
        }
    }

    fn refuse(&mut self, answers: Vec<Answer>, error: &std::io::Error) {
        if let Err(error) = self.segments.mend() {
            tracing::error!(%error, "cannot cut off a failed evidence write yet");
        }
        let now = self.now();
        let full = matches!(
            error.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge
        );
        let cause = if full { "disk_full" } else { "write_error" };
        if self.gap.is_none() {
            tracing::error!(%error, cause, "cannot write the evidence log");
        }
        let gap = self.gap.get_or_insert(Gap { from: now, until: now, cause: cause.to_owned(), refused: 0 });
        gap.refused += answers.len() as u64;
        self.shared.failing(&error.to_string(), gap.from);
        self.shared.refused.fetch_add(answers.len() as u64, Ordering::Relaxed);
        for answer in answers {
            let _ = answer.send(Err(AppendError::Disk(error.to_string())));
        }
    }
}
