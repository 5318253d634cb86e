//! One decision: the whole trail from the bytes that came in to the answer, with the records that prove it.

use crate::app::App;
use crate::components::badge;
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::icons::icon;
use crate::input::Id;
use crate::query;
use crate::view::{self, Head, card};
use axum::extract::State;
use gnomon_inventory::DecisionDetail;
use gnomon_types::ids::DecisionId;
use gnomon_types::opinion::JudgeSummary;
use gnomon_types::record::{Found, Intent, Outcome, PassSummary};
use gnomon_types::verdict::{Reason, Verdict};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The page.
pub(crate) async fn show(State(app): State<App>, frame: Frame, Id(id): Id<String>) -> Result<Markup, ConsoleError> {
    let id = DecisionId::new(id).map_err(|error| ConsoleError::NotFound(error.to_string()))?;
    let detail = app.parts.inventory.decision(&id).await?;
    let detail = detail.ok_or_else(|| ConsoleError::NotFound(format!("no decision `{id}` in the record")))?;
    Ok(page(&frame, &detail))
}

fn page(frame: &Frame, detail: &DecisionDetail) -> Markup {
    let row = &detail.row;
    let title = format!(
        "{} to {}",
        row.caller.as_deref().unwrap_or("Unidentified caller"),
        row.service.as_deref().unwrap_or("no route")
    );
    let lead = format!("{}, {}", row.id, row.at);
    let head = Head {
        title: &title,
        lead: &lead,
        above: Some(("/activity", "Activity")),
        beside: Some(badge::verdict(row.verdict)),
        actions: Some(
            html! { a class="button" href=(format!("/api/v1/decisions/{}", query::escape(row.id.as_str()))) { "JSON" } },
        ),
    };
    let body = html! {
        div class="grid" {
            div class="w8 gap" { (card("Decision trail", &trail(detail))) }
            div class="w4 gap" {
                (card("Request", &request(frame, detail)))
                (card("Findings in the request", &html! {
                    @match &detail.intent {
                        Some(intent) => (findings(&intent.findings, &intent.found)),
                        None => (findings(&BTreeMap::new(), &[])),
                    }
                }))
                (card("Records", &records(detail)))
            }
        }
    };
    view::page(frame, &head, &body)
}

fn trail(detail: &DecisionDetail) -> Markup {
    let row = &detail.row;
    html! {
        ol class="trail" {
            li {
                span class="trail-dot" { (icon(crate::icons::Icon::Download)) }
                h3 { "Received" }
                dl class="facts" {
                    dt { "Body" } dd { (format::bytes(row.received_bytes)) ", " (row.dialect) @if row.stream { ", stream asked for" } }
                    @if let Some(intent) = &detail.intent {
                        dt { "SHA-256" } dd class="mono" { (intent.received_sha256) }
                        @if intent.uninspected_parts > 0 { dt { "Not inspected" } dd { (format::plural(intent.uninspected_parts, "part", "parts")) " that hold no text" } }
                    }
                }
            }
            @if let Some(intent) = &detail.intent { @for pass in &intent.passes { (pass_step(pass)) } }
            @if let Some(judge) = detail.intent.as_ref().and_then(|intent| intent.judge.as_ref()) { (judge_step(judge)) }
            @if let Some(hold) = &detail.hold {
                (step(Verdict::Hold, "Held for a person", &html! {
                    (reasons(&hold.reasons))
                    dl class="facts" {
                        dt { "Approval" } dd { a href=(query::approval(hold.approval.as_str())) { (hold.approval) } }
                        dt { "Good for" } dd class="mono" { (hold.fingerprint) }
                    }
                }))
            }
            @if let Some(approval) = &detail.approval_row {
                @if let Some(by) = &approval.by {
                    li {
                        span class="trail-dot" { (icon(crate::icons::Icon::Person)) }
                        h3 { (badge::approval(approval.state)) " by " (by) }
                        @if let Some(note) = &approval.note { p { (note) } }
                        p class="small quiet" { @if let Some(at) = approval.decided { (format::moment(at)) " UTC, " } a href=(query::approval(approval.id.as_str())) { (approval.id) } }
                    }
                }
            }
            @if let Some(intent) = &detail.intent { (verdict_step(intent)) }
            @if let Some(outcome) = &detail.outcome { (outcome_step(outcome)) }
            @else if row.sent { li { span class="trail-dot" { (icon(crate::icons::Icon::Dash)) } h3 { "No answer on record" } p class="quiet" { "The request was forwarded; its outcome has not been recorded yet." } } }
        }
    }
}

fn step(verdict: Verdict, title: &str, body: &Markup) -> Markup {
    let (class, shape) = badge::verdict_look(verdict);
    html! { li { span class=(format!("trail-dot {class}")) { (icon(shape)) } h3 { (title) } (body) } }
}

