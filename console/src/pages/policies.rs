//! Policies in force: what each rule says, why, and its source. They are changed as files, not here.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, command, empty};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::Id;
use crate::query;
use crate::view::{self, Head, card};
use axum::extract::State;
use gnomon_policy::PolicySummary;
use gnomon_types::digest::Digest;
use maud::{Markup, html};

/// The list.
pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Markup {
    let snapshot = (app.parts.policies)();
    list(&frame, &snapshot.policies(), snapshot.digest())
}

/// One rule.
pub(crate) async fn one(State(app): State<App>, frame: Frame, Id(id): Id<String>) -> Result<Markup, ConsoleError> {
    let policies = (app.parts.policies)().policies();
    let found = policies.into_iter().find(|policy| policy.id == id);
    let missing =
        || ConsoleError::NotFound(format!("no policy `{id}` is in force; checks that are built in have no source"));
    found.map(|policy| rule(&frame, &policy)).ok_or_else(missing)
}

fn list(frame: &Frame, policies: &[PolicySummary], digest: Digest) -> Markup {
    let head = Head {
        title: "Policies",
        lead: "Rules in Cedar. A forbid always wins over a permit; one with a remedy says: not like this.",
        ..Head::default()
    };
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Rule" } th scope="col" { "Effect" } th scope="col" { "Remedy" } th scope="col" { "Mode" } th scope="col" { "Serves" } th scope="col" { "Where" } } }
            tbody {
                @for policy in policies {
                    tr {
                        td { a class="row-link" href=(format!("/policies/{}", query::escape(&policy.id))) { (policy.id) } span class="sub" { (policy.reason) } }
                        td data-label="Effect" { (effect(policy)) }
                        td data-label="Remedy" { (policy.remedy.as_deref().map(format::words).unwrap_or_default()) }
                        td data-label="Mode" { (badge::mode(policy.mode)) }
                        td data-label="Serves" class="nowrap" { (policy.control.as_deref().unwrap_or("")) }
                        td data-label="Where" class="small quiet" { (policy.file) ":" (policy.line) }
                    }
                }
            }
        }
    };
    let body = html! {
        div class="gap" {
            section class="card" id="results" data-live="configuration" aria-label="Rules" {
                @if policies.is_empty() {
                    (empty(&Empty { sentence: "No policy is in force; every request is denied.", command: "gnomon policy init policies", button: ("/routes", "See the configuration") }))
                } @else { (view::table_frame("Rules", &table)) }
                footer class="pager" {
                    span { (format::plural(u64::try_from(policies.len()).unwrap_or(0), "rule", "rules")) ", bundle " span class="mono" title=(digest) { (format::shortened(&digest.to_string())) } }
                    span class="downloads" { a href="/api/v1/policies?format=csv" download="" { "CSV" span class="sr" { " of rules" } } a href="/api/v1/policies?format=json" download="" { "JSON" span class="sr" { " of rules" } } }
                }
            }
            (card("Change a rule", &html! {
                div class="gap" {
                    p class="quiet" { "Policies are files. Edit them, test them on your cases, then apply: the gateway swaps the whole bundle at once and records its digest." }
                    (command("gnomon policy test cases.json --policy policies"))
                }
            }))
        }
    };
    view::page(frame, &head, &body)
}

fn effect(policy: &PolicySummary) -> Markup {
    if policy.effect == "permit" { badge::plain("Permit") } else { badge::plain("Forbid") }
}

fn rule(frame: &Frame, policy: &PolicySummary) -> Markup {
    let head = Head {
        title: &policy.id,
        lead: &policy.reason,
        above: Some(("/policies", "Policies")),
        beside: Some(badge::mode(policy.mode)),
        actions: Some(
            html! { a class="button" href=(query::address("/activity", &[("rule", &policy.id)])) { "Decisions by this rule" } },
        ),
    };
    let body = html! {
        div class="grid" {
            div class="w8 gap" { (card("Source", &html! { pre class="source" tabindex="0" role="region" aria-label="Source" { code { (policy.text) } } })) }
            div class="w4 gap" {
                (card("Rule", &html! {
                    dl class="facts" {
                        dt { "Effect" } dd { (effect(policy)) }
                        dt { "Remedy" } dd { (policy.remedy.as_deref().map_or_else(|| "none".to_owned(), format::words)) }
                        dt { "Serves" } dd { (policy.control.as_deref().unwrap_or("no obligation named")) }
                        dt { "File" } dd class="mono" { (policy.file) ":" (policy.line) }
                    }
                }))
            }
        }
    };
    view::page(frame, &head, &body)
}
