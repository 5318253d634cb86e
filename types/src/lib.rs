//! Words that every part of Gnomon shares: identifiers, time, verdicts, findings, sightings, records.
//!
//! The ground floor of the house: no I/O, no async, no dependency on another crate of ours. A type lives
//! here as soon as two crates must agree on it, and not before.

pub mod asset;
pub mod caller;
pub mod code;
pub mod conversation;
pub mod digest;
pub mod finding;
pub mod ids;
pub mod limits;
pub mod opinion;
pub mod record;
pub mod secret;
pub mod sighting;
pub mod spelling;
pub mod time;
pub mod tool;
pub mod verdict;
