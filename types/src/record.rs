//! The records of the evidence log: one leaf each, written as RFC 8785 canonical JSON.
//!
//! A record holds no prompt, no answer, no key and no name: callers are the names that operators gave to keys,
//! addresses and end users appear as pseudonyms, texts as digests and counts. Unknown fields of later versions must
//! be ignored by readers. Every field that may be absent is left out, not written as null.

mod found;

use crate::asset::ServiceStatus;
use crate::conversation::{DialectName, Usage};
use crate::digest::Digest;
use crate::ids::{ApprovalId, CallerId, DecisionId, KeyId, RouteName, ServiceId, UpstreamName};
use crate::opinion::JudgeSummary;
use crate::time::Timestamp;
use crate::tool::{ToolAlarm, ToolChange};
use crate::verdict::{Reason, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use found::{FOUND_MAX, Found};

/// The version of the record format that this crate writes.
pub const RECORD_VERSION: u32 = 1;

/// One leaf of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Format version.
    pub v: u32,
    /// Place in the log, from 0. Set by the log when it appends.
    pub seq: u64,
    /// When the record was made.
    pub at: Timestamp,
    /// The gateway or command that made it.
    pub node: String,
    /// What it says.
    #[serde(flatten)]
    pub body: RecordBody,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordBody {
    /// A decision about a request; durable before anything is forwarded.
    Intent(Box<Intent>),
    /// What came of a forwarded request.
    Outcome(Outcome),
    /// A request began to wait for a person.
    Hold(Hold),
    /// A person decided about a held request, or its time ran out.
    Approval(Approval),
    /// A person or the operator changed something.
    Admin(Admin),
    /// A model was used that was not seen before on this upstream.
    ModelChange(ModelChange),
    /// A definition of a tool was seen that was not seen before.
    ToolChange(ToolChange),
    /// A time during which records may be missing.
    Gap(Gap),
    /// Counters, at start, every minute and at stop.
    Heartbeat(Heartbeat),
    /// Data for a subject was erased.
    Erase(Notice),
    /// Old entries were removed by retention.
    Prune(Notice),
    /// An incident was opened or changed.
    Incident(Notice),
}

impl RecordBody {
    /// The word in the record's `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Intent(_) => "intent",
            Self::Outcome(_) => "outcome",
            Self::Hold(_) => "hold",
            Self::Approval(_) => "approval",
            Self::Admin(_) => "admin",
            Self::ModelChange(_) => "model_change",
            Self::ToolChange(_) => "tool_change",
            Self::Gap(_) => "gap",
            Self::Heartbeat(_) => "heartbeat",
            Self::Erase(_) => "erase",
            Self::Prune(_) => "prune",
            Self::Incident(_) => "incident",
        }
    }
}

/// The service, model and upstream that a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The AI service behind the upstream.
    pub service: ServiceId,
    /// Its status when the request was judged.
    pub status: ServiceStatus,
    /// The upstream.
    pub upstream: UpstreamName,
    /// Host of the upstream, with its port when it is not the scheme's own. Records of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The model asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Who asked, without a name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The caller that the access key belongs to.
    pub caller: CallerId,
    /// `service`, `agent` or `person`.
    pub kind: String,
    /// Team, if the key names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The access key's public part.
    pub key: KeyId,
    /// Keyed hash of the client address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Client program from the user agent: a claim, not proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// A decision about a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The decision.
    pub decision: DecisionId,
    /// When the request arrived.
    pub received: Timestamp,
    /// Who asked. Absent when the caller could not be identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The route, if one matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteName>,
    /// What it is for, if a route matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The API.
    pub dialect: DialectName,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// What is done.
    pub verdict: Verdict,
    /// The public code when nothing is forwarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why, the deciding rule first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Number of findings by `kind/TYPE`, such as `pii/EMAIL`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, u64>,
    /// Where each was made and by which rule, those that stand before those that were replaced. At most 32. Records of
    /// earlier versions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// Prompt-attack score of the worst part, in thousandths.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attack_permille: u32,
    /// What each pass said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<PassSummary>,
    /// What the judge model said, when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeSummary>,
    /// SHA-256 of the policy bundle in force.
    pub policy: Digest,
    /// SHA-256 of the body as received.
    pub received_sha256: Digest,
    /// SHA-256 of the exact bytes forwarded; absent when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_sha256: Option<Digest>,
    /// Bytes of the body as received.
    pub received_bytes: u64,
    /// Parts that hold something other than text and were counted, not inspected.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub uninspected_parts: u64,
    /// Definitions of tools that stand against a decision: changed since they were approved, or rejected. At most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolAlarm>,
    /// The approval that let it through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalId>,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn is_zero_u64(value: &u64) -> bool {
    *value == 0
}

