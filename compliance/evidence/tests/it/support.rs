//! What the tests share: a clock that is set by hand, records, an open log.

use gnomon_evidence::{Log, LogConfig, LogError, NoteSigner};
use gnomon_types::record::{Notice, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub(crate) const ORIGIN: &str = "gateway.example.com/evidence";

/// A clock that moves one second at each look.
#[derive(Default)]
pub(crate) struct Steps(pub(crate) AtomicI64);

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

pub(crate) fn signer() -> Result<NoteSigner, LogError> {
    Ok(NoteSigner::from_seed(ORIGIN, [11; 32])?)
}

pub(crate) fn config(dir: &Path) -> Result<LogConfig, LogError> {
    let mut config = LogConfig::new(dir.to_owned(), "test-node", signer()?);
    config.checkpoint_every = Duration::from_millis(5);
    Ok(config)
}

pub(crate) fn open(dir: &Path) -> Result<Log, LogError> {
    Log::open(config(dir)?, Arc::new(Steps::default()))
}

pub(crate) fn body(n: u64) -> RecordBody {
    RecordBody::Incident(Notice {
        by: "tester".to_owned(),
        subject: format!("subject-{n}"),
        detail: format!("detail ü {n}"),
    })
}
