//! One AI service: what is known about it, on what evidence, and what was decided about it.

use crate::api::services::{Change, apply, version};
use crate::app::App;
use crate::auth::roles::STEWARDS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::chart::{self, Column, Series};
use crate::components::list::{Tone, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Id, Input, Params, end_of_day, filled};
use crate::parts::GatewayInfo;
use crate::query;
use crate::view::{self, Head, card, csrf_field};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{DayUse, DecisionFilter, DecisionRow, Page, ServiceDetail, ServiceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;
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

/// The form of a decision about a service.
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

/// Sets status and owner, waits until the gateway has them in force, and comes back to the page.
pub(crate) async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    Input(form): Input<Decision>,
) -> Result<Redirect, ConsoleError> {
    let id = service_id(&id)?;
    let status =
        ServiceStatus::from_word(&form.status).ok_or_else(|| ConsoleError::Invalid("choose a status".to_owned()))?;
    let change = Change {
        status: Some(status),
        owner: Some(form.owner.trim().to_owned()),
        expires: end_of_day(&form.expires)?,
        note: form.note.trim().to_owned(),
    };
    let in_force = apply(&app, &viewer.name, &id, &change, filled(&form.version)).await?;
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
    let tabs = [
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
        (view::tabs("Service", &tabs, tab, &address))
        div id="service" data-live="service" {
            @match tab {
                "usage" => (usage(frame, detail)),
                "evidence" => (evidence(detail)),
                "decisions" => (decisions(frame, &facts.decisions, &address("decisions"))),
                "history" => (history(detail)),
                _ => (summary(frame, facts)),
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

fn summary(frame: &Frame, facts: &Facts) -> Markup {
    let detail = &facts.detail;
    html! {
        div class="grid" {
            div class="w7 gap" {
                (card("What is known", &known(frame, detail)))
                (card("Requests by day", &by_day(detail)))
            }
            div class="w5 gap" {
                @if frame.viewer.may(STEWARDS) { (card("Decide", &decide_form(frame, &detail.row))) }
                (models(frame, detail))
            }
        }
    }
}

fn known(frame: &Frame, detail: &ServiceDetail) -> Markup {
    let row = &detail.row;
    html! {
        dl class="facts" {
            dt { "Id" } dd class="mono" { (row.id) }
            dt { "Status" } dd {
                (badge::status(row.status))
                @if let Some(expires) = row.status_expires { " until " (format::moment(expires)) " UTC" }
                @if !row.status_note.is_empty() { p { (row.status_note) } }
            }
            dt { "Owner" } dd { @if let Some(owner) = &row.owner { (owner) } @else { span class="quiet" { "nobody" } } }
            dt { "Category" } dd { @if row.category.is_empty() { span class="quiet" { "not known" } } @else { (row.category.replace('_', " ")) } }
            dt { "Hosts" } dd { @if detail.hosts.is_empty() { span class="quiet" { "none seen" } } ul { @for host in detail.hosts.iter().take(8) { li class="mono" { (host) } } } @if detail.hosts.len() > 8 { p class="quiet small" { "and " (detail.hosts.len() - 8) " more" } } }
            dt { "Seen in" } dd { div class="chips" { @for source in &row.sources { (badge::plain(source)) } @if row.sources.is_empty() { span class="quiet" { "no source" } } } }
            dt { "First seen" } dd { (maybe(frame, row.first_seen)) }
            dt { "Last seen" } dd { (maybe(frame, row.last_seen)) }
            dt { "Users" } dd { (format::count(row.users)) }
            dt { "Requests" } dd { (format::count(row.requests)) @if row.refused > 0 { ", " (format::count(row.refused)) " more not forwarded by the gateway" } }
            dt { "Volume" } dd { (format::volume(row.bytes_up)) " sent, " (format::volume(row.bytes_down)) " received" }
            dt { "Confidence" } dd { (format!("{:.2}", row.confidence)) " that this is an AI service" }
        }
    }
}

fn maybe(frame: &Frame, at: Option<Timestamp>) -> Markup {
    match at {
        Some(at) => html! { (format::moment(at)) " UTC " span class="quiet" { "(" (format::ago(at, frame.now)) ")" } },
        None => html! { span class="quiet" { "never" } },
    }
}

fn by_day(detail: &ServiceDetail) -> Markup {
    let series = [Series { name: "Requests", fill: "fill-accent" }];
    let columns = days(&detail.usage_by_day);
    if columns.is_empty() {
        return html! { p class="quiet" { "No use was seen." } };
    }
    chart::columns("Requests by day", &series, &columns)
}

/// The last days up to the latest use, those without use included, so that the distance between columns is time.
fn days(used: &[DayUse]) -> Vec<Column> {
    const DAYS_MAX: i64 = 60;
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let moment = |day: &DayUse| Timestamp::parse(&format!("{}T00:00:00Z", day.day)).ok();
    let (Some(first), Some(last)) = (used.first().and_then(moment), used.last().and_then(moment)) else {
        return Vec::new();
    };
    let span = ((last.as_millis() - first.as_millis()) / DAY_MS + 1).clamp(1, DAYS_MAX);
    (0..span)
        .map(|index| {
            let label = last.plus_millis((index + 1 - span) * DAY_MS).day();
            let requests = used.iter().find(|day| day.day == label).map_or(0, |day| day.requests);
            Column { label, values: vec![requests] }
        })
        .collect()
}

fn decide_form(frame: &Frame, row: &ServiceRow) -> Markup {
    html! {
        form class="stack" method="post" action=(format!("{}/decide", query::service(row.id.as_str()))) {
            (csrf_field(frame))
            input type="hidden" name="version" value=(version(row));
            div class="form-row" {
                div class="field" {
                    label for="status" { "Status" }
                    select id="status" name="status" {
                        @for status in ServiceStatus::ALL { option value=(status.as_str()) selected[status == row.status] { (status.label()) } }
                    }
                }
                div class="field" {
                    label for="owner" { "Owner" }
                    input id="owner" name="owner" value=(row.owner.as_deref().unwrap_or("")) placeholder="person or team" maxlength="200" autocomplete="off";
                }
            }
            div class="field" {
                label for="expires" { "Until, last day included" }
                input id="expires" name="expires" type="date" value=(row.status_expires.map(|at| at.plus_millis(-1).day()).unwrap_or_default());
                span class="hint" { "Empty: without end. Afterwards the service is under review again." }
            }
            div class="field" {
                label for="note" { "Note" }
                textarea id="note" name="note" maxlength="1000" placeholder="why, and under which conditions" { (row.status_note) }
            }
            p class="hint" { "In force at the gateway within one second, and recorded in the evidence log." }
            div { button class="primary" type="submit" { "Save the decision" } }
        }
    }
}

fn models(frame: &Frame, detail: &ServiceDetail) -> Markup {
    card(
        "Models",
        &html! {
            @if detail.models.is_empty() { p class="quiet" { "No model was named in what was seen." } }
            ul class="reasons" {
                @for model in &detail.models {
                    li {
                        strong class="break" { (model.model) }
                        p class="small quiet" { (format::plural(model.requests, "request", "requests")) ", last " (format::ago(model.last_seen, frame.now)) @if model.input_tokens + model.output_tokens > 0 { ", " (format::count(model.input_tokens)) " tokens read, " (format::count(model.output_tokens)) " written" } }
                    }
                }
            }
        },
    )
}

fn usage(frame: &Frame, detail: &ServiceDetail) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "User" } th scope="col" { "Device" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Sent" } th scope="col" { "First seen" } th scope="col" { "Last seen" } th scope="col" { "Seen in" } } }
            tbody {
                @for user in &detail.users {
                    tr {
                        td { @if let Some(name) = &user.user { strong { (name) } } @else { span class="quiet" { "not named" } } }
                        td data-label="Device" class="mono" { (user.device.as_deref().unwrap_or("")) }
                        td data-label="Requests" class="num" { (format::count(user.requests)) }
                        td data-label="Sent" class="num" { (format::volume(user.bytes_up)) }
                        td data-label="First seen" class="nowrap" { (format::moment(user.first_seen)) }
                        td data-label="Last seen" class="nowrap" { (format::ago(user.last_seen, frame.now)) }
                        td data-label="Seen in" { (badge::plain(&user.source)) }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Who used it" } span class="quiet small" { "most requests first, at most 100" } }
            @if detail.users.is_empty() { div class="card-body quiet" { "No user or device is named in what was seen." } } @else { (view::table_frame("Who used it", &table)) }
        }
    }
}

fn evidence(detail: &ServiceDetail) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "File" } th scope="col" { "Source" } th scope="col" class="num" { "Line" } th scope="col" class="num" { "Byte offset" } th scope="col" { "To look it up" } } }
            tbody {
                @for line in &detail.evidence {
                    @let gateway = line.source == "gateway";
                    tr {
                        td class="break" { strong { (line.file) } }
                        td data-label="Source" { (badge::plain(&line.source)) }
                        td data-label="Line" class="num" { (line.line) }
                        td data-label="Byte offset" class="num" { (line.offset) }
                        td data-label="To look it up" class="wide" { code { @if gateway { "gnomon evidence tail --from " (line.line) } @else { "sed -n " (line.line) "p " (line.file) } } }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Evidence lines" } span class="quiet small" { "latest uses first, at most 50; for the gateway the line is the record's number" } }
            @if detail.evidence.is_empty() { div class="card-body quiet" { "There is no evidence of use: the service is known from the catalogue or from a decision only." } } @else { (view::table_frame("Evidence lines", &table)) }
        }
    }
}

fn decisions(frame: &Frame, decisions: &Page<DecisionRow>, here: &str) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Decisions at the gateway" } }
            @if decisions.rows.is_empty() { div class="card-body quiet" { "No request to this service came through the gateway." } }
            @else { (view::table_frame("Decisions", &super::activity::table(frame, &decisions.rows))) }
            @if let Some(next) = &decisions.next { footer { a href=(crate::components::list::with(here, "after", next)) { "Older decisions" } } }
        }
    }
}

