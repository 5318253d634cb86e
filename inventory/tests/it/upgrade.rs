//! A record that was written by an earlier version.

use crate::databases::{Server, Store};
use crate::records::{ORIGIN, day};
use crate::scenarios::{import, seeded};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// Makes the record what the last version without sums of assets would have left behind.
async fn without_assets(url: &str) {
    let tables = [
        "asset_choices",
        "asset_history",
        "asset_totals",
        "asset_days",
        "asset_changes",
        "tool_choices",
        "tool_definitions",
    ];
    let indexes = ["decisions_key", "decisions_model", "access_keys_caller", "caller_targets_model"];
    let tables = tables.map(|table| format!("DROP TABLE {table};"));
    let indexes = indexes.map(|index| format!("DROP INDEX {index};"));
    let version = "DELETE FROM schema_version WHERE version > 4;";
    let statements = AssertSqlSafe(format!("{}{}{version}", tables.concat(), indexes.concat()));
    if url.starts_with("sqlite:") {
        SqliteConnection::connect(url).await.unwrap().execute(sqlx::raw_sql(statements)).await.unwrap();
    } else {
        PgConnection::connect(url).await.unwrap().execute(sqlx::raw_sql(statements)).await.unwrap();
    }
}

async fn sums_are_made_from_what_is_there(store: &Store) {
    let inventory = seeded(store).await;
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    // Without the request that waited: the row of a decision has one moment, the log tells of two.
    let records: Vec<_> = day().into_iter().filter(|record| ![4, 8].contains(&record.seq)).collect();
    inventory.apply(ORIGIN, &records).await.unwrap();
    let rows = inventory.derived_rows().await.unwrap();
    inventory.close().await;
    without_assets(&store.url).await;
    let inventory = store.open().await;
    assert_eq!(inventory.derived_rows().await.unwrap(), rows);
    inventory.rebuild_from(ORIGIN, &records).await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_sums_of_assets_gets_them() {
    sums_are_made_from_what_is_there(&Store::sqlite()).await;
    sums_are_made_from_what_is_there(&Server::start().store().await).await;
}
