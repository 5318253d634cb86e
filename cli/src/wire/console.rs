//! What the console is handed: log import, pack export and the gateway's state, behind its small traits.

use crate::clock::SystemClock;
use crate::wire::intake;
use crate::wire::live::service_of;
use crate::wire::publish::Publisher;
use gnomon_compliance::{ExportRequest, Framework};
use gnomon_console::{
    GatewayInfo, ImportSummary, LogImporter, LogInfo, ObligationRow, PackExporter, PackFile, RouteInfo, UpstreamInfo,
    Window, Work,
};
use gnomon_discovery::Catalogue;
use gnomon_evidence::Log;
use gnomon_inventory::Inventory;
use gnomon_types::time::Clock as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Imports uploaded logs.
pub(crate) struct Importer {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) inventory: Inventory,
}

impl LogImporter for Importer {
    fn import<'a>(&'a self, path: &'a Path, name: &'a str, by: &'a str) -> Work<'a, ImportSummary> {
        Box::pin(async move {
            let (catalogue, path, name) = (self.catalogue.clone(), path.to_owned(), name.to_owned());
            let hints = intake::hints(&self.inventory).await.map_err(sentence)?;
            let reading = tokio::task::spawn_blocking(move || {
                gnomon_discovery::import_file(&path, &name, &hints, &catalogue, &mut |_, _| {})
            });
            let imported = reading.await.map_err(sentence)?.map_err(sentence)?;
            let source = imported.source.clone();
            let outcome = intake::store(&self.inventory, imported, by).await.map_err(sentence)?;
            Ok(ImportSummary {
                format: source.format,
                lines: source.lines,
                rejected: source.rejected,
                services: outcome.services,
                services_new: u64::try_from(outcome.services_new.len()).unwrap_or(u64::MAX),
                new: outcome.new,
            })
        })
    }
}

/// Makes packs and counts evidence.
pub(crate) struct Exporter {
    pub(crate) log_dir: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) inventory: Inventory,
}

impl PackExporter for Exporter {
    fn export<'a>(&'a self, window: Window, frameworks: &'a [String], by: &'a str) -> Work<'a, PackFile> {
        Box::pin(async move {
            let now = SystemClock.now();
            let words = frameworks.join("-");
            let file_name = format!("gnomon-{words}-{}.zip", now.day());
            let path = self.folder.join(format!("pack-{}.zip", now.as_millis()));
            let request = ExportRequest {
                log_dir: self.log_dir.clone(),
                window: gnomon_compliance::Window { from: window.from, until: window.until },
                frameworks: frameworks.iter().map(|word| framework(word)).collect::<Result<_, _>>()?,
                out: path.clone(),
                now,
            };
            std::fs::create_dir_all(&self.folder).map_err(sentence)?;
            let exporting = tokio::task::spawn_blocking(move || gnomon_compliance::export(&request));
            exporting.await.map_err(sentence)?.map_err(sentence)?;
            let span = format!("{} to {}", window.from, window.until);
            self.inventory.note_act(by, "evidence.export", &words, Some(span)).await.map_err(sentence)?;
            Ok(PackFile { path, file_name })
        })
    }

    fn status<'a>(&'a self, window: Window, word: &'a str) -> Work<'a, Vec<ObligationRow>> {
        Box::pin(async move {
            let window = gnomon_compliance::Window { from: window.from, until: window.until };
            let (log_dir, laws) = (self.log_dir.clone(), vec![framework(word)?]);
            let counting = tokio::task::spawn_blocking(move || gnomon_compliance::status(&log_dir, &window, &laws));
            let rows = counting.await.map_err(sentence)?.map_err(sentence)?;
            Ok(rows.into_iter().map(obligation).collect())
        })
    }
}

fn obligation(row: gnomon_compliance::StatusRow) -> ObligationRow {
    ObligationRow {
        id: row.id,
        title: row.reference,
        text: row.requirement,
        applies_from: row.applies_from,
        status: row.status.as_str().to_owned(),
        evidence: row.count,
        remark: row.remark,
        query: row.query,
    }
}

fn framework(word: &str) -> Result<Framework, String> {
    Framework::from_word(word).ok_or_else(|| format!("`{word}` is not a known law"))
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The gateway as pages show it.
pub(crate) fn gateway_info(publisher: &Publisher, log: &Log) -> GatewayInfo {
    let config = publisher.config.load();
    let (revision, since) = **publisher.in_force.load();
    let health = log.health();
    let routes = config.routes.iter().map(|route| RouteInfo {
        name: route.name.to_string(),
        path_prefix: route.path.clone(),
        models: route.models.clone(),
        upstream: route.upstream.to_string(),
        on_evidence_failure: if config.evidence.hold_on_failure { "hold" } else { "deny" }.to_owned(),
    });
    let upstreams = config.upstreams.iter().map(|upstream| UpstreamInfo {
        name: upstream.name.to_string(),
        url: format!(
            "{}://{}{}",
            if upstream.origin.tls { "https" } else { "http" },
            upstream.origin.authority(),
            upstream.origin.base_path
        ),
        service: service_of(upstream, &publisher.catalogue).0.to_string(),
        ..UpstreamInfo::default()
    });
    GatewayInfo {
        base_url: config.server.listen.first().map(|address| format!("http://{address}")).unwrap_or_default(),
        config: config.digest.to_string(),
        revision,
        in_force_since: Some(since),
        routes: routes.collect(),
        upstreams: upstreams.collect(),
        log: LogInfo {
            origin: config.evidence.origin.clone(),
            records: log.durable(),
            fault: health.error.or(health.publish_error),
        },
    }
}
