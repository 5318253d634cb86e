//! The other lists of the inventory: models, callers and keys.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, Pager, choice, empty, filters, pager, text};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Params, filled};
use crate::kind::Kind;
use crate::pages::services::inventory_tabs;
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use gnomon_inventory::{AssetFacts, AssetFilter, AssetKind, AssetRow, Page, ServiceOrder};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the lists, on the pages and in the API.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    caller: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    limit: usize,
}

impl Asked {
    /// As the record understands it.
    pub(crate) fn filter(&self, kind: Kind) -> Result<AssetFilter, ConsoleError> {
        let mut statuses = Vec::new();
        for word in self.status.split(',').filter_map(filled) {
            let unknown = || ConsoleError::Invalid(format!("`{word}` is not a status"));
            statuses.push(ServiceStatus::from_word(word).ok_or_else(unknown)?);
        }
        let service = filled(&self.service).map(ServiceId::new).transpose();
        let owned = |field: &str| filled(field).map(str::to_owned);
        Ok(AssetFilter {
            statuses,
            owner: owned(&self.owner),
            text: owned(&self.text),
            service: service.map_err(|error| ConsoleError::Invalid(error.to_string()))?,
            caller_kind: owned(&self.kind),
            caller: owned(&self.caller),
            order: match self.order.as_str() {
                "newest" => ServiceOrder::Newest,
                "requests" => ServiceOrder::Requests,
                "name" => ServiceOrder::Name,
                _ => ServiceOrder::LastSeen,
            },
            limit: self.limit,
            after: owned(&self.after),
            ..AssetFilter::of(kind.0)
        })
    }

    /// The same list at another address, from its beginning.
    pub(crate) fn address(&self, path: &str) -> String {
        query::address(path, &self.narrowed().into_iter().chain([("order", self.order.as_str())]).collect::<Vec<_>>())
    }

