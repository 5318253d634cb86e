//! `gnomon policy`: the policies in force, and a starter set to edit.

use crate::args::{Format, PolicyApplyArgs, PolicyCommand, PolicyDiffArgs, PolicyListArgs, PolicyTestArgs};
use crate::config;
use crate::failure::{Outcome, Usage, unreadable};
use crate::output::{self, Column};
use crate::wire::policies;
use anyhow::Context as _;
use gnomon_policy::{Case, CaseOutcome, Difference, PolicySummary, Snapshot};
use std::path::{Path, PathBuf};

pub(super) fn run(command: PolicyCommand) -> anyhow::Result<Outcome> {
    match command {
        PolicyCommand::List(args) => list(&args),
        PolicyCommand::Init { dir } => init(&dir),
        PolicyCommand::Test(args) => test(&args),
        PolicyCommand::Diff(args) => diff(&args),
        PolicyCommand::Apply(args) => apply(&args),
        PolicyCommand::Schema => {
            output::line(gnomon_policy::SCHEMA.trim_end())?;
            Ok(Outcome::Fine)
        }
    }
}

fn list(args: &PolicyListArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::chosen(&args.rules)?.load(None)?;
    let columns = [
        Column::<PolicySummary> { heading: "id", cell: |row| row.id.to_string() },
        Column { heading: "effect", cell: |row| row.effect.to_string() },
        Column { heading: "mode", cell: |row| row.mode.to_string() },
        Column { heading: "remedy", cell: |row| row.remedy.clone().unwrap_or_default() },
        Column { heading: "control", cell: |row| row.control.clone().unwrap_or_default() },
        Column { heading: "reason", cell: |row| row.reason.clone() },
    ];
    output::rows(args.format, &snapshot.policies(), &columns)?;
    Ok(Outcome::Fine)
}

fn init(dir: &Path) -> anyhow::Result<Outcome> {
    if dir.exists() {
        let message = format!("`{}` exists already", dir.display());
        return Err(Usage::new(message, "name another folder: gnomon policy init DIR").into());
    }
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
    for file in gnomon_policy::shipped_files() {
        let path = dir.join(Path::new(&file.name).file_name().unwrap_or_default());
        std::fs::write(&path, file.text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let dir = dir.display();
    output::message(&format!(
        "wrote {dir}; edit, then: gnomon policy list --policy {dir}; in gnomon.toml: [policy] dir = \"{dir}\""
    ));
    Ok(Outcome::Fine)
}

fn read_cases(files: &[PathBuf]) -> anyhow::Result<Vec<Case>> {
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        let wrong = |error: String| Usage::plain(format!("`{}` is not a file of cases: {error}", file.display()));
        all.extend(gnomon_policy::read_cases(&text).map_err(wrong)?);
    }
    Ok(all)
}

fn run_cases(snapshot: &Snapshot, files: &[PathBuf]) -> anyhow::Result<Vec<CaseOutcome>> {
    Ok(read_cases(files)?.iter().map(|case| gnomon_policy::run_case(snapshot, case)).collect())
}

fn test(args: &PolicyTestArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::chosen(&args.list.rules)?.load(None)?;
    let outcomes = run_cases(&snapshot, &args.cases)?;
    let columns = [
        Column::<CaseOutcome> {
            heading: "result",
            cell: |row| if row.mismatches.is_empty() { "ok".to_owned() } else { "FAIL".to_owned() },
        },
        Column { heading: "verdict", cell: |row| row.verdict.to_string() },
        Column { heading: "case", cell: |row| row.name.clone() },
        Column { heading: "differs", cell: |row| row.mismatches.join("; ") },
    ];
    output::rows(args.list.format, &outcomes, &columns)?;
    let failed = outcomes.iter().filter(|outcome| !outcome.mismatches.is_empty()).count();
    if args.list.format == Format::Table {
        output::message(&format!("{} cases, {failed} failed", outcomes.len()));
    }
    Ok(if failed == 0 { Outcome::Fine } else { Outcome::Findings })
}

fn diff(args: &PolicyDiffArgs) -> anyhow::Result<Outcome> {
    let chosen = policies::chosen(&args.list.rules)?;
    let (before, after) = (chosen.load(None)?, chosen.load(Some(&args.new))?);
    let difference = gnomon_policy::diff(&before, &after, &read_cases(&args.cases)?);
    if args.list.format == Format::Table {
        print_difference(&difference)?;
    } else {
        output::object(args.list.format, &difference)?;
    }
    Ok(if is_empty(&difference) { Outcome::Fine } else { Outcome::Findings })
}

fn is_empty(difference: &Difference) -> bool {
    let Difference { added, removed, changed, decisions } = difference;
    added.is_empty() && removed.is_empty() && changed.is_empty() && decisions.is_empty()
}

fn print_difference(difference: &Difference) -> anyhow::Result<()> {
    for (mark, rules) in [("+", &difference.added), ("-", &difference.removed), ("~", &difference.changed)] {
        for rule in rules {
            output::line(&format!("{mark} {rule}"))?;
        }
    }
    for (before, after) in &difference.decisions {
        output::line(&format!("  {}: {} -> {}", before.name, before.verdict, after.verdict))?;
    }
    if is_empty(difference) {
        output::line("no difference")?;
    }
    Ok(())
}

/// Checks, compares, tests; then replaces the configured folder's files. A running gateway notices within a second.
fn apply(args: &PolicyApplyArgs) -> anyhow::Result<Outcome> {
    let config = config::load(&args.config)?;
    let Some(dir) = &config.policy.dir else {
        let message = format!("`{}` names no policy folder", args.config.display());
        return Err(Usage::new(message, "add `[policy] dir = \"policies\"` and run gnomon policy init policies").into());
    };
    let (before, after) = (policies::of_config(&config)?, policies::load(Some(&args.new), &config.dictionaries)?);
    print_difference(&gnomon_policy::diff(&before, &after, &read_cases(&args.cases)?))?;
    let outcomes = run_cases(&after, &args.cases)?;
    let failed: Vec<&CaseOutcome> = outcomes.iter().filter(|outcome| !outcome.mismatches.is_empty()).collect();
    for outcome in &failed {
        output::message(&format!("FAIL {}: {}", outcome.name, outcome.mismatches.join("; ")));
    }
    if !failed.is_empty() {
        output::message("nothing was applied");
        return Ok(Outcome::Findings);
    }
    if args.dry_run {
        output::message("dry run: nothing was applied");
        return Ok(Outcome::Fine);
    }
    policies::replace(dir, &args.new)?;
    output::message(&format!("applied to {}; a running gateway obeys within a second", dir.display()));
    Ok(Outcome::Fine)
}
