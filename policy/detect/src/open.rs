//! What the rules of credentials need to know of a text that flows on: what it may end with so that more of it makes a
//! credential of what was read already, as `hunter2 as the pass`, and which values may be in a script without blanks.
//!
//! Of a pattern that names the value behind it others are made: all up to the end of the value, and any beginning of the
//! rest, at the end of the text.

mod ways;

use crate::hits::{Hits, List};
use crate::passwords::is_strong;
use crate::patterns::{before, ceil, without_particles};
use crate::personal::is_unspaced;
use crate::rule::{Check, Rule};
use memchr::memmem::Finder;
use regex::Regex;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, HirKind};
use ways::{has_value, takes, ways};

/// More values that could be named are not looked at.
const TRIES_MAX: usize = 8;
/// More words are not looked for before a pattern.
const BEGINS_MAX: usize = 8;
/// Bytes of each.
const BEGIN_BYTES: usize = 4;
/// Values are named so far behind their beginning at most.
const BYTES_MAX: usize = 2048;
/// Values that prove by themselves to be passwords have so many bytes, or more.
const STRONG_MIN: usize = 6;

/// What of the rules concerns texts that flow on.
pub(crate) struct Open {
    named_behind: Vec<Way>,
    /// How much text those need whose values prove by themselves to be passwords.
    strong_bytes: usize,
    /// Which rules have values in scripts without blanks.
    unspaced: Vec<bool>,
}

/// One way for a value to be named behind it.
struct Way {
    pattern: Regex,
    /// One of these begins each match; it is unknown what does if there is none.
    begins: Vec<Finder<'static>>,
    /// The value proves by itself to be a password.
    strong: bool,
    /// A match is no longer.
    bytes: usize,
}

impl Open {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let parsed: Vec<_> = rules.iter().map(|rule| regex_syntax::parse(bare(rule.regex.as_str())).ok()).collect();
        let behind = rules.iter().zip(&parsed).filter(|(rule, _)| rule.behind);
        let named_behind: Vec<Way> = behind.flat_map(|(rule, hir)| Way::of(rule, hir.as_ref())).collect();
        let strong = named_behind.iter().filter(|way| way.strong);
        Self {
            strong_bytes: strong.map(|way| way.bytes).max().unwrap_or(0),
            named_behind,
            unspaced: parsed.iter().map(|hir| hir.as_ref().is_some_and(takes_unspaced)).collect(),
        }
    }

    /// Where the first value begins that may be named behind the end of a text.
    pub(crate) fn named_behind(&self, text: &str) -> Option<usize> {
        let may_be_strong = may_hold_strong(before(text, text.len(), self.strong_bytes));
        let ways = self.named_behind.iter().filter(|way| may_be_strong || !way.strong);
        ways.filter_map(|way| way.first_good(text)).min()
    }

    /// Where the names of values end that may be in a script without blanks, and how far behind them such a value may begin.
    pub(crate) fn names_of_unspaced(&self, hits: &Hits, rules: &[Rule]) -> Vec<(usize, usize)> {
        let hits = hits.of(List::Credentials).iter();
        let unspaced = hits.filter(|hit| self.unspaced.get(hit.rule()).is_some_and(|unspaced| *unspaced));
        unspaced.filter_map(|hit| Some((hit.end(), reach(rules.get(hit.rule())?)))).collect()
    }
}

impl Way {
    fn of(rule: &Rule, hir: Option<&Hir>) -> Vec<Self> {
        let ways = hir.map(ways).unwrap_or_default().into_iter();
        let strong = matches!(rule.check, Check::StrongPassword);
        let way = |way: Hir| {
            let pattern = Regex::new(&format!(r"(?:{way})\z")).ok()?;
            let bytes = way.properties().maximum_len().unwrap_or(rule.before + rule.after).min(BYTES_MAX);
            Some(Self { pattern, begins: begins(&way), strong, bytes })
        };
        ways.filter_map(way).collect()
    }

