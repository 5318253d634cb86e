//! The command line: one tree, from which help, completions and man pages are made.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration that commands take when none is named.
const DEFAULT_CONFIG: &str = "gnomon.toml";

/// What the input and output of `gnomon scan` are.
const SCAN_HELP: &str = "\
Input: one JSON object per line, {\"id\": ANYTHING, \"text\": TEXT, \"role\": ROLE}. `id` and `role` may
be left out; other fields are ignored and named on stderr. ROLE is whose words the text is: system,
user, assistant or tool (what a tool, file or search gave back); an unknown one is an error. A text
may have 64 MiB; a line that is longer is skipped and reported.

Output with --format json: one JSON object per line, in the order of the input.
  id         as given; the file's name with --text
  file       the file, where FILE is named
  verdict    allow, redact, hold or deny: what the policies do with it on its way to an AI service
             that nobody has reviewed yet
  score      how much it looks like a prompt attack, 0 to 1; what policies call context.attack_score
             and records attack_permille is the same in thousandths
  findings   kind, type, start, end, score, rule, rule_version, view, why, article. start and end
             count Unicode code points of the text from 0, also of what stood in an encoding
  rules      the policies that spoke, with their reasons; absent when none did
  exhausted  true when the inspection ran out of its budget; absent otherwise
A line that cannot be read gives {\"line\", \"error\"} and stops nothing.

Exit codes: 0 all was judged, whatever was found; 1 a line or text could not be read or, with
--exit-code, is not allowed as it is; 2 wrong arguments or policies, or no such file.

Examples:
  echo '{\"id\":\"1\",\"text\":\"hello\"}' | gnomon scan
  gnomon scan --text --role tool page.html notes.txt
  gnomon scan --exit-code prompts.jsonl";

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
    #[command(after_help = SCAN_HELP)]
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

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Files to read; `-` is the standard input, as is none
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Take each file, or all of the standard input, as one plain text
    #[arg(long)]
    pub(crate) text: bool,
    /// Whose words a text is that does not say
    #[arg(long, value_enum, default_value_t = RoleArg::User)]
    pub(crate) role: RoleArg,
    /// How to print [default: text on a terminal, else json]
    #[arg(long, value_enum)]
    pub(crate) format: Option<ScanFormat>,
    /// Exit with 1 when a text is not allowed as it is
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
}

/// Whose words a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// The operator's instructions
    System,
    /// The person or program that asks
    User,
    /// The model's earlier answers
    Assistant,
    /// What a tool, file or search gave back
    Tool,
}

