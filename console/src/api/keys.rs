//! Access keys for programs.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::error::ConsoleError;
use crate::input::{Id, Json, Params};
use crate::pages::keys::{Wanted, end, make};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use gnomon_inventory::KeyRow;
use http::{HeaderMap, StatusCode};

/// `GET /api/v1/keys`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let rows = app.parts.inventory.keys().await?;
    let total = u64::try_from(rows.len()).unwrap_or(0);
    write(form, &Listing { name: "keys", rows: &rows, next: None, total, here: String::new() })
}

/// `POST /api/v1/keys`: the answer holds the key, this once.
pub(crate) async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Json(wanted): Json<Wanted>,
) -> Result<Response, ConsoleError> {
    let (row, secret) = make(&app, &viewer, &wanted).await?;
    let mut body = serde_json::to_value(&row).map_err(|error| ConsoleError::Failed(error.to_string()))?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("secret".to_owned(), secret.expose().into());
    }
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// `DELETE /api/v1/keys/{id}`
pub(crate) async fn revoke(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
) -> Result<axum::Json<KeyRow>, ConsoleError> {
    end(&app, &viewer, &id).await.map(axum::Json)
}
