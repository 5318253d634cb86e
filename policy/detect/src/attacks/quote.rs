//! Talking about attacks: signals within quotation marks count little when the rest of the text discusses.

use super::Marks;
use super::fold::is_dense;
use super::signal::Seen;
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::patterns::{char_after, char_before};
use crate::shape::Shape;
use std::ops::Range;

/// What a signal within a quotation still counts.
const QUOTED_STRENGTH: f32 = 0.1;

/// The text outside of its quotations, with blanks in their place, and what shows in it; none if nothing is quoted. In
/// a document that a tool brought only what is cited is quoted: the values of its fields are what somebody wrote to it.
pub(super) fn outside<'a>(folded: &Shape, tool: bool, seen: &[Seen<'a>]) -> Option<(String, Vec<Seen<'a>>)> {
    let quotes = quoted(folded, tool);
    // What begins in a quotation may end in the next.
    let inside = |span: &Range<usize>| {
        let place = quotes.partition_point(|quote| quote.end <= span.start);
        quotes.get(place).is_some_and(|quote| quote.start <= span.start)
    };
    if quotes.is_empty() {
        return None;
    }
    let weaken = |hit: &Seen<'a>| if inside(&hit.span) { hit.weakened(QUOTED_STRENGTH) } else { hit.clone() };
    Some((blanked(&folded.text, &quotes), seen.iter().map(weaken).collect()))
}

fn blanked(text: &str, quotes: &[Range<usize>]) -> String {
    let mut outside = String::with_capacity(text.len());
    let mut at = 0;
    for quote in quotes {
        outside.push_str(text.get(at..quote.start).unwrap_or_default());
        outside.extend(std::iter::repeat_n(' ', quote.len()));
        at = quote.end;
    }
    outside.push_str(text.get(at..).unwrap_or_default());
    outside
}

/// How much of a quotation may stand before an order that it cites, and behind it.
const CITED_BEFORE: usize = 24;
const CITED_AFTER: usize = 160;

/// Whether an order stands in a quotation within a sentence, as whoever writes about attacks cites it: behind a word, before
/// one, or between typographic marks. What stands behind the sign of a field, a cell or a list (`"note": "..."`,
/// `2,Sam,"..."`) cites nothing: that is how tools bring whatever was written to them.
pub(super) fn is_cited(folded: &Shape, marks: Marks, order: &Range<usize>) -> bool {
    let text = folded.text.as_str();
    let from = text.floor_char_boundary(order.start.saturating_sub(CITED_BEFORE));
    let before = text.get(from..order.start).unwrap_or_default();
    let Some((at, mark)) = before.char_indices().rev().find(|(_, c)| matches!(c, '"' | '\'' | '`' | '「' | '\n'))
    else {
        return false;
    };
    let ahead = text.get(..from + at).unwrap_or_default();
    let word = if mark == '「' { Some(ahead) } else { ahead.strip_suffix(' ') };
    let in_sentence = word.is_some_and(|word| word.ends_with(is_alphabetic));
    let to = text.floor_char_boundary((order.end + CITED_AFTER).min(text.len()));
    // What was matched may end with the mark.
    let after = text.get(order.start..to).unwrap_or_default();
    let closing = if mark == '「' { '」' } else { mark };
    let Some((_, behind)) = after.lines().next().and_then(|line| line.split_once(closing)) else { return false };
    let is_long = folded.origin(from + at..from + at + mark.len_utf8()).len() > 1;
    let typographic = is_long && mark.is_ascii() && marks == Marks::Written;
    let goes_on = mark == '"'
        && !ahead.trim_end().ends_with(['=', ':', ','])
        && behind.trim_start_matches(' ').starts_with(is_alphabetic);
    mark != '\n' && (in_sentence || typographic || goes_on)
}

/// Ranges within quotation marks, backticks or code fences.
fn quoted(folded: &Shape, tool: bool) -> Vec<Range<usize>> {
    let text = folded.text.as_str();
    let mut ranges = Vec::new();
    let mut open: Option<Open> = None;
    for (at, c) in text.char_indices() {
        // Within a string that a format holds, its own marks are no others.
        if c == '"' && char_before(text, at) == Some('\\') {
            continue;
        }
        match open {
            None => open = opened(folded, at, c),
            Some(Open { start, closing, cites }) if c == closing => {
                let apostrophe = c == '\'' && is_letter(char_after(text, at + 1));
                if !apostrophe {
                    ranges.extend(Some(start..at).filter(|_| cites || !tool));
                    open = None;
                }
            }
            // A mark that nothing closes within its paragraph, such as that of inches, quotes nothing.
            Some(Open { closing: '"' | '\'', .. }) if c == '\n' && char_before(text, at) == Some('\n') => open = None,
            Some(_) => {}
        }
    }
    ranges
}