/// What one of the two passes said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassSummary {
    /// `first` or `second`.
    pub pass: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// SHA-256 of the bytes it judged.
    pub sha256: Digest,
}

/// What came of a forwarded request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The decision that let it through.
    pub decision: DecisionId,
    /// Status of the upstream's answer; 0 when there was none.
    pub status: u16,
    /// How the answer ended: `complete`, `cut_by_policy`, `client_gone`, `upstream_error`, `upstream_timeout`.
    pub end: String,
    /// Bytes of the answer as received from the upstream.
    pub answer_bytes: u64,
    /// SHA-256 of the answer as sent to the client.
    pub answer_sha256: Digest,
    /// From forwarding to the last byte, in milliseconds.
    pub duration_ms: u64,
    /// From forwarding to the first byte, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
    /// The model that the upstream says it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens, when the upstream told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Findings in the answer by `kind/TYPE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, u64>,
    /// By which rule each was made. At most 32. Records of earlier versions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// Tokens in the answer in whose place the caller got its own values back.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub restored: u64,
    /// What was done to the answer: allow, redact or deny (cut).
    pub verdict: Verdict,
    /// Why, if something was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Definitions of tools in the answer of a tool server that stand against a decision. At most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolAlarm>,
}

/// A request that began to wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The approval asked for.
    pub approval: ApprovalId,
    /// The decision that asks for it.
    pub decision: DecisionId,
    /// Who asked.
    pub actor: Actor,
    /// The route.
    pub route: RouteName,
    /// What it is for.
    pub target: Target,
    /// SHA-256 over caller, route, upstream and the exact bytes that would leave: the approval is good for these only, once.
    pub fingerprint: Digest,
    /// Why a person is asked.
    pub reasons: Vec<Reason>,
    /// Findings by `kind/TYPE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, u64>,
    /// When it lapses.
    pub expires: Timestamp,
}

/// A person's decision about a held request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Which.
    pub approval: ApprovalId,
    /// `approved`, `rejected` or `expired`.
    pub outcome: String,
    /// Account of the person, or `system` for an expiry.
    pub by: String,
    /// What the person wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The fingerprint that it is good for.
    pub fingerprint: Digest,
}

/// A change by a person or the operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Admin {
    /// Account of the person, or `system`.
    pub by: String,
    /// What was done: `service.status`, `service.owner`, `key.create`, `key.revoke`, `policy.load`, `config.load`,
    /// `user.sign_in`, `user.create`, `evidence.export`, `log.import`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// Value before, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Value after, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Id of the outbox row that this record was made from, so that a repeat is seen. Absent for direct records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// A model on an upstream that was not seen before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChange {
    /// The service.
    pub service: ServiceId,
    /// The upstream.
    pub upstream: UpstreamName,
    /// The model.
    pub model: String,
}

/// A time during which records may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// `disk_full`, `write_error`, `unclean_stop`.
    pub cause: String,
    /// Requests that were denied or held for want of the log, if known.
    pub refused: u64,
}

/// Counters since the start of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// `start`, `running` or `stop`.
    pub phase: String,
    /// Requests accepted.
    pub accepted: u64,
    /// Intents written.
    pub intents: u64,
    /// Requests forwarded.
    pub forwarded: u64,
    /// Outcomes written.
    pub outcomes: u64,
    /// Requests not forwarded.
    pub refused: u64,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the configuration in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Digest>,
}

/// A record of a rare act whose details are free text without personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who did it.
    pub by: String,
    /// What it concerns.
    pub subject: String,
    /// Details.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_written_and_names_its_kind() {
        let record = Record {
            v: RECORD_VERSION,
            seq: 7,
            at: Timestamp::from_millis(1_795_000_000_007),
            node: "gateway-1".to_owned(),
            body: RecordBody::Gap(Gap {
                from: Timestamp::from_millis(0),
                until: Timestamp::from_millis(5),
                cause: "disk_full".to_owned(),
                refused: 2,
            }),
        };
        let json = serde_json::to_string(&record).unwrap();
        assert!(json.contains(r#""kind":"gap""#), "{json}");
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}
