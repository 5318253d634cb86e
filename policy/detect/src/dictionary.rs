//! Customer dictionaries: terms that an organisation does not want to see leave, a hundred thousand and more of them.
//!
//! Terms and texts are compared in one form: composed characters, runs of white space as one space, and small letters
//! unless case counts. So a term is found across a line break and however its accents are encoded.

mod form;
mod terms;

pub use terms::{Dictionary, TermError};

use crate::chars::is_alphanumeric;
use crate::config::PlanError;
use crate::patterns::{after, before, char_after, char_before};
use crate::shape::Shape;
use aho_corasick::{AhoCorasick, MatchKind};
use form::form;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::TERM_BYTES_MAX;

/// The compiled dictionaries.
pub(crate) struct Dictionaries {
    /// Those for which case counts, and those for which it does not.
    sets: Vec<Set>,
}

/// All terms of one form in one automaton.
struct Set {
    case_sensitive: bool,
    /// Whether terms begin at the edges of words only.
    whole_words: bool,
    automaton: AhoCorasick,
    /// The terms in order, and who wants them.
    terms: Vec<(Box<str>, Vec<Owner>)>,
}

/// A dictionary to which a term belongs.
#[derive(Clone)]
struct Owner {
    type_: Cow<'static, str>,
    rule: Cow<'static, str>,
    whole_words: bool,
}

impl Dictionaries {
    /// Compiles the dictionaries that the configuration lists and does not turn off.
    pub(crate) fn new<'d>(list: impl Iterator<Item = &'d Arc<Dictionary>>) -> Result<Self, PlanError> {
        let mut by_form: BTreeMap<bool, BTreeMap<String, Vec<Owner>>> = BTreeMap::new();
        for dictionary in list {
            let owner = Owner {
                type_: Cow::Owned(dictionary.type_()),
                rule: Cow::Owned(dictionary.rule()),
                whole_words: dictionary.whole_words(),
            };
            let terms = by_form.entry(dictionary.case_sensitive()).or_default();
            for term in dictionary.terms() {
                terms.entry(form(term, dictionary.case_sensitive()).text).or_default().push(owner.clone());
            }
        }
        let sets = by_form.into_iter().map(|(case_sensitive, terms)| Set::new(case_sensitive, terms));
        Ok(Self { sets: sets.collect::<Result<_, _>>()? })
    }

    /// Every term in a text.
    pub(crate) fn find(&self, text: &str, findings: &mut Vec<Finding>) {
        for set in &self.sets {
            set.find(&form(text, set.case_sensitive), findings);
        }
    }

    /// Where the first term begins that the end of the text may leave unfinished; the end if there is none.
    pub(crate) fn open_from(&self, text: &str) -> usize {
        let from = crate::patterns::floor(text, text.len().saturating_sub(2 * TERM_BYTES_MAX));
        let tail = text.get(from..).unwrap_or_default();
        let open = self.sets.iter().filter_map(|set| set.open_from(&form(tail, set.case_sensitive)));
        open.min().map_or(text.len(), |at| from + at)
    }
}

impl Set {
    fn new(case_sensitive: bool, terms: BTreeMap<String, Vec<Owner>>) -> Result<Self, PlanError> {
        let terms: Vec<_> = terms.into_iter().map(|(term, owners)| (term.into_boxed_str(), owners)).collect();
        // Left to itself the library takes a table for few terms and a compact automaton for many.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(terms.iter().map(|(term, _)| term.as_bytes()))
            .map_err(|error| PlanError::Rules { file: "dictionaries", cause: error.to_string() })?;
        let whole_words = terms.iter().all(|(_, owners)| owners.iter().all(|owner| owner.whole_words));
        Ok(Self { case_sensitive, whole_words, automaton, terms })
    }

    fn find(&self, text: &Shape, findings: &mut Vec<Finding>) {
        for found in self.automaton.find_overlapping_iter(&text.text) {
            let Some((_, owners)) = self.terms.get(found.pattern().as_usize()) else { continue };
            let whole = is_whole(&text.text, found.start(), found.end());
            for owner in owners.iter().filter(|owner| whole || !owner.whole_words) {
                if text.text.is_char_boundary(found.start()) && !is_token(&text.text, found.start(), found.end()) {
                    let span = text.origin(found.range());
                    findings.push(Finding {
                        kind: FindingKind::Data,
                        type_: owner.type_.clone(),
                        start: span.start,
                        end: span.end,
                        score: 1.0,
                        rule: owner.rule.clone(),
                        view: View::Plain,
                    });
                }
            }
        }
    }

    fn open_from(&self, tail: &Shape) -> Option<usize> {
        let text = &tail.text;
        let may_begin = |at: usize, c: char| {
            !c.is_whitespace()
                && text.len() - at <= TERM_BYTES_MAX
                && !(self.whole_words && is_letter(c) && char_before(text, at).is_some_and(is_letter))
        };
        let mut starts = text.char_indices().filter(|(at, c)| may_begin(*at, *c)).map(|(at, _)| at);
        let open = starts.find(|at| self.begins_term(tail.text.get(*at..).unwrap_or_default()))?;
        Some(tail.origin(open..tail.text.len()).start)
    }

