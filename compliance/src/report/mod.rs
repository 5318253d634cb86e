//! The report for people: one HTML page that needs nothing else, reads well on paper, and runs no script.
//!
//! Everything on it comes from the statement. The verifier draws it again and compares every byte.

mod completeness;
mod rows;
mod samples;

use crate::pack::{OSCAL, README, ROWS};
use crate::statement::{Statement, Status};
use gnomon_types::time::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// The mark of the house: a gnomon and its shadow.
const MARK: &str = r#"<svg viewBox="0 0 24 24" width="34" height="34" aria-hidden="true"><circle class="sun" cx="17.5" cy="6" r="3.2"/><path class="blade" d="M4 20 12 6l2.6 14z"/><path class="shade" d="M4 20h10.6L2 22.5z"/></svg>"#;

/// Renders the page.
pub(crate) fn render(statement: &Statement) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Evidence pack: " (statement.log.origin) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#obligations" { "Skip to the obligations" }
                (masthead(statement))
                main {
                    (summary(statement))
                    (scope(statement))
                    (laws(statement))
                    (rows::section(statement))
                    (completeness::section(statement))
                    (samples::section(statement))
                    (rows::queries(statement))
                    (how_to_verify(statement))
                }
                (footer(statement))
            }
        }
    };
    page.into_string()
}

fn masthead(statement: &Statement) -> Markup {
    let names: Vec<&str> = statement.laws.iter().map(|law| law.name.as_str()).collect();
    let window = &statement.made.window;
    html! {
        header.masthead {
            div.brand { (PreEscaped(MARK)) span { "Gnomon" } }
            h1 { "Evidence pack" }
            p.lead { (names.join(" and ")) }
            dl.head {
                div { dt { "Log" } dd { code { (statement.log.origin) } } }
                div { dt { "Window" } dd { (beginning(statement)) " to " span.nowrap { (moment(window.until)) } } }
                div { dt { "Made" } dd { (moment(statement.made.at)) " with " (statement.made.tool) } }
            }
        }
    }
}

fn summary(statement: &Statement) -> Markup {
    let count = |status: Status| statement.rows.iter().filter(|row| row.status == status).count();
    let span = &statement.log.span;
    html! {
        section #summary aria-labelledby="summary-title" {
            h2 #summary-title { "At a glance" }
            div.tiles {
                @for status in Status::ALL {
                    div.tile.(tone(status)) {
                        span.figure { (count(status)) }
                        span.name { (status.label()) }
                        span.note { (meaning(status)) }
                    }
                }
            }
            p {
                "This pack says what the records of a gateway show for " (statement.rows.len()) " obligations, and what they "
                "do not show. It does not say that a law is complied with: that is for people to judge. It counts "
                strong { (number(span.window_records)) } " records of the window out of "
                strong { (number(statement.log.size)) } " under the signed checkpoint. "
                (findings_line(statement))
            }
        }
    }
}

fn findings_line(statement: &Statement) -> String {
    let found = &statement.completeness;
    let missing: u64 = found.runs.iter().map(|run| run.missing).sum();
    format!(
        "Recorded gaps: {}. Forwarded requests without an outcome: {}. Records that the gateway counted and the log does not hold: {missing}.",
        found.gap_count, found.orphan_intents
    )
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::EvidencePresent => "The records that it asks for are in this pack.",
        Status::EvidenceMissing => "It asks for records that are not there.",
        Status::NeedsAPerson => "Records may support it; a person has the last word.",
        Status::CannotBeEvidencedHere => "These records hold nothing on it.",
    }
}

fn scope(statement: &Statement) -> Markup {
    let (log, span) = (&statement.log, &statement.log.span);
    html! {
        section #scope aria-labelledby="scope-title" {
            h2 #scope-title { "What it covers" }
            dl.facts {
                div { dt { "Records in the pack" } dd { (number(log.size)) ", places 0 to " (log.size.saturating_sub(1)) } }
                div { dt { "Records in the window" } dd { (number(span.window_records)) (places(span.window_first, span.window_last)) } }
                div { dt { "Oldest and newest record" } dd { (optional(span.oldest)) " and " (optional(span.newest)) } }
                div { dt { "Signed root" } dd { code { (log.root) } } }
                div { dt { "Key of the log" } dd { code { (log.vkey) } } }
                div { dt { "SHA-256 of records.ndjson" } dd { code { (log.records_sha256) } " (" (number(log.records_bytes)) " bytes)" } }
            }
            p.quiet {
                "The pack holds every record under the checkpoint, also those outside the window, so that anybody can compute "
                "the root again. Records that were written after the checkpoint was signed are not part of it. The window "
                "begins with its first moment and ends before its last."
            }
        }
    }
}

