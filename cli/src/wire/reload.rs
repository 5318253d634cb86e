//! Reloads configuration and policies, on SIGHUP or when the file changes, without touching a running request.
//!
//! A complete new snapshot is built and swapped in; a bad file keeps the old one and says so. Addresses, the state
//! folder, the database and the sinks are fixed for the life of the process; a change of theirs is named.

use crate::config::{self, Config, DatabaseConfig, EvidenceConfig, Server};
use crate::failure::describe;
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
        tracing::warn!("SIGHUP cannot be received; configuration and policies stay as they are until the next start");
        return;
    };
    let mut seen = stamps(&path, &publisher);
    let mut due = false;
    loop {
        let asked = tokio::select! {
            _ = hangups.recv() => true,
            () = tokio::time::sleep(PERIOD) => false,
            _ = stop.changed() => return,
        };
        let present = stamps(&path, &publisher);
        if asked || present != seen || due {
            let is_new = asked || present != seen;
            seen = present;
            due = reload(&path, &publisher, is_new).await == Reloaded::Later;
        }
    }
}

/// How a reload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reloaded {
    /// What the files say is in force.
    InForce,
    /// The files are wrong: somebody must change them.
    Refused,
    /// The record is away: the same files can be put in force when it is back.
    Later,
}

/// `is_new` is false when the same files are tried once more: then what was said of them is not said again.
async fn reload(path: &Path, publisher: &Publisher, is_new: bool) -> Reloaded {
    let read = config::load(path).and_then(|new| Ok((policies::of_config(&new)?, new)));
    let (policy, new) = match read {
        Ok(read) => read,
        Err(error) => {
            output::message(&format!("{}\nthe configuration in force stays as it was", describe(&error)));
            return Reloaded::Refused;
        }
    };
    let fixed = fixed_changes(&publisher.config.load(), &new);
    if let Err(error) = publisher.adopt(new, policy).await {
        if is_new {
            let error = describe(&error);
            output::message(&format!("{error}\nthe configuration in force stays as it was until the record is back"));
        }
        return Reloaded::Later;
    }
    for key in fixed {
        output::message(&format!("warning: a change of `{key}` takes effect at the next start"));
    }
    tracing::info!(path = %path.display(), "configuration reloaded");
    Reloaded::InForce
}

/// Keys that differ and that only a start reads. Every field is named here, so that a new one cannot be forgotten.
fn fixed_changes(old: &Config, new: &Config) -> Vec<&'static str> {
    let Server { listen, admin, public_url, state, threads, node, drain } = &old.server;
    let EvidenceConfig { origin, hold_on_failure: _, checkpoint_every } = &old.evidence;
    let DatabaseConfig { url } = &old.database;
    let compared = [
        ("server.listen", *listen == new.server.listen),
        ("server.admin", *admin == new.server.admin),
        ("server.public_url", *public_url == new.server.public_url),
        ("server.state", *state == new.server.state),
        ("server.threads", *threads == new.server.threads),
        ("server.node", *node == new.server.node),
        ("server.drain", *drain == new.server.drain),
        ("evidence.origin", *origin == new.evidence.origin),
        ("evidence.checkpoint_every", *checkpoint_every == new.evidence.checkpoint_every),
        ("database.url", *url == new.database.url),
        ("[[sink]]", old.sinks == new.sinks),
    ];
    compared.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
}

/// Times of change of the configuration file, the dictionaries and the policy files.
fn stamps(path: &Path, publisher: &Publisher) -> Vec<(PathBuf, Option<SystemTime>)> {
    let mut files = vec![path.to_owned()];
    let config = publisher.config.load();
    files.extend(config.dictionaries.iter().map(|dictionary| dictionary.path.clone()));
    if let Some(dir) = &config.policy.dir {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "cedar")));
    }
    files.sort();
    let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    files.into_iter().map(|path| (path.clone(), changed(&path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Variables, parse};

    const BASE: &str = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";

    fn config(more: &str) -> Config {
        parse("f", &format!("{BASE}{more}"), Variables::new()).unwrap()
    }

    #[test]
    fn a_change_that_needs_a_start_is_named() {
        for (more, key) in [
            ("[server]\nlisten = \"127.0.0.1:9\"", "server.listen"),
            ("[server]\nadmin = \"127.0.0.1:9\"", "server.admin"),
            ("[server]\nstate = \"elsewhere\"", "server.state"),
            ("[server]\nthreads = 77", "server.threads"),
            ("[server]\ndrain = \"7s\"", "server.drain"),
            ("[evidence]\norigin = \"other.example/log\"", "evidence.origin"),
            ("[evidence]\ncheckpoint_every = \"7s\"", "evidence.checkpoint_every"),
            ("[database]\nurl = \"sqlite:other.db\"", "database.url"),
            ("[[sink]]\nname = \"s\"\npath = \"events\"", "[[sink]]"),
        ] {
            assert_eq!(fixed_changes(&config(""), &config(more)), [key], "{more}");
        }
        assert_eq!(
            fixed_changes(
                &config(""),
                &config("[server]\nnode = \"other\"\n[evidence]\norigin = \"gnomon.local/gateway\"")
            ),
            ["server.node"]
        );
        assert!(fixed_changes(&config(""), &config("[approvals]\ngood_for = \"2h\"")).is_empty());
    }
}