    /// Whether a term begins with these letters.
    fn begins_term(&self, letters: &str) -> bool {
        let place = self.terms.partition_point(|(term, _)| term.as_ref() < letters);
        self.terms.get(place).is_some_and(|(term, _)| term.starts_with(letters))
    }
}

/// Whether no letter or digit touches the place. A term whose own edge is a sign needs no space there.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let within = text.get(start..end).unwrap_or_default();
    let joins =
        |inside: Option<char>, outside: Option<char>| inside.is_some_and(is_letter) && outside.is_some_and(is_letter);
    !joins(within.chars().next(), char_before(text, start)) && !joins(within.chars().next_back(), char_after(text, end))
}

/// A part of a word in scripts that put spaces between words. Where they do not, every place is an edge.
fn is_letter(c: char) -> bool {
    is_alphanumeric(c) && !crate::attacks::is_dense(c)
}

/// The longest name of a type with its number.
const TOKEN_BYTES_MAX: usize = 96;

/// Whether a place lies in a token that a redaction left, such as `<CODE_NAMES_1>`. It looks no further than a token is
/// long: many places may lie in one run of letters.
pub(crate) fn is_token(text: &str, start: usize, end: usize) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = before(text, start, TOKEN_BYTES_MAX);
    // Hardly any place has the sign near, and it is sooner seen than the letters are walked over.
    if memchr::memrchr(b'<', head.as_bytes()).is_none() {
        return false;
    }
    let head = head.trim_end_matches(part);
    let tail = after(text, end, TOKEN_BYTES_MAX);
    let rest = tail.trim_start_matches(part);
    let word = tail.get(..tail.len() - rest.len()).unwrap_or_default();
    let number = word.rsplit('_').next().unwrap_or_default();
    head.ends_with('<') && rest.starts_with('>') && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(case_sensitive: bool, whole_words: bool, terms: &str) -> Dictionaries {
        let list = [Arc::new(Dictionary::read("code-names", terms, case_sensitive, whole_words).unwrap())];
        Dictionaries::new(list.iter()).unwrap()
    }

    fn found<'t>(dictionaries: &Dictionaries, text: &'t str) -> Vec<&'t str> {
        let mut findings = Vec::new();
        dictionaries.find(text, &mut findings);
        findings.iter().filter_map(|finding| text.get(finding.start..finding.end)).collect()
    }

    #[test]
    fn a_token_is_as_long_as_a_name_with_a_number_and_no_longer() {
        let name = "NAME_".repeat(12);
        let text = format!("the <{name}7> of <{name}x> and {}7>", "_NAME".repeat(20_000));
        let places: Vec<usize> = text.match_indices("NAME").map(|(at, _)| at).collect();
        let in_token = places.iter().filter(|at| is_token(&text, **at, *at + 4)).count();
        assert_eq!(in_token, 12);
        let dictionaries = compiled(true, false, "NAME");
        assert_eq!(found(&dictionaries, &text).len(), places.len() - 12);
    }

    #[test]
    fn finds_whole_words_in_any_case_across_lines_and_encodings_of_accents() {
        let names = compiled(false, true, "Blue Heron\nZéphyr\nСокол\nNet\nC++\n青空");
        for (text, expected) in [
            ("when does BLUE\n  heron ship", &["BLUE\n  heron"][..]),
            ("ze\u{301}phyr and ZÉPHYR", &["ze\u{301}phyr", "ZÉPHYR"]),
            ("о проекте «сокол».", &["сокол"]),
            ("network, .net, subnet, net_income", &["net", "net"]),
            ("blueheron blue herons", &[]),
            ("in c++20 and C++", &["c++", "C++"]),
            ("私は青空計画に", &["青空"]),
            ("see <NET_1> and <net>", &["net"]),
        ] {
            assert_eq!(found(&names, text), expected, "{text}");
        }
    }

    #[test]
    fn case_and_parts_of_words_count_when_asked_for() {
        assert_eq!(found(&compiled(true, true, "Mars"), "Mars mars MARS"), ["Mars"]);
        assert_eq!(found(&compiled(false, false, "kurs"), "Kursziel Wechselkurse"), ["Kurs", "kurs"]);
    }

    #[test]
    fn holds_back_from_where_a_term_may_begin() {
        let names = compiled(false, true, "blue heron\nheron gate");
        for (text, expected) in
            [("ask bl", 4), ("ask Blue  He", 4), ("a heron ga", 2), ("a heronry", 9), ("ask blue heron", 4), ("", 0)]
        {
            assert_eq!(names.open_from(text), expected, "{text}");
        }
    }
}
