//! Approvals for programs.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::error::ConsoleError;
use crate::input::{Id, Params, filled};
use crate::pages::approvals::{approval_id, decide};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use gnomon_inventory::{ApprovalFilter, ApprovalRow, ApprovalState, Decide};
use gnomon_types::limits::PAGE_ROWS_MAX;
use http::HeaderMap;
use serde::Deserialize;

/// Parameters of the list.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
}

/// `GET /api/v1/approvals`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let rows =
        app.parts.inventory.approvals(&ApprovalFilter { state: state(&asked.state)?, limit: PAGE_ROWS_MAX }).await?;
    let total = u64::try_from(rows.len()).unwrap_or(0);
    write(form, &Listing { name: "approvals", rows: &rows, next: None, total, here: String::new() })
}

fn state(word: &str) -> Result<Option<ApprovalState>, ConsoleError> {
    let Some(word) = filled(word) else { return Ok(None) };
    let found = ApprovalState::ALL.into_iter().find(|state| state.as_str() == word);
    found.map(Some).ok_or_else(|| ConsoleError::Invalid(format!("`{word}` is not a state of an approval")))
}

/// `GET /api/v1/approvals/{id}`
pub(crate) async fn one(State(app): State<App>, Id(id): Id<String>) -> Result<Json<ApprovalRow>, ConsoleError> {
    let id = approval_id(&id)?;
    let row = app.parts.inventory.approval(&id).await?;
    row.map(Json).ok_or_else(|| ConsoleError::NotFound(format!("no approval `{id}`")))
}

/// The body of a decision; it may be left out.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(default)]
    note: String,
}

/// `POST /api/v1/approvals/{id}/approve`
pub(crate) async fn approve(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    body: Bytes,
) -> Result<Json<ApprovalRow>, ConsoleError> {
    decide(&app, &viewer, &id, Decide::Approve, &note(&body)?).await.map(Json)
}

/// `POST /api/v1/approvals/{id}/reject`
pub(crate) async fn reject(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    body: Bytes,
) -> Result<Json<ApprovalRow>, ConsoleError> {
    decide(&app, &viewer, &id, Decide::Reject, &note(&body)?).await.map(Json)
}

fn note(body: &[u8]) -> Result<String, ConsoleError> {
    if body.is_empty() {
        return Ok(String::new());
    }
    let note: Note = serde_json::from_slice(body)
        .map_err(|error| ConsoleError::Invalid(format!("the body is not `{{\"note\": ..}}`: {error}")))?;
    Ok(note.note)
}
