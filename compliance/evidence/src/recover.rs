//! Opening a log: find its end, trim what was never acknowledged, and make sure that the records still are those
//! which the last checkpoint was signed over.

use crate::checkpoint::Checkpoint;
use crate::error::{LogError, ReadError};
use crate::merkle::{Frontier, leaf_hash};
use crate::note::{Check, NOTE_BYTES_MAX, Note, VerifierKey};
use crate::reader::Reader;
use crate::record::RECORD_BYTES_MAX;
use crate::segments::{self, Segments};
use crate::tiles::TileDir;
use crate::{files, layout};
use gnomon_types::time::Timestamp;
use serde::Deserialize;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Present while the log is closed in good order; holds its size.
const CLEAN: &str = "clean";
/// Size up to which full tiles are flushed.
const FLUSHED: &str = "flushed";

/// What was found on disk.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) segments: Segments,
    /// The edge over all tiles that can be relied on; the publisher goes on from there.
    pub(crate) frontier: Frontier,
    /// Time of the last record.
    pub(crate) last_at: Option<Timestamp>,
    /// Size that the last checkpoint vouches for.
    pub(crate) signed: u64,
    /// The log holds records and was not closed in good order.
    pub(crate) unclean: bool,
}

pub(crate) fn recover(dir: &Path, origin: &str, vkey: &str) -> Result<Recovered, LogError> {
    check_key(dir, vkey)?;
    let checkpoint = read_checkpoint(dir, origin, vkey)?;
    let signed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    let (segments, last_at) = find_end(dir, signed)?;
    let size = segments.next();
    if checkpoint.is_none() && size > 0 {
        // The first checkpoint, of size 0, is signed before the first record is taken.
        return Err(LogError::Tampered("CHECKPOINT_MISSING".to_owned()));
    }
    if size < signed {
        return Err(LogError::Tampered(format!("TRUNCATED have={size} signed={signed}")));
    }
    let frontier = trusted_edge(dir, checkpoint.as_ref(), size)?;
    let clean_path = dir.join(CLEAN);
    let clean = files::read_bounded(&clean_path, 32).map_err(LogError::io(&clean_path))?;
    let unclean = size > 0 && clean.is_none_or(|text| text != size.to_string().as_bytes());
    remove_clean_mark(dir)?;
    Ok(Recovered { segments, frontier, last_at, signed, unclean })
}

/// Says that the log was closed in good order.
pub(crate) fn mark_clean(dir: &Path, size: u64) -> Result<(), LogError> {
    files::write_durable(&dir.join(CLEAN), size.to_string().as_bytes())
}

/// Says that full tiles up to `size` are flushed.
pub(crate) fn mark_flushed(dir: &Path, size: u64) -> Result<(), LogError> {
    files::write_durable(&dir.join(FLUSHED), size.to_string().as_bytes())
}

