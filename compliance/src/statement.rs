//! What a pack says, as values: `rows.json`. The report and the OSCAL document are drawings of it and of nothing else.

use crate::framework::{Framework, Window};
use gnomon_types::digest::Digest;
use gnomon_types::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form of `rows.json`.
pub(crate) const FORMAT: &str = "gnomon-evidence-pack/1";

/// What cannot be computed from the records: the choices of whoever made the pack. The verifier takes these from the
/// pack and makes everything else again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    pub(crate) format: String,
    pub(crate) tool: String,
    pub(crate) at: Timestamp,
    pub(crate) window: Window,
    pub(crate) frameworks: Vec<Framework>,
}

/// The whole statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Statement {
    pub(crate) made: Made,
    pub(crate) log: LogFacts,
    pub(crate) laws: Vec<LawFacts>,
    pub(crate) rows: Vec<Row>,
    pub(crate) queries: Vec<QueryResult>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) completeness: Completeness,
}

/// The log and which part of it falls into the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LogFacts {
    pub(crate) origin: String,
    pub(crate) vkey: String,
    pub(crate) size: u64,
    pub(crate) root: String,
    pub(crate) records_sha256: Digest,
    pub(crate) records_bytes: u64,
    pub(crate) checkpoint_sha256: Digest,
    pub(crate) span: Span,
}

/// Records by time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    /// Times of the first and the last record of the log.
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) newest: Option<Timestamp>,
    /// Places of the first and the last record in the window, and how many there are.
    pub(crate) window_first: Option<u64>,
    pub(crate) window_last: Option<u64>,
    pub(crate) window_records: u64,
}

/// A law as the pack knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LawFacts {
    pub(crate) framework: Framework,
    pub(crate) name: String,
    pub(crate) law: String,
    pub(crate) version: String,
    pub(crate) as_of: String,
    pub(crate) source: String,
    pub(crate) catalogue_sha256: Digest,
}

/// How an obligation stands. Never "compliant": that is for people to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The records that the obligation asks for are there.
    EvidencePresent,
    /// They are not.
    EvidenceMissing,
    /// Whatever the records show, a person has the last word.
    NeedsAPerson,
    /// These records hold nothing on it.
    CannotBeEvidencedHere,
}

impl Status {
    /// Every status, in the order in which pages show them.
    pub const ALL: [Self; 4] =
        [Self::EvidencePresent, Self::EvidenceMissing, Self::NeedsAPerson, Self::CannotBeEvidencedHere];

    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EvidencePresent => "evidence_present",
            Self::EvidenceMissing => "evidence_missing",
            Self::NeedsAPerson => "needs_a_person",
            Self::CannotBeEvidencedHere => "cannot_be_evidenced_here",
        }
    }

    /// The words shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::EvidencePresent => "Evidence present",
            Self::EvidenceMissing => "Evidence missing",
            Self::NeedsAPerson => "Needs a person",
            Self::CannotBeEvidencedHere => "Cannot be evidenced here",
        }
    }
}

/// One obligation with what there is for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) control: String,
    /// Ids of the obligation in the common table of obligations.
    pub(crate) source: Vec<String>,
    pub(crate) framework: Framework,
    pub(crate) reference: String,
    pub(crate) requirement: String,
    pub(crate) who: String,
    pub(crate) applies_from: String,
    pub(crate) applies_note: String,
    /// Whether it applies on the day on which the pack was made.
    pub(crate) applies: bool,
    pub(crate) status: Status,
    /// Different records that match any of the queries or a rule that names the obligation.
    pub(crate) count: u64,
    pub(crate) queries: Vec<String>,
    /// Records with a rule whose `@control` names the obligation.
    pub(crate) named_by_rules: u64,
    pub(crate) remark: String,
    pub(crate) person: String,
    pub(crate) limits: String,
}

/// What a query found in the window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct QueryResult {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) answerable: bool,
    /// Why not, if not.
    pub(crate) why_not: String,
    pub(crate) count: u64,
    pub(crate) facts: BTreeMap<String, u64>,
    /// Places of the matching records, `0-4,9`.
    pub(crate) seqs: String,
    pub(crate) seqs_complete: bool,
    /// SHA-256 over all matching places, one decimal per line.
    pub(crate) seqs_sha256: String,
}

/// A record that was drawn for a closer look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sample {
    pub(crate) query: String,
    pub(crate) seq: u64,
    /// The key by which it was drawn.
    pub(crate) key: String,
    pub(crate) kind: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) record_sha256: Digest,
    pub(crate) record: String,
    pub(crate) proof: String,
}

/// What the log says about what it does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Completeness {
    /// Forwarded requests of the window whose outcome is not in the log.
    pub(crate) orphan_intents: u64,
    /// Places of the first of them.
    pub(crate) orphans: Vec<u64>,
    /// `false` when more requests were open at one time than are remembered; the figure is a lower bound then.
    pub(crate) orphans_exact: bool,
    pub(crate) gap_count: u64,
    /// The first gaps.
    pub(crate) gaps: Vec<GapFacts>,
    /// One entry per run of a gateway, the latest runs.
    pub(crate) runs: Vec<RunFacts>,
    pub(crate) runs_omitted: u64,
    /// Records of a kind that this program does not know.
    pub(crate) unreadable: u64,
}

/// A time during which records may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct GapFacts {
    pub(crate) seq: u64,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) cause: String,
    pub(crate) refused: u64,
}

/// The counters of a run, held against the records of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RunFacts {
    pub(crate) node: String,
    /// Places of its first and last heartbeat.
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) stopped: bool,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) intents_counted: u64,
    pub(crate) intents_found: u64,
    pub(crate) outcomes_counted: u64,
    pub(crate) outcomes_found: u64,
    /// Records that were counted and are not there.
    pub(crate) missing: u64,
}
