//! The crate from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod catalogue;
mod corpus;
mod face;
mod robust;
mod sample;
