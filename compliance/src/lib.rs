//! Obligations of the AI Act and of NIS2, the evidence that the log holds for them, and packs that an auditor checks
//! without trusting us.
//!
//! - [`obligations`] are data (`frameworks/*.toml`), each with its law's version and its date of application.
//! - Queries are pure functions over records. A row's status is *evidence present*, *missing*, *needs a person* or
//!   *cannot be evidenced here*; never "compliant".
//! - [`export`] writes a pack: records, tiles, checkpoint, proofs, rows, OSCAL, HTML. [`verify_pack`] re-checks all of
//!   it offline and re-computes every number.
//!
//! Not here: the log's own formats (that is `gnomon-evidence`), SQL, pages.

mod archive;
mod assess;
mod catalogue;
mod completeness;
mod error;
mod export;
mod files;
mod framework;
mod json;
mod manifest;
mod oscal;
mod pack;
mod queries;
mod readme;
mod records;
mod report;
mod statement;
mod status;
mod verify;

pub use catalogue::{Evidence, Law, Obligation, law, obligations};
pub use error::ComplianceError;
pub use export::{ExportRequest, PackSummary, export};
pub use framework::{Framework, Window};
pub use pack::is_pack;
pub use statement::Status;
pub use status::{StatusRow, status};
pub use verify::verify_pack;
