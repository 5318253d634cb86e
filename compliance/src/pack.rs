//! Everything in a pack that follows from its log: the statement, the report, the OSCAL document, samples and proofs.
//!
//! Making a pack and verifying one call the same function. A pack is right when its files are what this gives.

use crate::assess::{Assessed, Assessment};
use crate::catalogue::{Law, law};
use crate::error::ComplianceError;
use crate::manifest::{ENVELOPE, FileFacts, MANIFEST};
use crate::statement::{LawFacts, LogFacts, Made, Sample, Statement};
use crate::{json, oscal, readme, records, report};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gnomon_evidence::checkpoint::Checkpoint;
use gnomon_evidence::note::Note;
use gnomon_evidence::proof::{self, TlogProof};
use gnomon_evidence::{ReadError, StoredRecord, TileDir, layout};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The statement.
pub(crate) const ROWS: &str = "rows.json";
/// The report for people.
pub(crate) const REPORT: &str = "report.html";
/// The report for programs.
pub(crate) const OSCAL: &str = "oscal/assessment-results.json";
/// How to check all of it.
pub(crate) const README: &str = "README.txt";
/// Folder of drawn records.
pub(crate) const SAMPLES: &str = "samples";
/// Folder of their proofs.
pub(crate) const PROOFS: &str = "proofs";

/// Whether a folder is a pack, or what is left of one: it holds something that only packs have beside the log. Any one of
/// the parts is enough, so that taking a file away never makes a pack pass for a bare log.
#[must_use]
pub fn is_pack(folder: &Path) -> bool {
    let folder_of_oscal = OSCAL.split('/').next().unwrap_or(OSCAL);
    let parts = [MANIFEST, ENVELOPE, ROWS, REPORT, README, SAMPLES, PROOFS, folder_of_oscal];
    parts.iter().any(|part| folder.join(part).exists())
}

/// Files that were made from the log, by path.
pub(crate) struct Derived {
    pub(crate) statement: Statement,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// Makes everything from the log in a folder: `records.ndjson`, `checkpoint`, `vkey` and tiles.
pub(crate) fn derive(dir: &Path, made: Made) -> Result<Derived, ComplianceError> {
    let (tiles, note) = TileDir::published(dir)?;
    let checkpoint = read_checkpoint(&note)?;
    let root = BASE64.encode(checkpoint.root);
    let laws = made.frameworks.iter().map(|framework| law(*framework)).collect::<Result<Vec<_>, _>>()?;
    let assessed = assess(dir, &made, &laws, &root)?;
    let log = log_facts(dir, &checkpoint, root, &assessed)?;
    let drawn = draw(dir, &tiles, &note, &assessed)?;
    let statement = Statement {
        made,
        log,
        laws: laws.into_iter().map(law_facts).collect(),
        rows: assessed.rows,
        queries: assessed.queries,
        samples: drawn.samples,
        completeness: assessed.completeness,
    };
    let mut files = drawn.files;
    files.insert(README.to_owned(), readme::render(&statement).into_bytes());
    files.insert(ROWS.to_owned(), json::encode(&statement)?);
    files.insert(REPORT.to_owned(), report::render(&statement).into_bytes());
    files.insert(OSCAL.to_owned(), json::encode(&oscal::render(&statement, &files_of(&files)))?);
    Ok(Derived { statement, files })
}

fn read_checkpoint(note: &str) -> Result<Checkpoint, ComplianceError> {
    let missing = || ComplianceError::Read(ReadError::Missing("a checkpoint".to_owned()));
    let note = Note::parse(note.as_bytes()).map_err(|_| missing())?;
    Checkpoint::parse(&note.text).map_err(|_| missing())
}

fn assess(dir: &Path, made: &Made, laws: &[&'static Law], root: &str) -> Result<Assessed, ComplianceError> {
    let mut assessment = Assessment::new(laws, made.window, Some(root.to_owned()));
    records::walk(&dir.join(layout::RECORDS), |seq, record| assessment.push(seq, record))?;
    Ok(assessment.finish(made.at))
}

fn log_facts(
    dir: &Path,
    checkpoint: &Checkpoint,
    root: String,
    assessed: &Assessed,
) -> Result<LogFacts, ComplianceError> {
    let vkey = dir.join(layout::VKEY);
    let records = FileFacts::read(&dir.join(layout::RECORDS))?;
    Ok(LogFacts {
        origin: checkpoint.origin.clone(),
        vkey: std::fs::read_to_string(&vkey).map_err(ComplianceError::io(&vkey))?.trim().to_owned(),
        size: checkpoint.size,
        root,
        records_sha256: records.sha256,
        records_bytes: records.bytes,
        checkpoint_sha256: FileFacts::read(&dir.join(layout::CHECKPOINT))?.sha256,
        span: assessed.span.clone(),
    })
}

fn law_facts(law: &Law) -> LawFacts {
    LawFacts {
        framework: law.id,
        name: law.name.clone(),
        law: law.law.clone(),
        version: law.version.clone(),
        as_of: law.as_of.clone(),
        source: law.source.clone(),
        catalogue_sha256: law.catalogue,
    }
}

struct Drawn {
    samples: Vec<Sample>,
    files: BTreeMap<String, Vec<u8>>,
}

fn draw(dir: &Path, tiles: &TileDir, note: &str, assessed: &Assessed) -> Result<Drawn, ComplianceError> {
    let wanted: BTreeSet<u64> = assessed.drawn.iter().map(|(_, seq, _)| *seq).collect();
    let picked = records::pick(&dir.join(layout::RECORDS), &wanted)?;
    let mut drawn = Drawn { samples: Vec::new(), files: BTreeMap::new() };
    for (seq, bytes) in &picked {
        let proof = TlogProof { index: *seq, path: proof::inclusion(tiles, *seq)?, checkpoint: note.to_owned() };
        drawn.files.insert(proof_path(*seq), proof.encode().into_bytes());
        drawn.files.insert(sample_path(*seq), bytes.clone());
    }
    for (query, seq, key) in &assessed.drawn {
        let bytes = picked.get(seq).cloned().unwrap_or_default();
        let record_sha256 = FileFacts::of(&bytes).sha256;
        let record = StoredRecord { seq: *seq, bytes }.record().ok();
        drawn.samples.push(Sample {
            query: query.clone(),
            seq: *seq,
            key: key.clone(),
            kind: record.as_ref().map_or("unknown", |record| record.body.kind()).to_owned(),
            at: record.map(|record| record.at),
            record_sha256,
            record: sample_path(*seq),
            proof: proof_path(*seq),
        });
    }
    Ok(drawn)
}

fn sample_path(seq: u64) -> String {
    format!("{SAMPLES}/{seq:012}.json")
}

fn proof_path(seq: u64) -> String {
    format!("{PROOFS}/{seq:012}.tlog-proof")
}

fn files_of(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, FileFacts> {
    files.iter().map(|(path, bytes)| (path.clone(), FileFacts::of(bytes))).collect()
}