fn pass_step(pass: &PassSummary) -> Markup {
    step(
        pass.verdict,
        &format!("{} pass", format::words(&pass.pass)),
        &html! {
            dl class="facts" {
                dt { "Verdict" } dd { (badge::verdict(pass.verdict)) " in " (format::micros(pass.micros)) }
                dt { "Judged bytes" } dd class="mono" { (pass.sha256) }
            }
        },
    )
}

/// Both opinions on the texts that the detectors were not sure of.
fn judge_step(judge: &JudgeSummary) -> Markup {
    let (verdict, title) = match judge.opinion.as_str() {
        "safe" => (Verdict::Allow, "A judge model had no objection"),
        "unsafe" => (Verdict::Deny, "A judge model objected"),
        _ => (Verdict::Hold, "No judge model gave an opinion"),
    };
    let asked = match judge.remembered {
        0 => format::plural(judge.texts, "text", "texts"),
        remembered => format!("{}, {remembered} of them known", format::plural(judge.texts, "text", "texts")),
    };
    step(
        verdict,
        title,
        &html! {
            dl class="facts" {
                dt { "Model" } dd class="break" { (judge.model) }
                dt { "Asked about" } dd { (asked) " in " (format::micros(judge.micros)) }
                dt { "Detectors said" } dd { "attack score " (format!("{:.3}", f64::from(judge.attack_permille) / 1000.0)) }
                @if let Some(cause) = &judge.cause { dt { "Cause" } dd { (format::words(cause)) } }
            }
        },
    )
}

fn verdict_step(intent: &Intent) -> Markup {
    let title = match intent.verdict {
        Verdict::Allow => "Allowed as it was",
        Verdict::Redact => "Allowed after matches were replaced",
        Verdict::Hold => "Held",
        Verdict::Deny => "Denied",
    };
    step(
        intent.verdict,
        title,
        &html! {
            (reasons(&intent.reasons))
            dl class="facts" {
                @if let Some(code) = &intent.code { dt { "Code" } dd class="mono" { (code) } }
                @if let Some(sent) = &intent.sent_sha256 { dt { "Sent bytes" } dd class="mono" { (sent) @if *sent == intent.received_sha256 { span class="quiet" { " (unchanged)" } } } }
                @else { dt { "Sent bytes" } dd { "nothing was forwarded" } }
                dt { "Policy" } dd class="mono" { (intent.policy) }
                @if intent.attack_permille > 0 { dt { "Attack score" } dd { (format!("{:.3}", f64::from(intent.attack_permille) / 1000.0)) } }
            }
        },
    )
}

/// Rules that spoke, the deciding one first.
pub(crate) fn reasons(reasons: &[Reason]) -> Markup {
    html! {
        ul class="reasons" {
            @for reason in reasons {
                li {
                    p { (reason.text) }
                    p class="small quiet" {
                        a href=(format!("/policies/{}", query::escape(&reason.rule))) { (reason.rule) }
                        @if let Some(control) = &reason.control { ", " (control) }
                        @if reason.observed { ", observed only" }
                    }
                }
            }
        }
    }
}

fn outcome_step(outcome: &Outcome) -> Markup {
    let title = match outcome.verdict {
        Verdict::Allow => "Answered",
        Verdict::Redact => "Answered after matches were replaced",
        Verdict::Hold | Verdict::Deny => "The answer was cut",
    };
    step(
        outcome.verdict,
        title,
        &html! {
            (reasons(&outcome.reasons))
            dl class="facts" {
                dt { "Ended" } dd { (format::words(&outcome.end)) @if outcome.status > 0 { ", status " (outcome.status) } }
                dt { "Took" } dd {
                    (format::micros(outcome.duration_ms.saturating_mul(1000)))
                    @if let Some(ms) = outcome.first_byte_ms { ", first byte after " (format::micros(ms.saturating_mul(1000))) }
                }
                dt { "Volume" } dd {
                    (format::bytes(outcome.answer_bytes))
                    @if let Some(usage) = &outcome.usage { ", " (format::count(usage.input_tokens)) " tokens read, " (format::count(usage.output_tokens)) " written" }
                }
                @if let Some(model) = &outcome.model { dt { "Model used" } dd class="break" { (model) } }
                @if outcome.restored > 0 { dt { "Given back" } dd { (format::count(outcome.restored)) " of the caller's own values" } }
                @if !outcome.findings.is_empty() { dt { "Findings" } dd { (findings(&outcome.findings, &outcome.found)) } }
                dt { "Bytes to client" } dd class="mono" { (outcome.answer_sha256) }
            }
        },
    )
}

