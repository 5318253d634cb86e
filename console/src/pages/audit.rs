//! The audit log: what people and the operator changed, from the evidence log.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, Pager, choice, empty, filters, pager, text};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Params, day, end_of_day, filled};
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use gnomon_inventory::{EventFilter, EventRow, Page};
use gnomon_types::record::RecordBody;
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the list, on the page and in the API.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) by: String,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) until: String,
    #[serde(default)]
    pub(crate) after: String,
    #[serde(default)]
    pub(crate) limit: usize,
}

impl Asked {
    /// As the record understands it.
    pub(crate) fn filter(&self) -> Result<EventFilter, ConsoleError> {
        let own = |text: &str| filled(text).map(str::to_owned);
        Ok(EventFilter {
            kind: own(&self.kind),
            by: own(&self.by),
            text: own(&self.text),
            from: day(&self.from)?,
            until: end_of_day(&self.until)?,
            limit: self.limit,
            after: own(&self.after),
        })
    }

    pub(crate) fn address(&self, path: &str) -> String {
        let pairs = [
            ("kind", self.kind.as_str()),
            ("by", &self.by),
            ("text", &self.text),
            ("from", &self.from),
            ("until", &self.until),
        ];
        query::address(path, &pairs)
    }
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let events = app.parts.inventory.events(&asked.filter()?).await?;
    Ok(page(&frame, &asked, &events))
}

fn page(frame: &Frame, asked: &Asked, events: &Page<EventRow>) -> Markup {
    let head = Head {
        title: "Audit log",
        lead: "Who changed what and when, with the number of the record that proves it.",
        ..Head::default()
    };
    let body = html! {
        (filter_form(asked))
        section class="card" id="results" aria-label="Records" {
            @if events.rows.is_empty() {
                (empty(&Empty { sentence: "No record matches, or nothing was changed yet.", command: "gnomon evidence tail", button: ("/audit", "Show all records") }))
            } @else { (view::table_frame("Records", &table(&events.rows))) }
            (pager(&Pager {
                shown: events.rows.len(),
                total: events.total,
                noun: ("record", "records"),
                here: &asked.address("/audit"),
                first: asked.after.is_empty(),
                next: events.next.as_deref(),
                api: Some(&asked.address("/api/v1/records")),
            }))
        }
    };
    view::page(frame, &head, &body)
}

fn filter_form(asked: &Asked) -> Markup {
    let kinds = [
        ("", "Any kind"),
        ("admin", "Change by a person"),
        ("gap", "Gap"),
        ("model_change", "New model"),
        ("tool_change", "New tool definition"),
        ("incident", "Incident"),
        ("erase", "Erasure"),
        ("prune", "Retention"),
    ];
    filters(
        "/audit",
        "Records",
        &html! {
            (text("text", "Action or subject", &asked.text, "such as service.status"))
            (choice("kind", "Kind", &kinds, &asked.kind))
            (text("by", "By", &asked.by, "account"))
            div class="field" { label for="f-from" { "From" } input type="date" id="f-from" name="from" value=(asked.from); }
            div class="field" { label for="f-until" { "Until" } input type="date" id="f-until" name="until" value=(asked.until); }
        },
    )
}

fn table(rows: &[EventRow]) -> Markup {
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "When" } th scope="col" { "By" } th scope="col" { "Action" } th scope="col" { "Subject" } th scope="col" { "Before and after" } th scope="col" class="num" { "Record" } } }
            tbody {
                @for row in rows {
                    tr {
                        td class="nowrap" { (format::moment(row.at)) }
                        td data-label="By" { (row.by) }
                        td data-label="Action" { @if row.action.is_empty() { (badge::plain(&format::words(&row.kind))) } @else { (badge::plain(&row.action)) } }
                        td data-label="Subject" class="break" { (row.subject) }
                        td data-label="Before and after" class="wide" { (change(row)) }
                        td data-label="Record" class="num" title=(row.origin) { (format::count(row.seq)) }
                    }
                }
            }
        }
    }
}

fn change(row: &EventRow) -> Markup {
    match &row.body {
        RecordBody::Admin(admin) => html! {
            @if let Some(before) = &admin.before { @if !before.is_empty() { span class="quiet" { (before) } " → " } }
            @if let Some(after) = &admin.after { (after) }
        },
        RecordBody::Gap(gap) => {
            html! { (gap.cause.replace('_', " ")) ", until " (format::moment(gap.until)) ", " (format::count(gap.refused)) " refused" }
        }
        RecordBody::Erase(notice) | RecordBody::Prune(notice) | RecordBody::Incident(notice) => {
            html! { (notice.detail) }
        }
        RecordBody::Approval(approval) => {
            html! { (approval.outcome) @if !approval.note.is_empty() { ": " (approval.note) } }
        }
        RecordBody::ModelChange(change) => html! { (change.model) " on " (change.upstream) },
        RecordBody::ToolChange(change) => {
            html! { (change.status) ", " span class="mono" { (format::shortened(&change.definition.sha256.to_string())) } }
        }
        RecordBody::Intent(_) | RecordBody::Outcome(_) | RecordBody::Hold(_) | RecordBody::Heartbeat(_) => html! {},
    }
}