/// How verdicts are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// For people
    Text,
    /// One JSON object per line
    #[value(alias = "ndjson")]
    Json,
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

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Make an evidence pack for a window
    Export(EvidenceExportArgs),
    /// Verify a log or a pack, offline
    Verify(EvidenceVerifyArgs),
    /// Print the last records
    Tail(EvidenceTailArgs),
    /// Print the public key of receipts as a JWK set, for model servers that check `x-gnomon-receipt`
    ReceiptKey(StateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceExportArgs {
    /// Folder to write, or a file that ends in .zip; it must not exist
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
    /// Laws: ai-act, nis2
    #[arg(long, value_delimiter = ',', default_value = "ai-act,nis2")]
    pub(crate) framework: Vec<String>,
    /// First moment, RFC 3339 or a day [default: the first record]
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last moment, RFC 3339 or a day [default: now]
    #[arg(long)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceVerifyArgs {
    /// Folder of a log or pack, or a pack's .zip file
    pub(crate) path: PathBuf,
    /// Public key of the log, as printed in its `vkey` file [default: the `vkey` file beside the checkpoint]
    #[arg(long, value_name = "VKEY")]
    pub(crate) vkey: Option<String>,
    /// Fail when the pack's list of files is not signed by the log's key
    #[arg(long)]
    pub(crate) require_seal: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceTailArgs {
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    pub(crate) lines: u64,
    /// Begin at this record instead of at the end; prints as many as --lines says
    #[arg(long, value_name = "SEQ")]
    pub(crate) from: Option<u64>,
    /// Go on printing as records arrive
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ComplianceCommand {
    /// One row per obligation, with its status
    Status(ComplianceStatusArgs),
    /// Make an evidence pack (the same as `evidence export`)
    Export(EvidenceExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ComplianceStatusArgs {
    /// Laws: ai-act, nis2
    #[arg(long, value_delimiter = ',', default_value = "ai-act,nis2")]
    pub(crate) framework: Vec<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TwinCommand {
    /// Print the assets
    Export(TwinExportArgs),
    /// How far each sink is
    Status(ListArgs),
    /// Send the newest state of what a sink refused for good once more
    Redeliver(TwinRedeliverArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TwinRedeliverArgs {
    /// Name of the sink
    pub(crate) sink: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TwinExportArgs {
    /// Format of the document
    #[arg(long, value_enum, default_value_t = TwinFormat::Cyclonedx)]
    pub(crate) format: TwinFormat,
    /// Name of the gateway in the `source` of CloudEvents
    #[arg(long, default_value = "gateway")]
    pub(crate) node: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

/// Documents that the twin export writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TwinFormat {
    /// CycloneDX 1.7 ML-BOM
    Cyclonedx,
    /// CloudEvents, one per line
    Cloudevents,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_tree_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Commands that pages and documents show, and whether an argument may be left out, as in a sentence.
    fn shown() -> Vec<(String, bool)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Vec::new();
        let mut folders = vec![root.join("console/src"), root.join("compliance/src"), root.join("cli/src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("args.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    if path.starts_with(root.join("console")) {
                        found.extend(quoted(&text, '"').into_iter().map(|command| (command, false)));
                    }
                    found.extend(quoted(&text, '`').into_iter().map(|command| (command, true)));
                }
            }
        }
        let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
        let lines = readme.lines().map(|line| line.trim_start_matches("target/release/"));
        let commands = lines.filter(|line| line.starts_with("gnomon ") && !line.starts_with("gnomon is"));
        found.extend(
            commands
                .filter(|line| !line.contains("..."))
                .map(|line| (line.split(" #").next().unwrap().trim_end().to_owned(), false)),
        );
        found.extend(quoted(&readme, '`').into_iter().map(|command| (command.replace("target/release/", ""), true)));
        found
    }

    /// What stands between two of these marks and begins with our name.
    fn quoted(text: &str, mark: char) -> Vec<String> {
        let start = format!("{mark}gnomon ");
        let literal = |rest: &str| format!("gnomon {}", rest.split([mark, '\n']).next().unwrap());
        // A format string and a message that goes on after the command are not commands by themselves.
        let is_command =
            |text: &String| !(text.contains(['{', '\\', ';', ',']) || text.contains("...") || text.contains(" shows "));
        text.split(&start).skip(1).map(literal).filter(is_command).collect()
    }

    /// Splits as a shell does, as far as our examples need it. What follows at a later time is stood in for.
    fn words(command: &str) -> Vec<String> {
        let quoted: String = command
            .split('"')
            .enumerate()
            .map(|(n, part)| if n % 2 == 0 { part.to_owned() } else { part.replace(' ', "_") })
            .collect();
        let mut words: Vec<String> = quoted
            .split_whitespace()
            .map(|word| word.replace("governance|network|auditor|security|executive|admin", "admin"))
            .collect();
        if command.ends_with(' ') {
            words.push("1".to_owned());
        }
        words
    }

    #[test]
    fn every_command_that_is_shown_to_people_exists() {
        use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument};
        let shown = shown();
        assert!(shown.len() > 20, "{shown:?}");
        for (command, in_a_sentence) in shown {
            let Err(error) = Cli::try_parse_from(words(&command)) else { continue };
            if error.kind() == DisplayHelp {
                continue;
            }
            let incomplete = matches!(error.kind(), MissingRequiredArgument | DisplayHelpOnMissingArgumentOrSubcommand);
            assert!(in_a_sentence && incomplete, "`{command}`: {error}");
        }
    }
}
