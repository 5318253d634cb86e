//! Finds things in text: prompt attacks, credentials, personal data, classes of data, an
//! organisation's own terms, prohibited purposes.
//!
//! Pure: no I/O, no clock, no async. A [`Plan`] is compiled once from a [`Config`] and shared; [`Plan::scan_plain`]
//! looks at the text as it is, [`Plan::scan`] also at its views without disguises and at what is encoded in it.
//! Every [`Finding`](gnomon_types::finding::Finding) points to bytes of the original text and never carries the text.
//! [`redact`] replaces findings by tokens, [`Restorer`] puts the values back, [`StreamScanner`] finds in chunks what [`Plan::scan_plain`] finds in the whole.
//!
//! What it is not: it decides nothing. Whether a finding stops a request is policy.

mod attacks;
mod beginnings;
mod brief;
mod chars;
mod checks;
mod code;
mod config;
mod counted;
mod dictionary;
mod effort;
mod entropy;
mod explain;
mod folded;
mod forms;
mod hits;
mod literals;
mod look;
mod merge;
mod mixer;
mod names;
mod open;
mod pages;
mod passwords;
mod patterns;
mod pem;
mod personal;
mod plan;
mod public;
mod redact;
mod restore;
mod rule;
mod secrets;
mod shape;
mod stream;
mod tail;
mod tokens;
mod topics;
mod types;
mod views;

pub use attacks::{Trainer, TrainingText};
pub use config::{Config, PlanError};
pub use dictionary::{Dictionary, TermError};
pub use explain::Explanation;
pub use look::Glance;
pub use plan::{Plan, Scan};
pub use redact::redact;
pub use restore::{Restored, Restorer, Values};
pub use stream::{StreamScanner, StreamStep};
pub use tokens::{Numbering, Tokens};
