//! Imported log files: taken in once each, with what they showed and what they could not show.
//!
//! A file is known by its content. Renamed, rotated or compressed it is the same file; one that begins with all of an
//! earlier file is that log grown, and takes its place.

use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::outbox::{Act, push_act};
use crate::store::totals::{self, Totals};
use crate::store::twin_assets;
use crate::store::uses;
use crate::store::words::{filled, word_opt};
use gnomon_types::digest::Digest;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::{BlindSpot, Content, SourceSummary, Use};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What one file gave, ready to be taken in.
#[derive(Debug, Clone)]
pub struct ImportBatch {
    /// SHA-256 of the file as read, compressed or not.
    pub digest: Digest,
    /// What is in it. The same content is taken in once, whatever its name.
    pub content: Content,
    /// Name, format and counts.
    pub source: SourceSummary,
    /// What was seen.
    pub uses: Vec<Use>,
    /// What cannot be seen.
    pub blind_spots: Vec<BlindSpot>,
    /// Who imports it.
    pub by: String,
}

/// What an import changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportOutcome {
    /// `false` when this content was taken in before; nothing was changed then.
    pub new: bool,
    /// Services that the inventory did not know in use before.
    pub services_new: Vec<ServiceId>,
    /// Services that the file names.
    pub services: u64,
    /// Uses taken in.
    pub uses: u64,
    /// Earlier imports that this file contains from its beginning: their uses are replaced by its own.
    pub replaced: u64,
}

/// One source of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRow {
    /// Name, format and counts. For the gateway: the log's origin, `gateway`, and its decisions.
    pub summary: SourceSummary,
    /// SHA-256 of the file; `None` for the gateway.
    pub digest: Option<Digest>,
    /// When it was taken in; for the gateway: its latest decision.
    pub at: Timestamp,
    /// Who took it in; empty for the gateway.
    pub by: String,
}

/// Whether this content was taken in before, under whatever name. Rows of a first version know the file's digest only.
async fn is_known(tx: &mut Tx, batch: &ImportBatch) -> Result<bool, InventoryError> {
    let sql = "SELECT COUNT(*) FROM imports WHERE content = ? OR digest = ? OR (content = '' AND digest = ?)";
    let content = batch.content.digest.to_string();
    Ok(tx.number(sql, &values![&content, batch.digest.to_string(), &content]).await? > 0)
}

/// Takes back what earlier files gave that are the beginning of this one. Gives their uses.
async fn take_back(tx: &mut Tx, content: &Content) -> Result<(u64, Vec<Use>), InventoryError> {
    let (mut replaced, mut items) = (0, Vec::new());
    for (bytes, digest) in &content.beginnings {
        let sql = "SELECT digest, file FROM imports WHERE content = ? AND content_bytes = ? AND replaced = 0";
        for row in tx.rows(sql, &values![digest.to_string(), *bytes]).await? {
            let (digest, file) = (row.text(0)?, row.text(1)?);
            let origin = format!("import:{digest}:{file}");
            items.append(&mut uses::take(tx, &origin).await?);
            tx.run("DELETE FROM blind_spots WHERE origin = ?", &values![&origin]).await?;
            tx.run("UPDATE imports SET replaced = 1 WHERE digest = ? AND file = ?", &values![digest, file]).await?;
            replaced += 1;
        }
    }
    Ok((replaced, items))
}

async fn remember(tx: &mut Tx, batch: &ImportBatch, now: Timestamp) -> Result<(), InventoryError> {
    let source = &batch.source;
    let sql = "INSERT INTO imports (digest, file, format, line_count, parsed, rejected, imported_at, imported_by,
        content, content_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = values![
        batch.digest.to_string(),
        &source.file,
        &source.format,
        source.lines,
        source.parsed,
        source.rejected,
        now,
        &batch.by,
        batch.content.digest.to_string(),
        batch.content.bytes
    ];
    tx.run(sql, &values).await.map(drop)
}

fn by_key(uses: Vec<Use>) -> Vec<Use> {
    let mut merged: BTreeMap<_, Use> = BTreeMap::new();
    for item in uses {
        let key = (item.service.clone(), item.host.clone(), item.user.clone(), item.device.clone(), item.day.clone());
        match merged.get_mut(&key) {
            Some(into) => uses::merge(into, item),
            None => {
                merged.insert(key, item);
            }
        }
    }
    merged.into_values().collect()
}

