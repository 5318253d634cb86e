//! AI services as pages and commands see them: the catalogue's words, people's choices and what was observed, joined.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::{Inventory, Page};
use crate::store::choices::{self, HistoryRow};
use crate::store::models::{self, ModelRow};
use crate::store::uses;
use crate::store::words::{Filter, filled, like, page_rows, word};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::EvidencePointer;
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// One AI service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceRow {
    /// Its id.
    pub id: ServiceId,
    /// Its name for people.
    pub name: String,
    /// How it is known.
    pub kind: ServiceKind,
    /// Who offers it; empty when not known.
    pub vendor: String,
    /// What it is for, in the catalogue's word; empty when not known.
    pub category: String,
    /// The status in force. A status whose time has run out counts as under review.
    pub status: ServiceStatus,
    /// When the status ends.
    pub status_expires: Option<Timestamp>,
    /// What was written when the status was set.
    pub status_note: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// First sighting; `None` when it was never seen in use.
    pub first_seen: Option<Timestamp>,
    /// Latest sighting.
    pub last_seen: Option<Timestamp>,
    /// Requests seen in logs or forwarded by the gateway.
    pub requests: u64,
    /// Requests that the gateway did not forward.
    pub refused: u64,
    /// Bytes sent to it, where known.
    pub bytes_up: u64,
    /// Bytes received from it, where known.
    pub bytes_down: u64,
    /// Distinct users; a device counts where no user is named.
    pub users: u64,
    /// Highest confidence of its recognition, 0 to 1.
    pub confidence: f32,
    /// Log formats and `gateway`: what it was seen in.
    pub sources: Vec<String>,
}

/// How a list of services or of other assets is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServiceOrder {
    /// Latest seen first.
    #[default]
    LastSeen,
    /// First seen, the newest first.
    Newest,
    /// Most requests first.
    Requests,
    /// By name.
    Name,
}

/// Which services to list.
#[derive(Debug, Clone, Default)]
pub struct ServiceFilter {
    /// Only with one of these statuses; empty means all.
    pub statuses: Vec<ServiceStatus>,
    /// Only of this kind.
    pub kind: Option<ServiceKind>,
    /// Only of this owner.
    pub owner: Option<String>,
    /// Only used by this user or device.
    pub user: Option<String>,
    /// Only with this text in id, name, vendor or category.
    pub text: Option<String>,
    /// Only first seen at or after this moment.
    pub first_seen_since: Option<Timestamp>,
    /// Only seen at or after this moment.
    pub seen_since: Option<Timestamp>,
    /// Also services of the catalogue that were never seen and never decided about.
    pub unseen_too: bool,
    /// How to sort.
    pub order: ServiceOrder,
    /// Rows of a page; 0 means 50.
    pub limit: usize,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// One service with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceDetail {
    /// The service.
    pub row: ServiceRow,
    /// Hosts contacted (for records of the gateway that name none: the upstream).
    pub hosts: Vec<String>,
    /// Who used it, most requests first, at most 100.
    pub users: Vec<ServiceUser>,
    /// Models seen on it.
    pub models: Vec<ModelRow>,
    /// Requests and bytes per UTC day, oldest first.
    pub usage_by_day: Vec<DayUse>,
    /// Where it can be looked up in the sources, at most 50.
    pub evidence: Vec<EvidencePointer>,
    /// What people changed, newest first.
    pub history: Vec<HistoryRow>,
}

/// Somebody who used a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceUser {
    /// User, if named.
    pub user: Option<String>,
    /// Device, if known.
    pub device: Option<String>,
    /// Requests.
    pub requests: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// First seen.
    pub first_seen: Timestamp,
    /// Last seen.
    pub last_seen: Timestamp,
    /// What it was seen in.
    pub source: String,
}

/// Use on one UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayUse {
    /// The day, `2026-11-23`.
    pub day: String,
    /// Requests.
    pub requests: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// Bytes received.
    pub bytes_down: u64,
}

/// What the catalogue or the configuration says about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSeed {
    /// Its id.
    pub id: ServiceId,
    /// Its name for people.
    pub name: String,
    /// How it is known.
    pub kind: ServiceKind,
    /// Who offers it.
    pub vendor: String,
    /// What it is for.
    pub category: String,
}

const KEYS_SEEN: &str = "SELECT service FROM services UNION SELECT service FROM service_choices";
const KEYS_ALL: &str = "SELECT service FROM services UNION SELECT service FROM service_choices
    UNION SELECT service FROM catalogue";
