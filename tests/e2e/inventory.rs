//! The record follows the evidence log, on SQLite and on PostgreSQL alike, and heals after a crash.

use crate::{chat, product, until};
use gnomon_testkit::http::Http;
use gnomon_testkit::postgres::Postgres;
use gnomon_testkit::product::{Builder, Product};
use gnomon_testkit::provider::{Provider, Script};

fn requests_of(product: &Product, service: &str) -> anyhow::Result<u64> {
    let rows = product.json(&["inventory", "list", "--format", "json"])?;
    let row = rows.as_array().and_then(|rows| rows.iter().find(|row| row["id"] == service).cloned());
    Ok(row.and_then(|row| row["requests"].as_u64()).unwrap_or_default())
}

async fn traffic_appears_and_survives_a_kill(builder: Builder) -> anyhow::Result<()> {
    let mut product = builder.start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    for _ in 0..10 {
        assert_eq!(Http::default().post(&url, &key, &chat("Hi")).await?.status, 200);
    }
    product.kill();
    product.launch()?;
    for _ in 0..5 {
        assert_eq!(Http::default().post(&url, &key, &chat("Hi")).await?.status, 200);
    }
    let served = &product;
    until("fifteen requests on record", || async { Ok(requests_of(served, "test-service")? == 15) }).await?;
    product.run(&["inventory", "set", "test-service", "--owner", "platform team"])?;
    let shown = product.json(&["inventory", "show", "test-service", "--format", "json"])?;
    assert_eq!(shown["row"]["owner"], "platform team", "{shown:#}");
    assert_eq!(shown["models"][0]["model"], "m-1", "{shown:#}");
    let found = product.json(&["inventory", "search", "test-service", "--format", "json"])?;
    assert!(found.as_array().is_some_and(|hits| !hits.is_empty()), "{found:#}");
    governs_models_callers_and_keys(&product, &key)?;
    product.run(&["key", "revoke", &key.chars().take(12).collect::<String>()])?;
    until("the revoked key to be refused", || async {
        Ok(Http::default().post(&url, &key, &chat("Hi")).await?.status == 400)
    })
    .await
}

fn governs_models_callers_and_keys(product: &Product, key: &str) -> anyhow::Result<()> {
    let key_id = key.chars().take(12).collect::<String>();
    for (kind, id) in [("model", "test-service/m-1"), ("caller", "app"), ("key", key_id.as_str())] {
        let name = format!("{kind}/{id}");
        product.run(&["inventory", "set", &name, "--owner", "platform team", "--status", "sanctioned"])?;
        let rows =
            product.json(&["inventory", "list", "--kind", kind, "--owner", "platform team", "--format", "json"])?;
        assert_eq!((rows[0]["id"].as_str(), rows[0]["status"].as_str()), (Some(id), Some("sanctioned")), "{rows:#}");
        let shown = product.json(&["inventory", "show", "--kind", kind, id, "--format", "json"])?;
        assert_eq!(shown["row"]["requests"], 15, "{shown:#}");
        assert_eq!(shown["usage_by_day"].as_array().map(Vec::len), Some(1), "{shown:#}");
        assert_eq!(
            (shown["evidence"][0]["source"].as_str(), shown["history"].as_array().map(Vec::len)),
            (Some("gateway"), Some(2))
        );
    }
    Ok(())
}

#[tokio::test]
async fn follows_the_log_on_sqlite() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    traffic_appears_and_survives_a_kill(product(provider.address)).await
}

#[tokio::test]
async fn follows_the_log_on_postgresql() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let postgres = Postgres::start()?;
    traffic_appears_and_survives_a_kill(product(provider.address).database(postgres.url())).await
}

#[tokio::test]
async fn losing_the_database_stops_no_traffic() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let mut postgres = Postgres::start()?;
    let mut product = product(provider.address).database(postgres.url()).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    assert_eq!(Http::default().post(&url, &key, &chat("Hi")).await?.status, 200);
    postgres.stop()?;
    for _ in 0..20 {
        assert_eq!(Http::default().post(&url, &key, &chat("Hi")).await?.status, 200);
    }
    postgres.restart()?;
    let served = &product;
    until("the record to catch up", || async { Ok(requests_of(served, "test-service")? == 21) }).await?;
    product.stop()
}
