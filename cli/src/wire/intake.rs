//! From a log file to rows of the record: discovery reads, inventory stores.

use crate::config::Config;
use crate::wire::live;
use anyhow::Context as _;
use gnomon_discovery::{Catalogue, Hints, Imported};
use gnomon_inventory::{ImportBatch, ImportOutcome, Inventory, ServiceSeed};
use gnomon_types::asset::ServiceKind;
use std::path::Path;

/// Tells the record the names of the catalogue's services.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn seed(inventory: &Inventory, catalogue: &Catalogue) -> anyhow::Result<()> {
    let seed_of = |entry: &gnomon_discovery::Service| ServiceSeed {
        id: entry.id.clone(),
        name: entry.name.clone(),
        kind: entry.kind,
        vendor: entry.vendor.clone(),
        category: entry.category.clone(),
    };
    let seeds: Vec<ServiceSeed> = catalogue.entries().iter().map(seed_of).collect();
    Ok(inventory.seed_catalogue(&seeds).await?)
}

/// What the record knows that helps to read a log: with the lengths of earlier files, one that has grown is recognised.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn hints(inventory: &Inventory) -> anyhow::Result<Hints> {
    Ok(Hints { known_bytes: inventory.content_lengths().await?, ..Hints::default() })
}

/// Reads a log file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_file(
    catalogue: &Catalogue,
    file: &Path,
    hints: &Hints,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Imported> {
    let name = file.display().to_string();
    gnomon_discovery::import_file(file, &name, hints, catalogue, progress)
        .with_context(|| format!("cannot import `{name}`"))
}

/// Stores what a file gave.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn store(inventory: &Inventory, imported: Imported, by: &str) -> anyhow::Result<ImportOutcome> {
    let batch = ImportBatch {
        digest: imported.digest,
        content: imported.content,
        source: imported.source,
        uses: imported.uses,
        blind_spots: imported.blind_spots,
        by: by.to_owned(),
    };
    Ok(inventory.ingest_import(batch).await?)
}

/// Services of upstreams that the catalogue does not list are in the inventory before their first use.
///
/// # Errors
/// When the record cannot be written.
pub(crate) async fn seed_upstreams(
    inventory: &Inventory,
    config: &Config,
    catalogue: &Catalogue,
) -> anyhow::Result<()> {
    let listed = |id| catalogue.entries().iter().any(|entry| entry.id == id);
    let seeds: Vec<ServiceSeed> = config
        .upstreams
        .iter()
        .map(|upstream| live::service_of(upstream, catalogue))
        .filter(|(id, _)| !listed(id.clone()))
        .map(|(id, name)| ServiceSeed {
            id,
            name,
            kind: ServiceKind::Unknown,
            vendor: String::new(),
            category: String::new(),
        })
        .collect();
    Ok(inventory.seed_catalogue(&seeds).await?)
}
