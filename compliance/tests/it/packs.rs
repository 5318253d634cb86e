//! Packs as folder and as archive: complete, the same each time, and verified.

use crate::support::{Fallible, ORIGIN, START, Site, intent};
use gnomon_compliance::{ComplianceError, Window, export, verify_pack};
use gnomon_evidence::VerifyOptions;
use gnomon_types::time::Timestamp;
use serde_json::{Value, json};

fn options() -> VerifyOptions {
    VerifyOptions::default()
}

#[test]
fn a_pack_verifies_as_folder_and_as_archive() -> Fallible {
    let site = Site::with_story(150)?;
    for name in ["pack", "pack.zip"] {
        let summary = site.export(name)?;
        assert_eq!((summary.records, summary.window_records, summary.manifest_signed), (318, 318, true));
        let report = verify_pack(&site.path(name), &options())?;
        assert!(report.ok, "{name}: {:?}", report.failures);
        assert_eq!((report.size, report.origin.as_str()), (318, ORIGIN));
    }
    Ok(())
}

#[test]
fn the_same_log_and_choices_give_the_same_bytes() -> Fallible {
    let site = Site::with_story(3)?;
    site.export("one.zip")?;
    site.export("two.zip")?;
    assert_eq!(std::fs::read(site.path("one.zip"))?, std::fs::read(site.path("two.zip"))?);
    Ok(())
}

#[test]
fn a_log_without_checkpoint_or_records_is_told_apart() -> Fallible {
    let site = Site::new()?;
    std::fs::create_dir_all(site.log_dir())?;
    assert!(matches!(site.export("pack"), Err(ComplianceError::NoCheckpoint(_))));
    let site = Site::new()?;
    site.open(START)?.close();
    let error = site.export("pack").err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("no checkpoint") || error.contains("no record"), "{error}");
    assert!(!site.path("pack").exists());
    Ok(())
}

#[test]
fn nothing_is_written_over() -> Fallible {
    let site = Site::with_story(0)?;
    std::fs::write(site.path("pack"), "mine")?;
    assert!(matches!(site.export("pack"), Err(ComplianceError::Exists(_))));
    assert_eq!(std::fs::read(site.path("pack"))?, b"mine");
    Ok(())
}

#[test]
fn a_window_counts_its_records_only_and_the_pack_still_holds_the_log() -> Fallible {
    let site = Site::with_story(0)?;
    let later = site.open(START + 3_600_000)?;
    later.append_blocking(intent("late", "allow", &json!({})))?;
    later.close();
    let mut request = site.request("pack");
    request.window = Window { from: Timestamp::from_millis(START), until: Timestamp::from_millis(START + 3_600_000) };
    let summary = export(&request)?;
    assert_eq!((summary.records, summary.window_records), (19, 18));
    assert!(verify_pack(&request.out, &options())?.ok);
    Ok(())
}

#[test]
fn a_pack_of_a_running_log_covers_what_is_signed() -> Fallible {
    let site = Site::with_story(0)?;
    let log = site.open(START + 3_600_000)?;
    for number in 0..50 {
        log.append_blocking(intent(&format!("live-{number}"), "allow", &json!({})))?;
    }
    let summary = site.export("pack")?;
    assert_eq!(summary.records + summary.not_signed_yet, 68);
    let report = verify_pack(&site.path("pack"), &options())?;
    assert!(report.ok, "{:?}", report.failures);
    log.close();
    Ok(())
}

#[test]
fn a_pack_of_a_copied_log_has_no_signed_list_and_verifies() -> Fallible {
    let site = Site::with_story(0)?;
    std::fs::remove_file(site.path("keys/evidence.key"))?;
    assert!(!site.export("pack")?.manifest_signed);
    assert!(!site.path("pack/manifest.dsse.json").exists());
    assert!(!site.path("keys/evidence.key").exists(), "exporting made a key");
    assert!(verify_pack(&site.path("pack"), &options())?.ok);
    Ok(())
}

#[test]
fn a_key_from_elsewhere_decides() -> Fallible {
    let site = Site::with_story(0)?;
    site.export("pack")?;
    let stranger = gnomon_evidence::NoteSigner::generate(ORIGIN)?.vkey();
    let report = verify_pack(&site.path("pack"), &VerifyOptions { vkey: Some(stranger), ..options() })?;
    let codes: Vec<&str> = report.failures.iter().map(|failure| failure.code.as_str()).collect();
    assert!(codes.contains(&"CHECKPOINT_SIGNATURE_INVALID"), "{codes:?}");
    assert!(codes.contains(&"MANIFEST_SIGNATURE_INVALID"), "{codes:?}");
    Ok(())
}

#[test]
fn the_gateways_counters_are_held_against_the_records() -> Fallible {
    let site = Site::with_story(0)?;
    site.export("pack")?;
    let rows: Value = serde_json::from_slice(&std::fs::read(site.path("pack/rows.json"))?)?;
    let found = &rows["completeness"];
    assert_eq!(found["orphan_intents"], 2);
    assert_eq!(found["orphans"], json!([14, 15]));
    assert_eq!(found["gaps"][0]["cause"], "disk_full");
    let run = &found["runs"][0];
    assert_eq!((&run["intents_counted"], &run["intents_found"], &run["missing"]), (&json!(6), &json!(6), &json!(0)));
    assert_eq!((&run["outcomes_found"], &run["stopped"]), (&json!(2), &json!(true)));
    Ok(())
}

#[test]
fn the_day_that_a_pack_gives_for_itself_makes_no_evidence() -> Fallible {
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;
    let site = Site::with_story(0)?;
    for (name, now) in [("late", START + 3 * YEAR_MS), ("early", START - YEAR_MS)] {
        let mut request = site.request(name);
        request.now = Timestamp::from_millis(now);
        export(&request)?;
    }
    let report = verify_pack(&site.path("late"), &options())?;
    assert!(report.ok && report.notes.iter().any(|note| note.contains("newest record")), "{report:?}");
    let rows: Value = serde_json::from_slice(&std::fs::read(site.path("late").join("rows.json"))?)?;
    let rows = rows["rows"].as_array().ok_or("no rows")?;
    let row = rows.iter().find(|row| row["id"] == "ai-act:19(1)").ok_or("no such row")?;
    assert_eq!(row["status"], "evidence_missing", "{row:#}");
    assert_eq!(row["source"], json!(["aiact-16-21"]));
    let report = verify_pack(&site.path("early"), &options())?;
    assert!(report.failures.iter().any(|failure| failure.code == "MADE_TOO_EARLY"), "{:?}", report.failures);
    Ok(())
}

#[test]
fn a_pack_without_a_seal_says_so() -> Fallible {
    let site = Site::with_story(0)?;
    site.export("pack")?;
    let report = verify_pack(&site.path("pack"), &options())?;
    assert_eq!((report.ok, report.manifest_signed, report.key_from_folder), (true, Some(true), true));
    std::fs::remove_file(site.path("pack").join("manifest.dsse.json"))?;
    let report = verify_pack(&site.path("pack"), &options())?;
    assert_eq!((report.ok, report.manifest_signed), (true, Some(false)));
    Ok(())
}
