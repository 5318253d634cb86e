//! The bridge to a digital twin: the record's assets and their changes, in formats that others read.
//!
//! [`run`] sends what the inventory's twin outbox holds to one sink, as CloudEvents: at least once, in order for each
//! asset, with the same event id for ever, so a consumer that keeps the highest version of each asset is always right.
//! [`cyclonedx`] writes the whole inventory as a CycloneDX 1.7 bill of materials.
//!
//! The crate decides nothing and changes nothing but its own sinks' cursors.

mod backoff;
mod error;
mod format;
mod transport;
mod window;
mod worker;

pub use error::BridgeError;
pub use format::cloudevents::CloudEvent;
pub use format::cyclonedx::cyclonedx;
pub use worker::{Delivery, Sink, SinkTarget, run};
