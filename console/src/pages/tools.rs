//! Definitions of tools: which are approved, which changed, and the decision about each.

use crate::app::App;
use crate::auth::roles::STEWARDS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Empty, Pager, Tone, choice, empty, filters, notice, pager, text};
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::format;
use crate::frame::Frame;
use crate::input::{Input, Params, filled};
use crate::query;
use crate::view::{self, Head, csrf_field};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{DecideTool, Page, ToolFilter, ToolRow};
use gnomon_types::digest::Digest;
use gnomon_types::ids::ToolName;
use gnomon_types::tool::{Definition, DefinitionStatus, ToolSource};
use maud::{Markup, html};
use serde::Deserialize;

/// Digits of a digest that tell it from others on a page.
const SHORT: usize = 12;

/// Parameters of the list, on the page and in the API.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    limit: usize,
    #[serde(default)]
    done: String,
}

impl Asked {
    /// As the record understands it.
    pub(crate) fn filter(&self) -> Result<ToolFilter, ConsoleError> {
        let mut statuses = Vec::new();
        for word in self.status.split(',').filter_map(filled) {
            let unknown = || ConsoleError::Invalid(format!("`{word}` is not a status of a tool"));
            statuses.push(DefinitionStatus::from_word(word).ok_or_else(unknown)?);
        }
        let source = filled(&self.source).map(ToolSource::parse).transpose();
        Ok(ToolFilter {
            statuses,
            source: source.map_err(|error| ConsoleError::Invalid(error.to_string()))?,
            text: filled(&self.text).map(str::to_owned),
            limit: self.limit,
            after: filled(&self.after).map(str::to_owned),
            ..ToolFilter::default()
        })
    }

    /// The same list at another address, from its beginning.
    pub(crate) fn address(&self, path: &str) -> String {
        query::address(path, &[("status", &self.status), ("source", &self.source), ("text", &self.text)])
    }

    fn narrows(&self) -> bool {
        [&self.status, &self.source, &self.text].into_iter().any(|field| filled(field).is_some())
    }
}

/// A decision, as form and API send it.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    source: String,
    tool: String,
    sha256: String,
    /// `approve` or `reject`.
    decide: String,
    #[serde(default)]
    note: String,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let tools = app.parts.inventory.tools(&asked.filter()?).await?;
    Ok(page(&frame, &asked, &tools))
}

/// Approves or rejects one.
pub(crate) async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    Input(wanted): Input<Wanted>,
) -> Result<Redirect, ConsoleError> {
    let row = make(&app, &viewer, &wanted).await?;
    Ok(Redirect::to(&query::address("/tools", &[("done", row.status.as_str())])))
}

/// Decides; page and API do the same.
pub(crate) async fn make(app: &App, viewer: &Viewer, wanted: &Wanted) -> Result<ToolRow, ConsoleError> {
    let invalid = |error: &dyn std::fmt::Display| ConsoleError::Invalid(error.to_string());
    let definition = Definition {
        source: ToolSource::parse(&wanted.source).map_err(|error| invalid(&error))?,
        tool: ToolName::new(wanted.tool.clone()).map_err(|error| invalid(&error))?,
        sha256: Digest::parse(&wanted.sha256).map_err(|error| invalid(&error))?,
    };
    let decide = match wanted.decide.as_str() {
        "approve" => DecideTool::Approve,
        "reject" => DecideTool::Reject,
        other => return Err(ConsoleError::Invalid(format!("`{other}` is not `approve` or `reject`"))),
    };
    let row = app.parts.inventory.decide_tool(&viewer.name, &definition, decide, wanted.note.trim()).await?;
    app.tell(ConsoleEvent::Configuration { what: "tool".to_owned() });
    Ok(row)
}

