//! Shadow AI: what is used without approval, by whom, on what evidence; and what the sources cannot show.

use crate::app::App;
use crate::auth::csrf;
use crate::auth::roles::IMPORTERS;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Empty, Tone, empty, notice};
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::format;
use crate::frame::Frame;
use crate::icons::{Icon, icon};
use crate::input::Params;
use crate::parts::ImportSummary;
use crate::query;
use crate::view::{self, Head, csrf_field};
use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::response::Redirect;
use gnomon_inventory::{ServiceFilter, ServiceOrder, ServiceRow, SourceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::limits::PAGE_ROWS_MAX;
use gnomon_types::sighting::BlindSpot;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio::io::AsyncWriteExt as _;

/// Bytes of the form field that carries the token.
const SHORT_BYTES_MAX: usize = 256;

/// Parameters of the page: what an upload gave.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    lines: u64,
    #[serde(default)]
    rejected: u64,
    #[serde(default)]
    services: u64,
    #[serde(default)]
    fresh: u64,
}

struct Facts {
    services: Vec<ServiceRow>,
    sources: Vec<SourceRow>,
    blind_spots: Vec<BlindSpot>,
    upload_bytes_max: u64,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let inventory = &app.parts.inventory;
    let filter = ServiceFilter {
        statuses: vec![ServiceStatus::Unsanctioned, ServiceStatus::UnderReview],
        order: ServiceOrder::Requests,
        limit: PAGE_ROWS_MAX,
        ..ServiceFilter::default()
    };
    let mut services = inventory.services(&filter).await?.rows;
    services.retain(|row| row.last_seen.is_some());
    services.sort_by_key(|row| (row.status != ServiceStatus::Unsanctioned, std::cmp::Reverse(row.users)));
    let facts = Facts {
        services,
        sources: inventory.sources().await?,
        blind_spots: inventory.blind_spots().await?,
        upload_bytes_max: app.parts.settings.upload_bytes_max,
    };
    Ok(page(&frame, &asked, &facts))
}

/// Takes a log in: first the token, then the file, which streams to disk and is read from there.
pub(crate) async fn upload(
    State(app): State<App>,
    viewer: Viewer,
    mut form: Multipart,
) -> Result<Redirect, ConsoleError> {
    let mut allowed = !viewer.by_cookie;
    while let Some(field) = form.next_field().await.map_err(|error| ConsoleError::Invalid(error.body_text()))? {
        match field.name() {
            Some(csrf::FIELD) => {
                let given = short(field).await?;
                allowed = csrf::matches(&viewer.csrf, &given);
            }
            Some("file") if allowed => return take_in(&app, &viewer, field).await,
            _ => break,
        }
    }
    Err(if allowed {
        ConsoleError::Invalid("choose a log file first".to_owned())
    } else {
        ConsoleError::Forbidden("the form is from another session: reload the page and try again".to_owned())
    })
}

