//! Two databases behind one door. Every statement is written once, with `?` for each bound value; it goes to SQLite as
//! it is and to PostgreSQL with `$1`, `$2` ... Only this file knows which of the two is there.
//!
//! INVARIANT: writers run one after another, across processes too (SQLite: `BEGIN IMMEDIATE`; PostgreSQL: one advisory
//! lock). So counters drawn inside a transaction become visible in their own order, and a reader that follows them by
//! number never misses one that was committed late.

use crate::error::InventoryError;
use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

/// Readers at the same time, per process.
const READERS_MAX: u32 = 4;
/// How long a writer waits for another process's writer.
const WRITER_WAIT: Duration = Duration::from_secs(20);
/// Any constant will do, as long as every process takes the same: "gnomon" in ASCII.
const ADVISORY_LOCK: i64 = 0x676e_6f6d_6f6e;

/// The open database.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    Postgres(PgPool),
}

/// A transaction. Dropped without [`Tx::commit`], it leaves no trace.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A value bound to a `?`.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Real(f64),
}

/// A row of an answer.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Db {
    pub(crate) async fn open(url: &str) -> Result<Self, InventoryError> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return open_sqlite(Path::new(path), url).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgPoolOptions::new().max_connections(READERS_MAX + 2).acquire_timeout(WRITER_WAIT);
            return Ok(Self::Postgres(options.connect(url).await?));
        }
        // What stands before the colon says enough; the rest may hold a password.
        Err(InventoryError::Url(url.split(':').next().unwrap_or_default().to_owned()))
    }

    /// A consistent view of one moment.
    pub(crate) async fn read(&self) -> Result<Tx, InventoryError> {
        match self {
            Self::Sqlite { readers, .. } => Ok(Tx::Sqlite(readers.begin().await?)),
            Self::Postgres(pool) => {
                Ok(Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?))
            }
        }
    }

    /// The one writer.
    pub(crate) async fn write(&self) -> Result<Tx, InventoryError> {
        match self {
            Self::Sqlite { writer, .. } => Ok(Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => {
                let mut tx = Tx::Postgres(pool.begin().await?);
                tx.rows(
                    "SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock(?)) AS held",
                    &[Value::from(ADVISORY_LOCK)],
                )
                .await?;
                Ok(tx)
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path, url: &str) -> Result<Db, InventoryError> {
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        return Err(InventoryError::Url(url.to_owned()));
    }
    create_private(path).map_err(|source| InventoryError::File { path: path.display().to_string(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WRITER_WAIT)
        .foreign_keys(true);
    let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(WRITER_WAIT);
    let writer = writer.connect_with(options.clone()).await?;
    let readers = SqlitePoolOptions::new().max_connections(READERS_MAX).acquire_timeout(WRITER_WAIT);
    let readers = readers.connect_with(options.pragma("query_only", "on")).await?;
    Ok(Db::Sqlite { readers, writer })
}

/// Makes the file readable by its owner only: it holds hashes of keys and names of people.
fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.as_deref()),
                Value::Real(value) => query.bind(*value),
            };
        }
        query
    }};
}

