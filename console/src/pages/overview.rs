//! The first page. Every role sees the same figures; what comes first depends on what the role comes for.

mod cards;

use crate::app::App;
use crate::auth::roles;
use crate::components::list::{Tone, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::Params;
use crate::parts::GatewayInfo;
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{
    ApprovalFilter, ApprovalRow, ApprovalState, DecisionFilter, DecisionRow, Overview, Role, ServiceFilter,
    ServiceOrder, ServiceRow,
};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::limits::PAGE_ROWS_MAX;
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Verdict;
use maud::{Markup, html};
use serde::Deserialize;

/// Sends everybody to the page that their role comes for.
pub(crate) async fn home(frame: Frame) -> Redirect {
    Redirect::to(match frame.viewer.first_role() {
        Role::Network => "/routes",
        Role::Auditor => "/compliance",
        Role::Governance | Role::Security | Role::Executive | Role::Admin => "/overview",
    })
}

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default)]
    days: String,
}

/// What the page shows.
struct Facts {
    figures: Overview,
    newest: Vec<ServiceRow>,
    busiest: Vec<ServiceRow>,
    unsanctioned_used: u64,
    ownerless: u64,
    more_than_read: bool,
    waiting: Vec<ApprovalRow>,
    refused: Vec<DecisionRow>,
    gateway: GatewayInfo,
    days: i64,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let days = if asked.days == "30" { 30 } else { 7 };
    let role = Role::from_word(&asked.view).unwrap_or_else(|| frame.viewer.first_role());
    let facts = gather(&app, frame.now, days).await?;
    Ok(page(&frame, role, &facts))
}

async fn gather(app: &App, now: Timestamp, days: i64) -> Result<Facts, ConsoleError> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let today = now.as_millis().div_euclid(DAY_MS) * DAY_MS;
    let from = Timestamp::from_millis(today - (days - 1) * DAY_MS);
    let inventory = &app.parts.inventory;
    let all = inventory
        .services(&ServiceFilter { order: ServiceOrder::Requests, limit: PAGE_ROWS_MAX, ..ServiceFilter::default() })
        .await?;
    let newest = ServiceFilter { order: ServiceOrder::Newest, limit: 5, ..ServiceFilter::default() };
    let waiting = ApprovalFilter { state: Some(ApprovalState::Waiting), limit: 5 };
    let refused = DecisionFilter { verdicts: vec![Verdict::Deny], limit: 5, ..DecisionFilter::default() };
    let in_use = |row: &&ServiceRow| row.requests > 0 || row.refused > 0;
    Ok(Facts {
        figures: inventory.overview(from, Timestamp::from_millis(today + DAY_MS)).await?,
        newest: inventory.services(&newest).await?.rows,
        unsanctioned_used: number(
            all.rows.iter().filter(in_use).filter(|row| row.status == ServiceStatus::Unsanctioned),
        ),
        ownerless: number(all.rows.iter().filter(in_use).filter(|row| row.owner.is_none())),
        more_than_read: all.next.is_some(),
        busiest: all.rows.into_iter().take(6).collect(),
        waiting: inventory.approvals(&waiting).await?,
        refused: inventory.decisions(&refused).await?.rows,
        gateway: (app.parts.gateway)(),
        days,
    })
}

fn number<'a>(rows: impl Iterator<Item = &'a ServiceRow>) -> u64 {
    u64::try_from(rows.count()).unwrap_or(0)
}

impl Facts {
    fn services(&self) -> u64 {
        self.figures.services.values().sum()
    }

    fn of_status(&self, status: ServiceStatus) -> u64 {
        self.figures.services.get(status.as_str()).copied().unwrap_or(0)
    }

    fn of_verdict(&self, verdict: Verdict) -> u64 {
        self.figures.decisions.get(verdict.as_str()).copied().unwrap_or(0)
    }

    fn decisions(&self) -> u64 {
        self.figures.decisions.values().sum()
    }

    fn nothing_seen(&self) -> bool {
        self.busiest.iter().all(|row| row.last_seen.is_none()) && self.decisions() == 0
    }
}

fn page(frame: &Frame, role: Role, facts: &Facts) -> Markup {
    let actions = html! { (view_choice(role, facts.days)) };
    let head = Head { title: "Overview", lead: lead(role), actions: Some(actions), ..Head::default() };
    let body = html! {
        div id="overview" data-live="decision approval service import" class="gap" {
            @if let Some(fault) = &facts.gateway.log.fault {
                (notice(Tone::Bad, &html! { "The evidence log cannot be written: " (fault) ". Requests wait or are denied, as their route says." }))
            }
            @if facts.nothing_seen() { (cards::first_steps(frame, &facts.gateway)) }
            (tiles(role, facts))
            div class="grid" {
                div class="w8 gap" { @for section in order(role).0 { (draw(*section, frame, facts)) } }
                div class="w4 gap" { @for section in order(role).1 { (draw(*section, frame, facts)) } }
            }
        }
    };
    view::page(frame, &head, &body)
}

fn lead(role: Role) -> &'static str {
    match role {
        Role::Governance | Role::Admin => "What is new, who uses it, and who answers for it.",
        Role::Network => "Traffic through the gateway and the state of its upstreams.",
        Role::Auditor => "What was decided, and how much of it is on record.",
        Role::Security => "What was found in requests and answers, and what was done about it.",
        Role::Executive => "Which AI the organisation uses, how much of it is approved, and what was stopped.",
    }
}

