//! The stable public error codes. Inner errors map to one of these once, at the edge.

use serde::{Deserialize, Serialize};

/// Why a request did not get its answer, as seen by its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No access key, or one that is unknown, expired or revoked.
    NotAuthenticated,
    /// No route matches the request.
    NoRoute,
    /// The request is not one strict JSON document of its dialect.
    InvalidRequest,
    /// The body is larger than the route takes.
    TooLarge,
    /// Policy denies the request.
    Denied,
    /// The request waits for a person; send it again after approval.
    Held,
    /// A person rejected the request, or nobody decided in time.
    Rejected,
    /// The upstream could not be reached.
    UpstreamUnreachable,
    /// The upstream did not answer in time.
    UpstreamTimeout,
    /// The evidence log cannot be written, and the route says to deny then.
    EvidenceUnavailable,
    /// A part of the gateway failed. Nothing was forwarded.
    Internal,
}

impl Code {
    /// Every code, for tables and documentation.
    pub const ALL: [Self; 11] = [
        Self::NotAuthenticated,
        Self::NoRoute,
        Self::InvalidRequest,
        Self::TooLarge,
        Self::Denied,
        Self::Held,
        Self::Rejected,
        Self::UpstreamUnreachable,
        Self::UpstreamTimeout,
        Self::EvidenceUnavailable,
        Self::Internal,
    ];

    /// The code as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "not_authenticated",
            Self::NoRoute => "no_route",
            Self::InvalidRequest => "invalid_request",
            Self::TooLarge => "too_large",
            Self::Denied => "denied",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::EvidenceUnavailable => "evidence_unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status: 400 for all of them, the code in the body says which. With 401, 403 or 429 the popular clients
    /// loop, retry or report a log-in problem, and with 5xx or 408 their SDKs send the same request two more times, so
    /// that one slow upstream gets three of them (measured; see ARCHITECTURE.md).
    #[must_use]
    pub fn status(self) -> u16 {
        400
    }
}
