//! Compliance: the obligations of a law, and what evidence there is for each in a window. It never says "compliant".

use crate::app::App;
use crate::auth::roles::EXPORTERS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::chart::{self, Series};
use crate::components::list::{Empty, Tone, empty, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::icons::{Icon, icon};
use crate::input::{Input, Params, day, end_of_day};
use crate::parts::{ObligationRow, Window};
use crate::query;
use crate::view::{self, Head, card, csrf_field};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use gnomon_types::time::Timestamp;
use http::{HeaderValue, header};
use maud::{Markup, html};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

/// The laws that packs are made for: id and name.
pub(crate) const FRAMEWORKS: [(&str, &str); 2] = [("ai-act", "AI Act"), ("nis2", "NIS2")];
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Parameters of the page, the API and the export: days as people write them, last day included.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) framework: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) until: String,
}

impl Asked {
    /// The window; thirty days up to today when none is named.
    pub(crate) fn window(&self, now: Timestamp) -> Result<Window, ConsoleError> {
        let today = Timestamp::from_millis(now.as_millis().div_euclid(DAY_MS) * DAY_MS);
        let until = end_of_day(&self.until)?.unwrap_or_else(|| today.plus_millis(DAY_MS));
        let from = day(&self.from)?.unwrap_or_else(|| until.plus_millis(-30 * DAY_MS));
        if from >= until {
            return Err(ConsoleError::Invalid("the window ends before it begins".to_owned()));
        }
        Ok(Window { from, until })
    }

    /// The framework's id.
    pub(crate) fn framework(&self) -> &str {
        if self.framework.is_empty() { "ai-act" } else { &self.framework }
    }
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let window = asked.window(frame.now)?;
    let rows = app.parts.exporter.status(window, asked.framework()).await;
    Ok(page(&frame, &asked, window, rows.as_ref()))
}

/// The form of an export.
#[derive(Deserialize)]
pub(crate) struct Export {
    #[serde(default)]
    frameworks: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// Makes a pack and sends it.
pub(crate) async fn export(
    State(app): State<App>,
    viewer: Viewer,
    Input(form): Input<Export>,
) -> Result<Response, ConsoleError> {
    let asked = Asked { framework: String::new(), from: form.from, until: form.until };
    let window = asked.window(app.now())?;
    let frameworks: Vec<_> = form.frameworks.split(',').map(str::to_owned).collect();
    if frameworks.iter().any(|name| FRAMEWORKS.iter().all(|(id, _)| id != name)) {
        return Err(ConsoleError::Invalid("choose the AI Act, NIS2 or both".to_owned()));
    }
    let pack = app.parts.exporter.export(window, &frameworks, &viewer.name).await.map_err(ConsoleError::Conflict)?;
    let path = pack.path.clone();
    let opened = tokio::fs::File::open(&path).await;
    // The open handle keeps the bytes; the name is not needed any more.
    let removed = tokio::fs::remove_file(&path).await;
    if let Err(error) = removed {
        tracing::warn!(%error, "a sent pack cannot be removed");
    }
    let file = opened.map_err(|error| ConsoleError::Failed(format!("the pack cannot be read: {error}")))?;
    let disposition =
        HeaderValue::try_from(format!("attachment; filename=\"{}\"", pack.file_name.replace(['"', '\\'], "")))
            .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(chunks(file))).into_response())
}

/// A file in pieces of 64 KiB.
fn chunks(file: tokio::fs::File) -> impl futures_util::Stream<Item = std::io::Result<bytes::Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = bytes::BytesMut::with_capacity(64 * 1024);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
}

fn page(frame: &Frame, asked: &Asked, window: Window, rows: Result<&Vec<ObligationRow>, &String>) -> Markup {
    let name = FRAMEWORKS.iter().find(|(id, _)| *id == asked.framework()).map_or("Unknown law", |(_, name)| name);
    let head = Head {
        title: "Compliance",
        lead: "Obligations, and the evidence on record for each. Whether an obligation is fulfilled, a person says.",
        ..Head::default()
    };
    let body = html! {
        (window_form(asked, window))
        div class="grid" {
            div class="w8 gap" {
                section class="card" id="results" aria-label=(format!("Obligations of {name}")) {
                    header {
                        h2 { (name) }
                        @if rows.is_ok() { a href=(download(asked, window, "csv")) download="" { "CSV" span class="sr" { " of obligations" } } a href=(download(asked, window, "json")) download="" { "JSON" span class="sr" { " of obligations" } } }
                    }
                    div class="card-body" { @match rows { Ok(rows) => (split(rows)), Err(error) => (notice(Tone::Bad, &html! { "The obligations cannot be read: " (error) })) } }
                    @match rows {
                        Ok(rows) if rows.is_empty() => (nothing()),
                        Ok(rows) => @for row in rows { (obligation(row)) },
                        Err(_) => {},
                    }
                }
            }
            div class="w4 gap" {
                @if frame.viewer.may(EXPORTERS) { (card("Evidence pack", &pack_form(frame, asked, window))) }
                (card("Check a pack offline", &html! {
                    div class="gap" {
                        p class="quiet" { "An outsider needs only the program, the pack and the log's public key. Every changed, missing or added byte is named." }
                        (crate::components::list::command("gnomon evidence verify PACK"))
                    }
                }))
            }
        }
    };
    view::page(frame, &head, &body)
}

