//! `gnomon policy`: the policies in force, and a starter set to edit.

use crate::args::{Format, PolicyApplyArgs, PolicyCommand, PolicyDiffArgs, PolicyListArgs, PolicyTestArgs};
use crate::config;
use crate::failure::{Outcome, Usage, unreadable};
use crate::output::{self, Column};
use crate::wire::policies;
use anyhow::Context as _;
use gnomon_policy::{Case, CaseOutcome, Difference, LoadErrors, PolicySummary, Snapshot};
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(super) fn run(command: PolicyCommand) -> anyhow::Result<Outcome> {
    match command {
        PolicyCommand::List(args) => list(&args),
        PolicyCommand::Init { dir } => init(&dir),
        PolicyCommand::Test(args) => test(&args),
        PolicyCommand::Diff(args) => diff(&args),
        PolicyCommand::Apply(args) => apply(&args),
        PolicyCommand::Types(args) => types(&args),
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

/// What can be found, as a policy writes it.
#[derive(Serialize)]
struct FindingType {
    label: String,
    classes: Vec<&'static str>,
}

fn types(args: &PolicyListArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::chosen(&args.rules)?.load(None)?;
    let listed = snapshot.plan().labels().into_iter().map(|label| {
        let classes = gnomon_policy::data_classes(&label).to_vec();
        FindingType { label, classes }
    });
    let columns = [
        Column::<FindingType> { heading: "type", cell: |row| row.label.clone() },
        Column { heading: "data classes", cell: |row| row.classes.join(", ") },
    ];
    output::rows(args.format, &listed.collect::<Vec<_>>(), &columns)?;
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

/// The cases of one file.
struct CaseFile {
    name: String,
    cases: Vec<Case>,
}

/// A case that ran, and its file.
#[derive(Serialize)]
struct Ran {
    file: String,
    #[serde(flatten)]
    outcome: CaseOutcome,
}

/// Reads files of cases, and those of folders; the mistakes of all files at once.
fn read_cases(paths: &[PathBuf]) -> anyhow::Result<Vec<CaseFile>> {
    let mut read = Vec::new();
    let mut mistakes = Vec::new();
    for path in files_of_cases(paths)? {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let name = path.display().to_string();
        match gnomon_policy::read_cases(&name, &text) {
            Ok(cases) => read.push(CaseFile { name, cases }),
            Err(errors) => mistakes.extend(errors.0),
        }
    }
    if mistakes.is_empty() { Ok(read) } else { Err(LoadErrors(mistakes).into()) }
}

/// The files themselves, and the `*.json` files of those that are folders.
fn files_of_cases(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        let found = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut found = found.map_err(|error| unreadable(path, &error))?;
        found.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "json"));
        if found.is_empty() {
            return Err(Usage::plain(format!("folder `{}` holds no *.json file of cases", path.display())).into());
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

fn run_cases(snapshot: &Snapshot, files: &[CaseFile]) -> Vec<Ran> {
    let run = |file: &CaseFile, case| Ran { file: file.name.clone(), outcome: gnomon_policy::run_case(snapshot, case) };
    files.iter().flat_map(|file| file.cases.iter().map(move |case| run(file, case))).collect()
}

impl Ran {
    fn failed(&self) -> bool {
        !self.outcome.mismatches.is_empty()
    }

    fn differs(&self) -> String {
        self.outcome.mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

fn test(args: &PolicyTestArgs) -> anyhow::Result<Outcome> {
    let files = read_cases(&args.cases)?;
    let snapshot = policies::chosen(&args.list.rules)?.load(None)?;
    let ran = run_cases(&snapshot, &files);
    let columns = [
        Column::<Ran> { heading: "result", cell: |row| if row.failed() { "FAIL".to_owned() } else { "ok".to_owned() } },
        Column { heading: "verdict", cell: |row| row.outcome.verdict.to_string() },
        Column { heading: "case", cell: |row| row.outcome.name.clone() },
        Column { heading: "differs", cell: Ran::differs },
    ];
    output::rows(args.list.format, &ran, &columns)?;
    let failed = ran.iter().filter(|row| row.failed()).count();
    if args.list.format == Format::Table {
        output::message(&format!("{} cases of {} files, {failed} failed", ran.len(), files.len()));
    }
    Ok(if failed == 0 { Outcome::Fine } else { Outcome::Findings })
}

fn diff(args: &PolicyDiffArgs) -> anyhow::Result<Outcome> {
    let chosen = policies::chosen(&args.list.rules)?;
    let (before, after) = (chosen.load(None)?, chosen.load(Some(&args.new))?);
    let cases: Vec<Case> = read_cases(&args.cases)?.into_iter().flat_map(|file| file.cases).collect();
    let difference = gnomon_policy::diff(&before, &after, &cases);
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
    for (mark, rules) in [("+", &difference.added), ("-", &difference.removed)] {
        for rule in rules {
            output::line(&format!("{mark} {rule}"))?;
        }
    }
    for change in &difference.changed {
        output::line(&format!("~ {}", change.id))?;
        for (mark, line) in change.lines() {
            output::line(&format!("    {mark} {line}"))?;
        }
    }
    for (before, after) in &difference.decisions {
        let told = |outcome: &CaseOutcome| match outcome.rules.as_slice() {
            [] => outcome.verdict.to_string(),
            rules => format!("{} by {}", outcome.verdict, rules.join(", ")),
        };
        output::line(&format!("  {}: {} -> {}", before.name, told(before), told(after)))?;
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
    let (before, after) = (policies::of_config(&config)?, policies::for_config(&config, &args.new)?);
    let files = read_cases(&args.cases)?;
    let cases: Vec<Case> = files.iter().flat_map(|file| file.cases.iter().cloned()).collect();
    print_difference(&gnomon_policy::diff(&before, &after, &cases))?;
    let ran = run_cases(&after, &files);
    for row in ran.iter().filter(|row| row.failed()) {
        output::message(&format!("FAIL {}: {}", row.outcome.name, row.differs()));
    }
    if ran.iter().any(Ran::failed) {
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
