//! The cards of the first page, each drawn from the same facts.

use super::Facts;
use crate::auth::roles;
use crate::components::badge;
use crate::components::chart::{self, Column, Series};
use crate::components::list::command;
use crate::format;
use crate::frame::Frame;
use crate::parts::GatewayInfo;
use crate::query;
use crate::view::{self, card};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::verdict::Verdict;
use maud::{Markup, html};

/// Verdicts in the order of charts.
const VERDICTS: [(Verdict, Series); 4] = [
    (Verdict::Allow, Series { name: "Allow", fill: "fill-ok" }),
    (Verdict::Redact, Series { name: "Redact", fill: "fill-violet" }),
    (Verdict::Hold, Series { name: "Hold", fill: "fill-warn" }),
    (Verdict::Deny, Series { name: "Deny", fill: "fill-bad" }),
];

pub(super) fn traffic(facts: &Facts) -> Markup {
    let series = VERDICTS.map(|(_, series)| series);
    let columns: Vec<_> = days(facts)
        .into_iter()
        .map(|day| {
            let found = facts.figures.days.iter().find(|row| row.day == day);
            let value =
                |verdict: Verdict| found.and_then(|row| row.verdicts.get(verdict.as_str())).copied().unwrap_or(0);
            Column { label: day, values: VERDICTS.iter().map(|(verdict, _)| value(*verdict)).collect() }
        })
        .collect();
    card("Decisions by day", &chart::columns("Decisions by day and verdict", &series, &columns))
}

/// Every day of the window, also those without a decision.
fn days(facts: &Facts) -> Vec<String> {
    (0..facts.days).map(|index| facts.figures.from.plus_millis(index * 24 * 60 * 60 * 1000).day()).collect()
}

pub(super) fn statuses(facts: &Facts) -> Markup {
    let fills = ["fill-info", "fill-ok", "fill-warn", "fill-bad"];
    let parts: Vec<_> = ServiceStatus::ALL
        .into_iter()
        .zip(fills)
        .map(|(status, fill)| (Series { name: status.label(), fill }, facts.of_status(status)))
        .collect();
    card("Services by status", &chart::split("Services by status", &parts))
}

pub(super) fn newest(frame: &Frame, facts: &Facts) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Service" } th scope="col" { "Status" } th scope="col" class="num" { "Users" } th scope="col" { "First seen" } } }
            tbody {
                @for row in &facts.newest {
                    tr {
                        td { a class="row-link" href=(query::service(row.id.as_str())) { (row.name) } span class="sub" { (row.sources.join(", ")) } }
                        td data-label="Status" { (badge::status(row.status)) }
                        td data-label="Users" class="num" { (format::count(row.users)) }
                        td data-label="First seen" { @if let Some(at) = row.first_seen { (format::ago(at, frame.now)) } @else { span class="quiet" { "not seen in use" } } }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Newest services" } a href="/services?order=newest" { "All services" } }
            @if facts.newest.is_empty() { div class="card-body quiet" { "Nothing seen yet." } } @else { (view::table_frame("Newest services", &table)) }
        }
    }
}

pub(super) fn busiest(facts: &Facts) -> Markup {
    let largest = facts.busiest.iter().map(|row| row.requests).max().unwrap_or(0);
    let list = html! {
        @if facts.busiest.is_empty() { p class="quiet" { "Nothing seen yet." } }
        ul class="bar-list" {
            @for row in &facts.busiest {
                li {
                    span { (status_mark(row.status)) a href=(query::service(row.id.as_str())) { (row.name) } }
                    span class="num" { (format::count(row.requests)) }
                    (chart::bar(row.requests, largest, fill_of(row.status)))
                }
            }
        }
        p class="small quiet" { "Requests seen in logs or forwarded by the gateway." }
    };
    card("Most used", &html! { div class="gap" { (list) } })
}

/// The shape of a status, with its word for readers of screens.
fn status_mark(status: ServiceStatus) -> Markup {
    let (tone, shape) = badge::status_look(status);
    html! { span class=(format!("tone-{tone}")) title=(status.label()) { (crate::icons::icon(shape)) span class="sr" { (status.label()) ": " } } }
}

fn fill_of(status: ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::UnderReview => "fill-info",
        ServiceStatus::Sanctioned => "fill-ok",
        ServiceStatus::SanctionedWithConditions => "fill-warn",
        ServiceStatus::Unsanctioned => "fill-bad",
    }
}

