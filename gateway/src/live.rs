//! The live snapshot: routes, upstreams, keys, statuses, policy. Built whole by `cli`, swapped whole, never changed.
//!
//! INVARIANT: a request takes the snapshot once. Only a held request takes it again, after a person decided, since
//! minutes may have passed and a key may have been revoked meanwhile.

use crate::glob;
use crate::opinion::JudgeModel;
use crate::origin::Origin;
use arc_swap::ArcSwap;
use gnomon_policy::{FirstUse, PinBook, Snapshot};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::Caller;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{RouteName, ServiceId, UpstreamName};
use gnomon_types::limits;
use gnomon_types::record::Target;
use gnomon_types::secret::Secret;
use gnomon_types::time::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the gateway reads the snapshot and `cli` puts a new one.
pub type LiveHandle = Arc<ArcSwap<Live>>;

/// Everything a request is judged by and sent with.
#[derive(Clone)]
pub struct Live {
    /// The routes. Their order does not matter: the longest path prefix wins.
    pub routes: Vec<Route>,
    /// The upstreams by name.
    pub upstreams: BTreeMap<UpstreamName, Upstream>,
    /// Access keys by the SHA-256 of their text.
    pub keys: HashMap<[u8; 32], KeyEntry>,
    /// Statuses of services; a service that is not listed is under review.
    pub statuses: HashMap<ServiceId, ServiceStatus>,
    /// Policies and detectors.
    pub policy: Snapshot,
    /// The model that is asked about texts of which the detectors are unsure, if there is one.
    pub judge: Option<Arc<JudgeModel>>,
    /// What was decided about definitions of tools.
    pub tools: Tools,
    /// Limits that hold for every route.
    pub limits: Limits,
    /// SHA-256 of the configuration, for heartbeats.
    pub config_digest: Option<Digest>,
}

impl Live {
    /// What a request on this upstream is for.
    #[must_use]
    pub fn target(&self, upstream: &Upstream, model: Option<String>) -> Target {
        Target {
            service: upstream.service.clone(),
            status: self.statuses.get(&upstream.service).copied().unwrap_or_default(),
            upstream: upstream.name.clone(),
            host: Some(upstream.origin.authority()),
            model,
        }
    }
}

/// What was decided about definitions of tools. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    /// Every definition that the record knows.
    pub pins: Arc<PinBook>,
    /// What the first definition of a tool counts as.
    pub first_use: FirstUse,
}

/// An access key, found by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// Whose it is.
    pub caller: Caller,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
}

/// What to do when the evidence log cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnEvidenceFailure {
    /// Deny at once.
    #[default]
    Deny,
    /// Wait up to the route's `hold_wait_ms` for the log to come back, then deny.
    Hold,
}

/// Which requests go to which upstream.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in records and pages.
    pub name: RouteName,
    /// Path prefix in whole segments, such as `/` or `/anthropic`. It is cut off before the upstream's base path is put on.
    pub path_prefix: String,
    /// Host that the request must name, without port. Any host when absent.
    pub host: Option<String>,
    /// Model globs such as `gpt-*`. Any model, or none, when empty.
    pub models: Vec<String>,
    /// Where it goes.
    pub upstream: UpstreamName,
    /// What happens when evidence cannot be written.
    pub on_evidence_failure: OnEvidenceFailure,
    /// How long a plain request waits for a person, in milliseconds.
    pub hold_wait_ms: u64,
    /// How long an approval may be asked for and used, in milliseconds.
    pub approval_ttl_ms: u64,
    /// Who a request without an access key counts as. Without it such a request is refused.
    pub allow_anonymous: Option<Caller>,
    /// Largest request body in bytes.
    pub body_bytes_max: usize,
}