/// A field that holds a few characters.
async fn short(mut field: Field<'_>) -> Result<String, ConsoleError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| ConsoleError::Invalid(error.body_text()))? {
        bytes.extend_from_slice(chunk.get(..SHORT_BYTES_MAX + 1).unwrap_or(&chunk));
        if bytes.len() > SHORT_BYTES_MAX {
            return Err(ConsoleError::TooLarge("a field of the form is too large".to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn take_in(app: &App, viewer: &Viewer, field: Field<'_>) -> Result<Redirect, ConsoleError> {
    let name = file_name(field.file_name().unwrap_or_default());
    if name.is_empty() {
        return Err(ConsoleError::Invalid("choose a log file first".to_owned()));
    }
    let busy = || ConsoleError::Busy("other logs are being taken in: wait until they are done".to_owned());
    let _place = app.uploading.try_acquire().map_err(|_| busy())?;
    let stored = store(app, field).await?;
    let summary = app.parts.importer.import(stored.path(), &name, &viewer.name).await.map_err(ConsoleError::Invalid)?;
    app.tell(ConsoleEvent::Import { file: name.clone() });
    Ok(Redirect::to(&outcome_address(&name, &summary)))
}

fn outcome_address(name: &str, summary: &ImportSummary) -> String {
    let number = |value: u64| value.to_string();
    let pairs = [
        ("done", if summary.new { "imported" } else { "known" }.to_owned()),
        ("file", name.to_owned()),
        ("format", summary.format.clone()),
        ("lines", number(summary.lines)),
        ("rejected", number(summary.rejected)),
        ("services", number(summary.services)),
        ("fresh", number(summary.services_new)),
    ];
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    query::address("/shadow", &pairs)
}

/// Writes the upload to a file that goes away by itself.
async fn store(app: &App, mut field: Field<'_>) -> Result<tempfile::NamedTempFile, ConsoleError> {
    let settings = &app.parts.settings;
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "an upload cannot be stored");
        ConsoleError::Failed("the upload cannot be stored at present".to_owned())
    };
    tokio::fs::create_dir_all(&settings.upload_dir).await.map_err(failed)?;
    let file = tempfile::Builder::new().prefix("upload-").tempfile_in(&settings.upload_dir).map_err(failed)?;
    let mut out = tokio::fs::File::from_std(file.reopen().map_err(failed)?);
    let mut bytes = 0u64;
    while let Some(chunk) = field.chunk().await.map_err(|error| ConsoleError::Invalid(error.body_text()))? {
        bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if bytes > settings.upload_bytes_max {
            let limit = format::bytes(settings.upload_bytes_max);
            return Err(ConsoleError::TooLarge(format!(
                "a log may have {limit}: split it, or use `gnomon discover import`"
            )));
        }
        out.write_all(&chunk).await.map_err(failed)?;
    }
    out.flush().await.map_err(failed)?;
    Ok(file)
}

/// The last part of a name as browsers send it, without control characters.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn page(frame: &Frame, asked: &Asked, facts: &Facts) -> Markup {
    let head = Head {
        title: "Shadow AI",
        lead: "AI that is in use although nobody approved it, found in logs and at the gateway. Each finding leads to its lines.",
        ..Head::default()
    };
    let body = html! {
        (said(asked))
        div class="gap" {
            section class="card" id="shadow" data-live="service import" aria-label="Services in use without approval" {
                header { h2 { "In use without approval" } span class="quiet small" { (format::plural(u64::try_from(facts.services.len()).unwrap_or(0), "service", "services")) } }
                @if facts.services.is_empty() { (nothing(frame)) } @else { (view::table_frame("In use without approval", &table(frame, &facts.services))) }
            }
            div class="grid" {
                div class="w5 gap" { @if frame.viewer.may(IMPORTERS) { (upload_form(frame, facts)) } }
                div class=(if frame.viewer.may(IMPORTERS) { "w7" } else { "w12" }) { (sources(frame, facts)) }
                div class="w12" { (blind_spots(facts)) }
            }
        }
    };
    view::page(frame, &head, &body)
}

fn said(asked: &Asked) -> Markup {
    match asked.done.as_str() {
        "imported" => notice(
            Tone::Good,
            &html! {
                "Imported " strong { (asked.file) } " as " (asked.format) ": " (format::plural(asked.lines, "line", "lines")) ", "
                (format::count(asked.rejected)) " not understood, " (format::plural(asked.services, "service", "services")) ", " (format::count(asked.fresh)) " of them new."
            },
        ),
        "known" => notice(Tone::Hint, &html! { strong { (asked.file) } " was imported before; nothing changed." }),
        _ => html! {},
    }
}

fn table(frame: &Frame, rows: &[ServiceRow]) -> Markup {
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Service" } th scope="col" { "Status" } th scope="col" class="num" { "Users" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Sent" } th scope="col" { "First seen" } th scope="col" { "Last seen" } th scope="col" { "Evidence" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { a class="row-link" href=(query::service(row.id.as_str())) { (row.name) } span class="sub" { (badge::kind_word(row.kind)) } }
                        td data-label="Status" { (badge::status(row.status)) }
                        td data-label="Users" class="num" { (format::count(row.users)) }
                        td data-label="Requests" class="num" { (format::count(row.requests)) }
                        td data-label="Sent" class="num" { (format::volume(row.bytes_up)) }
                        td data-label="First seen" class="nowrap" { @if let Some(at) = row.first_seen { (format::ago(at, frame.now)) } }
                        td data-label="Last seen" class="nowrap" { @if let Some(at) = row.last_seen { (format::ago(at, frame.now)) } }
                        td data-label="Evidence" { a class="above" href=(query::address(&query::service(row.id.as_str()), &[("tab", "evidence")])) { (row.sources.join(", ")) span class="sr" { " lines of " (row.name) } } }
                    }
                }
            }
        }
    }
}

