//! Arguments of the commands about what is in use: discovery, inventory, tools.

use super::{Format, ListArgs, StateArgs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum DiscoverCommand {
    /// Read logs: Squid, Zeek, BIND, Unbound, dnsmasq; plain, .gz or .zst; the format is recognised
    Import(ImportArgs),
    /// The AI services found, with evidence
    Report(ListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Log files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Year of lines that name none (dnsmasq, syslog); without it, it is taken from the time of the file
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1970..=9999))]
    pub(crate) year: Option<i16>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// List services, or models, callers or keys
    List(InventoryListArgs),
    /// Show one service, model, caller or key: use by day, evidence, history
    Show(InventoryShowArgs),
    /// Change status or owner of a service, model, caller or key; gateways obey the status of a service within a second
    Set(InventorySetArgs),
    /// Search services, models, callers, decisions and findings
    Search(InventorySearchArgs),
}

/// What is listed, shown or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InventoryKind {
    /// An AI service
    Service,
    /// A model on a service: SERVICE/MODEL
    Model,
    /// An application, agent or person that asks
    Caller,
    /// An access key
    Key,
}

#[derive(Debug, Args)]
pub(crate) struct InventoryListArgs {
    /// What to list
    #[arg(long, value_enum, default_value_t = InventoryKind::Service)]
    pub(crate) kind: InventoryKind,
    /// Only with this status
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Only of this owner
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Only with this text: name, id, vendor or category of services; id, team, client or caller of the others
    #[arg(long)]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InventoryShowArgs {
    /// Id of a service, or KIND/ID such as model/openai/gpt-4o, caller/crm or key/gnm_4f7a1c20
    #[arg(value_name = "ID")]
    pub(crate) asset: String,
    /// What it is, when ID does not begin with it [default: service]
    #[arg(long, value_enum)]
    pub(crate) kind: Option<InventoryKind>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InventorySetArgs {
    /// Id of a service, or KIND/ID such as model/openai/gpt-4o, caller/crm or key/gnm_4f7a1c20
    #[arg(value_name = "ID")]
    pub(crate) asset: String,
    /// What it is, when ID does not begin with it [default: service]
    #[arg(long, value_enum)]
    pub(crate) kind: Option<InventoryKind>,
    /// under_review, sanctioned, sanctioned_with_conditions or unsanctioned
    #[arg(long, required_unless_present = "owner")]
    pub(crate) status: Option<String>,
    /// Who answers for it
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InventorySearchArgs {
    /// What to look for
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ToolCommand {
    /// List definitions, those that changed since they were approved first
    List(ToolListArgs),
    /// Approve a definition for its source
    #[command(after_help = "Example: gnomon tool approve send_email --source caller/support-agent")]
    Approve(ToolDecideArgs),
    /// Reject a definition: a request that offers it is denied
    Reject(ToolDecideArgs),
    /// Print the digests of the definitions in a file, as the record has them
    Digest(ToolDigestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ToolListArgs {
    /// Only with this status: changed, new, rejected or approved
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Only of this source: caller/NAME or service/ID
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only with this text in source, tool or digest
    #[arg(long)]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("meant").required(true).multiple(true).args(["tool", "all", "file"]))]
pub(crate) struct ToolDecideArgs {
    /// Name of the tool
    pub(crate) tool: Option<String>,
    /// Only of this source: caller/NAME or service/ID
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// The definition, by the first 8 or more digits of its digest
    #[arg(long, value_name = "DIGITS")]
    pub(crate) digest: Option<String>,
    /// Every definition about which nobody decided and of whose tool no other is approved
    #[arg(long, conflicts_with_all = ["tool", "file", "digest"])]
    pub(crate) all: bool,
    /// The definitions in this file, seen or not: the body of a request, the answer to tools/list, or a list
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ToolDigestArgs {
    /// The body of a request, the answer to tools/list, a list of definitions, or one
    pub(crate) file: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}
