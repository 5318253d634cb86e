//! Verifies a pack: the log by its public formats, then everything else by making it again from the log.

mod compare;

use crate::archive;
use crate::error::ComplianceError;
use crate::files;
use crate::framework::Framework;
use crate::manifest::{self, ENVELOPE, FileFacts, MANIFEST, Manifest};
use crate::pack::{self, Derived, ROWS};
use crate::statement::{FORMAT, Made};
use gnomon_evidence::note::VerifierKey;
use gnomon_evidence::{Failure, TileDir, VerifyOptions, VerifyReport, layout};
use gnomon_types::time::Timestamp;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of the largest document that is read whole.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The clocks of gateways and of whoever makes a pack may differ so much.
const CLOCKS_APART_MAX_MS: i64 = 10 * 60 * 1000;
/// A running gateway writes at least its heartbeats; after so long without a record the reader is told.
const QUIET_MAX_MS: i64 = 24 * 3_600_000;

/// Verifies a pack, a folder or a `.zip`. Failures of the log come first, with the codes of `gnomon-evidence`; then
/// `FILE_MISMATCH`, `FILE_MISSING`, `FILE_UNEXPECTED` against the list of files, then what does not follow from the
/// records: `MADE_TOO_EARLY`, `QUERY_MISMATCH`, `SAMPLE_MISMATCH`, `LAW_VERSION_MISMATCH`, `DOCUMENT_MISMATCH`.
///
/// # Errors
/// [`ComplianceError`] when there is nothing to verify, or the pack is built in a way that no pack is. A check that
/// fails is not an error, it is in the report.
pub fn verify_pack(path: &Path, options: &VerifyOptions) -> Result<VerifyReport, ComplianceError> {
    if std::fs::metadata(path).map_err(ComplianceError::io(path))?.is_dir() {
        return verify_folder(path, options);
    }
    let folder = tempfile::Builder::new().prefix("gnomon-verify-").tempdir().map_err(ComplianceError::io(path))?;
    archive::unpack(path, folder.path())?;
    verify_folder(folder.path(), options)
}

fn verify_folder(folder: &Path, options: &VerifyOptions) -> Result<VerifyReport, ComplianceError> {
    let present = files::list(folder)?;
    let mut report = gnomon_evidence::verify(folder, options)?;
    let log_holds = report.ok;
    let manifest = check_manifest(folder, &present, options, &mut report)?;
    // Figures are only worth comparing when the records are the signed ones.
    if !log_holds {
        return Ok(report);
    }
    let Some((text, made)) = read_made(folder, &mut report)? else { return Ok(report) };
    let made_at = made.at;
    let derived = pack::derive(folder, made)?;
    check_day(made_at, derived.statement.log.span.newest, &mut report);
    compare::documents(folder, &text, &derived, &mut report)?;
    check_completeness_of_list(folder, &manifest, &derived, &mut report)?;
    Ok(report)
}

/// Holds the day that the pack gives for itself against the signed records. No status hangs on it but whether a law applies
/// yet; a pack of a log that stood still may be much younger than its records.
fn check_day(made: Timestamp, newest: Option<Timestamp>, report: &mut VerifyReport) {
    let Some(newest) = newest else { return };
    let later = made.as_millis().saturating_sub(newest.as_millis());
    if later < -CLOCKS_APART_MAX_MS {
        fail(report, "MADE_TOO_EARLY", format!("file={ROWS} made={made} newest_record={newest}"));
    } else if later > QUIET_MAX_MS {
        report.notes.push(format!("the pack is dated {}, its newest record {}", made.day(), newest.day()));
    }
}

/// Holds the files against the list, and the list against its envelope.
fn check_manifest(
    folder: &Path,
    present: &[String],
    options: &VerifyOptions,
    report: &mut VerifyReport,
) -> Result<Option<Manifest>, ComplianceError> {
    let Some(bytes) = read_document(&folder.join(MANIFEST))? else {
        fail(report, "FILE_MISSING", format!("file={MANIFEST}"));
        return Ok(None);
    };
    let envelope = read_document(&folder.join(ENVELOPE))?;
    report.manifest_signed = Some(false);
    if let Some(envelope) = envelope {
        let key = log_key(folder, options)?;
        let fault = key.map_or(Some("no usable key"), |key| manifest::seal_fault(&envelope, &bytes, &key));
        report.manifest_signed = Some(fault.is_none());
        if let Some(fault) = fault {
            fail(report, "MANIFEST_SIGNATURE_INVALID", format!("file={ENVELOPE} why={fault}"));
        }
    }
    let Some(manifest) = Manifest::decode(&bytes).filter(|list| list.encode().is_ok_and(|again| again == bytes)) else {
        fail(report, "MANIFEST_MALFORMED", format!("file={MANIFEST}"));
        return Ok(None);
    };
    let present: BTreeSet<&str> = present.iter().map(String::as_str).collect();
    for (path, facts) in &manifest.files {
        if !present.contains(path.as_str()) {
            fail(report, "FILE_MISSING", format!("file={path}"));
            continue;
        }
        let found = FileFacts::read(&folder.join(path))?;
        if found != *facts {
            let detail = format!("file={path} listed={} found={}", facts.sha256, found.sha256);
            fail(report, "FILE_MISMATCH", detail);
        }
    }
    for path in present {
        if path != MANIFEST && path != ENVELOPE && !manifest.files.contains_key(path) {
            fail(report, "FILE_UNEXPECTED", format!("file={path}"));
        }
    }
    Ok(Some(manifest))
}

