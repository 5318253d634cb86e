//! Prompt attacks: injection, jailbreak, prompt extraction, orders hidden in tool results.
//!
//! Signals are patterns over the folded text (lower case, no diacritics) with weights of their own; a small linear model
//! adds what the words say, in any language for which there is a lexicon. The sum of both becomes a score; at the threshold it becomes findings. Quoting an attack in
//! order to talk about it is not attacking. The operator's own instructions are not judged.

mod buckets;
mod calls;
mod concepts;
mod features;
mod fold;
mod frame;
mod known;
mod model;
mod quote;
mod signal;
mod stems;
mod train;
mod words;

use crate::config::{Config, PlanError};
use crate::effort::Effort;
use crate::hits::Hit;
use crate::literals::Near;
use crate::shape::Shape;
use features::Features;
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use fold::{fold, is_dense};
pub(crate) use model::Model;
pub(crate) use signal::{shipped_explanations, shipped_types};
pub use train::{Trainer, TrainingText};

/// The compiled attack detector.
pub(crate) struct Attacks {
    concepts: concepts::Concepts,
    signals: signal::Signals,
    model: Model,
    threshold: f32,
}

/// What the detector thinks of one text.
pub(crate) struct Judgement {
    pub(crate) score: f32,
    /// The strongest signals with their original spans, only when the score reaches the threshold.
    pub(crate) findings: Vec<Finding>,
}

/// How marks of quotation came to stand where they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// Whoever wrote the text set them.
    Written,
    /// What is left of marks where other spellings are read, or documents within documents, pairs by chance.
    ByChance,
}

/// What one text shows, before weighing.
struct Evidence<'a> {
    seen: Vec<signal::Seen<'a>>,
    folded: &'a Shape,
    marks: Marks,
    /// What the model reads of it.
    text: Cow<'a, str>,
    /// Whether a tool brought the text.
    tool: bool,
}

impl<'a> Evidence<'a> {
    fn of(folded: &'a Shape, seen: Vec<signal::Seen<'a>>, role: Role, marks: Marks) -> Self {
        Self { seen, folded, marks, text: Cow::Borrowed(&folded.text), tool: role == Role::Tool }
    }

    /// The signals that lie within a part.
    fn seen_in<'s>(&'s self, part: &'s Range<usize>) -> impl Iterator<Item = &'s signal::Seen<'a>> + Clone {
        self.seen.iter().filter(|hit| part.start <= hit.span.start && hit.span.end <= part.end)
    }
}

/// The part of a text that looks worst.
struct Worst {
    odds: f32,
    /// The part, if not the whole.
    part: Option<Range<usize>>,
}

impl Attacks {
    pub(crate) fn new(config: &Config, model: Model) -> Result<Self, PlanError> {
        Ok(Self {
            concepts: concepts::Concepts::shipped()?,
            signals: signal::Signals::shipped(config)?,
            model,
            threshold: config.attack_threshold,
        })
    }

