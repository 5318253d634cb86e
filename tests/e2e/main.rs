//! End to end: the real binary, real clients, real databases, a real browser. One module for each promise.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod blocking;
mod clients;
mod commands;
mod discovery;
mod evidence;
mod failure;
mod inventory;
mod judge;
mod mcp;
mod proxying;
mod scan;
mod tools;
mod twin;

use gnomon_testkit::product::Builder;
use std::net::SocketAddr;

/// The binary under test.
const GNOMON: &str = env!("CARGO_BIN_EXE_gnomon");

/// A product in front of `upstream`.
fn product(upstream: SocketAddr) -> Builder {
    Builder::new(GNOMON, upstream)
}

/// A credential of a known shape. Assembled here: no token-shaped text stands in the repository.
fn secret() -> String {
    ["gh", "p_", "x7Kd93mQpL2vT8wRz5Yb", "N4cJ6hF1sG0aUeVi"].concat()
}

/// A chat request with one question.
fn chat(text: &str) -> serde_json::Value {
    serde_json::json!({"model": "m-1", "messages": [{"role": "user", "content": text}]})
}

/// Looks again until something holds; fails with `what` after half a minute.
async fn until<F: Future<Output = anyhow::Result<bool>>>(
    what: &str,
    mut holds: impl FnMut() -> F,
) -> anyhow::Result<()> {
    let looking = async {
        while !holds().await? {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    match tokio::time::timeout(std::time::Duration::from_secs(30), looking).await {
        Ok(result) => result,
        Err(_) => anyhow::bail!("waited in vain for {what}"),
    }
}