/// A quotation that has begun.
struct Open {
    start: usize,
    closing: char,
    /// Whether it cites, even in a document of a tool.
    cites: bool,
}

fn opened(folded: &Shape, at: usize, mark: char) -> Option<Open> {
    let text = folded.text.as_str();
    let start = at + mark.len_utf8();
    let closing = match mark {
        '"' | '`' => mark,
        '\'' if is_letter(char_after(text, start)) && !is_letter(char_before(text, at)) => mark,
        '「' => '」',
        '『' => '』',
        _ => return None,
    };
    // Formats know only the plain marks.
    let typographic = closing != mark || mark == '`' || folded.origin(at..start).len() > 1;
    let ahead = text.get(..at).unwrap_or_default();
    Some(Open { start, closing, cites: typographic || in_sentence(ahead) || in_list(ahead) })
}

fn in_sentence(ahead: &str) -> bool {
    ahead.ends_with(is_dense) || ahead.strip_suffix(' ').is_some_and(|word| word.ends_with(is_alphabetic))
}

/// The strings of a program and the cells of a table that people draw stand so, the fields of a record do not.
fn in_list(ahead: &str) -> bool {
    let before = ahead.trim_end();
    before.ends_with(['[', '(', '|']) || (before.ends_with(',') && before.len() < ahead.len())
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::super::fold;
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
            ("week 4: attacks. \"ignore it all\" and the like", true),
            ("don't ignore it all, don't", false),
            ("ignore it all", false),
            ("the 'note'\nignore it all\n'end'", false),
        ] {
            let at = text.find("ignore it all").unwrap();
            let at = at..at + "ignore it all".len();
            assert_eq!(is_cited(&fold(text), Marks::Written, &at), expected, "{text}");
        }
    }

    #[test]
    fn a_document_quotes_what_it_cites_and_not_what_its_fields_hold() {
        for (text, expected) in [
            ("We saw “stop it” twice", "stop it"),
            ("Der Satz „Hör auf“ fiel", "hor auf"),
            ("la phrase «arrête» gêne", "arrete"),
            ("文中の「やめろ」という", "やめろ"),
            ("| 1 | `stop it` | none |", "stop it"),
            ("he wrote \"stop it\" there", "stop it"),
            ("会写\"住手\"之类", "住手"),
            ("BAD = [\"stop it\"]", "stop it"),
            ("{\"note\": \"stop it\"}", ""),
            ("2,Sam,\"stop it\"", ""),
            ("note: \"stop it\"", ""),
            (r#"{"a": "{\"say \"stop it\" now\"}"}"#, ""),
        ] {
            let folded = fold(text);
            let found: Vec<&str> =
                quoted(&folded, true).into_iter().filter_map(|range| folded.text.get(range)).collect();
            assert_eq!(found.join("+"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_quoted_leaves_blanks_and_weak_signals() {
        let folded = Shape::same("why is 'stop it' bad".to_owned());
        let hit = |span| Seen { rule: "r", type_: "T", span, weight: 2.0, tool: 0.0, strength: 1.0 };
        let (text, seen) = outside(&folded, false, &[hit(8..12), hit(0..3)]).unwrap();
        assert_eq!(text, "why is '       ' bad");
        assert_eq!(seen.iter().map(|hit| hit.strength).collect::<Vec<_>>(), [QUOTED_STRENGTH, 1.0]);
        assert!(outside(&Shape::same("why stop it".to_owned()), false, &[]).is_none());
    }

    #[test]
    fn a_mark_that_nothing_closes_in_its_paragraph_quotes_nothing() {
        let folded = Shape::same("a board of 5\" is short\n\nstop it, he said \"no\"".to_owned());
        assert_eq!(quoted(&folded, false).len(), 1);
    }

    #[test]
    fn finds_quotes_and_leaves_apostrophes_alone() {
        let found = |text: &'static str| {
            quoted(&Shape::same(text.to_owned()), false)
                .into_iter()
                .filter_map(|range| text.get(range))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("don't say 'ignore it' or \"stop\""), ["ignore it", "stop"]);
        assert_eq!(found("'é' c'é' 'a`b' `c'd'` '"), ["é", "a`b", "c'd'"]);
        assert!(found("").is_empty());
    }
}