    /// The literals around which signals are looked for.
    pub(crate) fn near(&self) -> impl Iterator<Item = Near<'_>> {
        self.signals.near()
    }

    /// Judges a folded text as it stands as the words of a user, and only when a signal fires: what the first pass can
    /// afford. The judgement is that of [`Self::judge`].
    pub(crate) fn judge_plain(&self, folded: &Shape, hits: &[Hit], effort: &mut Effort) -> Option<Judgement> {
        let seen = self.signals.find(&folded.text, hits, Role::User, effort);
        (!seen.is_empty()).then(|| self.weigh_seen(folded, seen, Role::User, (View::Plain, Marks::Written)))
    }

    /// Judges a folded text, given the hits of the signals' literals in it. The findings point into the original through
    /// the shape's map.
    pub(crate) fn judge(
        &self,
        folded: &Shape,
        hits: &[Hit],
        role: Role,
        seen_in: (View, Marks),
        effort: &mut Effort,
    ) -> Judgement {
        if role == Role::System || folded.text.trim().is_empty() {
            return Judgement { score: 0.0, findings: Vec::new() };
        }
        self.weigh_seen(folded, self.signals.find(&folded.text, hits, role, effort), role, seen_in)
    }

    fn weigh_seen(
        &self,
        folded: &Shape,
        seen: Vec<signal::Seen<'_>>,
        role: Role,
        (view, marks): (View, Marks),
    ) -> Judgement {
        let whole = Evidence::of(folded, seen, role, marks);
        let mut judgement = self.weigh_evidence(&whole, folded, view);
        if judgement.score >= self.threshold
            && marks != Marks::ByChance
            && let Some(outside) = self.outside(&whole, folded)
        {
            judgement = self.weigh_evidence(&outside, folded, view);
        }
        judgement
    }

    fn weigh_evidence(&self, evidence: &Evidence<'_>, folded: &Shape, view: View) -> Judgement {
        self.read(evidence, |features| {
            let worst = self.worst(evidence, features);
            let score = logistic(worst.odds);
            let told = score >= self.threshold;
            let findings = if told { self.findings(evidence, &worst, folded, score, view) } else { Vec::new() };
            Judgement { score, findings }
        })
    }

    /// What a text shows outside of its quotations, if it speaks there of what it quotes. That alone says what its
    /// writer wants.
    fn outside<'a>(&self, whole: &Evidence<'a>, folded: &'a Shape) -> Option<Evidence<'a>> {
        let (text, seen) = quote::outside(folded, whole.tool, &whole.seen)?;
        let outside = Evidence { seen, folded, marks: whole.marks, text: Cow::Owned(text), tool: whole.tool };
        // Whoever only puts an order into quotation marks gives it.
        let frame = &self.concepts.frame;
        let discussed =
            self.read(&outside, |features| frame.only_discusses((&outside.text, outside.tool), features.places()));
        discussed.then_some(outside)
    }

    fn read<R>(&self, evidence: &Evidence<'_>, take: impl FnOnce(&mut Features) -> R) -> R {
        Features::with((&evidence.text, evidence.tool), &self.concepts, &self.model, take)
    }

    /// An order hidden in a long document drowns in its words: the parts are judged for themselves too.
    fn worst(&self, evidence: &Evidence<'_>, features: &mut Features) -> Worst {
        let parts = windows(evidence, features);
        let whole = 0..features.word_count();
        let mut words = |range| self.model.sized(features.weigh(range, &self.model), evidence.tool);
        let odds = self.weigh(evidence, &evidence.seen, words(whole));
        let mut worst = Worst { odds, part: None };
        for (part, range) in parts {
            let odds = self.weigh(evidence, evidence.seen_in(&part), words(range));
            if odds > worst.odds {
                worst = Worst { odds, part: Some(part) };
            }
        }
        worst
    }

    /// The log odds of an attack, by these signals and by what the words weigh.
    fn weigh<'s, 'a: 's>(
        &self,
        evidence: &Evidence<'_>,
        seen: impl IntoIterator<Item = &'s signal::Seen<'a>> + Clone,
        words: f32,
    ) -> f32 {
        let signals: f32 = strengths(seen.clone())
            .into_iter()
            .map(|(id, (strength, hand_set, tool))| {
                strength * (self.model.signals.get(id).copied().unwrap_or(hand_set) + tool)
            })
            .sum();
        // Other spellings leave less of the words, and whoever writes so has a reason.
        let hidden = if evidence.marks == Marks::ByChance { HIDDEN_ODDS } else { 0.0 };
        let odds = self.model.base(evidence.tool) + signals + words + hidden;
        let plain_order = |hit: &signal::Seen<'_>| {
            let plain = hit.strength >= 1.0 && hit.weight + hit.tool >= PLAIN_ORDER;
            plain && !quote::is_cited(evidence.folded, evidence.marks, &hit.span)
        };
        // A document that tells its reader to drop the instructions needs no further evidence.
        if evidence.tool && seen.into_iter().any(plain_order) { odds.max(PLAIN_ORDER_ODDS) } else { odds }
    }

    /// The telling signals, or the whole text when only its words tell.
    fn findings(&self, evidence: &Evidence<'_>, worst: &Worst, folded: &Shape, score: f32, view: View) -> Vec<Finding> {
        let finding = |type_: &str, rule: &str, span: Range<usize>| Finding {
            kind: FindingKind::Injection,
            type_: Cow::Owned(type_.to_owned()),
            start: span.start,
            end: span.end,
            score,
            rule: Cow::Owned(rule.to_owned()),
            view,
        };
        let part = worst.part.clone().unwrap_or(0..folded.text.len());
        let mut seen: Vec<&signal::Seen<'_>> =
            evidence.seen_in(&part).filter(|hit| hit.strength * hit.weight >= 0.5).collect();
        seen.sort_by(|a, b| (b.strength * b.weight).total_cmp(&(a.strength * a.weight)));
        if seen.is_empty() {
            return vec![finding(BY_WORDS, "injection.model", folded.origin(part))];
        }
        seen.iter().take(4).map(|hit| finding(hit.type_, hit.rule, folded.origin(hit.span.clone()))).collect()
    }
}

/// The strongest sight of each signal with its hand-set weights: the same signal twice says little more than once.
fn strengths<'s, 'a: 's>(seen: impl IntoIterator<Item = &'s signal::Seen<'a>>) -> BTreeMap<&'a str, (f32, f32, f32)> {
    let mut best = BTreeMap::new();
    for hit in seen {
        let slot = best.entry(hit.rule).or_insert((0.0_f32, hit.weight, hit.tool));
        slot.0 = slot.0.max(hit.strength);
    }
    best
}

/// The type of an attack of which only its words tell.
const BY_WORDS: &str = "PROMPT_ATTACK";

/// Hand-set weight from which a signal in a document of a tool is enough alone, and the log odds it then gives. That
/// something earlier is to be ignored is not: people write so of their last mail. It must be instructions.
const PLAIN_ORDER: f32 = 4.3;
const PLAIN_ORDER_ODDS: f32 = 0.8;

/// What it adds to the log odds that a text shows only in another spelling, or within another text.
const HIDDEN_ODDS: f32 = 0.2;

/// Words in one part of a long text, and how far the next part starts behind it.
const PART_WORDS: usize = 48;
const PART_STEP: usize = 24;
/// Shorter texts are judged as a whole only.
const WHOLE_WORDS: usize = 36;

/// Overlapping parts of a long document that a tool brought, in bytes and in words; none of other texts, whose writer
/// asks as a whole.
fn windows(evidence: &Evidence<'_>, features: &Features) -> Vec<(Range<usize>, Range<usize>)> {
    let count = features.word_count();
    if !evidence.tool || count <= WHOLE_WORDS {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(start) = features.word_at(from) {
        let to = (from + PART_WORDS).min(count);
        parts.push((start..features.word_at(to).unwrap_or(evidence.text.len()), from..to));
        if to == count {
            break;
        }
        from += PART_STEP;
    }
    parts
}

fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
