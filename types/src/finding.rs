//! What a detector saw.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The family of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// A prompt attack: injection, jailbreak, prompt extraction.
    Injection,
    /// A credential.
    Secret,
    /// Personal data.
    Pii,
    /// Data of a class that needs care, whoever it is about: a term of a dictionary, health, finance, source code.
    Data,
    /// A prohibited or unacceptable purpose.
    Hazard,
}

impl FindingKind {
    /// The word used in JSON and in Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Injection => "injection",
            Self::Secret => "secret",
            Self::Pii => "pii",
            Self::Data => "data",
            Self::Hazard => "hazard",
        }
    }
}

/// In which view of the text a finding was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// The text as it is.
    #[default]
    Plain,
    /// After removing disguises such as zero-width characters, homoglyphs, spacing.
    Normalised,
    /// Inside a decoded piece: base64, hex, percent, entities.
    Decoded,
}

/// One thing found in one text. It never carries the text itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The family.
    pub kind: FindingKind,
    /// The type within the family, in capitals: `EMAIL`, `AWS_ACCESS_KEY`, `INSTRUCTION_OVERRIDE`.
    #[serde(rename = "type")]
    pub type_: Cow<'static, str>,
    /// First byte of the span in the original UTF-8 text, also when found in another view.
    pub start: usize,
    /// One past the last byte of the span.
    pub end: usize,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// The rule that fired, such as `secret.aws-access-key`.
    pub rule: Cow<'static, str>,
    /// In which view it was found.
    #[serde(default)]
    pub view: View,
}
