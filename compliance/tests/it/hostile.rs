//! Packs that were built to harm: refused before anything in them is believed.

use crate::support::{Fallible, Site};
use gnomon_compliance::{ComplianceError, verify_pack};
use gnomon_evidence::VerifyOptions;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[expect(clippy::panic, reason = "this is the check")]
fn refused(path: &Path, why: &str) {
    match verify_pack(path, &VerifyOptions::default()) {
        Err(ComplianceError::Refused(message)) => assert!(message.contains(why), "{message}"),
        other => panic!("not refused ({why}): {other:?}"),
    }
}

fn archive(path: &Path, entries: &[(&str, &[u8])]) -> Fallible {
    let mut archive = ZipWriter::new(File::create(path)?);
    for (name, bytes) in entries {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    archive.finish()?;
    Ok(())
}

#[test]
fn names_that_lead_out_of_the_pack_are_refused() -> Fallible {
    let site = Site::new()?;
    let path = site.path("evil.zip");
    for name in ["../evil", "/tmp/evil", "a/../../evil", "a\\b", "C:evil"] {
        archive(&path, &[("vkey", b"x"), (name, b"boo")])?;
        refused(&path, "an entry is named");
    }
    assert!(!site.path("evil").exists());
    Ok(())
}

#[test]
fn links_are_refused_in_archives_and_folders() -> Fallible {
    let site = Site::with_story(0)?;
    let path = site.path("evil.zip");
    let mut archive = ZipWriter::new(File::create(&path)?);
    archive.add_symlink("records.ndjson", "/etc/passwd", SimpleFileOptions::default())?;
    archive.finish()?;
    refused(&path, "is a link");
    site.export("pack")?;
    std::os::unix::fs::symlink("/etc/passwd", site.path("pack/passwd"))?;
    refused(&site.path("pack"), "is a link");
    Ok(())
}

#[test]
fn two_entries_of_one_name_are_refused() -> Fallible {
    let site = Site::new()?;
    let path = site.path("evil.zip");
    archive(&path, &[("manifest.json", b"{}"), ("manifest.jsox", b"[]")])?;
    let bytes = std::fs::read(&path)?;
    let text = String::from_utf8_lossy(&bytes).contains("manifest.jsox");
    assert!(text, "the name is stored plainly");
    let doubled: Vec<u8> = replace(&bytes, b"manifest.jsox", b"manifest.json");
    std::fs::write(&path, doubled)?;
    assert!(verify_pack(&path, &VerifyOptions::default()).is_err());
    archive(&path, &[("vkey", b"1"), ("VKEY", b"2")])?;
    refused(&path, "two entries");
    Ok(())
}

#[expect(clippy::indexing_slicing, reason = "a test's own data")]
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            replaced[start..start + to.len()].copy_from_slice(to);
        }
    }
    replaced
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() -> Fallible {
    let site = Site::new()?;
    let path = site.path("bomb.zip");
    archive(&path, &[("records.ndjson", &vec![0; 8 * 1024 * 1024])])?;
    assert!(std::fs::metadata(&path)?.len() < 1024 * 1024);
    refused(&path, "unpacks to");
    Ok(())
}

#[test]
fn what_is_no_archive_is_refused() -> Fallible {
    let site = Site::with_story(0)?;
    let path = site.path("pack.zip");
    site.export("pack.zip")?;
    let whole = std::fs::read(&path)?;
    for (bytes, why) in [
        (b"hello".to_vec(), "not a zip"),
        (vec![0; 100], "not a zip"),
        ([whole.as_slice(), b"more"].concat(), "not a zip"),
        (whole[..whole.len() / 2].to_vec(), "not a zip"),
    ] {
        std::fs::write(&path, bytes)?;
        refused(&path, why);
    }
    Ok(())
}

#[test]
fn deep_and_huge_documents_end_in_a_report_or_a_refusal() -> Fallible {
    let site = Site::with_story(0)?;
    site.export("pack")?;
    let pack = site.path("pack");
    for file in ["rows.json", "manifest.json", "manifest.dsse.json", "oscal/assessment-results.json"] {
        let kept = std::fs::read(pack.join(file))?;
        std::fs::write(pack.join(file), "[".repeat(5_000_000))?;
        assert!(!verify_pack(&pack, &VerifyOptions::default())?.ok, "{file}");
        File::create(pack.join(file))?.set_len(80 * 1024 * 1024)?;
        refused(&pack, "larger than");
        std::fs::write(pack.join(file), kept)?;
    }
    assert!(verify_pack(&pack, &VerifyOptions::default())?.ok);
    Ok(())
}
