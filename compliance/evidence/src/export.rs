//! Copies a log, or a window of it, into a folder that stands alone: [`crate::verify`] and foreign tools accept it.

use crate::error::ReadError;
use crate::layout;
use crate::merkle::TILE_WIDTH;
use crate::reader::Reader;
use crate::tiles::TileDir;
use crate::verify::Window;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSummary {
    /// Records under the checkpoint that came along.
    pub size: u64,
    /// Records that were copied.
    pub records: u64,
}

/// Writes `checkpoint`, `vkey`, `tile/` and `records.ndjson` to `out`. Without a range all records under the checkpoint
/// are copied, with entry bundles, so that the folder is a complete C2SP tlog-tiles log; with a range only those of it, and `window.json`
/// says so. Live logs may be exported: records behind the checkpoint are left out.
///
/// # Errors
/// [`ReadError`] when the log cannot be read or `out` cannot be written.
pub fn export(dir: &Path, range: Option<Range<u64>>, out: &Path) -> Result<ExportSummary, ReadError> {
    let (tiles, checkpoint) = TileDir::published(dir)?;
    let size = tiles.size();
    std::fs::create_dir_all(out).map_err(ReadError::io(out))?;
    write(&out.join(layout::CHECKPOINT), checkpoint.as_bytes())?;
    for name in [layout::VKEY, layout::WITNESS_VKEY] {
        let from = dir.join(name);
        if from.exists() {
            std::fs::copy(&from, out.join(name)).map_err(ReadError::io(&from))?;
        }
    }
    copy_tiles(&tiles, out)?;
    let whole = range.is_none();
    let range = range.map_or(0..size, |range| range.start.min(size)..range.end.min(size));
    let range = range.start..range.end.max(range.start);
    if !whole {
        let window = Window { first: range.start, count: range.end - range.start };
        let text = serde_json::to_vec(&window).map_err(|error| ReadError::Missing(error.to_string()))?;
        write(&out.join(layout::WINDOW), &text)?;
    }
    let records = copy_records(dir, range, out, whole)?;
    Ok(ExportSummary { size, records })
}

fn copy_tiles(tiles: &TileDir, out: &Path) -> Result<(), ReadError> {
    for level in 0..layout::level_count(tiles.size()) {
        for index in 0..layout::tile_count(tiles.size(), level) {
            let row = tiles.tile(level, index)?;
            write(&out.join(layout::tile_path(level, index, row.len())), &row.concat())?;
        }
    }
    Ok(())
}

fn copy_records(dir: &Path, range: Range<u64>, out: &Path, bundles: bool) -> Result<u64, ReadError> {
    let path = out.join(layout::RECORDS);
    let mut lines = BufWriter::new(File::create(&path).map_err(ReadError::io(&path))?);
    let mut bundle = Vec::new();
    let mut failure = None;
    let mut next = range.start;
    Reader::open(dir)?.walk(range.start, range.end, |seq, record| {
        let written = lines.write_all(record).and_then(|()| lines.write_all(b"\n")).map_err(ReadError::io(&path));
        let bundled =
            written.and_then(|()| if bundles { bundle_up(out, seq, range.end, record, &mut bundle) } else { Ok(()) });
        failure = bundled.err();
        next = seq + 1;
        failure.is_none()
    })?;
    lines.flush().map_err(ReadError::io(&path))?;
    match failure {
        Some(failure) => Err(failure),
        None if next < range.end => Err(ReadError::Missing(format!("record {next}"))),
        None => Ok(range.end - range.start),
    }
}

/// Adds an entry; writes the bundle when it is full or the log ends.
fn bundle_up(out: &Path, seq: u64, size: u64, record: &[u8], bundle: &mut Vec<u8>) -> Result<(), ReadError> {
    let length = u16::try_from(record.len()).map_err(|error| ReadError::Record { seq, message: error.to_string() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(record);
    let next = seq + 1;
    if next.is_multiple_of(TILE_WIDTH as u64) || next == size {
        let index = seq / TILE_WIDTH as u64;
        write(&out.join(layout::bundle_path(index, layout::tile_width(size, 0, index))), bundle)?;
        bundle.clear();
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ReadError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(ReadError::io(parent))?;
    }
    std::fs::write(path, bytes).map_err(ReadError::io(path))
}
