//! Reloads configuration and policies, on SIGHUP or when the file changes, without touching a running request.
//!
//! A complete new snapshot is built and swapped in; a bad file keeps the old one and says so. Addresses, the state
//! folder and the database are fixed for the life of the process.

use crate::config::{self, Config};
use crate::output;
use crate::wire::policies;
use crate::wire::publish::Publisher;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// Watches until `stop` says so.
pub(crate) async fn run(path: PathBuf, publisher: Arc<Publisher>, mut stop: watch::Receiver<bool>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be received; the configuration is reloaded when its file changes");
        return;
    };
    let mut seen = stamps(&path, &publisher);
    loop {
        let asked = tokio::select! {
            _ = hangups.recv() => true,
            () = tokio::time::sleep(PERIOD) => false,
            _ = stop.changed() => return,
        };
        let present = stamps(&path, &publisher);
        if asked || present != seen {
            seen = present;
            match reload(&path, &publisher).await {
                Ok(()) => tracing::info!(path = %path.display(), "configuration reloaded"),
                Err(error) => output::message(&format!("{error:#}\nthe configuration in force stays as it was")),
            }
        }
    }
}

async fn reload(path: &Path, publisher: &Publisher) -> anyhow::Result<()> {
    let new = config::load(path)?;
    let policy = policies::load(new.policy.dir.as_deref())?;
    for fixed in fixed_changes(&publisher.config.load(), &new) {
        output::message(&format!("warning: a change of `{fixed}` takes effect at the next start"));
    }
    let (before, after) = (publisher.config.load().digest, new.digest);
    let policy_after = policy.digest();
    let policy_before = publisher.policy.load().digest();
    publisher.config.store(Arc::new(new));
    publisher.policy.store(Arc::new(policy));
    publisher.publish().await?;
    if before != after {
        publisher.inventory.note_act("system", "config.load", "configuration", Some(after.to_string())).await?;
    }
    if policy_before != policy_after {
        publisher.inventory.note_act("system", "policy.load", "policies", Some(policy_after.to_string())).await?;
    }
    Ok(())
}

fn fixed_changes(old: &Config, new: &Config) -> Vec<&'static str> {
    let mut changed = Vec::new();
    if old.server.listen != new.server.listen {
        changed.push("server.listen");
    }
    if old.server.admin != new.server.admin {
        changed.push("server.admin");
    }
    if old.server.state != new.server.state {
        changed.push("server.state");
    }
    if old.evidence.origin != new.evidence.origin {
        changed.push("evidence.origin");
    }
    changed
}

/// Times of change of the configuration file and the policy files.
fn stamps(path: &Path, publisher: &Publisher) -> Vec<(PathBuf, Option<SystemTime>)> {
    let mut files = vec![path.to_owned()];
    if let Some(dir) = &publisher.config.load().policy.dir {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "cedar")));
    }
    files.sort();
    let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    files.into_iter().map(|path| (path.clone(), changed(&path))).collect()
}
