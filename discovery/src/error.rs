//! What can go wrong at the face of this crate. Bad log lines are not here: they are data, counted in the summary.

use std::path::PathBuf;

/// A log could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("cannot open `{}`: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The device or connection under the log failed; what was read so far is not returned, since it would be
    /// a different report the next time.
    #[error("cannot read `{name}` after {bytes} bytes: {cause}")]
    Read {
        /// The name the caller gave.
        name: String,
        /// Bytes of the file read before.
        bytes: u64,
        /// What the system says.
        cause: std::io::Error,
    },
}

/// The catalogue of AI services contradicts itself. All mistakes at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue of AI services has {} mistakes: {}", .0.len(), .0.join("; "))]
pub struct CatalogueError(
    /// One sentence for each mistake.
    pub Vec<String>,
);
