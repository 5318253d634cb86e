//! What a text is about: classes of data, and purposes that are prohibited or not acceptable.
//!
//! A single word says nothing: "diagnosis" stands in every bug report. A topic speaks where several notions meet in one
//! sentence or passage (a diagnosis, a patient) and nothing near says that the matter is only talked about. Notions are
//! words of many languages, forms such as a code of a disease, or what other detectors found, such as a name.
//!
//! INVARIANT: work is linear in the text. Rare words are looked for first; the others only around them.

mod notions;
mod rules;
mod scene;

use crate::attacks::is_dense;
use crate::config::{Config, PlanError};
use crate::dictionary::is_token;
use crate::literals::{self, Literals};
use crate::patterns::{ceil, char_after, char_before, floor};
use crate::shape::Shape;
use aho_corasick::AhoCorasick;
use gnomon_types::finding::{Finding, View};
use notions::{Edges, Notion, Stem};
use rules::Topic;
use scene::Scene;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

pub(crate) use rules::shipped_explanations;

/// The compiled topics.
pub(crate) struct Topics {
    topics: Vec<Topic>,
    /// The words that begin a topic.
    anchors: Anchors,
    /// The words of all notions.
    words: Words,
}

/// The rare words that are looked for in every text: by their first bytes, which costs less than an automaton.
struct Anchors {
    literals: Literals,
    /// By number of the literal's rule.
    stems: Vec<Stem>,
}

/// Some stems in one automaton.
struct Words {
    automaton: AhoCorasick,
    stems: Vec<Stem>,
}

/// A notion at a place of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start: usize,
    end: usize,
    notion: Notion,
}

/// Findings of one topic in one text.
const FINDINGS_MAX: usize = 8;
/// Text around a scene in which a word may say that the matter is only talked about.
const TALK_BYTES: usize = 160;

impl Topics {
    /// The shipped topics that the configuration wants; `None` when there are none.
    pub(crate) fn shipped(config: &Config) -> Result<Option<Self>, PlanError> {
        let (topics, stems) = rules::shipped(config)?;
        if topics.is_empty() {
            return Ok(None);
        }
        let needed: BTreeSet<Notion> = topics.iter().flat_map(Topic::notions).collect();
        let begins: BTreeSet<Notion> = topics.iter().flat_map(|topic| topic.anchor.iter().copied()).collect();
        let words = Words::new(&stems, &needed)?;
        let anchors = Anchors::new(&stems, &begins)?;
        Ok(Some(Self { topics, anchors, words }))
    }

    /// What a folded text is about. `found` is what other detectors found in it; all places are those of the original.
    pub(crate) fn find(&self, folded: &Shape, found: &[Finding], view: View) -> Vec<Finding> {
        let text = folded.text.as_str();
        let anchors = self.anchors.hits(text);
        if anchors.is_empty() {
            return Vec::new();
        }
        let hits = self.hits_around(text, &anchors);
        let mut findings = Vec::new();
        for topic in &self.topics {
            let scenes = anchors.iter().filter(|hit| topic.anchor.contains(&hit.notion));
            let spans = scenes.filter_map(|anchor| {
                let scene = Scene { folded, hits: &hits, found, anchor: *anchor };
                scene.plays(topic)
            });
            let mut last = 0..0;
            for span in spans.take(FINDINGS_MAX) {
                if span.start < last.end {
                    continue;
                }
                last = span.clone();
                let origin = folded.origin(span);
                findings.push(Finding {
                    kind: topic.kind,
                    type_: Cow::Owned(topic.type_.clone()),
                    start: origin.start,
                    end: origin.end,
                    score: topic.score,
                    rule: Cow::Owned(topic.id.clone()),
                    view,
                });
            }
        }
        findings
    }

    /// All notions near the anchors, in the order of the text.
    fn hits_around(&self, text: &str, anchors: &[Hit]) -> Vec<Hit> {
        let reach = self.topics.iter().map(|topic| topic.reach).max().unwrap_or_default() + TALK_BYTES;
        let mut windows: Vec<Range<usize>> = Vec::new();
        for anchor in anchors {
            let start = floor(text, anchor.start.saturating_sub(reach));
            let end = ceil(text, anchor.end.saturating_add(reach).min(text.len()));
            match windows.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => windows.push(start..end),
            }
        }
        let mut hits: Vec<Hit> = windows.into_iter().flat_map(|window| self.words.hits(text, window)).collect();
        hits.sort_unstable();
        hits
    }
}

impl Anchors {
    fn new(stems: &[Stem], wanted: &BTreeSet<Notion>) -> Result<Self, PlanError> {
        let stems = only(stems, wanted);
        let literals = Literals::new(stems.iter().map(|stem| std::slice::from_ref(&stem.letters)))?;
        Ok(Self { literals, stems })
    }

    /// The anchors of a text in its order.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let found = self.literals.hits(text).into_iter();
        let hit = |found: literals::Hit| meant(text, found.start..found.end, self.stems.get(found.rule)?);
        let mut hits: Vec<Hit> = found.filter_map(hit).collect();
        hits.sort_unstable();
        hits
    }
}

impl Words {
    fn new(stems: &[Stem], wanted: &BTreeSet<Notion>) -> Result<Self, PlanError> {
        let stems = only(stems, wanted);
        let automaton = AhoCorasick::new(stems.iter().map(|stem| stem.letters.as_str()))
            .map_err(|error| rules::broken(error.to_string()))?;
        Ok(Self { automaton, stems })
    }

    /// The notions within a range, in the order of their ends.
    fn hits(&self, text: &str, range: Range<usize>) -> Vec<Hit> {
        let base = range.start;
        let found = self.automaton.find_overlapping_iter(text.get(range).unwrap_or_default());
        found
            .filter_map(|found| {
                let stem = self.stems.get(found.pattern().as_usize())?;
                meant(text, base + found.start()..base + found.end(), stem)
            })
            .collect()
    }
}

fn only(stems: &[Stem], wanted: &BTreeSet<Notion>) -> Vec<Stem> {
    stems.iter().filter(|stem| wanted.contains(&stem.notion)).cloned().collect()
}

/// The notion of a stem whose letters stand here, if they mean it.
fn meant(text: &str, place: Range<usize>, stem: &Stem) -> Option<Hit> {
    let (start, end) = (place.start, place.end);
    let in_token = matches!(char_before(text, start), Some('<' | '_')) && is_token(text, start, end);
    let means = !in_token && (stem.edges == Edges::None || stands(text, start, end, stem.edges));
    means.then_some(Hit { start, end, notion: stem.notion })
}

/// Whether a word begins here, and ends here when it must. Where a script puts no spaces every place is an edge.
fn stands(text: &str, start: usize, end: usize, edges: Edges) -> bool {
    let part = |c: char| c.is_alphanumeric() && !is_dense(c);
    let begins = char_before(text, start).is_none_or(|c| !part(c)) || char_after(text, start).is_some_and(is_dense);
    begins && (edges == Edges::Begin || char_after(text, end).is_none_or(|c| !part(c)))
}
