//! Patterns that begin at a known place and end with the value.
//!
//! To tell where the groups of a match stand takes several times as long as to find the match. Of a pattern `head(value)`
//! it need not be asked: whoever knows where the head ends and where the value behind it does, knows the group.
//!
//! INVARIANT: what is found is what the whole pattern finds. It tries the ways to read its head in the same order as the
//! head alone does, and takes the first behind which a value stands. Where none stands behind the first way of all,
//! nothing is said, and the whole pattern is asked.

use crate::patterns;
use regex::Regex;
use regex_syntax::hir::{Hir, HirKind, Look};
use std::ops::Range;

/// The two parts of a pattern.
pub(crate) struct Tail {
    head: Regex,
    value: Regex,
}

/// What stands at the beginning of a text.
#[derive(Debug, PartialEq)]
pub(crate) enum Sight {
    /// The pattern does not match here.
    Nothing,
    /// The match, all of it from the first byte, ends with this value.
    Value(Range<usize>),
    /// Ask the whole pattern.
    Unclear,
}

impl Tail {
    /// Of an expression that matches at the beginning only, if its one group ends it.
    pub(crate) fn of(expression: &str) -> Option<Self> {
        let whole = regex_syntax::parse(&patterns::with_plain_edges(expression)).ok()?;
        let (head, value) = parted(whole)?;
        // What a value wants to stand before it would be cut off.
        if !value.properties().look_set_prefix_any().is_empty() || value.properties().explicit_captures_len() > 0 {
            return None;
        }
        let value = Hir::concat(vec![Hir::look(Look::Start), value]);
        let compile = |hir: Hir| Regex::new(&hir.to_string()).ok();
        Some(Self { head: compile(Hir::concat(head))?, value: compile(value)? })
    }

    pub(crate) fn find(&self, text: &str) -> Sight {
        let Some(head) = self.head.find(text) else { return Sight::Nothing };
        let value = self.value.find(text.get(head.end()..).unwrap_or_default());
        value.map_or(Sight::Unclear, |value| Sight::Value(head.end()..head.end() + value.end()))
    }
}

/// The parts before the last one, and what the last one holds, if that is a group and the only one.
fn parted(whole: Hir) -> Option<(Vec<Hir>, Hir)> {
    let one_group = whole.properties().explicit_captures_len() == 1;
    match whole.into_kind() {
        HirKind::Concat(mut parts) if one_group => match parts.pop()?.into_kind() {
            HirKind::Capture(group) => Some((parts, *group.sub)),
            // An expression in brackets behind the beginning of the text.
            HirKind::Concat(inner) => {
                parts.extend(inner);
                parted(Hir::concat(parts))
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_value_that_ends_the_pattern_is_found_as_by_the_whole_pattern() {
        let texts = [
            "key=abc",
            "key = 'abc'",
            "keys_of: abcdef",
            "key==ab",
            "key",
            "key=",
            "key: a",
            "key-x=abcd efg",
            "x key=abc",
            "key token=abc",
            "key_abc=defg",
            "key=ключabc",
            "keyabc",
        ];
        let (mut told, mut missed) = (0, 0);
        for expression in [
            r"^(?:key(?:s?_[a-z]{0,9})? ?[:=]{1,2} ?'?([a-z]{2,}))",
            r"^(?:(?i:KEY)(?:\b|_[a-z]+?)[^a-z]*?([a-z]{3,}))",
            r"^(?:key(?: token|)=?([a-z=]+\b))",
        ] {
            let (whole, tail) = (patterns::compile(expression).unwrap(), Tail::of(expression).unwrap());
            for text in texts {
                match (tail.find(text), value(&whole, text)) {
                    (Sight::Nothing, expected) => assert_eq!(expected, None, "{expression} {text}"),
                    (Sight::Value(value), expected) => {
                        assert_eq!(Some(value), expected, "{expression} {text}");
                        told += 1;
                    }
                    (Sight::Unclear, expected) => missed += usize::from(expected.is_some()),
                }
            }
        }
        assert!(told > 5 && missed > 0, "{told} {missed}");
    }

    /// Assignments of all kinds, with values of all kinds, behind every literal of the shipped rules.
    #[test]
    fn shipped_rules_find_the_same_with_their_tails() {
        let (file, text) = crate::rule::SECRETS;
        let rules =
            crate::rule::read(file, text, gnomon_types::finding::FindingKind::Secret, &Config::default()).unwrap();
        let signs = [
            "=",
            ": ",
            " = \"",
            "\": \"",
            "\":\"",
            " is ",
            " ",
            ":\n  ",
            " -> ",
            "_x := '",
            "=base64:",
            "</key><string>",
            "",
        ];
        let values = [
            "hunter2x",
            "aB3dE5gH7jK9mN1pQ2rS",
            "0123456789abcdef0123456789abcdef",
            "Passw0rd!x",
            "some words here",
            "a.b=c/d+e~f-g_h.i",
        ];
        let (mut told, mut nothing) = (0, 0);
        for rule in &rules {
            let Some(tail) = &rule.tail else { continue };
            let regex = rule.brief.as_ref().map_or(&rule.regex, |brief| &brief.regex);
            for (near, sign, written) in assignments(&rule.near, &signs, &values) {
                let text = format!("{near}{sign}{written}\" and more, {near}");
                let expected = value(regex, &text);
                match tail.find(&text) {
                    Sight::Nothing => assert_eq!(expected, None, "{} {text}", rule.id),
                    Sight::Value(value) => assert_eq!(Some(value), expected, "{} {text}", rule.id),
                    Sight::Unclear => continue,
                }
                told += usize::from(expected.is_some());
                nothing += usize::from(expected.is_none());
            }
        }
        assert!(told > 1000 && nothing > 1000, "{told} {nothing}");
    }

    fn value(regex: &Regex, text: &str) -> Option<Range<usize>> {
        regex.captures(text).map(|found| found.get(1).unwrap().range())
    }

    /// Every near word with every sign and value.
    fn assignments<'a>(
        near: &'a [String],
        signs: &'a [&str],
        values: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        near.iter().flat_map(move |near| {
            signs.iter().flat_map(move |sign| values.iter().map(move |v| (near.as_str(), *sign, *v)))
        })
    }

    #[test]
    fn other_patterns_are_left_alone() {
        for expression in ["^(?:key)", "^(?:(a)(b))", "^(?:(a)b)", r"^(?:a(\bb))", "^(?:a(b)|c(d))", "^(?:a(b)?)"] {
            assert!(Tail::of(expression).is_none(), "{expression}");
        }
    }
}
