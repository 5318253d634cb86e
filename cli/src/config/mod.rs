//! The configuration file: one commented TOML file, checked as a whole before any port opens.

mod check;
mod forwarding;
mod judge;
mod problem;
mod reader;
mod rules;
mod values;

pub(crate) use check::{Config, DEFAULT_ADMIN, DatabaseConfig, EvidenceConfig, Server, default_state, parse};
pub(crate) use forwarding::{KeyHeader, RouteConfig, SinkConfig, SinkKind, UpstreamConfig};
pub(crate) use judge::JudgeConfig;
pub(crate) use problem::Problems;
pub(crate) use reader::Variables;
pub(crate) use rules::{DetectorsConfig, DictionaryConfig};

use crate::failure::{Usage, unreadable};
use std::path::Path;

/// What `gnomon init` writes: every key, commented. A test parses it.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// Reads and checks a file with the overrides of this process's environment.
///
/// # Errors
/// When the file cannot be read, or [`Problems`] with every mistake in it.
pub(crate) fn load(path: &Path) -> anyhow::Result<Config> {
    let source = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("there is no configuration `{}`", path.display());
            Usage::new(message, "name one with --config, or write one: gnomon init")
        }
        _ => unreadable(path, &error),
    })?;
    Ok(parse(&path.display().to_string(), &source, environment())?)
}

/// The variables of this process that look like overrides.
pub(crate) fn environment() -> Variables {
    let is_override = |name: &String| name.starts_with("GNOMON_") && name.contains("__");
    std::env::vars().filter(|(name, _)| is_override(name)).collect()
}
