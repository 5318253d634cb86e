//! Holds the documents of a pack against those that follow from its records, and names the figure that differs.

use super::{fail, read_document};
use crate::error::ComplianceError;
use crate::pack::{Derived, OSCAL, PROOFS, README, REPORT, ROWS, SAMPLES};
use gnomon_evidence::{Failure, VerifyReport};
use serde_json::Value;
use std::path::Path;

/// Differences that are named per document.
const NAMED_MAX: usize = 50;
/// Bytes shown around a difference in a text.
const EXCERPT: usize = 40;

pub(super) fn documents(
    folder: &Path,
    rows: &[u8],
    derived: &Derived,
    report: &mut VerifyReport,
) -> Result<(), ComplianceError> {
    for (path, wanted) in &derived.files {
        let found = if path == ROWS { Some(rows.to_vec()) } else { read_document(&folder.join(path))? };
        // A missing file is named by the list of files.
        let Some(found) = found.filter(|found| found != wanted) else { continue };
        match path.as_str() {
            ROWS => statement(wanted, &found, report),
            OSCAL => json(path, wanted, &found, report),
            REPORT | README => text(path, wanted, &found, report),
            _ => drawn(path, report),
        }
    }
    Ok(())
}

/// A record that was drawn, or its proof.
fn drawn(path: &str, report: &mut VerifyReport) {
    let code = if path.starts_with(PROOFS) { "PROOF_MISMATCH" } else { "SAMPLE_MISMATCH" };
    debug_assert!(path.starts_with(PROOFS) || path.starts_with(SAMPLES), "{path}");
    let digits = path.rsplit('/').next().and_then(|name| name.split('.').next());
    let seq = digits.and_then(|digits| digits.parse().ok());
    report.push(Failure::new(code, seq, format!("file={path}")));
}

fn statement(wanted: &[u8], found: &[u8], report: &mut VerifyReport) {
    let wanted: Value = serde_json::from_slice(wanted).unwrap_or_default();
    let found: Value = serde_json::from_slice(found).unwrap_or_default();
    let mut differences = Vec::new();
    differ(&wanted, &found, "", &mut differences);
    for difference in &differences {
        let section = difference.pointer.split('/').nth(1).unwrap_or_default();
        let code = match section {
            "laws" => "LAW_VERSION_MISMATCH",
            "samples" => "SAMPLE_MISMATCH",
            "log" => "LOG_MISMATCH",
            _ => "QUERY_MISMATCH",
        };
        let name = name_of(&wanted, &found, &difference.pointer);
        fail(report, code, format!("file={ROWS}{name} {difference}"));
    }
    if differences.is_empty() {
        fail(report, "DOCUMENT_MISMATCH", format!("file={ROWS} why=the same values, written otherwise"));
    }
}

/// The id of the row or query that a pointer leads into.
fn name_of(wanted: &Value, found: &Value, pointer: &str) -> String {
    let mut parts = pointer.split('/').skip(1);
    let (section, place) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let entry = format!("/{section}/{place}/id");
    let id = wanted.pointer(&entry).or_else(|| found.pointer(&entry)).and_then(Value::as_str);
    let word = if section == "queries" { "query" } else { "row" };
    id.map(|id| format!(" {word}={id}")).unwrap_or_default()
}

fn json(path: &str, wanted: &[u8], found: &[u8], report: &mut VerifyReport) {
    let wanted: Value = serde_json::from_slice(wanted).unwrap_or_default();
    let found: Value = serde_json::from_slice(found).unwrap_or_default();
    let mut differences = Vec::new();
    differ(&wanted, &found, "", &mut differences);
    for difference in &differences {
        fail(report, "QUERY_MISMATCH", format!("file={path} {difference}"));
    }
    if differences.is_empty() {
        fail(report, "DOCUMENT_MISMATCH", format!("file={path} why=the same values, written otherwise"));
    }
}

struct Difference {
    pointer: String,
    wanted: String,
    found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at={} pack={} records={}", self.pointer, self.found, self.wanted)
    }
}

fn differ(wanted: &Value, found: &Value, pointer: &str, differences: &mut Vec<Difference>) {
    if differences.len() >= NAMED_MAX || wanted == found {
        return;
    }
    match (wanted, found) {
        (Value::Object(left), Value::Object(right)) => {
            let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let none = Value::Null;
                let (left, right) = (left.get(name).unwrap_or(&none), right.get(name).unwrap_or(&none));
                differ(left, right, &format!("{pointer}/{name}"), differences);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (place, (left, right)) in left.iter().zip(right).enumerate() {
                differ(left, right, &format!("{pointer}/{place}"), differences);
            }
        }
        (Value::Array(left), Value::Array(right)) => differences.push(Difference {
            pointer: pointer.to_owned(),
            wanted: format!("{} entries", left.len()),
            found: format!("{} entries", right.len()),
        }),
        _ => differences.push(Difference {
            pointer: pointer.to_owned(),
            wanted: short(&wanted.to_string()),
            found: short(&found.to_string()),
        }),
    }
}

fn text(path: &str, wanted: &[u8], found: &[u8], report: &mut VerifyReport) {
    let same = wanted.iter().zip(found).take_while(|(left, right)| left == right).count();
    let row = row_before(wanted, same).map(|row| format!(" row={row}")).unwrap_or_default();
    let (pack, records) = (excerpt(found, same), excerpt(wanted, same));
    fail(report, "QUERY_MISMATCH", format!("file={path}{row} offset={same} pack=`{pack}` records=`{records}`"));
}

/// The row of the report in which an offset lies.
fn row_before(report: &[u8], offset: usize) -> Option<String> {
    let before = String::from_utf8_lossy(report.get(..offset)?).into_owned();
    let (_, after) = before.rsplit_once("data-row=\"")?;
    let (row, _) = after.split_once('"')?;
    Some(row.to_owned())
}

fn excerpt(bytes: &[u8], offset: usize) -> String {
    let start = offset.saturating_sub(8);
    let end = bytes.len().min(start + EXCERPT);
    String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default()).escape_debug().to_string()
}

fn short(text: &str) -> String {
    if text.chars().count() <= EXCERPT { text.to_owned() } else { text.chars().take(EXCERPT).chain(['…']).collect() }
}
