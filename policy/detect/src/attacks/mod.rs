//! Prompt attacks: injection, jailbreak, prompt extraction, orders hidden in tool results.
//!
//! Signals are patterns over the folded text (lower case, no diacritics). One signal is a hint, several are a case:
//! their weights are summed to a score. Quoting an attack in order to talk about it is not attacking.

mod fold;
mod quote;
mod signal;

use crate::config::{Config, PlanError};
use crate::shape::Shape;
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;

pub(crate) use fold::fold;

/// The compiled attack detector.
pub(crate) struct Attacks {
    signals: signal::Signals,
    threshold: f32,
}

/// What the detector thinks of one text.
pub(crate) struct Judgement {
    pub(crate) score: f32,
    /// The strongest signals with their original spans, only when the score reaches the threshold.
    pub(crate) findings: Vec<Finding>,
}

impl Attacks {
    pub(crate) fn new(config: &Config) -> Result<Self, PlanError> {
        Ok(Self {
            signals: signal::Signals::shipped(config)?,
            threshold: config.attack_threshold,
        })
    }

    /// Judges a folded text. The findings point into the original through the shape's map.
    pub(crate) fn judge(&self, folded: &Shape, role: Role, view: View) -> Judgement {
        if role == Role::System {
            return Judgement {
                score: 0.0,
                findings: Vec::new(),
            };
        }
        let mut seen = self.signals.find(&folded.text, role);
        quote::discount(&folded.text, role, &mut seen);
        let sum: f32 = best_per_signal(&seen);
        let score = 1.0 / (1.0 + (-(sum - 3.0)).exp());
        let score = if seen.is_empty() { 0.0 } else { score };
        let mut findings = Vec::new();
        if score >= self.threshold {
            seen.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            for hit in seen.iter().take(4) {
                let span = folded.origin(hit.span.clone());
                findings.push(Finding {
                    kind: FindingKind::Injection,
                    type_: Cow::Owned(hit.type_.to_owned()),
                    start: span.start,
                    end: span.end,
                    score,
                    rule: Cow::Owned(hit.rule.to_owned()),
                    view,
                });
            }
        }
        Judgement { score, findings }
    }
}

/// The same signal twice says little more than once.
fn best_per_signal(seen: &[signal::Seen<'_>]) -> f32 {
    let mut best = std::collections::BTreeMap::<&str, f32>::new();
    for hit in seen {
        let slot = best.entry(hit.rule).or_insert(0.0);
        *slot = slot.max(hit.weight);
    }
    best.values().sum()
}