fn nothing(frame: &Frame) -> Markup {
    empty(&Empty {
        sentence: "Nothing without approval was seen. Bring a Squid, Zeek, BIND, Unbound or dnsmasq log to find out.",
        command: "gnomon discover import access.log",
        button: if frame.viewer.may(IMPORTERS) {
            ("#upload", "Upload a log")
        } else {
            ("/services", "Open the inventory")
        },
    })
}

fn upload_form(frame: &Frame, facts: &Facts) -> Markup {
    html! {
        section class="card" id="upload" {
            header { h2 { "Upload a log" } }
            div class="card-body" {
                form class="stack" method="post" action="/shadow/upload" enctype="multipart/form-data" {
                    (csrf_field(frame))
                    div class="field" {
                        label for="file" { "Log file" }
                        input id="file" name="file" type="file" required;
                        span class="hint" { "Squid, Zeek, BIND, Unbound, dnsmasq; plain, .gz or .zst; up to " (format::bytes(facts.upload_bytes_max)) ". The format is recognised." }
                    }
                    div { button class="primary" type="submit" { (icon(Icon::Upload)) "Import" } }
                }
            }
        }
    }
}

fn sources(frame: &Frame, facts: &Facts) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Source" } th scope="col" { "Format" } th scope="col" class="num" { "Lines" } th scope="col" class="num" { "Not understood" } th scope="col" { "Taken in" } } }
            tbody {
                @for source in &facts.sources {
                    tr {
                        td class="break" { strong { (source.summary.file) } @if !source.by.is_empty() { span class="sub" { "by " (source.by) } } }
                        td data-label="Format" { (badge::plain(&source.summary.format)) }
                        td data-label="Lines" class="num" { (format::count(source.summary.lines)) }
                        td data-label="Not understood" class="num" { (format::count(source.summary.rejected)) }
                        td data-label="Taken in" class="nowrap" { (format::ago(source.at, frame.now)) }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Sources" } a href="/api/v1/sources?format=csv" download="" { "CSV" span class="sr" { " of sources" } } }
            @if facts.sources.is_empty() { div class="card-body quiet" { "No log was imported and no request came through the gateway yet." } } @else { (view::table_frame("Sources", &table)) }
        }
    }
}

fn blind_spots(facts: &Facts) -> Markup {
    let grouped = by_reason(&facts.blind_spots);
    html! {
        section class="card" {
            header {
                h2 { "Blind spots" }
                span class="quiet small" { "what these sources cannot show" }
                a href="/api/v1/blind-spots?format=csv" download="" { "CSV" span class="sr" { " of blind spots" } }
            }
            div class="card-body" {
                @if grouped.is_empty() { p class="quiet" { "None is known for the sources above." } }
                ul class="reasons" {
                    @for (reason, whom) in grouped.iter().take(50) {
                        li {
                            p class="sentence" { (reason) }
                            @if !whom.is_empty() { p class="small quiet break" { (whom_of(whom)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Each limit once, with the users and devices that it concerns; nobody named means everybody.
fn by_reason(spots: &[BlindSpot]) -> BTreeMap<&str, Vec<&str>> {
    let mut grouped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for spot in spots {
        let who = spot.user.as_deref().or(spot.device.as_deref()).filter(|who| *who != "*");
        grouped.entry(&spot.reason).or_default().extend(who);
    }
    grouped
}

fn whom_of(whom: &[&str]) -> String {
    const NAMED: usize = 12;
    let named = whom.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if whom.len() > NAMED { format!("{named} and {} more", whom.len() - NAMED) } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_stands_once_with_those_it_concerns() {
        let spot = |device: Option<&str>, reason: &str| BlindSpot {
            user: None,
            device: device.map(str::to_owned),
            reason: reason.to_owned(),
        };
        let spots = [spot(Some("10.0.0.1"), "no user"), spot(Some("10.0.0.2"), "no user"), spot(Some("*"), "no paths")];
        assert_eq!(
            by_reason(&spots),
            BTreeMap::from([("no paths", vec![]), ("no user", vec!["10.0.0.1", "10.0.0.2"])])
        );
    }

    #[test]
    fn names_of_uploads_lose_their_folders_and_control_characters() {
        for (given, expected) in
            [("C:\\logs\\proxy.log", "proxy.log"), ("../../etc/passwd", "passwd"), ("a\nb.log", "ab.log"), ("", "")]
        {
            assert_eq!(file_name(given), expected);
        }
    }
}