fn spot_values(origin: &str, spot: BlindSpot) -> Vec<Value> {
    values![origin, spot.user.unwrap_or_default(), spot.device.unwrap_or_default(), spot.reason]
}

impl Inventory {
    /// Takes in what a file gave, in one transaction. The same content a second time changes nothing; what a file
    /// contains from its beginning is not counted twice.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn ingest_import(&self, batch: ImportBatch) -> Result<ImportOutcome, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if is_known(&mut tx, &batch).await? {
            return Ok(ImportOutcome { new: false, services_new: Vec::new(), services: 0, uses: 0, replaced: 0 });
        }
        let (replaced, before) = take_back(&mut tx, &batch.content).await?;
        totals::take_back(&mut tx, &before).await?;
        remember(&mut tx, &batch, now).await?;
        let origin = format!("import:{}:{}", batch.digest, batch.source.file);
        let items = by_key(batch.uses);
        uses::insert(&mut tx, &origin, &items).await?;
        let spots: Vec<Vec<Value>> = batch.blind_spots.into_iter().map(|spot| spot_values(&origin, spot)).collect();
        let head = "INSERT INTO blind_spots (origin, user_name, device, reason)";
        tx.insert(head, "ON CONFLICT (origin, user_name, device, reason) DO NOTHING", &spots).await?;
        let mut sums = Totals::default();
        items.iter().for_each(|item| sums.imported(item));
        let mut touched = sums.save(&mut tx).await?;
        // A file brings users, hosts and a source with it, also for services that were there.
        touched.services = items.iter().chain(&before).map(|item| item.service.clone()).collect();
        totals::drop_unseen(&mut tx, &before).await?;
        let after = Some(format!("{} sha256:{}", batch.source.format, batch.digest));
        let act = Act { by: &batch.by, action: "log.import", subject: &batch.source.file, before: None, after };
        push_act(&mut tx, now, act).await?;
        twin_assets::touch(&mut tx, &touched, now).await?;
        tx.commit().await?;
        Ok(ImportOutcome {
            new: true,
            services: items
                .iter()
                .map(|item| &item.service)
                .collect::<BTreeSet<_>>()
                .len()
                .try_into()
                .unwrap_or(u64::MAX),
            services_new: touched.new,
            uses: items.len().try_into().unwrap_or(u64::MAX),
            replaced,
        })
    }

    /// Lengths of the contents that were taken in: whoever reads a file notes the digests of so many first bytes.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn content_lengths(&self) -> Result<Vec<u64>, InventoryError> {
        let sql = "SELECT DISTINCT content_bytes FROM imports WHERE replaced = 0 AND content_bytes > 0";
        self.db.read().await?.rows(sql, &[]).await?.iter().map(|row| row.count(0)).collect()
    }

    /// Every source: imported files and the gateways' logs, by name.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn sources(&self) -> Result<Vec<SourceRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT file, format, line_count, parsed, rejected, digest, imported_at, imported_by FROM imports
            WHERE replaced = 0 UNION ALL SELECT origin, 'gateway', COUNT(*), COUNT(*), 0, NULL, MAX(received_at), '' FROM decisions
            GROUP BY origin ORDER BY 1, 6";
        let rows = tx.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                let (file, format) = (row.text(0)?, row.text(1)?);
                let (lines, parsed, rejected) = (row.count(2)?, row.count(3)?, row.count(4)?);
                Ok(SourceRow {
                    summary: SourceSummary { file, format, lines, parsed, rejected },
                    digest: word_opt("imports.digest", row.text_opt(5)?)?,
                    at: row.time(6)?,
                    by: row.text(7)?,
                })
            })
            .collect()
    }

    /// What the sources cannot show, each limit once, sorted. A device without a name in one source that has one in
    /// another is left out.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn blind_spots(&self) -> Result<Vec<BlindSpot>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT DISTINCT user_name, device, reason FROM blind_spots b WHERE b.reason <> ?
            OR NOT EXISTS (SELECT 1 FROM uses u WHERE u.device = b.device AND u.device <> '' AND u.user_name <> '')
            ORDER BY user_name, device, reason";
        let rows = tx.rows(sql, &values![BlindSpot::NAMELESS]).await?;
        rows.iter()
            .map(|row| Ok(BlindSpot { user: filled(row.text(0)?), device: filled(row.text(1)?), reason: row.text(2)? }))
            .collect()
    }
}
