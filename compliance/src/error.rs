//! Errors by what the caller can do about them.

use gnomon_evidence::{ReadError, VerifyError};
use std::path::{Path, PathBuf};

/// A pack could not be made or read at all. A check of a pack that fails is not an error but part of its report.
#[derive(Debug, thiserror::Error)]
pub enum ComplianceError {
    /// A file could not be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is nothing that could be verified.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Nothing is signed yet.
    #[error(
        "the log `{}` has no checkpoint, so there is nothing signed to export\nhelp: the gateway signs a checkpoint within seconds of its first record",
        .0.display()
    )]
    NoCheckpoint(PathBuf),
    /// The checkpoint stands for no record.
    #[error("the log `{}` holds no record yet", .0.display())]
    Empty(PathBuf),
    /// The output is there already.
    #[error("`{}` exists already", .0.display())]
    Exists(PathBuf),
    /// The pack is built in a way that no pack of ours is; nothing in it was believed.
    #[error("the pack is refused: {0}")]
    Refused(String),
    /// The shipped catalogue of obligations is broken.
    #[error("cannot read the obligations of `{framework}`: {message}")]
    Catalogue {
        /// Which law.
        framework: &'static str,
        /// Why.
        message: String,
    },
    /// A document could not be written as JSON.
    #[error("cannot encode: {0}")]
    Encode(#[from] serde_json::Error),
}

impl ComplianceError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
