//! Arguments of the commands about who may do it: keys, people, clients.

use super::{ListArgs, StateArgs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an access key; it is printed once
    Create(KeyCreateArgs),
    /// List the keys
    List(ListArgs),
    /// Revoke a key; gateways refuse it within a second
    Revoke(KeyRevokeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyCreateArgs {
    /// Name of the caller: an application, team or agent, not a person's name
    pub(crate) caller: String,
    /// What the caller is
    #[arg(long, value_enum, default_value_t = CallerKindArg::Service)]
    pub(crate) kind: CallerKindArg,
    /// Team or department
    #[arg(long)]
    pub(crate) team: Option<String>,
    /// Days until the key expires
    #[arg(long, value_name = "N")]
    pub(crate) expires_days: Option<u32>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// What holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallerKindArg {
    Service,
    Agent,
    Person,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRevokeArgs {
    /// Id of the key, such as gnm_4f7a1c20
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account; without a password file it prints a one-time sign-in link
    Create(UserCreateArgs),
    /// List the accounts
    List(ListArgs),
    /// Print a one-time sign-in link for an account
    SignIn(UserNameArgs),
    /// Change a password and end every session of the account
    Password(UserPasswordArgs),
    /// End every session of an account and take back its sign-in links
    SignOut(UserNameArgs),
    /// Shut an account at once and end every session of it
    Disable(UserNameArgs),
    /// Open an account again
    Enable(UserEnableArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UserCreateArgs {
    /// Name of the account
    pub(crate) name: String,
    /// governance, network, auditor, security, executive or admin
    #[arg(long)]
    pub(crate) role: String,
    /// File with the password (at least 12 characters)
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Last day of the account, such as 2026-12-31 [default: without end]
    #[arg(long, value_name = "DAY")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UserPasswordArgs {
    /// Name of the account
    pub(crate) name: String,
    /// File with the password (at least 12 characters)
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: PathBuf,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UserEnableArgs {
    /// Name of the account
    pub(crate) name: String,
    /// Last day of the account, such as 2026-12-31 [default: without end]
    #[arg(long, value_name = "DAY")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UserNameArgs {
    /// Name of the account
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ClientEnvArgs {
    /// The client
    #[arg(value_enum)]
    pub(crate) client: Client,
    /// Base URL of the gateway route
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// Access key [default: a placeholder to replace]
    #[arg(long, default_value = "YOUR_ACCESS_KEY")]
    pub(crate) key: String,
}

/// Clients whose variables we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// OpenAI SDKs for Python and Node
    Openai,
    /// Anthropic SDKs for Python and Node
    Anthropic,
    /// Claude Code
    ClaudeCode,
    /// Codex
    Codex,
    /// LangChain
    Langchain,
    /// Aider
    Aider,
    /// curl
    Curl,
}
