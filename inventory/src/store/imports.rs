//! Imported log files: taken in once each, with what they showed and what they could not show.

use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::outbox::{Act, push_act};
use crate::store::totals::Totals;
use crate::store::twin_assets;
use crate::store::uses;
use crate::store::words::{filled, word_opt};
use gnomon_types::digest::Digest;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::{BlindSpot, SourceSummary, Use};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one file gave, ready to be taken in.
#[derive(Debug, Clone)]
pub struct ImportBatch {
    /// SHA-256 of the file as read. The same file under the same name is taken in once.
    pub digest: Digest,
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
    /// `false` when this very file was taken in before; nothing was changed then.
    pub new: bool,
    /// Services that the inventory did not know in use before.
    pub services_new: Vec<ServiceId>,
    /// Services that the file names.
    pub services: u64,
    /// Uses taken in.
    pub uses: u64,
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

async fn remember(tx: &mut Tx, batch: &ImportBatch, now: Timestamp) -> Result<bool, InventoryError> {
    let source = &batch.source;
    let sql = "INSERT INTO imports (digest, file, format, line_count, parsed, rejected, imported_at, imported_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest, file) DO NOTHING";
    let values = values![
        batch.digest.to_string(),
        &source.file,
        &source.format,
        source.lines,
        source.parsed,
        source.rejected,
        now,
        &batch.by
    ];
    Ok(tx.run(sql, &values).await? > 0)
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
    /// Takes in what a file gave, in one transaction. The same file a second time changes nothing.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn ingest_import(&self, batch: ImportBatch) -> Result<ImportOutcome, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !remember(&mut tx, &batch, now).await? {
            return Ok(ImportOutcome { new: false, services_new: Vec::new(), services: 0, uses: 0 });
        }
        let origin = format!("import:{}:{}", batch.digest, batch.source.file);
        let items = by_key(batch.uses);
        uses::insert(&mut tx, &origin, &items).await?;
        let spots: Vec<Vec<Value>> = batch.blind_spots.into_iter().map(|spot| spot_values(&origin, spot)).collect();
        let head = "INSERT INTO blind_spots (origin, user_name, device, reason)";
        tx.insert(head, "ON CONFLICT (origin, user_name, device, reason) DO NOTHING", &spots).await?;
        let mut totals = Totals::default();
        items.iter().for_each(|item| totals.imported(item));
        let mut touched = totals.save(&mut tx).await?;
        // A file brings users, hosts and a source with it, also for services that were there.
        touched.services = items.iter().map(|item| item.service.clone()).collect();
        let after = Some(format!("{} sha256:{}", batch.source.format, batch.digest));
        let act = Act { by: &batch.by, action: "log.import", subject: &batch.source.file, before: None, after };
        push_act(&mut tx, now, act).await?;
        twin_assets::touch(&mut tx, &touched, now).await?;
        tx.commit().await?;
        Ok(ImportOutcome {
            new: true,
            services: touched.services.len().try_into().unwrap_or(u64::MAX),
            services_new: touched.new,
            uses: items.len().try_into().unwrap_or(u64::MAX),
        })
    }

    /// Every source: imported files and the gateways' logs, by name.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn sources(&self) -> Result<Vec<SourceRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT file, format, line_count, parsed, rejected, digest, imported_at, imported_by FROM imports
            UNION ALL SELECT origin, 'gateway', COUNT(*), COUNT(*), 0, NULL, MAX(received_at), '' FROM decisions
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
