//! From the tables to a list of models, callers or keys: what was seen of them, joined with people's choices.

use crate::db::{Row, Tx, Value, values};
use crate::error::InventoryError;
use crate::inventory::Page;
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::assets::{AssetFacts, AssetFilter, AssetRow};
use crate::store::services::ServiceOrder;
use crate::store::words::{Filter, filled, like, page_rows, word};
use gnomon_types::time::Timestamp;

/// The first `?` is the present moment.
const STATUS: &str = "CASE WHEN h.status IS NULL OR h.expires <= ? THEN 'under_review' ELSE h.status END";

/// A table expression with one line for each asset of a kind; its values come with it.
fn view(kind: AssetKind, now: Timestamp) -> (String, Vec<Value>) {
    // What stands behind `KIND/`; positions count from 1.
    let name = format!("SUBSTR(k.asset, {})", kind.as_str().len() + 2);
    let range = kind.range("asset");
    let mut values = values![now];
    let (keys, facts, joins) = match kind {
        AssetKind::Model => (
            "",
            "'' AS caller, '' AS caller_kind, '' AS team, '' AS client, CAST(NULL AS BIGINT) AS created,
                CAST(NULL AS BIGINT) AS ends, CAST(NULL AS BIGINT) AS revoked, CAST(0 AS BIGINT) AS open_keys"
                .to_owned(),
            String::new(),
        ),
        AssetKind::Caller => {
            values.extend(values![now]);
            let newest = |column: &str| {
                format!(
                    "(SELECT a.{column} FROM access_keys a WHERE a.caller = {name} ORDER BY a.created_at DESC, a.id LIMIT 1)"
                )
            };
            (
                "UNION SELECT 'caller/' || caller FROM access_keys",
                format!(
                    "{name} AS caller, COALESCE(c.kind, {}, '') AS caller_kind, COALESCE(c.team, {}, '') AS team,
                    COALESCE(c.client, '') AS client, CAST(NULL AS BIGINT) AS created, CAST(NULL AS BIGINT) AS ends,
                    CAST(NULL AS BIGINT) AS revoked, (SELECT COUNT(*) FROM access_keys a WHERE a.caller = {name}
                        AND a.revoked_at IS NULL AND (a.expires IS NULL OR a.expires > ?)) AS open_keys",
                    newest("kind"),
                    newest("team")
                ),
                format!("LEFT JOIN callers c ON c.caller = {name}"),
            )
        }
        AssetKind::Key => (
            "UNION SELECT 'key/' || id FROM access_keys",
            "COALESCE(a.caller, '') AS caller, COALESCE(a.kind, '') AS caller_kind, COALESCE(a.team, '') AS team,
                '' AS client, a.created_at AS created, a.expires AS ends, a.revoked_at AS revoked,
                CAST(0 AS BIGINT) AS open_keys"
                .to_owned(),
            format!("LEFT JOIN access_keys a ON a.id = {name}"),
        ),
    };
    let sql = format!(
        "(SELECT k.asset, {name} AS name, {STATUS} AS status, h.expires, COALESCE(h.note, '') AS note,
            COALESCE(h.owner, '') AS owner, t.first_seen, t.last_seen, COALESCE(t.requests, 0) AS requests,
            COALESCE(t.attempts - t.forwarded, 0) AS refused, COALESCE(t.input_tokens, 0) AS input_tokens,
            COALESCE(t.output_tokens, 0) AS output_tokens, {facts}
        FROM (SELECT asset FROM asset_totals WHERE {range} UNION SELECT asset FROM asset_choices WHERE {range} {keys}) k
        LEFT JOIN asset_totals t ON t.asset = k.asset LEFT JOIN asset_choices h ON h.asset = k.asset {joins}) v"
    );
    (sql, values)
}

const COLUMNS: &str = "v.name, v.status, v.expires, v.note, v.owner, v.first_seen, v.last_seen, v.requests, v.refused,
    v.input_tokens, v.output_tokens, v.caller, v.caller_kind, v.team, v.client, v.created, v.ends, v.revoked, v.open_keys";

fn asset_row(kind: AssetKind, row: &Row, now: Timestamp) -> Result<AssetRow, InventoryError> {
    let id = row.text(0)?;
    Ok(AssetRow {
        facts: facts(&AssetId::new(kind, &id), row, now)?,
        id,
        status: word("asset_choices.status", row.text(1)?)?,
        status_expires: row.time_opt(2)?,
        status_note: row.text(3)?,
        owner: filled(row.text(4)?),
        first_seen: row.time_opt(5)?,
        last_seen: row.time_opt(6)?,
        requests: row.count(7)?,
        refused: row.count(8)?,
        input_tokens: row.count(9)?,
        output_tokens: row.count(10)?,
    })
}

