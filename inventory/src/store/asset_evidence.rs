//! Why the record knows of a model, caller or key: the latest records about it, and lines of logs that name it.

use crate::db::{Tx, Value, values};
use crate::error::InventoryError;
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::words::{Filter, filled, from_json, like, to_json, word};
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::EvidencePointer;
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// A caller and what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetLink {
    /// The caller.
    pub caller: String,
    /// The service.
    pub service: ServiceId,
    /// The model, if named.
    pub model: Option<String>,
    /// Requests judged.
    pub attempts: u64,
    /// Latest request.
    pub last_seen: Timestamp,
}

/// Rows of a table with columns for caller, service and model that concern an asset; `None` when none can.
fn concerning(asset: &AssetId) -> Option<Filter> {
    let mut conditions = Filter::default();
    match (asset.kind(), asset.as_model()) {
        (AssetKind::Model, Some((service, model))) => {
            conditions.and("service = ? AND model = ?", values![service.as_str(), model]);
        }
        (AssetKind::Caller, _) => conditions.and("caller = ?", values![asset.id()]),
        (AssetKind::Model | AssetKind::Key, _) => return None,
    }
    Some(conditions)
}

/// Most requests first.
pub(crate) async fn links(tx: &mut Tx, asset: &AssetId, limit: usize) -> Result<Vec<AssetLink>, InventoryError> {
    let Some(conditions) = concerning(asset) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT caller, service, model, attempts, last_seen FROM caller_targets{}
        ORDER BY attempts DESC, caller, service, model LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.rows(&sql, &conditions.values).await?;
    rows.iter()
        .map(|row| {
            Ok(AssetLink {
                caller: row.text(0)?,
                service: word("caller_targets.service", row.text(1)?)?,
                model: filled(row.text(2)?),
                attempts: row.count(3)?,
                last_seen: row.time(4)?,
            })
        })
        .collect()
}

/// Records of the gateway first, the latest decisions first; then lines of logs.
pub(crate) async fn evidence(
    tx: &mut Tx,
    asset: &AssetId,
    limit: usize,
) -> Result<Vec<EvidencePointer>, InventoryError> {
    let mut evidence = records(tx, asset, limit).await?;
    if let Some((service, model)) = asset.as_model() {
        evidence.extend(lines(tx, &service, model, limit).await?);
    }
    evidence.truncate(limit);
    Ok(evidence)
}

async fn records(tx: &mut Tx, asset: &AssetId, limit: usize) -> Result<Vec<EvidencePointer>, InventoryError> {
    let of_key = || Filter { clauses: vec!["key_id = ?".to_owned()], values: values![asset.id()] };
    let conditions = concerning(asset).unwrap_or_else(of_key);
    let sql = format!(
        "SELECT r.origin, r.seq FROM (SELECT id, received_at FROM decisions{}
            ORDER BY received_at DESC, id DESC LIMIT {limit}) d
        JOIN decision_records r ON r.decision = d.id
        ORDER BY d.received_at DESC, d.id DESC, r.origin, r.seq DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.rows(&sql, &conditions.values).await?;
    rows.iter()
        .map(|row| {
            let (file, seq) = (row.text(0)?, row.count(1)?);
            Ok(EvidencePointer { source: "gateway".to_owned(), file, digest: None, offset: seq, line: seq })
        })
        .collect()
}

/// Lines of imported logs about uses of a model.
async fn lines(
    tx: &mut Tx,
    service: &ServiceId,
    model: &str,
    limit: usize,
) -> Result<Vec<EvidencePointer>, InventoryError> {
    // A list of names is a JSON text: the name in its quotes stands in it, whatever its case.
    let sql = format!(
        "SELECT models, evidence FROM uses WHERE service = ? AND origin LIKE 'import:%' AND LOWER(models) LIKE ? ESCAPE '\\'
        ORDER BY last_seen DESC, origin, host, user_name, device, use_day LIMIT {limit}"
    );
    let values = [Value::from(service.as_str()), Value::from(like(&to_json(&model)?))];
    let mut lines = Vec::new();
    for row in tx.rows(&sql, &values).await? {
        let models: Vec<String> = from_json("uses.models", &row.text(0)?)?;
        let pointers: Vec<EvidencePointer> = from_json("uses.evidence", &row.text(1)?)?;
        if models.iter().any(|name| name == model) {
            lines.extend(pointers);
        }
    }
    Ok(lines)
}
