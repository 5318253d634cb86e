//! Who asks.

use crate::ids::{CallerId, KeyId};
use serde::{Deserialize, Serialize};

/// What kind of thing holds an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum CallerKind {
    /// An application or service.
    #[default]
    Service,
    /// An autonomous agent.
    Agent,
    /// One person's tools, such as an IDE assistant.
    Person,
}

impl CallerKind {
    /// The word used in JSON, SQL and Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Agent => "agent",
            Self::Person => "person",
        }
    }
}

/// The identified sender of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Its stable name.
    pub id: CallerId,
    /// What it is.
    pub kind: CallerKind,
    /// Team or department, if the key names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The access key that was used.
    pub key: KeyId,
}
