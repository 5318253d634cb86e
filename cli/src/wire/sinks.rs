//! Starts one worker for each configured sink of the twin feed.

use crate::config::{SinkConfig, SinkKind};
use gnomon_inventory::Inventory;
use gnomon_twin_bridge::{Delivery, Sink, SinkTarget};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Starts the workers; they end when `stop` says so. What is not delivered by then is sent after the next start.
pub(crate) fn start(
    sinks: &[SinkConfig],
    node: &str,
    inventory: &Inventory,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) {
    for config in sinks {
        tasks.spawn(deliver(sink(config, node), inventory.clone(), stop.clone()));
    }
}

fn sink(config: &SinkConfig, node: &str) -> Sink {
    let target = match &config.kind {
        SinkKind::Http { url, token, ca } => {
            SinkTarget::Http { url: url.clone(), bearer: token.clone(), ca: ca.clone() }
        }
        SinkKind::File { path } => SinkTarget::File { path: path.clone() },
    };
    Sink { name: config.name.clone(), target, source: source(node), delivery: Delivery::default() }
}

/// The `source` of this installation's events.
pub(crate) fn source(node: &str) -> String {
    format!("/gnomon/{node}")
}

async fn deliver(sink: Sink, inventory: Inventory, stop: watch::Receiver<bool>) {
    let name = sink.name.clone();
    if let Err(error) = gnomon_twin_bridge::run(sink, inventory, stop).await {
        tracing::error!(sink = name, %error, "the sink gets no more events until the next start");
    }
}
