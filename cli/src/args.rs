//! The command line: one tree, from which help, completions and man pages are made.

mod access;
mod inventory;
mod policy;
mod reports;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use access::*;
pub(crate) use inventory::*;
pub(crate) use policy::*;
pub(crate) use reports::*;
pub(crate) use scan::*;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration that commands take when none is named.
const DEFAULT_CONFIG: &str = "gnomon.toml";

/// Find the AI your organisation really uses, govern it, and prove it.
#[derive(Debug, Parser)]
#[command(name = "gnomon", version, propagate_version = true, max_term_width = 110, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 fine, 1 findings or a failed check (of `scan` with --exit-code), 2 usage or configuration, 3 run-time failure.\n\
    Start with `gnomon demo`."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// More messages on stderr (-v info, -vv debug)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show everything at work: built-in upstream, gateway, console, sample logs; no account, no network
    Demo(DemoArgs),
    /// Write a commented configuration file
    Init(InitArgs),
    /// Check a configuration and its policies
    Check(CheckArgs),
    /// Run the gateway and the console
    Run(RunArgs),
    /// Judge texts as the gateway would: JSON Lines or plain text in, verdicts out
    #[command(after_help = scan::HELP)]
    Scan(ScanArgs),
    /// Find AI services in logs
    #[command(subcommand)]
    Discover(DiscoverCommand),
    /// The AI services, models, callers and keys on record
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Definitions of tools that callers offer to models: which are approved, which changed
    #[command(subcommand)]
    Tool(ToolCommand),
    /// The policies in force
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Requests that wait for a person
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// Routes and upstreams
    #[command(subcommand)]
    Route(RouteCommand),
    /// Access keys of callers
    #[command(subcommand)]
    Key(KeyCommand),
    /// Accounts of the console
    #[command(subcommand)]
    User(UserCommand),
    /// Print the variables that point a client at the gateway
    ClientEnv(ClientEnvArgs),
    /// The evidence log: export packs, verify, read
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Obligations of the AI Act and NIS2 and the evidence for them
    #[command(subcommand)]
    Compliance(ComplianceCommand),
    /// The feed to the security twin
    #[command(subcommand)]
    Twin(TwinCommand),
    /// Look for what is wrong with this installation
    Doctor(DoctorArgs),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write man pages
    Man {
        /// The folder to write to; without it the main page is printed
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// Where the record is.
#[derive(Debug, Clone, Args)]
pub(crate) struct StateArgs {
    /// Folder of the record, the evidence log and the keys [default: that of the configuration, of gnomon.toml here, or
    /// the user's state folder]
    #[arg(long, value_name = "DIR", env = "GNOMON_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Configuration file that names the state folder and the database
    #[arg(long, value_name = "FILE", env = "GNOMON_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

impl StateArgs {
    /// The configuration that describes the state: the named one, else, when no state is named either, the one that
    /// `gnomon run` would take here.
    pub(crate) fn configuration(&self) -> Option<&Path> {
        let here = Path::new(DEFAULT_CONFIG);
        self.config.as_deref().or_else(|| (self.state.is_none() && here.is_file()).then_some(here))
    }
}

/// State and output format.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Do everything once without waiting, verify it, print a summary and stop
    #[arg(long)]
    pub(crate) once: bool,
    /// How to print the summary of --once
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Address of the gateway [default: 127.0.0.1:8080; with --once any free port]
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// Address of the console [default: 127.0.0.1:8081; with --once any free port]
    #[arg(long)]
    pub(crate) admin: Option<SocketAddr>,
    /// Keep the demo's state in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// File to write; it must not exist
    #[arg(default_value = "gnomon.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Configuration file
    #[arg(long, short, value_name = "FILE", env = "GNOMON_CONFIG", default_value = DEFAULT_CONFIG)]
    pub(crate) config: PathBuf,
    /// Print what the configuration means
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Configuration file
    #[arg(long, short, value_name = "FILE", env = "GNOMON_CONFIG", default_value = DEFAULT_CONFIG)]
    pub(crate) config: PathBuf,
}

/// Which policies and dictionaries a command works with.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Folder of policies [default: that of --config, else the shipped starter set]
    #[arg(long, value_name = "DIR")]
    pub(crate) policy: Option<PathBuf>,
    /// Configuration file, for its policies and dictionaries
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
}
