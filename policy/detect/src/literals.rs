//! The prefilter: one automaton over the literals of all rules, so that patterns run only where a literal stands.

use crate::config::PlanError;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Which rule's literal stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The literals of a list of rules.
pub(crate) struct Literals {
    automaton: AhoCorasick,
    owners: Vec<Vec<usize>>,
}

impl Literals {
    /// Builds the automaton; `words[i]` are the literals of rule `i`. ASCII letters match in any case.
    pub(crate) fn new<'a>(words: impl Iterator<Item = &'a [String]>) -> Result<Self, PlanError> {
        let mut patterns: Vec<String> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for (rule, list) in words.enumerate() {
            for word in list {
                let word = word.to_ascii_lowercase();
                let place = *places.entry(word.clone()).or_insert_with(|| {
                    patterns.push(word);
                    owners.push(Vec::new());
                    owners.len() - 1
                });
                if let Some(list) = owners.get_mut(place) {
                    list.push(rule);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            // More memory than the default kind takes; no failure links to follow over text without a hit.
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .map_err(|error| PlanError::Rules { file: "literals", cause: error.to_string() })?;
        Ok(Self { automaton, owners })
    }

    /// All hits, overlapping ones included, sorted by rule and place.
    pub(crate) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(text) {
            for &rule in self.owners.get(found.pattern().as_usize()).into_iter().flatten() {
                hits.push(Hit { rule, start: found.start(), end: found.end() });
            }
        }
        hits.sort_unstable_by_key(|hit| (hit.rule, hit.start));
        hits
    }
}
