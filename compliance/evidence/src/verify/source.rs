//! Where the records of a folder lie, and reading them one by one in bounded memory.

use super::{VerifyReport, Window};
use crate::error::VerifyError;
use crate::record::RECORD_BYTES_MAX;
use crate::{files, layout, segments};
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Bytes of one file of entry bundles: 256 entries and their lengths.
const BUNDLE_BYTES_MAX: usize = 256 * (RECORD_BYTES_MAX + 2);

/// The records of a folder.
#[derive(Debug)]
pub(super) enum Source {
    /// One file, one record per line.
    File(PathBuf),
    /// The segments of a live log: place of the first record and file.
    Segments(Vec<(u64, PathBuf)>),
    /// Entry bundles of C2SP tlog-tiles.
    Bundles(PathBuf),
}

/// One line.
pub(super) enum Line<'a> {
    /// A record's bytes.
    Record(&'a [u8]),
    /// More bytes than a record may have, or an end without newline.
    Broken,
}

impl Source {
    pub(super) fn find(dir: &Path) -> Result<Self, VerifyError> {
        let file = dir.join(layout::RECORDS);
        if file.exists() {
            return Ok(Self::File(file));
        }
        if dir.join(layout::SEGMENTS).is_dir() {
            return Ok(Self::Segments(segments::list(dir).map_err(VerifyError::io(dir))?));
        }
        if dir.join("tile/entries").is_dir() {
            return Ok(Self::Bundles(dir.to_owned()));
        }
        if dir.join(layout::CHECKPOINT).exists() || super::has_tiles(dir) {
            // A log without any records: every one of them is missing.
            return Ok(Self::Segments(Vec::new()));
        }
        Err(VerifyError::NotALog { path: dir.to_owned(), missing: "the records" })
    }

    /// A log that is being written may hold records behind its checkpoint.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Segments(_))
    }

    /// Hands each line to `each` until it breaks off.
    pub(super) fn walk(&self, mut each: impl FnMut(Line<'_>) -> ControlFlow<()>) -> Result<(), VerifyError> {
        match self {
            Self::File(path) => walk_file(path, &mut each).map(drop),
            Self::Segments(paths) => {
                for (_, path) in paths {
                    if walk_file(path, &mut each)?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Bundles(dir) => walk_bundles(dir, &mut each),
        }
    }
}

/// Which part of the log a folder holds, if it says so. A window that a file claims does not hide anything: whoever
/// relies on its ends checks them (`gnomon-compliance` does, by the times of the records around it).
pub(super) fn read_window(
    dir: &Path,
    source: &Source,
    report: &mut VerifyReport,
) -> Result<Option<Window>, VerifyError> {
    let path = dir.join(layout::WINDOW);
    let Some(bytes) = files::read_bounded(&path, 4096).map_err(VerifyError::io(&path))? else { return Ok(None) };
    if source.is_live() {
        report.fail("WINDOW_INVALID", None, "a live log has no window");
        return Ok(None);
    }
    let window: Option<Window> = serde_json::from_slice(&bytes).ok();
    let window = window.filter(|window| window.first.checked_add(window.count).is_some());
    if window.is_none() {
        report.fail("WINDOW_INVALID", None, "malformed");
    }
    Ok(window)
}

fn walk_file(path: &Path, each: &mut impl FnMut(Line<'_>) -> ControlFlow<()>) -> Result<ControlFlow<()>, VerifyError> {
    let file = files::open_plain(path).map_err(VerifyError::io(path))?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = RECORD_BYTES_MAX as u64 + 1;
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(VerifyError::io(path))?;
        if read == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        let flow = match line.strip_suffix(b"\n") {
            Some(record) => each(Line::Record(record)),
            None => {
                skip_line(&mut reader).map_err(VerifyError::io(path))?;
                each(Line::Broken)
            }
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
}

fn skip_line(reader: &mut impl std::io::BufRead) -> std::io::Result<()> {
    loop {
        let bytes = reader.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (used, done) = (end.map_or(bytes.len(), |end| end + 1), end.is_some() || bytes.is_empty());
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn walk_bundles(dir: &Path, each: &mut impl FnMut(Line<'_>) -> ControlFlow<()>) -> Result<(), VerifyError> {
    for index in 0.. {
        let Some((path, full)) = bundle_file(dir, index) else { return Ok(()) };
        let bytes = files::read_bounded(&path, BUNDLE_BYTES_MAX).map_err(VerifyError::io(&path))?.unwrap_or_default();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let entry = rest
                .split_first_chunk::<2>()
                .and_then(|(length, rest)| rest.split_at_checked(usize::from(u16::from_be_bytes(*length))));
            let flow = match entry {
                Some((record, after)) => {
                    rest = after;
                    each(Line::Record(record))
                }
                None => {
                    rest = &[];
                    each(Line::Broken)
                }
            };
            if flow.is_break() {
                return Ok(());
            }
        }
        if !full {
            return Ok(());
        }
    }
    Ok(())
}

/// The bundle's file: the full one, else the widest partial one.
fn bundle_file(dir: &Path, index: u64) -> Option<(PathBuf, bool)> {
    let full = dir.join(layout::bundle_path(index, 256));
    if full.exists() {
        return Some((full, true));
    }
    let partial = (1..256).rev().map(|width| dir.join(layout::bundle_path(index, width)));
    partial.into_iter().find(|path| path.exists()).map(|path| (path, false))
}
