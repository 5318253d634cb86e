//! Tampering as a class: any record, several at once, any level of tiles, missing and hostile files.

use crate::support::{ORIGIN, body, open, signer};
use gnomon_evidence::checkpoint::Checkpoint;
use gnomon_evidence::{Log, NoteSigner, VerifyError, VerifyOptions, export, verify};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Many writers at once, so that a few flushes do.
fn fill(log: &Log, records: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..records {
            let log = log.clone();
            writers.spawn(async move { log.append(body(n)).await });
        }
        while let Some(written) = writers.join_next().await {
            written.unwrap().unwrap();
        }
    });
}

/// A closed log of so many records, exported.
fn exported(records: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir.path().join("log")).unwrap();
    fill(&log, records);
    log.close();
    export(&dir.path().join("log"), None, &dir.path().join("out")).unwrap();
    dir
}

fn failures(path: &Path) -> Vec<String> {
    verify(path, &VerifyOptions::default()).unwrap().failures.iter().map(ToString::to_string).collect()
}

type Lines = Vec<Vec<u8>>;

/// Changes the lines of an exported log, verifies, and puts them back.
fn with_lines(out: &Path, change: impl FnOnce(&mut Lines)) -> Vec<String> {
    let path = out.join("records.ndjson");
    let before = fs::read(&path).unwrap();
    let mut lines: Lines = before.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    fs::write(&path, lines.concat()).unwrap();
    let found = failures(out);
    fs::write(&path, before).unwrap();
    found
}

