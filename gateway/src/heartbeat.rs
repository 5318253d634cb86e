//! Records at the start, every minute and at the stop what the gateway counted, so that a reader of the log can tell
//! silence from absence; and takes requests off the desk that nobody decided about in time.

use crate::proxy::Proxy;
use crate::record;
use crate::tasks::signalled;
use gnomon_types::record::{Heartbeat, RecordBody};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// How often the desk is swept.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// Runs until shutdown.
pub(crate) async fn run(proxy: Arc<Proxy>, every: Duration, mut shutdown: watch::Receiver<bool>) {
    let mut beats = tokio::time::interval(every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sweeps = tokio::time::interval(SWEEP_PAUSE);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first beat of an interval comes at once; it is the start.
    beats.tick().await;
    beat(&proxy, "start").await;
    loop {
        tokio::select! {
            _ = beats.tick() => beat(&proxy, "running").await,
            _ = sweeps.tick() => sweep(&proxy).await,
            () = signalled(&mut shutdown) => return,
        }
    }
}

/// Records the counters.
pub(crate) async fn beat(proxy: &Proxy, phase: &str) {
    let totals = proxy.counters.totals();
    let heartbeat = Heartbeat {
        phase: phase.to_owned(),
        accepted: totals.accepted,
        intents: totals.intents,
        forwarded: totals.forwarded,
        outcomes: totals.outcomes,
        refused: totals.refused,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: proxy.live.load().config_digest,
    };
    proxy.ledger.note(RecordBody::Heartbeat(heartbeat)).await;
}

async fn sweep(proxy: &Proxy) {
    for lapsed in proxy.desk.sweep() {
        proxy.ledger.note(record::lapsed(lapsed)).await;
    }
}
