//! Finds the real clients, verifiers and browsers that `scripts/setup.sh test` installed.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The folder of the test tools, `target/test-tools`, or the one in `GNOMON_TEST_TOOLS`.
#[must_use]
pub fn folder() -> PathBuf {
    std::env::var_os("GNOMON_TEST_TOOLS").map_or_else(|| root().join("target/test-tools"), PathBuf::from)
}

/// A Python with the packages of `tests/clients/requirements.txt`.
///
/// # Errors
/// When the set-up did not run.
pub fn python() -> anyhow::Result<Command> {
    let python = folder().join("venv/bin/python");
    ensure!(python.exists(), "`{}` is missing; run `scripts/setup.sh test`", python.display());
    Ok(Command::new(python))
}

/// A program of the Python packages, such as `trestle`.
///
/// # Errors
/// When the set-up did not run.
pub fn python_program(name: &str) -> anyhow::Result<Command> {
    let program = folder().join("venv/bin").join(name);
    ensure!(program.exists(), "`{}` is missing; run `scripts/setup.sh test`", program.display());
    Ok(Command::new(program))
}

/// Node, running a script of `tests/SUITE` with the packages of its `package.json`.
///
/// # Errors
/// When the set-up did not run, or the script cannot be put beside its packages.
pub fn node(suite: &str, script: &str) -> anyhow::Result<Command> {
    let modules = folder().join(suite);
    ensure!(modules.join("node_modules").exists(), "`{}` is missing; run `scripts/setup.sh test`", modules.display());
    // A module is looked up from its own place, so the script is copied to where the packages are.
    let copy = modules.join(script);
    std::fs::copy(root().join("tests").join(suite).join(script), &copy).context("copy the script")?;
    let mut command = Command::new("node");
    command.arg(copy);
    Ok(command)
}

/// Runs a command and fails with all its output unless it succeeds.
///
/// # Errors
/// When it cannot be started or does not exit with 0.
pub fn succeed(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("start {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}\nstdout:\n{}\nstderr:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}
