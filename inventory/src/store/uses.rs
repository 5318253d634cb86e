//! Uses of services, by origin, service, host, user, device and day: of imported files and of the gateway.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::services::{DayUse, ServiceUser};
use crate::store::words::{Filter, filled, from_json, to_json, word};
use gnomon_types::digest::Digest;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::{EvidencePointer, Use};
use std::collections::{BTreeMap, BTreeSet};

/// Which uses to list.
#[derive(Debug, Clone, Default)]
pub struct UseFilter {
    /// Only of this service.
    pub service: Option<ServiceId>,
    /// Only of this user.
    pub user: Option<String>,
    /// Only of this device.
    pub device: Option<String>,
    /// Only on this UTC day or later, `2026-11-23`.
    pub day_from: Option<String>,
    /// Only on this UTC day or earlier.
    pub day_until: Option<String>,
    /// At most so many; 0 means all.
    pub limit: usize,
}

const COLUMNS: &str = "service, host, user_name, device, use_day, service_name, kind, first_seen, last_seen, requests,
    bytes_up, bytes_down, confidence, models, clients, evidence";

/// [`COLUMNS`], and the origin that tells the file of the evidence.
const READ: &str = "service, host, user_name, device, use_day, service_name, kind, first_seen, last_seen, requests,
    bytes_up, bytes_down, confidence, models, clients, evidence, origin";

/// The digest of the file in `import:DIGEST:FILE`.
fn digest_of(origin: &str) -> Option<Digest> {
    let (digest, _file) = origin.strip_prefix("import:")?.split_once(':')?;
    Digest::parse(digest).ok()
}

/// Pointers as they are kept, with the digest of their file.
fn pointers(evidence: &str, origin: &str) -> Result<Vec<EvidencePointer>, InventoryError> {
    let digest = digest_of(origin);
    let stored: Vec<EvidencePointer> = from_json("uses.evidence", evidence)?;
    Ok(stored.into_iter().map(|pointer| EvidencePointer { digest, ..pointer }).collect())
}

fn use_row(row: &Row) -> Result<Use, InventoryError> {
    Ok(Use {
        service: word("service", row.text(0)?)?,
        host: row.text(1)?,
        user: filled(row.text(2)?),
        device: filled(row.text(3)?),
        day: row.text(4)?,
        service_name: row.text(5)?,
        kind: word("kind", row.text(6)?)?,
        first_seen: row.time(7)?,
        last_seen: row.time(8)?,
        requests: row.count(9)?,
        bytes_up: row.count(10)?,
        bytes_down: row.count(11)?,
        #[expect(clippy::cast_possible_truncation, reason = "it came from an f32")]
        confidence: row.real(12)? as f32,
        models: from_json("uses.models", &row.text(13)?)?,
        clients: from_json("uses.clients", &row.text(14)?)?,
        evidence: pointers(&row.text(15)?, &row.text(16)?)?,
    })
}

fn use_values(origin: &str, item: &Use) -> Result<Vec<Value>, InventoryError> {
    Ok(values![
        origin,
        item.service.as_str(),
        &item.host,
        item.user.as_deref().unwrap_or_default(),
        item.device.as_deref().unwrap_or_default(),
        &item.day,
        &item.service_name,
        item.kind.as_str(),
        item.first_seen,
        item.last_seen,
        item.requests,
        item.bytes_up,
        item.bytes_down,
        f64::from(item.confidence),
        to_json(&item.models)?,
        to_json(&item.clients)?,
        to_json(&item.evidence)?,
    ])
}

/// Adds one use to another of the same key. Commutative and associative but for the choice of evidence, which is the
/// first by file and offset.
pub(crate) fn merge(into: &mut Use, other: Use) {
    into.first_seen = into.first_seen.min(other.first_seen);
    into.last_seen = into.last_seen.max(other.last_seen);
    into.requests = into.requests.saturating_add(other.requests);
    into.bytes_up = into.bytes_up.saturating_add(other.bytes_up);
    into.bytes_down = into.bytes_down.saturating_add(other.bytes_down);
    into.confidence = into.confidence.max(other.confidence);
    into.models = union(std::mem::take(&mut into.models), other.models);
    into.clients = union(std::mem::take(&mut into.clients), other.clients);
    into.evidence.extend(other.evidence);
    into.evidence.sort_by(|a, b| (&a.file, a.digest, a.offset, a.line).cmp(&(&b.file, b.digest, b.offset, b.line)));
    into.evidence.dedup();
    into.evidence.truncate(Use::EVIDENCE_MAX);
}

