//! Approvals: requests that wait for a person, live, and what was decided before.

use crate::app::App;
use crate::auth::roles::STEWARDS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Empty, Tone, empty, notice};
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::format;
use crate::frame::Frame;
use crate::icons::{Icon, icon};
use crate::input::{Id, Input, Params};
use crate::pages::activity::live_dot;
use crate::pages::decision::reasons;
use crate::query;
use crate::view::{self, Head, csrf_field};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{ApprovalFilter, ApprovalRow, ApprovalState, Decide};
use gnomon_types::ids::ApprovalId;
use gnomon_types::limits::PAGE_ROWS_MAX;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

/// Decided requests on the page.
const PAST_ROWS: usize = 100;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
    #[serde(default)]
    id: String,
}

/// What a person writes with a decision.
#[derive(Deserialize, Default)]
pub(crate) struct Note {
    #[serde(default)]
    note: String,
}

/// The inbox.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let inventory = &app.parts.inventory;
    let waiting = ApprovalFilter { state: Some(ApprovalState::Waiting), limit: PAGE_ROWS_MAX };
    let mut waiting = inventory.approvals(&waiting).await?;
    waiting.reverse();
    // Asked for state by state: many that wait leave no room for the others in a list of all.
    let mut past = Vec::new();
    for state in ApprovalState::ALL.into_iter().filter(|state| *state != ApprovalState::Waiting) {
        past.extend(inventory.approvals(&ApprovalFilter { state: Some(state), limit: PAST_ROWS }).await?);
    }
    past.sort_by_key(|row| std::cmp::Reverse(row.asked));
    past.truncate(PAST_ROWS);
    Ok(page(&frame, &asked, &waiting, &past))
}

/// Below a list that may go on.
fn more(rows: usize, most: usize, what: &str) -> Markup {
    html! { @if rows >= most { footer class="quiet small" { (format!("The newest {most} {what} are shown; more are not shown.")) } } }
}

/// One approval.
pub(crate) async fn one(State(app): State<App>, frame: Frame, Id(id): Id<String>) -> Result<Markup, ConsoleError> {
    let id = approval_id(&id)?;
    let row = app.parts.inventory.approval(&id).await?;
    let row = row.ok_or_else(|| ConsoleError::NotFound(format!("no approval `{id}`")))?;
    let title = format!("{} to {}", row.caller, row.service);
    let lead = id.to_string();
    let head = Head {
        title: &title,
        lead: &lead,
        above: Some(("/approvals", "Approvals")),
        beside: Some(badge::approval(row.state)),
        actions: None,
    };
    let body = html! {
        section class="card" id="approval" data-live="approval" aria-label="Request" { (request(&frame, &row)) }
    };
    Ok(view::page(&frame, &head, &body))
}

/// Lets the request through, once.
pub(crate) async fn approve(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    Input(note): Input<Note>,
) -> Result<Redirect, ConsoleError> {
    let row = decide(&app, &viewer, &id, Decide::Approve, &note.note).await?;
    Ok(Redirect::to(&query::address("/approvals", &[("done", "approved"), ("id", row.id.as_str())])))
}

/// Does not let it through.
pub(crate) async fn reject(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
    Input(note): Input<Note>,
) -> Result<Redirect, ConsoleError> {
    let row = decide(&app, &viewer, &id, Decide::Reject, &note.note).await?;
    Ok(Redirect::to(&query::address("/approvals", &[("done", "rejected"), ("id", row.id.as_str())])))
}

/// Decides, and tells open pages. The page and the API do the same.
pub(crate) async fn decide(
    app: &App,
    viewer: &Viewer,
    id: &str,
    choice: Decide,
    note: &str,
) -> Result<ApprovalRow, ConsoleError> {
    let id = approval_id(id)?;
    if note.chars().count() > 1000 {
        return Err(ConsoleError::Invalid("a note may have 1,000 characters".to_owned()));
    }
    let row = app.parts.inventory.decide_approval(&viewer.name, &id, choice, note.trim()).await?;
    app.tell(ConsoleEvent::Approval { id, state: row.state.as_str().to_owned() });
    Ok(row)
}

pub(crate) fn approval_id(text: &str) -> Result<ApprovalId, ConsoleError> {
    ApprovalId::new(text).map_err(|error| ConsoleError::NotFound(error.to_string()))
}

fn page(frame: &Frame, asked: &Asked, waiting: &[ApprovalRow], past: &[ApprovalRow]) -> Markup {
    let head = Head {
        title: "Approvals",
        lead: "Requests that a rule holds for a person. An approval is good once, for exactly these bytes of this caller.",
        actions: Some(live_dot()),
        ..Head::default()
    };
    let body = html! {
        noscript { (PreEscaped("<meta http-equiv=\"refresh\" content=\"10\">")) }
        (said(asked))
        div class="gap" {
            section class="card" id="waiting" data-live="approval" aria-label="Waiting" {
                header { h2 { "Waiting" } span class="quiet small" role="status" { (format::plural(u64::try_from(waiting.len()).unwrap_or(0), "request", "requests")) } }
                @if waiting.is_empty() { (nothing()) }
                @for row in waiting { (request(frame, row)) }
                (more(waiting.len(), PAGE_ROWS_MAX, "waiting requests"))
            }
            section class="card" id="past" data-live="approval" aria-label="Decided before" {
                header { h2 { "Decided before" } a href="/api/v1/approvals?format=csv" download="" { "CSV" span class="sr" { " of approvals" } } }
                @if past.is_empty() { div class="card-body quiet" { "Nobody decided about a held request yet." } } @else { (view::table_frame("Decided before", &past_table(frame, past))) }
                (more(past.len(), PAST_ROWS, "decided requests"))
            }
        }
    };
    view::page(frame, &head, &body)
}

