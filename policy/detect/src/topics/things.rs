//! What other detectors found in the text, so that each question about a place takes few steps however much was found.

use gnomon_types::finding::{Finding, FindingKind};
use std::ops::Range;

/// Findings that topics ask for.
pub(super) struct Things {
    names: Spans,
    /// What names a person.
    persons: Spans,
    accounts: Spans,
}

impl Things {
    pub(super) fn of(found: &[Finding]) -> Self {
        let data = |wanted: &[&str]| {
            let all = found.iter().filter(|finding| finding.kind == FindingKind::Pii);
            Spans::new(all.filter(|finding| wanted.contains(&&*finding.type_)))
        };
        Self {
            names: Spans::new(found.iter().filter(|finding| finding.type_ == "PERSON")),
            persons: data(&["PERSON", "NATIONAL_ID", "DATE_OF_BIRTH"]),
            accounts: data(&["IBAN", "CREDIT_CARD"]),
        }
    }

    /// Whether a place lies within somebody's name.
    pub(super) fn name_at(&self, place: &Range<usize>) -> bool {
        self.names.furthest(place.start + 1) >= place.end
    }

    pub(super) fn person_in(&self, place: &Range<usize>) -> bool {
        self.persons.furthest(place.end) > place.start
    }

    pub(super) fn account_in(&self, place: &Range<usize>) -> bool {
        self.accounts.furthest(place.end) > place.start
    }
}

/// Spans by their starts, each with the furthest end of all up to it.
struct Spans(Vec<(usize, usize)>);

impl Spans {
    fn new<'f>(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut spans: Vec<(usize, usize)> = findings.map(|finding| (finding.start, finding.end)).collect();
        spans.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut spans {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        Self(spans)
    }

    /// The furthest end of those that start before a place.
    fn furthest(&self, place: usize) -> usize {
        let before = self.0.partition_point(|(start, _)| *start < place);
        before.checked_sub(1).and_then(|last| self.0.get(last)).map_or(0, |(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::finding::View;

    fn finding(type_: &'static str, span: Range<usize>) -> Finding {
        Finding {
            kind: FindingKind::Pii,
            type_: type_.into(),
            start: span.start,
            end: span.end,
            score: 0.8,
            rule: "pii".into(),
            view: View::Plain,
        }
    }

    #[test]
    fn the_same_answers_as_asking_every_finding() {
        let spans = [4..9, 20..22, 5..6, 12..30, 21..22, 40..41];
        let found: Vec<Finding> = spans.iter().map(|span| finding("PERSON", span.clone())).collect();
        let things = Things::of(&found);
        for start in 0..45 {
            for end in start + 1..45 {
                let place = start..end;
                let holds = spans.iter().any(|span| span.start <= start && end <= span.end);
                let touches = spans.iter().any(|span| span.start < end && start < span.end);
                assert_eq!((things.name_at(&place), things.person_in(&place)), (holds, touches), "{place:?}");
                assert!(!things.account_in(&place));
            }
        }
    }
}
