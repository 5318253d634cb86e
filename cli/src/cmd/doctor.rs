//! `gnomon doctor`: looks for what is wrong with an installation.

use crate::args::{DoctorArgs, Format};
use crate::cmd::evidence::verify_path;
use crate::config::{self, Config};
use crate::failure::Outcome;
use crate::output::{self, Column};
use crate::wire::policies;
use crate::wire::state::State;
use gnomon_gateway::Origin;
use serde::Serialize;
use std::time::Duration;

/// One thing that was looked at.
#[derive(Serialize)]
struct Checked {
    check: &'static str,
    ok: bool,
    detail: String,
}

pub(super) async fn run(args: DoctorArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.list.state)?;
    let config = args.list.state.configuration().map(config::load).transpose()?;
    let mut checks = vec![
        policies_load(config.as_ref()),
        record_opens(&state).await,
        evidence_holds(&state),
        folder_is_private(&state),
        files_are_private(&state),
    ];
    for upstream in config.iter().flat_map(|config| &config.upstreams) {
        checks.push(answers("upstream", upstream.name.as_str(), &upstream.origin, upstream.connect).await);
    }
    if let Some(judge) = config.as_ref().and_then(|config| config.judge.as_ref()) {
        checks.push(answers("judge model", judge.prompt.model(), &judge.origin, judge.connect).await);
    }
    let columns = [
        Column::<Checked> { heading: "check", cell: |row| row.check.to_owned() },
        Column { heading: "result", cell: |row| if row.ok { "ok".to_owned() } else { "PROBLEM".to_owned() } },
        Column { heading: "detail", cell: |row| row.detail.clone() },
    ];
    output::rows(args.list.format, &checks, &columns)?;
    let problems = checks.iter().filter(|check| !check.ok).count();
    if args.list.format == Format::Table {
        output::message(&format!("{} checks, {problems} problems", checks.len()));
    }
    Ok(if problems == 0 { Outcome::Fine } else { Outcome::Findings })
}

fn policies_load(config: Option<&Config>) -> Checked {
    let dir = config.and_then(|config| config.policy.dir.as_deref());
    let from = dir.map_or_else(|| "the shipped set".to_owned(), |dir| dir.display().to_string());
    match config.map_or_else(policies::shipped, policies::of_config) {
        Ok(snapshot) => {
            let detail = format!("{} policies of {from}", snapshot.policies().len());
            Checked { check: "policies", ok: true, detail }
        }
        Err(error) => Checked { check: "policies", ok: false, detail: format!("{from}: {error:#}") },
    }
}

/// Whether a connection can be made. What the upstream would say to a request costs money and is not asked.
async fn answers(check: &'static str, name: &str, origin: &Origin, within: Duration) -> Checked {
    let probed = super::route::probe_one(name, origin, within).await;
    let detail = probed.error.map_or_else(|| probed.url.clone(), |error| format!("{}: {error}", probed.url));
    Checked { check, ok: probed.reachable, detail: format!("{} at {detail}", probed.upstream) }
}

async fn record_opens(state: &State) -> Checked {
    let check = "record";
    let inventory = match state.inventory().await {
        Ok(inventory) => inventory,
        Err(error) => return Checked { check, ok: false, detail: format!("{error:#}") },
    };
    match inventory.pending_changes(1000).await {
        Ok(waiting) if waiting.is_empty() => {
            Checked { check, ok: true, detail: "no change waits for its record".into() }
        }
        Ok(waiting) => Checked {
            check,
            ok: true,
            detail: format!("{} changes wait for the evidence log; a running gateway appends them", waiting.len()),
        },
        Err(error) => Checked { check, ok: false, detail: error.to_string() },
    }
}

fn evidence_holds(state: &State) -> Checked {
    let check = "evidence log";
    let folder = state.evidence();
    if !folder.join("checkpoint").exists() {
        return Checked { check, ok: true, detail: "empty so far".to_owned() };
    }
    match verify_path(&folder, None) {
        Ok(report) if report.ok => Checked { check, ok: true, detail: format!("{} records verified", report.size) },
        Ok(report) => {
            let first = report.failures.first().map(|failure| format!("{}: {}", failure.code, failure.detail));
            Checked { check, ok: false, detail: first.unwrap_or_default() }
        }
        Err(error) => Checked { check, ok: false, detail: format!("{error:#}") },
    }
}

/// The record and the log hold who asked what of whom.
fn folder_is_private(state: &State) -> Checked {
    use std::os::unix::fs::PermissionsExt as _;
    let (check, folder) = ("state folder", state.root.display());
    match std::fs::metadata(&state.root).map(|meta| meta.permissions().mode() & 0o077) {
        Ok(0) => Checked { check, ok: true, detail: format!("{folder} is open to its owner only") },
        Ok(_) => Checked { check, ok: false, detail: format!("others may enter {folder}; run chmod 700 {folder}") },
        Err(error) => Checked { check, ok: false, detail: format!("{folder}: {error}") },
    }
}

fn files_are_private(state: &State) -> Checked {
    use std::os::unix::fs::PermissionsExt as _;
    let check = "private keys";
    let Ok(entries) = std::fs::read_dir(state.root.join("keys")) else {
        return Checked { check, ok: true, detail: "none made so far".to_owned() };
    };
    let is_open = |entry: &std::fs::DirEntry| entry.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
    let open: Vec<String> = entries.flatten().filter(is_open).map(|entry| entry.path().display().to_string()).collect();
    if open.is_empty() {
        Checked { check, ok: true, detail: "readable by their owner only".to_owned() }
    } else {
        Checked { check, ok: false, detail: format!("others may read {}; run chmod 600", open.join(", ")) }
    }
}