/// The first `?` is the present moment.
const STATUS: &str = "CASE WHEN h.status IS NULL OR h.expires <= ? THEN 'under_review' ELSE h.status END";
const PEOPLE: &str =
    "(SELECT COUNT(DISTINCT CASE WHEN u.user_name <> '' THEN 'u' || u.user_name ELSE 'd' || u.device END)
    FROM uses u WHERE u.service = v.service AND (u.user_name <> '' OR u.device <> ''))";

/// A table expression with one line for each service; takes the present moment as its only value.
fn view(keys: &str) -> String {
    format!(
        "(SELECT k.service, COALESCE(c.name, NULLIF(s.name_seen, ''), k.service) AS name,
            COALESCE(c.kind, NULLIF(s.kind_seen, ''), 'unknown') AS kind, COALESCE(c.vendor, '') AS vendor,
            COALESCE(c.category, '') AS category, {STATUS} AS status, h.expires, COALESCE(h.note, '') AS note,
            COALESCE(h.owner, '') AS owner, s.first_seen, s.last_seen, COALESCE(s.requests, 0) AS requests,
            COALESCE(s.attempts - s.forwarded, 0) AS refused, COALESCE(s.bytes_up, 0) AS bytes_up,
            COALESCE(s.bytes_down, 0) AS bytes_down, COALESCE(s.confidence, 0.0) AS confidence
        FROM ({keys}) k LEFT JOIN catalogue c ON c.service = k.service LEFT JOIN services s ON s.service = k.service
        LEFT JOIN service_choices h ON h.service = k.service) v"
    )
}

const COLUMNS: &str =
    "v.service, v.name, v.kind, v.vendor, v.category, v.status, v.expires, v.note, v.owner, v.first_seen,
    v.last_seen, v.requests, v.refused, v.bytes_up, v.bytes_down, v.confidence";

fn service_row(row: &Row) -> Result<ServiceRow, InventoryError> {
    Ok(ServiceRow {
        id: word("service", row.text(0)?)?,
        name: row.text(1)?,
        kind: word("kind", row.text(2)?)?,
        vendor: row.text(3)?,
        category: row.text(4)?,
        status: word("status", row.text(5)?)?,
        status_expires: row.time_opt(6)?,
        status_note: row.text(7)?,
        owner: filled(row.text(8)?),
        first_seen: row.time_opt(9)?,
        last_seen: row.time_opt(10)?,
        requests: row.count(11)?,
        refused: row.count(12)?,
        bytes_up: row.count(13)?,
        bytes_down: row.count(14)?,
        #[expect(clippy::cast_possible_truncation, reason = "it came from an f32")]
        confidence: row.real(15)? as f32,
        users: row.count(16)?,
        sources: Vec::new(),
    })
}

fn filter_sql(filter: &ServiceFilter, now: Timestamp) -> (String, Filter) {
    let from = view(if filter.unseen_too { KEYS_ALL } else { KEYS_SEEN });
    let mut conditions = Filter { values: values![now], ..Filter::default() };
    if !filter.statuses.is_empty() {
        let words = filter.statuses.iter().map(|status| Value::from(status.as_str())).collect();
        conditions.and(format!("v.status IN ({})", crate::db::marks(filter.statuses.len())), words);
    }
    conditions.and_if("v.kind = ?", filter.kind.map(ServiceKind::as_str));
    conditions.and_if("v.owner = ?", filter.owner.as_deref());
    conditions.and_if("v.first_seen >= ?", filter.first_seen_since);
    conditions.and_if("v.last_seen >= ?", filter.seen_since);
    if let Some(user) = &filter.user {
        let clause = "v.service IN (SELECT service FROM uses WHERE user_name = ? OR (user_name = '' AND device = ?))";
        conditions.and(clause, values![user, user]);
    }
    if let Some(text) = filter.text.as_deref().map(like) {
        let clause = "(LOWER(v.service) LIKE ? ESCAPE '\\' OR LOWER(v.name) LIKE ? ESCAPE '\\'
            OR LOWER(v.vendor) LIKE ? ESCAPE '\\' OR LOWER(v.category) LIKE ? ESCAPE '\\')";
        conditions.and(clause, values![&text, &text, &text, &text]);
    }
    (from, conditions)
}