    fn narrowed(&self) -> [(&'static str, &str); 6] {
        [
            ("status", &self.status),
            ("owner", &self.owner),
            ("text", &self.text),
            ("service", &self.service),
            ("kind", &self.kind),
            ("caller", &self.caller),
        ]
    }
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    kind: Kind,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let assets = app.parts.inventory.assets(&asked.filter(kind)?).await?;
    Ok(page(&frame, kind, &asked, &assets))
}

fn page(frame: &Frame, kind: Kind, asked: &Asked, assets: &Page<AssetRow>) -> Markup {
    let lead = match kind.0 {
        AssetKind::Model => {
            "Every model that was asked for, by the service that offers it, with its status, its owner and its use."
        }
        AssetKind::Caller => {
            "Every application, agent and person that asks through the gateway, with its status, its owner and its use."
        }
        AssetKind::Key => {
            "Every access key with its status, its owner and its use. Keys are made and ended under Access keys."
        }
    };
    let head = Head { title: "AI inventory", lead, ..Head::default() };
    let noun = match kind.0 {
        AssetKind::Model => ("model", "models"),
        AssetKind::Caller => ("caller", "callers"),
        AssetKind::Key => ("key", "keys"),
    };
    let here = asked.address(&kind.page());
    let api = asked.address(&kind.api());
    let body = html! {
        (inventory_tabs(frame, Some(kind)))
        (filter_form(kind, asked))
        section class="card" id="results" data-live="configuration import" aria-label=(kind.heading()) {
            @if assets.rows.is_empty() { (nothing(kind, asked)) } @else { (view::table_frame(kind.heading(), &table(frame, kind, &assets.rows))) }
            (pager(&Pager {
                shown: assets.rows.len(),
                total: assets.total,
                noun,
                here: &here,
                first: asked.after.is_empty(),
                next: assets.next.as_deref(),
                // The list of keys for programs holds what one needs to make and end them.
                api: (kind.0 != AssetKind::Key).then_some(api.as_str()),
            }))
        }
    };
    view::page(frame, &head, &body)
}

fn filter_form(kind: Kind, asked: &Asked) -> Markup {
    let statuses: Vec<_> = std::iter::once(("", "Any status"))
        .chain(ServiceStatus::ALL.into_iter().map(|status| (status.as_str(), status.label())))
        .collect();
    let orders = [("", "Last seen"), ("newest", "First seen"), ("requests", "Requests"), ("name", "Name")];
    let kinds = [("", "Any kind"), ("service", "Service"), ("agent", "Agent"), ("person", "Person")];
    filters(
        &kind.page(),
        kind.heading(),
        &html! {
            (text("text", "Text", &asked.text, "part of a name or team"))
            (choice("status", "Status", &statuses, &asked.status))
            @match kind.0 {
                AssetKind::Model => (text("service", "Service", &asked.service, "exact id")),
                AssetKind::Caller => (choice("kind", "Kind", &kinds, &asked.kind)),
                AssetKind::Key => (text("caller", "Caller", &asked.caller, "exact name")),
            }
            (text("owner", "Owner", &asked.owner, "exact name"))
            (choice("order", "Sorted by", &orders, &asked.order))
        },
    )
}

fn table(frame: &Frame, kind: Kind, rows: &[AssetRow]) -> Markup {
    html! {
        table class="cards" {
            thead {
                tr {
                    th scope="col" { @match kind.0 { AssetKind::Model => "Model", AssetKind::Caller => "Caller", AssetKind::Key => "Key" } }
                    th scope="col" { "Status" } th scope="col" { "Owner" }
                    th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Tokens" }
                    th scope="col" { "Last seen" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            a class="row-link break" href=(kind.page_of(&row.id)) { (name(row)) }
                            span class="sub" { (under(row)) }
                        }
                        td data-label="Status" { (badge::status(row.status)) }
                        td data-label="Owner" { @if let Some(owner) = &row.owner { (owner) } @else { span class="quiet" { "nobody" } } }
                        td data-label="Requests" class="num" { (format::count(row.requests)) @if row.refused > 0 { span class="sub" { (format::count(row.refused)) " refused" } } }
                        td data-label="Tokens" class="num" { (format::count(row.input_tokens + row.output_tokens)) }
                        td data-label="Last seen" class="nowrap" { @if let Some(at) = row.last_seen { (format::ago(at, frame.now)) } @else { span class="quiet" { "never" } } }
                    }
                }
            }
        }
    }
}

/// What it is called.
pub(crate) fn name(row: &AssetRow) -> &str {
    match &row.facts {
        AssetFacts::Model { model, .. } if !model.is_empty() => model,
        _ => &row.id,
    }
}

/// What is known of it by its kind, in a few words.
pub(crate) fn under(row: &AssetRow) -> String {
    let words = match &row.facts {
        AssetFacts::Model { service, .. } => vec![format!("on {service}")],
        AssetFacts::Caller { caller_kind, team, keys, .. } => {
            vec![
                format::words(caller_kind),
                team.clone().unwrap_or_default(),
                format::plural(*keys, "open key", "open keys"),
            ]
        }
        AssetFacts::Key { caller, active, revoked, created, .. } => {
            let state = match (active, revoked, created) {
                (true, ..) => "active",
                (false, Some(_), _) => "revoked",
                (false, None, Some(_)) => "ended",
                (false, None, None) => "known from the evidence log only",
            };
            vec![caller.clone().unwrap_or_default(), state.to_owned()]
        }
    };
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn nothing(kind: Kind, asked: &Asked) -> Markup {
    let command = format!("gnomon inventory list --kind {}", kind.0);
    let page = kind.page();
    if asked.narrowed().into_iter().any(|(_, field)| filled(field).is_some()) {
        let show_all = (page.as_str(), "Take the filter away");
        return empty(&Empty { sentence: "Nothing matches this filter.", command: &command, button: show_all });
    }
    empty(&Empty {
        sentence: "Nothing seen yet. Send a request through the gateway; logs that name models tell of them too.",
        command: &command,
        button: ("/activity", "See what the gateway does"),
    })
}
