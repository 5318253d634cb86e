//! One line of evidence that an AI service was used.

use crate::asset::ServiceKind;
use crate::digest::Digest;
use crate::ids::ServiceId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a sighting can be looked up again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EvidencePointer {
    /// The source by its format, such as `squid`, `zeek-dns`, `gateway`.
    pub source: String,
    /// File name as given, or the evidence log's origin for the gateway.
    pub file: String,
    /// SHA-256 of the imported file: other files may have the same name. Not for the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Byte offset of the line in the (decompressed) file; sequence number for the gateway.
    pub offset: u64,
    /// Line number, from 1; sequence number for the gateway.
    pub line: u64,
}

/// One observed use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// When.
    pub at: Timestamp,
    /// The service.
    pub service: ServiceId,
    /// Its name for people.
    pub service_name: String,
    /// How it was recognised.
    pub kind: ServiceKind,
    /// Host that was contacted, with its port when it is not the scheme's own: `chatgpt.com`, `10.9.3.4:11434`.
    pub host: String,
    /// Authenticated user, if the log names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Client address or device name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// How many requests the line stands for.
    pub requests: u64,
    /// Bytes sent to the service, where the log tells.
    pub bytes_up: u64,
    /// Bytes received from the service, where the log tells.
    pub bytes_down: u64,
    /// How sure the recognition is, 0 to 1.
    pub confidence: f32,
    /// Model named in the request, if visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Client program, from the user agent, if visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Where it stands.
    pub evidence: EvidencePointer,
}

/// Sightings of one service by one user from one device to one host on one UTC day in one file, summed.
/// Merging two uses of the same key is commutative and associative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Use {
    /// The service.
    pub service: ServiceId,
    /// Its name for people.
    pub service_name: String,
    /// How it was recognised.
    pub kind: ServiceKind,
    /// Host that was contacted, as in [`Sighting::host`].
    pub host: String,
    /// Authenticated user, if named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Client address or device name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The UTC day, `2026-11-23`.
    pub day: String,
    /// Earliest sighting.
    pub first_seen: Timestamp,
    /// Latest sighting.
    pub last_seen: Timestamp,
    /// Sum of requests.
    pub requests: u64,
    /// Sum of bytes sent.
    pub bytes_up: u64,
    /// Sum of bytes received.
    pub bytes_down: u64,
    /// Highest confidence.
    pub confidence: f32,
    /// Models named, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Client programs named, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// The first pointers in file order, at most [`Use::EVIDENCE_MAX`].
    pub evidence: Vec<EvidencePointer>,
}

impl Use {
    /// Pointers kept for each use; more lines of the same use are counted in `requests`.
    pub const EVIDENCE_MAX: usize = 16;
}

/// What is in a log file, whatever its name and compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Bytes without compression.
    pub bytes: u64,
    /// SHA-256 of those bytes.
    pub digest: Digest,
    /// SHA-256 of the first so many bytes, for lengths that earlier files had: a log that has grown begins as it was.
    pub beginnings: Vec<(u64, Digest)>,
}

impl Content {
    /// Content of which no beginning is known.
    #[must_use]
    pub fn new(bytes: u64, digest: Digest) -> Self {
        Self { bytes, digest, beginnings: Vec::new() }
    }
}

/// What one imported file gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceSummary {
    /// File name as given.
    pub file: String,
    /// Format that was recognised: `squid`, `zeek-dns`, `bind` ... or `unknown`.
    pub format: String,
    /// Lines read, headers, blank and comment lines not counted.
    pub lines: u64,
    /// Lines understood.
    pub parsed: u64,
    /// Lines not understood.
    pub rejected: u64,
}

/// Something the sources cannot show: an honest limit of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlindSpot {
    /// The user, if named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The device, if no user is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Why: such as `uses DNS over HTTPS at dns.google: lookups are hidden from the DNS log`.
    pub reason: String,
}

impl BlindSpot {
    /// The reason of a device that no line of its file names a user for. Another source may name one: then it is no
    /// blind spot any more, wherever sources are put together.
    pub const NAMELESS: &str = "no source names a user for this device: its use is attributed to the address";
}