impl Tx {
    /// Runs a statement; gives the number of rows changed.
    pub(crate) async fn run(&mut self, sql: &str, values: &[Value]) -> Result<u64, InventoryError> {
        match self {
            Self::Sqlite(tx) => Ok(bound!(sql.to_owned(), values).execute(&mut **tx).await?.rows_affected()),
            Self::Postgres(tx) => Ok(bound!(numbered(sql), values).execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// Runs a query.
    pub(crate) async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, InventoryError> {
        match self {
            Self::Sqlite(tx) => {
                let rows = bound!(sql.to_owned(), values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(tx) => {
                let rows = bound!(numbered(sql), values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs a query that gives one row or none.
    pub(crate) async fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, InventoryError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a query that gives one number; no row counts as 0.
    pub(crate) async fn number(&mut self, sql: &str, values: &[Value]) -> Result<i64, InventoryError> {
        self.row(sql, values).await?.map_or(Ok(0), |row| Ok(row.int_opt(0)?.unwrap_or(0)))
    }

    /// Inserts many rows with few statements. `tail` is what follows the values, such as an `ON CONFLICT` clause.
    pub(crate) async fn insert(&mut self, head: &str, tail: &str, rows: &[Vec<Value>]) -> Result<u64, InventoryError> {
        let mut changed = 0;
        let Some(width) = rows.first().map(Vec::len) else {
            return Ok(0);
        };
        // SQLite takes 32,766 values in a statement; fewer rows than that still leave the round trip cheap.
        let chunk = (4_000 / width.max(1)).max(1);
        for rows in rows.chunks(chunk) {
            let marks = format!("({})", vec!["?"; width].join(","));
            let sql = format!("{head} VALUES {} {tail}", vec![marks; rows.len()].join(","));
            let values: Vec<Value> = rows.iter().flatten().cloned().collect();
            changed += self.run(&sql, &values).await?;
        }
        Ok(changed)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(crate) async fn commit(self) -> Result<(), InventoryError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Writes each `?` outside quotes as `$n`.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut quoted = false;
    let mut count = 0;
    for c in sql.chars() {
        match c {
            '?' if !quoted => {
                count += 1;
                out.push('$');
                out.push_str(&count.to_string());
            }
            '\'' => {
                quoted = !quoted;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// As many `?` as a list has values, for `IN (...)`.
pub(crate) fn marks(count: usize) -> String {
    vec!["?"; count].join(",")
}

macro_rules! column {
    ($row:expr, $type:ty, $index:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get::<$type, usize>($index),
            Row::Postgres(row) => row.try_get::<$type, usize>($index),
        }
        .map_err(InventoryError::from)
    };
}

impl Row {
    pub(crate) fn int(&self, index: usize) -> Result<i64, InventoryError> {
        column!(self, i64, index)
    }

    pub(crate) fn int_opt(&self, index: usize) -> Result<Option<i64>, InventoryError> {
        column!(self, Option<i64>, index)
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, InventoryError> {
        column!(self, String, index)
    }

    pub(crate) fn text_opt(&self, index: usize) -> Result<Option<String>, InventoryError> {
        column!(self, Option<String>, index)
    }

    pub(crate) fn real(&self, index: usize) -> Result<f64, InventoryError> {
        column!(self, f64, index)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        Self::Int(value.map(|value| i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        // PostgreSQL refuses a zero byte in text, SQLite's shell stops at it: neither shall see one.
        Self::Text(Some(value.replace('\0', "\u{fffd}")))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        value.map_or(Self::Text(None), Self::from)
    }
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

impl From<gnomon_types::time::Timestamp> for Value {
    fn from(value: gnomon_types::time::Timestamp) -> Self {
        Self::Int(Some(value.as_millis()))
    }
}

impl From<Option<gnomon_types::time::Timestamp>> for Value {
    fn from(value: Option<gnomon_types::time::Timestamp>) -> Self {
        Self::Int(value.map(gnomon_types::time::Timestamp::as_millis))
    }
}

/// Builds a list of bound values from anything that can be one.
macro_rules! values {
    ($($value:expr),* $(,)?) => { Vec::from([$($crate::db::Value::from($value)),*]) };
}
pub(crate) use values;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_are_numbered_outside_quotes_only() {
        let cases = [
            ("SELECT 1", "SELECT 1"),
            ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("a = '?' AND b IN (?,?)", "a = '?' AND b IN ($1,$2)"),
            ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"),
        ];
        for (sql, expected) in cases {
            assert_eq!(numbered(sql), expected);
        }
    }

    #[tokio::test]
    async fn an_odd_address_is_refused_without_showing_what_may_be_a_password() {
        for (url, shown) in [("mysql://u:hidden@h/d", "mysql"), ("sqlite::memory:", "sqlite"), ("", "")] {
            let message = Db::open(url).await.unwrap_err().to_string();
            assert!(message.contains(shown) && !message.contains("hidden"), "{message}");
        }
    }
}
