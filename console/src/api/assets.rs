//! Models, callers and keys for programs, and the one way in which they are decided about.

use crate::api::listing::{Form, Format, Listing, write};
use crate::api::services::{Change, Patch, check, expected, in_force, version_of, with_etag};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::input::{Id, Json, Params};
use crate::kind::Kind;
use crate::pages::assets::Asked;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use gnomon_inventory::{AssetDetail, AssetId, AssetRow};
use http::{HeaderMap, HeaderValue};

/// `GET /api/v1/models`, `GET /api/v1/callers`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    kind: Kind,
    Params(asked): Params<Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let page = app.parts.inventory.assets(&asked.filter(kind)?).await?;
    let here = asked.address(&kind.api());
    let (rows, next, total) = (page.rows.as_slice(), page.next.as_deref(), page.total);
    write(form, &Listing { name: kind.plural(), rows, next, total, here })
}

/// `GET /api/v1/models/{id}`, and the same of callers and keys.
pub(crate) async fn one(State(app): State<App>, kind: Kind, Id(id): Id<String>) -> Result<Response, ConsoleError> {
    let detail = known(&app, &AssetId::new(kind.0, &id)).await?;
    Ok(with_etag(&version(&detail.row), axum::Json(&detail).into_response()))
}

/// `PATCH /api/v1/models/{id}`, and the same of callers and keys.
pub(crate) async fn patch(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    kind: Kind,
    Id(id): Id<String>,
    Json(patch): Json<Patch>,
) -> Result<Response, ConsoleError> {
    let asset = AssetId::new(kind.0, &id);
    let in_force = apply(&app, &viewer.name, &asset, &patch.change(), expected(&headers)).await?;
    let row = known(&app, &asset).await?.row;
    let mut response = with_etag(&version(&row), axum::Json(&row).into_response());
    let in_force = HeaderValue::from_static(if in_force { "true" } else { "false" });
    response.headers_mut().insert("x-gnomon-in-force", in_force);
    Ok(response)
}

/// The asset, or that there is none.
pub(crate) async fn known(app: &App, asset: &AssetId) -> Result<AssetDetail, ConsoleError> {
    let detail = app.parts.inventory.asset(asset).await?;
    detail.ok_or_else(|| ConsoleError::NotFound(format!("no {} `{}` in the inventory", asset.kind(), asset.id())))
}

/// Writes what differs, tells open pages, and says whether the gateway has it in force.
pub(crate) async fn apply(
    app: &App,
    by: &str,
    asset: &AssetId,
    change: &Change,
    expected: Option<&str>,
) -> Result<bool, ConsoleError> {
    let inventory = &app.parts.inventory;
    let before = known(app, asset).await?.row;
    if expected.is_some_and(|expected| expected != version(&before)) {
        let what = asset.kind();
        return Err(ConsoleError::Stale(format!("somebody changed this {what} meanwhile: reload it and decide again")));
    }
    check(change)?;
    if let Some(status) = change.status
        && (status, change.expires, &change.note) != (before.status, before.status_expires, &before.status_note)
    {
        inventory.set_asset_status(by, asset, status, &change.note, change.expires).await?;
    }
    if let Some(owner) = &change.owner
        && owner.as_str() != before.owner.as_deref().unwrap_or_default()
    {
        inventory.set_asset_owner(by, asset, Some(owner.as_str())).await?;
    }
    app.tell(ConsoleEvent::Configuration { what: asset.kind().to_string() });
    in_force(app).await
}

/// Changes whenever something changes that people decide about it.
pub(crate) fn version(row: &AssetRow) -> String {
    version_of(row.status, row.status_expires, row.owner.as_deref(), &row.status_note)
}
