//! Append, follow, restart, crash.

use crate::support::{Steps, body, config, open};
use gnomon_evidence::{AppendError, Log, LogError, NoteSigner, Reader, VerifyOptions, export, verify};
use gnomon_types::record::{Notice, RecordBody};
use std::sync::Arc;

#[test]
fn records_keep_their_place_and_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    for n in 0..700 {
        assert_eq!(log.append_blocking(body(n)), Ok(n));
    }
    log.close();
    assert_eq!(log.append_blocking(body(0)), Err(AppendError::Closed));
    let log = open(dir.path()).unwrap();
    assert_eq!((log.durable(), log.append_blocking(body(700))), (700, Ok(700)));
    let records = log.reader().read(698, 10).unwrap();
    assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [698, 699, 700]);
    let record = records[2].record().unwrap();
    assert_eq!((record.seq, record.node.as_str(), record.body), (700, "test-node", body(700)));
}

#[test]
fn one_flush_serves_many_writers_and_a_follower_sees_each_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let places = runtime.block_on(async {
        let writers: Vec<_> = (0..2000)
            .map(|n| {
                tokio::spawn({
                    let log = log.clone();
                    async move { log.append(body(n)).await }
                })
            })
            .collect();
        let mut places = Vec::new();
        for writer in writers {
            places.push(writer.await.unwrap().unwrap());
        }
        places.sort_unstable();
        places
    });
    assert!(places.iter().copied().eq(0..2000));
    let (reader, mut next) = (log.reader(), 0);
    loop {
        let records = reader.read(next, 300).unwrap();
        if records.is_empty() {
            break;
        }
        assert!(records.iter().map(|record| record.seq).eq(next..next + records.len() as u64));
        next += records.len() as u64;
    }
    assert_eq!((next, Reader::open(dir.path()).unwrap().count().unwrap()), (2000, 2000));
}

#[test]
fn only_one_process_writes_and_only_for_its_own_origin_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    assert!(matches!(open(dir.path()), Err(LogError::InUse(_))));
    log.append_blocking(body(0)).unwrap();
    drop(log);
    let mut other = config(dir.path()).unwrap();
    other.signer = NoteSigner::from_seed(&other.origin, [12; 32]).unwrap();
    assert!(matches!(Log::open(other, Arc::new(Steps::default())), Err(LogError::OtherOrigin { .. })));
    assert!(open(dir.path()).is_ok());
}

#[test]
fn an_unclean_stop_trims_the_torn_tail_and_leaves_a_gap_record() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    for n in 0..10 {
        log.append_blocking(body(n)).unwrap();
    }
    log.close();
    std::fs::remove_file(dir.path().join("clean")).unwrap();
    let segment = dir.path().join("records/00000000000000000000.ndjson");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.extend_from_slice(b"{\"at\":\"2026-11-");
    std::fs::write(&segment, bytes).unwrap();
    let log = open(dir.path()).unwrap();
    assert_eq!(log.append_blocking(body(11)), Ok(11));
    let gap = log.reader().read(10, 1).unwrap()[0].record().unwrap();
    assert!(matches!(gap.body, RecordBody::Gap(gap) if gap.cause == "unclean_stop"));
    assert!(log.health().writable);
}

#[test]
fn a_log_whose_signed_records_changed_does_not_open() {
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 3] = [
        ("a byte", |bytes| bytes[40] ^= 1),
        ("the end", |bytes| bytes.truncate(bytes.len() / 2)),
        ("a line", |bytes| drop(bytes.drain(..bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1))),
    ];
    for (name, change) in changes {
        let dir = tempfile::tempdir().unwrap();
        let log = open(dir.path()).unwrap();
        (0..10).for_each(|n| assert_eq!(log.append_blocking(body(n)), Ok(n)));
        log.close();
        let segment = dir.path().join("records/00000000000000000000.ndjson");
        let mut bytes = std::fs::read(&segment).unwrap();
        change(&mut bytes);
        std::fs::write(&segment, bytes).unwrap();
        assert!(matches!(open(dir.path()), Err(LogError::Tampered(_))), "{name}");
    }
}

#[test]
fn lost_tiles_are_made_again_from_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    (0..600).for_each(|n| assert_eq!(log.append_blocking(body(n)), Ok(n)));
    log.close();
    let tile = dir.path().join("tile/0/000");
    let before = std::fs::read(&tile).unwrap();
    std::fs::remove_dir_all(dir.path().join("tile")).unwrap();
    open(dir.path()).unwrap().close();
    assert_eq!(std::fs::read(&tile).unwrap(), before);
}

#[test]
fn a_clock_that_is_set_back_does_not_reorder_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Steps::default());
    let log = Log::open(config(dir.path()).unwrap(), clock.clone()).unwrap();
    log.append_blocking(body(0)).unwrap();
    clock.0.store(-3_600_000, std::sync::atomic::Ordering::Relaxed);
    log.append_blocking(body(1)).unwrap();
    let records = log.reader().read(0, 2).unwrap();
    assert!(records[0].record().unwrap().at <= records[1].record().unwrap().at);
}

#[test]
fn a_log_of_several_segments_reads_exports_and_verifies_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir.path().join("log")).unwrap();
    let large = |n: u64| {
        RecordBody::Erase(Notice { by: format!("by-{n}"), subject: "x".repeat(50_000), detail: String::new() })
    };
    for n in 0..700 {
        assert_eq!(log.append_blocking(large(n)), Ok(n));
    }
    log.close();
    let log = open(&dir.path().join("log")).unwrap();
    assert_eq!(log.append_blocking(large(700)), Ok(700));
    assert_eq!(std::fs::read_dir(dir.path().join("log/records")).unwrap().count(), 3);
    let reader = log.reader();
    for from in [0, 334, 335, 336, 700, 12] {
        assert_eq!(reader.read(from, 1).unwrap()[0].record().unwrap().seq, from);
    }
    assert_eq!(reader.read(300, 100).unwrap().len(), 100);
    assert!(reader.read(701, 10).unwrap().is_empty());
    log.close();
    export(&dir.path().join("log"), None, &dir.path().join("out")).unwrap();
    for folder in ["log", "out"] {
        let report = verify(&dir.path().join(folder), &VerifyOptions::default()).unwrap();
        assert!(report.ok && report.records == 701, "{folder}: {report:?}");
    }
}

#[test]
fn a_full_queue_says_so_and_a_closed_log_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut small = config(dir.path()).unwrap();
    small.queue_max = 1;
    let log = Log::open(small, Arc::new(Steps::default())).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let results = runtime.block_on(async {
        let writers: Vec<_> = (0..200)
            .map(|n| {
                tokio::spawn({
                    let log = log.clone();
                    async move { log.try_append(body(n)).await }
                })
            })
            .collect();
        let mut results = Vec::new();
        for writer in writers {
            results.push(writer.await.unwrap());
        }
        results
    });
    let written = results.iter().filter(|result| result.is_ok()).count() as u64;
    assert!(results.iter().all(|result| result.is_ok() || *result == Err(AppendError::Full)));
    assert_eq!(log.durable(), written);
    log.close();
    assert_eq!(runtime.block_on(log.try_append(body(0))), Err(AppendError::Closed));
}

#[test]
fn blocking_appends_inside_a_task_do_not_starve() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let task = tokio::spawn({
            let log = log.clone();
            async move { (0..400).for_each(|n| assert_eq!(log.append_blocking(body(n)), Ok(n))) }
        });
        task.await.unwrap();
    });
    assert_eq!(log.durable(), 400);
}
