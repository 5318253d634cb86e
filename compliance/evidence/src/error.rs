//! Errors by what the caller can do about them.

use crate::note::NoteError;
use std::path::PathBuf;

/// A log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file could not be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process writes this log.
    #[error("the log `{}` is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The folder or key belongs to another log.
    #[error("this belongs to the log `{found}`, not to `{wanted}`")]
    OtherOrigin {
        /// Whose it is.
        found: String,
        /// Whose was wanted.
        wanted: String,
    },
    /// A key or note is malformed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Records are gone or were changed behind the last signed checkpoint: a person must look.
    #[error(
        "the records contradict the signed checkpoint: {0}\nhelp: run `gnomon evidence verify` to see which records were changed"
    )]
    Tampered(String),
}

impl LogError {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// A record could not be made durable. Nothing of it is in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The queue is full; only from [`crate::Log::try_append`].
    #[error("the evidence queue is full")]
    Full,
    /// The disk refused. The log goes on by itself when it takes records again, and records the gap.
    #[error("cannot write the evidence log: {0}")]
    Disk(String),
    /// The log is closed.
    #[error("the evidence log is closed")]
    Closed,
    /// The record is larger than an entry may be.
    #[error("a record of {0} bytes is larger than a log entry may be")]
    TooLarge(usize),
}

/// Records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The record is not one of ours.
    #[error("record {seq} cannot be read: {message}")]
    Record {
        /// Its place.
        seq: u64,
        /// Why.
        message: String,
    },
    /// There is no such record or tile.
    #[error("the log does not hold {0}")]
    Missing(String),
}

impl ReadError {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
/// There is nothing that could be verified. A failed check is not an error but part of the report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds no log.
    #[error("`{}` holds no evidence log: {missing} is missing", path.display())]
    NotALog {
        /// The folder.
        path: PathBuf,
        /// What was looked for.
        missing: &'static str,
    },
    /// The public key cannot be used.
    #[error("cannot use the key in `{source_name}`: {source}")]
    Key {
        /// File or option.
        source_name: String,
        /// Why.
        source: NoteError,
    },
}

impl VerifyError {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
