//! Search over services, models, callers, decisions and findings. A cache: it may be deleted at any time and is made again from SQL.
//!
//! INVARIANT: how far the index is stands in the index itself, in the payload of its commit, so documents and cursor
//! cannot disagree whatever is killed or deleted.

mod documents;
mod index;
mod snippet;

use crate::error::InventoryError;
use crate::inventory::Inventory;
use documents::Document;
use index::Index;
use serde::Serialize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its id: of a service, a model, a caller, a decision, or `kind/TYPE` of a finding.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Text around the first match.
    pub snippet: String,
    /// Byte ranges of the matches in the snippet.
    pub marks: Vec<Range<usize>>,
}

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HitKind {
    /// An AI service.
    Service,
    /// A model on a service.
    Model,
    /// An application or agent that asks.
    Caller,
    /// A decision about a request.
    Decision,
    /// A type of finding that was made.
    Finding,
}

impl HitKind {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Model => "model",
            Self::Caller => "caller",
            Self::Decision => "decision",
            Self::Finding => "finding",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let kinds = [Self::Service, Self::Model, Self::Caller, Self::Decision, Self::Finding];
        kinds.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Rows that are read from SQL for one commit.
const PAGE: usize = 1_000;

/// The index. Cheap to clone. One process writes; any may read.
#[derive(Clone)]
pub struct Search {
    index: Arc<Index>,
}

impl Search {
    /// Opens the index in a folder, or makes it. A folder with an index of another shape is emptied first.
    ///
    /// # Errors
    /// [`InventoryError::Search`].
    pub fn open(dir: &Path) -> Result<Self, InventoryError> {
        Ok(Self { index: Arc::new(Index::open(dir)?) })
    }

    /// Takes over what changed in the record since the last update. Gives the number of documents written: 0 also while
    /// another process has the index open for writing, for then that one keeps it up to date.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn update(&self, inventory: &Inventory) -> Result<u64, InventoryError> {
        if self.index.cursor()? > inventory.newest_change().await? {
            // Another database than the one that the index was made from.
            let _ = self.clear().await?;
        }
        let mut written = 0;
        loop {
            let after = self.index.cursor()?;
            let Some(page) = documents::changed(inventory, after, PAGE).await? else {
                return Ok(written);
            };
            let documents = u64::try_from(page.documents.len()).unwrap_or(0);
            if !self.write(page.documents, page.cursor).await? {
                return Ok(written);
            }
            written += documents;
        }
    }

    /// Empties the index and makes it again.
    ///
    /// # Errors
    /// [`InventoryError`]; [`InventoryError::Refused`] while another process has it open for writing.
    pub async fn rebuild(&self, inventory: &Inventory) -> Result<u64, InventoryError> {
        if !self.clear().await? {
            return Err(InventoryError::Refused("another process is writing the search index".to_owned()));
        }
        self.update(inventory).await
    }

    /// What has every word of the text, each perhaps only begun, best first.
    ///
    /// # Errors
    /// [`InventoryError::Search`].
    pub fn query(&self, text: &str, limit: usize) -> Result<Vec<Hit>, InventoryError> {
        let words = snippet::words(text);
        let hits = self.index.find(&words, limit.clamp(1, 100))?;
        Ok(hits.into_iter().filter_map(|document| hit(document, &words)).collect())
    }

    async fn write(&self, documents: Vec<Document>, cursor: i64) -> Result<bool, InventoryError> {
        let index = Arc::clone(&self.index);
        let work = move || index.write(&documents, cursor);
        tokio::task::spawn_blocking(work).await.map_err(|error| InventoryError::Search(error.to_string()))?
    }

    async fn clear(&self) -> Result<bool, InventoryError> {
        let index = Arc::clone(&self.index);
        let work = move || index.clear();
        tokio::task::spawn_blocking(work).await.map_err(|error| InventoryError::Search(error.to_string()))?
    }
}

fn hit(document: Document, words: &[String]) -> Option<Hit> {
    let kind = HitKind::from_word(document.kind)?;
    let (snippet, marks) = snippet::around(&document.body, words);
    Some(Hit { kind, id: document.id, title: document.title, snippet, marks })
}