fn request(frame: &Frame, detail: &DecisionDetail) -> Markup {
    let row = &detail.row;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
    html! {
        dl class="facts" {
            dt { "When" } dd { (format::moment(row.at)) " UTC, " (format::ago(row.at, frame.now)) }
            dt { "Caller" } dd { @if let Some(caller) = &row.caller { a href=(query::address("/activity", &[("caller", caller)])) { (caller) } } @else { "not identified" } @if let Some(kind) = &row.caller_kind { " (" (kind) ")" } }
            dt { "Team" } dd { (text(&row.team)) }
            dt { "Access key" } dd class="mono" { (text(&row.key)) }
            dt { "Client" } dd { (text(&row.client)) }
            dt { "Route" } dd { (text(&row.route)) }
            dt { "Service" } dd { @if let Some(service) = &row.service { a href=(query::service(service)) { (service) } } @else { "no route matched" } }
            dt { "Status then" } dd { (row.service_status.as_deref().map(format::words).unwrap_or_default()) }
            dt { "Model" } dd { (text(&row.model)) }
            dt { "Judged in" } dd { (format::micros(row.judged_micros)) }
            @if let Some(tokens) = row.input_tokens { dt { "Tokens" } dd { (format::count(tokens)) " read, " (format::count(row.output_tokens.unwrap_or(0))) " written" } }
        }
    }
}

/// What was found by type, and each finding by itself as far as the record tells it.
fn findings(findings: &BTreeMap<String, u64>, found: &[Found]) -> Markup {
    if findings.is_empty() {
        return html! { p class="quiet" { "Nothing was found." } };
    }
    let told = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let more = findings.values().fold(0, |sum: u64, count| sum.saturating_add(*count)).saturating_sub(told);
    html! {
        ul class="chips" { @for (name, count) in findings { li { (badge::plain(&format!("{name} × {count}"))) } } }
        @if !found.is_empty() {
            ul class="reasons" {
                @for found in found { (one_finding(found)) }
                @if more > 0 { li { p class="small quiet" { "and " (format::count(more)) " more" } } }
            }
        }
    }
}

fn one_finding(found: &Found) -> Markup {
    let place = match found.place.as_str() {
        "" => "the body".to_owned(),
        "answer" => "the answer".to_owned(),
        "path" => "the path".to_owned(),
        "seam" => "texts that are read as one".to_owned(),
        pointer => pointer.to_owned(),
    };
    html! {
        li {
            p class="break" {
                strong { (found.kind) "/" wbr; (found.type_) } " in " span class="mono" { (place) } ", bytes " (found.start) " to " (found.end)
                @if let Some(tool) = &found.tool { ", the definition of " (tool) }
            }
            p class="small" { (found.why) }
            p class="small quiet break" {
                (found.rule) ", version " (found.rule_version) ", score " (format!("{:.3}", f64::from(found.score_permille) / 1000.0))
                @if found.view != "plain" { ", " (found.view) " text" }
                @if found.replaced { ", replaced" }
            }
        }
    }
}

fn records(detail: &DecisionDetail) -> Markup {
    html! {
        ul class="reasons" {
            @for record in &detail.seqs {
                li {
                    strong { "Record " (format::count(record.seq)) } " " (badge::plain(&record.kind))
                    p class="small quiet" { (record.origin) ", " (record.node) ", " (format::moment(record.at)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_opinions_are_shown_and_why_one_is_missing() {
        let shown = |opinion: &str, cause: Option<&str>| {
            let judge = JudgeSummary {
                opinion: opinion.to_owned(),
                cause: cause.map(str::to_owned),
                model: "guard-<1>".to_owned(),
                attack_permille: 412,
                texts: 2,
                remembered: 1,
                micros: 90_000,
            };
            judge_step(&judge).into_string()
        };
        for (opinion, cause, title) in [
            ("safe", None, "A judge model had no objection"),
            ("unsafe", None, "A judge model objected"),
            ("failed", Some("time_limit"), "No judge model gave an opinion"),
            ("a word of a later version", None, "No judge model gave an opinion"),
        ] {
            let page = shown(opinion, cause);
            for expected in [title, "guard-&lt;1&gt;", "attack score 0.412", "2 texts, 1 of them known"] {
                assert!(page.contains(expected), "`{expected}` in {page}");
            }
            assert_eq!(page.contains("Time limit"), cause.is_some());
        }
    }
    #[test]
    fn each_finding_says_where_it_stands_and_which_rule_made_it() {
        let found = Found {
            kind: "injection".to_owned(),
            type_: "INSTRUCTION_OVERRIDE".to_owned(),
            place: "/tools/0/function/description".to_owned(),
            start: 21,
            end: 53,
            score_permille: 987,
            rule: "injection.override".to_owned(),
            rule_version: "0a1b2c3d".to_owned(),
            why: "tells the model to drop its <instructions>".to_owned(),
            view: "decoded".to_owned(),
            tool: Some("fact".to_owned()),
            replaced: false,
        };
        let counts = BTreeMap::from([("injection/INSTRUCTION_OVERRIDE".to_owned(), 3)]);
        let page = findings(&counts, &[found]).into_string();
        for expected in [
            "/tools/0/function/description",
            "bytes 21 to 53",
            "the definition of fact",
            "drop its &lt;instructions&gt;",
            "injection.override, version 0a1b2c3d, score 0.987, decoded text",
            "and 2 more",
        ] {
            assert!(page.contains(expected), "`{expected}` in {page}");
        }
        assert!(findings(&BTreeMap::new(), &[]).into_string().contains("Nothing was found."));
    }
}
