//! What happens while a page is open.

use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::{ApprovalId, DecisionId, ServiceId};
use gnomon_types::verdict::Verdict;
use serde::Serialize;

/// One event for open pages. It holds ids and words only; whoever wants more asks for it with their own rights.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ConsoleEvent {
    /// A decision was recorded.
    Decision {
        /// Which.
        id: DecisionId,
        /// What was decided.
        verdict: Verdict,
    },
    /// A request began to wait, or was decided about.
    Approval {
        /// Which.
        id: ApprovalId,
        /// `waiting`, `approved`, `rejected` or `expired`.
        state: String,
    },
    /// A service changed.
    Service {
        /// Which.
        id: ServiceId,
        /// Its status, when that is what changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<ServiceStatus>,
    },
    /// A log was imported.
    Import {
        /// The file name as given.
        file: String,
    },
    /// Something of the configuration changed: a key, a policy, a route.
    Configuration {
        /// What: `key`, `policy`, `config`.
        what: String,
    },
}

impl ConsoleEvent {
    /// The event's name on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Decision { .. } => "decision",
            Self::Approval { .. } => "approval",
            Self::Service { .. } => "service",
            Self::Import { .. } => "import",
            Self::Configuration { .. } => "configuration",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_hold_ids_and_words_only() {
        let event = ConsoleEvent::Approval { id: ApprovalId::new("apr_1").unwrap(), state: "waiting".to_owned() };
        assert_eq!(event.name(), "approval");
        assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"id":"apr_1","state":"waiting"}"#);
    }
}
