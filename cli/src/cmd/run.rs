//! `gnomon run`: the gateway and the console, until SIGTERM or SIGINT.

use crate::args::RunArgs;
use crate::config;
use crate::failure::Outcome;
use crate::output;
use crate::wire::product::Product;
use anyhow::Context as _;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

pub(super) fn run(args: &RunArgs) -> anyhow::Result<Outcome> {
    super::block_on(serve(&args.config))
}

async fn serve(path: &Path) -> anyhow::Result<Outcome> {
    let config = config::load(path)?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot receive SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot receive SIGINT")?;
    let mut product = Product::start(config, Some(path.to_owned())).await?;
    tracing::info!(gateway = %product.gateway_address, console = %product.admin_address, "serving");
    output::message("ready");
    let failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        error = product.failed() => Some(error),
    };
    let stopped = product.stop().await;
    failed.map_or(Ok(()), Err)?;
    stopped?;
    Ok(Outcome::Fine)
}
