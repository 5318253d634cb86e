//! Keeps the gateway's snapshot equal to configuration, policies and record, and tells the desk what people decided.
//!
//! Other processes change the record too (`gnomon inventory set` beside a running gateway), so the record's revision is
//! polled. One small query five times a second is what "within a second" costs.

use crate::clock::SystemClock;
use crate::config::Config;
use crate::wire::live;
use arc_swap::ArcSwap;
use gnomon_discovery::Catalogue;
use gnomon_gateway::{Decided, Desk, LiveHandle, Restored};
use gnomon_inventory::{ApprovalState, Inventory};
use gnomon_policy::Snapshot;
use gnomon_types::time::{Clock as _, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_millis(200);

/// What a snapshot is built from.
pub(crate) struct Publisher {
    pub(crate) config: Arc<ArcSwap<Config>>,
    pub(crate) policy: Arc<ArcSwap<Snapshot>>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) inventory: Inventory,
    pub(crate) live: LiveHandle,
    pub(crate) desk: Arc<Desk>,
    /// Which revision of the record is in force, and since when.
    pub(crate) in_force: ArcSwap<(u64, Timestamp)>,
}

impl Publisher {
    /// Polls until `stop` says so. While the database is away the gateway goes on with its last snapshot.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.follow().await {
                tracing::warn!(error = format!("{error:#}"), "the gateway keeps its last snapshot for now");
            }
            tokio::select! {
                () = tokio::time::sleep(PERIOD) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Publishes when the record changed since the last time.
    async fn follow(&self) -> anyhow::Result<()> {
        let (seen, _) = **self.in_force.load();
        let revision = self.inventory.revision().await?;
        if revision == seen {
            return Ok(());
        }
        for approval in self.inventory.approvals_changed_since(seen).await? {
            let decided = match approval.state {
                ApprovalState::Approved => Decided::Approved,
                ApprovalState::Rejected => Decided::Rejected { note: approval.note.unwrap_or_default() },
                ApprovalState::Waiting | ApprovalState::Expired => continue,
            };
            self.desk.decide(&approval.id, decided);
        }
        self.publish().await?;
        self.in_force.store(Arc::new((revision, SystemClock.now())));
        Ok(())
    }

    /// Builds a snapshot and swaps it in.
    ///
    /// # Errors
    /// When the record cannot be read; the old snapshot stays.
    pub(crate) async fn publish(&self) -> anyhow::Result<()> {
        let snapshot = live::build(&self.config.load(), &self.policy.load(), &self.catalogue, &self.inventory).await?;
        self.live.store(Arc::new(snapshot));
        Ok(())
    }

    /// Gives the desk what was open before a restart.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) async fn restore(&self) -> anyhow::Result<()> {
        let open = self.inventory.open_approvals().await?;
        let restored = open.into_iter().map(|row| Restored {
            approved: row.state == ApprovalState::Approved,
            id: row.id,
            fingerprint: row.fingerprint,
            expires: row.expires,
        });
        self.desk.restore(restored.collect());
        Ok(())
    }
}
