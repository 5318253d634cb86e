//! A small HTTP client for tests: one request, the whole answer, and streamed answers chunk by chunk.

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A client that keeps its connections.
#[derive(Clone)]
pub struct Http(Client<HttpConnector, Full<Bytes>>);

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header's text; empty when absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Default for Http {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Http {
    /// Sends a request and gives the answer's head, with its body still to read.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn start(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        self.0.request(request).await.context("send the request")
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the server cannot be reached or the answer breaks off.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let (head, body) = self.start(request).await?.into_parts();
        let body = body.collect().await.context("read the answer")?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// `GET url`.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn get(&self, url: &str) -> anyhow::Result<Answer> {
        self.send(Request::get(url).body(Full::default())?).await
    }

    /// `POST url` with a JSON body and an access key.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn post(&self, url: &str, key: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(post(url, key, body)?).await
    }
}

/// A `POST` with a JSON body and an access key.
///
/// # Errors
/// When the URL is none.
pub fn post(url: &str, key: &str, body: &Value) -> anyhow::Result<Request<Full<Bytes>>> {
    let request = Request::post(url)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?;
    Ok(request)
}
