//! Values that no word announces, beside what belongs to the same person: `Ana Kos: 01 234 5678`, `ana@example.org /
//! 01 234 5678`, `Ana Kos (12.3.1961)`.

use super::labels::is_bare_between;
use super::titles::has_titles;
use super::{Data, Datum};
use std::borrow::Cow;
use std::ops::Range;

/// What a value would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// A number written as one dials it.
    Phone,
    /// A date of a year in which adults were born.
    Birth,
}

/// Signs and tags between two cells.
const GAP_BYTES_MAX: usize = 32;

/// Reports those that stand beside a person or an address, once these are known.
pub(super) fn scan(text: &str, data: &mut Data) {
    for (span, what) in std::mem::take(&mut data.unsaid) {
        let datum = match what {
            Unsaid::Phone if reaches_someone(text, &span, data) => ("PHONE", "pii.phone"),
            Unsaid::Birth if belongs_to_a_name(text, &span, data) => ("DATE_OF_BIRTH", "pii.date-of-birth"),
            _ => continue,
        };
        if !data.taken(&span) {
            data.push(Datum { span, type_: datum.0, rule: Cow::Borrowed(datum.1), score: 0.8 });
        }
    }
}

fn reaches_someone(text: &str, span: &Range<usize>, data: &Data) -> bool {
    let before = data.last(span.start).is_some_and(|(end, type_)| {
        let gap = text.get(end..span.start).unwrap_or_default();
        match type_ {
            "EMAIL" | "PHONE" => parts_cells(gap),
            "PERSON" => parts_cells(gap) && !gap.contains('\n'),
            _ => false,
        }
    });
    before
        || data.next(span.end, GAP_BYTES_MAX).is_some_and(|(start, type_)| {
            type_ == "EMAIL" && text.get(span.end..start).is_some_and(|gap| parts_cells(gap) && !gap.contains('\n'))
        })
}

/// Signs alone, more than a space: `, `, ` / `, `</td><td>`.
fn parts_cells(gap: &str) -> bool {
    (1..=GAP_BYTES_MAX).contains(&gap.len())
        && is_bare_between(gap)
        && !gap.trim_matches(' ').is_empty()
        && gap.matches('\n').count() <= 1
        && !gap.contains(['.', '=', '+', '#', '!', '?'])
}

/// In brackets behind a name, between dashes of a list, or in a row without titles between a name and what only persons
/// have.
fn belongs_to_a_name(text: &str, span: &Range<usize>, data: &Data) -> bool {
    let Some((end, "PERSON")) = data.last(span.start) else { return false };
    let behind = text.get(span.end..).unwrap_or_default();
    let gap = text.get(end..span.start).unwrap_or_default();
    match gap {
        " (" => behind.starts_with([')', ',', ';']),
        " – " | " — " | " - " | " | " => behind.starts_with([' ', '\n', '\r']) || behind.is_empty(),
        ";" | "," | "\t" | "|" => {
            let next = data.next(span.end, gap.len() + 1).filter(|(start, _)| *start == span.end + gap.len());
            behind.starts_with(gap)
                && next.is_some_and(|(_, type_)| matches!(type_, "EMAIL" | "PHONE" | "IBAN" | "NATIONAL_ID"))
                && !has_titles(text, span.start)
        }
        _ => false,
    }
}
