//! The obligations, and the queries behind their figures.

use super::{number, tone};
use crate::statement::{LawFacts, QueryResult, Row, Statement};
use maud::{Markup, html};

/// Facts shown per query; all are in `rows.json`.
const FACTS_MAX: usize = 14;

pub(super) fn section(statement: &Statement) -> Markup {
    html! {
        section #obligations aria-labelledby="obligations-title" {
            h2 #obligations-title { "Obligations" }
            p.quiet {
                "“Records” counts different records of the window that match one of the row's queries, or a policy rule that "
                "names the obligation."
            }
            @for law in &statement.laws { (table(law, statement)) }
        }
    }
}

fn table(law: &LawFacts, statement: &Statement) -> Markup {
    html! {
        h3 { (law.name) }
        div.scroll {
            table.obligations {
                thead {
                    tr {
                        th scope="col" { "Obligation" }
                        th scope="col" { "Status" }
                        th.num scope="col" { "Records" }
                        th scope="col" { "What there is, and what there is not" }
                    }
                }
                tbody { @for row in statement.rows.iter().filter(|row| row.framework == law.framework) { (obligation(row)) } }
            }
        }
    }
}

fn obligation(row: &Row) -> Markup {
    html! {
        tr data-row=(row.id) {
            th scope="row" {
                span.reference { (row.reference) }
                span.requirement { (sentence(&row.requirement)) }
                @if !row.who.is_empty() { span.owed { "Owed by: " (row.who) } }
            }
            td {
                span.badge.(tone(row.status)) { (row.status.label()) }
                span.applies {
                    @if row.applies { "applies since " } @else { "applies from " }
                    span.nowrap { (row.applies_from) }
                    @if !row.applies_note.is_empty() { ": " (row.applies_note) }
                }
            }
            td.num { (number(row.count)) }
            td {
                p { (sentence(&row.remark)) }
                @if !row.person.is_empty() { p { b { "A person adds: " } (row.person) } }
                @if !row.limits.is_empty() { p { b { "Not shown here: " } (row.limits) } }
                @if row.named_by_rules > 0 { p { b { "Policy rules that name it: " } "in " (number(row.named_by_rules)) " records" } }
                @if !row.queries.is_empty() {
                    p.asked { @for query in &row.queries { a href=(format!("#{query}")) { (query) } " " } }
                }
            }
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

pub(super) fn queries(statement: &Statement) -> Markup {
    let (answered, unanswered): (Vec<_>, Vec<_>) = statement.queries.iter().partition(|query| query.answerable);
    html! {
        section #queries aria-labelledby="queries-title" {
            h2 #queries-title { "Queries" }
            p.quiet {
                "Each query looks at one record at a time and counts those of the window that match. The places of all "
                "matching records are in rows.json."
            }
            div.scroll {
                table {
                    thead { tr { th scope="col" { "Query" } th.num scope="col" { "Records" } th scope="col" { "Figures" } } }
                    tbody { @for query in answered { (answered_row(query)) } }
                }
            }
            h3 { "Questions that these records cannot answer" }
            dl.facts.blind {
                @for query in unanswered { div #(query.id) { dt { (query.text) } dd { (query.why_not) } } }
            }
        }
    }
}

fn answered_row(query: &QueryResult) -> Markup {
    let more = query.facts.len().saturating_sub(FACTS_MAX);
    html! {
        tr #(query.id) {
            th scope="row" { code { (query.id) } span.requirement { (query.text) } }
            td.num { (number(query.count)) }
            td {
                ul.chips {
                    @for (name, n) in query.facts.iter().take(FACTS_MAX) { li { (name.replace('_', " ")) " " b { (number(*n)) } } }
                    @if more > 0 { li.quiet { "and " (more) " more in rows.json" } }
                }
            }
        }
    }
}
