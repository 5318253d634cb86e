//! The other tabs of a service: who used it, on what evidence, what was decided at the gateway, who changed what.

use crate::components::badge;
use crate::components::list::with;
use crate::format;
use crate::frame::Frame;
use crate::icons::{Icon, icon};
use crate::pages::activity;
use crate::view;
use gnomon_inventory::{DecisionRow, HistoryRow, Page, ServiceDetail};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::sighting::EvidencePointer;
use maud::{Markup, html};

pub(super) fn usage(frame: &Frame, detail: &ServiceDetail) -> Markup {
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

pub(crate) fn evidence(lines: &[EvidencePointer], what: &str) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "File" } th scope="col" { "Source" } th scope="col" class="num" { "Line" } th scope="col" class="num" { "Byte offset" } th scope="col" { "To look it up" } } }
            tbody {
                @for line in lines {
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
            @if lines.is_empty() { div class="card-body quiet" { "There is no evidence of use: " (what) " is known from the catalogue, its making or a decision only." } } @else { (view::table_frame("Evidence lines", &table)) }
        }
    }
}

pub(crate) fn decisions(frame: &Frame, decisions: &Page<DecisionRow>, here: &str) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Decisions at the gateway" } }
            @if decisions.rows.is_empty() { div class="card-body quiet" { "No such request came through the gateway." } }
            @else { (view::table_frame("Decisions", &activity::table(frame, &decisions.rows))) }
            @if let Some(next) = &decisions.next { footer { a href=(with(here, "after", next)) { "Older decisions" } } }
        }
    }
}

pub(crate) fn history(history: &[HistoryRow], what: &str) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Who changed what" } }
            div class="card-body" {
                @if history.is_empty() { p class="quiet" { "Nobody decided anything about " (what) " yet." } }
                ol class="trail" {
                    @for row in history {
                        li {
                            span class="trail-dot" { (icon(Icon::Dot)) }
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
