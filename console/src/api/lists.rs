//! Smaller lists for programs: records of changes, sources, blind spots, rules, accounts, obligations.

use crate::api::listing::{Form, Format, Listing, write};
use crate::app::App;
use crate::error::ConsoleError;
use crate::input::Params;
use crate::pages::{audit, compliance as compliance_page};
use axum::extract::State;
use axum::response::Response;
use gnomon_inventory::{EventRow, Role, SourceRow, User};
use gnomon_policy::PolicySummary;
use gnomon_types::time::Timestamp;
use http::HeaderMap;
use serde::Serialize;

/// `GET /api/v1/records`
pub(crate) async fn records(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<audit::Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let form = Form::asked(&format, &headers)?;
    let page = app.parts.inventory.events(&asked.filter()?).await?;
    let rows: Vec<RecordRow<'_>> = page.rows.iter().map(RecordRow::of).collect();
    let here = asked.address("/api/v1/records");
    write(form, &Listing { name: "records", rows: &rows, next: page.next.as_deref(), total: page.total, here })
}

#[derive(Serialize)]
struct RecordRow<'a> {
    at: Timestamp,
    by: &'a str,
    action: &'a str,
    subject: &'a str,
    kind: &'a str,
    origin: &'a str,
    seq: u64,
    node: &'a str,
    body: serde_json::Value,
}

impl<'a> RecordRow<'a> {
    fn of(row: &'a EventRow) -> Self {
        Self {
            at: row.at,
            by: &row.by,
            action: &row.action,
            subject: &row.subject,
            kind: &row.kind,
            origin: &row.origin,
            seq: row.seq,
            node: &row.node,
            body: serde_json::to_value(&row.body).unwrap_or_default(),
        }
    }
}

/// `GET /api/v1/sources`
pub(crate) async fn sources(
    State(app): State<App>,
    headers: HeaderMap,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let rows = app.parts.inventory.sources().await?;
    let rows: Vec<Source<'_>> = rows.iter().map(Source::of).collect();
    whole("sources", &format, &headers, &rows)
}

#[derive(Serialize)]
struct Source<'a> {
    file: &'a str,
    format: &'a str,
    lines: u64,
    parsed: u64,
    rejected: u64,
    digest: Option<gnomon_types::digest::Digest>,
    at: Timestamp,
    by: &'a str,
}

impl<'a> Source<'a> {
    fn of(row: &'a SourceRow) -> Self {
        Self {
            file: &row.summary.file,
            format: &row.summary.format,
            lines: row.summary.lines,
            parsed: row.summary.parsed,
            rejected: row.summary.rejected,
            digest: row.digest,
            at: row.at,
            by: &row.by,
        }
    }
}

/// `GET /api/v1/blind-spots`
pub(crate) async fn blind_spots(
    State(app): State<App>,
    headers: HeaderMap,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let rows = app.parts.inventory.blind_spots().await?;
    whole("blind-spots", &format, &headers, &rows)
}

/// `GET /api/v1/policies`
pub(crate) async fn policies(
    State(app): State<App>,
    headers: HeaderMap,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let rows = (app.parts.policies)().policies();
    let rows: Vec<Rule<'_>> = rows.iter().map(Rule::of).collect();
    whole("policies", &format, &headers, &rows)
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    effect: &'a str,
    reason: &'a str,
    control: Option<&'a str>,
    remedy: Option<&'a str>,
    mode: &'a str,
    file: &'a str,
    line: usize,
    text: &'a str,
}

impl<'a> Rule<'a> {
    fn of(policy: &'a PolicySummary) -> Self {
        Self {
            id: &policy.id,
            effect: policy.effect,
            reason: &policy.reason,
            control: policy.control.as_deref(),
            remedy: policy.remedy.as_deref(),
            mode: policy.mode,
            file: &policy.file,
            line: policy.line,
            text: &policy.text,
        }
    }
}

/// `GET /api/v1/users`
pub(crate) async fn users(
    State(app): State<App>,
    headers: HeaderMap,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let rows = app.parts.inventory.users().await?;
    let rows: Vec<Account<'_>> = rows.iter().map(Account::of).collect();
    whole("users", &format, &headers, &rows)
}

#[derive(Serialize)]
struct Account<'a> {
    name: &'a str,
    roles: Vec<&'static str>,
    created: Timestamp,
    expires: Option<Timestamp>,
}

impl<'a> Account<'a> {
    fn of(user: &'a User) -> Self {
        let roles = user.roles.iter().copied().map(Role::as_str).collect();
        Self { name: &user.name, roles, created: user.created, expires: user.expires }
    }
}

/// `GET /api/v1/compliance`
pub(crate) async fn compliance(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<compliance_page::Asked>,
    Params(format): Params<Format>,
) -> Result<Response, ConsoleError> {
    let window = asked.window(app.now())?;
    let rows = app.parts.exporter.status(window, asked.framework()).await.map_err(ConsoleError::Invalid)?;
    whole("obligations", &format, &headers, &rows)
}

/// A list without pages.
fn whole<T: Serialize>(name: &str, format: &Format, headers: &HeaderMap, rows: &[T]) -> Result<Response, ConsoleError> {
    let form = Form::asked(format, headers)?;
    let total = u64::try_from(rows.len()).unwrap_or(0);
    write(form, &Listing { name, rows, next: None, total, here: String::new() })
}
