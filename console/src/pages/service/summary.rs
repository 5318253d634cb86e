//! The first tab of a service: what is known, how much it is used, and the form to decide about it.

use super::Facts;
use crate::api::services::version;
use crate::auth::roles::STEWARDS;
use crate::components::badge;
use crate::components::chart::{self, Column, Series};
use crate::format;
use crate::frame::Frame;
use crate::kind::Kind;
use crate::query;
use crate::view::{card, csrf_field};
use gnomon_inventory::{AssetId, AssetKind, ServiceDetail, ServiceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::time::Timestamp;
use maud::{Markup, html};

pub(super) fn summary(frame: &Frame, facts: &Facts) -> Markup {
    let detail = &facts.detail;
    let used: Vec<(&str, u64)> = detail.usage_by_day.iter().map(|day| (day.day.as_str(), day.requests)).collect();
    html! {
        div class="grid" {
            div class="w7 gap" {
                (card("What is known", &known(frame, detail)))
                (card("Requests by day", &by_day(&used)))
            }
            div class="w5 gap" {
                @if frame.viewer.may(STEWARDS) { (card("Decide", &decide_form(frame, &form_of(&detail.row)))) }
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

/// A moment that may not be known.
pub(crate) fn maybe(frame: &Frame, at: Option<Timestamp>) -> Markup {
    match at {
        Some(at) => html! { (format::moment(at)) " UTC " span class="quiet" { "(" (format::ago(at, frame.now)) ")" } },
        None => html! { span class="quiet" { "never" } },
    }
}

/// Requests of days, oldest first, as a chart.
pub(crate) fn by_day(used: &[(&str, u64)]) -> Markup {
    let series = [Series { name: "Requests", fill: "fill-accent" }];
    let columns = days(used);
    if columns.is_empty() {
        return html! { p class="quiet" { "No use was seen." } };
    }
    chart::columns("Requests by day", &series, &columns)
}

/// The last days up to the latest use, those without use included, so that the distance between columns is time.
fn days(used: &[(&str, u64)]) -> Vec<Column> {
    const DAYS_MAX: i64 = 60;
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let moment = |(day, _): &(&str, u64)| Timestamp::parse(&format!("{day}T00:00:00Z")).ok();
    let (Some(first), Some(last)) = (used.first().and_then(moment), used.last().and_then(moment)) else {
        return Vec::new();
    };
    let span = ((last.as_millis() - first.as_millis()) / DAY_MS + 1).clamp(1, DAYS_MAX);
    (0..span)
        .map(|index| {
            let label = last.plus_millis((index + 1 - span) * DAY_MS).day();
            let requests = used.iter().find(|(day, _)| *day == label).map_or(0, |(_, requests)| *requests);
            Column { label, values: vec![requests] }
        })
        .collect()
}

fn form_of(row: &ServiceRow) -> DecideForm<'_> {
    DecideForm {
        action: format!("{}/decide", query::service(row.id.as_str())),
        version: version(row),
        status: row.status,
        owner: row.owner.as_deref(),
        expires: row.status_expires,
        note: &row.status_note,
        hint: "In force at the gateway within one second, and recorded in the evidence log.",
    }
}

/// What the form to decide about something shows.
pub(crate) struct DecideForm<'a> {
    pub(crate) action: String,
    pub(crate) version: String,
    pub(crate) status: ServiceStatus,
    pub(crate) owner: Option<&'a str>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) note: &'a str,
    /// What comes of it.
    pub(crate) hint: &'a str,
}

/// Draws it.
pub(crate) fn decide_form(frame: &Frame, row: &DecideForm<'_>) -> Markup {
    html! {
        form class="stack" method="post" action=(row.action) {
            (csrf_field(frame))
            input type="hidden" name="version" value=(row.version);
            div class="form-row" {
                div class="field" {
                    label for="status" { "Status" }
                    select id="status" name="status" {
                        @for status in ServiceStatus::ALL { option value=(status.as_str()) selected[status == row.status] { (status.label()) } }
                    }
                }
                div class="field" {
                    label for="owner" { "Owner" }
                    input id="owner" name="owner" value=(row.owner.unwrap_or("")) placeholder="person or team" maxlength="200" autocomplete="off";
                }
            }
            div class="field" {
                label for="expires" { "Until, last day included" }
                input id="expires" name="expires" type="date" value=(row.expires.map(|at| at.plus_millis(-1).day()).unwrap_or_default());
                span class="hint" { "Empty: without end. Afterwards the status is under review again." }
            }
            div class="field" {
                label for="note" { "Note" }
                textarea id="note" name="note" maxlength="1000" placeholder="why, and under which conditions" { (row.note) }
            }
            p class="hint" { (row.hint) }
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
                        a href=(Kind(AssetKind::Model).page_of(AssetId::model(&model.service, &model.model).id())) { strong class="break" { (model.model) } }
                        p class="small quiet" { (format::plural(model.requests, "request", "requests")) ", last " (format::ago(model.last_seen, frame.now)) @if model.input_tokens + model.output_tokens > 0 { ", " (format::count(model.input_tokens)) " tokens read, " (format::count(model.output_tokens)) " written" } }
                    }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_use_keep_their_place() {
        let columns = days(&[("2026-10-30", 4), ("2026-11-02", 9)]);
        let values: Vec<_> = columns.iter().map(|column| (column.label.as_str(), column.values[0])).collect();
        assert_eq!(values, [("2026-10-30", 4), ("2026-10-31", 0), ("2026-11-01", 0), ("2026-11-02", 9)]);
        assert_eq!(days(&[("2020-01-01", 1), ("2026-11-02", 9)]).len(), 60);
        assert!(days(&[]).is_empty());
    }
}
