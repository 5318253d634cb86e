//! An AI service in the record, and the words for its status.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the organisation decided about a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Seen, nobody decided yet.
    #[default]
    UnderReview,
    /// Allowed.
    Sanctioned,
    /// Allowed with conditions: personal data is redacted, for example.
    SanctionedWithConditions,
    /// Not allowed.
    Unsanctioned,
}

impl ServiceStatus {
    /// Every status, in the order in which pages show them.
    pub const ALL: [Self; 4] =
        [Self::UnderReview, Self::Sanctioned, Self::SanctionedWithConditions, Self::Unsanctioned];

    /// The word used in JSON, SQL and Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnderReview => "under_review",
            Self::Sanctioned => "sanctioned",
            Self::SanctionedWithConditions => "sanctioned_with_conditions",
            Self::Unsanctioned => "unsanctioned",
        }
    }

    /// The words shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::UnderReview => "Under review",
            Self::Sanctioned => "Sanctioned",
            Self::SanctionedWithConditions => "Sanctioned with conditions",
            Self::Unsanctioned => "Unsanctioned",
        }
    }

    /// Reads the word; dashes and spaces count as underscores.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a service came to be in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// In the catalogue.
    #[default]
    Known,
    /// Behaves like an AI service and is not in the catalogue, such as a self-hosted model server.
    Unknown,
    /// AI inside a product that does more than AI.
    Embedded,
    /// A server of the Model Context Protocol.
    Mcp,
}

impl ServiceKind {
    /// The word used in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Embedded => "embedded",
            Self::Mcp => "mcp",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Known, Self::Unknown, Self::Embedded, Self::Mcp].into_iter().find(|kind| kind.as_str() == word)
    }
}
