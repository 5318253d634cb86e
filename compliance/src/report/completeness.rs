//! Gaps and blind spots: what the log says about what it does not hold.

use super::{moment, number};
use crate::statement::{Completeness, RunFacts, Statement};
use maud::{Markup, html};

pub(super) fn section(statement: &Statement) -> Markup {
    let found = &statement.completeness;
    html! {
        section #gaps aria-labelledby="gaps-title" {
            h2 #gaps-title { "Gaps and blind spots" }
            (orphans(found))
            (gaps(found))
            (runs(found))
            @if found.unreadable > 0 {
                p { strong { (number(found.unreadable)) } " records are of a kind that this program does not know; they are under the checkpoint and were not counted." }
            }
            h3 { "What no record can tell" }
            ul.plain {
                li { "Use of AI that does not pass this gateway. Imported network logs show a part of it; they are not records of this log." }
                li { "What happens inside a vendor's systems." }
                li { "Parts of requests that are not text: they are counted, not inspected." }
            }
        }
    }
}

fn orphans(found: &Completeness) -> Markup {
    let listed: Vec<String> = found.orphans.iter().take(40).map(u64::to_string).collect();
    html! {
        h3 { "Forwarded requests without an outcome" }
        @if found.orphan_intents == 0 {
            p { "None: each request that was forwarded in the window has its outcome in the log." }
        } @else {
            p {
                strong { (if found.orphans_exact { "" } else { "at least " }) (number(found.orphan_intents)) }
                ": under way when the checkpoint was signed, or lost with a crash. Places: " code { (listed.join(", ")) }
                @if found.orphan_intents > 40 { " and more in rows.json" } "."
            }
        }
    }
}

fn gaps(found: &Completeness) -> Markup {
    html! {
        h3 { "Recorded gaps" }
        @if found.gaps.is_empty() {
            p { "None in the window." }
        } @else {
            div.scroll {
                table {
                    thead { tr { th scope="col" { "Place" } th scope="col" { "From" } th scope="col" { "Until" } th scope="col" { "Cause" } th.num scope="col" { "Requests refused" } } }
                    tbody {
                        @for gap in &found.gaps {
                            tr { td { (gap.seq) } td { (moment(gap.from)) } td { (moment(gap.until)) } td { (gap.cause.replace('_', " ")) } td.num { (number(gap.refused)) } }
                        }
                    }
                }
            }
            @if found.gap_count > found.gaps.len() as u64 { p.quiet { (number(found.gap_count)) " in all; the first are listed." } }
        }
    }
}

fn runs(found: &Completeness) -> Markup {
    html! {
        h3 { "The gateway's own counters" }
        p.quiet {
            "A gateway counts a record once it is durable and writes its counters at start, every minute and at stop. Before a "
            "heartbeat the log must hold at least as many records as were counted; fewer means that records are gone."
        }
        @if found.runs.is_empty() {
            p { "No run of a gateway has a heartbeat in the window, so there is nothing to hold the records against." }
        } @else {
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Node" } th scope="col" { "Places" } th scope="col" { "Ended" }
                            th.num scope="col" { "Requests" } th.num scope="col" { "Decisions counted" } th.num scope="col" { "in the log" }
                            th.num scope="col" { "Outcomes counted" } th.num scope="col" { "in the log" } th.num scope="col" { "Missing" }
                        }
                    }
                    tbody { @for run in &found.runs { (run_row(run)) } }
                }
            }
            @if found.runs_omitted > 0 { p.quiet { (number(found.runs_omitted)) " earlier runs are not listed." } }
        }
    }
}

fn run_row(run: &RunFacts) -> Markup {
    html! {
        tr {
            th scope="row" { (run.node) }
            td { (run.first) " to " (run.last) }
            td { @if run.stopped { "by a stop" } @else { "no stop recorded" } }
            td.num { (number(run.accepted)) }
            td.num { (number(run.intents_counted)) } td.num { (number(run.intents_found)) }
            td.num { (number(run.outcomes_counted)) } td.num { (number(run.outcomes_found)) }
            td.num { @if run.missing > 0 { strong.bad { (number(run.missing)) } } @else { "0" } }
        }
    }
}
