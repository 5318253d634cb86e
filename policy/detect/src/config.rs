//! What to look for, as an operator writes it, and what can be wrong with that.

use crate::dictionary::Dictionary;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which detectors run and within which limits. The default is what ships.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Find credentials.
    pub secrets: bool,
    /// Find personal data.
    pub personal: bool,
    /// Find prompt attacks.
    pub attacks: bool,
    /// Find data of classes that need care: special categories, health, finance, source code.
    pub classes: bool,
    /// Find requests for prohibited purposes.
    pub hazards: bool,
    /// Find the terms of these dictionaries.
    pub dictionaries: Vec<Arc<Dictionary>>,
    /// Rules that stay silent, by rule id such as `secret.jwt` or by type such as `PERSON`.
    pub off: Vec<String>,
    /// From this score on a text counts as a prompt attack. The shipped value lets about one benign text in a hundred through the net.
    pub attack_threshold: f32,
    /// How often an encoded piece may hold another encoded piece.
    pub decode_depth: usize,
    /// How many bytes may be decoded for one text before the scan gives up and says so.
    pub decode_bytes_max: usize,
    /// How much work each byte of a long text may be before the scan gives up and says so, in about nanoseconds of one core.
    /// Texts from 8 KiB up to 1 MiB may be as much as one of 1 MiB.
    pub work_per_byte: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            secrets: true,
            personal: true,
            attacks: true,
            classes: true,
            hazards: true,
            dictionaries: Vec::new(),
            off: Vec::new(),
            attack_threshold: 0.5,
            decode_depth: 4,
            decode_bytes_max: 512 * 1024,
            work_per_byte: 47,
        }
    }
}

impl Config {
    /// Checks the values that a type cannot check.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        if !(0.0..=1.0).contains(&self.attack_threshold) {
            return Err(PlanError::Threshold(self.attack_threshold));
        }
        if self.decode_depth > 16 {
            return Err(PlanError::Depth(self.decode_depth));
        }
        for (place, dictionary) in self.dictionaries.iter().enumerate() {
            if self.dictionaries.iter().take(place).any(|other| other.type_() == dictionary.type_()) {
                return Err(PlanError::Twins(dictionary.name().to_owned()));
            }
        }
        Ok(())
    }

    /// Whether a rule of this id and type may speak.
    pub(crate) fn wants(&self, rule: &str, type_: &str) -> bool {
        !self.off.iter().any(|off| off == rule || off == type_)
    }
}

/// Why a plan cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A threshold is not a probability.
    #[error("attack threshold `{0}` is not between 0 and 1")]
    Threshold(f32),
    /// Deeper nesting than any honest text has.
    #[error("decode depth `{0}` is above 16")]
    Depth(usize),
    /// What is found could not be told apart.
    #[error("dictionary `{0}` has the name of another one")]
    Twins(String),
    /// A rule file cannot be read.
    #[error("cannot read detector rules `{file}`: {cause}")]
    Rules {
        /// Which file.
        file: &'static str,
        /// What the parser says.
        cause: String,
    },
    /// The pattern of a rule is not a valid expression.
    #[error("pattern of rule `{rule}` is not valid: {cause}")]
    Pattern {
        /// Which rule.
        rule: String,
        /// What the compiler says.
        cause: String,
    },
}
