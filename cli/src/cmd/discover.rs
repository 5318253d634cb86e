//! `gnomon discover`: logs in, AI services out, with proof.

use crate::args::{DiscoverCommand, Format, ImportArgs, ListArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::intake;
use crate::wire::state::State;
use anyhow::Context as _;
use gnomon_discovery::{Catalogue, Hints};
use gnomon_inventory::{Inventory, UseFilter};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::Path;

pub(super) async fn run(command: DiscoverCommand) -> anyhow::Result<Outcome> {
    match command {
        DiscoverCommand::Import(args) => import(args).await,
        DiscoverCommand::Report(args) => report(&args).await,
    }
}

/// What one file gave, as printed.
#[derive(Serialize)]
struct ImportedFile {
    file: String,
    format: String,
    lines: u64,
    parsed: u64,
    rejected: u64,
    services: u64,
    new_services: usize,
    already_known: bool,
    replaced: u64,
}

async fn import(args: ImportArgs) -> anyhow::Result<Outcome> {
    if let Some(file) = args.files.iter().find(|file| !file.is_file()) {
        return Err(Usage::plain(format!("`{}` is not a file", file.display())).into());
    }
    let state = State::of_args(&args.list.state)?;
    let inventory = state.inventory().await?;
    let catalogue = Catalogue::shipped()?;
    intake::seed(&inventory, &catalogue).await?;
    let mut rows = Vec::new();
    for file in &args.files {
        rows.push(import_file(&inventory, &catalogue, file, args.year).await?);
    }
    state.flush_changes(&inventory).await;
    let columns = [
        Column::<ImportedFile> { heading: "file", cell: |row| row.file.clone() },
        Column { heading: "format", cell: |row| row.format.clone() },
        Column { heading: "lines", cell: |row| row.lines.to_string() },
        Column { heading: "parsed", cell: |row| row.parsed.to_string() },
        Column { heading: "rejected", cell: |row| row.rejected.to_string() },
        Column { heading: "services", cell: |row| row.services.to_string() },
        Column { heading: "new", cell: |row| row.new_services.to_string() },
        Column {
            heading: "note",
            cell: |row| match (row.already_known, row.replaced) {
                (true, _) => "imported before".into(),
                (false, 0) => String::new(),
                (false, _) => "takes the place of an earlier, shorter copy".into(),
            },
        },
    ];
    output::rows(args.list.format, &rows, &columns)?;
    if args.list.format == Format::Table {
        output::message("next: gnomon discover report, gnomon inventory list");
    }
    let nothing_understood = rows.iter().any(|row| row.lines > 0 && row.parsed == 0);
    Ok(if nothing_understood { Outcome::Findings } else { Outcome::Fine })
}

async fn import_file(
    inventory: &Inventory,
    catalogue: &Catalogue,
    file: &Path,
    year: Option<i16>,
) -> anyhow::Result<ImportedFile> {
    let bytes = std::fs::metadata(file).with_context(|| format!("cannot read `{}`", file.display()))?.len();
    let bar = progress(file, bytes);
    let hints = Hints { year, ..intake::hints(inventory).await? };
    let imported = intake::read_file(catalogue, file, &hints, &mut |bytes, lines| {
        bar.set_position(bytes);
        bar.set_message(format!("{lines} lines"));
    });
    bar.finish_and_clear();
    let imported = imported?;
    for reject in imported.rejects.iter().take(3) {
        output::message(&format!("{}:{}: {}", file.display(), reject.line, reject.why));
    }
    let source = imported.source.clone();
    let outcome = intake::store(inventory, imported, &super::acting()).await?;
    Ok(ImportedFile {
        file: source.file,
        format: source.format,
        lines: source.lines,
        parsed: source.parsed,
        rejected: source.rejected,
        services: outcome.services,
        new_services: outcome.services_new.len(),
        already_known: !outcome.new,
        replaced: outcome.replaced,
    })
}

/// A bar on a terminal; nothing elsewhere.
fn progress(file: &Path, bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    let template = "{prefix} {wide_bar} {bytes}/{total_bytes} {msg} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    bar
}

async fn report(args: &ListArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    let uses = inventory.uses(&UseFilter::default()).await?;
    let statuses = inventory.statuses().await?;
    let sources: Vec<_> = inventory.sources().await?.into_iter().map(|source| source.summary).collect();
    let blind_spots = inventory.blind_spots().await?;
    let status_of = |id: &gnomon_types::ids::ServiceId| statuses.get(id).copied().unwrap_or_default();
    let report = gnomon_discovery::report(&uses, &status_of, &sources, &blind_spots);
    match args.format {
        Format::Json => output::document(&report)?,
        format => print_services(format, &report)?,
    }
    Ok(Outcome::Fine)
}

fn print_services(format: Format, report: &gnomon_discovery::Report) -> anyhow::Result<()> {
    let columns = [
        Column::<gnomon_discovery::ReportedService> { heading: "service", cell: |row| row.name.clone() },
        Column { heading: "status", cell: |row| row.status.to_string() },
        Column { heading: "kind", cell: |row| row.kind.as_str().to_owned() },
        Column { heading: "users", cell: |row| row.users.len().to_string() },
        Column { heading: "requests", cell: |row| row.requests.to_string() },
        Column { heading: "bytes up", cell: |row| row.bytes_up.to_string() },
        Column { heading: "first seen", cell: |row| row.first_seen.day() },
        Column { heading: "last seen", cell: |row| row.last_seen.day() },
        Column {
            heading: "evidence",
            cell: |row| row.evidence.first().map(|at| format!("{}:{}", at.file, at.line)).unwrap_or_default(),
        },
    ];
    output::rows(format, &report.services, &columns)?;
    if format == Format::Table {
        for spot in &report.blind_spots {
            let who = spot.user.as_deref().or(spot.device.as_deref()).unwrap_or("somebody");
            output::message(&format!("blind spot: {who}: {}", spot.reason));
        }
    }
    Ok(())
}
