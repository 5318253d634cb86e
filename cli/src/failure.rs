//! Which exit code an error means, and how it is told.

use crate::config::Problems;
use std::fmt;

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

/// 2 for usage and configuration, 3 for failures at run time.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is_usage = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<Usage>()
            || cause.is::<Problems>()
            || cause.is::<Box<Problems>>()
            || cause.is::<gnomon_policy::LoadErrors>()
    };
    if error.chain().any(is_usage) { 2 } else { 3 }
}

/// The error and its causes in one message.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    if error.chain().any(|cause| cause.is::<Problems>() || cause.is::<Box<Problems>>()) {
        return error.to_string();
    }
    format!("error: {error:#}")
}

/// Whether stdout was closed by its reader, as `gnomon ... | head` does.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe))
    };
    error.chain().any(broken)
}
