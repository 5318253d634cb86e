//! The durable store of records: append-only files, one record per line, named after their first record.
//!
//! **Invariant.** What lies before `length` of the last segment was flushed and is never written again.

use crate::error::LogError;
use crate::{files, layout};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A segment that reached this size is followed by a fresh one.
const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// The segment files of a log folder, oldest first: first record and path.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let folder = match std::fs::read_dir(dir.join(layout::SEGMENTS)) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut segments = Vec::new();
    for entry in folder {
        let entry = entry?;
        if let Some(first) = entry.file_name().to_str().and_then(layout::segment_first) {
            segments.push((first, entry.path()));
        }
    }
    segments.sort();
    Ok(segments)
}

/// The end of the log, open for writing. Used by the appender alone.
#[derive(Debug)]
pub(crate) struct Segments {
    dir: PathBuf,
    path: PathBuf,
    file: File,
    /// Flushed bytes of the last segment.
    length: u64,
    /// Place of the next record.
    next: u64,
    /// Bytes of a failed write may lie behind `length`.
    torn: bool,
}

impl Segments {
    /// Goes on behind `length` bytes of the segment at `path`.
    pub(crate) fn resume(dir: &Path, path: PathBuf, length: u64, next: u64) -> Result<Self, LogError> {
        let file = OpenOptions::new().write(true).open(&path).map_err(LogError::io(&path))?;
        Ok(Self { dir: dir.to_owned(), path, file, length, next, torn: false })
    }

    /// Begins a log.
    pub(crate) fn create(dir: &Path) -> Result<Self, LogError> {
        let folder = dir.join(layout::SEGMENTS);
        std::fs::create_dir_all(&folder).map_err(LogError::io(&folder))?;
        let (path, file) = create_segment(dir, 0).map_err(LogError::io(&folder))?;
        files::flush_parent(&folder).map_err(LogError::io(&folder))?;
        Ok(Self { dir: dir.to_owned(), path, file, length: 0, next: 0, torn: false })
    }

    /// Place of the next record.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Writes whole lines and flushes them. On an error nothing of them counts as written.
    pub(crate) fn append(&mut self, lines: &[u8], count: u64) -> io::Result<()> {
        self.mend()?;
        self.torn = true;
        self.file.write_all_at(lines, self.length)?;
        self.file.sync_data()?;
        self.torn = false;
        self.length += lines.len() as u64;
        self.next += count;
        if self.length >= SEGMENT_BYTES {
            self.rotate();
        }
        Ok(())
    }

    /// Removes what a failed write left behind.
    pub(crate) fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        Ok(())
    }

    /// A segment that cannot be begun (a full disk) is no failure: the old one goes on.
    fn rotate(&mut self) {
        match create_segment(&self.dir, self.next) {
            Ok((path, file)) => {
                self.path = path;
                self.file = file;
                self.length = 0;
            }
            Err(error) => tracing::warn!(%error, "cannot begin an evidence segment, going on with the last one"),
        }
    }
}

fn create_segment(dir: &Path, first: u64) -> io::Result<(PathBuf, File)> {
    let path = dir.join(layout::SEGMENTS).join(layout::segment_name(first));
    let create = || {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        file.sync_all()?;
        files::flush_parent(&path)?;
        Ok(file)
    };
    // A file that stays behind would hide the records that go on in the segment before it.
    let file = create().inspect_err(|_: &io::Error| drop(std::fs::remove_file(&path)))?;
    Ok((path, file))
}
