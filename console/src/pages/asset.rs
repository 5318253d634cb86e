//! One model, caller or key: what is known about it, on what evidence, and what was decided about it.

use crate::api::assets::{apply, known, version};
use crate::api::services::Change;
use crate::app::App;
use crate::auth::roles::STEWARDS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Tone, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Id, Input, Params, filled};
use crate::kind::Kind;
use crate::pages::assets::{name, under};
use crate::pages::service::{Decision, summary, tabs};
use crate::query;
use crate::view::{self, Head, card};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{AssetDetail, AssetFacts, AssetId, AssetKind, AssetRow, DecisionFilter, DecisionRow, Page};
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
    kind: Kind,
    detail: AssetDetail,
    /// `None` for keys: decisions are listed by their caller.
    decisions: Option<Page<DecisionRow>>,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    kind: Kind,
    Id(id): Id<String>,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let detail = known(&app, &AssetId::new(kind.0, &id)).await?;
    let decisions = match decisions_of(&detail.row, &asked) {
        Some(filter) => Some(app.parts.inventory.decisions(&filter).await?),
        None => None,
    };
    Ok(page(&frame, &asked, &Facts { kind, detail, decisions }))
}

fn decisions_of(row: &AssetRow, asked: &Asked) -> Option<DecisionFilter> {
    let after = filled(&asked.after).map(str::to_owned);
    match &row.facts {
        AssetFacts::Model { service, model } => {
            let (service, model) = (Some(service.clone()), Some(model.clone()));
            Some(DecisionFilter { service, model, after, ..DecisionFilter::default() })
        }
        AssetFacts::Caller { .. } => {
            Some(DecisionFilter { caller: Some(row.id.clone()), after, ..DecisionFilter::default() })
        }
        AssetFacts::Key { .. } => None,
    }
}

/// Sets status and owner and comes back to the page.
pub(crate) async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    kind: Kind,
    Id(id): Id<String>,
    Input(form): Input<Decision>,
) -> Result<Redirect, ConsoleError> {
    let change: Change = form.change()?;
    apply(&app, &viewer.name, &AssetId::new(kind.0, &id), &change, form.version()).await?;
    Ok(Redirect::to(&query::address(&kind.page_of(&id), &[("done", "saved")])))
}

