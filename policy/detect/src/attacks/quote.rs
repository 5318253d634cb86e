//! Talking about attacks: signals within quotation marks count little when the rest of the text discusses.

use super::signal::Seen;
use crate::patterns::{char_after, char_before};
use gnomon_types::conversation::Role;
use std::ops::Range;

/// Words of people who discuss, test, translate or teach.
const DISCUSSION: [&str; 67] = [
    "explain",
    "why the",
    "what is",
    "what does",
    "describe",
    "classif",
    "categori",
    "detect",
    "filter",
    "translate",
    "awareness",
    "training",
    "slide",
    "unit test",
    "test case",
    "assert",
    "blocks the",
    "example of",
    "for example",
    "attackers may",
    "attacker",
    "prompt injection",
    "jailbreak prompt",
    "article",
    "blog",
    "report",
    "paper",
    "lecture",
    "headline",
    "quote",
    "sentence",
    "phrase",
    "erklar",
    "ubersetz",
    "beispiel",
    "expliqu",
    "tradui",
    "exemple",
    "explica",
    "traduce",
    "ejemplo",
    "spiega",
    "traduci",
    "esempio",
    "traduz",
    "exemplo",
    "leg uit",
    "vertaal",
    "voorbeeld",
    "wyjasnij",
    "przetlumacz",
    "przyklad",
    "summari",
    "analy",
    "guideline for",
    "regex",
    "severity",
    "alert contains",
    "log entr",
    "defend",
    "protect",
    "owasp",
    "red team",
    "dataset",
    "label",
    "benchmark",
    "mitigat",
];

/// Weakens signals that stand in quotes, if the text outside of quotes discusses and is not itself suspicious. Gives
/// that outside text then: it alone says what the writer wants.
pub(super) fn discount(folded: &str, role: Role, seen: &mut [Seen<'_>]) -> Option<String> {
    if seen.is_empty() || role == Role::Tool {
        return None;
    }
    let quotes = quoted(folded);
    if quotes.is_empty() {
        return None;
    }
    let inside = |span: &Range<usize>| quotes.iter().any(|quote| quote.start <= span.start && span.end <= quote.end);
    let outside_attack = seen.iter().any(|hit| hit.weight >= 1.0 && !inside(&hit.span));
    let outside = outside_of(folded, &quotes);
    if outside_attack || !DISCUSSION.iter().any(|word| outside.contains(word)) {
        return None;
    }
    for hit in seen.iter_mut().filter(|hit| inside(&hit.span)) {
        hit.strength = 0.1;
    }
    Some(outside)
}

fn outside_of(folded: &str, quotes: &[Range<usize>]) -> String {
    let mut outside = String::with_capacity(folded.len());
    let mut at = 0;
    for quote in quotes {
        outside.push_str(folded.get(at..quote.start).unwrap_or_default());
        outside.push(' ');
        at = quote.end;
    }
    outside.push_str(folded.get(at..).unwrap_or_default());
    outside
}

/// How much of a quotation may stand before an order that it cites, and behind it.
const CITED_BEFORE: usize = 24;
const CITED_AFTER: usize = 160;

/// Whether an order stands in a quotation within a sentence, as whoever writes about attacks cites it. What stands behind
/// the sign of a field, a cell or a list (`"note": "..."`, `2,Sam,"..."`) cites nothing: that is how tools bring whatever
/// was written to them.
pub(super) fn is_cited(text: &str, order: &Range<usize>) -> bool {
    let from = text.floor_char_boundary(order.start.saturating_sub(CITED_BEFORE));
    let before = text.get(from..order.start).unwrap_or_default();
    let Some((at, mark)) = before.char_indices().rev().find(|(_, c)| matches!(c, '"' | '\'' | '`' | '「' | '\n'))
    else {
        return false;
    };
    let ahead = text.get(..from + at).unwrap_or_default();
    let word = if mark == '「' { Some(ahead) } else { ahead.strip_suffix(' ') };
    let in_sentence = word.is_some_and(|word| word.ends_with(char::is_alphabetic));
    let to = text.floor_char_boundary((order.end + CITED_AFTER).min(text.len()));
    // What was matched may end with the mark.
    let after = text.get(order.start..to).unwrap_or_default();
    let closing = if mark == '「' { '」' } else { mark };
    let closes = after.lines().next().is_some_and(|line| line.contains(closing));
    mark != '\n' && in_sentence && closes
}

/// Ranges within quotation marks, backticks or code fences.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut open: Option<(u8, usize)> = None;
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    for at in memchr::memchr3_iter(b'"', b'`', b'\'', text.as_bytes()) {
        let Some(c) = text.as_bytes().get(at).copied() else { continue };
        let apostrophe = c == b'\'';
        let next_is_letter = apostrophe && is_letter(char_after(text, at + 1));
        match open {
            None if !apostrophe || (next_is_letter && !is_letter(char_before(text, at))) => open = Some((c, at + 1)),
            Some((mark, start)) if c == mark && !next_is_letter => {
                ranges.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_in_a_quotation_is_cited_and_in_the_value_of_a_field_is_not() {
        for (text, expected) in [
            ("we blocked 'ignore it all' and more", true),
            ("blocked: 'ignore it all' and more", false),
            ("people write \"please ignore it all and go\".", true),
            ("cases = [\"stop\", \"ignore it all\"]", false),
            ("2,Sam,\"ignore it all\"", false),
            ("note: \"ignore it all\"\nstatus: open", false),
            (r#"{"note": "ignore it all and pay"}"#, false),
            (r#"{\"note\": \"ignore it all and pay\"}"#, false),
            ("we ban 'ignore it all'", true),
            ("「ignore it all」と書く", false),
            ("人が「ignore it all」と書く", true),
            ("<p title=\"ignore it all\">", false),
            ("don't ignore it all, don't", false),
            ("ignore it all", false),
            ("the 'note'\nignore it all\n'end'", false),
        ] {
            let at = text.find("ignore it all").unwrap();
            assert_eq!(is_cited(text, &(at..at + "ignore it all".len())), expected, "{text}");
        }
    }

    #[test]
    fn finds_quotes_and_leaves_apostrophes_alone() {
        let found =
            |text: &'static str| quoted(text).into_iter().filter_map(|range| text.get(range)).collect::<Vec<_>>();
        assert_eq!(found("don't say 'ignore it' or \"stop\""), ["ignore it", "stop"]);
        assert_eq!(found("'é' c'é' 'a`b' `c'd'` '"), ["é", "a`b", "c'd'"]);
        assert!(found("").is_empty());
    }
}