fn last_day(window: Window) -> String {
    window.until.plus_millis(-1).day()
}

fn download(asked: &Asked, window: Window, format: &str) -> String {
    let (from, until) = (window.from.day(), last_day(window));
    query::address(
        "/api/v1/compliance",
        &[("framework", asked.framework()), ("from", &from), ("until", &until), ("format", format)],
    )
}

fn window_form(asked: &Asked, window: Window) -> Markup {
    html! {
        form class="filters" method="get" action="/compliance" role="search" aria-label="Framework and window" {
            (crate::components::list::choice("framework", "Framework", &FRAMEWORKS, asked.framework()))
            div class="field" { label for="f-from" { "From" } input type="date" id="f-from" name="from" value=(window.from.day()); }
            div class="field" { label for="f-until" { "Until, last day included" } input type="date" id="f-until" name="until" value=(last_day(window)); }
            button type="submit" { "Show" }
        }
    }
}

fn split(rows: &[ObligationRow]) -> Markup {
    let kinds = [
        ("evidence_present", "Evidence present", "fill-ok"),
        ("evidence_missing", "Evidence missing", "fill-bad"),
        ("needs_a_person", "Needs a person", "fill-warn"),
        ("cannot_be_evidenced_here", "Cannot be evidenced here", "fill-none"),
    ];
    let parts: Vec<_> = kinds
        .into_iter()
        .map(|(status, name, fill)| {
            let count = rows.iter().filter(|row| row.status == status).count();
            (Series { name, fill }, u64::try_from(count).unwrap_or(0))
        })
        .collect();
    chart::split("Obligations by status", &parts)
}

fn obligation(row: &ObligationRow) -> Markup {
    html! {
        article class="obligation" aria-label=(row.id) {
            div class="gap" {
                div {
                    h3 { (row.title) }
                    p class="small quiet" { span class="mono" { (row.id) } @if !row.applies_from.is_empty() { ", applies from " (row.applies_from) } }
                }
                p class="sentence" { (row.text) }
                @if !row.remark.is_empty() { p class="small sentence" { (row.remark) } }
                @if !row.query.is_empty() { details class="drawer" { summary { "How the evidence is found" } p class="small sentence" { (row.query) } } }
            }
            div class="num" {
                (badge::obligation(&row.status))
                p class="small quiet" { (format::plural(row.evidence, "record", "records")) }
            }
        }
    }
}

fn pack_form(frame: &Frame, asked: &Asked, window: Window) -> Markup {
    let choices = [("ai-act", "AI Act"), ("nis2", "NIS2"), ("ai-act,nis2", "Both")];
    html! {
        form class="stack" method="post" action="/compliance/pack" {
            (csrf_field(frame))
            input type="hidden" name="from" value=(window.from.day());
            input type="hidden" name="until" value=(last_day(window));
            p class="quiet" { "Records of " (window.from.day()) " to " (last_day(window)) " with their proofs, the obligations and what speaks for each." }
            div class="field" {
                label for="f-frameworks" { "For" }
                select id="f-frameworks" name="frameworks" { @for (value, name) in choices { option value=(value) selected[value == asked.framework()] { (name) } } }
            }
            div { button class="primary" type="submit" { (icon(Icon::Download)) "Export the pack" } }
            p class="hint" { "The export is itself recorded." }
        }
    }
}

fn nothing() -> Markup {
    empty(&Empty {
        sentence: "There are no obligations for this framework.",
        command: "gnomon compliance status --framework ai-act",
        button: ("/compliance?framework=ai-act", "Show the AI Act"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_thirty_days_unless_it_is_named() {
        let now = Timestamp::parse("2026-11-23T09:30:00Z").unwrap();
        let window = Asked::default().window(now).unwrap();
        assert_eq!(
            (window.from.day(), window.until.day(), last_day(window)),
            ("2026-10-25".to_owned(), "2026-11-24".to_owned(), "2026-11-23".to_owned())
        );
        let named = Asked { from: "2026-11-01".to_owned(), until: "2026-11-30".to_owned(), ..Asked::default() };
        assert_eq!(named.window(now).unwrap().until.day(), "2026-12-01");
        let odd = Asked { from: "2026-12-01".to_owned(), until: "2026-11-30".to_owned(), ..Asked::default() };
        assert!(odd.window(now).is_err());
    }
}