impl Route {
    /// A route with the shipped limits that takes access keys only.
    #[must_use]
    pub fn new(name: RouteName, path_prefix: impl Into<String>, upstream: UpstreamName) -> Self {
        Self {
            name,
            path_prefix: path_prefix.into(),
            host: None,
            models: Vec::new(),
            upstream,
            on_evidence_failure: OnEvidenceFailure::Deny,
            hold_wait_ms: 45_000,
            approval_ttl_ms: 3_600_000,
            allow_anonymous: None,
            body_bytes_max: limits::BODY_BYTES_MAX,
        }
    }

    /// Whether a model goes this way.
    #[must_use]
    pub fn takes_model(&self, model: Option<&str>) -> bool {
        self.models.is_empty()
            || model.is_some_and(|model| self.models.iter().any(|pattern| glob::matches(pattern, model)))
    }
}

/// A model server or provider that requests are forwarded to.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name in configuration and records.
    pub name: UpstreamName,
    /// Scheme, host, port and base path.
    pub origin: Origin,
    /// The AI service behind it.
    pub service: ServiceId,
    /// The service's name for people.
    pub service_name: String,
    /// The credential put in place of the caller's key.
    pub auth: UpstreamAuth,
    /// How long each step may take.
    pub timeouts: Timeouts,
    /// Whether a signed receipt of the forwarded bytes goes along.
    pub receipts: bool,
    /// PEM file with the certificate authorities to trust here, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether HTTP/2 is offered (by ALPN, over TLS only).
    pub http2: bool,
}

impl Upstream {
    /// An upstream without credential, with the shipped timeouts.
    #[must_use]
    pub fn new(name: UpstreamName, origin: Origin, service: ServiceId, service_name: impl Into<String>) -> Self {
        Self {
            name,
            origin,
            service,
            service_name: service_name.into(),
            auth: UpstreamAuth::None,
            timeouts: Timeouts::default(),
            receipts: false,
            ca_file: None,
            http2: false,
        }
    }
}

/// How the gateway proves itself to an upstream.
#[derive(Debug, Clone, Default)]
pub enum UpstreamAuth {
    /// It does not. Credentials of the caller that are not ours pass through.
    #[default]
    None,
    /// `Authorization: Bearer ...`
    Bearer(Secret),
    /// `x-api-key: ...`
    XApiKey(Secret),
    /// `api-key: ...`
    ApiKey(Secret),
}

/// How long the steps of an exchange may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS together.
    pub connect_ms: u64,
    /// From the last byte sent to the answer's head.
    pub first_byte_ms: u64,
    /// Between two pieces of the answer.
    pub idle_ms: u64,
    /// The whole exchange.
    pub total_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        // Reasoning models think for minutes before their first byte; the official SDKs wait ten.
        Self { connect_ms: 10_000, first_byte_ms: 600_000, idle_ms: 300_000, total_ms: 3_600_000 }
    }
}

/// Limits that hold for every route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open client connections; more wait in the kernel's queue.
    pub connections_max: usize,
    /// Bytes of a request's headers, names and values.
    pub header_bytes_max: usize,
    /// From the first byte of a connection to the end of its first request head, in milliseconds.
    pub head_ms: u64,
    /// From the end of an answer to the end of the next request head on the same connection, in milliseconds.
    pub keepalive_ms: u64,
    /// From the head to the last byte of a request body, in milliseconds.
    pub body_ms: u64,
    /// For one write towards a client that does not read, in milliseconds.
    pub write_ms: u64,
    /// Bytes of an answer that must be read whole before it may pass.
    pub answer_bytes_max: usize,
    /// Bytes that bodies and whole answers may take up together; more wait. Read when the gateway starts.
    pub buffered_bytes_max: usize,
    /// Bodies above this many bytes are judged on the pool for long work, so that they do not hold up other requests.
    pub inline_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            header_bytes_max: 64 * 1024,
            head_ms: 15_000,
            keepalive_ms: 75_000,
            body_ms: 120_000,
            write_ms: 60_000,
            answer_bytes_max: limits::BODY_BYTES_MAX,
            buffered_bytes_max: 1024 * 1024 * 1024,
            inline_bytes_max: 64 * 1024,
        }
    }
}