fn page(frame: &Frame, asked: &Asked, facts: &Facts) -> Markup {
    let (kind, detail) = (facts.kind, &facts.detail);
    let row = &detail.row;
    let count = |length: usize| u64::try_from(length).ok();
    let mut list = vec![("summary", "Summary", None), ("evidence", "Evidence", count(detail.evidence.len()))];
    list.extend(facts.decisions.iter().map(|decisions| ("decisions", "Decisions", Some(decisions.total))));
    list.push(("history", "History", count(detail.history.len())));
    let tab = list.iter().map(|(tab, ..)| *tab).find(|tab| *tab == asked.tab).unwrap_or("summary");
    let address =
        |tab: &str| query::address(&kind.page_of(&row.id), &[("tab", if tab == "summary" { "" } else { tab })]);
    let owner = row
        .owner
        .as_deref()
        .map_or_else(|| "Nobody answers for it yet".to_owned(), |owner| format!("{owner} answers for it"));
    let lead = format!("{}. {owner}.", capitalised(&under(row)));
    let json = format!("{}/{}", kind.api(), query::escape(&row.id));
    let above = kind.page();
    let head = Head {
        title: name(row),
        lead: &lead,
        above: Some((&above, kind.heading())),
        beside: Some(badge::status(row.status)),
        actions: Some(html! { a class="button" href=(json) { "JSON" } }),
    };
    let what = format!("this {}", kind.0);
    let body = html! {
        @if asked.done == "saved" { (notice(Tone::Good, &html! { "Saved, and recorded in the evidence log." })) }
        (view::tabs(kind.heading(), &list, tab, &address))
        div id="asset" data-live="configuration" {
            @match (tab, &facts.decisions) {
                ("evidence", _) => (tabs::evidence(&detail.evidence, &what)),
                ("decisions", Some(decisions)) => (tabs::decisions(frame, decisions, &address("decisions"))),
                ("history", _) => (tabs::history(&detail.history, &what)),
                _ => (summary_tab(frame, facts)),
            }
        }
    };
    view::page(frame, &head, &body)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn summary_tab(frame: &Frame, facts: &Facts) -> Markup {
    let (kind, detail) = (facts.kind, &facts.detail);
    let row = &detail.row;
    let days: Vec<(&str, u64)> = detail.usage_by_day.iter().map(|day| (day.day.as_str(), day.requests)).collect();
    let form = summary::DecideForm {
        action: format!("{}/decide", kind.page_of(&row.id)),
        version: version(row),
        status: row.status,
        owner: row.owner.as_deref(),
        expires: row.status_expires,
        note: &row.status_note,
        hint: "Recorded in the evidence log.",
    };
    html! {
        div class="grid" {
            div class="w7 gap" {
                (card("What is known", &what_is_known(frame, row)))
                (card("Requests by day", &summary::by_day(&days)))
                @if !detail.usage_by_day.is_empty() { (by_day(detail)) }
            }
            div class="w5 gap" {
                @if frame.viewer.may(STEWARDS) { (card("Decide", &summary::decide_form(frame, &form))) }
                @if kind.0 != AssetKind::Key { (links(frame, facts)) }
            }
        }
    }
}

fn what_is_known(frame: &Frame, row: &AssetRow) -> Markup {
    html! {
        dl class="facts" {
            dt { "Id" } dd class="mono break" { (row.id) }
            dt { "Status" } dd {
                (badge::status(row.status))
                @if let Some(expires) = row.status_expires { " until " (format::moment(expires)) " UTC" }
                @if !row.status_note.is_empty() { p { (row.status_note) } }
            }
            dt { "Owner" } dd { @if let Some(owner) = &row.owner { (owner) } @else { span class="quiet" { "nobody" } } }
            (of_its_kind(row))
            dt { "First seen" } dd { (summary::maybe(frame, row.first_seen)) }
            dt { "Last seen" } dd { (summary::maybe(frame, row.last_seen)) }
            dt { "Requests" } dd { (format::count(row.requests)) @if row.refused > 0 { ", " (format::count(row.refused)) " more not forwarded by the gateway" } }
            dt { "Tokens" } dd { (format::count(row.input_tokens)) " read, " (format::count(row.output_tokens)) " written, as far as upstreams told" }
        }
    }
}

fn of_its_kind(row: &AssetRow) -> Markup {
    let or = |text: Option<&str>, none: &str| match text.filter(|text| !text.is_empty()) {
        Some(text) => html! { (text) },
        None => html! { span class="quiet" { (none) } },
    };
    let keys = |caller: &str| query::address(&Kind(AssetKind::Key).page(), &[("caller", caller)]);
    match &row.facts {
        AssetFacts::Model { service, .. } => {
            html! { dt { "Service" } dd { a href=(query::service(service.as_str())) { (service) } } }
        }
        AssetFacts::Caller { caller_kind, team, client, keys: open } => html! {
            dt { "Kind" } dd { (or(Some(&format::words(caller_kind)), "not known")) }
            dt { "Team" } dd { (or(team.as_deref(), "none named")) }
            dt { "Client" } dd { (or(client.as_deref(), "none named")) }
            dt { "Keys" } dd { a href=(keys(&row.id)) { (format::plural(*open, "open key", "open keys")) } }
        },
        AssetFacts::Key { caller, caller_kind, team, created, expires, revoked, active } => html! {
            dt { "Caller" } dd { @if let Some(caller) = caller { a href=(Kind(AssetKind::Caller).page_of(caller)) { (caller) } } @else { span class="quiet" { "not known" } } }
            dt { "Kind" } dd { (or(Some(&format::words(caller_kind)), "not known")) }
            dt { "Team" } dd { (or(team.as_deref(), "none named")) }
            dt { "State" } dd {
                @if created.is_some() { (badge::key(*active, revoked.is_some())) } @else { span class="quiet" { "known from the evidence log only" } }
                @if let Some(at) = expires { " until " (format::moment(*at)) " UTC" }
            }
            dt { "Made" } dd { @match created { Some(at) => { (format::moment(*at)) " UTC" }, None => span class="quiet" { "not known" } } }
        },
    }
}

/// The last days in figures.
fn by_day(detail: &AssetDetail) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Day" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Refused" } th scope="col" class="num" { "Tokens read" } th scope="col" class="num" { "Tokens written" } } }
            tbody {
                @for day in detail.usage_by_day.iter().rev().take(14) {
                    tr {
                        td { (day.day) }
                        td data-label="Requests" class="num" { (format::count(day.requests)) }
                        td data-label="Refused" class="num" { (format::count(day.refused)) }
                        td data-label="Tokens read" class="num" { (format::count(day.input_tokens)) }
                        td data-label="Tokens written" class="num" { (format::count(day.output_tokens)) }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Use by day" } span class="quiet small" { "latest first, at most 14" } }
            (view::table_frame("Use by day", &table))
        }
    }
}

/// Who asked for the model, or what the caller asked for.
fn links(frame: &Frame, facts: &Facts) -> Markup {
    let model = facts.kind.0 == AssetKind::Model;
    let title = if model { "Who asked for it" } else { "What it asked for" };
    card(
        title,
        &html! {
            @if facts.detail.links.is_empty() { p class="quiet" { "Nothing that came through the gateway." } }
            ul class="reasons" {
                @for link in &facts.detail.links {
                    li {
                        @if model { a href=(Kind(AssetKind::Caller).page_of(&link.caller)) { strong class="break" { (link.caller) } } }
                        @else if let Some(name) = &link.model { a href=(Kind(AssetKind::Model).page_of(AssetId::model(&link.service, name).id())) { strong class="break" { (name) } } " on " (link.service) }
                        @else { a href=(query::service(link.service.as_str())) { strong { (link.service) } } }
                        p class="small quiet" { (format::plural(link.attempts, "request", "requests")) ", last " (format::ago(link.last_seen, frame.now)) }
                    }
                }
            }
        },
    )
}
