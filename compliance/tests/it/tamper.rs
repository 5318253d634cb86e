//! Every file of a pack and every figure in it, changed: the verifier says what and where.

use crate::support::{Fallible, Site};
use gnomon_compliance::verify_pack;
use gnomon_evidence::{VerifyOptions, VerifyReport};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// A pack whose list of files is not signed, so that a forger may write another.
fn unsigned_pack(site: &Site) -> Fallible<PathBuf> {
    std::fs::remove_file(site.path("keys/evidence.key"))?;
    site.export("pack")?;
    Ok(site.path("pack"))
}

fn verify(pack: &Path) -> Fallible<VerifyReport> {
    Ok(verify_pack(pack, &VerifyOptions::default())?)
}

fn has(report: &VerifyReport, code: &str, words: &[&str]) -> bool {
    report.failures.iter().any(|failure| failure.code == code && words.iter().all(|word| failure.detail.contains(word)))
}

/// Writes the list of files anew, as a forger would.
#[expect(clippy::indexing_slicing, reason = "a test's own data")]
fn relist(pack: &Path) -> Fallible {
    let path = pack.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let mut listed = serde_json::Map::new();
    for file in files(pack, "")? {
        if !file.starts_with("manifest") {
            let bytes = std::fs::read(pack.join(&file))?;
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            listed.insert(file, json!({ "bytes": bytes.len(), "sha256": digest }));
        }
    }
    listed.sort_keys();
    manifest["files"] = Value::Object(listed);
    std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&manifest)?))?;
    Ok(())
}

fn files(folder: &Path, prefix: &str) -> Fallible<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path(), &format!("{name}/"))?)
        } else {
            found.push(name)
        }
    }
    found.sort();
    Ok(found)
}

#[expect(clippy::indexing_slicing, reason = "a test's own data")]
fn flip(path: &Path) -> Fallible {
    let mut bytes = std::fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes)?;
    Ok(())
}

#[test]
fn a_changed_byte_in_any_file_is_found_listed_or_not() -> Fallible {
    let site = Site::with_story(20)?;
    let pack = unsigned_pack(&site)?;
    let all = files(&pack, "")?;
    assert!(all.len() > 40, "{}", all.len());
    let list = std::fs::read(pack.join("manifest.json"))?;
    // Samples and proofs are alike: a few of them stand for all.
    let alike = |file: &String| file.starts_with("samples/") || file.starts_with("proofs/");
    let (drawn, others): (Vec<String>, Vec<String>) = all.into_iter().partition(alike);
    for file in others.iter().chain(drawn.iter().step_by(11)) {
        let kept = std::fs::read(pack.join(file))?;
        flip(&pack.join(file))?;
        // A key that cannot be read at all is an error, everything else a report.
        let found = verify_pack(&pack, &VerifyOptions::default());
        assert!(found.map_or(true, |report| !report.ok), "{file}");
        if file != "manifest.json" && file != "vkey" {
            assert!(has(&verify(&pack)?, "FILE_MISMATCH", &[file]), "{file}");
            relist(&pack)?;
            let report = verify(&pack)?;
            assert!(!report.ok, "{file} forged with its list");
            assert!(!has(&report, "FILE_MISMATCH", &[]), "{file}: {:?}", report.failures);
        }
        std::fs::write(pack.join(file), kept)?;
        std::fs::write(pack.join("manifest.json"), &list)?;
    }
    assert!(verify(&pack)?.ok);
    Ok(())
}

#[test]
fn a_changed_record_is_named_by_its_place() -> Fallible {
    let site = Site::with_story(20)?;
    site.export("pack")?;
    let path = site.path("pack/records.ndjson");
    let text = std::fs::read_to_string(&path)?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for seq in [0, 6, 20, lines.len() - 1] {
        let mut changed = lines.clone();
        changed[seq] = changed[seq].replacen("gateway-1", "gateway-2", 1);
        std::fs::write(&path, format!("{}\n", changed.join("\n")))?;
        let report = verify(&site.path("pack"))?;
        let named =
            report.failures.iter().any(|failure| failure.code == "RECORD_MISMATCH" && failure.seq == Some(seq as u64));
        assert!(named, "{seq}: {:?}", report.failures);
        assert!(has(&report, "FILE_MISMATCH", &["records.ndjson"]));
    }
    Ok(())
}

#[test]
fn a_file_that_is_missing_added_or_smuggled_into_the_list_is_named() -> Fallible {
    let site = Site::with_story(0)?;
    let pack = unsigned_pack(&site)?;
    std::fs::write(pack.join("extra.txt"), "hello")?;
    assert!(has(&verify(&pack)?, "FILE_UNEXPECTED", &["file=extra.txt"]));
    relist(&pack)?;
    assert!(has(&verify(&pack)?, "FILE_UNEXPECTED", &["file=extra.txt", "listed=yes"]));
    std::fs::remove_file(pack.join("extra.txt"))?;
    for file in ["report.html", "oscal/assessment-results.json", "rows.json", "README.txt"] {
        let kept = std::fs::read(pack.join(file))?;
        std::fs::remove_file(pack.join(file))?;
        assert!(has(&verify(&pack)?, "FILE_MISSING", &[&format!("file={file}")]), "{file}");
        relist(&pack)?;
        let report = verify(&pack)?;
        assert!(!report.ok, "{file}: left out and not listed");
        std::fs::write(pack.join(file), kept)?;
    }
    relist(&pack)?;
    assert!(verify(&pack)?.ok);
    std::fs::remove_file(pack.join("manifest.json"))?;
    assert!(has(&verify(&pack)?, "FILE_MISSING", &["file=manifest.json"]));
    Ok(())
}

