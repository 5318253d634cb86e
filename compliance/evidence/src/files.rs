//! Writing files so that a crash leaves the old or the new one, and the lock of the single writer.

use crate::error::LogError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Write aside, flush, rename, flush the folder: after return the file is durable.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    replace(path, bytes, 0o644).map_err(LogError::io(path))
}

/// As [`write_durable`], readable for the owner only.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    replace(path, bytes, 0o600).map_err(LogError::io(path))
}

/// Write aside and rename without a flush: for what can be made again from the records.
pub(crate) fn write_derived(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let write = || {
        make_parent(path)?;
        let aside = aside(path);
        std::fs::write(&aside, bytes)?;
        std::fs::rename(&aside, path)
    };
    write().map_err(LogError::io(path))
}

/// Flushes a file that [`write_derived`] made; one that is gone was superseded.
pub(crate) fn flush(path: &Path) -> Result<(), LogError> {
    match File::open(path) {
        Ok(file) => file.sync_all().map_err(LogError::io(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(LogError::Io { path: path.to_owned(), source }),
    }
}

/// Flushes the entry of a file in its folder.
pub(crate) fn flush_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Reads a whole file, at most `max` bytes. `Ok(None)` when there is none; a larger file is an error.
pub(crate) fn read_bounded(path: &Path, max: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match open_plain(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        return Err(io::Error::other(format!("larger than {max} bytes")));
    }
    Ok(Some(bytes))
}

/// Opens a file to read; refuses folders, pipes and devices, which a hostile copy may hold where a file is expected.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    // Looked at before it is opened: opening a pipe waits for its other end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    File::open(path)
}

/// Takes the lock of the single writer; it falls when the file is dropped, however the process ends.
pub(crate) fn lock(dir: &Path) -> Result<File, LogError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(LogError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LogError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(LogError::Io { path, source }),
    }
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    make_parent(path)?;
    let aside = aside(path);
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    flush_parent(path)
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn aside(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}
