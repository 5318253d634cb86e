//! Arguments of `gnomon scan`.

use super::RulesArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What the input and output of `gnomon scan` are.
pub(super) const HELP: &str = "\
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