/// Holds the list against the files that a pack of this log has: a foreign file does not become part of a pack by being
/// listed, and none is left out.
fn check_completeness_of_list(
    folder: &Path,
    manifest: &Option<Manifest>,
    derived: &Derived,
    report: &mut VerifyReport,
) -> Result<(), ComplianceError> {
    let Some(manifest) = manifest else { return Ok(()) };
    let mut wanted = log_files(folder)?;
    wanted.extend(derived.files.keys().cloned());
    let listed: BTreeSet<&String> = manifest.files.keys().collect();
    for path in listed.iter().filter(|path| !wanted.contains(**path)) {
        fail(report, "FILE_UNEXPECTED", format!("file={path} listed=yes"));
    }
    for path in wanted.iter().filter(|path| !listed.contains(path)) {
        fail(report, "FILE_MISSING", format!("file={path} listed=no"));
    }
    Ok(())
}

/// The files that hold the log itself.
fn log_files(folder: &Path) -> Result<BTreeSet<String>, ComplianceError> {
    let size = TileDir::published(folder)?.0.size();
    let mut names: BTreeSet<String> = [layout::RECORDS, layout::CHECKPOINT, layout::VKEY].map(str::to_owned).into();
    if folder.join(layout::WITNESS_VKEY).exists() {
        names.insert(layout::WITNESS_VKEY.to_owned());
    }
    for level in 0..layout::level_count(size) {
        for index in 0..layout::tile_count(size, level) {
            let path = layout::tile_path(level, index, layout::tile_width(size, level, index));
            names.insert(path.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// The statement as it lies there, and the choices in it.
fn read_made(folder: &Path, report: &mut VerifyReport) -> Result<Option<(Vec<u8>, Made)>, ComplianceError> {
    let Some(text) = read_document(&folder.join(ROWS))? else {
        // A list that names the file has reported it already; one that leaves it out must not hide it.
        if report.ok {
            fail(report, "FILE_MISSING", format!("file={ROWS} listed=no"));
        }
        return Ok(None);
    };
    // Nesting is bounded by the reader, size by the limit above.
    let statement: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let made = statement.get("made").cloned().unwrap_or_default();
    let made = serde_json::from_value(made).ok().filter(is_plausible);
    if made.is_none() {
        fail(report, "DOCUMENT_MISMATCH", format!("file={ROWS} why=no choices that a pack is made with"));
    }
    Ok(made.map(|made| (text, made)))
}

fn is_plausible(made: &Made) -> bool {
    let known = (1..=Framework::ALL.len()).contains(&made.frameworks.len());
    let short = made.tool.len() <= 100 && made.tool.chars().all(|letter| !letter.is_control());
    made.format == FORMAT && known && made.frameworks.is_sorted_by(|a, b| a < b) && short
}

fn log_key(folder: &Path, options: &VerifyOptions) -> Result<Option<VerifierKey>, ComplianceError> {
    let text = match &options.vkey {
        Some(text) => text.clone().into_bytes(),
        None => read_document(&folder.join(layout::VKEY))?.unwrap_or_default(),
    };
    Ok(VerifierKey::parse(String::from_utf8_lossy(&text).trim()).ok())
}

/// A document of bounded size; `None` when there is none.
fn read_document(path: &PathBuf) -> Result<Option<Vec<u8>>, ComplianceError> {
    if !path.exists() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(ComplianceError::io(path))?;
    file.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(ComplianceError::io(path))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(ComplianceError::Refused(format!(
            "`{}` is larger than {DOCUMENT_BYTES_MAX} bytes",
            path.display()
        )));
    }
    Ok(Some(bytes))
}

fn fail(report: &mut VerifyReport, code: &str, detail: String) {
    report.push(Failure::new(code, None, detail));
}
