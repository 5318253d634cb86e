//! Definitions of tools for programs.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::error::ConsoleError;
use crate::input::{Json, Params};
use crate::pages::tools::{Asked, Wanted, make};
use axum::extract::State;
use axum::response::Response;
use gnomon_inventory::ToolRow;
use http::HeaderMap;

/// `GET /api/v1/tools`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let page = app.parts.inventory.tools(&asked.filter()?).await?;
    let here = asked.address("/api/v1/tools");
    write(form, &Listing { name: "tools", rows: &page.rows, next: page.next.as_deref(), total: page.total, here })
}

/// `POST /api/v1/tools/decide`
pub(crate) async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<ToolRow>, ConsoleError> {
    make(&app, &viewer, &wanted).await.map(axum::Json)
}
