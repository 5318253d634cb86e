//! The laws that a pack can be made for, and the span of time that it covers.

use gnomon_types::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A law whose obligations are in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Regulation (EU) 2024/1689.
    AiAct,
    /// Directive (EU) 2022/2555 with Implementing Regulation (EU) 2024/2690.
    Nis2,
}

impl Framework {
    /// Every law.
    pub const ALL: [Self; 2] = [Self::AiAct, Self::Nis2];

    /// The word used in options and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AiAct => "ai-act",
            Self::Nis2 => "nis2",
        }
    }

    /// The name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AiAct => "EU AI Act",
            Self::Nis2 => "NIS2",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.as_str() == word)
    }
}

/// A span of time: from, inclusive, until, exclusive. Windows that follow one another count each record once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub until: Timestamp,
}

impl Window {
    /// Whether a moment falls into it.
    #[must_use]
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }
}
