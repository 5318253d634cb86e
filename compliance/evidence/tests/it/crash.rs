//! The process is killed at random moments under load; the disk refuses and takes records again.

use crate::support::open;
use gnomon_evidence::{VerifyOptions, verify};
use gnomon_types::record::RecordBody;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The example that appends under load. The test runner builds it beside the test.
fn load() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let load = test.parent().and_then(Path::parent).unwrap().join("examples/load");
    assert!(load.exists(), "build it: `cargo build -p gnomon-evidence --example load`");
    load
}

/// Places that were acknowledged, whole lines only.
fn acknowledged(output: &[u8]) -> Vec<u64> {
    let end = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    output[..end].split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()?.parse().ok()).collect()
}

fn start(dir: &Path) -> Child {
    Command::new(load()).arg(dir).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn no_acknowledged_record_is_lost_however_the_process_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for round in 0..50_u64 {
        let mut child = start(dir.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut output = Vec::new();
        // Each round ends after another number of acknowledgements, so at another moment of a batch.
        for _ in 0..(round * 7919) % 97 + 1 {
            lines.read_until(b'\n', &mut output).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.read_to_end(&mut output).unwrap();
        all.extend(acknowledged(&output));
        let report = verify(dir.path(), &VerifyOptions::default()).unwrap();
        assert!(report.ok, "round {round}: {:?}", report.failures);
    }
    let log = open(dir.path()).unwrap();
    let records = log.reader().read(0, usize::MAX).unwrap();
    let gaps = records.iter().filter(|record| matches!(record.record().unwrap().body, RecordBody::Gap(_))).count();
    assert!(
        records.iter().zip(0_u64..).all(|(record, place)| record.seq == place && record.record().unwrap().seq == place)
    );
    assert!(all.iter().all(|seq| *seq < log.durable()), "an acknowledged record is gone");
    all.sort_unstable();
    let acknowledged = all.len();
    all.dedup();
    assert_eq!(all.len(), acknowledged, "one place was given to two records");
    assert!(
        all.iter().all(|seq| matches!(
            records[usize::try_from(*seq).unwrap()].record().unwrap().body,
            RecordBody::Incident(_)
        ))
    );
    assert!(gaps >= 40, "{gaps} unclean stops were recorded");
    log.close();
    let report = verify(dir.path(), &VerifyOptions::default()).unwrap();
    assert!(report.ok, "{:?}", report.failures);
}

#[test]
fn a_disk_that_refuses_costs_no_record_and_leaves_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    // A file-size limit that the test lifts later stands for a full disk; the shell ignores the signal that comes with it.
    let script = format!("trap '' XFSZ; ulimit -S -f 200; exec {} {}", load().display(), dir.path().display());
    let mut child =
        Command::new("bash").args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let refused = lines.by_ref().find(|line| line.starts_with("refused")).unwrap();
    assert!(refused.contains("cannot write the evidence log"), "{refused}");
    let lifted =
        Command::new("prlimit").args(["--pid", &child.id().to_string(), "--fsize=unlimited:"]).status().unwrap();
    assert!(lifted.success());
    // Of eight writers, seven may still print what was acknowledged before the disk refused; the next was taken after it.
    assert!(lines.by_ref().filter(|line| !line.starts_with("refused")).nth(7).is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    drop(lines);
    let log = open(dir.path()).unwrap();
    let records = log.reader().read(0, usize::MAX).unwrap();
    let gaps: Vec<_> = records
        .iter()
        .filter_map(|record| match record.record().unwrap().body {
            RecordBody::Gap(gap) => Some(gap),
            _ => None,
        })
        .collect();
    assert!(gaps.iter().any(|gap| gap.cause == "disk_full" && gap.refused > 0), "{gaps:?}");
    log.close();
    assert!(verify(dir.path(), &VerifyOptions::default()).unwrap().ok);
}