fn view_choice(role: Role, days: i64) -> Markup {
    html! {
        nav class="segments" aria-label="View" {
            @for other in [Role::Governance, Role::Network, Role::Auditor, Role::Security, Role::Executive] {
                @let chosen = other == role || (role == Role::Admin && other == Role::Governance);
                a href=(query::address("/overview", &[("view", other.as_str()), ("days", &days.to_string())])) aria-current=[chosen.then_some("true")] { (roles::label(other)) }
            }
        }
        nav class="segments" aria-label="Window" {
            @for span in [7, 30] {
                a href=(query::address("/overview", &[("view", role.as_str()), ("days", &span.to_string())])) aria-current=[(span == days).then_some("true")] { (span) " days" }
            }
        }
    }
}

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Traffic,
    Statuses,
    Newest,
    Busiest,
    Waiting,
    Findings,
    Refused,
    Evidence,
}

/// The same parts for everybody, in the order of what the role comes for: the broad column, then the narrow one.
fn order(role: Role) -> (&'static [Section], &'static [Section]) {
    use Section::{Busiest, Evidence, Findings, Newest, Refused, Statuses, Traffic, Waiting};
    match role {
        Role::Governance | Role::Admin => {
            (&[Newest, Traffic, Refused], &[Statuses, Waiting, Busiest, Findings, Evidence])
        }
        Role::Network => (&[Traffic, Refused, Newest], &[Evidence, Busiest, Findings, Waiting, Statuses]),
        Role::Auditor => (&[Traffic, Refused, Newest], &[Evidence, Waiting, Statuses, Findings, Busiest]),
        Role::Security => (&[Traffic, Refused, Newest], &[Findings, Waiting, Busiest, Statuses, Evidence]),
        Role::Executive => (&[Traffic, Newest, Refused], &[Statuses, Busiest, Findings, Waiting, Evidence]),
    }
}

fn draw(section: Section, frame: &Frame, facts: &Facts) -> Markup {
    match section {
        Section::Traffic => cards::traffic(facts),
        Section::Statuses => cards::statuses(facts),
        Section::Newest => cards::newest(frame, facts),
        Section::Busiest => cards::busiest(facts),
        Section::Waiting => cards::waiting(frame, facts),
        Section::Findings => cards::findings(facts),
        Section::Refused => cards::refused(frame, facts),
        Section::Evidence => cards::evidence(facts),
    }
}

/// One figure: name, value, note, address, whether it asks for something.
struct Tile(&'static str, String, String, String, &'static str);

fn tiles(role: Role, facts: &Facts) -> Markup {
    let stopped = facts.of_verdict(Verdict::Deny);
    let more = if facts.more_than_read { "+" } else { "" };
    let services = Tile(
        "AI services",
        format::count(facts.services()),
        format!("{} new in {} days", facts.figures.services_new, facts.days),
        "/services".to_owned(),
        "",
    );
    let bad = Tile(
        "Unsanctioned",
        format!("{}{more}", format::count(facts.unsanctioned_used)),
        format!("in use; {} under review", facts.of_status(ServiceStatus::UnderReview)),
        "/services?status=unsanctioned".to_owned(),
        if facts.unsanctioned_used > 0 { "alert" } else { "" },
    );
    let owner = Tile(
        "Without owner",
        format!("{}{more}", format::count(facts.ownerless)),
        "nobody answers for them".to_owned(),
        "/services?order=requests".to_owned(),
        "",
    );
    let waiting = Tile(
        "Waiting approvals",
        format::count(facts.figures.approvals_waiting),
        "requests held for a person".to_owned(),
        "/approvals".to_owned(),
        if facts.figures.approvals_waiting > 0 { "wait" } else { "" },
    );
    let decisions = Tile(
        "Decisions",
        format::count(facts.decisions()),
        format!("{} denied", format::percent(stopped, facts.decisions())),
        "/activity".to_owned(),
        "",
    );
    let people = Tile(
        "Users seen",
        format::count(facts.figures.users),
        format!("{} at the gateway", format::plural(facts.figures.callers, "caller", "callers")),
        "/shadow".to_owned(),
        "",
    );
    let tiles = match role {
        Role::Governance | Role::Admin => [services, bad, owner, waiting, decisions, people],
        Role::Network => [decisions, people, waiting, services, bad, owner],
        Role::Auditor => [decisions, waiting, bad, services, owner, people],
        Role::Security => [decisions, waiting, bad, people, services, owner],
        Role::Executive => [bad, services, decisions, people, owner, waiting],
    };
    html! {
        div class="tiles" {
            @for Tile(name, value, note, href, tone) in &tiles {
                a class=(format!("tile {tone}")) href=(href) {
                    span class="tile-name" { (name) }
                    span class="tile-value" { (value) }
                    span class="tile-note" { (note) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_sees_every_part_once() {
        for role in Role::ALL {
            let (broad, narrow) = order(role);
            let mut parts = broad.iter().chain(narrow).map(|section| format!("{section:?}")).collect::<Vec<_>>();
            parts.sort();
            parts.dedup();
            assert_eq!((parts.len(), broad.len() + narrow.len()), (8, 8), "{role}");
        }
    }
}
