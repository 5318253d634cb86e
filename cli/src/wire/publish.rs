//! Keeps the gateway's snapshot equal to configuration, policies and record, and tells the desk what people decided.
//!
//! Other processes change the record too (`gnomon inventory set` beside a running gateway), so the record's revision is
//! polled. One small query five times a second is what "within a second" costs.

use crate::clock::SystemClock;
use crate::config::Config;
use crate::wire::{intake, live};
use arc_swap::ArcSwap;
use gnomon_discovery::Catalogue;
use gnomon_gateway::{Decided, Desk, LiveHandle, Restored};
use gnomon_inventory::{ApprovalState, EventFilter, Inventory};
use gnomon_policy::Snapshot;
use gnomon_types::limits::PAGE_ROWS_MAX;
use gnomon_types::record::RecordBody;
use gnomon_types::time::{Clock as _, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

const PERIOD: Duration = Duration::from_millis(200);
/// Who loads configurations and policies.
const BY: &str = "system";
const CONFIG_LOAD: &str = "config.load";
const POLICY_LOAD: &str = "policy.load";

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
    /// Held from reading what a snapshot is built from until it is swapped in, so that an older one never comes last.
    pub(crate) building: Mutex<()>,
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
        let decided = self.inventory.approvals_changed_since(seen).await?;
        // First what is in force, then who waits: a request that wakes is judged by what the person saw.
        self.publish().await?;
        for approval in decided {
            let decided = match approval.state {
                ApprovalState::Approved => Decided::Approved,
                ApprovalState::Rejected => Decided::Rejected { note: approval.note.unwrap_or_default() },
                ApprovalState::Waiting | ApprovalState::Expired => continue,
            };
            self.desk.decide(&approval.id, decided);
        }
        self.in_force.store(Arc::new((revision, SystemClock.now())));
        Ok(())
    }

    /// Builds a snapshot and swaps it in.
    ///
    /// # Errors
    /// When the record cannot be read; the old snapshot stays.
    pub(crate) async fn publish(&self) -> anyhow::Result<()> {
        let _building = self.building.lock().await;
        let snapshot = live::build(&self.config.load(), &self.policy.load(), &self.catalogue, &self.inventory).await?;
        self.live.store(Arc::new(snapshot));
        Ok(())
    }

    /// Puts another configuration and other policies in force and notes it, all or nothing: whatever can fail is done
    /// before the first of them is swapped.
    ///
    /// # Errors
    /// When the record cannot be read or written; everything in force stays.
    pub(crate) async fn adopt(&self, config: Config, policy: Snapshot) -> anyhow::Result<()> {
        let _building = self.building.lock().await;
        intake::seed_upstreams(&self.inventory, &config, &self.catalogue).await?;
        let snapshot = live::build(&config, &policy, &self.catalogue, &self.inventory).await?;
        let mut acts = Vec::new();
        if config.digest != self.config.load().digest {
            acts.push((CONFIG_LOAD, "configuration", config.digest.to_string()));
        }
        if policy.digest() != self.policy.load().digest() {
            acts.push((POLICY_LOAD, "policies", policy.digest().to_string()));
        }
        if !acts.is_empty() {
            self.inventory.note_acts(BY, &acts).await?;
        }
        self.config.store(Arc::new(config));
        self.policy.store(Arc::new(policy));
        self.live.store(Arc::new(snapshot));
        Ok(())
    }

    /// Notes what came into force at a start, unless the log `origin` says so already.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub(crate) async fn note_start(&self, origin: &str) -> anyhow::Result<()> {
        let in_force = [
            (CONFIG_LOAD, "configuration", self.config.load().digest.to_string()),
            (POLICY_LOAD, "policies", self.policy.load().digest().to_string()),
        ];
        let mut acts = Vec::new();
        for (action, subject, digest) in in_force {
            if self.last_noted(origin, action).await?.as_ref() != Some(&digest) {
                acts.push((action, subject, digest));
            }
        }
        if acts.is_empty() { Ok(()) } else { Ok(self.inventory.note_acts(BY, &acts).await?) }
    }

    /// What the log last said came into force.
    async fn last_noted(&self, origin: &str, action: &str) -> anyhow::Result<Option<String>> {
        let text = Some(action.to_owned());
        let filter =
            EventFilter { kind: Some("admin".to_owned()), text, limit: PAGE_ROWS_MAX, ..EventFilter::default() };
        let rows = self.inventory.events(&filter).await?.rows;
        let found = rows.into_iter().find(|row| row.origin == origin && row.action == action);
        Ok(found.and_then(|row| match row.body {
            RecordBody::Admin(admin) => admin.after,
            _ => None,
        }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::StateArgs;
    use crate::config::{Variables, parse};
    use crate::wire::follow::Follower;
    use crate::wire::state::State;
    use crate::wire::{changes, policies};

    const ORIGIN: &str = "gnomon.local/gateway";

    fn config(more: &str) -> Config {
        let base = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";
        parse("f", &format!("{base}{more}"), Variables::new()).unwrap()
    }

    async fn publisher(state: &State) -> Publisher {
        let (config, policy) = (config(""), policies::shipped().unwrap());
        let (catalogue, inventory) = (Arc::new(Catalogue::shipped().unwrap()), state.inventory().await.unwrap());
        let live = live::build(&config, &policy, &catalogue, &inventory).await.unwrap();
        Publisher {
            config: Arc::new(ArcSwap::from_pointee(config)),
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            catalogue,
            inventory,
            live: Arc::new(ArcSwap::from_pointee(live)),
            desk: Arc::new(Desk::new(Arc::new(SystemClock))),
            in_force: ArcSwap::from_pointee((0, SystemClock.now())),
            building: Mutex::default(),
        }
    }

    fn state(folder: &tempfile::TempDir) -> State {
        State::of_args(&StateArgs { state: Some(folder.path().to_owned()), config: None }).unwrap()
    }

    #[tokio::test]
    async fn while_the_record_is_away_everything_in_force_stays() {
        let folder = tempfile::tempdir().unwrap();
        let publisher = publisher(&state(&folder)).await;
        let before = publisher.config.load().digest;
        publisher.inventory.close().await;
        let failed = publisher.adopt(config("[approvals]\ngood_for = \"2h\"\n"), policies::shipped().unwrap()).await;
        assert!(failed.is_err());
        assert_eq!(publisher.config.load().digest, before);
        assert_eq!(publisher.live.load().config_digest, Some(before));
    }

    #[tokio::test]
    async fn a_start_notes_what_came_into_force_unless_the_log_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(&folder);
        let publisher = publisher(&state).await;
        let log = state.log("gateway", Duration::from_secs(1)).unwrap();
        let follower = Follower::new(&log, ORIGIN.to_owned(), publisher.inventory.clone());
        let settle = || async {
            let noted = publisher.inventory.pending_changes(10).await.unwrap().len();
            changes::flush(&log, &publisher.inventory).await.unwrap();
            follower.catch_up(None, &|_| {}).await.unwrap();
            noted
        };
        publisher.note_start(ORIGIN).await.unwrap();
        assert_eq!(settle().await, 2, "configuration and policies");
        publisher.note_start(ORIGIN).await.unwrap();
        assert_eq!(settle().await, 0, "nothing changed");
        publisher.config.store(Arc::new(config("[approvals]\ngood_for = \"2h\"\n")));
        publisher.note_start(ORIGIN).await.unwrap();
        assert_eq!(settle().await, 1, "the configuration changed while nothing ran");
        log.close();
    }
}
