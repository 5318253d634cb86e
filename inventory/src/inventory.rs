//! The handle of the record, and what every part of it shares.

use crate::db::Db;
use crate::error::InventoryError;
use crate::migrate::migrate;
use gnomon_types::time::{Clock, Timestamp};
use std::fmt;
use std::sync::Arc;

/// The record of one organisation. Cheap to clone; every clone works on the same database, as may other processes.
#[derive(Clone)]
pub struct Inventory {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inventory")
    }
}

impl Inventory {
    /// Opens the record at `sqlite:PATH` or `postgres://USER@HOST/NAME`, makes it when it is missing and brings its
    /// schema up to date.
    ///
    /// # Errors
    /// [`InventoryError`] when the address is odd, the database cannot be reached or belongs to a later version.
    pub async fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Self, InventoryError> {
        let db = Db::open(url).await?;
        migrate(&db).await?;
        Ok(Self { db, clock })
    }

    /// Ends every connection, after those in use came back.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// A number that rises with every change that a running gateway must see: status, key, approval, policy. Cheap to
    /// ask for, and right at once whichever process made the change. Time is a change too: a status whose time has run
    /// out is ended here ([`Inventory::end_lapsed_statuses`]), so whoever polls this number misses no lapse.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn revision(&self) -> Result<u64, InventoryError> {
        self.end_lapsed_statuses().await?;
        let mut tx = self.db.read().await?;
        let revision = tx.number("SELECT value FROM counters WHERE name = 'revision'", &[]).await?;
        Ok(u64::try_from(revision).unwrap_or(0))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// What to ask with for the next page; `None` at the end.
    pub next: Option<String>,
    /// Rows of the whole list under the same filter.
    pub total: u64,
}