fn facts(asset: &AssetId, row: &Row, now: Timestamp) -> Result<AssetFacts, InventoryError> {
    let (caller_kind, team) = (row.text(12)?, filled(row.text(13)?));
    Ok(match asset.kind() {
        AssetKind::Model => {
            let damaged = || InventoryError::Damaged(format!("`{asset}` names no model"));
            let (service, model) = asset.as_model().ok_or_else(damaged)?;
            AssetFacts::Model { service, model: model.to_owned() }
        }
        AssetKind::Caller => {
            AssetFacts::Caller { caller_kind, team, client: filled(row.text(14)?), keys: row.count(18)? }
        }
        AssetKind::Key => {
            let (created, expires, revoked) = (row.time_opt(15)?, row.time_opt(16)?, row.time_opt(17)?);
            let active = created.is_some() && revoked.is_none() && expires.is_none_or(|expires| expires > now);
            AssetFacts::Key { caller: filled(row.text(11)?), caller_kind, team, created, expires, revoked, active }
        }
    })
}

fn conditions(filter: &AssetFilter, values: Vec<Value>) -> Filter {
    let mut conditions = Filter { values, ..Filter::default() };
    if !filter.statuses.is_empty() {
        let words = filter.statuses.iter().map(|status| Value::from(status.as_str())).collect();
        conditions.and(format!("v.status IN ({})", crate::db::marks(filter.statuses.len())), words);
    }
    conditions.and_if("v.owner = ?", filter.owner.as_deref());
    conditions.and_if("v.caller_kind = ?", filter.caller_kind.as_deref());
    conditions.and_if("v.caller = ?", filter.caller.as_deref());
    if let Some(service) = &filter.service {
        let from = AssetId::model(service, "").to_string();
        // `/` is followed by `0` in ASCII: the range is every model of the service.
        let until = format!("{}0", from.trim_end_matches('/'));
        conditions.and("v.asset >= ? AND v.asset < ?", values![from, until]);
    }
    if let Some(text) = filter.text.as_deref().map(like) {
        let clause = "(LOWER(v.name) LIKE ? ESCAPE '\\' OR LOWER(v.caller) LIKE ? ESCAPE '\\'
            OR LOWER(v.team) LIKE ? ESCAPE '\\' OR LOWER(v.client) LIKE ? ESCAPE '\\')";
        conditions.and(clause, values![&text, &text, &text, &text]);
    }
    conditions
}

pub(crate) async fn list(tx: &mut Tx, filter: &AssetFilter, now: Timestamp) -> Result<Page<AssetRow>, InventoryError> {
    let (from, values) = view(filter.kind, now);
    let conditions = conditions(filter, values);
    let total = tx.number(&format!("SELECT COUNT(*) FROM {from}{}", conditions.sql()), &conditions.values).await?;
    let order = match filter.order {
        ServiceOrder::LastSeen => "COALESCE(v.last_seen, 0) DESC, v.asset",
        ServiceOrder::Newest => "COALESCE(v.first_seen, 0) DESC, v.asset",
        ServiceOrder::Requests => "v.requests DESC, v.asset",
        ServiceOrder::Name => "LOWER(v.name), v.asset",
    };
    let limit = page_rows(filter.limit);
    let offset: usize = filter.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let sql =
        format!("SELECT {COLUMNS} FROM {from}{} ORDER BY {order} LIMIT {limit} OFFSET {offset}", conditions.sql());
    let rows = tx.rows(&sql, &conditions.values).await?;
    let rows = rows.iter().map(|row| asset_row(filter.kind, row, now)).collect::<Result<Vec<_>, _>>()?;
    let total = u64::try_from(total).unwrap_or(0);
    let end = offset + rows.len();
    let next = (u64::try_from(end).unwrap_or(u64::MAX) < total && !rows.is_empty()).then(|| end.to_string());
    Ok(Page { rows, next, total })
}

pub(crate) async fn one(tx: &mut Tx, asset: &AssetId, now: Timestamp) -> Result<Option<AssetRow>, InventoryError> {
    let (from, mut values) = view(asset.kind(), now);
    values.push(Value::from(asset.to_string()));
    let row = tx.row(&format!("SELECT {COLUMNS} FROM {from} WHERE v.asset = ?"), &values).await?;
    row.map(|row| asset_row(asset.kind(), &row, now)).transpose()
}
