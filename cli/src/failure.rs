//! Which exit code an error means, and how it is told.

use crate::config::Problems;
use gnomon_inventory::InventoryError;
use std::path::Path;
use std::{fmt, io};

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Fine,
    /// Exit code 1: findings, or a check that failed.
    Findings,
}

/// An error in what was asked: exit code 2, with advice on its own line.
#[derive(Debug)]
pub(crate) struct Usage {
    message: String,
    help: Option<String>,
}

impl Usage {
    /// An error in the input, and how to mend it.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// An error in the input that says all by itself.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
    }
}

impl std::error::Error for Usage {}

/// A file or folder that the command line or the configuration names and that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Usage {
    Usage::plain(format!("cannot read `{}`: {error}", path.display()))
}

/// Stdout cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout: {0}")]
pub(crate) struct StdoutError(pub(crate) io::Error);

/// 2 for usage and configuration, 3 for failures at run time.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is_usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<Usage>()
            || cause.is::<Problems>()
            || cause.is::<Box<Problems>>()
            || cause.is::<gnomon_policy::LoadErrors>()
            || cause.downcast_ref().is_some_and(is_refused)
    };
    if error.chain().any(is_usage) { 2 } else { 3 }
}

/// Whether the record is fine, and what was asked of it is not.
fn is_refused(error: &InventoryError) -> bool {
    matches!(error, InventoryError::NotFound { .. } | InventoryError::Refused(_) | InventoryError::Url(_))
}

/// The error and its causes in one message.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    if error.chain().any(|cause| cause.is::<Problems>() || cause.is::<Box<Problems>>()) {
        return error.to_string();
    }
    let text = format!("{error:#}");
    // Policies come with their own heading, one for each mistake.
    if text.starts_with("error:") { text } else { format!("error: {text}") }
}

/// Whether stdout was closed by its reader, as `gnomon ... | head` does. A pipe or socket that breaks elsewhere is a
/// failure.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<StdoutError>().is_some_and(|error| error.0.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_closed_stdout_ends_well() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&anyhow::Error::new(StdoutError(broken())).context("print the list")));
        assert!(!is_closed_pipe(&anyhow::Error::new(broken()).context("write the pack")));
        assert!(!is_closed_pipe(&anyhow::Error::new(StdoutError(io::ErrorKind::StorageFull.into()))));
    }

    #[test]
    fn what_was_asked_for_wrongly_ends_with_2() {
        let unknown = InventoryError::NotFound { what: "key", id: "gnm_x".to_owned() };
        assert_eq!(exit_code(&anyhow::Error::new(unknown)), 2);
        assert_eq!(exit_code(&anyhow::Error::new(InventoryError::Refused("taken".to_owned()))), 2);
        assert_eq!(exit_code(&anyhow::Error::new(InventoryError::Damaged("row".to_owned()))), 3);
    }
}
