//! The log from outside: what it keeps, what it recovers from, what its verifier names, and who else accepts it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic: that is how a test fails"
)]

mod crash;
mod foreign;
mod log;
mod support;
mod tamper;
mod vectors;
