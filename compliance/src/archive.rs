//! A pack as one `.zip`: written the same for the same pack, and unpacked with suspicion.

use crate::error::ComplianceError;
use crate::files;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Bytes that a pack may unpack to.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024 * 1024;
/// A file may unpack to this many times its packed size, above the first megabyte. Deflate reaches about a thousand;
/// records reach ten.
const RATIO_MAX: u64 = 200;
/// Bytes of the directory at the end of the archive, which is read into memory.
const DIRECTORY_BYTES_MAX: u64 = 32 * 1024 * 1024;
const NAME_BYTES_MAX: usize = 200;

/// Packs a folder: sorted names, one fixed date, no platform's habits.
pub(crate) fn write(folder: &Path, out: &Path) -> Result<(), ComplianceError> {
    let mut archive = ZipWriter::new(File::create(out).map_err(ComplianceError::io(out))?);
    for path in files::list(folder)? {
        let from = folder.join(&path);
        let mut file = File::open(&from).map_err(ComplianceError::io(&from))?;
        let bytes = file.metadata().map_err(ComplianceError::io(&from))?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644)
            .large_file(bytes >= u64::from(u32::MAX));
        archive.start_file(&path, options).map_err(|error| packing(out, error))?;
        std::io::copy(&mut file, &mut archive).map_err(ComplianceError::io(out))?;
    }
    let file = archive.finish().map_err(|error| packing(out, error))?;
    file.sync_all().map_err(ComplianceError::io(out))
}

fn packing(out: &Path, error: ZipError) -> ComplianceError {
    ComplianceError::Io { path: out.to_owned(), source: error.into() }
}

/// Unpacks an archive into an empty folder.
///
/// Refused before anything is written: names that lead elsewhere, links, encrypted entries, two entries of one name, more
/// entries or bytes than a pack can have.
pub(crate) fn unpack(path: &Path, folder: &Path) -> Result<(), ComplianceError> {
    let mut file = File::open(path).map_err(ComplianceError::io(path))?;
    let listed = Directory::find(&mut file).map_err(ComplianceError::io(path))?;
    let listed = listed.ok_or_else(|| refused("it is not a zip archive, or one with something behind its end"))?;
    if listed.bytes > DIRECTORY_BYTES_MAX || listed.entries > files::FILES_MAX as u64 {
        return Err(refused(format!("its directory lists {} entries in {} bytes", listed.entries, listed.bytes)));
    }
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    if archive.len() as u64 != listed.entries {
        return Err(refused("two entries have the same name"));
    }
    let plan = plan(&mut archive)?;
    for (index, name) in plan {
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let (to, size) = (folder.join(&name), entry.size());
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(ComplianceError::io(parent))?;
        }
        let mut file = File::create_new(&to).map_err(ComplianceError::io(&to))?;
        let copied = std::io::copy(&mut (&mut entry).take(size + 1), &mut file);
        let copied = copied.map_err(|error| refused(format!("`{name}` cannot be unpacked: {error}")))?;
        if copied != size {
            return Err(refused(format!("`{name}` unpacks to another size than it says")));
        }
    }
    Ok(())
}

/// Looks at every entry before one is unpacked. Folders need no entry and are passed over.
fn plan(archive: &mut ZipArchive<File>) -> Result<Vec<(usize, String)>, ComplianceError> {
    let (mut plan, mut total, mut names) = (Vec::new(), 0_u64, BTreeSet::new());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        if !is_safe(name.strip_suffix('/').filter(|_| entry.is_dir()).unwrap_or(&name)) {
            return Err(refused(format!("an entry is named `{}`", name.escape_debug())));
        }
        if !(entry.is_dir() || entry.is_file()) || entry.encrypted() {
            return Err(refused(format!("`{name}` is a link or encrypted")));
        }
        total = total.saturating_add(entry.size());
        let allowed = entry.compressed_size().saturating_mul(RATIO_MAX).saturating_add(1024 * 1024);
        if total > UNPACKED_BYTES_MAX || entry.size() > allowed {
            return Err(refused(format!("`{name}` unpacks to {} bytes", entry.size())));
        }
        if !entry.is_dir() {
            if !names.insert(name.to_lowercase()) {
                return Err(refused(format!("two entries are named `{name}`")));
            }
            plan.push((index, name));
        }
    }
    Ok(plan)
}

/// Names as packs have them: plain words joined by single slashes.
fn is_safe(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain);
    name.len() <= NAME_BYTES_MAX && name.split('/').all(part)
}

fn refused(what: impl Into<String>) -> ComplianceError {
    ComplianceError::Refused(what.into())
}

fn unreadable(error: ZipError) -> ComplianceError {
    refused(format!("the archive is broken: {error}"))
}

/// What the end of an archive says about its directory, read before anything is allocated for it.
#[derive(Debug, PartialEq, Eq)]
struct Directory {
    entries: u64,
    bytes: u64,
}

impl Directory {
    /// `None` when the file does not end with the end record of a zip archive, without comment.
    fn find(file: &mut (impl Read + Seek)) -> std::io::Result<Option<Self>> {
        let length = file.seek(SeekFrom::End(0))?;
        let Some(start) = length.checked_sub(22) else { return Ok(None) };
        let end = read_at::<22>(file, start)?;
        if !end.starts_with(b"PK\x05\x06") || !end.ends_with(&[0, 0]) {
            return Ok(None);
        }
        let (entries, bytes) = (little(&end, 10, 2), little(&end, 12, 4));
        if entries < 0xffff && bytes < 0xffff_ffff {
            return Ok(Some(Self { entries, bytes }));
        }
        // Zip64: a locator stands before the end record and points to the long form.
        let Some(locator) = start.checked_sub(20) else { return Ok(None) };
        let locator = read_at::<20>(file, locator)?;
        let place = little(&locator, 8, 8);
        if !locator.starts_with(b"PK\x06\x07") || place > start.saturating_sub(56) {
            return Ok(Some(Self { entries, bytes }));
        }
        let long = read_at::<56>(file, place)?;
        if !long.starts_with(b"PK\x06\x06") {
            return Ok(None);
        }
        Ok(Some(Self { entries: little(&long, 32, 8), bytes: little(&long, 40, 8) }))
    }
}

fn read_at<const N: usize>(file: &mut (impl Read + Seek), place: u64) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn little(bytes: &[u8], start: usize, count: usize) -> u64 {
    let digits = bytes.get(start..start + count).unwrap_or_default();
    digits.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_safe() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a\\b", "c:x", "a/./b", "ü", "a b", "a\0b"] {
            assert!(!is_safe(bad), "{bad}");
        }
        for good in ["manifest.json", "tile/0/x001/234.p/17", "proofs/000000000001.tlog-proof"] {
            assert!(is_safe(good), "{good}");
        }
    }
}
