//! Runs the patterns of rules in windows around their literals.

use crate::literals::Hit;
use crate::rule::Rule;
use regex::{Captures, Match, Regex};
use std::ops::Range;

/// The longest credential that is taken as a whole: tokens with claims about groups reach ten thousand bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Compiles an expression with its word edges taken as ASCII ones: the fast engines cannot look at others in text
/// that is not ASCII.
pub(crate) fn compile(expression: &str) -> Result<Regex, regex::Error> {
    Regex::new(&expression.replace(r"\b", r"(?-u:\b)"))
}

/// The windows of one rule's hits, merged where they touch, on character boundaries.
pub(crate) fn windows(text: &str, hits: &[Hit], before: usize, after: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        let start = floor(text, hit.start.saturating_sub(before));
        let end = ceil(text, hit.end.saturating_add(after).min(text.len()));
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => windows.push(start..end),
        }
    }
    windows
}

/// Calls `take` with the value span of each match of the rule within the window. `take` says whether it accepted the
/// value; after a refusal the search goes on one character further, so that a longer wrong match hides no right one.
pub(crate) fn each_match(text: &str, rule: &Rule, window: &Range<usize>, take: &mut dyn FnMut(Range<usize>) -> bool) {
    let mut at = window.start;
    let mut end = window.end;
    // A refused match costs a step of one character; behind the cap, one of the match.
    let mut refusals_left = 256_usize;
    while at <= end {
        let Some(slice) = text.get(..end) else { return };
        let Some(captures) = rule.regex.captures_at(slice, at) else {
            return;
        };
        let (Some(whole), Some(value)) = (captures.get(0), value_of(&captures)) else {
            return;
        };
        if whole.end() == end && end < text.len() && end < window.end.saturating_add(TOKEN_BYTES_MAX) {
            // The window cut the match: look further before believing its end.
            end = ceil(text, end.saturating_add(512).min(text.len()));
            continue;
        }
        if take(value.range()) {
            at = whole.end().max(whole.start() + 1);
        } else {
            refusals_left = refusals_left.saturating_sub(1);
            at = if refusals_left > 0 { value.start().max(at) + 1 } else { whole.end().max(at + 1) };
        }
        at = ceil(text, at);
    }
}

/// Calls `take` with the value span if the rule matches exactly here.
pub(crate) fn match_at(text: &str, rule: &Rule, at: usize, take: &mut dyn FnMut(Range<usize>) -> bool) {
    let near = ceil(text, at.saturating_add(rule.after).min(text.len()));
    let far = ceil(text, at.saturating_add(TOKEN_BYTES_MAX).min(text.len()));
    for end in [near, far] {
        // A long token may need more text than the rule usually looks at before it matches at all.
        let Some(captures) = text.get(at..end).and_then(|slice| rule.regex.captures(slice)) else { continue };
        let (Some(whole), Some(value)) = (captures.get(0), value_of(&captures)) else {
            return;
        };
        // Where the slice cut the match, only the longer one tells its end.
        if at + whole.end() < end || end == far {
            take(at + value.start()..at + value.end());
            return;
        }
    }
}

/// The first group that took part, else the whole match.
fn value_of<'t>(captures: &Captures<'t>) -> Option<Match<'t>> {
    captures.iter().skip(1).flatten().next().or_else(|| captures.get(0))
}

/// The last character boundary at or before `at`.
pub(crate) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first character boundary at or behind `at`.
pub(crate) fn ceil(text: &str, at: usize) -> usize {
    let mut at = at;
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The character before a place.
pub(crate) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at).and_then(|head| head.chars().next_back())
}

/// The character behind a place.
pub(crate) fn char_after(text: &str, at: usize) -> Option<char> {
    text.get(at..).and_then(|tail| tail.chars().next())
}

/// The text before a place, at most `bytes` long.
pub(crate) fn before(text: &str, at: usize, bytes: usize) -> &str {
    let start = ceil(text, at.saturating_sub(bytes));
    text.get(start..at).unwrap_or_default()
}

/// The text behind a place, at most `bytes` long.
pub(crate) fn after(text: &str, at: usize, bytes: usize) -> &str {
    text.get(at..floor(text, at.saturating_add(bytes))).unwrap_or_default()
}
