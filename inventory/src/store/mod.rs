//! The tables, one file per family. Functions that take part in a larger change take its transaction.

pub(crate) mod approvals;
pub(crate) mod asset_evidence;
pub(crate) mod asset_id;
pub(crate) mod asset_list;
pub(crate) mod assets;
pub(crate) mod callers;
pub(crate) mod choices;
pub(crate) mod counters;
pub(crate) mod decisions;
pub(crate) mod events;
pub(crate) mod imports;
pub(crate) mod keys;
pub(crate) mod models;
pub(crate) mod outbox;
pub(crate) mod overview;
pub(crate) mod pseudonyms;
pub(crate) mod services;
pub(crate) mod sessions;
pub(crate) mod statuses;
pub(crate) mod tallies;
pub(crate) mod totals;
pub(crate) mod twin;
pub(crate) mod twin_assets;
pub(crate) mod users;
pub(crate) mod uses;
pub(crate) mod words;
