//! Replaces findings by tokens such as `<EMAIL_1>`.

use crate::tokens::Tokens;
use gnomon_types::finding::Finding;
use std::ops::Range;

/// Values shorter than this are replaced only where a detector saw them: elsewhere they may mean something else.
const REPEAT_BYTES_MIN: usize = 8;

/// The text with every finding replaced by its token, and every further occurrence of a found value too.
/// Overlapping findings become one token of the first one's type.
#[must_use]
pub fn redact(text: &str, findings: &[Finding], tokens: &mut Tokens) -> String {
    let mut spans: Vec<(Range<usize>, &str)> = findings
        .iter()
        .filter(|f| f.start < f.end && text.get(f.start..f.end).is_some())
        .map(|f| (f.start..f.end, f.type_.as_ref()))
        .collect();
    spans.extend(repeats(text, &spans));
    spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut joined: Vec<(Range<usize>, &str)> = Vec::with_capacity(spans.len());
    for (range, type_) in spans {
        match joined.last_mut() {
            Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push((range, type_)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, type_) in joined {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&tokens.token(type_, text.get(range.clone()).unwrap_or_default()));
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Other places of the found values.
fn repeats<'a>(text: &str, spans: &[(Range<usize>, &'a str)]) -> Vec<(Range<usize>, &'a str)> {
    let mut values: Vec<(&str, &'a str)> = spans
        .iter()
        .filter_map(|(range, type_)| text.get(range.clone()).map(|value| (value, *type_)))
        .filter(|(value, _)| value.len() >= REPEAT_BYTES_MIN)
        .collect();
    values.sort_unstable();
    values.dedup();
    let mut found = Vec::new();
    for (value, type_) in values.into_iter().take(256) {
        found.extend(text.match_indices(value).map(|(at, _)| (at..at + value.len(), type_)));
    }
    found
}
