//! The demo's own client: sends one request to the gateway, as any program would.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;

const ANSWER_BYTES_MAX: usize = 8 << 20;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `x-gnomon-decision`.
    pub(crate) decision: String,
    /// `x-gnomon-verdict`.
    pub(crate) verdict: String,
    pub(crate) body: String,
}

/// A client that keeps its connections.
#[derive(Clone)]
pub(crate) struct DemoClient {
    client: Client<HttpConnector, Full<Bytes>>,
    gateway: SocketAddr,
}

impl DemoClient {
    pub(crate) fn new(gateway: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), gateway }
    }

    /// Sends a JSON body with an access key.
    ///
    /// # Errors
    /// When the gateway cannot be reached or its answer breaks off.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = Request::post(format!("http://{}{path}", self.gateway))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .header("user-agent", concat!("gnomon-demo/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(body.to_string())))?;
        let response = self.client.request(request).await.context("the gateway does not answer")?;
        let (head, body) = response.into_parts();
        let collected = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let bytes = collected.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?.to_bytes();
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Answer {
            status: head.status.as_u16(),
            decision: header("x-gnomon-decision"),
            verdict: header("x-gnomon-verdict"),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}
