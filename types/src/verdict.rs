//! What may happen to a request.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The outcome of validation, in rising order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Goes through as it is.
    #[default]
    Allow,
    /// Goes through after matches were replaced.
    Redact,
    /// Waits for a person.
    Hold,
    /// Does not go through.
    Deny,
}

impl Verdict {
    /// The word used in headers, records and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Redact => "redact",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a verdict fell: one rule that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Id of the policy or built-in check, such as `secrets-never-leave` or `strict-json`.
    pub rule: String,
    /// A sentence that may be shown to the caller. Never holds text of the request.
    pub text: String,
    /// The obligation that the rule serves, such as `ai-act:26(5)`, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// `true` when the rule only observes: it was recorded and did not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
}