fn history(detail: &ServiceDetail) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Who changed what" } }
            div class="card-body" {
                @if detail.history.is_empty() { p class="quiet" { "Nobody decided anything about this service yet." } }
                ol class="trail" {
                    @for row in &detail.history {
                        li {
                            span class="trail-dot" { (crate::icons::icon(crate::icons::Icon::Dot)) }
                            h3 { (format::words(&row.field)) ": " (named(&row.field, &row.before)) " to " (named(&row.field, &row.after)) }
                            p class="small quiet" { (row.by) ", " (format::moment(row.at)) " UTC" }
                            @if !row.note.is_empty() { p { (row.note) } }
                        }
                    }
                }
            }
        }
    }
}

/// A value of the history as people say it.
fn named(field: &str, value: &str) -> String {
    if value.is_empty() {
        return "nobody".to_owned();
    }
    let mut words = value.split(' ');
    let status = words.next().and_then(ServiceStatus::from_word).filter(|_| field == "status");
    match status {
        Some(status) => {
            std::iter::once(status.label().to_owned()).chain(words.map(str::to_owned)).collect::<Vec<_>>().join(" ")
        }
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_use_keep_their_place() {
        let day = |day: &str, requests| DayUse { day: day.to_owned(), requests, bytes_up: 0, bytes_down: 0 };
        let columns = days(&[day("2026-10-30", 4), day("2026-11-02", 9)]);
        let values: Vec<_> = columns.iter().map(|column| (column.label.as_str(), column.values[0])).collect();
        assert_eq!(values, [("2026-10-30", 4), ("2026-10-31", 0), ("2026-11-01", 0), ("2026-11-02", 9)]);
        assert_eq!(days(&[day("2020-01-01", 1), day("2026-11-02", 9)]).len(), 60);
        assert!(days(&[]).is_empty());
    }

    #[test]
    fn history_speaks_the_words_of_the_pages() {
        assert_eq!(named("status", "sanctioned_with_conditions"), "Sanctioned with conditions");
        assert_eq!(
            named("status", "sanctioned until 2026-12-31T00:00:00.000Z"),
            "Sanctioned until 2026-12-31T00:00:00.000Z"
        );
        assert_eq!(named("owner", ""), "nobody");
        assert_eq!(named("owner", "sanctioned"), "sanctioned");
    }
}
