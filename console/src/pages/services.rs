//! The AI inventory: every service that is in use or decided about.

use crate::app::App;
use crate::auth::roles::KEY_READERS;
use crate::components::badge;
use crate::components::list::{Empty, Pager, choice, empty, filters, pager, text};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Params, filled};
use crate::kind::Kind;
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use gnomon_inventory::{AssetKind, Page, ServiceFilter, ServiceOrder, ServiceRow};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the list, on the page and in the API.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) order: String,
    #[serde(default)]
    pub(crate) all: String,
    #[serde(default)]
    pub(crate) after: String,
    #[serde(default)]
    pub(crate) limit: usize,
}

impl Asked {
    /// As the record understands it.
    pub(crate) fn filter(&self) -> Result<ServiceFilter, ConsoleError> {
        let unknown = |what: &str, word: &str| ConsoleError::Invalid(format!("`{word}` is not a {what}"));
        let mut statuses = Vec::new();
        for word in self.status.split(',').filter_map(filled) {
            statuses.push(ServiceStatus::from_word(word).ok_or_else(|| unknown("status", word))?);
        }
        let kind = filled(&self.kind)
            .map(|word| ServiceKind::from_word(word).ok_or_else(|| unknown("kind", word)))
            .transpose()?;
        Ok(ServiceFilter {
            statuses,
            kind,
            owner: filled(&self.owner).map(str::to_owned),
            user: filled(&self.user).map(str::to_owned),
            text: filled(&self.text).map(str::to_owned),
            unseen_too: self.all == "1",
            order: match self.order.as_str() {
                "newest" => ServiceOrder::Newest,
                "requests" => ServiceOrder::Requests,
                "name" => ServiceOrder::Name,
                _ => ServiceOrder::LastSeen,
            },
            limit: self.limit,
            after: filled(&self.after).map(str::to_owned),
            ..ServiceFilter::default()
        })
    }

    /// The same list at another address, from its beginning.
    pub(crate) fn address(&self, path: &str) -> String {
        let pairs = [
            ("status", self.status.as_str()),
            ("kind", &self.kind),
            ("text", &self.text),
            ("owner", &self.owner),
            ("user", &self.user),
            ("order", &self.order),
            ("all", &self.all),
        ];
        query::address(path, &pairs)
    }

    fn is_filtered(&self) -> bool {
        [&self.status, &self.kind, &self.text, &self.owner, &self.user].into_iter().any(|field| filled(field).is_some())
    }
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let services = app.parts.inventory.services(&asked.filter()?).await?;
    Ok(page(&frame, &asked, &services))
}

fn page(frame: &Frame, asked: &Asked, services: &Page<ServiceRow>) -> Markup {
    let head = Head {
        title: "AI inventory",
        lead: "Every AI service that is in use or decided about, with its status, its owner and where it was seen.",
        ..Head::default()
    };
    let body = html! {
        (inventory_tabs(frame, None))
        (filter_form(asked))
        section class="card" id="results" data-live="service import" aria-label="Services" {
            @if services.rows.is_empty() { (nothing(asked)) } @else { (view::table_frame("Services", &table(frame, &services.rows))) }
            (pager(&Pager {
                shown: services.rows.len(),
                total: services.total,
                noun: ("service", "services"),
                here: &asked.address("/services"),
                first: asked.after.is_empty(),
                next: services.next.as_deref(),
                api: Some(&asked.address("/api/v1/services")),
            }))
        }
    };
    view::page(frame, &head, &body)
}

/// The lists of the inventory; `None` chooses services.
pub(crate) fn inventory_tabs(frame: &Frame, chosen: Option<Kind>) -> Markup {
    let mut list = vec![("services", "Services", None)];
    for kind in AssetKind::ALL.map(Kind) {
        if kind.0 != AssetKind::Key || frame.viewer.may(KEY_READERS) {
            list.push((kind.plural(), kind.heading(), None));
        }
    }
    let address = |tab: &str| if tab == "services" { "/services".to_owned() } else { format!("/inventory/{tab}") };
    view::tabs("Inventory", &list, chosen.map_or("services", Kind::plural), &address)
}

fn filter_form(asked: &Asked) -> Markup {
    let statuses: Vec<_> = std::iter::once(("", "Any status"))
        .chain(ServiceStatus::ALL.into_iter().map(|status| (status.as_str(), status.label())))
        .collect();
    let kinds = [ServiceKind::Known, ServiceKind::Unknown, ServiceKind::Embedded, ServiceKind::Mcp];
    let kinds: Vec<_> = std::iter::once(("", "Any kind"))
        .chain(kinds.into_iter().map(|kind| (kind.as_str(), badge::kind_word(kind))))
        .collect();
    let orders = [("", "Last seen"), ("newest", "First seen"), ("requests", "Requests"), ("name", "Name")];
    filters(
        "/services",
        "Services",
        &html! {
            (text("text", "Name, vendor or category", &asked.text, "such as chat or 10.9.3.4"))
            (choice("status", "Status", &statuses, &asked.status))
            (choice("kind", "Kind", &kinds, &asked.kind))
            (text("owner", "Owner", &asked.owner, "exact name"))
            (choice("order", "Sorted by", &orders, &asked.order))
            (choice("all", "Catalogue", &[("", "In use or decided"), ("1", "Whole catalogue")], &asked.all))
        },
    )
}

fn table(frame: &Frame, rows: &[ServiceRow]) -> Markup {
    html! {
        table class="cards" {
            thead {
                tr {
                    th scope="col" { "Service" } th scope="col" { "Status" } th scope="col" { "Owner" }
                    th scope="col" class="num" { "Users" } th scope="col" class="num" { "Requests" } th scope="col" class="num" { "Sent" }
                    th scope="col" { "Last seen" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            a class="row-link" href=(query::service(row.id.as_str())) { (row.name) }
                            span class="sub" { (under(row)) }
                        }
                        td data-label="Status" { (badge::status(row.status)) }
                        td data-label="Owner" { @if let Some(owner) = &row.owner { (owner) } @else { span class="quiet" { "nobody" } } }
                        td data-label="Users" class="num" { (format::count(row.users)) }
                        td data-label="Requests" class="num" { (format::count(row.requests)) @if row.refused > 0 { span class="sub" { (format::count(row.refused)) " refused" } } }
                        td data-label="Sent" class="num" { (format::volume(row.bytes_up)) }
                        td data-label="Last seen" class="nowrap" { @if let Some(at) = row.last_seen { (format::ago(at, frame.now)) } @else { span class="quiet" { "never" } } }
                    }
                }
            }
        }
    }
}

/// Vendor and category, or how it is known.
fn under(row: &ServiceRow) -> String {
    let words: Vec<_> = [row.vendor.as_str(), row.category.as_str()]
        .into_iter()
        .filter(|word| !word.is_empty() && *word != row.name)
        .map(|word| word.replace('_', " "))
        .collect();
    if words.is_empty() { badge::kind_word(row.kind).to_owned() } else { words.join(" · ") }
}

fn nothing(asked: &Asked) -> Markup {
    if asked.is_filtered() {
        return empty(&Empty {
            sentence: "No service matches this filter.",
            command: "gnomon inventory list --format json",
            button: ("/services", "Show all services"),
        });
    }
    empty(&Empty {
        sentence: "Nothing seen yet. Import a proxy, DNS or firewall log, or send a request through the gateway.",
        command: "gnomon discover import access.log",
        button: ("/shadow#upload", "Upload a log"),
    })
}
