//! One file per format.

pub(crate) mod cloudevents;
pub(crate) mod cyclonedx;
