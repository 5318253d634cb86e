//! Decisions for programs.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::error::ConsoleError;
use crate::input::{Id, Params};
use crate::pages::activity::Asked;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use gnomon_inventory::DecisionDetail;
use gnomon_types::ids::DecisionId;
use http::HeaderMap;

/// `GET /api/v1/decisions`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let page = app.parts.inventory.decisions(&asked.filter()?).await?;
    let here = asked.address("/api/v1/decisions");
    write(form, &Listing { name: "decisions", rows: &page.rows, next: page.next.as_deref(), total: page.total, here })
}

/// `GET /api/v1/decisions/{id}`
pub(crate) async fn one(State(app): State<App>, Id(id): Id<String>) -> Result<Json<DecisionDetail>, ConsoleError> {
    let id = DecisionId::new(id).map_err(|error| ConsoleError::NotFound(error.to_string()))?;
    let detail = app.parts.inventory.decision(&id).await?;
    detail.map(Json).ok_or_else(|| ConsoleError::NotFound(format!("no decision `{id}` in the record")))
}
