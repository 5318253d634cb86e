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
mod things;
mod words;

use crate::config::{Config, PlanError};
use crate::effort::Effort;
use crate::hits;
use crate::literals::Near;
use crate::shape::Shape;
use gnomon_types::finding::{Finding, View};
use notions::{Notion, Stem};
use rules::{Scope, Topic};
use scene::Scene;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use things::Things;
use words::{Anchors, Words};

pub(crate) use rules::{shipped_explanations, shipped_types};

/// The compiled topics.
pub(crate) struct Topics {
    topics: Vec<Topic>,
    /// The words that begin a topic: rare ones, looked for in every text.
    anchors: Anchors,
    /// How far the topics look that a notion begins.
    reach: BTreeMap<Notion, Reach>,
    /// The words of all notions.
    words: Words,
}

/// How far topics look from their anchor, in bytes.
#[derive(Default)]
struct Reach {
    /// As long as the sentence goes on.
    sentence: usize,
    passage: usize,
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
        let reach = reach_of(&topics);
        let (begin, needed) =
            (|stem: &&Stem| reach.contains_key(&stem.notion), |stem: &&Stem| needed.contains(&stem.notion));
        let anchors = Anchors::new(stems.iter().filter(begin).cloned().collect());
        let words = Words::new(stems.iter().filter(needed));
        Ok(Some(Self { topics, anchors, reach, words }))
    }

    /// The literals that begin a topic.
    pub(crate) fn near(&self) -> impl Iterator<Item = Near<'_>> {
        self.anchors.near()
    }

    /// What a folded text is about, given the hits of the literals in it. `found` is what other detectors found in it;
    /// all places are those of the original.
    pub(crate) fn find(
        &self,
        folded: &Shape,
        hits: &[hits::Hit],
        found: &[Finding],
        view: View,
        effort: &mut Effort,
    ) -> Vec<Finding> {
        let text = folded.text.as_str();
        if effort.is_spent() {
            return Vec::new();
        }
        let mut anchors = self.anchors.meant(text, hits);
        if anchors.is_empty() || !effort.anchors(anchors.len()) {
            return Vec::new();
        }
        anchors.sort_unstable();
        let (hits, found) = (self.hits_around(text, &anchors), &Things::of(found));
        let mut findings = Vec::new();
        for topic in &self.topics {
            let scenes = anchors.iter().filter(|hit| topic.anchor.contains(&hit.notion));
            let scenes = scenes.map(|anchor| Scene { folded, words: &self.words, hits: &hits, found, anchor: *anchor });
            let spans = scenes.map_while(|scene| scene.plays(topic, effort)).flatten();
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
        let around = |anchor: &Hit| {
            let Some(reach) = self.reach.get(&anchor.notion) else { return anchor.start..anchor.end };
            let sentence = scene::sentence(text, anchor, scene::passage(text, anchor, reach.sentence));
            let passage = scene::passage(text, anchor, reach.passage);
            sentence.start.min(passage.start)..sentence.end.max(passage.end)
        };
        let mut windows: Vec<Range<usize>> = anchors.iter().map(around).collect();
        windows.sort_unstable_by_key(|window| window.start);
        windows.dedup_by(|next, last| {
            let touch = next.start <= last.end;
            last.end = if touch { last.end.max(next.end) } else { last.end };
            touch
        });
        let mut hits: Vec<Hit> = windows.into_iter().flat_map(|window| self.words.hits(text, window)).collect();
        hits.sort_unstable();
        hits
    }
}

/// How far the topics look that each notion begins.
fn reach_of(topics: &[Topic]) -> BTreeMap<Notion, Reach> {
    let mut all: BTreeMap<Notion, Reach> = BTreeMap::new();
    for topic in topics {
        for notion in &topic.anchor {
            let reach = all.entry(*notion).or_default();
            let far = match topic.scope {
                Scope::Sentence => &mut reach.sentence,
                Scope::Passage => &mut reach.passage,
            };
            *far = topic.reach.max(*far);
        }
    }
    all
}
