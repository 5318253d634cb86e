//! Search over services, decisions and findings. An id that is pasted leads straight to its page.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, empty};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::Params;
use crate::kind::Kind;
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use gnomon_inventory::{AssetKind, Hit, HitKind};
use maud::{Markup, html};
use serde::Deserialize;

/// Hits shown.
const HITS: usize = 50;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Response, ConsoleError> {
    let text: String = asked.q.trim().chars().take(200).collect();
    if let Some(address) = straight(&text) {
        return Ok(Redirect::to(&address).into_response());
    }
    let search = app.parts.search.clone();
    search.update(&app.parts.inventory).await?;
    let wanted = text.clone();
    let hits = tokio::task::spawn_blocking(move || search.query(&wanted, HITS)).await;
    let hits = hits.map_err(|_| ConsoleError::Failed("the search ended early".to_owned()))??;
    Ok(page(&frame, &text, &hits).into_response())
}

/// Where an id leads.
fn straight(text: &str) -> Option<String> {
    let is_id = text.len() > 8 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match text.split_once('_') {
        Some(("dec", _)) if is_id => Some(query::decision(text)),
        Some(("apr", _)) if is_id => Some(query::approval(text)),
        _ => None,
    }
}

fn page(frame: &Frame, text: &str, hits: &[Hit]) -> Markup {
    let title = if text.is_empty() { "Search".to_owned() } else { format!("Search: {text}") };
    let head = Head {
        title: &title,
        lead: "Services, models, callers, decisions and findings. A decision's id leads straight to it.",
        ..Head::default()
    };
    let body = html! {
        form class="filters" method="get" action="/search" role="search" aria-label="Again" {
            div class="field grow" { label for="q" { "Text" } input id="q" type="search" name="q" value=(text); }
            button type="submit" class="primary" { "Search" }
        }
        section class="card" id="results" aria-label="Hits" {
            @if hits.is_empty() { (nothing(text)) } @else {
                div class="card-body" { ul class="reasons" { @for hit in hits { (item(hit)) } } }
                footer { span role="status" { (format::plural(u64::try_from(hits.len()).unwrap_or(0), "hit", "hits")) @if hits.len() == HITS { ", more are not shown" } } }
            }
        }
    };
    view::page(frame, &head, &body)
}

fn item(hit: &Hit) -> Markup {
    let (address, word) = match hit.kind {
        HitKind::Service => (query::service(&hit.id), "Service"),
        HitKind::Model => (Kind(AssetKind::Model).page_of(&hit.id), "Model"),
        HitKind::Caller => (Kind(AssetKind::Caller).page_of(&hit.id), "Caller"),
        HitKind::Decision => (query::decision(&hit.id), "Decision"),
        HitKind::Finding => (query::address("/activity", &[("finding", &hit.id)]), "Finding"),
    };
    html! { li { a href=(address) { strong { (hit.title) } } " " (badge::plain(word)) p class="small quiet" { (marked(hit)) } } }
}

/// The snippet with its matches marked.
fn marked(hit: &Hit) -> Markup {
    let mut at = 0;
    let mut parts = Vec::new();
    for range in &hit.marks {
        let (Some(before), Some(matched)) = (hit.snippet.get(at..range.start), hit.snippet.get(range.clone())) else {
            continue;
        };
        parts.push((before, matched));
        at = range.end;
    }
    let rest = hit.snippet.get(at..).unwrap_or_default();
    html! { @for (before, matched) in parts { (before) mark { (matched) } } (rest) }
}

fn nothing(text: &str) -> Markup {
    let sentence = if text.is_empty() {
        "Type a name, an address, a caller, a rule, or paste a decision's id."
    } else {
        "Nothing matches. Try fewer or shorter words."
    };
    empty(&Empty { sentence, command: "gnomon inventory list", button: ("/services", "Open the inventory") })
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_lead_straight_to_their_pages() {
        assert_eq!(super::straight("dec_01abcdefgh").as_deref(), Some("/activity/dec_01abcdefgh"));
        assert_eq!(super::straight("apr_01abcdefgh").as_deref(), Some("/approvals/apr_01abcdefgh"));
        assert_eq!(super::straight("dec_ ../x"), None);
        assert_eq!(super::straight("december"), None);
    }
}