    /// Where the first value begins that may turn out to be one. What stands around it is not known yet.
    fn first_good(&self, text: &str) -> Option<usize> {
        let from = text.len() - before(text, text.len(), self.bytes).len();
        let tail = text.as_bytes().get(from..)?;
        let begins = self.begins.iter().filter_map(|begin| begin.find(tail)).min();
        let mut at = from + if self.begins.is_empty() { 0 } else { begins? };
        let mut groups = self.pattern.capture_locations();
        for _ in 0..TRIES_MAX {
            self.pattern.captures_read_at(&mut groups, text, at)?;
            let (start, end) = (1..groups.len()).find_map(|group| groups.get(group))?;
            let place = without_particles(text, start..end);
            let value = text.get(place.clone())?;
            // One that has not ended may become anything, and a letter make it go on behind a stop.
            let is_open = end == text.len() && !text.get(place.end..)?.contains(is_unspaced);
            let is_good = !self.strong || is_open || is_strong(value);
            if is_good && !value.contains(is_unspaced) {
                return Some(start);
            }
            at = ceil(text, start + 1);
        }
        // There are more: all that is left waits.
        Some(at)
    }
}

/// What every match begins with, if that is one of a few words.
fn begins(way: &Hir) -> Vec<Finder<'static>> {
    let mut prefixes = Extractor::new().extract(way);
    prefixes.keep_first_bytes(BEGIN_BYTES);
    prefixes.dedup();
    let words = prefixes.literals().filter(|words| words.len() <= BEGINS_MAX).unwrap_or_default();
    if words.iter().any(|word| word.as_bytes().is_empty()) {
        return Vec::new();
    }
    words.iter().map(|word| Finder::new(word.as_bytes()).into_owned()).collect()
}

/// Whether a piece of a text may be a strong password: it has a digit, a sign, a capital that does not follow another, or
/// something beyond ASCII.
fn may_hold_strong(text: &str) -> bool {
    let is_odd = |pair: &[u8]| match pair {
        [a, b] => {
            let is_sign = b.is_ascii_digit() || b"!@#$%^&*+=?~".contains(b) || !b.is_ascii();
            is_sign || (!a.is_ascii_uppercase() && b.is_ascii_uppercase())
        }
        _ => false,
    };
    let mut pieces = text.as_bytes().split(|byte| byte.is_ascii_whitespace()).filter(|piece| piece.len() >= STRONG_MIN);
    pieces.any(|piece| piece.windows(2).any(is_odd))
}

/// How far behind a name a value may begin.
fn reach(rule: &Rule) -> usize {
    rule.after.max(rule.gap)
}

/// An expression that need not stand where a literal does.
fn bare(expression: &str) -> &str {
    expression.strip_prefix('^').unwrap_or(expression)
}

/// Whether a group of an expression, or all of it if it has none, takes a letter of a script without blanks.
fn takes_unspaced(hir: &Hir) -> bool {
    const LETTER: char = '\u{738b}';
    match hir.kind() {
        _ if !has_value(hir) => takes(hir, LETTER),
        HirKind::Capture(group) => takes(&group.sub, LETTER),
        HirKind::Repetition(repetition) => takes_unspaced(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().filter(|part| has_value(part)).any(takes_unspaced)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::rule::{SECRETS, read};
    use gnomon_types::finding::FindingKind;

    #[test]
    fn rules_whose_values_are_named_behind_them_say_so() {
        let (file, text) = SECRETS;
        for rule in &read(file, text, FindingKind::Secret, &Config::default()).unwrap() {
            let hir = regex_syntax::parse(bare(rule.regex.as_str())).unwrap();
            let ways = ways(&hir);
            assert_eq!(!ways.is_empty(), rule.behind, "{}: `behind`", rule.id);
            assert_eq!(Way::of(rule, Some(&hir)).len(), ways.len(), "{}: a pattern does not compile", rule.id);
        }
    }

    #[test]
    fn values_in_scripts_without_blanks_are_told_from_others() {
        for (expression, expected) in [
            (r"k=([a-z]+)", false),
            (r"\S+=([a-z]+)", false),
            (r"k=(\S+)", true),
            (r"[^ ]{3,9}", true),
            ("k=(?:(a)|([^b]))", true),
        ] {
            assert_eq!(takes_unspaced(&regex_syntax::parse(expression).unwrap()), expected, "{expression}");
        }
    }
}
