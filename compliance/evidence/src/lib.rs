//! A transparency log that nobody can change quietly, and its verifier.
//!
//! Records are appended as exact bytes of canonical JSON (RFC 8785) to segment files; one flush makes a whole batch
//! durable, and only then are its writers answered. Everything else is derived in the background: RFC 6962 hash tiles
//! in the C2SP tlog-tiles layout and a checkpoint signed as a C2SP signed note. [`verify`] re-checks a log or an
//! exported copy from those public formats alone and names what was changed and where.
//!
//! This crate knows no gateway, no database and no page: an auditor can build it alone (`gnomon-verify`).
//!
//! **Invariants.** An acknowledged record is never lost, torn or reordered. A checkpoint is never signed over a record
//! that is not durable, nor over a history that contradicts an earlier checkpoint.

pub mod checkpoint;
pub mod layout;
pub mod merkle;
pub mod note;
pub mod proof;

mod appender;
mod error;
mod export;
mod files;
mod log;
mod publisher;
mod reader;
mod record;
mod recover;
mod segments;
mod tiles;
mod verify;

pub use error::{AppendError, LogError, ReadError, VerifyError};
pub use export::{ExportSummary, export};
pub use log::{Log, LogConfig, LogHealth};
pub use note::NoteSigner;
pub use reader::Reader;
pub use record::{RECORD_BYTES_MAX, StoredRecord};
pub use tiles::TileDir;
pub use verify::{Failure, VerifyOptions, VerifyReport, Window, verify};
