//! Prompt attacks: injection, jailbreak, prompt extraction, orders hidden in tool results.
//!
//! Signals are patterns over the folded text (lower case, no diacritics) with weights of their own; a small linear model
//! adds what the words say. The sum of both becomes a score; at the threshold it becomes findings. Quoting an attack in
//! order to talk about it is not attacking. The operator's own instructions are not judged.

mod features;
mod fold;
mod model;
mod quote;
mod readings;
mod signal;
mod train;

use crate::config::{Config, PlanError};
use crate::shape::Shape;
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use fold::fold;
pub(crate) use model::Model;
pub use train::{Trainer, TrainingText};

/// The compiled attack detector.
pub(crate) struct Attacks {
    signals: signal::Signals,
    readings: readings::Readings,
    model: Model,
    threshold: f32,
}

/// What the detector thinks of one text.
pub(crate) struct Judgement {
    pub(crate) score: f32,
    /// The strongest signals with their original spans, only when the score reaches the threshold.
    pub(crate) findings: Vec<Finding>,
}

/// What one text shows, before weighing.
struct Evidence<'a> {
    seen: Vec<signal::Seen<'a>>,
    buckets: Vec<u32>,
    /// Whether a tool brought the text.
    tool: bool,
    /// The part of the text that was judged, if not the whole.
    part: Option<Range<usize>>,
}

impl Attacks {
    pub(crate) fn new(config: &Config, model: Model) -> Result<Self, PlanError> {
        let readings = readings::Readings::new()
            .map_err(|error| PlanError::Rules { file: "attack vocabulary", cause: error.to_string() })?;
        Ok(Self { signals: signal::Signals::shipped(config)?, readings, model, threshold: config.attack_threshold })
    }

    /// Judges a folded text as it stands, and only when a signal fires: what the first pass can afford.
    pub(crate) fn judge_plain(&self, folded: &Shape) -> Vec<Finding> {
        if self.signals.find(&folded.text, Role::User).is_empty() {
            return Vec::new();
        }
        self.judge_reading(folded, Role::User, View::Plain).findings
    }

    /// Judges a folded text and its other readings. The findings point into the original through the shape's map.
    pub(crate) fn judge(&self, folded: &Shape, role: Role, view: View) -> Judgement {
        let mut best = self.judge_reading(folded, role, view);
        if role == Role::System {
            return best;
        }
        for reading in self.readings.of(folded) {
            let other = self.judge_reading(&reading, role, View::Normalised);
            if other.score > best.score {
                best = other;
            }
        }
        best
    }

    fn judge_reading(&self, folded: &Shape, role: Role, view: View) -> Judgement {
        if role == Role::System || folded.text.trim().is_empty() {
            return Judgement { score: 0.0, findings: Vec::new() };
        }
        let mut evidence = self.evidence(&folded.text, role);
        let mut odds = self.weigh(&evidence);
        // An order hidden in a long document drowns in its words: the parts are judged for themselves too.
        for part in windows(&folded.text, role) {
            let Some(text) = folded.text.get(part.clone()) else { continue };
            let mut inner = self.evidence(text, role);
            let inner_odds = self.weigh(&inner);
            if inner_odds > odds {
                inner.seen.iter_mut().for_each(|hit| hit.span = hit.span.start + part.start..hit.span.end + part.start);
                (inner.part, odds) = (Some(part), inner_odds);
                evidence = inner;
            }
        }
        let score = logistic(odds);
        let findings = if score >= self.threshold { self.findings(&evidence, folded, score, view) } else { Vec::new() };
        Judgement { score, findings }
    }

    fn evidence(&self, folded: &str, role: Role) -> Evidence<'_> {
        let mut seen = self.signals.find(folded, role);
        let outside = quote::discount(folded, role, &mut seen);
        Evidence {
            seen,
            buckets: features::buckets(outside.as_deref().unwrap_or(folded)),
            tool: role == Role::Tool,
            part: None,
        }
    }

    /// The log odds of an attack.
    fn weigh(&self, evidence: &Evidence<'_>) -> f32 {
        let signals: f32 = strengths(&evidence.seen)
            .into_iter()
            .map(|(id, (strength, hand_set, tool))| {
                strength * (self.model.signals.get(id).copied().unwrap_or(hand_set) + tool)
            })
            .sum();
        let odds = self.model.base(evidence.tool) + signals + self.model.words(&evidence.buckets);
        let plain_order = |hit: &signal::Seen<'_>| hit.strength >= 1.0 && hit.weight + hit.tool >= PLAIN_ORDER;
        // A document that tells its reader to drop the instructions needs no further evidence.
        if evidence.tool && evidence.seen.iter().any(plain_order) { odds.max(PLAIN_ORDER_ODDS) } else { odds }
    }

    /// The telling signals, or the whole text when only its words tell.
    fn findings(&self, evidence: &Evidence<'_>, folded: &Shape, score: f32, view: View) -> Vec<Finding> {
        let finding = |type_: &str, rule: &str, span: Range<usize>| Finding {
            kind: FindingKind::Injection,
            type_: Cow::Owned(type_.to_owned()),
            start: span.start,
            end: span.end,
            score,
            rule: Cow::Owned(rule.to_owned()),
            view,
        };
        let mut seen: Vec<&signal::Seen<'_>> =
            evidence.seen.iter().filter(|hit| hit.strength * hit.weight >= 0.5).collect();
        seen.sort_by(|a, b| (b.strength * b.weight).total_cmp(&(a.strength * a.weight)));
        if seen.is_empty() {
            return vec![finding(
                "PROMPT_ATTACK",
                "injection.model",
                folded.origin(evidence.part.clone().unwrap_or(0..folded.text.len())),
            )];
        }
        seen.iter().take(4).map(|hit| finding(hit.type_, hit.rule, folded.origin(hit.span.clone()))).collect()
    }
}

/// The strongest sight of each signal with its hand-set weights: the same signal twice says little more than once.
fn strengths<'a>(seen: &[signal::Seen<'a>]) -> BTreeMap<&'a str, (f32, f32, f32)> {
    let mut best = BTreeMap::new();
    for hit in seen {
        let slot = best.entry(hit.rule).or_insert((0.0_f32, hit.weight, hit.tool));
        slot.0 = slot.0.max(hit.strength);
    }
    best
}

/// Hand-set weight from which a signal in a document of a tool is enough alone, and the log odds it then gives.
const PLAIN_ORDER: f32 = 3.9;
const PLAIN_ORDER_ODDS: f32 = 0.8;

/// Words in one part of a long text, and how far the next part starts behind it.
const PART_WORDS: usize = 24;
const PART_STEP: usize = 12;
/// Shorter texts are judged as a whole only.
const WHOLE_WORDS: usize = 36;

/// Overlapping parts of a long document that a tool brought; none of other texts, whose writer asks as a whole.
fn windows(folded: &str, role: Role) -> Vec<Range<usize>> {
    if role != Role::Tool {
        return Vec::new();
    }
    let base = folded.as_ptr() as usize;
    let starts: Vec<usize> = features::words(folded).map(|word| word.as_ptr() as usize - base).collect();
    if starts.len() <= WHOLE_WORDS {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(start) = starts.get(from) {
        let end = starts.get(from + PART_WORDS).copied().unwrap_or(folded.len());
        parts.push(*start..end);
        if end == folded.len() {
            break;
        }
        from += PART_STEP;
    }
    parts
}

fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
