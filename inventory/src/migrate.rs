//! Brings the schema up to date, once, whoever of several processes comes first.
//!
//! Migrations are one line of numbered files for both databases. They only add; what a later version no longer needs
//! is dropped one release after the last reader is gone.

use crate::db::{Db, Tx, values};
use crate::error::InventoryError;
use crate::follow::backfill;

/// The numbered files, the first is version 1.
const STEPS: [&str; 6] = [
    include_str!("../migrations/001_record.sql"),
    include_str!("../migrations/002_contents.sql"),
    include_str!("../migrations/003_secrets.sql"),
    include_str!("../migrations/004_decision_host.sql"),
    include_str!("../migrations/005_assets.sql"),
    include_str!("../migrations/006_tools.sql"),
];
/// The version that brought sums of models, callers and keys.
const ASSETS: i64 = 5;

pub(crate) async fn migrate(db: &Db) -> Result<(), InventoryError> {
    let mut tx = db.write().await?;
    tx.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", &[]).await?;
    let found = tx.number("SELECT MAX(version) FROM schema_version", &[]).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(InventoryError::Later { found, known });
    }
    for (version, text) in (1..).zip(STEPS).filter(|(version, _)| *version > found) {
        apply(&mut tx, text).await?;
        if version == ASSETS {
            backfill::asset_sums(&mut tx).await?;
        }
        tx.run("INSERT INTO schema_version (version) VALUES (?)", &values![version]).await?;
    }
    tx.commit().await
}

async fn apply(tx: &mut Tx, text: &str) -> Result<(), InventoryError> {
    // Byte order for text, as in SQLite: both databases then sort alike, whatever the server's locale.
    let text = if tx.is_postgres() { text.replace(" TEXT", " TEXT COLLATE \"C\"") } else { text.to_owned() };
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    for statement in lines.join("\n").split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        tx.run(statement, &[]).await?;
    }
    Ok(())
}
