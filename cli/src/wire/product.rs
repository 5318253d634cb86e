//! The whole product in one process: starts its parts in order, stops them in the reverse order.
//!
//! Start: record, log, followers caught up, snapshot, ports; then `ready`. Stop: no new requests, running ones drained,
//! changes flushed, followers caught up, log closed. Nothing acknowledged is lost on the way.

use crate::clock::SystemClock;
use crate::config::Config;
use crate::wire::console::{Exporter, Importer, gateway_info};
use crate::wire::follow::Follower;
use crate::wire::publish::Publisher;
use crate::wire::state::State;
use crate::wire::{changes, follow, intake, live, policies, reload, sinks};
use anyhow::Context as _;
use arc_swap::ArcSwap;
use gnomon_console::{ConsoleEvent, ConsoleParts, Settings};
use gnomon_discovery::Catalogue;
use gnomon_evidence::Log;
use gnomon_gateway::{Counters, Desk, Gateway, Options, Parts, render_metrics};
use gnomon_inventory::{Inventory, Search};
use gnomon_policy::ReceiptSigner;
use gnomon_types::time::Clock as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

/// Live events that a slow page may be behind; it then reads the page anew.
const EVENTS_MAX: usize = 1024;

/// A running product.
pub(crate) struct Product {
    pub(crate) inventory: Inventory,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Where clients connect.
    pub(crate) gateway_address: SocketAddr,
    /// Where people connect.
    pub(crate) admin_address: SocketAddr,
    publisher: Arc<Publisher>,
    state: State,
    log: Log,
    follower: Follower,
    search: Search,
    ready: Arc<AtomicBool>,
    stop_gateway: watch::Sender<bool>,
    stop_rest: watch::Sender<bool>,
    gateway: tokio::task::JoinHandle<anyhow::Result<()>>,
    tasks: JoinSet<()>,
}

/// What lives as long as the product and several parts need.
struct Foundation {
    state: State,
    inventory: Inventory,
    catalogue: Arc<Catalogue>,
    log: Log,
    follower: Follower,
    search: Search,
    events: broadcast::Sender<ConsoleEvent>,
    publisher: Arc<Publisher>,
}

impl Product {
    /// Starts everything. `config_path` is watched for changes.
    ///
    /// # Errors
    /// When a part cannot be started; nothing is left running then.
    pub(crate) async fn start(config: Config, config_path: Option<PathBuf>) -> anyhow::Result<Self> {
        let server = config.server.clone();
        let sink_configs = config.sinks.clone();
        let foundation = lay_foundation(config).await?;
        let counters = Arc::new(Counters::default());
        let ready = Arc::new(AtomicBool::new(false));
        let (stop_gateway, gateway_stopped) = watch::channel(false);
        let (stop_rest, stopped) = watch::channel(false);

        let gateway = bind_gateway(&foundation, &server, counters.clone())?;
        let gateway_address = gateway.addresses().first().copied().context("the gateway listens nowhere")?;
        let admin = TcpListener::bind(server.admin).await;
        let admin = admin.with_context(|| format!("the console cannot listen on {}", server.admin))?;
        let admin_address = admin.local_addr()?;

        let mut tasks = JoinSet::new();
        sinks::start(&sink_configs, &server.node, &foundation.inventory, &mut tasks, &stopped);
        spawn_followers(&foundation, &mut tasks, &stopped)?;
        let console = console_parts(&foundation, counters, ready.clone());
        tasks.spawn(serve_console(admin, console, stopped.clone()));
        if let Some(path) = config_path {
            tasks.spawn(reload::run(path, foundation.publisher.clone(), stopped.clone()));
        }
        let gateway =
            tokio::task::spawn_blocking(move || gateway.run(gateway_stopped).map(drop).context("the gateway failed"));
        ready.store(true, Ordering::Release);
        Ok(Self {
            inventory: foundation.inventory,
            catalogue: foundation.catalogue,
            gateway_address,
            admin_address,
            publisher: foundation.publisher,
            follower: foundation.follower,
            state: foundation.state,
            log: foundation.log,
            search: foundation.search,
            ready,
            stop_gateway,
            stop_rest,
            gateway,
            tasks,
        })
    }

    /// The revision of the record that the gateway obeys.
    pub(crate) fn revision_in_force(&self) -> u64 {
        self.publisher.in_force.load().0
    }

    /// Folder of the evidence log.
    pub(crate) fn evidence(&self) -> PathBuf {
        self.state.evidence()
    }

    /// Resolves when the gateway ended by itself, which it should not.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.gateway).await {
            Ok(Ok(())) => anyhow::anyhow!("the gateway stopped by itself"),
            Ok(Err(error)) => error,
            Err(error) => anyhow::Error::new(error).context("the gateway failed"),
        }
    }

    /// Drains running requests, brings everything written to rest, stops.
    ///
    /// # Errors
    /// When a part could not be brought to rest; what is on disk is whole all the same.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.ready.store(false, Ordering::Release);
        self.stop_gateway.send_replace(true);
        if !self.gateway.is_finished() {
            (&mut self.gateway).await.context("the gateway failed")??;
        }
        self.stop_rest.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.context("a background task failed")?;
        }
        // Read first what was appended: a change whose record is already in the log is not appended again.
        let search = Some(&self.search);
        self.follower.catch_up(search, &|_| {}).await?;
        changes::flush(&self.log, &self.inventory).await?;
        self.log.close();
        self.follower.catch_up(search, &|_| {}).await?;
        self.inventory.close().await;
        Ok(())
    }
}

