//! The assets that a digital twin knows, and the events that tell it of their changes.
//!
//! An event carries the whole state of its asset, not a patch, so the newest event of an asset is enough. It is written
//! in the transaction of the change, and only when the state differs from the last one told: moments are cut to their
//! day and counters of traffic are left out, so that a busy service does not flood the feed.
//! No user or device appears in a state, only how many there are; a caller that is a person has a pseudonym. Owners of
//! models and callers are left out.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::totals::Touched;
use crate::store::words::{filled, from_json, to_json};
use crate::store::{assets, callers, counters, models, pseudonyms, services, twin, uses};
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use serde_json::{Value as Json, json};

/// After so many events the outbox is tidied.
const TIDY_EVERY: i64 = 1_000;
/// The type of every event, as CloudEvents wants it.
const CHANGED: &str = "io.gnomon.asset.changed.v1";

pub(crate) async fn touch(tx: &mut Tx, touched: &Touched, now: Timestamp) -> Result<(), InventoryError> {
    for service in &touched.services {
        touch_service(tx, service, now).await?;
    }
    for (service, model) in &touched.models {
        touch_model(tx, service, model, now).await?;
    }
    Ok(())
}

/// Tells search and twin that something about a service may have changed.
pub(crate) async fn touch_service(tx: &mut Tx, id: &ServiceId, now: Timestamp) -> Result<(), InventoryError> {
    let changed = counters::next(tx, "changed").await?;
    let sql = "INSERT INTO service_changes (service, changed) VALUES (?, ?)
        ON CONFLICT (service) DO UPDATE SET changed = excluded.changed";
    tx.run(sql, &values![id.as_str(), changed]).await?;
    let Some(row) = services::one(tx, id, now).await? else {
        return Ok(());
    };
    let models: Vec<String> = models::of_service(tx, id).await?.into_iter().map(|row| row.model).collect();
    let state = json!({
        "kind": "service",
        "id": row.id.as_str(),
        "name": row.name,
        "service_kind": row.kind.as_str(),
        "vendor": row.vendor,
        "category": row.category,
        "status": row.status.as_str(),
        "status_expires": row.status_expires,
        "owner": row.owner,
        "hosts": uses::hosts(tx, id).await?,
        "models": models,
        "sources": row.sources,
        "users": row.users,
        "first_seen": row.first_seen.map(Timestamp::day),
        "last_seen": row.last_seen.map(Timestamp::day),
    });
    tell(tx, &format!("service/{id}"), state, now).await
}

/// Tells the twin that something about a model may have changed.
pub(crate) async fn touch_model(
    tx: &mut Tx,
    service: &ServiceId,
    model: &str,
    now: Timestamp,
) -> Result<(), InventoryError> {
    let Some(row) = models::get(tx, service.as_str(), model).await? else {
        return Ok(());
    };
    let state = json!({
        "kind": "model",
        "service": service.as_str(),
        "name": row.model,
        "status": assets::status(tx, &AssetId::model(service, model), now).await?.as_str(),
        "first_seen": row.first_seen.day(),
        "last_seen": row.last_seen.day(),
    });
    tell(tx, &format!("model/{service}/{model}"), state, now).await
}

/// Tells the twin that something about a caller or its keys may have changed. A caller that is a person has a pseudonym.
pub(crate) async fn touch_caller(tx: &mut Tx, caller: &str, now: Timestamp) -> Result<(), InventoryError> {
    let sql = "SELECT kind, team FROM access_keys WHERE caller = ? ORDER BY created_at DESC, id LIMIT 1";
    let key = tx.row(sql, &values![caller]).await?;
    let seen = callers::one(tx, caller).await?;
    let (kind, team) = match (&seen, &key) {
        (Some(seen), _) => (seen.kind.clone(), seen.team.clone()),
        (None, Some(key)) => (key.text(0)?, filled(key.text(1)?)),
        (None, None) => return Ok(()),
    };
    let sql = "SELECT COUNT(*) FROM access_keys WHERE caller = ? AND revoked_at IS NULL";
    let keys = tx.number(sql, &values![caller]).await?;
    let sql = "SELECT service, model FROM caller_targets WHERE caller = ? ORDER BY service, model LIMIT 500";
    let mut targets: Vec<Json> = Vec::new();
    for row in tx.rows(sql, &values![caller]).await? {
        targets.push(json!({"service": row.text(0)?, "model": filled(row.text(1)?)}));
    }
    let is_person = kind == CallerKind::Person.as_str();
    let name = if is_person { pseudonyms::of_person(tx, caller).await? } else { caller.to_owned() };
    let state = json!({
        "kind": "agent",
        "name": name,
        "status": assets::status(tx, &AssetId::new(AssetKind::Caller, caller), now).await?.as_str(),
        "caller_kind": kind,
        "team": team,
        "keys": keys,
        "targets": targets,
        "first_seen": seen.as_ref().map(|seen| seen.first_seen.day()),
        "last_seen": seen.as_ref().map(|seen| seen.last_seen.day()),
    });
    tell(tx, &format!("agent/{name}"), state, now).await
}

async fn tell(tx: &mut Tx, asset: &str, state: Json, now: Timestamp) -> Result<(), InventoryError> {
    let known = tx.row("SELECT version, state FROM twin_assets WHERE asset = ?", &values![asset]).await?;
    let version = match &known {
        // Compared as values: the order of fields in a text is nobody's promise.
        Some(row) if from_json::<Json>("twin_assets.state", &row.text(1)?)? == state => return Ok(()),
        Some(row) => row.int(0)? + 1,
        None => 1,
    };
    write(tx, asset, &state, version, now).await
}

/// Tells of an asset again, in the state that was told last: for a sink that gave up on it.
pub(crate) async fn repeat(tx: &mut Tx, asset: &str, now: Timestamp) -> Result<bool, InventoryError> {
    let Some(row) = tx.row("SELECT version, state FROM twin_assets WHERE asset = ?", &values![asset]).await? else {
        return Ok(false);
    };
    let state: Json = from_json("twin_assets.state", &row.text(1)?)?;
    write(tx, asset, &state, row.int(0)? + 1, now).await?;
    Ok(true)
}

async fn write(tx: &mut Tx, asset: &str, state: &Json, version: i64, now: Timestamp) -> Result<(), InventoryError> {
    let text = to_json(state)?;
    let kind = state.get("kind").and_then(Json::as_str).unwrap_or_default();
    let sql = "INSERT INTO twin_assets (asset, kind, version, changed_at, state) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (asset) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
        state = excluded.state";
    tx.run(sql, &values![asset, kind, version, now, &text]).await?;
    let sequence = counters::next(tx, "twin").await?;
    let sql =
        "INSERT INTO twin_events (sequence, asset, version, event_type, happened_at, data) VALUES (?, ?, ?, ?, ?, ?)";
    tx.run(sql, &values![sequence, asset, version, CHANGED, now, text]).await?;
    if sequence % TIDY_EVERY == 0 { twin::drop_passed(tx, now).await } else { Ok(()) }
}
