//! `gnomon tool`: definitions of tools, what is approved and what changed.

use crate::args::{Format, ToolCommand, ToolDecideArgs, ToolDigestArgs, ToolListArgs};
use crate::failure::{Outcome, Usage, unreadable};
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{DecideTool, Inventory, ToolFilter, ToolRow};
use gnomon_policy::definitions_in;
use gnomon_types::ids::ToolName;
use gnomon_types::limits::PAGE_ROWS_MAX;
use gnomon_types::tool::{Definition, DefinitionStatus, ToolSource};
use std::collections::BTreeSet;
use std::path::Path;

/// Digits of a digest that tell it from others on a page.
const SHORT: usize = 12;
/// Fewest digits by which a digest can be named.
const DIGITS_MIN: usize = 8;
/// Largest file of definitions, in bytes.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

pub(super) async fn run(command: ToolCommand) -> anyhow::Result<Outcome> {
    match command {
        ToolCommand::List(args) => list(&args).await,
        ToolCommand::Approve(args) => decide(&args, DecideTool::Approve).await,
        ToolCommand::Reject(args) => decide(&args, DecideTool::Reject).await,
        ToolCommand::Digest(args) => digest(&args),
    }
}

async fn list(args: &ToolListArgs) -> anyhow::Result<Outcome> {
    let filter = ToolFilter {
        statuses: args.status.as_deref().map(status).transpose()?.into_iter().collect(),
        source: args.source.as_deref().map(source).transpose()?,
        text: args.text.clone(),
        ..ToolFilter::default()
    };
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let rows = all(&inventory, filter).await?;
    let columns = [
        Column::<ToolRow> { heading: "status", cell: |row| row.status.to_string() },
        Column { heading: "source", cell: |row| row.definition.source.to_string() },
        Column { heading: "tool", cell: |row| row.definition.tool.to_string() },
        Column { heading: "digest", cell: |row| short(&row.definition) },
        Column { heading: "first seen", cell: |row| row.first_seen.map(|at| at.to_string()).unwrap_or_default() },
        Column { heading: "decided by", cell: |row| row.decided_by.clone().unwrap_or_default() },
    ];
    output::rows(args.list.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

fn short(definition: &Definition) -> String {
    definition.sha256.to_string().chars().take(SHORT).collect()
}

fn status(word: &str) -> anyhow::Result<DefinitionStatus> {
    let unknown =
        || Usage::new(format!("`{word}` is not a status of a tool"), "use new, changed, approved or rejected");
    Ok(DefinitionStatus::from_word(word).ok_or_else(unknown)?)
}

fn source(text: &str) -> anyhow::Result<ToolSource> {
    ToolSource::parse(text).map_err(|error| Usage::plain(error.to_string()).into())
}

async fn all(inventory: &Inventory, filter: ToolFilter) -> anyhow::Result<Vec<ToolRow>> {
    let mut filter = ToolFilter { limit: PAGE_ROWS_MAX, ..filter };
    let mut rows = Vec::new();
    loop {
        let page = inventory.tools(&filter).await?;
        rows.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(rows);
        }
    }
}

async fn decide(args: &ToolDecideArgs, decide: DecideTool) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    let chosen = match &args.file {
        Some(file) => in_file(file, args)?,
        None => on_record(&inventory, args, decide).await?,
    };
    let by = super::acting();
    for definition in &chosen {
        let row = inventory.decide_tool(&by, definition, decide, &args.note).await?;
        output::message(&format!(
            "{definition} {} is {}; gateways obey within a second",
            short(definition),
            row.status
        ));
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

/// What somebody read in a file.
fn in_file(file: &Path, args: &ToolDecideArgs) -> anyhow::Result<Vec<Definition>> {
    let needs = || Usage::new("whose tools are in the file?", "name them with --source caller/NAME or service/ID");
    let source = source(args.source.as_deref().ok_or_else(needs)?)?;
    let definitions = read(file, &source)?;
    let chosen: Vec<Definition> = definitions.into_iter().filter(|one| is_meant(one, args)).collect();
    if chosen.is_empty() {
        return Err(Usage::plain(format!("no such tool is defined in `{}`", file.display())).into());
    }
    Ok(chosen)
}

/// What was seen and is meant by name, digest or all.
async fn on_record(
    inventory: &Inventory,
    args: &ToolDecideArgs,
    decide: DecideTool,
) -> anyhow::Result<Vec<Definition>> {
    let tool = args.tool.as_deref().map(|name| super::identifier(name, ToolName::new)).transpose()?;
    let source = args.source.as_deref().map(source).transpose()?;
    let rows = all(inventory, ToolFilter { tool, source, ..ToolFilter::default() }).await?;
    let meant = rows.into_iter().filter(|row| row.status != decide.status() && is_meant(&row.definition, args));
    // All together are those that nobody looked at; one that changed is looked at by itself.
    let meant = meant.filter(|row| !args.all || row.status == DefinitionStatus::New);
    let chosen: Vec<Definition> = meant.map(|row| row.definition).collect();
    if chosen.is_empty() {
        let message = format!("no definition to {} is meant by this", word(decide));
        return Err(Usage::new(message, "gnomon tool list shows the known ones").into());
    }
    let places: BTreeSet<(&ToolSource, &ToolName)> = chosen.iter().map(|one| (&one.source, &one.tool)).collect();
    if !args.all && places.len() < chosen.len() {
        let digests: Vec<String> = chosen.iter().map(|one| format!("{} of {}", short(one), one.source)).collect();
        let message = format!("several definitions are meant: {}", digests.join(", "));
        return Err(Usage::new(message, "name one with --digest").into());
    }
    Ok(chosen)
}

fn word(decide: DecideTool) -> &'static str {
    match decide {
        DecideTool::Approve => "approve",
        DecideTool::Reject => "reject",
    }
}

fn is_meant(definition: &Definition, args: &ToolDecideArgs) -> bool {
    let digest = args.digest.as_ref().map(|digits| digits.to_lowercase());
    args.tool.as_ref().is_none_or(|tool| definition.tool.as_str() == tool)
        && digest.is_none_or(|digits| digits.len() >= DIGITS_MIN && definition.sha256.to_string().starts_with(&digits))
}

fn digest(args: &ToolDigestArgs) -> anyhow::Result<Outcome> {
    // Whose they are makes no difference to the digest.
    let nobody = ToolSource::parse("caller/nobody")?;
    let definitions = read(&args.file, &nobody)?;
    if definitions.is_empty() {
        return Err(Usage::plain(format!("no tool is defined in `{}`", args.file.display())).into());
    }
    let columns = [
        Column::<Digested> { heading: "tool", cell: |row| row.tool.to_string() },
        Column { heading: "digest", cell: |row| row.sha256.clone() },
    ];
    let rows: Vec<Digested> = definitions
        .into_iter()
        .map(|definition| Digested { sha256: definition.sha256.to_string(), tool: definition.tool })
        .collect();
    output::rows(args.format, &rows, &columns)?;
    if args.format == Format::Table {
        output::message("compare with gnomon tool list; the same digest is the same definition, in whatever API");
    }
    Ok(Outcome::Fine)
}

/// One line of `gnomon tool digest`.
#[derive(serde::Serialize)]
struct Digested {
    tool: ToolName,
    sha256: String,
}

fn read(file: &Path, source: &ToolSource) -> anyhow::Result<Vec<Definition>> {
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(Usage::plain(format!("`{}` is larger than {FILE_BYTES_MAX} bytes", file.display())).into());
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
        let help = "save the body of a request, the answer to tools/list, a list of definitions, or one";
        return Err(Usage::new(format!("`{}` is not JSON", file.display()), help).into());
    }
    Ok(definitions_in(source, &text))
}
