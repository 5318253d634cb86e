//! What the console is handed: the record, the log's folder, and hands for what other crates do.
//!
//! The console knows neither the gateway nor the log formats. What it needs of them comes as plain values
//! ([`GatewayInfo`]) and small traits ([`LogImporter`], [`PackExporter`]) that `cli` implements.

use crate::event::ConsoleEvent;
use gnomon_inventory::{Inventory, Search};
use gnomon_policy::Snapshot;
use gnomon_types::time::{Clock, Timestamp};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Work that may wait, behind an object-safe trait. An error is a sentence for the person who asked.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// A function without arguments that gives the present state of something.
pub type Present<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// Everything the console works with.
#[derive(Clone)]
pub struct ConsoleParts {
    /// The record.
    pub inventory: Inventory,
    /// The search index.
    pub search: Search,
    /// The folder of the evidence log.
    pub log_dir: PathBuf,
    /// The policies in force.
    pub policies: Present<Snapshot>,
    /// Takes over uploaded logs.
    pub importer: Arc<dyn LogImporter>,
    /// Makes evidence packs and counts evidence.
    pub exporter: Arc<dyn PackExporter>,
    /// Live events. The console sends its own changes on it and passes all of them to open pages.
    pub events: broadcast::Sender<ConsoleEvent>,
    /// The gateway as it runs.
    pub gateway: Present<GatewayInfo>,
    /// The text of `/metrics`.
    pub metrics: Present<String>,
    /// Whether `/readyz` says yes.
    pub ready: Present<bool>,
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// Options.
    pub settings: Settings,
}

/// Options of the console.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder for uploads while they are read. Files in it are removed afterwards.
    pub upload_dir: PathBuf,
    /// Largest upload in bytes.
    pub upload_bytes_max: u64,
    /// The address under which people reach the console, such as `https://gnomon.example.com`, when it is another one
    /// than that it listens on.
    pub public_url: Option<String>,
}

impl Settings {
    /// Default limit of an upload: 2 GiB.
    pub const UPLOAD_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

    /// Whether people reach the console by https, so that the session cookie is marked `Secure`.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// Takes over a log file: recognises its format, finds AI use in it, adds it to the record.
pub trait LogImporter: Send + Sync {
    /// Reads the file at `path`, which was uploaded under `name` by the account `by`.
    fn import<'a>(&'a self, path: &'a Path, name: &'a str, by: &'a str) -> Work<'a, ImportSummary>;
}

/// What one upload gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// The format that was recognised.
    pub format: String,
    /// Lines read.
    pub lines: u64,
    /// Lines not understood.
    pub rejected: u64,
    /// Services seen in the file.
    pub services: u64,
    /// Services that were not in use before.
    pub services_new: u64,
    /// `false` when the same file was imported before and nothing changed.
    pub new: bool,
}

/// Makes evidence packs and answers how much evidence there is.
pub trait PackExporter: Send + Sync {
    /// Writes a pack for the window and the frameworks and gives the file. The export is recorded for `by`.
    fn export<'a>(&'a self, window: Window, frameworks: &'a [String], by: &'a str) -> Work<'a, PackFile>;
    /// The obligations of a framework with their status and evidence counts in the window.
    fn status<'a>(&'a self, window: Window, framework: &'a str) -> Work<'a, Vec<ObligationRow>>;
}

/// One obligation of a law with what there is for it. The words of `status` are those of the compliance crate:
/// `evidence_present`, `evidence_missing`, `needs_a_person`, `cannot_be_evidenced_here`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct ObligationRow {
    /// The obligation, such as `ai-act:12(1)`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it asks, in a sentence or two.
    pub text: String,
    /// From when it applies, `2026-08-02`, if the law says so.
    pub applies_from: String,
    /// How it stands.
    pub status: String,
    /// Records that speak for it in the window.
    pub evidence: u64,
    /// What is missing or what a person must do.
    pub remark: String,
    /// How the evidence is found: the query behind the count, in words.
    pub query: String,
}

/// A span of time: from, inclusive, until, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub until: Timestamp,
}

/// A pack as a file. The console sends the file and removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The name to save it under, such as `gnomon-ai-act-2026-11.zip`.
    pub file_name: String,
}

/// The gateway as it runs, for read-only pages.
#[derive(Debug, Clone, Default)]
pub struct GatewayInfo {
    /// Address that clients use, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    /// SHA-256 of the configuration in force, in hex.
    pub config: String,
    /// Revision of the record that the gateway has in force; see `Inventory::revision`.
    pub revision: u64,
    /// Since when that revision is in force.
    pub in_force_since: Option<Timestamp>,
    /// Routes in order of matching.
    pub routes: Vec<RouteInfo>,
    /// Upstreams by name.
    pub upstreams: Vec<UpstreamInfo>,
    /// The evidence log.
    pub log: LogInfo,
}

/// One route.
#[derive(Debug, Clone, Default)]
pub struct RouteInfo {
    /// Its name.
    pub name: String,
    /// Path prefix that it takes.
    pub path_prefix: String,
    /// Model patterns that it takes; empty means all.
    pub models: Vec<String>,
    /// Where it forwards.
    pub upstream: String,
    /// What happens when the evidence log cannot be written: `deny` or `hold`.
    pub on_evidence_failure: String,
}

/// One upstream.
#[derive(Debug, Clone, Default)]
pub struct UpstreamInfo {
    /// Its name.
    pub name: String,
    /// Its address without credentials.
    pub url: String,
    /// The AI service behind it.
    pub service: String,
    /// Whether the gateway itself finds it healthy; `None` when it does not look, then the record's outcomes tell.
    pub healthy: Option<bool>,
}

/// The evidence log, in short.
#[derive(Debug, Clone, Default)]
pub struct LogInfo {
    /// Its origin.
    pub origin: String,
    /// Durable records.
    pub records: u64,
    /// The fault that keeps it from writing, if any.
    pub fault: Option<String>,
}
