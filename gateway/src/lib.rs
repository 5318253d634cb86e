//! The data plane: requests come in on Pingora's sessions, are judged, recorded, forwarded on Pingora's connectors, and
//! their answers are scanned on the way back.
//!
//! It knows no SQL and no page. `cli` hands in a [`Live`] snapshot and swaps it whole, joins the [`Desk`] to the record
//! of approvals, and runs the [`Gateway`] on a thread of its own.
//!
//! INVARIANT: nothing of a request goes to an upstream before its intent is durable in the evidence
//! log. A judge model, where one is configured, belongs to the inspection and is asked before.

mod answer;
mod ask;
mod body;
mod client;
mod connection;
mod definitions;
mod desk;
mod exchange;
mod fingerprint;
mod forward;
mod gateway;
mod glob;
mod head;
mod headers;
mod heard;
mod heartbeat;
mod hold;
mod identify;
mod ids;
mod inspect;
mod ledger;
mod live;
mod memory;
mod metrics;
mod models;
mod opinion;
mod origin;
mod proxy;
mod record;
mod refusal;
mod respond;
mod tasks;
mod upstream;

pub use desk::{Decided, Desk, Restored, Waiting};
pub use gateway::{BindError, Drained, Gateway, Options, Parts};
pub use live::{KeyEntry, Limits, Live, LiveHandle, OnEvidenceFailure, Route, Timeouts, Tools, Upstream, UpstreamAuth};
pub use metrics::{Counters, Totals, render_metrics};
pub use opinion::JudgeModel;
pub use origin::{InvalidOrigin, Origin};