fn said(asked: &Asked) -> Markup {
    match asked.done.as_str() {
        "approved" => notice(
            Tone::Good,
            &html! { "Approved. The request goes on at once if its client still waits; otherwise the next same request goes through once. " (link(&asked.id)) },
        ),
        "rejected" => {
            notice(Tone::Good, &html! { "Rejected. The client is told with the decision's id. " (link(&asked.id)) })
        }
        _ => html! {},
    }
}

fn link(id: &str) -> Markup {
    html! { a href=(query::approval(id)) { "Show it" } }
}

/// A held request with its reasons, and buttons while it waits.
fn request(frame: &Frame, row: &ApprovalRow) -> Markup {
    let waits = row.state == ApprovalState::Waiting;
    html! {
        article class="request" aria-label=(format!("Request of {} to {}", row.caller, row.service)) {
            div class="request-grid" {
                div class="gap" {
                    h2 class="title-line" {
                        a href=(query::approval(row.id.as_str())) { (row.caller) } " asks "
                        a href=(query::service(row.service.as_str())) { (row.service) }
                        (badge::approval(row.state))
                    }
                    (reasons(&row.reasons))
                    @if !row.findings.is_empty() { ul class="chips" { @for (name, count) in &row.findings { li { (badge::plain(&format!("{name} × {count}"))) } } } }
                    (facts(frame, row))
                }
                @if waits && frame.viewer.may(STEWARDS) { (decide_form(frame, row)) }
                @else if waits { p class="quiet" { "Your role reads; a steward decides." } }
                @else { (decided(row)) }
            }
        }
    }
}

fn facts(frame: &Frame, row: &ApprovalRow) -> Markup {
    html! {
        dl class="facts" {
            dt { "Waits since" } dd { (format::moment(row.asked)) " UTC, " (format::ago(row.asked, frame.now)) }
            dt { "Lapses" } dd { (format::ago(row.expires, frame.now)) }
            @if let Some(team) = &row.team { dt { "Team" } dd { (team) } }
            @if let Some(model) = &row.model { dt { "Model" } dd { (model) } }
            dt { "Route" } dd { (row.route) }
            dt { "Decision" } dd class="mono" { a href=(query::decision(row.decision.as_str())) { (row.decision) } }
            dt { "Good for" } dd class="mono" { (row.fingerprint) }
        }
    }
}

fn decide_form(frame: &Frame, row: &ApprovalRow) -> Markup {
    let note = format!("note-{}", row.id);
    let base = query::approval(row.id.as_str());
    html! {
        form class="stack" method="post" action=(format!("{base}/approve")) aria-label=(format!("Decide about {}", row.id)) {
            (csrf_field(frame))
            div class="field" {
                label for=(note) { "Note" }
                textarea id=(note) name="note" maxlength="1000" placeholder="why" {}
            }
            div class="actions" {
                button class="primary" type="submit" { (icon(Icon::Check)) "Approve" span class="sr" { " the request of " (row.caller) } }
                button class="danger" type="submit" formaction=(format!("{base}/reject")) { (icon(Icon::Cross)) "Reject" span class="sr" { " the request of " (row.caller) } }
            }
        }
    }
}

fn decided(row: &ApprovalRow) -> Markup {
    html! {
        dl class="facts" {
            dt { "By" } dd { (row.by.as_deref().unwrap_or("nobody in time")) }
            @if let Some(at) = row.decided { dt { "When" } dd { (format::moment(at)) " UTC" } }
            @if let Some(note) = &row.note { dt { "Note" } dd { (note) } }
            dt { "Used by" } dd class="mono" { @match &row.used_by { Some(id) => a href=(query::decision(id.as_str())) { (id) }, None => span class="quiet" { "no request" } } }
        }
    }
}

fn past_table(frame: &Frame, rows: &[ApprovalRow]) -> Markup {
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Request" } th scope="col" { "Outcome" } th scope="col" { "By" } th scope="col" { "Note" } th scope="col" { "When" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { a class="row-link" href=(query::approval(row.id.as_str())) { (row.caller) " to " (row.service) } @if let Some(model) = &row.model { span class="sub" { (model) } } }
                        td data-label="Outcome" { (badge::approval(row.state)) }
                        td data-label="By" { (row.by.as_deref().unwrap_or("nobody in time")) }
                        td data-label="Note" class="wide" { (row.note.as_deref().unwrap_or("")) }
                        td data-label="When" class="nowrap" { (format::ago(row.decided.unwrap_or(row.expires), frame.now)) }
                    }
                }
            }
        }
    }
}

fn nothing() -> Markup {
    empty(&Empty {
        sentence: "Nothing is waiting. Held requests appear here by themselves.",
        command: "gnomon approvals list",
        button: ("/policies", "See which rules hold requests"),
    })
}
