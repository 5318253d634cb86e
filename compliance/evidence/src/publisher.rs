//! The thread that derives hash tiles and checkpoints from durable records, on a timer and at close.
//!
//! Tiles are written without a flush and flushed many rounds later, when the system has written most of them anyway:
//! they can always be made again from the records. The checkpoint is flushed each time, as others rely on it.

use crate::appender::Command;
use crate::checkpoint::Checkpoint;
use crate::error::LogError;
use crate::log::Shared;
use crate::merkle::{Frontier, leaf_hash};
use crate::note::NoteSigner;
use crate::reader::Reader;
use crate::{files, layout, recover, tiles};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Rounds between writing a tile and flushing it.
const FLUSH_ROUNDS: u64 = 30;

pub(crate) struct Publisher {
    pub(crate) dir: PathBuf,
    pub(crate) signer: NoteSigner,
    pub(crate) every: Duration,
    pub(crate) stop: Receiver<()>,
    pub(crate) mend: mpsc::WeakSender<Command>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) reader: Reader,
    pub(crate) frontier: Frontier,
    /// Size under the last checkpoint that this process published.
    pub(crate) signed: Option<u64>,
    pub(crate) rounds: u64,
    /// Full tiles not flushed yet: round in which they were written, path, size of the tree that they complete.
    pub(crate) unflushed: VecDeque<(u64, PathBuf, u64)>,
}

impl Publisher {
    /// Runs until told to stop; then publishes what is durable and leaves the clean mark.
    pub(crate) fn run(mut self) {
        while let Err(RecvTimeoutError::Timeout) = self.stop.recv_timeout(self.every) {
            if let Err(error) = self.round() {
                self.shared.publish_failed(&error.to_string());
            }
            self.ask_to_mend();
        }
        if let Err(error) = self.finish() {
            tracing::error!(%error, "the evidence log could not be closed in good order; it will be recovered at the next start");
        }
    }

    /// One round: integrate and sign, if anything came; flush old tiles.
    pub(crate) fn round(&mut self) -> Result<(), LogError> {
        self.rounds += 1;
        if *self.shared.durable.borrow() > self.frontier.size() {
            self.integrate()?;
        }
        if self.signed != Some(self.frontier.size()) {
            tiles::write_partial(&self.dir, &self.frontier)?;
            self.sign()?;
        }
        self.flush_older_than(self.rounds.saturating_sub(FLUSH_ROUNDS))
    }

    /// Signs the tree as it stands.
    fn sign(&mut self) -> Result<(), LogError> {
        let checkpoint = Checkpoint::new(self.signer.name(), self.frontier.size(), self.frontier.root());
        files::write_durable(&self.dir.join(layout::CHECKPOINT), self.signer.sign(&checkpoint.text()).as_bytes())?;
        self.signed = Some(checkpoint.size);
        self.shared.published(checkpoint.size);
        Ok(())
    }

    fn integrate(&mut self) -> Result<(), LogError> {
        let until = *self.shared.durable.borrow();
        let (mut full, mut failure) = (Vec::new(), None);
        let (dir, frontier) = (&self.dir, &mut self.frontier);
        let before = frontier.clone();
        let walked = self.reader.walk(before.size(), until, |_, record| {
            for tile in frontier.push(leaf_hash(record)) {
                match tiles::write_full(dir, &tile) {
                    Ok(path) => full.push((self.rounds, path, frontier.size())),
                    Err(error) => failure = Some(error),
                }
            }
            failure.is_none()
        });
        if let Some(error) = failure.or(walked.map_err(recover::into_log_error).err()) {
            self.frontier = before;
            return Err(error);
        }
        self.unflushed.extend(full);
        Ok(())
    }

    fn flush_older_than(&mut self, round: u64) -> Result<(), LogError> {
        let mut flushed = None;
        while let Some((written, path, size)) = self.unflushed.front().filter(|(written, ..)| *written < round) {
            files::flush(path)?;
            flushed = Some((*written, *size));
            self.unflushed.pop_front();
        }
        match flushed {
            Some((_, size)) => recover::mark_flushed(&self.dir, size),
            None => Ok(()),
        }
    }

    fn ask_to_mend(&self) {
        if self.shared.has_gap()
            && let Some(queue) = self.mend.upgrade()
        {
            // A full queue will find the gap by itself.
            let _ = queue.try_send(Command::Mend);
        }
    }

    fn finish(&mut self) -> Result<(), LogError> {
        self.round()?;
        for path in tiles::write_partial(&self.dir, &self.frontier)? {
            files::flush(&path)?;
        }
        self.flush_older_than(u64::MAX)?;
        if self.shared.has_gap() {
            // A gap that the disk would not take is recorded at the next start, as an unclean stop.
            return Ok(());
        }
        recover::mark_clean(&self.dir, self.frontier.size())
    }
}
