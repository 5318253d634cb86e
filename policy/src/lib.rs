//! The judge: two passes over a request, Cedar policies between them, one decision.
//!
//! [`validate`] is a pure function from a request and a [`Snapshot`] to a [`Decision`]. Live traffic, `gnomon scan`,
//! policy tests and the replay of past traffic all call the same code, so they cannot disagree.
//!
//! The first pass looks at the request as received. A `forbid` with a remedy says "not like this": its remedy is
//! applied and the request is judged again. The second pass starts from the exact bytes that would leave and trusts
//! nothing of the first. Everything that goes wrong on the way (bytes that do not parse, a policy that errors, a
//! detector that runs out of its budget, a redaction that does not settle) denies.
//!
//! No I/O, no clock: whoever calls brings time and bytes.

mod annotations;
mod answer;
mod cases;
mod decide;
mod decision;
mod diff;
mod error;
mod examine;
mod explain;
mod facts;
mod found;
mod glances;
mod grain;
mod known;
mod lint;
mod load;
mod memory;
mod numbers;
mod opinion;
mod pass;
mod receipt;
mod remedy;
mod restore;
mod scope;
mod seams;
mod selection;
mod shipped;
mod slices;
mod snapshot;
mod text;
mod tools;
mod validate;

pub use answer::{AnswerRule, Received, found_in_answer, judge_answer};
pub use cases::{Case, CaseOutcome, Mismatch, read_cases, run_case};
pub use decision::{Decision, Request};
pub use diff::{Change, Difference, diff};
pub use error::{LoadError, LoadErrors};
pub use examine::scan_of_definition;
pub use explain::answer_message;
pub use facts::data_classes;
pub use known::Known;
pub use load::PolicyFile;
pub use opinion::{
    AnswerFormat, Band, InvalidTemplate, Judge, JudgePrompt, JudgeTerms, OnJudgeFailure, Opinion, Question, Unreadable,
};
pub use receipt::{ReceiptClaims, ReceiptSigner};
pub use restore::{Replaced, may_see};
pub use seams::{Seam, seams};
pub use selection::Selection;
pub use shipped::{SCHEMA, shipped_files};
pub use snapshot::{PolicySummary, Snapshot};
pub use text::{TextVerdict, scan_text};
pub use tools::{
    Asked, Called, FirstUse, Offer, Pin, PinBook, Standing, Taken, ToolPins, Toolbox, declared_offers, definitions_in,
};
pub use validate::validate;

/// What a guard of answers needs of the detectors. Nobody else reaches them past this crate.
pub use gnomon_detect::{
    Config as DetectConfig, Restored, Restorer, Scan, StreamScanner, StreamStep, Tokens, Values, redact,
};
