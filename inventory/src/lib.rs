//! The record: which AI services, models, callers and keys there are, what was decided, and what people said about it.
//!
//! The only crate that speaks SQL. One set of statements runs on SQLite (the default) and on PostgreSQL. What requests
//! did is *derived*: [`Inventory::apply`] follows the evidence log by cursor, and the derived rows can be dropped and made
//! again. What people change is *primary*: it is written here first, together with a row of the evidence outbox
//! ([`Inventory::pending_changes`]) and, where an asset changed, of the twin outbox ([`Inventory::twin_events`]).
//!
//! [`Search`] is a cache beside it: a tantivy index that may be deleted at any time.

mod db;
mod error;
mod follow;
mod inventory;
mod migrate;
mod search;
mod store;

pub use error::InventoryError;
pub use inventory::{Inventory, Page};
pub use search::{Hit, HitKind, Search};
pub use store::approvals::{ApprovalFilter, ApprovalRow, ApprovalState, Decide};
pub use store::asset_evidence::AssetLink;
pub use store::asset_id::{AssetId, AssetKind};
pub use store::assets::{AssetDetail, AssetFacts, AssetFilter, AssetRow};
pub use store::callers::{CallerRow, CallerTarget};
pub use store::choices::HistoryRow;
pub use store::decisions::{DecisionDetail, DecisionFilter, DecisionRow, RecordRef};
pub use store::events::{EventFilter, EventRow, NodeRow};
pub use store::imports::{ImportBatch, ImportOutcome, SourceRow};
pub use store::keys::{ActiveKey, KeyRow, NewKey};
pub use store::models::ModelRow;
pub use store::outbox::Change;
pub use store::overview::{DayDecisions, Overview};
pub use store::services::{DayUse, ServiceDetail, ServiceFilter, ServiceOrder, ServiceRow, ServiceSeed, ServiceUser};
pub use store::sessions::Session;
pub use store::tallies::AssetDay;
pub use store::tools::{DecideTool, ToolFilter, ToolRow};
pub use store::twin::{DeadLetter, SinkRow, TwinAsset, TwinEvent};
pub use store::users::{NewUser, Role, User};
pub use store::uses::UseFilter;
