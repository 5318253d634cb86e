//! The obligations with their evidence, counted in a log as it stands, for pages and `gnomon compliance status`.

use crate::assess::Assessment;
use crate::catalogue::law;
use crate::error::ComplianceError;
use crate::framework::{Framework, Window};
use crate::queries;
use crate::statement::{Row, Status};
use gnomon_evidence::Reader;
use serde::Serialize;
use std::path::Path;

/// Records that are read at a time.
const BATCH: usize = 2000;

/// One obligation with what there is for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusRow {
    /// Such as `ai-act:26(5)`.
    pub id: String,
    /// Its id in the common table of obligations, such as `aiact-26.5`.
    pub source: Vec<String>,
    /// Where it stands in the law.
    pub reference: String,
    /// What it asks, in our words.
    pub requirement: String,
    /// The day from which it applies, `2026-08-02`.
    pub applies_from: String,
    /// How it stands.
    pub status: Status,
    /// Records in the window that speak for it.
    pub count: u64,
    /// What is missing, what a person must add, what cannot be shown.
    pub remark: String,
    /// What is counted, in words.
    pub query: String,
}

/// Counts the evidence in a log, records behind its checkpoint included. Whether an obligation applies yet is judged
/// on the last day of the window.
///
/// # Errors
/// [`ComplianceError`] when the log cannot be read.
pub fn status(log_dir: &Path, window: &Window, frameworks: &[Framework]) -> Result<Vec<StatusRow>, ComplianceError> {
    let laws = frameworks.iter().map(|framework| law(*framework)).collect::<Result<Vec<_>, _>>()?;
    let mut assessment = Assessment::new(&laws, *window, None);
    let reader = Reader::open(log_dir)?;
    let mut next = 0;
    loop {
        let batch = reader.read(next, BATCH)?;
        let Some(last) = batch.last() else { break };
        next = last.seq + 1;
        batch.iter().for_each(|stored| assessment.push(stored.seq, &stored.bytes));
    }
    Ok(assessment.finish(window.until).rows.into_iter().map(present).collect())
}

fn present(row: Row) -> StatusRow {
    let texts: Vec<&str> = row.queries.iter().filter_map(|id| queries::find(id)).map(|query| query.text).collect();
    let mut remark = vec![row.remark];
    if !row.applies {
        remark.insert(0, format!("applies from {}", row.applies_from));
    }
    if !row.person.is_empty() {
        remark.push(format!("a person adds: {}", row.person));
    }
    if !row.limits.is_empty() {
        remark.push(format!("not shown here: {}", row.limits));
    }
    StatusRow {
        id: row.id,
        source: row.source,
        reference: row.reference,
        requirement: row.requirement,
        applies_from: row.applies_from,
        status: row.status,
        count: row.count,
        remark: remark.join(". "),
        query: texts.join("; "),
    }
}
