//! Activity: every decision about a request, newest first.

use crate::app::App;
use crate::components::badge;
use crate::components::list::{Empty, Pager, choice, empty, filters, pager, text};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Params, day, end_of_day, filled};
use crate::query;
use crate::view::{self, Head};
use axum::extract::State;
use gnomon_inventory::{DecisionFilter, DecisionRow, Page};
use gnomon_types::ids::ServiceId;
use gnomon_types::verdict::Verdict;
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the list, on the page and in the API.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) verdict: String,
    #[serde(default)]
    pub(crate) caller: String,
    #[serde(default)]
    pub(crate) service: String,
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) finding: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) until: String,
    #[serde(default)]
    pub(crate) after: String,
    #[serde(default)]
    pub(crate) limit: usize,
}

impl Asked {
    /// As the record understands it.
    pub(crate) fn filter(&self) -> Result<DecisionFilter, ConsoleError> {
        let mut verdicts = Vec::new();
        for word in self.verdict.split(',').filter_map(filled) {
            verdicts
                .push(verdict_from(word).ok_or_else(|| ConsoleError::Invalid(format!("`{word}` is not a verdict")))?);
        }
        let own = |text: &str| filled(text).map(str::to_owned);
        Ok(DecisionFilter {
            verdicts,
            caller: own(&self.caller),
            service: filled(&self.service).map(ServiceId::sanitised),
            model: own(&self.model),
            rule: own(&self.rule),
            finding: own(&self.finding),
            from: day(&self.from)?,
            until: end_of_day(&self.until)?,
            limit: self.limit,
            after: own(&self.after),
        })
    }

    /// The same list at another address, from its beginning.
    pub(crate) fn address(&self, path: &str) -> String {
        query::address(path, &self.pairs())
    }

    fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("verdict", self.verdict.as_str()),
            ("caller", &self.caller),
            ("service", &self.service),
            ("model", &self.model),
            ("rule", &self.rule),
            ("finding", &self.finding),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    fn is_filtered(&self) -> bool {
        self.pairs().into_iter().any(|(_, value)| filled(value).is_some())
    }
}

fn verdict_from(word: &str) -> Option<Verdict> {
    [Verdict::Allow, Verdict::Redact, Verdict::Hold, Verdict::Deny].into_iter().find(|verdict| verdict.as_str() == word)
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let decisions = app.parts.inventory.decisions(&asked.filter()?).await?;
    let base = (app.parts.gateway)().base_url;
    Ok(page(&frame, &asked, &decisions, &base))
}

fn page(frame: &Frame, asked: &Asked, decisions: &Page<DecisionRow>, base: &str) -> Markup {
    let head = Head {
        title: "Activity",
        lead: "Every request that was judged, and what was decided. Texts are not kept: ids, counts and digests are.",
        actions: Some(live_dot()),
        ..Head::default()
    };
    let body = html! {
        (filter_form(asked))
        section class="card" id="results" data-live=(if asked.after.is_empty() { "decision" } else { "" }) aria-label="Decisions" {
            @if decisions.rows.is_empty() { (nothing(asked, base)) } @else { (view::table_frame("Decisions", &table(frame, &decisions.rows))) }
            (pager(&Pager {
                shown: decisions.rows.len(),
                total: decisions.total,
                noun: ("decision", "decisions"),
                here: &asked.address("/activity"),
                first: asked.after.is_empty(),
                next: decisions.next.as_deref(),
                api: Some(&asked.address("/api/v1/decisions")),
            }))
        }
    };
    view::page(frame, &head, &body)
}

/// Says whether the page follows events; without scripts it says nothing.
pub(crate) fn live_dot() -> Markup {
    html! {
        span class="live-dot" {
            svg viewBox="0 0 8 8" aria-hidden="true" focusable="false" { circle cx="4" cy="4" r="4" fill="currentColor" {} }
            span {}
        }
    }
}

fn filter_form(asked: &Asked) -> Markup {
    let verdicts = [("", "Any verdict"), ("allow", "Allow"), ("redact", "Redact"), ("hold", "Hold"), ("deny", "Deny")];
    filters(
        "/activity",
        "Decisions",
        &html! {
            (choice("verdict", "Verdict", &verdicts, &asked.verdict))
            (text("caller", "Caller", &asked.caller, "exact name"))
            (text("service", "Service", &asked.service, "id"))
            (text("finding", "Finding", &asked.finding, "secret or pii/EMAIL"))
            div class="field" { label for="f-from" { "From" } input type="date" id="f-from" name="from" value=(asked.from); }
            div class="field" { label for="f-until" { "Until" } input type="date" id="f-until" name="until" value=(asked.until); }
            @if !asked.rule.is_empty() { (text("rule", "Rule", &asked.rule, "id")) }
            @if !asked.model.is_empty() { (text("model", "Model", &asked.model, "exact name")) }
        },
    )
}

/// Decisions as a table; also on the page of a service.
pub(crate) fn table(frame: &Frame, rows: &[DecisionRow]) -> Markup {
    html! {
        table class="cards" {
            thead {
                tr {
                    th scope="col" { "When" } th scope="col" { "Verdict" } th scope="col" { "Caller" } th scope="col" { "Service and model" }
                    th scope="col" { "Why" } th scope="col" { "Answer" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td class="nowrap" { a class="row-link" href=(query::decision(row.id.as_str())) { (format::ago(row.at, frame.now)) span class="sr" { ", decision " (row.id) } } }
                        td data-label="Verdict" { (badge::verdict(row.verdict)) }
                        td data-label="Caller" { (row.caller.as_deref().unwrap_or("not identified")) @if let Some(team) = &row.team { span class="sub" { (team) } } }
                        td data-label="Service and model" { (row.service.as_deref().unwrap_or("no route")) @if let Some(model) = &row.model { span class="sub" { (model) } } }
                        td data-label="Why" class="wide" { (why(row)) }
                        td data-label="Answer" class="nowrap" { (answer(row)) }
                    }
                }
            }
        }
    }
}

fn why(row: &DecisionRow) -> Markup {
    html! {
        @if let Some(reason) = &row.reason { (reason) }
        @else if let Some(code) = &row.code { (format::words(code)) }
        @if !row.findings.is_empty() { span class="sub" { (row.findings.join(", ")) } }
        @if row.reason.is_none() && row.code.is_none() && row.findings.is_empty() { span class="quiet" { "nothing found" } }
    }
}

fn answer(row: &DecisionRow) -> Markup {
    html! {
        @if let Some(status) = row.answer_status.filter(|status| *status > 0) {
            (status)
            @if let Some(ms) = row.duration_ms { span class="sub" { (format::micros(ms.saturating_mul(1000))) } }
        } @else if row.sent { span class="quiet" { "none yet" } } @else { span class="quiet" { "not forwarded" } }
    }
}

fn nothing(asked: &Asked, base: &str) -> Markup {
    if asked.is_filtered() {
        return empty(&Empty {
            sentence: "No decision matches this filter.",
            command: "gnomon evidence tail",
            button: ("/activity", "Show all decisions"),
        });
    }
    let base = if base.is_empty() { "http://127.0.0.1:8080" } else { base };
    empty(&Empty {
        sentence: "No request came through the gateway yet. Point a client at it.",
        command: &format!("export OPENAI_BASE_URL={base}/v1"),
        button: ("/keys", "Make an access key"),
    })
}
