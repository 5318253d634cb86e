//! Definitions of tools: where one comes from, how it is named in records, what was decided about it.
//!
//! A definition is told by its SHA-256 alone. Its text stays where it was.

use crate::digest::Digest;
use crate::ids::{CallerId, DecisionId, ServiceId, ToolName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who declares a definition. The same name means one thing here and another there, so a decision about a definition
/// holds for its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ToolSource {
    /// A caller that offers the tool to a model.
    Caller(CallerId),
    /// A service that offers its tools itself, such as an MCP server.
    Service(ServiceId),
}

/// A text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no source of tools: write `caller/NAME` or `service/ID`")]
pub struct InvalidSource(String);

impl ToolSource {
    /// Reads `caller/NAME` or `service/ID`.
    ///
    /// # Errors
    /// [`InvalidSource`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidSource> {
        let invalid = || InvalidSource(text.to_owned());
        match text.split_once('/') {
            Some(("caller", name)) => CallerId::new(name).map(Self::Caller).map_err(|_| invalid()),
            Some(("service", id)) => ServiceId::new(id).map(Self::Service).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for ToolSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller(caller) => write!(f, "caller/{caller}"),
            Self::Service(service) => write!(f, "service/{service}"),
        }
    }
}

impl TryFrom<String> for ToolSource {
    type Error = InvalidSource;
    fn try_from(text: String) -> Result<Self, InvalidSource> {
        Self::parse(&text)
    }
}

impl From<ToolSource> for String {
    fn from(source: ToolSource) -> Self {
        source.to_string()
    }
}

/// One definition of a tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// Who declares it.
    pub source: ToolSource,
    /// The tool.
    pub tool: ToolName,
    /// SHA-256 of what it says, in one spelling for every API.
    pub sha256: Digest,
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.tool)
    }
}

/// What is known of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefinitionStatus {
    /// Seen; nobody decided, and no other definition of the tool is approved.
    New,
    /// Approved, by a person or as the first one seen where the configuration says so.
    Approved,
    /// Another definition of the same tool is approved, and this one is not.
    Changed,
    /// A person said no.
    Rejected,
}

impl DefinitionStatus {
    /// Every status; what a person should look at comes first.
    pub const ALL: [Self; 4] = [Self::Changed, Self::New, Self::Rejected, Self::Approved];

    /// The word used in JSON, SQL and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Approved => "approved",
            Self::Changed => "changed",
            Self::Rejected => "rejected",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for DefinitionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A definition of a tool that was not seen before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolChange {
    /// Which.
    #[serde(flatten)]
    pub definition: Definition,
    /// What it counts as from here on: `approved` when the configuration takes the first definition of a tool on trust.
    pub status: DefinitionStatus,
    /// The decision about the request that brought it.
    pub decision: DecisionId,
}

/// A definition of a tool in a request that stands against what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolAlarm {
    /// Which.
    #[serde(flatten)]
    pub definition: Definition,
    /// `changed` or `rejected`.
    pub status: DefinitionStatus,
    /// The definitions of the tool that are approved, at most 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<Digest>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_it_is_written() {
        for text in ["caller/billing-bot", "service/host:10.9.3.4:11434", "caller/a/b"] {
            assert_eq!(ToolSource::parse(text).unwrap().to_string(), text);
        }
        for odd in ["", "billing-bot", "caller/", "caller/a b", "model/openai/gpt", "/x"] {
            assert!(ToolSource::parse(odd).is_err(), "{odd}");
        }
    }
}
