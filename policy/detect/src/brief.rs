//! Patterns without their upper bounds, which nearly all matches stay far below.
//!
//! An automaton has states of its own for each number of characters that a bound allows: a password of 4 to 128
//! characters makes it forty times as large as one of 4 and more, and to tell the groups of a match takes as much longer.
//!
//! INVARIANT: a match that is no longer than the least bound that was left out is the match of the pattern as written, with
//! the same groups. Each character counted by a bound is a byte at least, so that no bound was passed, and what the pattern
//! would rather match is tried first without bounds, too.

use crate::counted::Counted;
use crate::patterns;
use regex::Regex;

/// A pattern without the bounds that make it large.
pub(crate) struct Brief {
    pub(crate) regex: Regex,
    /// The same for much text, if the automaton of the pattern grows.
    pub(crate) counted: Option<Counted>,
    /// What it was made of.
    pub(crate) expression: String,
    /// The least of the bounds.
    pub(crate) bytes_max: usize,
}

/// Lower bounds cost little.
const BOUND_MIN: usize = 100;

impl Brief {
    /// Of an expression, if it has such bounds.
    pub(crate) fn of(expression: &str, grows: bool) -> Option<Self> {
        let (expression, bytes_max) = unbounded(expression)?;
        let regex = patterns::compile(&expression).ok()?;
        Some(Self { counted: grows.then(|| Counted::new(regex.as_str())), regex, expression, bytes_max })
    }
}

/// The expression without such bounds, and the least of them.
fn unbounded(expression: &str) -> Option<(String, usize)> {
    let (mut written, mut least) = (String::with_capacity(expression.len()), None);
    let mut rest = expression;
    while let Some((head, tail)) = rest.split_once('{') {
        written.push_str(head);
        let bound = tail.split_once('}').filter(|_| !head.ends_with('\\'));
        let bound = bound.and_then(|(bound, behind)| Some((range(bound)?, behind)));
        rest = match bound.filter(|((_, most), _)| *most >= BOUND_MIN) {
            Some(((fewest, most), behind)) => {
                written.push_str(&format!("{{{fewest},}}"));
                least = Some(least.map_or(most, |least: usize| least.min(most)));
                behind
            }
            None => {
                written.push('{');
                tail
            }
        };
    }
    written.push_str(rest);
    Some((written, least?))
}

fn range(bound: &str) -> Option<(usize, usize)> {
    let (fewest, most) = bound.split_once(',')?;
    Some((fewest.parse().ok()?, most.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_high_bounds_are_left_out() {
        let expression = r#"a{1,30}b{4,128}?[^{}]{0,300}c{7}\{1,200}d{2,}"#;
        let (written, least) = unbounded(expression).unwrap();
        assert_eq!((written.as_str(), least), (r#"a{1,30}b{4,}?[^{}]{0,}c{7}\{1,200}d{2,}"#, 128));
        assert!(unbounded(r"a{1,30}b").is_none());
    }

    /// Of values just below and above the bounds, with alternatives of which the first may be too long.
    #[test]
    fn short_matches_and_their_groups_are_those_of_the_pattern_as_written() {
        let expression = r#"k=(?:"([a-z ]{2,100})"|'([a-z" ]{2,110})'|([a-z"]{1,105})(\d{0,120}))\b"#;
        let (whole, brief) = (patterns::compile(expression).unwrap(), Brief::of(expression, false).unwrap());
        let mut short = 0;
        for length in [1, 2, 50, 90, 97, 98, 99, 100, 101, 104, 105, 106, 120] {
            for (open, close) in [("\"", "\""), ("'", "'"), ("", ""), ("\"", ""), ("'\"", "'"), ("", "7")] {
                for tail in ["", "1", "22 k=abc", " \""] {
                    let text = format!("- k={open}{}{close}{tail}", "ab".repeat(length / 2));
                    let found = brief.regex.captures(&text);
                    let groups = |found: Option<regex::Captures<'_>>| {
                        found.map(|found| found.iter().map(|group| group.map(|g| g.range())).collect::<Vec<_>>())
                    };
                    let is_short = found.as_ref().is_none_or(|found| found[0].len() <= brief.bytes_max);
                    short += usize::from(is_short && found.is_some());
                    assert!(!is_short || groups(found) == groups(whole.captures(&text)), "{text}");
                }
            }
        }
        assert!(short > 40, "{short}");
    }
}
