//! Arguments of the commands about what may be done: policies, approvals, routes.

use super::{DEFAULT_CONFIG, Format, ListArgs, RulesArgs, StateArgs};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the policies of a folder, or the shipped ones
    List(PolicyListArgs),
    /// Write the shipped starter set into a folder, to edit it
    Init {
        /// The folder
        #[arg(default_value = "policies")]
        dir: PathBuf,
    },
    /// Print the schema that policies are checked against
    Schema,
    /// List what can be found: the words that `context.findings` and `@redact` know
    Types(PolicyListArgs),
    /// Run cases, written as data, against policies
    Test(PolicyTestArgs),
    /// What would change: rules, and decisions of cases
    Diff(PolicyDiffArgs),
    /// Put a folder of policies in force: check, compare, copy into the configured folder
    Apply(PolicyApplyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyTestArgs {
    /// Files of cases, JSON arrays as policy/POLICIES.md describes them, or folders of such *.json files
    #[arg(required = true, value_name = "PATH")]
    pub(crate) cases: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: PolicyListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyDiffArgs {
    /// Folder of the policies as they would be
    pub(crate) new: PathBuf,
    /// Files or folders of cases whose decisions are compared
    #[arg(long, value_name = "PATH")]
    pub(crate) cases: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: PolicyListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyApplyArgs {
    /// Folder of the policies to put in force
    pub(crate) new: PathBuf,
    /// Files or folders of cases that must pass
    #[arg(long, value_name = "PATH")]
    pub(crate) cases: Vec<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Configuration file, whose `[policy] dir` is replaced
    #[arg(long, short, value_name = "FILE", env = "GNOMON_CONFIG", default_value = DEFAULT_CONFIG)]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyListArgs {
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// List held requests
    List(ListArgs),
    /// Show one
    Show(ApprovalShowArgs),
    /// Let a held request through, once
    Approve(ApprovalDecideArgs),
    /// Refuse a held request
    Reject(ApprovalDecideArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ApprovalShowArgs {
    /// Id of the approval
    pub(crate) approval: String,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApprovalDecideArgs {
    /// Id of the approval
    pub(crate) approval: String,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RouteCommand {
    /// List the routes of the configuration
    List(RouteArgs),
    /// Connect to every upstream and say what answers
    Probe(RouteArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RouteArgs {
    /// Configuration file
    #[arg(long, short, value_name = "FILE", env = "GNOMON_CONFIG", default_value = DEFAULT_CONFIG)]
    pub(crate) config: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}
