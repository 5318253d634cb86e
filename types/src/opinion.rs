//! What a judge model said about a request, as records have it.

use serde::{Deserialize, Serialize};

/// The second opinion on a request: what the detectors thought, and what a judge model said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeSummary {
    /// The model's opinion on the worst text: `safe`, `unsafe`, or `failed` when there is none.
    pub opinion: String,
    /// Why there is none: `time_limit`, `busy`, `unreachable`, `status`, `content_type`, `too_large`, `broken`, `unreadable`,
    /// `too_many`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The model.
    pub model: String,
    /// The detectors' opinion: the highest attack score among the texts that the model was asked about, in thousandths.
    pub attack_permille: u32,
    /// Texts, or pieces of long ones, on which an opinion was wanted.
    pub texts: u64,
    /// How many of them the gateway remembered the model's opinion on.
    pub remembered: u64,
    /// How long asking took, in microseconds.
    pub micros: u64,
}
