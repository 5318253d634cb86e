//! Routes and models: how the gateway runs, and which models were seen behind it. Read-only.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, command, empty};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::parts::{GatewayInfo, RouteInfo};
use crate::query;
use crate::view::{self, Head, card};
use axum::extract::State;
use gnomon_inventory::{DecisionFilter, DecisionRow, NodeRow, ServiceFilter, ServiceOrder, ServiceRow};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Decisions that are looked at for the figures of upstreams.
const LATEST: usize = 500;

struct Facts {
    gateway: GatewayInfo,
    figures: BTreeMap<String, Figures>,
    nodes: Vec<NodeRow>,
    models: Vec<(ServiceRow, gnomon_inventory::ModelRow)>,
}

/// How an upstream did in the latest decisions.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    requests: u64,
    failures: u64,
    first_bytes_ms: Vec<u64>,
    /// Whether its latest answer was one.
    healthy: Option<bool>,
}

impl Figures {
    fn median_ms(&self) -> Option<u64> {
        let mut sorted = self.first_bytes_ms.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

/// Figures by upstream, from decisions with the newest first.
fn figures(rows: &[DecisionRow]) -> BTreeMap<String, Figures> {
    let mut figures: BTreeMap<String, Figures> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.sent) {
        let (Some(upstream), Some(status)) = (&row.upstream, row.answer_status) else { continue };
        let of = figures.entry(upstream.clone()).or_default();
        let answered = status > 0 && status < 500;
        of.requests += 1;
        of.failures += u64::from(!answered);
        of.first_bytes_ms.extend(row.first_byte_ms);
        of.healthy = of.healthy.or(Some(answered));
    }
    figures
}

/// The page.
pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Result<Markup, ConsoleError> {
    let gateway = (app.parts.gateway)();
    let inventory = &app.parts.inventory;
    let filter = ServiceFilter { order: ServiceOrder::Requests, limit: 20, ..ServiceFilter::default() };
    let mut models = Vec::new();
    for row in inventory.services(&filter).await?.rows {
        let detail = inventory.service(&row.id).await?;
        models.extend(detail.into_iter().flat_map(|detail| detail.models).map(|model| (row.clone(), model)));
    }
    models.sort_by_key(|(_, model)| std::cmp::Reverse(model.requests));
    models.truncate(50);
    let latest = inventory.decisions(&DecisionFilter { limit: LATEST, ..DecisionFilter::default() }).await?;
    let figures = figures(&latest.rows);
    Ok(page(&frame, &Facts { gateway, figures, nodes: inventory.nodes().await?, models }))
}

fn page(frame: &Frame, facts: &Facts) -> Markup {
    let head = Head {
        title: "Routes & models",
        lead: "Where requests go, and how it goes. Routes and upstreams are written in the configuration file.",
        ..Head::default()
    };
    let body = html! {
        div class="gap" id="gateway" data-live="configuration" {
            section class="card" aria-label="Upstreams" {
                header { h2 { "Upstreams" } span class="quiet small" { "of the latest " (LATEST) " decisions; first byte is the median" } }
                @if facts.gateway.upstreams.is_empty() { (nothing()) } @else { (view::table_frame("Upstreams", &upstreams(facts))) }
            }
            section class="card" aria-label="Routes" {
                header { h2 { "Routes" } span class="quiet small" { "in the order of matching" } }
                @if facts.gateway.routes.is_empty() { div class="card-body quiet" { "No route is configured." } } @else { (view::table_frame("Routes", &routes(&facts.gateway.routes))) }
            }
            div class="grid" {
                div class="w7" { (models(frame, facts)) }
                div class="w5 gap" { (configuration(facts)) (nodes(frame, &facts.nodes)) }
            }
        }
    };
    view::page(frame, &head, &body)
}

fn upstreams(facts: &Facts) -> Markup {
    let none = Figures::default();
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Upstream" } th scope="col" { "Health" } th scope="col" { "Service" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Failures" } th scope="col" class="num" { "First byte" } } }
            tbody {
                @for row in &facts.gateway.upstreams {
                    @let figures = facts.figures.get(&row.name).unwrap_or(&none);
                    tr {
                        td { strong { (row.name) } span class="sub break" { (row.url) } }
                        td data-label="Health" { (badge::health(row.healthy.or(figures.healthy))) }
                        td data-label="Service" { a href=(query::service(&row.service)) { (row.service) } }
                        td data-label="Requests" class="num" { (format::count(figures.requests)) }
                        td data-label="Failures" class="num" { (format::count(figures.failures)) }
                        td data-label="First byte" class="num" { @match figures.median_ms() { Some(ms) => (format!("{ms} ms")), None => span class="quiet" { "not known" } } }
                    }
                }
            }
        }
    }
}