/// Changes a file, verifies, and puts it back.
fn with_file(out: &Path, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<String> {
    let path = out.join(name);
    let before = fs::read(&path).unwrap();
    let mut bytes = before.clone();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let found = failures(out);
    fs::write(&path, before).unwrap();
    found
}

#[test]
fn an_untouched_export_verifies_whatever_its_size() {
    for records in [0, 1, 2, 255, 256, 257, 700] {
        let dir = exported(records);
        let report = verify(&dir.path().join("out"), &VerifyOptions::default()).unwrap();
        assert!(report.ok, "{records}: {:?}", report.failures);
        assert_eq!((report.size, report.records), (records, records));
        let report = verify(&dir.path().join("log"), &VerifyOptions::default()).unwrap();
        assert!(report.ok, "{records} live: {:?}", report.failures);
        fs::remove_file(dir.path().join("out/records.ndjson")).unwrap();
        let report = verify(&dir.path().join("out"), &VerifyOptions::default()).unwrap();
        assert!(report.ok, "{records} bundles: {:?}", report.failures);
    }
}

#[test]
fn names_the_place_of_a_changed_dropped_doubled_or_moved_record_anywhere() {
    let dir = exported(700);
    let out = dir.path().join("out");
    for seq in [0_usize, 1, 254, 255, 256, 300, 511, 512, 698, 699] {
        assert_eq!(with_lines(&out, |lines| lines[seq][30] ^= 1), [format!("RECORD_MISMATCH seq={seq}")]);
        let dropped = with_lines(&out, |lines| drop(lines.remove(seq)));
        let expected = if seq == 699 {
            vec!["TRUNCATED have=699 signed=700".to_owned()]
        } else {
            vec![format!("RECORD_MISSING seq={seq}"), "COUNT_MISMATCH have=699 signed=700".to_owned()]
        };
        assert_eq!(dropped, expected);
        let doubled = with_lines(&out, |lines| lines.insert(seq, lines[seq].clone()));
        assert_eq!(doubled, [format!("RECORD_DUPLICATE seq={seq}"), "COUNT_MISMATCH have=701 signed=700".to_owned()]);
        let other = (seq + 350) % 700;
        let swapped = with_lines(&out, |lines| lines.swap(seq, other));
        assert_eq!(swapped, [format!("ORDER_VIOLATION seq={},{}", seq.min(other), seq.max(other))]);
    }
}

#[test]
fn names_each_of_several_tamperings() {
    let dir = exported(700);
    let out = dir.path().join("out");
    let found = with_lines(&out, |lines| {
        lines[600][40] ^= 4;
        lines[601][40] ^= 4;
        lines.swap(20, 21);
        lines.swap(300, 400);
        lines.remove(500);
        lines.truncate(690);
    });
    let expected = [
        "RECORD_MISMATCH seq=600",
        "RECORD_MISMATCH seq=601",
        "ORDER_VIOLATION seq=20,21",
        "ORDER_VIOLATION seq=300,400",
        "TRUNCATED have=690 signed=700",
        "RECORD_MISSING seq=500",
        "COUNT_MISMATCH have=690 signed=700",
    ];
    assert_eq!(found, expected);
    let inserted = with_lines(&out, |lines| lines.insert(10, b"{\"seq\":10,\"v\":1}\n".to_vec()));
    assert_eq!(inserted, ["RECORD_EXTRA line=11", "COUNT_MISMATCH have=701 signed=700"]);
    let renumbered = with_lines(&out, |lines| {
        let changed = String::from_utf8(lines[44].clone()).unwrap().replace("\"seq\":44,", "\"seq\":45,");
        lines[44] = changed.into_bytes();
    });
    assert_eq!(renumbered, ["RECORD_MISMATCH seq=44"]);
}

#[test]
fn garbage_in_the_records_is_named_and_never_fatal() {
    let dir = exported(300);
    let out = dir.path().join("out");
    assert_eq!(with_lines(&out, |lines| lines[7] = b"\xff\xfe{[[[\n".to_vec()), ["RECORD_MISMATCH seq=7"]);
    assert_eq!(
        with_lines(&out, |lines| lines[7] = vec![b'x'; 200_000]),
        ["RECORD_MISMATCH seq=7", "RECORD_MISSING seq=8", "COUNT_MISMATCH have=299 signed=300"]
    );
    let deep = with_lines(&out, |lines| lines[7] = ["[".repeat(60_000).as_bytes(), b"\n"].concat());
    assert_eq!(deep, ["RECORD_MISMATCH seq=7"]);
    let torn = with_lines(&out, |lines| assert_eq!(lines.last_mut().unwrap().pop(), Some(b'\n')));
    assert_eq!(torn, ["RECORD_MISMATCH seq=299"]);
    assert_eq!(with_lines(&out, Vec::clear), ["TRUNCATED have=0 signed=300"]);
}

#[test]
fn names_the_tile_at_every_level_even_when_records_are_changed_too() {
    let dir = exported(700);
    let out = dir.path().join("out");
    let flip = |at: usize| move |bytes: &mut Vec<u8>| bytes[at] ^= 1;
    assert_eq!(with_file(&out, "tile/0/001", flip(3 * 32)), ["TILE_MISMATCH level=0 index=1 leaf=259"]);
    assert_eq!(with_file(&out, "tile/0/002.p/188", flip(32)), ["TILE_MISMATCH level=0 index=2 leaf=513"]);
    assert_eq!(with_file(&out, "tile/1/000.p/2", flip(32)), ["TILE_MISMATCH level=1 index=0 leaf=256"]);
    for (name, place) in [
        ("tile/0/001", "level=0 index=1 leaf=259"),
        ("tile/0/002.p/188", "level=0 index=2 leaf=515"),
        ("tile/1/000.p/2", "level=1 index=0 leaf=256"),
    ] {
        let at = if name.starts_with("tile/1") { 32 } else { 3 * 32 };
        let path = out.join(name);
        let before = fs::read(&path).unwrap();
        fs::write(&path, {
            let mut bytes = before.clone();
            bytes[at] ^= 1;
            bytes
        })
        .unwrap();
        let found = with_lines(&out, |lines| lines[5][30] ^= 1);
        assert_eq!(found, [format!("TILE_MISMATCH {place}"), "RECORD_MISMATCH seq=5".to_owned()], "{name}");
        fs::write(&path, before).unwrap();
    }
    assert_eq!(with_file(&out, "tile/0/000", Vec::clear), ["TILE_MISSING level=0 index=0 missing=1"]);
    fs::remove_file(out.join("tile/0/000")).unwrap();
    let found = with_lines(&out, |lines| lines[5][30] ^= 1);
    assert!(found.contains(&"TILE_MISSING level=0 index=0 missing=1".to_owned()), "{found:?}");
}

#[test]
fn a_record_and_its_leaf_changed_together_are_still_found() {
    let dir = exported(700);
    let out = dir.path().join("out");
    for (seq, tile, at) in [(5_usize, "tile/0/000", 5), (600, "tile/0/002.p/188", 88)] {
        let path = out.join("records.ndjson");
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        lines[seq] = lines[seq].replace("detail ü", "detail ö");
        let (line, changed) = (lines[seq].trim_end(), lines.concat());
        let found = with_file(&out, tile, |bytes| {
            bytes[at * 32..(at + 1) * 32].copy_from_slice(&gnomon_evidence::merkle::leaf_hash(line.as_bytes()));
            fs::write(&path, &changed).unwrap();
        });
        fs::write(&path, &text).unwrap();
        assert!(
            found.iter().any(|found| found.starts_with("TILE_MISMATCH level=0") || found.starts_with("ROOT_MISMATCH")),
            "{found:?}"
        );
    }
}

#[test]
fn a_window_verifies_against_the_tiles_and_names_changes_in_it() {
    let dir = exported(700);
    let out = dir.path().join("window");
    assert_eq!(export(&dir.path().join("log"), Some(250..520), &out).unwrap().records, 270);
    let report = verify(&out, &VerifyOptions::default()).unwrap();
    assert!(report.ok, "{:?}", report.failures);
    assert_eq!((report.records, report.window.unwrap().first), (270, 250));
    assert_eq!(with_lines(&out, |lines| lines[10][30] ^= 1), ["RECORD_MISMATCH seq=260"]);
    assert_eq!(with_lines(&out, |lines| lines.truncate(269)), ["TRUNCATED have=269 signed=270"]);
    assert_eq!(with_file(&out, "tile/0/000", |bytes| bytes[0] ^= 1), ["TILE_MISMATCH level=0 index=0"]);
    let beyond =
        with_file(&out, "window.json", |bytes| *bytes = br#"{"first":600,"count":18446744073709551615}"#.to_vec());
    assert!(beyond[0].starts_with("WINDOW_INVALID"), "{beyond:?}");
}

#[test]
fn checkpoints_of_others_edited_missing_or_malformed_are_named() {
    let dir = exported(300);
    let out = dir.path().join("out");
    let text = fs::read_to_string(out.join("checkpoint")).unwrap();
    let note_text = text.split("\n\n").next().unwrap().to_owned() + "\n";
    let stranger = NoteSigner::from_seed(ORIGIN, [99; 32]).unwrap().sign(&note_text);
    let cases: [(&str, Vec<u8>); 6] = [
        ("CHECKPOINT_SIGNATURE_INVALID", text.replacen("\n300\n", "\n290\n", 1).into_bytes()),
        ("CHECKPOINT_SIGNATURE_INVALID", stranger.into_bytes()),
        ("CHECKPOINT_MALFORMED", b"garbage".to_vec()),
        ("CHECKPOINT_MALFORMED", vec![b'\n'; 1_000_000]),
        ("CHECKPOINT_MALFORMED", text.replacen("\n300\n", "\n99999999999999999999999\n", 1).into_bytes()),
        ("ORIGIN_MISMATCH", text.replacen(ORIGIN, "gateway.example.com/other", 2).into_bytes()),
    ];
    for (code, bytes) in cases {
        let found = with_file(&out, "checkpoint", |checkpoint| *checkpoint = bytes);
        assert!(found.len() == 1 && found[0].starts_with(code), "{code}: {found:?}");
    }
    fs::remove_file(out.join("checkpoint")).unwrap();
    assert_eq!(failures(&out), ["CHECKPOINT_MISSING"]);
    let found = with_lines(&out, |lines| lines[5][30] ^= 1);
    assert_eq!(found, ["CHECKPOINT_MISSING", "RECORD_MISMATCH seq=5"]);
}

#[test]
fn a_signed_but_absurd_size_costs_no_memory_and_no_time() {
    let dir = exported(300);
    let out = dir.path().join("out");
    for size in [u64::MAX, 1 << 62, 1 << 40] {
        let note = signer().unwrap().sign(&Checkpoint::new(ORIGIN, size, [1; 32]).text());
        let found = with_file(&out, "checkpoint", |bytes| *bytes = note.into_bytes());
        assert!(found.iter().any(|found| found.starts_with("TILE_MISSING")), "{size}: {found:?}");
    }
}

#[test]
fn a_rollback_or_a_fork_shows_against_a_pinned_checkpoint() {
    let dir = exported(300);
    let log = dir.path().join("log");
    let old = fs::read_to_string(log.join("checkpoint")).unwrap();
    let opened = open(&log).unwrap();
    fill(&opened, 50);
    opened.close();
    let new = fs::read_to_string(log.join("checkpoint")).unwrap();
    let pinned = |path: &Path, note: &str| {
        let options = VerifyOptions { pinned: Some(note.to_owned()), ..VerifyOptions::default() };
        verify(path, &options).unwrap().failures.iter().map(|failure| failure.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(pinned(&log, &old), Vec::<String>::new());
    assert_eq!(pinned(&dir.path().join("out"), &new), ["STALE_CHECKPOINT"]);
    let other = signer().unwrap().sign(&Checkpoint::new(ORIGIN, 200, [5; 32]).text());
    assert_eq!(pinned(&log, &other), ["FORK"]);
}

#[test]
fn nothing_to_verify_is_an_error_and_not_a_failed_check() {
    let dir = exported(3);
    let options = VerifyOptions::default();
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(matches!(verify(&empty, &options), Err(VerifyError::NotALog { .. })));
    assert!(matches!(verify(&dir.path().join("absent"), &options), Err(VerifyError::Io { .. })));
    let out = dir.path().join("out");
    assert!(matches!(verify(&out.join("records.ndjson"), &options), Err(VerifyError::NotALog { .. })));
    fs::write(out.join("vkey"), "not a key").unwrap();
    assert!(matches!(verify(&out, &options), Err(VerifyError::Key { .. })));
    fs::remove_file(out.join("vkey")).unwrap();
    assert!(matches!(verify(&out, &options), Err(VerifyError::NotALog { .. })));
    let given = VerifyOptions { vkey: Some(signer().unwrap().vkey()), ..options };
    assert!(verify(&out, &given).unwrap().ok);
}

#[test]
fn a_live_log_may_run_ahead_of_its_checkpoint_but_not_contradict_it() {
    let dir = exported(300);
    let log = dir.path().join("log");
    let segment = log.join("records/00000000000000000000.ndjson");
    let before = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, format!("{before}{{\"seq\":300}}\n")).unwrap();
    let report = verify(&log, &VerifyOptions::default()).unwrap();
    assert_eq!((report.ok, report.unsigned), (true, 1), "{:?}", report.failures);
    let last = before.lines().last().unwrap();
    fs::write(&segment, format!("{before}{last}\n")).unwrap();
    assert_eq!(failures(&log), ["SEQ_MISMATCH seq=300 says=299"]);
    // Many writers filled the log, so the text of a record does not tell its place.
    let place = before.lines().position(|line| line.contains("detail ü 7\"")).unwrap();
    fs::write(&segment, before.replacen("detail ü 7\"", "detail u 7\"", 1)).unwrap();
    assert_eq!(failures(&log), [format!("RECORD_MISMATCH seq={place}")]);
}

#[test]
fn hostile_files_in_place_of_others_neither_hang_nor_pass() {
    let dir = exported(300);
    let out = dir.path().join("out");
    let swap = |name: &str| {
        let path = out.join(name);
        let before = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let found = verify(&out, &VerifyOptions::default());
        fs::remove_file(&path).unwrap();
        fs::write(&path, before).unwrap();
        found
    };
    for name in ["records.ndjson", "checkpoint", "vkey"] {
        assert!(matches!(swap(name), Err(VerifyError::Io { .. })), "{name}");
    }
    assert!(!swap("tile/0/000").unwrap().ok);
    for link in ["x000", "x001", "x002"] {
        std::os::unix::fs::symlink(".", out.join("tile/0").join(link)).unwrap();
    }
    assert_eq!(with_lines(&out, |lines| lines[7][30] ^= 1), ["RECORD_MISMATCH seq=7"]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..proptest::prelude::ProptestConfig::default() })]

    /// Whatever single byte of whatever file changes, or whatever line moves: never accepted, and named as a record only
    /// where a record was changed.
    #[test]
    fn no_single_change_is_accepted(seed in 0_usize..1_000_000, bit in 0_u32..8, kind in 0_usize..6) {
        let shared = shared_log();
        let _turn = shared.1.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let out = shared.0.path().join("out");
        let flip = |bytes: &mut Vec<u8>| { let at = seed % bytes.len(); bytes[at] ^= 1 << bit; };
        let names = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"];
        let found = match names.get(kind) {
            Some(name) => with_file(&out, name, flip),
            None if kind == 4 => with_file(&out, "records.ndjson", flip),
            None => with_lines(&out, |lines| { let line = lines.remove(seed % 300); lines.insert((seed / 300) % 299, line); if seed % 300 == (seed / 300) % 299 { lines.pop(); } }),
        };
        proptest::prop_assert!(!found.is_empty());
        let record_fault = |found: &String| found.starts_with("RECORD") || found.starts_with("ORDER") || found.starts_with("TRUNCATED") || found.starts_with("COUNT");
        if kind < 3 {
            proptest::prop_assert!(found.len() == 1 && found[0].starts_with("TILE_MISMATCH"), "{found:?}");
        } else if kind > 3 {
            proptest::prop_assert!(found.iter().all(record_fault), "{found:?}");
        }
    }
}

fn shared_log() -> &'static (TempDir, std::sync::Mutex<()>) {
    static SHARED: std::sync::OnceLock<(TempDir, std::sync::Mutex<()>)> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| (exported(300), std::sync::Mutex::new(())))
}
