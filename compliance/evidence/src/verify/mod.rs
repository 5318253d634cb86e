//! Re-checks a log, or an exported copy, from its public formats alone, and names what was changed and where.
//!
//! The order of trust: the key, then the checkpoint that it signed, then the hash tiles that lead to the checkpoint's
//! root, then the records that the tiles stand for. A fault is laid at the lowest of these that does not fit the ones
//! above it; a tile that contradicts both its records and the root is the tile's fault, not the records'.
//!
//! Nothing is read whole: records pass by one at a time, and no size that a file claims is believed before it is
//! signed. The number of failures that are listed is bounded, the number that is counted is not.

mod align;
mod head;
mod leaves;
mod records;
mod source;

use crate::error::VerifyError;
use crate::layout;
use crate::merkle::Hash;
use head::Head;
use serde::{Deserialize, Serialize};
use source::Source;
use std::path::Path;

/// Failures that a report lists at most.
const FAILURES_MAX: usize = 1000;

/// What to check beyond what lies in the folder.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// The log's public key, from a place that the operator of the log does not control. Without it the file `vkey`
    /// in the folder is believed.
    pub vkey: Option<String>,
    /// Witnesses whose cosignatures are required. Without any the file `wvkey` in the folder names one, if it is there.
    pub witnesses: Vec<String>,
    /// A checkpoint of the same log that was seen before: the log must be a continuation of it.
    pub pinned: Option<String>,
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub code: String,
    /// The record that it concerns, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Place and figures, as `name=value` words.
    pub detail: String,
}

impl Failure {
    /// A failure with its place.
    #[must_use]
    pub fn new(code: &str, seq: Option<u64>, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), seq, detail: detail.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.detail.is_empty() { f.write_str(&self.code) } else { write!(f, "{} {}", self.code, self.detail) }
    }
}

/// The records that an exported window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Place of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Whether everything holds.
    pub ok: bool,
    /// What does not, at most the first thousand.
    pub failures: Vec<Failure>,
    /// Further failures that are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures_omitted: u64,
    /// The log.
    pub origin: String,
    /// Records under the checkpoint.
    pub size: u64,
    /// The signed root, base64.
    pub root: String,
    /// Records that were read and checked.
    pub records: u64,
    /// Records behind the checkpoint: durable, not signed yet. Only in the folder of a live log.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsigned: u64,
    /// Set when the folder holds a part of the log's records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Forwarded requests whose outcome is not in the log: in flight, or lost with a crash. Information, no failure.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub orphan_intents: u64,
    /// Times of valid cosignatures, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnessed: Vec<u64>,
    /// Whether the key came from the folder itself. An operator who made the folder also made that key.
    pub key_from_folder: bool,
    /// Of a pack: whether its list of files bears a valid signature of the log's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_signed: Option<bool>,
    /// What the reader should know although it is no failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl VerifyReport {
    pub(crate) fn fail(&mut self, code: &str, seq: Option<u64>, detail: impl Into<String>) {
        self.push(Failure::new(code, seq, detail));
    }

    /// Adds a failure, within the bound of the list.
    pub fn push(&mut self, failure: Failure) {
        self.ok = false;
        if self.failures.len() < FAILURES_MAX { self.failures.push(failure) } else { self.failures_omitted += 1 }
    }
}

/// Verifies the log in a folder: its `checkpoint`, `vkey`, `tile/` and records, which are one file `records.ndjson`, the
/// segments `records/` of a live log, or entry bundles.
///
/// # Errors
/// [`VerifyError`] when there is nothing to verify: no folder, no log in it, no usable key, an unreadable file. A check that
/// fails is not an error, it is in the report.
pub fn verify(path: &Path, options: &VerifyOptions) -> Result<VerifyReport, VerifyError> {
    let mut report = VerifyReport { ok: true, ..VerifyReport::default() };
    if !std::fs::metadata(path).map_err(VerifyError::io(path))?.is_dir() {
        return Err(VerifyError::NotALog { path: path.to_owned(), missing: "a folder" });
    }
    // The checkpoint of a live log is read before its records are listed: records only become more.
    let head = Head::read(path, options, &mut report)?;
    let source = Source::find(path)?;
    report.window = source::read_window(path, &source, &mut report)?;
    if report.window.is_none() && records::fast(path, &source, &head, &mut report)? {
        head.check_pinned(path, options, &mut report);
        return Ok(report);
    }
    let window = report.window;
    let leaves = leaves::Leaves::trust(path, &head, &source, window, &mut report)?;
    align::align(&source, &leaves, &head, window, &mut report)?;
    if report.ok {
        head.check_pinned(path, options, &mut report);
    }
    Ok(report)
}

/// A tile that differs from what it should be, at the first hash that does.
fn tile_mismatch(level: u8, index: u64, position: Option<usize>) -> Failure {
    let width = 256_u64.saturating_pow(u32::from(level));
    let Some(position) = position else {
        return Failure::new("TILE_MISMATCH", None, format!("level={level} index={index}"));
    };
    let leaf = index.saturating_mul(256).saturating_add(position as u64).saturating_mul(width);
    Failure::new("TILE_MISMATCH", Some(leaf), format!("level={level} index={index} leaf={leaf}"))
}

fn first_difference(left: &[Hash], right: &[Hash]) -> Option<usize> {
    (0..left.len().max(right.len())).find(|at| left.get(*at) != right.get(*at))
}

fn has_tiles(path: &Path) -> bool {
    path.join(layout::tile_path(0, 0, 256)).exists() || path.join("tile/0/000.p").exists()
}