/// Every number and word of the statement, one at a time.
#[test]
fn every_changed_figure_of_the_statement_is_named() -> Fallible {
    let site = Site::with_story(2)?;
    let pack = unsigned_pack(&site)?;
    let path = pack.join("rows.json");
    let original = std::fs::read(&path)?;
    let statement: Value = serde_json::from_slice(&original)?;
    let mut pointers = Vec::new();
    leaves(&statement, "", &mut pointers);
    assert!(pointers.len() > 1000, "{}", pointers.len());
    // Every kind of figure once, and a spread of all of them.
    for pointer in pointers.iter().step_by(61) {
        let mut changed = statement.clone();
        let Some(value) = changed.pointer_mut(pointer) else { continue };
        *value = match value {
            Value::Number(n) => json!(n.as_u64().unwrap_or_default() + 1),
            Value::String(text) => json!(format!("{text}x")),
            Value::Bool(yes) => json!(!*yes),
            _ => json!(1),
        };
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&changed)?))?;
        relist(&pack)?;
        let report = verify(&pack)?;
        assert!(!report.ok, "{pointer}");
        let named = report.failures.iter().any(|failure| failure.detail.contains(&format!("at={pointer} ")));
        assert!(named || pointer.starts_with("/made"), "{pointer}: {:?}", report.failures);
    }
    Ok(())
}

fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            // A name with a slash is written otherwise in a pointer.
            if !name.contains('/') {
                leaves(value, &format!("{pointer}/{name}"), found);
            }
        }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| leaves(value, &format!("{pointer}/{place}"), found));
        }
        _ => found.push(pointer.to_owned()),
    }
}

#[test]
fn a_changed_figure_in_the_documents_for_people_and_programs_is_named_with_its_row() -> Fallible {
    let site = Site::with_story(2)?;
    let pack = unsigned_pack(&site)?;
    let report_path = pack.join("report.html");
    let html = std::fs::read_to_string(&report_path)?;
    let place = html.find("data-row=\"ai-act:12(1)\"").ok_or("no such row")?;
    let (head, tail) = html.split_at(place);
    let forged = tail.replacen("<td class=\"num\">", "<td class=\"num\">9", 1);
    std::fs::write(&report_path, format!("{head}{forged}"))?;
    relist(&pack)?;
    assert!(has(&verify(&pack)?, "QUERY_MISMATCH", &["file=report.html", "row=ai-act:12(1)"]), "{:?}", verify(&pack)?);
    std::fs::write(&report_path, html)?;

    let oscal_path = pack.join("oscal/assessment-results.json");
    let oscal = std::fs::read_to_string(&oscal_path)?;
    std::fs::write(&oscal_path, oscal.replacen("\"value\": \"needs_a_person\"", "\"value\": \"evidence_present\"", 1))?;
    relist(&pack)?;
    assert!(has(&verify(&pack)?, "QUERY_MISMATCH", &["file=oscal/", "pack=\"evidence_present\""]));
    std::fs::write(&oscal_path, oscal)?;

    let rows_path = pack.join("rows.json");
    let rows = std::fs::read_to_string(&rows_path)?;
    for (from, to, code) in [
        ("Regulation (EU) 2026/1744", "Regulation (EU) 2024/1689", "LAW_VERSION_MISMATCH"),
        ("\"samples/000000000006.json\"", "\"samples/000000000007.json\"", "SAMPLE_MISMATCH"),
        ("\"size\": ", "\"size\": 1", "LOG_MISMATCH"),
        ("{\n  \"completeness\"", "{ \"completeness\"", "DOCUMENT_MISMATCH"),
    ] {
        let changed = rows.replacen(from, to, 1);
        assert_ne!(changed, rows, "{from}");
        std::fs::write(&rows_path, changed)?;
        relist(&pack)?;
        assert!(has(&verify(&pack)?, code, &["file=rows.json"]), "{code}: {:?}", verify(&pack)?.failures);
    }
    Ok(())
}

#[test]
fn a_forged_list_breaks_its_signature() -> Fallible {
    let site = Site::with_story(0)?;
    site.export("pack")?;
    let pack = site.path("pack");
    std::fs::write(pack.join("README.txt"), "trust me")?;
    relist(&pack)?;
    let report = verify(&pack)?;
    assert!(has(&report, "MANIFEST_SIGNATURE_INVALID", &["another manifest"]), "{:?}", report.failures);
    assert!(has(&report, "QUERY_MISMATCH", &["file=README.txt"]));
    Ok(())
}
