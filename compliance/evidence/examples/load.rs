//! Appends under load and prints each acknowledged place, one per line, until it is killed or told a number.
//! The crash test and the disk-full test run it: `load FOLDER [RECORDS]`.

use gnomon_evidence::{Log, LogConfig, NoteSigner};
use gnomon_types::record::{Notice, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

struct Steps(AtomicI64);

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("usage: load FOLDER [RECORDS]")?;
    let records: u64 = arguments.next().map_or(Ok(u64::MAX), |text| text.parse())?;
    let signer = NoteSigner::from_seed("gateway.example.com/evidence", [11; 32])?;
    let mut config = LogConfig::new(dir.into(), "load", signer);
    config.checkpoint_every = Duration::from_millis(20);
    let log = Log::open(config, Arc::new(Steps(AtomicI64::new(0))))?;
    let taken = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (log, taken) = (log.clone(), Arc::clone(&taken));
            std::thread::spawn(move || {
                while taken.fetch_add(1, Ordering::Relaxed) < records {
                    append(&log, &taken);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().map_err(|_| "a writer panicked")?;
    }
    log.close();
    Ok(())
}

fn append(log: &Log, taken: &AtomicU64) {
    let n = taken.load(Ordering::Relaxed);
    let body =
        RecordBody::Incident(Notice { by: "load".to_owned(), subject: format!("s-{n}"), detail: "x".repeat(300) });
    let line = match log.append_blocking(body) {
        Ok(seq) => format!("{seq}\n"),
        Err(error) => format!("refused: {error}\n"),
    };
    // One write per line, so that a kill cannot mix two.
    let _ = std::io::stdout().lock().write_all(line.as_bytes()).and_then(|()| std::io::stdout().lock().flush());
}
