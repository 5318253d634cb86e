//! Arguments of the commands that hand out proof: evidence, compliance, twin.

use super::{Format, ListArgs, StateArgs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

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
