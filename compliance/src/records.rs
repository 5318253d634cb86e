//! The records of a pack, one line each, read in bounded memory.

use crate::error::ComplianceError;
use gnomon_evidence::RECORD_BYTES_MAX;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// Hands each record with its place to `each`. Stops quietly at a line that is no record: the verifier names that.
pub(crate) fn walk(path: &Path, mut each: impl FnMut(u64, &[u8])) -> Result<(), ComplianceError> {
    let mut lines = BufReader::with_capacity(256 * 1024, File::open(path).map_err(ComplianceError::io(path))?);
    let mut line = Vec::new();
    for seq in 0.. {
        line.clear();
        let limit = RECORD_BYTES_MAX as u64 + 1;
        lines.by_ref().take(limit).read_until(b'\n', &mut line).map_err(ComplianceError::io(path))?;
        let Some(record) = line.strip_suffix(b"\n") else { break };
        each(seq, record);
    }
    Ok(())
}

/// The bytes of some records.
pub(crate) fn pick(path: &Path, wanted: &BTreeSet<u64>) -> Result<BTreeMap<u64, Vec<u8>>, ComplianceError> {
    let mut picked = BTreeMap::new();
    walk(path, |seq, record| {
        if wanted.contains(&seq) {
            picked.insert(seq, record.to_vec());
        }
    })?;
    Ok(picked)
}
