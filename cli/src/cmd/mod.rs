//! One file per group of commands; this one chooses.

mod approvals;
mod client_env;
mod compliance;
mod demo;
mod discover;
mod doctor;
mod evidence;
mod inventory;
mod key;
mod policy;
mod route;
mod run;
mod scan;
mod setup;
mod twin;
mod user;

use crate::args::Command;
use crate::failure::{Outcome, Usage};
use anyhow::Context as _;
use std::future::Future;

/// Runs a command.
///
/// # Errors
/// Whatever the command could not do; `failure::exit_code` says what it means.
pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Init(args) => setup::init(&args),
        Command::Check(args) => setup::check(&args),
        Command::Run(args) => run::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Discover(command) => block_on(discover::run(command)),
        Command::Inventory(command) => block_on(inventory::run(command)),
        Command::Policy(command) => policy::run(command),
        Command::Approvals(command) => block_on(approvals::run(command)),
        Command::Route(command) => block_on(route::run(command)),
        Command::Key(command) => block_on(key::run(command)),
        Command::User(command) => block_on(user::run(command)),
        Command::ClientEnv(args) => client_env::run(&args),
        Command::Evidence(command) => evidence::run(command),
        Command::Compliance(command) => compliance::run(command),
        Command::Twin(command) => block_on(twin::run(command)),
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Completions { shell } => setup::completions(shell),
        Command::Man { out } => setup::man(out.as_deref()),
    }
}

/// Runs a command that talks to the record or the network.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(work)
}

/// The account under which a command's changes are recorded: the user who runs it.
fn acting() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_default();
    if name.is_empty() { "cli".to_owned() } else { format!("cli:{name}") }
}

/// Reads an identifier given on the command line.
fn identifier<T, E: std::fmt::Display>(text: &str, make: impl FnOnce(String) -> Result<T, E>) -> anyhow::Result<T> {
    make(text.to_owned()).map_err(|error| Usage::plain(error.to_string()).into())
}
