//! Durable records per second with many appenders, and the wait of one: `cargo bench -p gnomon-evidence --bench append -- [FOLDER]`.
//!
//! Each appender waits for its record to be durable before it sends the next, as a gateway does. Plain timing instead of
//! a statistics harness: one run is a million flush-bound operations, and the flushes are what varies.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use gnomon_evidence::{Log, LogConfig, NoteSigner, VerifyOptions, verify};
use gnomon_types::record::{Notice, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let base =
        folder.map_or_else(std::env::temp_dir, PathBuf::from).join(format!("gnomon-bench-{}", std::process::id()));
    for (appenders, records) in [(1_u64, 500_u64), (64, 20_000), (512, 100_000), (2048, 200_000)] {
        let dir = base.join(appenders.to_string());
        run(dir, appenders, records)?;
    }
    std::fs::remove_dir_all(base)?;
    Ok(())
}

fn run(dir: PathBuf, appenders: u64, records: u64) -> Result<(), Box<dyn Error>> {
    let log = Log::open(
        LogConfig::new(dir.clone(), "bench", NoteSigner::generate("bench.example.com/log")?),
        Arc::new(Still),
    )?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let left = Arc::new(AtomicU64::new(records));
    let begin = Instant::now();
    let mut waits = runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..appenders {
            tasks.spawn(appender(log.clone(), Arc::clone(&left), n));
        }
        tasks.join_all().await.concat()
    });
    let took = begin.elapsed();
    log.close();
    waits.sort_unstable();
    let at = |permille: usize| waits.get(waits.len() * permille / 1000).copied().unwrap_or_default();
    let verified = Instant::now();
    let report = verify(&dir, &VerifyOptions::default())?;
    println!(
        "{appenders:>5} appenders: {:>8.0} durable records/s, wait p50 {:?} p99 {:?}; {} records verified ({}) in {:?}",
        waits.len() as f64 / took.as_secs_f64(),
        at(500),
        at(990),
        report.records,
        report.ok,
        verified.elapsed()
    );
    Ok(())
}

async fn appender(log: Log, left: Arc<AtomicU64>, n: u64) -> Vec<Duration> {
    let mut waits = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let body = RecordBody::Incident(Notice {
            by: "bench".to_owned(),
            subject: format!("appender-{n}"),
            detail: "x".repeat(520),
        });
        let begin = Instant::now();
        if log.append(body).await.is_ok() {
            waits.push(begin.elapsed());
        }
    }
    waits
}
