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
        let evidence = self.evidence(&folded.text, role);
        let score = logistic(self.weigh(&evidence));
        let findings = if score >= self.threshold { self.findings(&evidence, folded, score, view) } else { Vec::new() };
        Judgement { score, findings }
    }

    fn evidence(&self, folded: &str, role: Role) -> Evidence<'_> {
        let mut seen = self.signals.find(folded, role);
        let outside = quote::discount(folded, role, &mut seen);
        Evidence { seen, buckets: features::buckets(outside.as_deref().unwrap_or(folded)) }
    }

    /// The log odds of an attack.
    fn weigh(&self, evidence: &Evidence<'_>) -> f32 {
        let signals: f32 = strengths(&evidence.seen)
            .into_iter()
            .map(|(id, (strength, hand_set, tool))| {
                strength * (self.model.signals.get(id).copied().unwrap_or(hand_set) + tool)
            })
            .sum();
        self.model.bias + signals + self.model.words(&evidence.buckets)
    }

    /// The telling signals, or the whole text when only its words tell.
    fn findings(&self, evidence: &Evidence<'_>, folded: &Shape, score: f32, view: View) -> Vec<Finding> {
        let finding = |type_: &str, rule: &str, span: std::ops::Range<usize>| Finding {
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
            return vec![finding("PROMPT_ATTACK", "injection.model", folded.origin(0..folded.text.len()))];
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

fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
