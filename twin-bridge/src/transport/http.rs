//! HTTP POST of CloudEvents: one as structured JSON, several as a batch.

use super::{SendError, Transport};
use crate::error::BridgeError;
use crate::format::cloudevents::{self, CloudEvent};
use bytes::Bytes;
use gnomon_types::secret::Secret;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How much of an answer is read before the connection is given up.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of a refusal is kept as its reason.
const REASON_CHARS: usize = 200;
/// A sink may ask for patience, not for ever.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

pub(crate) struct HttpSink {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    bearer: Option<Secret>,
    timeout: Duration,
}

impl HttpSink {
    pub(crate) fn new(
        sink: &str,
        url: &str,
        bearer: Option<Secret>,
        ca: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self, BridgeError> {
        let bad_url = || BridgeError::Url { sink: sink.to_owned(), url: url.to_owned() };
        let uri: Uri = url.parse().map_err(|_| bad_url())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(bad_url());
        }
        let connector = connector(ca).map_err(|cause| BridgeError::Certificates {
            sink: sink.to_owned(),
            path: ca.map_or_else(|| "built-in roots".to_owned(), |path| path.display().to_string()),
            cause,
        })?;
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build(connector);
        Ok(Self { client, uri, bearer, timeout })
    }

    fn request(&self, events: &[CloudEvent]) -> Result<Request<Full<Bytes>>, SendError> {
        let (media_type, body) = match events {
            [event] => (cloudevents::ONE, serde_json::to_vec(event)),
            events => (cloudevents::BATCH, serde_json::to_vec(events)),
        };
        let body = body.map_err(|error| SendError::Refused(format!("cannot write the event: {error}")))?;
        let mut request =
            Request::builder().method(Method::POST).uri(&self.uri).header(header::CONTENT_TYPE, media_type);
        if let Some(bearer) = &self.bearer {
            let value = header::HeaderValue::try_from(format!("Bearer {}", bearer.expose()));
            let mut value = value.map_err(|_| SendError::away("the token has characters that no header may have"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        request.body(Full::new(Bytes::from(body))).map_err(SendError::away)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(), SendError> {
        let answer = self.client.request(request).await.map_err(|error| SendError::away(chain(&error)))?;
        let (head, body) = answer.into_parts();
        // The answer is read to its end so that the connection can be used again; a long one costs its connection.
        let text = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map(http_body_util::Collected::to_bytes);
        let text = text.unwrap_or_default();
        let said: String = String::from_utf8_lossy(&text).chars().take(REASON_CHARS).collect();
        let retry_after = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        judge(head.status, &said, retry_after)
    }
}

/// What an answer means. 401, 403, 404, 410 and their like are about the sink's set-up, not about the event: taking them as
/// refusals would give up every event for a token that has run out.
fn judge(status: StatusCode, said: &str, retry_after_s: Option<u64>) -> Result<(), SendError> {
    let reason = format!("HTTP {}{}{said}", status.as_u16(), if said.is_empty() { "" } else { ": " });
    match status.as_u16() {
        200..=299 => Ok(()),
        400 | 409 | 413 | 422 => Err(SendError::Refused(reason)),
        _ => {
            let retry_after = retry_after_s.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
            Err(SendError::Away { reason, retry_after })
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn connector(ca: Option<&Path>) -> Result<HttpsConnector<HttpConnector>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let Some(ca) = ca else {
        let builder = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider);
        return Ok(builder.map_err(|error| error.to_string())?.https_or_http().enable_http1().build());
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| error.to_string())? {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build())
}

impl Transport for HttpSink {
    async fn send(&mut self, events: &[CloudEvent]) -> Result<(), SendError> {
        let request = self.request(events)?;
        let answer = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        answer.unwrap_or_else(|_| Err(SendError::away("no answer in time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_of_the_event_itself_count_against_it() {
        let cases = [
            (200, "ok"),
            (202, "ok"),
            (204, "ok"),
            (301, "away"),
            (400, "refused"),
            (401, "away"),
            (403, "away"),
            (404, "away"),
            (408, "away"),
            (410, "away"),
            (413, "refused"),
            (422, "refused"),
            (429, "away"),
            (500, "away"),
            (503, "away"),
        ];
        for (status, expected) in cases {
            let judged = match judge(StatusCode::from_u16(status).unwrap(), "", Some(3)) {
                Ok(()) => "ok",
                Err(SendError::Refused(_)) => "refused",
                Err(SendError::Away { retry_after, .. }) => {
                    assert_eq!(retry_after, Some(Duration::from_secs(3)));
                    "away"
                }
            };
            assert_eq!(judged, expected, "{status}");
        }
    }

    #[test]
    fn odd_addresses_and_certificates_are_refused_at_the_start() {
        let no_time = Duration::ZERO;
        for url in ["", "ftp://x/", "/events", "http://"] {
            assert!(HttpSink::new("twin", url, None, None, no_time).is_err(), "{url}");
        }
        let missing = HttpSink::new("twin", "https://twin.example/", None, Some(Path::new("/nowhere.pem")), no_time);
        assert!(matches!(missing, Err(BridgeError::Certificates { .. })));
    }
}