async fn lay_foundation(config: Config) -> anyhow::Result<Foundation> {
    let state = State::of_config(&config);
    let origin = config.evidence.origin.clone();
    let policy = policies::of_config(&config)?;
    policies::warm(&policy);
    let catalogue = Arc::new(Catalogue::shipped()?);
    let inventory = state.inventory().await?;
    intake::seed(&inventory, &catalogue).await?;
    intake::seed_upstreams(&inventory, &config, &catalogue).await?;
    let log = state.log(&config.server.node, config.evidence.checkpoint_every)?;
    let search = Search::open(&state.search()).context("cannot open the search index")?;
    // The record must know every approval that was used before the desk hands any out.
    let follower = Follower::new(&log, origin.clone(), inventory.clone());
    follower.catch_up(Some(&search), &|_| {}).await?;
    changes::flush(&log, &inventory).await?;
    let revision = inventory.revision().await?;
    let snapshot = live::build(&config, &policy, &catalogue, &inventory).await?;
    let publisher = Arc::new(Publisher {
        config: Arc::new(ArcSwap::from_pointee(config)),
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        catalogue: catalogue.clone(),
        inventory: inventory.clone(),
        live: Arc::new(ArcSwap::from_pointee(snapshot)),
        desk: Arc::new(Desk::new(Arc::new(SystemClock))),
        in_force: ArcSwap::from_pointee((revision, SystemClock.now())),
        building: tokio::sync::Mutex::default(),
    });
    publisher.restore().await?;
    // What was just flushed is read back, so that a start notes only what the log does not say yet.
    follower.catch_up(Some(&search), &|_| {}).await?;
    publisher.note_start(&origin).await?;
    let (events, _) = broadcast::channel(EVENTS_MAX);
    Ok(Foundation { state, inventory, catalogue, log, follower, search, events, publisher })
}

fn bind_gateway(
    foundation: &Foundation,
    server: &crate::config::Server,
    counters: Arc<Counters>,
) -> anyhow::Result<Gateway> {
    let receipts = ReceiptSigner::new(foundation.state.key("receipts.key")?, server.node.clone());
    let parts = Parts {
        live: foundation.publisher.live.clone(),
        log: foundation.log.clone(),
        desk: foundation.publisher.desk.clone(),
        clock: Arc::new(SystemClock),
        receipts: Some(receipts),
        address_key: foundation.state.key("pseudonyms.key")?,
        counters,
        node: server.node.clone(),
    };
    let options =
        Options { listen: server.listen.clone(), threads: server.threads, grace: server.drain, ..Options::default() };
    Gateway::bind(parts, options).context("the gateway cannot start")
}

fn spawn_followers(
    foundation: &Foundation,
    tasks: &mut JoinSet<()>,
    stopped: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (log, inventory) = (&foundation.log, &foundation.inventory);
    tasks.spawn(follow::run(log.clone(), foundation.follower.clone(), foundation.events.clone(), stopped.clone()));
    tasks.spawn(follow::index(foundation.search.clone(), inventory.clone(), stopped.clone()));
    tasks.spawn(changes::run(log.clone(), inventory.clone(), stopped.clone()));
    tasks.spawn(foundation.publisher.clone().run(stopped.clone()));
    Ok(())
}

fn console_parts(foundation: &Foundation, counters: Arc<Counters>, ready: Arc<AtomicBool>) -> ConsoleParts {
    let publisher = foundation.publisher.clone();
    let (shown, catalogue, log) = (publisher.clone(), foundation.catalogue.clone(), foundation.log.clone());
    let (measured, health) = (publisher.clone(), foundation.log.clone());
    let unreadable = foundation.follower.unreadable.clone();
    let uploads = foundation.state.root.join("uploads");
    ConsoleParts {
        inventory: foundation.inventory.clone(),
        search: foundation.search.clone(),
        log_dir: foundation.state.evidence(),
        policies: Arc::new(move || publisher.policy.load().as_ref().clone()),
        importer: Arc::new(Importer { catalogue, inventory: foundation.inventory.clone() }),
        exporter: Arc::new(Exporter {
            log_dir: foundation.state.evidence(),
            folder: foundation.state.root.join("packs"),
            inventory: foundation.inventory.clone(),
        }),
        events: foundation.events.clone(),
        gateway: Arc::new(move || gateway_info(&shown, &log)),
        metrics: Arc::new(move || {
            format!("{}{}{}", render_metrics(&counters), revision_metric(&measured), unreadable_metric(&unreadable))
        }),
        ready: Arc::new(move || ready.load(Ordering::Acquire) && health.health().writable),
        clock: Arc::new(SystemClock),
        settings: Settings {
            upload_dir: uploads,
            upload_bytes_max: Settings::UPLOAD_BYTES_MAX,
            public_url: foundation.publisher.config.load().server.public_url.clone(),
        },
    }
}

/// Tells from outside whether a change of the record is in force in this gateway.
fn revision_metric(publisher: &Publisher) -> String {
    let (revision, _) = **publisher.in_force.load();
    format!(
        "# HELP gnomon_snapshot_revision Revision of the record that the gateway obeys.\n\
         # TYPE gnomon_snapshot_revision gauge\ngnomon_snapshot_revision {revision}\n"
    )
}

/// Records that the inventory goes on without; each was reported when it was met.
fn unreadable_metric(unreadable: &AtomicU64) -> String {
    format!(
        "# HELP gnomon_unreadable_records_total Records of the evidence log that the inventory could not read.\n\
         # TYPE gnomon_unreadable_records_total counter\ngnomon_unreadable_records_total {}\n",
        unreadable.load(Ordering::Relaxed)
    )
}

async fn serve_console(listener: TcpListener, parts: ConsoleParts, mut stopped: watch::Receiver<bool>) {
    let stop = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = gnomon_console::serve(listener, parts, stop).await {
        tracing::error!(%error, "the console ended");
    }
}
