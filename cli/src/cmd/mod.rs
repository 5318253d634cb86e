//! One file per group of commands; this one chooses.

mod approvals;
mod assets;
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
mod tool;
mod twin;
mod user;

use crate::args::Command;
use crate::failure::{Outcome, Usage};
use anyhow::Context as _;
use gnomon_types::time::Timestamp;
use std::future::Future;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

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
        Command::Tool(command) => block_on(tool::run(command)),
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

/// The account under which a command's changes are recorded: the user whose process this is, as the system knows it and
/// not as the environment says. Who became that user by sudo is named too.
fn acting() -> String {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(own) = std::fs::metadata("/proc/self") else { return "cli".to_owned() };
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = account_name(&accounts, own.uid()).unwrap_or_else(|| format!("uid-{}", own.uid()));
    match std::env::var("SUDO_USER") {
        Ok(before) if !before.is_empty() && before != name => format!("cli:{name} (sudo by {before})"),
        _ => format!("cli:{name}"),
    }
}

/// The name of a user id in the text of `/etc/passwd`.
fn account_name(accounts: &str, uid: u32) -> Option<String> {
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then_some(name)
    });
    named.map(str::to_owned)
}

/// A day such as `2026-12-31` as the moment after it ends.
fn end_of_day(text: &str) -> anyhow::Result<Timestamp> {
    let day = Timestamp::parse(&format!("{text}T00:00:00Z"));
    let day = day.map_err(|_| Usage::plain(format!("`{text}` is not a day such as 2026-12-31")))?;
    Ok(day.plus_millis(DAY_MS))
}

/// Reads an identifier given on the command line.
fn identifier<T, E: std::fmt::Display>(text: &str, make: impl FnOnce(String) -> Result<T, E>) -> anyhow::Result<T> {
    make(text.to_owned()).map_err(|error| Usage::plain(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_acts_is_read_from_the_system() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(account_name(accounts, 1000).as_deref(), Some("ada"));
        assert_eq!(account_name(accounts, 7), None);
        assert!(acting().starts_with("cli:"), "{}", acting());
    }

    #[test]
    fn an_account_ends_after_its_last_day() {
        assert_eq!(end_of_day("2026-12-31").unwrap().to_string(), "2027-01-01T00:00:00.000Z");
        assert!(end_of_day("soon").is_err());
    }
}
