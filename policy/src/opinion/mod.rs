//! A second opinion: a judge model says whether texts that the detectors are unsure about are safe.
//!
//! This crate does no I/O. [`crate::validate`] names the texts on which it wants an opinion, whoever calls asks the model
//! and comes again with what it said. The opinion is then a fact, `context.judge`, and policies say what follows from it.
//!
//! INVARIANT: a model is asked only about texts in the band, only when its answer can change the decision, and only about
//! bytes from which everything that is to be replaced is gone. A request that would be denied anyway is not shown to it.

mod prompt;
mod questions;
mod reading;

pub use prompt::{InvalidTemplate, JudgePrompt};
pub use questions::Question;
pub use reading::{AnswerFormat, Unreadable};

use crate::decide::judge;
use crate::examine::Seen;
use crate::facts::Facts;
use crate::remedy::{Ruling, Step, rule_on};
use crate::snapshot::Inner;
use questions::questions;
use std::fmt;

/// What a judge model says about a text, in rising order of weight when there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opinion {
    /// The model has nothing against it.
    Safe,
    /// There is no opinion: the model could not be asked, or what it said is none.
    Failed,
    /// The model objects.
    Unsafe,
}

impl Opinion {
    /// The word used in records and in Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Failed => "failed",
            Self::Unsafe => "unsafe",
        }
    }
}

/// What happens to a request when the opinion that it needs cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnJudgeFailure {
    /// It is denied.
    #[default]
    Deny,
    /// A person decides.
    Hold,
    /// It goes on by what the detectors say; that it was not judged is recorded.
    AllowUnjudged,
}

/// The attack scores, in thousandths, of which the detectors are not sure: `from` belongs to the band, `to` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The lowest score in the band.
    pub from: u32,
    /// The score above the band.
    pub to: u32,
}

impl Band {
    /// Whether the detectors are surer of an attack than in the band. Not a number counts as the worst.
    fn is_surpassed_by(self, score: f32) -> bool {
        score.is_nan() || f64::from(score) * 1000.0 >= f64::from(self.to)
    }

    /// Compared unrounded, so that no score lies between the band and a threshold at its end.
    pub(crate) fn holds(self, score: f32) -> bool {
        let permille = f64::from(score) * 1000.0;
        permille >= f64::from(self.from) && permille < f64::from(self.to)
    }
}

/// What a judge model is asked about, and what happens without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgeTerms {
    /// Which texts.
    pub band: Band,
    /// Bytes of one question; longer texts are asked about in overlapping pieces.
    pub text_bytes_max: usize,
    /// What happens when there is no opinion.
    pub on_failure: OnJudgeFailure,
}

/// A judge model as [`crate::validate`] knows it: the terms, and the opinions that are at hand.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The terms.
    pub terms: &'a JudgeTerms,
    /// What the model said about a question; `None` when it was not asked.
    pub opinion: &'a dyn Fn(&Question) -> Option<Opinion>,
}

impl fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Judge({:?})", self.terms)
    }
}

/// The judge's part in the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Judged {
    /// No opinion was wanted.
    #[default]
    NotAsked,
    Safe,
    Unsafe,
    Failed(OnJudgeFailure),
}

impl Judged {
    /// The word in `context.judge`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "none",
            Self::Safe => Opinion::Safe.as_str(),
            Self::Unsafe => Opinion::Unsafe.as_str(),
            Self::Failed(_) => Opinion::Failed.as_str(),
        }
    }

    /// The opinion behind it.
    pub(crate) fn opinion(self) -> Option<Opinion> {
        match self {
            Self::NotAsked => None,
            Self::Safe => Some(Opinion::Safe),
            Self::Unsafe => Some(Opinion::Unsafe),
            Self::Failed(_) => Some(Opinion::Failed),
        }
    }
}

/// What comes of asking for an opinion.
pub(crate) enum Heard {
    /// The facts are complete with this.
    Judged(Judged),
    /// These questions must be answered first.
    Questions(Vec<Question>),
}

/// The opinion on the suspects, if one is wanted.
///
/// Consent to one text says nothing about another of which the detectors are sure: with such a text in the request, it
/// counts as if nobody had been asked.
///
/// # Errors
/// As [`judge`].
pub(crate) fn hear(model: &Judge<'_>, seen: &Seen, facts: &Facts, inner: &Inner) -> Result<Heard, String> {
    let sure = model.terms.band.is_surpassed_by(seen.sum.attack_score);
    let consent = if sure { Judged::NotAsked } else { Judged::Safe };
    if seen.suspects.is_empty() || !matters(consent, facts, inner)? {
        return Ok(Heard::Judged(Judged::NotAsked));
    }
    let mut open = Vec::new();
    let mut worst = Opinion::Safe;
    for question in questions(&seen.suspects, model.terms.text_bytes_max) {
        match (model.opinion)(&question) {
            Some(opinion) => worst = worst.max(opinion),
            None => open.push(question),
        }
    }
    Ok(match worst {
        _ if !open.is_empty() => Heard::Questions(open),
        Opinion::Safe => Heard::Judged(consent),
        Opinion::Unsafe => Heard::Judged(Judged::Unsafe),
        Opinion::Failed => Heard::Judged(Judged::Failed(model.terms.on_failure)),
    })
}

/// Whether the decision depends on what the model says.
fn matters(consent: Judged, facts: &Facts, inner: &Inner) -> Result<bool, String> {
    let ruling = |judged| -> Result<Ruling, String> {
        let mut facts = Facts { judged, ..facts.clone() };
        let judgement = judge(&mut facts, inner)?;
        Ok(rule_on(&judgement, &facts))
    };
    if matches!(ruling(Judged::NotAsked)?.step, Step::Redact(_)) {
        // What is replaced is nothing that a model should see: it is asked about what comes of it.
        return Ok(false);
    }
    let (safe, not_safe) = (ruling(consent)?, ruling(Judged::Unsafe)?);
    Ok(safe != not_safe && !(safe.step == Step::Deny && not_safe.step == Step::Deny))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_begins_at_its_lower_end_and_ends_before_its_upper_one() {
        let band = Band { from: 300, to: 500 };
        for (score, expected) in [
            (0.0, false),
            (0.299_999, false),
            (0.300_001, true),
            (0.499_999, true),
            (0.5, false),
            (1.0, false),
            (f32::NAN, false),
        ] {
            assert_eq!(band.holds(score), expected, "{score}");
        }
        assert!(Band { from: 0, to: 1001 }.holds(0.0) && Band { from: 0, to: 1001 }.holds(1.0));
        assert!(Band { from: 250, to: 251 }.holds(0.25));
    }

    #[test]
    fn of_several_opinions_an_objection_weighs_most_and_silence_more_than_consent() {
        assert!(Opinion::Unsafe > Opinion::Failed && Opinion::Failed > Opinion::Safe);
    }
}
