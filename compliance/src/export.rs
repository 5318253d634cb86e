//! Makes a pack: a copy of the log under its checkpoint, and everything that follows from it, as a folder or a `.zip`.

use crate::error::ComplianceError;
use crate::framework::{Framework, Window};
use crate::manifest::{self, ENVELOPE, FileFacts, MANIFEST, Manifest};
use crate::pack;
use crate::statement::{FORMAT, Made, Status};
use crate::{archive, files};
use gnomon_evidence::{NoteSigner, layout};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to export.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The folder of the log.
    pub log_dir: PathBuf,
    /// Which records are counted. The pack holds the whole log, so that others can compute its root.
    pub window: Window,
    /// For which laws.
    pub frameworks: Vec<Framework>,
    /// A folder that is not there yet, or a file that ends in `.zip`.
    pub out: PathBuf,
    /// The day on which the pack is made.
    pub now: Timestamp,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackSummary {
    /// Where it lies.
    pub path: PathBuf,
    /// The log.
    pub origin: String,
    /// The signed root over all records of the pack.
    pub root: String,
    /// Records in the pack: all that the checkpoint signs.
    pub records: u64,
    /// Records in the window, which are counted.
    pub window_records: u64,
    /// Durable records behind the checkpoint, which are not in the pack.
    pub not_signed_yet: u64,
    /// Obligations with evidence.
    pub evidence_present: usize,
    /// Obligations without the evidence that they ask for.
    pub evidence_missing: usize,
    /// Obligations on which a person has the last word.
    pub needs_a_person: usize,
    /// Obligations on which the records hold nothing.
    pub cannot_be_evidenced_here: usize,
    /// Records that were drawn for a closer look.
    pub samples: usize,
    /// Whether the list of files is signed.
    pub manifest_signed: bool,
}

/// Makes a pack. What is written is complete or not there at all.
///
/// # Errors
/// [`ComplianceError`] when the log has no checkpoint or no record, cannot be read, or `out` is there or cannot be made.
pub fn export(request: &ExportRequest) -> Result<PackSummary, ComplianceError> {
    if request.out.exists() {
        return Err(ComplianceError::Exists(request.out.clone()));
    }
    if !request.log_dir.join(layout::CHECKPOINT).exists() {
        return Err(ComplianceError::NoCheckpoint(request.log_dir.clone()));
    }
    let parent = request.out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(ComplianceError::io(parent))?;
    let workshop =
        tempfile::Builder::new().prefix(".gnomon-pack-").tempdir_in(parent).map_err(ComplianceError::io(parent))?;
    let folder = workshop.path().join("pack");
    let summary = fill(request, &folder)?;
    let finished = if request.out.extension().is_some_and(|extension| extension == "zip") {
        let file = workshop.path().join("pack.zip");
        archive::write(&folder, &file)?;
        file
    } else {
        folder
    };
    std::fs::rename(&finished, &request.out).map_err(ComplianceError::io(&request.out))?;
    Ok(summary)
}

fn fill(request: &ExportRequest, folder: &Path) -> Result<PackSummary, ComplianceError> {
    // A window over everything gives all records without entry bundles, which would double the size of the pack.
    let copied = gnomon_evidence::export(&request.log_dir, Some(0..u64::MAX), folder)?;
    let window = folder.join(layout::WINDOW);
    std::fs::remove_file(&window).map_err(ComplianceError::io(&window))?;
    if copied.size == 0 {
        return Err(ComplianceError::Empty(request.log_dir.clone()));
    }
    let derived = pack::derive(folder, made(request))?;
    for (path, bytes) in &derived.files {
        files::write(&folder.join(path), bytes)?;
    }
    let manifest_signed = write_manifest(request, folder, &derived.statement.log.vkey)?;
    let statement = &derived.statement;
    let rows = |status: Status| statement.rows.iter().filter(|row| row.status == status).count();
    let durable = gnomon_evidence::Reader::open(&request.log_dir)?.count()?;
    Ok(PackSummary {
        path: request.out.clone(),
        origin: statement.log.origin.clone(),
        root: statement.log.root.clone(),
        records: statement.log.size,
        window_records: statement.log.span.window_records,
        not_signed_yet: durable.saturating_sub(statement.log.size),
        evidence_present: rows(Status::EvidencePresent),
        evidence_missing: rows(Status::EvidenceMissing),
        needs_a_person: rows(Status::NeedsAPerson),
        cannot_be_evidenced_here: rows(Status::CannotBeEvidencedHere),
        samples: statement.samples.len(),
        manifest_signed,
    })
}

fn made(request: &ExportRequest) -> Made {
    let mut frameworks = request.frameworks.clone();
    frameworks.sort_unstable();
    frameworks.dedup();
    Made {
        format: FORMAT.to_owned(),
        tool: format!("gnomon {}", env!("CARGO_PKG_VERSION")),
        at: request.now,
        window: request.window,
        frameworks,
    }
}

fn write_manifest(request: &ExportRequest, folder: &Path, vkey: &str) -> Result<bool, ComplianceError> {
    let mut listed = BTreeMap::new();
    for path in files::list(folder)? {
        listed.insert(path.clone(), FileFacts::read(&folder.join(&path))?);
    }
    let manifest = Manifest::new(listed).encode()?;
    files::write(&folder.join(MANIFEST), &manifest)?;
    let Some(signer) = signer(&request.log_dir, vkey) else { return Ok(false) };
    files::write(&folder.join(ENVELOPE), &manifest::seal(&manifest, &signer)?)?;
    Ok(true)
}

/// The log's key, if it lies where an installation keeps it and may be read: packs made from a copy of a log have none.
fn signer(log_dir: &Path, vkey: &str) -> Option<NoteSigner> {
    let path = log_dir.parent()?.join("keys/evidence.key");
    let origin = vkey.split('+').next()?;
    // Looked for first: loading would make a key.
    let signer = path.is_file().then(|| NoteSigner::load_or_create(&path, origin).ok()).flatten()?;
    (signer.vkey() == vkey).then_some(signer)
}