fn page(frame: &Frame, asked: &Asked, tools: &Page<ToolRow>) -> Markup {
    let head = Head {
        title: "Tools",
        lead: "Every definition of a tool that a caller offered to a model, by its digest. A definition that differs from the \
               approved one may be a server that was trusted once and turned.",
        ..Head::default()
    };
    let said = match asked.done.as_str() {
        "approved" => Some("Approved. The gateway takes it within one second."),
        "rejected" => Some("Rejected. The gateway denies requests that offer it within one second."),
        _ => None,
    };
    let body = html! {
        @if let Some(said) = said { (notice(Tone::Good, &html! { (said) })) }
        (filter_form(asked))
        section class="card" id="results" data-live="configuration" aria-label="Definitions" {
            @if tools.rows.is_empty() { (nothing(asked)) } @else { (view::table_frame("Definitions", &table(frame, &tools.rows))) }
            (pager(&Pager {
                shown: tools.rows.len(),
                total: tools.total,
                noun: ("definition", "definitions"),
                here: &asked.address("/tools"),
                first: asked.after.is_empty(),
                next: tools.next.as_deref(),
                api: Some(&asked.address("/api/v1/tools")),
            }))
        }
    };
    view::page(frame, &head, &body)
}

fn filter_form(asked: &Asked) -> Markup {
    let statuses = [
        ("", "Any status"),
        ("changed", "Changed"),
        ("new", "New"),
        ("rejected", "Rejected"),
        ("approved", "Approved"),
    ];
    filters(
        "/tools",
        "Definitions",
        &html! {
            (text("text", "Text", &asked.text, "part of a tool, source or digest"))
            (choice("status", "Status", &statuses, &asked.status))
            (text("source", "Source", &asked.source, "caller/NAME"))
        },
    )
}

fn table(frame: &Frame, rows: &[ToolRow]) -> Markup {
    let decides = frame.viewer.may(STEWARDS);
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Tool" } th scope="col" { "Status" } th scope="col" { "Digest" } th scope="col" { "First seen" } th scope="col" { "Decided" } @if decides { th scope="col" { span class="sr" { "Decide" } } } } }
            tbody {
                @for row in rows {
                    tr {
                        td { strong class="break" { (row.definition.tool) } span class="sub" { (row.definition.source) } }
                        td data-label="Status" { (badge::definition(row.status)) }
                        td data-label="Digest" class="mono" title=(row.definition.sha256) { (short(&row.definition.sha256)) }
                        td data-label="First seen" class="nowrap" { (first_seen(frame, row)) }
                        td data-label="Decided" { (decided(frame, row)) }
                        @if decides { td { (form(frame, row)) } }
                    }
                }
            }
        }
    }
}

fn short(digest: &Digest) -> String {
    digest.to_string().chars().take(SHORT).collect()
}

fn first_seen(frame: &Frame, row: &ToolRow) -> Markup {
    html! {
        @match (row.first_seen, &row.decision) {
            (Some(at), Some(decision)) => a href=(format!("/activity/{}", query::escape(decision.as_str()))) { (format::ago(at, frame.now)) },
            (Some(at), None) => (format::ago(at, frame.now)),
            (None, _) => span class="quiet" { "not yet" },
        }
    }
}

fn decided(frame: &Frame, row: &ToolRow) -> Markup {
    html! {
        @match (&row.decided_by, row.decided) {
            (Some(by), Some(at)) => { (format::ago(at, frame.now)) span class="sub" { "by " (by) @if !row.note.is_empty() { ": " (row.note) } } },
            _ => span class="quiet" { "not yet" },
        }
    }
}

fn form(frame: &Frame, row: &ToolRow) -> Markup {
    let of = |word: &str| format!("{word} {} of {}", row.definition.tool, row.definition.source);
    html! {
        form class="actions" method="post" action="/tools/decide" {
            (csrf_field(frame))
            input type="hidden" name="source" value=(row.definition.source);
            input type="hidden" name="tool" value=(row.definition.tool);
            input type="hidden" name="sha256" value=(row.definition.sha256);
            @if row.status != DefinitionStatus::Approved {
                button type="submit" name="decide" value="approve" aria-label=(of("Approve")) { "Approve" }
            }
            @if row.status != DefinitionStatus::Rejected {
                button class="danger" type="submit" name="decide" value="reject" aria-label=(of("Reject")) { "Reject" }
            }
        }
    }
}

fn nothing(asked: &Asked) -> Markup {
    if asked.narrows() {
        let button = ("/tools", "Take the filter away");
        return empty(&Empty { sentence: "Nothing matches this filter.", command: "gnomon tool list", button });
    }
    empty(&Empty {
        sentence: "No request has offered a tool yet.",
        command: "gnomon tool list",
        button: ("/activity", "See what the gateway does"),
    })
}