fn union(a: Vec<String>, b: Vec<String>) -> Vec<String> {
    a.into_iter().chain(b).collect::<BTreeSet<_>>().into_iter().collect()
}

pub(crate) async fn insert(tx: &mut Tx, origin: &str, uses: &[Use]) -> Result<(), InventoryError> {
    let rows = uses.iter().map(|item| use_values(origin, item)).collect::<Result<Vec<_>, _>>()?;
    let head = format!("INSERT INTO uses (origin, {COLUMNS})");
    let tail = "ON CONFLICT (origin, service, host, user_name, device, use_day) DO UPDATE SET
        first_seen = excluded.first_seen, last_seen = excluded.last_seen, requests = excluded.requests,
        bytes_up = excluded.bytes_up, bytes_down = excluded.bytes_down, models = excluded.models,
        clients = excluded.clients, evidence = excluded.evidence";
    tx.insert(&head, tail, &rows).await.map(drop)
}

/// The stored use with the same key, if any.
pub(crate) async fn get(tx: &mut Tx, origin: &str, key: &Use) -> Result<Option<Use>, InventoryError> {
    let sql = format!(
        "SELECT {READ} FROM uses WHERE origin = ? AND service = ? AND host = ? AND user_name = ? AND device = ?
        AND use_day = ?"
    );
    let (user, device) = (key.user.as_deref().unwrap_or_default(), key.device.as_deref().unwrap_or_default());
    let values = values![origin, key.service.as_str(), &key.host, user, device, &key.day];
    tx.row(&sql, &values).await?.as_ref().map(use_row).transpose()
}

/// Every use of one origin, which are removed.
pub(crate) async fn take(tx: &mut Tx, origin: &str) -> Result<Vec<Use>, InventoryError> {
    let rows = tx.rows(&format!("SELECT {READ} FROM uses WHERE origin = ?"), &values![origin]).await?;
    let items = rows.iter().map(use_row).collect::<Result<Vec<_>, _>>()?;
    tx.run("DELETE FROM uses WHERE origin = ?", &values![origin]).await?;
    Ok(items)
}

/// Uses of one origin after a use, in the order of the key, for going through all of them in bounded memory.
pub(crate) async fn page_of(
    tx: &mut Tx,
    origin: &str,
    after: Option<&Use>,
    limit: usize,
) -> Result<Vec<Use>, InventoryError> {
    let mut values = values![origin];
    let key = "(service, host, user_name, device, use_day)";
    let mut clause = String::new();
    if let Some(after) = after {
        clause = format!("AND {key} > (?, ?, ?, ?, ?)");
        let (user, device) = (after.user.as_deref().unwrap_or_default(), after.device.as_deref().unwrap_or_default());
        values.extend(values![after.service.as_str(), &after.host, user, device, &after.day]);
    }
    let order = key.trim_matches(['(', ')']);
    let sql = format!("SELECT {READ} FROM uses WHERE origin = ? {clause} ORDER BY {order} LIMIT {limit}");
    tx.rows(&sql, &values).await?.iter().map(use_row).collect()
}

/// What each of the services was seen in: log formats and `gateway`, sorted.
pub(crate) async fn sources_of(
    tx: &mut Tx,
    services: &[&str],
) -> Result<BTreeMap<String, Vec<String>>, InventoryError> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if services.is_empty() {
        return Ok(sources);
    }
    let sql = format!(
        "SELECT DISTINCT o.service, COALESCE(i.format, 'gateway') AS source
        FROM (SELECT DISTINCT service, origin FROM uses WHERE service IN ({})) o
        LEFT JOIN imports i ON o.origin = 'import:' || i.digest || ':' || i.file ORDER BY o.service, source",
        crate::db::marks(services.len())
    );
    let values: Vec<Value> = services.iter().map(|service| Value::from(*service)).collect();
    for row in tx.rows(&sql, &values).await? {
        sources.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    Ok(sources)
}