fn remove_clean_mark(dir: &Path) -> Result<(), LogError> {
    let path = dir.join(CLEAN);
    match std::fs::remove_file(&path) {
        Ok(()) => files::flush_parent(&path).map_err(LogError::io(&path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(LogError::Io { path, source }),
    }
}

fn check_key(dir: &Path, vkey: &str) -> Result<(), LogError> {
    let path = dir.join(layout::VKEY);
    match files::read_bounded(&path, 4096).map_err(LogError::io(&path))? {
        None => files::write_durable(&path, format!("{vkey}\n").as_bytes()),
        Some(found) if found.trim_ascii_end() == vkey.as_bytes() => Ok(()),
        Some(found) => Err(LogError::OtherOrigin {
            found: String::from_utf8_lossy(&found).trim_end().to_owned(),
            wanted: vkey.to_owned(),
        }),
    }
}

fn read_checkpoint(dir: &Path, origin: &str, vkey: &str) -> Result<Option<Checkpoint>, LogError> {
    let path = dir.join(layout::CHECKPOINT);
    let Some(bytes) = files::read_bounded(&path, NOTE_BYTES_MAX).map_err(LogError::io(&path))? else {
        return Ok(None);
    };
    let note = Note::parse(&bytes)?;
    if !matches!(VerifierKey::parse(vkey)?.check(&note), Check::Valid { .. }) {
        return Err(LogError::Tampered("CHECKPOINT_SIGNATURE_INVALID".to_owned()));
    }
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| LogError::Tampered(error.to_string()))?;
    if checkpoint.origin != origin {
        return Err(LogError::OtherOrigin { found: checkpoint.origin, wanted: origin.to_owned() });
    }
    Ok(Some(checkpoint))
}

/// The fields that the log itself sets.
#[derive(Deserialize)]
struct Stamp {
    seq: u64,
    at: Timestamp,
}

/// Finds the end of the last segment that holds records. A line behind the signed size that is not whole was never
/// acknowledged: it is moved aside. A broken line before that is damage.
fn find_end(dir: &Path, signed: u64) -> Result<(Segments, Option<Timestamp>), LogError> {
    let mut all = segments::list(dir).map_err(LogError::io(dir))?;
    let Some((first, path)) = all.pop() else {
        return Ok((Segments::create(dir)?, None));
    };
    let end = scan(&path, first).map_err(LogError::io(&path))?;
    let length = std::fs::metadata(&path).map_err(LogError::io(&path))?.len();
    if end.bytes < length {
        if end.next < signed {
            return Err(LogError::Tampered(format!("RECORD_MISMATCH seq={}", end.next)));
        }
        trim(dir, &path, &end).map_err(LogError::io(&path))?;
    }
    let mut last_at = end.last_at;
    if let (None, Some((before, path))) = (last_at, all.pop()) {
        last_at = scan(&path, before).map_err(LogError::io(&path))?.last_at;
    }
    Ok((Segments::resume(dir, path, end.bytes, end.next)?, last_at))
}

struct End {
    bytes: u64,
    next: u64,
    last_at: Option<Timestamp>,
}

/// Reads whole lines with the right place until one is not.
fn scan(path: &Path, first: u64) -> std::io::Result<End> {
    let mut lines = BufReader::with_capacity(256 * 1024, File::open(path)?);
    let mut end = End { bytes: 0, next: first, last_at: None };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(RECORD_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        let Some(record) = line.strip_suffix(b"\n") else {
            return Ok(end);
        };
        match serde_json::from_slice::<Stamp>(record) {
            Ok(stamp) if stamp.seq == end.next => end.last_at = Some(stamp.at),
            _ => return Ok(end),
        }
        end.bytes += read as u64;
        end.next += 1;
    }
}

/// Copies the torn end beside the segment, for a person to look at, and cuts it off.
fn trim(dir: &Path, path: &Path, end: &End) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(end.bytes))?;
    let mut torn = Vec::new();
    file.by_ref().take(1024 * 1024).read_to_end(&mut torn)?;
    std::fs::write(dir.join(layout::SEGMENTS).join(format!("trimmed-{:020}", end.next)), &torn)?;
    file.set_len(end.bytes)?;
    file.sync_all()?;
    tracing::warn!(seq = end.next, bytes = torn.len(), "trimmed a torn write that was never acknowledged");
    Ok(())
}

/// The edge of the tree that the tiles on disk stand for, checked against the checkpoint through the records behind
/// them; with the tiles unusable, from the records alone.
fn trusted_edge(dir: &Path, checkpoint: Option<&Checkpoint>, size: u64) -> Result<Frontier, LogError> {
    let path = dir.join(FLUSHED);
    let flushed = files::read_bounded(&path, 32).map_err(LogError::io(&path))?;
    let flushed = flushed.and_then(|text| std::str::from_utf8(&text).ok()?.trim().parse().ok()).unwrap_or(0_u64);
    let from_tiles = TileDir::new(dir, flushed.min(size)).frontier();
    if let Ok(edge) = from_tiles
        && agrees(dir, &edge, checkpoint)?
    {
        return Ok(edge);
    }
    tracing::warn!("making the hash tiles again from the records");
    let edge = Frontier::default();
    if agrees(dir, &edge, checkpoint)? { Ok(edge) } else { Err(LogError::Tampered("the root differs".to_owned())) }
}

fn agrees(dir: &Path, edge: &Frontier, checkpoint: Option<&Checkpoint>) -> Result<bool, LogError> {
    let Some(checkpoint) = checkpoint else {
        return Ok(edge.size() == 0);
    };
    let mut edge = if edge.size() <= checkpoint.size { edge.clone() } else { Frontier::default() };
    let reader = Reader::open(dir).map_err(into_log_error)?;
    let walked = reader.walk(edge.size(), checkpoint.size, |_, record| {
        edge.push(leaf_hash(record));
        true
    });
    walked.map_err(into_log_error)?;
    Ok(edge.size() == checkpoint.size && edge.root() == checkpoint.root)
}

pub(crate) fn into_log_error(error: ReadError) -> LogError {
    match error {
        ReadError::Io { path, source } => LogError::Io { path, source },
        other => LogError::Tampered(other.to_string()),
    }
}