fn routes(rows: &[RouteInfo]) -> Markup {
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Route" } th scope="col" { "Path" } th scope="col" { "Models" } th scope="col" { "Upstream" } th scope="col" { "If evidence cannot be written" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { strong { (row.name) } }
                        td data-label="Path" class="mono" { (row.path_prefix) }
                        td data-label="Models" { @if row.models.is_empty() { "all" } @else { (row.models.join(", ")) } }
                        td data-label="Upstream" { (row.upstream) }
                        td data-label="If evidence cannot be written" { (format::words(&row.on_evidence_failure)) }
                    }
                }
            }
        }
    }
}

fn models(frame: &Frame, facts: &Facts) -> Markup {
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Model" } th scope="col" { "Service" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Tokens" } th scope="col" { "Last seen" } } }
            tbody {
                @for (service, model) in &facts.models {
                    tr {
                        td class="break" { strong { (model.model) } }
                        td data-label="Service" { a href=(query::service(service.id.as_str())) { (service.name) } }
                        td data-label="Requests" class="num" { (format::count(model.requests)) }
                        td data-label="Tokens" class="num" { (format::count(model.input_tokens.saturating_add(model.output_tokens))) }
                        td data-label="Last seen" class="nowrap" { (format::ago(model.last_seen, frame.now)) }
                    }
                }
            }
        }
    };
    html! {
        section class="card" aria-label="Models seen" {
            header { h2 { "Models seen" } }
            @if facts.models.is_empty() { div class="card-body quiet" { "No model was named in what was seen." } } @else { (view::table_frame("Models seen", &table)) }
        }
    }
}

fn configuration(facts: &Facts) -> Markup {
    let gateway = &facts.gateway;
    card(
        "Configuration in force",
        &html! {
            div class="gap" {
                dl class="facts" {
                    dt { "Clients use" } dd class="mono" { @if gateway.base_url.is_empty() { "no listener" } @else { (gateway.base_url) } }
                    dt { "Digest" } dd class="mono" { @if gateway.config.is_empty() { "not known" } @else { (gateway.config) } }
                    dt { "Revision" } dd { (gateway.revision) @if let Some(since) = gateway.in_force_since { ", since " (format::moment(since)) " UTC" } }
                    dt { "Evidence log" } dd { @match &gateway.log.fault { Some(fault) => { "cannot be written: " (fault) }, None => { "is written, " (format::plural(gateway.log.records, "record", "records")) } } }
                }
                p class="quiet" { "Check a changed file before it is loaded:" }
                (command("gnomon check"))
            }
        },
    )
}

fn nodes(frame: &Frame, rows: &[NodeRow]) -> Markup {
    card(
        "Gateways",
        &html! {
            @if rows.is_empty() { p class="quiet" { "No gateway wrote a heartbeat yet." } }
            ul class="reasons" {
                @for row in rows {
                    li {
                        strong { (row.node) } " " (badge::plain(&format::words(&row.heartbeat.phase)))
                        p class="small quiet" { "version " (row.heartbeat.version) ", heartbeat " (format::ago(row.at, frame.now)) }
                        p class="small" { (format::count(row.heartbeat.accepted)) " accepted, " (format::count(row.heartbeat.forwarded)) " forwarded, " (format::count(row.heartbeat.refused)) " not forwarded, " (format::count(row.heartbeat.intents)) " intents, " (format::count(row.heartbeat.outcomes)) " outcomes" }
                    }
                }
            }
        },
    )
}

fn nothing() -> Markup {
    empty(&Empty {
        sentence: "No upstream is configured. Write one into the configuration file.",
        command: "gnomon init gnomon.toml",
        button: ("/overview", "Back to the overview"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_what_was_measured() {
        let of = |first_bytes_ms: &[u64]| {
            Figures { first_bytes_ms: first_bytes_ms.to_vec(), ..Figures::default() }.median_ms()
        };
        assert_eq!((of(&[]), of(&[7]), of(&[900, 1, 30])), (None, Some(7), Some(30)));
    }
}
