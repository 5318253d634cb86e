//! Services for programs, and the one way in which a service is decided about.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::input::{Id, Json, Params};
use crate::pages::service::service_id;
use crate::pages::services::Asked;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use gnomon_inventory::ServiceRow;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Duration;

/// How long a change waits to be seen at the gateway before it says that it is merely saved.
const IN_FORCE_TRIES: u32 = 48;
const IN_FORCE_STEP: Duration = Duration::from_millis(25);

/// `GET /api/v1/services`
pub(crate) async fn list(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let page = app.parts.inventory.services(&asked.filter()?).await?;
    let here = asked.address("/api/v1/services");
    write(form, &Listing { name: "services", rows: &page.rows, next: page.next.as_deref(), total: page.total, here })
}

/// `GET /api/v1/services/{id}`
pub(crate) async fn one(State(app): State<App>, Id(id): Id<String>) -> Result<Response, ConsoleError> {
    let id = service_id(&id)?;
    let detail = app.parts.inventory.service(&id).await?;
    let detail = detail.ok_or_else(|| ConsoleError::NotFound(format!("no service `{id}` in the inventory")))?;
    Ok(with_etag(&version(&detail.row), axum::Json(&detail).into_response()))
}

/// What a PATCH may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    #[serde(default)]
    status: Option<ServiceStatus>,
    /// Absent: as it is. `null`: nobody.
    #[serde(default, deserialize_with = "present")]
    owner: Option<Option<String>>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    expires: Option<Timestamp>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// `PATCH /api/v1/services/{id}`
pub(crate) async fn patch(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Id(id): Id<String>,
    Json(patch): Json<Patch>,
) -> Result<Response, ConsoleError> {
    let id = service_id(&id)?;
    let in_force = apply(&app, &viewer.name, &id, &patch.change(), expected(&headers)).await?;
    let detail = app.parts.inventory.service(&id).await?;
    let detail = detail.ok_or_else(|| ConsoleError::NotFound(format!("no service `{id}` in the inventory")))?;
    let mut response = with_etag(&version(&detail.row), axum::Json(&detail.row).into_response());
    response
        .headers_mut()
        .insert("x-gnomon-in-force", HeaderValue::from_static(if in_force { "true" } else { "false" }));
    Ok(response)
}

impl Patch {
    pub(crate) fn change(self) -> Change {
        Change {
            status: self.status,
            owner: self.owner.map(Option::unwrap_or_default),
            expires: self.expires,
            note: self.note.unwrap_or_default(),
        }
    }
}

/// The version that a change expects, if it names one.
pub(crate) fn expected(headers: &HeaderMap) -> Option<&str> {
    let tag = headers.get(header::IF_MATCH)?.to_str().ok()?.trim_matches('"');
    Some(tag).filter(|tag| *tag != "*")
}

/// A decision about a service, model, caller or key.
pub(crate) struct Change {
    pub(crate) status: Option<ServiceStatus>,
    /// `None`: as it is. Empty: nobody.
    pub(crate) owner: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) note: String,
}

/// Writes what differs, tells open pages, and says whether the gateway has it in force.
pub(crate) async fn apply(
    app: &App,
    by: &str,
    id: &ServiceId,
    change: &Change,
    expected: Option<&str>,
) -> Result<bool, ConsoleError> {
    let inventory = &app.parts.inventory;
    let before = inventory.service(id).await?;
    let before = before.ok_or_else(|| ConsoleError::NotFound(format!("no service `{id}` in the inventory")))?.row;
    if expected.is_some_and(|expected| expected != version(&before)) {
        return Err(ConsoleError::Stale(
            "somebody changed this service meanwhile: reload it and decide again".to_owned(),
        ));
    }
    check(change)?;
    if let Some(status) = change.status
        && (status, change.expires, &change.note) != (before.status, before.status_expires, &before.status_note)
    {
        inventory.set_status(by, id, status, &change.note, change.expires).await?;
    }
    if let Some(owner) = &change.owner
        && owner.as_str() != before.owner.as_deref().unwrap_or_default()
    {
        inventory.set_owner(by, id, Some(owner.as_str()).filter(|owner| !owner.is_empty())).await?;
    }
    app.tell(ConsoleEvent::Service { id: id.clone(), status: change.status });
    in_force(app).await
}

/// Whether note and owner are within bounds.
pub(crate) fn check(change: &Change) -> Result<(), ConsoleError> {
    if change.note.chars().count() > 1000 {
        return Err(ConsoleError::Invalid("a note may have 1,000 characters".to_owned()));
    }
    if change.owner.as_ref().is_some_and(|owner| owner.chars().count() > 200 || owner.chars().any(char::is_control)) {
        return Err(ConsoleError::Invalid("an owner may have 200 characters on one line".to_owned()));
    }
    Ok(())
}

/// Waits a moment until the gateway's snapshot holds the record's present revision.
pub(crate) async fn in_force(app: &App) -> Result<bool, ConsoleError> {
    let revision = app.parts.inventory.revision().await?;
    for _ in 0..IN_FORCE_TRIES {
        if (app.parts.gateway)().revision >= revision {
            return Ok(true);
        }
        tokio::time::sleep(IN_FORCE_STEP).await;
    }
    Ok(false)
}

/// Changes whenever something changes that people decide about a service.
pub(crate) fn version(row: &ServiceRow) -> String {
    version_of(row.status, row.status_expires, row.owner.as_deref(), &row.status_note)
}

/// Changes whenever one of these changes.
pub(crate) fn version_of(status: ServiceStatus, expires: Option<Timestamp>, owner: Option<&str>, note: &str) -> String {
    let text = format!("{status}\n{expires:?}\n{owner:?}\n{note}");
    Sha256::digest(text).iter().take(8).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

pub(crate) fn with_etag(version: &str, mut response: Response) -> Response {
    let tag = HeaderValue::try_from(format!("\"{version}\""));
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}
