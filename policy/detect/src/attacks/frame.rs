//! What the words around a quotation want with it.

use super::concepts::Place;
use super::fold::{fold, is_dense};
use crate::chars::is_alphanumeric;
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, BTreeSet};

/// The concepts of those who speak about what they quote; people also ask so to have something done with it, while a
/// document holds such words anyway. Two different ones tell more than one, and a test alone tells nothing.
const SPEAKING: [&str; 4] = ["attackword", "explain", "sectalk", "translate"];
const ASKING: [&str; 3] = ["code", "quote", "summarise"];
const TEST: &str = "test";

/// What tells whether the words around a quotation only discuss it.
pub(super) struct Frame {
    obey: u8,
    speaking: [u8; SPEAKING.len()],
    asking: [u8; ASKING.len()],
    test: u8,
    /// Words that ask to carry something out.
    carried_out: AhoCorasick,
}

impl Frame {
    /// `id` is the number of a concept by its name.
    pub(super) fn new(id: impl Fn(&str) -> u8) -> Result<Self, PlanError> {
        let broken = |cause: String| PlanError::Rules { file: "rules/carried_out.toml", cause };
        let lists: BTreeMap<String, Vec<String>> =
            toml::from_str(include_str!("../../rules/carried_out.toml")).map_err(|error| broken(error.to_string()))?;
        let words = lists.values().flatten().map(|words| fold(words).text);
        let carried_out = AhoCorasick::new(words).map_err(|error| broken(error.to_string()))?;
        let (speaking, asking) = (SPEAKING.map(&id), ASKING.map(&id));
        Ok(Self { obey: id("obey"), speaking, asking, test: id(TEST), carried_out })
    }

    /// Whether the words, in a document of a tool or of a person, discuss what they quote and ask nobody to do it.
    pub(super) fn only_discusses(&self, (folded, tool): (&str, bool), places: &[Place]) -> bool {
        let obeys = |place: &Place| place.concept == self.obey && !leads(folded, place.at);
        self.discusses(places, tool) && !places.iter().any(obeys) && !self.carries_out(folded)
    }

    fn discusses(&self, places: &[Place], tool: bool) -> bool {
        let said: BTreeSet<u8> = places.iter().map(|place| place.concept).collect();
        let speaks = said.iter().filter(|concept| self.speaking.contains(concept)).count();
        let asks = said.iter().filter(|concept| self.asking.contains(concept)).count();
        let tests = usize::from(said.contains(&self.test));
        speaks > 0 || (asks > 0 && !tool) || asks + tests > 1
    }

    fn carries_out(&self, folded: &str) -> bool {
        let is_letter = |c: Option<char>| c.is_some_and(|c| is_alphanumeric(c) && !is_dense(c));
        let mut found = self.carried_out.find_overlapping_iter(folded);
        found.any(|word| !is_letter(char_before(folded, word.start())) && !is_letter(char_after(folded, word.end())))
    }
}

/// `the following sentence` only leads to what comes.
fn leads(folded: &str, at: usize) -> bool {
    let (before, rest) = folded.split_at_checked(at).unwrap_or_default();
    rest.starts_with("following") && before.trim_end().ends_with("the")
}
