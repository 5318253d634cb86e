//! The parts that `cli` makes in the product, with made-up answers.

use crate::Failure;
use crate::seed;
use gnomon_console::{
    ConsoleEvent, ConsoleParts, GatewayInfo, ImportSummary, LogImporter, LogInfo, ObligationRow, PackExporter,
    PackFile, RouteInfo, Settings, UpstreamInfo, Window, Work,
};
use gnomon_inventory::{Inventory, Search};
use gnomon_policy::Snapshot;
use gnomon_types::time::{Clock, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::broadcast;

/// Stands in for the evidence log: changes become records, and the record follows them.
pub(crate) struct Followed {
    inventory: Inventory,
    next: AtomicU64,
    revision: AtomicU64,
}

impl Followed {
    pub(crate) fn new(inventory: Inventory, next: u64) -> Self {
        Self { inventory, next: AtomicU64::new(next), revision: AtomicU64::new(0) }
    }

    /// The next sequence number.
    pub(crate) fn take(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Follows until it is ended.
    pub(crate) async fn run(&self) -> Result<(), Failure> {
        loop {
            let changes = self.inventory.pending_changes(100).await?;
            for change in changes {
                let seq = self.take();
                self.inventory.apply(seed::ORIGIN, &[seed::record(seq, change.at, change.body)]).await?;
                self.inventory.mark_written(&[(change.id, seq)]).await?;
            }
            self.revision.store(self.inventory.revision().await?, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    }
}

/// What does not change while the preview runs.
pub(crate) struct Fixed<C> {
    pub(crate) inventory: Inventory,
    pub(crate) search: Search,
    pub(crate) events: broadcast::Sender<ConsoleEvent>,
    pub(crate) folder: PathBuf,
    pub(crate) clock: Arc<C>,
    pub(crate) empty: bool,
}

impl<C: Clock> Fixed<C> {
    pub(crate) fn parts(self, followed: Arc<Followed>) -> ConsoleParts {
        let policies = Snapshot::shipped().map_err(|error| error.to_string());
        let clock: Arc<dyn Clock> = self.clock;
        let (started, empty) = (clock.now(), self.empty);
        ConsoleParts {
            inventory: self.inventory.clone(),
            search: self.search,
            log_dir: self.folder.join("evidence"),
            #[expect(clippy::panic, reason = "an example without its policies is of no use")]
            policies: Arc::new(move || policies.clone().unwrap_or_else(|error| panic!("{error}"))),
            importer: Arc::new(Importer { inventory: self.inventory.clone(), clock: Arc::clone(&clock) }),
            exporter: Arc::new(Exporter { inventory: self.inventory, folder: self.folder.clone() }),
            events: self.events,
            gateway: Arc::new(move || gateway(followed.revision.load(Ordering::Relaxed), started, empty)),
            metrics: Arc::new(|| {
                "# HELP gnomon_up The console runs.\n# TYPE gnomon_up gauge\ngnomon_up 1\n".to_owned()
            }),
            ready: Arc::new(|| true),
            clock,
            settings: Settings {
                upload_dir: self.folder.join("uploads"),
                upload_bytes_max: 64 * 1024 * 1024,
                public_url: None,
            },
        }
    }
}

fn gateway(revision: u64, since: Timestamp, empty: bool) -> GatewayInfo {
    if empty {
        return GatewayInfo { base_url: "http://127.0.0.1:8080".to_owned(), revision, ..GatewayInfo::default() };
    }
    let upstream = |name: &str, url: &str, service: &str| UpstreamInfo {
        name: name.to_owned(),
        url: url.to_owned(),
        service: service.to_owned(),
        healthy: None,
    };
    let route = |name: &str, prefix: &str, upstream: &str, models: &[&str]| RouteInfo {
        name: name.to_owned(),
        path_prefix: prefix.to_owned(),
        models: models.iter().map(|model| (*model).to_owned()).collect(),
        upstream: upstream.to_owned(),
        on_evidence_failure: "deny".to_owned(),
    };
    GatewayInfo {
        base_url: "http://127.0.0.1:8080".to_owned(),
        config: "9f2c6b1e04d7".repeat(5) + "abcd",
        revision,
        in_force_since: Some(since),
        routes: vec![
            route("claude", "/anthropic", "anthropic-eu", &["claude-*"]),
            route("main", "/", "openai-eu", &[]),
            route("lab", "/lab", "vllm", &["llama-*", "mistral-*"]),
        ],
        upstreams: vec![
            upstream("openai-eu", "https://eu.api.openai.com", "openai"),
            upstream("anthropic-eu", "https://api.anthropic.com", "anthropic"),
            upstream("vllm", "http://10.9.3.4:8000", "host:10.9.3.4:8000"),
            upstream("spare", "https://models.example.net", "mistral"),
        ],
        log: LogInfo { origin: seed::ORIGIN.to_owned(), records: 61_117, fault: None },
    }
}

struct Importer {
    inventory: Inventory,
    clock: Arc<dyn Clock>,
}

impl LogImporter for Importer {
    fn import<'a>(&'a self, path: &'a Path, name: &'a str, by: &'a str) -> Work<'a, ImportSummary> {
        Box::pin(async move {
            let bytes = tokio::fs::read(path).await.map_err(|error| error.to_string())?;
            let batch = seed::uploaded(&bytes, name, by, self.clock.now()).map_err(|error| error.to_string())?;
            let lines = batch.source.lines;
            let outcome = self.inventory.ingest_import(batch).await.map_err(|error| error.to_string())?;
            Ok(ImportSummary {
                format: "squid".to_owned(),
                lines,
                rejected: 0,
                services: outcome.services,
                services_new: u64::try_from(outcome.services_new.len()).unwrap_or(0),
                new: outcome.new,
            })
        })
    }
}

struct Exporter {
    inventory: Inventory,
    folder: PathBuf,
}

impl PackExporter for Exporter {
    fn export<'a>(&'a self, window: Window, frameworks: &'a [String], by: &'a str) -> Work<'a, PackFile> {
        Box::pin(async move {
            let path = self.folder.join("pack.zip");
            // An empty zip archive: its end record only.
            let mut bytes = b"PK\x05\x06".to_vec();
            bytes.resize(22, 0);
            tokio::fs::write(&path, bytes).await.map_err(|error| error.to_string())?;
            let subject = frameworks.join(",");
            self.inventory.note_act(by, "evidence.export", &subject, None).await.map_err(|error| error.to_string())?;
            Ok(PackFile { path, file_name: format!("gnomon-{subject}-{}.zip", window.from.day()) })
        })
    }

    fn status<'a>(&'a self, _window: Window, framework: &'a str) -> Work<'a, Vec<ObligationRow>> {
        Box::pin(async move { Ok(seed::obligations(framework)) })
    }
}