async fn list(tx: &mut Tx, filter: &ServiceFilter, now: Timestamp) -> Result<Page<ServiceRow>, InventoryError> {
    let (from, conditions) = filter_sql(filter, now);
    let total = tx.number(&format!("SELECT COUNT(*) FROM {from}{}", conditions.sql()), &conditions.values).await?;
    let order = match filter.order {
        ServiceOrder::LastSeen => "COALESCE(v.last_seen, 0) DESC, v.service",
        ServiceOrder::Newest => "COALESCE(v.first_seen, 0) DESC, v.service",
        ServiceOrder::Requests => "v.requests DESC, v.service",
        ServiceOrder::Name => "LOWER(v.name), v.service",
    };
    let limit = page_rows(filter.limit);
    let offset: usize = filter.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let sql = format!(
        "SELECT {COLUMNS}, {PEOPLE} FROM {from}{} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
        conditions.sql()
    );
    let mut rows = Vec::new();
    for row in tx.rows(&sql, &conditions.values).await? {
        rows.push(service_row(&row)?);
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut sources = uses::sources_of(tx, &ids).await?;
    for row in &mut rows {
        row.sources = sources.remove(row.id.as_str()).unwrap_or_default();
    }
    let total = u64::try_from(total).unwrap_or(0);
    let end = offset + rows.len();
    let next = (u64::try_from(end).unwrap_or(u64::MAX) < total && !rows.is_empty()).then(|| end.to_string());
    Ok(Page { rows, next, total })
}

pub(crate) async fn one(tx: &mut Tx, id: &ServiceId, now: Timestamp) -> Result<Option<ServiceRow>, InventoryError> {
    let sql = format!("SELECT {COLUMNS}, {PEOPLE} FROM {} WHERE v.service = ?", view(KEYS_ALL));
    let Some(row) = tx.row(&sql, &values![now, id.as_str()]).await? else {
        return Ok(None);
    };
    let mut row = service_row(&row)?;
    row.sources = uses::sources_of(tx, &[id.as_str()]).await?.remove(id.as_str()).unwrap_or_default();
    Ok(Some(row))
}

impl Inventory {
    /// Services under a filter, a page at a time.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn services(&self, filter: &ServiceFilter) -> Result<Page<ServiceRow>, InventoryError> {
        let mut tx = self.db.read().await?;
        list(&mut tx, filter, self.now()).await
    }

    /// One service with everything that is known about it.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn service(&self, id: &ServiceId) -> Result<Option<ServiceDetail>, InventoryError> {
        let mut tx = self.db.read().await?;
        let Some(row) = one(&mut tx, id, self.now()).await? else {
            return Ok(None);
        };
        Ok(Some(ServiceDetail {
            hosts: uses::hosts(&mut tx, id).await?,
            users: uses::users_of(&mut tx, id, 100).await?,
            models: models::of_service(&mut tx, id).await?,
            usage_by_day: uses::days_of(&mut tx, id).await?,
            evidence: uses::evidence_of(&mut tx, id, 50).await?,
            history: choices::history_of(&mut tx, &choices::SERVICES, id.as_str()).await?,
            row,
        }))
    }

    /// Takes over names, vendors and categories from the catalogue or the configuration. What the record holds under
    /// the same id is replaced; services that are no longer named keep their words.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn seed_catalogue(&self, seeds: &[ServiceSeed]) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        for seed in seeds {
            let values = values![seed.id.as_str(), &seed.name, seed.kind.as_str(), &seed.vendor, &seed.category];
            let sql = "INSERT INTO catalogue (service, name, kind, vendor, category) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (service) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                    vendor = excluded.vendor, category = excluded.category
                WHERE catalogue.name <> excluded.name OR catalogue.kind <> excluded.kind
                    OR catalogue.vendor <> excluded.vendor OR catalogue.category <> excluded.category";
            if tx.run(sql, &values).await? > 0 {
                touch_if_seen(&mut tx, &seed.id, self.now()).await?;
            }
        }
        tx.commit().await
    }
}

/// A new word in the catalogue concerns search and twin only if the service is in use or decided about.
async fn touch_if_seen(tx: &mut Tx, id: &ServiceId, now: Timestamp) -> Result<(), InventoryError> {
    let sql = format!("SELECT COUNT(*) FROM ({KEYS_SEEN}) k WHERE k.service = ?");
    if tx.number(&sql, &values![id.as_str()]).await? > 0 {
        crate::store::twin_assets::touch_service(tx, id, now).await?;
    }
    Ok(())
}
