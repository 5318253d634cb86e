//! What can go wrong with the record, by what the caller can do about it.

/// An error of the inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The address of the database is not understood.
    #[error("cannot use database `{0}`: write `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
    Url(String),
    /// The file of the database cannot be made or opened.
    #[error("cannot open database file `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database was written by a later version of the program.
    #[error("the database has schema {found}, this program knows up to {known}: use the program that wrote it")]
    Later {
        /// Version in the database.
        found: i64,
        /// Version of this program.
        known: i64,
    },
    /// The named thing is not in the record.
    #[error("no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id as given.
        id: String,
    },
    /// The change is not possible in the present state; the text says why.
    #[error("{0}")]
    Refused(String),
    /// A row does not hold what this program writes.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database failed or cannot be reached. Trying again later may help.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A password could not be hashed, or its worker ended.
    #[error("cannot handle a password: {0}")]
    Password(String),
    /// The search index failed. It can be deleted: it is made again from the database.
    #[error("the search index failed: {0}")]
    Search(String),
}

impl InventoryError {
    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Database(_))
    }
}

impl From<tantivy::TantivyError> for InventoryError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Search(error.to_string())
    }
}
