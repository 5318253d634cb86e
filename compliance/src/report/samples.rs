//! The records that were drawn.

use super::moment;
use crate::statement::{Sample, Statement};
use maud::{Markup, html};

pub(super) fn section(statement: &Statement) -> Markup {
    let mut groups: Vec<(&str, Vec<&Sample>)> = Vec::new();
    for sample in &statement.samples {
        match groups.last_mut() {
            Some((query, drawn)) if *query == sample.query => drawn.push(sample),
            _ => groups.push((&sample.query, vec![sample])),
        }
    }
    html! {
        section #samples aria-labelledby="samples-title" {
            h2 #samples-title { "Samples" }
            p.quiet {
                "Up to " (crate::queries::SAMPLE_SIZE) " records per query, drawn by a hash over the query, the signed root and the "
                "place of the record, so that nobody can choose them and everybody can draw them again. Each comes with its "
                "bytes and a C2SP inclusion proof."
            }
            @if groups.is_empty() { p { "No record of the window matched, so nothing was drawn." } }
            @else {
                div.scroll {
                    table.samples {
                        thead { tr { th scope="col" { "Query" } th scope="col" { "Place, kind and time" } } }
                        tbody { @for (query, drawn) in &groups { (group(query, drawn)) } }
                    }
                }
            }
        }
    }
}

fn group(query: &str, drawn: &[&Sample]) -> Markup {
    html! {
        tr {
            th scope="row" { code { (query) } }
            td {
                ul.drawn {
                    @for sample in drawn {
                        li {
                            a href=(sample.record) { "record " (sample.seq) }
                            " " (sample.kind) " "
                            @if let Some(at) = sample.at { span.quiet { (moment(at)) } }
                            " " a href=(sample.proof) { "proof" }
                        }
                    }
                }
            }
        }
    }
}
