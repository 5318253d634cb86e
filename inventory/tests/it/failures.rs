//! What happens when something is not as it should be.

use crate::databases::Store;
use crate::records::{ORIGIN, day};
use crate::scenarios::seeded;
use gnomon_inventory::{Inventory, InventoryError};
use sqlx::Connection;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_later_version_is_left_alone() {
    let store = Store::sqlite();
    store.open().await.close().await;
    let mut connection = sqlx::SqliteConnection::connect(&store.url).await.unwrap();
    sqlx::query("INSERT INTO schema_version (version) VALUES (999)").execute(&mut connection).await.unwrap();
    let clock = std::sync::Arc::clone(&store.clock);
    let refused = Inventory::open(&store.url, clock).await;
    assert!(matches!(refused, Err(InventoryError::Later { found: 999, .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_named_and_nothing_else_breaks() {
    let store = Store::sqlite();
    let inventory = seeded(&store).await;
    inventory.apply(ORIGIN, &day()).await.unwrap();
    let mut connection = sqlx::SqliteConnection::connect(&store.url).await.unwrap();
    sqlx::query("UPDATE decisions SET verdict = 'perhaps' WHERE id = 'dec_deny'")
        .execute(&mut connection)
        .await
        .unwrap();
    let error = inventory.decisions(&gnomon_inventory::DecisionFilter::default()).await.unwrap_err();
    assert!(error.to_string().contains("decisions.verdict"), "{error}");
    assert_eq!(inventory.callers(None, 10).await.unwrap().len(), 2);
    inventory.rebuild_from(ORIGIN, &day()).await.unwrap();
    assert_eq!(inventory.decisions(&gnomon_inventory::DecisionFilter::default()).await.unwrap().total, 6);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let store = Store::sqlite();
    let inventory = seeded(&store).await;
    let path = store.url.strip_prefix("sqlite:").unwrap();
    for file in [path.to_owned(), format!("{path}-wal")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
    inventory.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_passwords_shut_an_account_for_a_while() {
    use gnomon_inventory::{NewUser, Role};
    use gnomon_types::secret::Secret;
    let store = Store::sqlite();
    let inventory = seeded(&store).await;
    let right = || Secret::new("a long enough one");
    let new = NewUser { name: "eve".to_owned(), password: Some(right()), roles: vec![Role::Admin], expires: None };
    inventory.create_user("system", new).await.unwrap();
    for _ in 0..10 {
        assert!(inventory.verify_password("eve", Secret::new("wrong")).await.unwrap().is_none());
    }
    assert!(inventory.verify_password("eve", right()).await.unwrap().is_none(), "shut, even for the right one");
    store.clock.advance(15 * 60 * 1000);
    assert!(inventory.verify_password("eve", right()).await.unwrap().is_some());
    let token = inventory.create_session("eve", 60_000).await.unwrap();
    inventory.set_password("eve", "eve", Secret::new("another long one")).await.unwrap();
    assert!(inventory.session(token.expose()).await.unwrap().is_none(), "a new password ends sessions");
    assert!(inventory.verify_password("eve", right()).await.unwrap().is_none());
}
