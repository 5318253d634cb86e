//! Reads records by place, from a live log or from a closed one, in bounded memory.

use crate::error::ReadError;
use crate::record::{RECORD_BYTES_MAX, StoredRecord};
use crate::segments;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Bytes that one call returns at most, give or take a record.
const READ_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Reads records. Cheap to clone; remembers where it stopped, so that following a log reads each byte once.
#[derive(Debug, Clone)]
pub struct Reader {
    dir: PathBuf,
    durable: Option<watch::Receiver<u64>>,
    place: Arc<Mutex<Option<Place>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    segment: PathBuf,
    offset: u64,
    seq: u64,
}

impl Reader {
    /// Reads a log's folder, also one that another process writes. A record may then be seen in the instant before it
    /// is durable; followers that must never see such a one use [`crate::Log::reader`].
    ///
    /// # Errors
    /// [`ReadError`] when the folder cannot be read.
    pub fn open(dir: &Path) -> Result<Self, ReadError> {
        segments::list(dir).map_err(ReadError::io(dir))?;
        Ok(Self { dir: dir.to_owned(), durable: None, place: Arc::default() })
    }

    pub(crate) fn bounded(dir: &Path, durable: watch::Receiver<u64>) -> Self {
        Self { dir: dir.to_owned(), durable: Some(durable), place: Arc::default() }
    }

    /// Up to `max` records from place `from` on; fewer, or none, at the end of the log.
    ///
    /// # Errors
    /// [`ReadError`] when a file cannot be read.
    pub fn read(&self, from: u64, max: usize) -> Result<Vec<StoredRecord>, ReadError> {
        let until = self.durable.as_ref().map_or(u64::MAX, |durable| *durable.borrow());
        let until = until.min(from.saturating_add(max as u64));
        let mut records = Vec::new();
        let mut bytes = 0;
        self.walk(from, until, |seq, line| {
            bytes += line.len();
            records.push(StoredRecord { seq, bytes: line.to_vec() });
            bytes < READ_BYTES_MAX
        })?;
        Ok(records)
    }

    /// Number of records that can be read.
    ///
    /// # Errors
    /// [`ReadError`] when a file cannot be read.
    pub fn count(&self) -> Result<u64, ReadError> {
        if let Some(durable) = &self.durable {
            return Ok(*durable.borrow());
        }
        let last = segments::list(&self.dir).map_err(ReadError::io(&self.dir))?.pop();
        let Some((first, _)) = last else { return Ok(0) };
        let mut count = first;
        self.walk(first, u64::MAX, |seq, _| {
            count = seq + 1;
            true
        })?;
        Ok(count)
    }

    /// Hands the records of `from..until` to `each` until it says stop.
    pub(crate) fn walk(
        &self,
        from: u64,
        until: u64,
        mut each: impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), ReadError> {
        if from >= until {
            return Ok(());
        }
        let Some(mut place) = self.place_of(from)? else {
            return Ok(());
        };
        loop {
            let stopped = self.walk_segment(&mut place, from, until, &mut each)?;
            let next = if stopped { None } else { self.segment_at(place.seq)? };
            match next {
                Some(segment) if segment != place.segment => place = Place { segment, offset: 0, seq: place.seq },
                _ => break,
            }
        }
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        Ok(())
    }

    fn walk_segment(
        &self,
        place: &mut Place,
        from: u64,
        until: u64,
        each: &mut impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<bool, ReadError> {
        let path = place.segment.clone();
        let io = |source| ReadError::Io { path: path.clone(), source };
        let mut file = File::open(&path).map_err(io)?;
        file.seek(SeekFrom::Start(place.offset)).map_err(io)?;
        let mut lines = BufReader::with_capacity(256 * 1024, file);
        let mut line = Vec::new();
        while place.seq < until {
            line.clear();
            let read = lines.by_ref().take(RECORD_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line).map_err(io)?;
            let Some(record) = line.strip_suffix(b"\n") else {
                return Ok(false);
            };
            let seq = place.seq;
            place.seq += 1;
            place.offset += read as u64;
            if seq >= from && !each(seq, record) {
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Where to begin for a record: the remembered place if it is on the way, else the start of the record's segment.
    fn place_of(&self, seq: u64) -> Result<Option<Place>, ReadError> {
        let segments = segments::list(&self.dir).map_err(ReadError::io(&self.dir))?;
        let Some((first, segment)) = segments.into_iter().rfind(|(first, _)| *first <= seq) else {
            return Ok(None);
        };
        let remembered = self.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let start = Place { segment, offset: 0, seq: first };
        Ok(Some(remembered.filter(|place| place.segment == start.segment && place.seq <= seq).unwrap_or(start)))
    }

    fn segment_at(&self, first: u64) -> Result<Option<PathBuf>, ReadError> {
        let segments = segments::list(&self.dir).map_err(ReadError::io(&self.dir))?;
        Ok(segments.into_iter().find(|(place, _)| *place == first).map(|(_, path)| path))
    }
}