pub(super) fn waiting(frame: &Frame, facts: &Facts) -> Markup {
    card(
        "Waiting for a person",
        &html! {
            @if facts.waiting.is_empty() { p class="quiet" { "Nothing is waiting." } }
            ul class="reasons" {
                @for row in &facts.waiting {
                    li {
                        a href=(query::approval(row.id.as_str())) { (row.caller) " to " (row.service) }
                        p class="small quiet" { "since " (format::ago(row.asked, frame.now)) ", lapses " (format::ago(row.expires, frame.now)) }
                    }
                }
            }
        },
    )
}

pub(super) fn findings(facts: &Facts) -> Markup {
    let mut rows: Vec<_> = facts.figures.findings.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    rows.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let largest = rows.first().map_or(0, |(_, count)| *count);
    card(
        "Findings in requests",
        &html! {
            @if rows.is_empty() { p class="quiet" { "Nothing was found in this window." } }
            ul class="bar-list" {
                @for (name, count) in rows.into_iter().take(6) {
                    li {
                        a href=(query::address("/activity", &[("finding", name)])) class="break" { (name) }
                        span class="num" { (format::count(count)) }
                        (chart::bar(count, largest, "fill-accent"))
                    }
                }
            }
        },
    )
}

pub(super) fn refused(frame: &Frame, facts: &Facts) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Decision" } th scope="col" { "Service" } th scope="col" { "Reason" } th scope="col" { "When" } } }
            tbody {
                @for row in &facts.refused {
                    tr {
                        td { a class="row-link nowrap" href=(query::decision(row.id.as_str())) { (row.caller.as_deref().unwrap_or("unknown caller")) } }
                        td data-label="Service" { (row.service.as_deref().unwrap_or("")) }
                        td data-label="Reason" class="wide" { (row.reason.as_deref().or(row.code.as_deref()).unwrap_or("")) }
                        td data-label="When" class="nowrap" { (format::ago(row.at, frame.now)) }
                    }
                }
            }
        }
    };
    html! {
        section class="card" {
            header { h2 { "Last denied" } a href="/activity?verdict=deny" { "All denied requests" } }
            @if facts.refused.is_empty() { div class="card-body quiet" { "Nothing was denied." } } @else { (view::table_frame("Last denied requests", &table)) }
        }
    }
}

pub(super) fn evidence(facts: &Facts) -> Markup {
    let log = &facts.gateway.log;
    card(
        "Evidence",
        &html! {
            dl class="facts" {
                dt { "Records" } dd { (format::count(log.records)) }
                dt { "Origin" } dd { @if log.origin.is_empty() { "not known" } @else { (log.origin) } }
                dt { "Gaps" } dd { (format::count(facts.figures.gaps)) " in this window" }
                dt { "Pending" } dd { (format::plural(facts.figures.changes_pending, "change", "changes")) " without a record" }
                dt { "Log" } dd { @if log.fault.is_some() { "cannot be written" } @else { "is written" } }
            }
        },
    )
}

pub(super) fn first_steps(frame: &Frame, gateway: &GatewayInfo) -> Markup {
    let base = if gateway.base_url.is_empty() { "http://127.0.0.1:8080" } else { gateway.base_url.as_str() };
    let client = format!("export OPENAI_BASE_URL={base}/v1");
    html! {
        section class="card" {
            header { h2 { "Three steps to the first findings" } }
            div class="card-body steps" {
                div class="step" {
                    span class="step-number" aria-hidden="true" { "1" }
                    h3 { "Bring a log" }
                    p class="quiet" { "A proxy, DNS or firewall log of yesterday shows which AI is in use already." }
                    @if frame.viewer.may(roles::IMPORTERS) { a class="button primary" href="/shadow#upload" { "Upload a log" } }
                }
                div class="step" {
                    span class="step-number" aria-hidden="true" { "2" }
                    h3 { "Make an access key" }
                    p class="quiet" { "Every application, agent or person gets its own." }
                    @if frame.viewer.may(roles::KEY_MAKERS) { a class="button" href="/keys" { "Make an access key" } }
                }
                div class="step" {
                    span class="step-number" aria-hidden="true" { "3" }
                    h3 { "Point a client at the gateway" }
                    p class="quiet" { "From then on every request is judged and recorded." }
                    (command(&client))
                }
            }
        }
    }
}