pub(crate) async fn hosts(tx: &mut Tx, id: &ServiceId) -> Result<Vec<String>, InventoryError> {
    let sql = "SELECT DISTINCT host FROM uses WHERE service = ? ORDER BY host LIMIT 200";
    tx.rows(sql, &values![id.as_str()]).await?.iter().map(|row| row.text(0)).collect()
}

pub(crate) async fn users_of(tx: &mut Tx, id: &ServiceId, limit: usize) -> Result<Vec<ServiceUser>, InventoryError> {
    let sql = format!(
        "SELECT u.user_name, u.device, CAST(SUM(u.requests) AS BIGINT) AS total, CAST(SUM(u.bytes_up) AS BIGINT),
            MIN(u.first_seen), MAX(u.last_seen), COALESCE(MIN(i.format), 'gateway')
        FROM uses u LEFT JOIN imports i ON u.origin = 'import:' || i.digest || ':' || i.file
        WHERE u.service = ? GROUP BY u.user_name, u.device ORDER BY total DESC, u.user_name, u.device LIMIT {limit}"
    );
    let rows = tx.rows(&sql, &values![id.as_str()]).await?;
    rows.iter()
        .map(|row| {
            Ok(ServiceUser {
                user: filled(row.text(0)?),
                device: filled(row.text(1)?),
                requests: row.count(2)?,
                bytes_up: row.count(3)?,
                first_seen: row.time(4)?,
                last_seen: row.time(5)?,
                source: row.text(6)?,
            })
        })
        .collect()
}

pub(crate) async fn days_of(tx: &mut Tx, id: &ServiceId) -> Result<Vec<DayUse>, InventoryError> {
    let sql = "SELECT use_day, CAST(SUM(requests) AS BIGINT), CAST(SUM(bytes_up) AS BIGINT),
        CAST(SUM(bytes_down) AS BIGINT) FROM uses WHERE service = ? GROUP BY use_day ORDER BY use_day DESC LIMIT 400";
    let rows = tx.rows(sql, &values![id.as_str()]).await?;
    let mut days = rows.iter().map(day_row).collect::<Result<Vec<_>, InventoryError>>()?;
    days.reverse();
    Ok(days)
}

fn day_row(row: &Row) -> Result<DayUse, InventoryError> {
    Ok(DayUse { day: row.text(0)?, requests: row.count(1)?, bytes_up: row.count(2)?, bytes_down: row.count(3)? })
}

pub(crate) async fn evidence_of(
    tx: &mut Tx,
    id: &ServiceId,
    limit: usize,
) -> Result<Vec<EvidencePointer>, InventoryError> {
    let sql =
        format!("SELECT evidence, origin FROM uses WHERE service = ? ORDER BY last_seen DESC, origin LIMIT {limit}");
    let mut evidence = Vec::new();
    for row in tx.rows(&sql, &values![id.as_str()]).await? {
        evidence.extend(pointers(&row.text(0)?, &row.text(1)?)?);
    }
    evidence.truncate(limit);
    Ok(evidence)
}

impl Inventory {
    /// Uses under a filter, in the order of service, user, device, day.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn uses(&self, filter: &UseFilter) -> Result<Vec<Use>, InventoryError> {
        let mut conditions = Filter::default();
        conditions.and_if("u.service = ?", filter.service.as_ref().map(ServiceId::as_str));
        conditions.and_if("user_name = ?", filter.user.as_deref());
        conditions.and_if("device = ?", filter.device.as_deref());
        conditions.and_if("use_day >= ?", filter.day_from.as_deref());
        conditions.and_if("use_day <= ?", filter.day_until.as_deref());
        let limit = if filter.limit == 0 { String::new() } else { format!(" LIMIT {}", filter.limit) };
        // The catalogue's words of this moment come before those of the moment of import.
        let columns = READ.replace("service_name, kind", "COALESCE(c.name, service_name), COALESCE(c.kind, u.kind)");
        let columns = columns.replacen("service,", "u.service,", 1);
        let sql = format!(
            "SELECT {columns} FROM uses u LEFT JOIN catalogue c ON c.service = u.service{}
            ORDER BY u.service, user_name, device, use_day, host, origin{limit}",
            conditions.sql()
        );
        let mut tx = self.db.read().await?;
        tx.rows(&sql, &conditions.values).await?.iter().map(use_row).collect()
    }
}
