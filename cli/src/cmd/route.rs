//! `gnomon route`: routes and upstreams of a configuration.

use crate::args::{Format, RouteArgs, RouteCommand};
use crate::config;
use crate::failure::Outcome;
use crate::output::{self, Column};
use gnomon_gateway::Origin;
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

pub(super) async fn run(command: RouteCommand) -> anyhow::Result<Outcome> {
    match command {
        RouteCommand::List(args) => list(&args),
        RouteCommand::Probe(args) => probe(&args).await,
    }
}

#[derive(Serialize)]
struct RouteRow {
    route: String,
    path: String,
    models: Vec<String>,
    upstream: String,
    url: String,
}

fn list(args: &RouteArgs) -> anyhow::Result<Outcome> {
    let config = config::load(&args.config)?;
    let url = |name| {
        let upstream = config.upstreams.iter().find(|upstream| upstream.name == name);
        upstream.map(|upstream| address(&upstream.origin)).unwrap_or_default()
    };
    let rows: Vec<RouteRow> = config
        .routes
        .iter()
        .map(|route| RouteRow {
            route: route.name.to_string(),
            path: route.path.clone(),
            models: route.models.clone(),
            upstream: route.upstream.to_string(),
            url: url(route.upstream.clone()),
        })
        .collect();
    let columns = [
        Column::<RouteRow> { heading: "route", cell: |row| row.route.clone() },
        Column { heading: "path", cell: |row| row.path.clone() },
        Column { heading: "models", cell: |row| row.models.join(", ") },
        Column { heading: "upstream", cell: |row| row.upstream.clone() },
        Column { heading: "url", cell: |row| row.url.clone() },
    ];
    output::rows(args.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

fn address(origin: &Origin) -> String {
    let scheme = if origin.tls { "https" } else { "http" };
    format!("{scheme}://{}{}", origin.authority(), origin.base_path)
}

#[derive(Serialize)]
pub(super) struct Probed {
    pub(super) upstream: String,
    pub(super) url: String,
    pub(super) reachable: bool,
    connect_ms: Option<u128>,
    pub(super) error: Option<String>,
}

async fn probe(args: &RouteArgs) -> anyhow::Result<Outcome> {
    let config = config::load(&args.config)?;
    let mut rows = Vec::new();
    for upstream in &config.upstreams {
        rows.push(probe_one(upstream.name.as_str(), &upstream.origin, upstream.connect).await);
    }
    let columns = [
        Column::<Probed> { heading: "upstream", cell: |row| row.upstream.clone() },
        Column { heading: "url", cell: |row| row.url.clone() },
        Column { heading: "reachable", cell: |row| if row.reachable { "yes".to_owned() } else { "no".to_owned() } },
        Column { heading: "connect ms", cell: |row| row.connect_ms.map(|ms| ms.to_string()).unwrap_or_default() },
        Column { heading: "error", cell: |row| row.error.clone().unwrap_or_default() },
    ];
    output::rows(args.format, &rows, &columns)?;
    if args.format == Format::Table && rows.iter().any(|row| !row.reachable) {
        output::message("a probe opens a TCP connection; it sends no request and no key");
    }
    Ok(if rows.iter().all(|row| row.reachable) { Outcome::Fine } else { Outcome::Findings })
}

/// Connects to an upstream.
pub(super) async fn probe_one(name: &str, origin: &Origin, within: Duration) -> Probed {
    let begun = Instant::now();
    let connecting = TcpStream::connect((origin.host.as_str(), origin.port));
    let error = match tokio::time::timeout(within, connecting).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no connection within {} ms", within.as_millis())),
    };
    Probed {
        upstream: name.to_owned(),
        url: address(origin),
        reachable: error.is_none(),
        connect_ms: error.is_none().then(|| begun.elapsed().as_millis()),
        error,
    }
}
