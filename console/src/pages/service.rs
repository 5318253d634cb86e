//! One AI service: what is known about it, on what evidence, and what was decided about it.

pub(crate) mod summary;
pub(crate) mod tabs;

use crate::api::services::{Change, apply};
use crate::app::App;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Tone, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Id, Input, Params, end_of_day, filled};
use crate::parts::GatewayInfo;
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{DecisionFilter, DecisionRow, Page, ServiceDetail, ServiceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    done: String,
    #[serde(default)]
    after: String,
}

struct Facts {
    detail: ServiceDetail,
    decisions: Page<DecisionRow>,
    gateway: GatewayInfo,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Id(id): Id<String>,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let id = service_id(&id)?;
    let inventory = &app.parts.inventory;
    let missing = || ConsoleError::NotFound(format!("no service `{id}` in the inventory"));
    let detail = inventory.service(&id).await?.ok_or_else(missing)?;
    let filter = DecisionFilter {
        service: Some(id.clone()),
        after: filled(&asked.after).map(str::to_owned),
        ..DecisionFilter::default()
    };
    let decisions = inventory.decisions(&filter).await?;
    let facts = Facts { detail, decisions, gateway: (app.parts.gateway)() };
    Ok(page(&frame, &asked, &facts))
}

/// The form of a decision about a service, model, caller or key.
#[derive(Deserialize)]
pub(crate) struct Decision {
    status: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    expires: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    version: String,
}

impl Decision {
    pub(crate) fn change(&self) -> Result<Change, ConsoleError> {
        let status = ServiceStatus::from_word(&self.status);
        Ok(Change {
            status: Some(status.ok_or_else(|| ConsoleError::Invalid("choose a status".to_owned()))?),
            owner: Some(self.owner.trim().to_owned()),
            expires: end_of_day(&self.expires)?,
            note: self.note.trim().to_owned(),
        })
    }

    /// The state that the person saw.
    pub(crate) fn version(&self) -> Option<&str> {
        filled(&self.version)
    }
}

/// Sets status and owner, waits until the gateway has them in force, and comes back to the page.
pub(crate) async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    Input(form): Input<Decision>,
) -> Result<Redirect, ConsoleError> {
    let id = service_id(&id)?;
    let in_force = apply(&app, &viewer.name, &id, &form.change()?, form.version()).await?;
    let done = if in_force { "in-force" } else { "saved" };
    Ok(Redirect::to(&query::address(&query::service(id.as_str()), &[("done", done)])))
}

pub(crate) fn service_id(text: &str) -> Result<ServiceId, ConsoleError> {
    ServiceId::new(text).map_err(|error| ConsoleError::NotFound(error.to_string()))
}

fn page(frame: &Frame, asked: &Asked, facts: &Facts) -> Markup {
    let row = &facts.detail.row;
    let detail = &facts.detail;
    let tab = match asked.tab.as_str() {
        tab @ ("usage" | "evidence" | "decisions" | "history") => tab,
        _ => "summary",
    };
    let count = |length: usize| u64::try_from(length).ok();
    let list = [
        ("summary", "Summary", None),
        ("usage", "Usage", count(detail.users.len())),
        ("evidence", "Evidence", count(detail.evidence.len())),
        ("decisions", "Decisions", Some(facts.decisions.total)),
        ("history", "History", count(detail.history.len())),
    ];
    let address = |tab: &str| {
        query::address(&query::service(row.id.as_str()), &[("tab", if tab == "summary" { "" } else { tab })])
    };
    let actions = html! {
        a class="button" href=(query::address(&format!("/api/v1/services/{}", query::escape(row.id.as_str())), &[])) { "JSON" }
    };
    let lead = lead(row);
    let head = Head {
        title: &row.name,
        lead: &lead,
        above: Some(("/services", "AI inventory")),
        beside: Some(badge::status(row.status)),
        actions: Some(actions),
    };
    let body = html! {
        (said(asked, facts))
        (view::tabs("Service", &list, tab, &address))
        div id="service" data-live="service" {
            @match tab {
                "usage" => (tabs::usage(frame, detail)),
                "evidence" => (tabs::evidence(&detail.evidence, "the service")),
                "decisions" => (tabs::decisions(frame, &facts.decisions, &address("decisions"))),
                "history" => (tabs::history(&detail.history, "this service")),
                _ => (summary::summary(frame, facts)),
            }
        }
    };
    view::page(frame, &head, &body)
}

fn lead(row: &ServiceRow) -> String {
    let owner = row
        .owner
        .as_deref()
        .map_or_else(|| "Nobody answers for it yet".to_owned(), |owner| format!("{owner} answers for it"));
    format!(
        "{}{}. {owner}.",
        badge::kind_word(row.kind),
        if row.vendor.is_empty() { String::new() } else { format!(", offered by {}", row.vendor) }
    )
}

fn said(asked: &Asked, facts: &Facts) -> Markup {
    let id = &facts.detail.row.id;
    let here: Vec<_> = facts
        .gateway
        .upstreams
        .iter()
        .filter(|upstream| upstream.service == id.as_str())
        .map(|upstream| upstream.name.as_str())
        .collect();
    let routes = facts.gateway.routes.iter().filter(|route| here.contains(&route.upstream.as_str())).count();
    let since = facts.gateway.in_force_since.map(format::clock_time).unwrap_or_default();
    match asked.done.as_str() {
        "in-force" if routes > 0 => notice(
            Tone::Good,
            &html! { "Saved. In force on " (format::plural(u64::try_from(routes).unwrap_or(0), "route", "routes")) " of the gateway since " (since) " UTC." },
        ),
        "in-force" => notice(
            Tone::Good,
            &html! { "Saved. In force at the gateway since " (since) " UTC; no route leads to this service." },
        ),
        "saved" => notice(Tone::Good, &html! { "Saved. A running gateway takes it over within one second." }),
        _ => html! {},
    }
}
