//! `gnomon policy`: the policies in force, and a starter set to edit.

use crate::args::{PolicyCommand, PolicyListArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::policies;
use anyhow::Context as _;
use gnomon_policy::PolicySummary;
use std::path::Path;

pub(super) fn run(command: PolicyCommand) -> anyhow::Result<Outcome> {
    match command {
        PolicyCommand::List(args) => list(&args),
        PolicyCommand::Init { dir } => init(&dir),
        PolicyCommand::Schema => {
            output::line(gnomon_policy::SCHEMA.trim_end())?;
            Ok(Outcome::Fine)
        }
    }
}

fn list(args: &PolicyListArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::load(args.policy.as_deref())?;
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
