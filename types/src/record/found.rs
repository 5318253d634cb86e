//! A finding in a record.

use serde::{Deserialize, Serialize};

/// Findings that one record tells one by one; each is counted.
pub const FOUND_MAX: usize = 32;

/// One finding: which rule made it, where, and why. Never the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The family: `injection`, `secret`, `pii`, `data`, `hazard`.
    pub kind: String,
    /// The type within the family: `EMAIL`.
    #[serde(rename = "type")]
    pub type_: String,
    /// The text that holds it: a JSON Pointer in the body as it was judged, empty for a body that is one text; `path`;
    /// `seam` for texts that are read as one; `answer`.
    pub place: String,
    /// First byte of it in that text, as UTF-8, escapes undone.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// How sure the detector is, in thousandths.
    pub score_permille: u32,
    /// The detector's rule: `secret.aws-access-key`.
    pub rule: String,
    /// Changes whenever the rule or its code changes.
    pub rule_version: String,
    /// Why the rule spoke.
    pub why: String,
    /// `plain`, `normalised` or `decoded`: whether it stood behind a disguise or an encoding.
    pub view: String,
    /// The tool in whose definition it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Whether it was replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
}