fn laws(statement: &Statement) -> Markup {
    html! {
        section #laws aria-labelledby="laws-title" {
            h2 #laws-title { "Laws and versions" }
            div.scroll {
                table {
                    thead { tr { th scope="col" { "Law" } th scope="col" { "Acts" } th scope="col" { "Version" } th scope="col" { "Catalogue" } } }
                    tbody {
                        @for law in &statement.laws {
                            tr {
                                th.nowrap scope="row" { (law.name) }
                                td { (law.law) br; span.quiet.break { (law.source) } }
                                td { (law.version) }
                                td.nowrap { "state of " (law.as_of) br; code.quiet { (law.catalogue_sha256.to_string().chars().take(12).collect::<String>()) "…" } }
                            }
                        }
                    }
                }
            }
            p.quiet { "The requirements are short forms in our own words, not the legal text, and not legal advice." }
        }
    }
}

fn how_to_verify(statement: &Statement) -> Markup {
    html! {
        section #verify aria-labelledby="verify-title" {
            h2 #verify-title { "How to check this yourself" }
            ol.steps {
                li { "Compare the key above with one that you got from somewhere else than this pack." }
                li { "Check everything with one command: " code { "gnomon evidence verify PACK --vkey KEY" } ". It checks signature, tree and records, then makes each figure, this page and the OSCAL document again from the records." }
                li { "Or use programs that others wrote: pymerkle computes the root from " code { "records.ndjson" } ", openssl checks the signature, @transmute/rfc9162 the inclusion of single records, compliance-trestle the OSCAL document. " a href=(README) { (README) } " has the exact commands." }
                li { "Draw the samples again: the rule is in " code { (README) } ". The root was fixed before anything was drawn." }
            }
            p { "The same figures for programs: " a href=(ROWS) { (ROWS) } ", " a href=(OSCAL) { (OSCAL) } "." }
            p.quiet {
                "Integrity is not truth. The records show what passed the gateway, not what went past it. Awareness, "
                "classification, causality, competence and fairness stay with people. Whoever holds the log's key could write "
                "another log from the start; a checkpoint that you kept, or a witness, rules that out. This pack was made by "
                (statement.made.tool) "."
            }
        }
    }
}

fn footer(statement: &Statement) -> Markup {
    html! { footer { p { "Evidence pack of " (statement.log.origin) ", root " code { (statement.log.root) } } } }
}

/// The colour of a status. The words stand beside it everywhere.
fn tone(status: Status) -> &'static str {
    match status {
        Status::EvidencePresent => "present",
        Status::EvidenceMissing => "missing",
        Status::NeedsAPerson => "person",
        Status::CannotBeEvidencedHere => "none",
    }
}

fn places(first: Option<u64>, last: Option<u64>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first == last => format!(", place {first}"),
        (Some(first), Some(last)) => format!(", places {first} to {last}"),
        _ => String::new(),
    }
}

/// Where the window begins; a window that is open at its start begins with the log.
fn beginning(statement: &Statement) -> String {
    let from = statement.made.window.from;
    if from.as_millis() == 0 { "the beginning of the log".to_owned() } else { moment(from) }
}

fn optional(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "none".to_owned(), moment)
}

/// `2026-11-23 09:30:00 UTC`.
fn moment(time: Timestamp) -> String {
    let text = time.to_string().replacen('T', " ", 1);
    let whole = text.split('.').next().unwrap_or_default();
    format!("{whole} UTC")
}

/// Digits in groups of three, with thin spaces.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_moments_read_well() {
        assert_eq!(number(7), "7");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(moment(Timestamp::from_millis(1_795_000_000_007)), "2026-11-18 11:06:40 UTC");
    }

    #[test]
    fn the_style_loads_nothing_from_elsewhere() {
        for word in ["http", "url(", "@import", "</style"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
