//! The client's side of an exchange: Pingora's session with a running digest of what was sent, and one way to end it.

use bytes::Bytes;
use gnomon_dialects::Messages;
use gnomon_types::digest::Digest;
use http::{Method, Version, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::http::ServerSession;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

/// The client cannot be written to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// One request of one client.
pub(crate) struct Client {
    session: ServerSession,
    /// Where the connection comes from.
    pub(crate) address: IpAddr,
    /// The messages of a request whose dialect answers each by its id.
    pub(crate) messages: Option<Messages>,
    sent: Sha256,
    started: bool,
    ended: bool,
    broken: bool,
}

impl Client {
    /// Wraps a session whose head was read.
    pub(crate) fn new(session: ServerSession, address: IpAddr) -> Self {
        Self { session, address, messages: None, sent: Sha256::new(), started: false, ended: false, broken: false }
    }

    /// The request's head.
    pub(crate) fn request(&self) -> &RequestHeader {
        self.session.req_header()
    }

    /// The session, for reading the body.
    pub(crate) fn session(&mut self) -> &mut ServerSession {
        &mut self.session
    }

    /// Whether the head of the answer is out.
    pub(crate) fn started(&self) -> bool {
        self.started
    }

    /// Whether this is a request for the head only.
    pub(crate) fn wants_head_only(&self) -> bool {
        self.request().method == Method::HEAD
    }

    /// SHA-256 of the answer's bytes so far, as sent.
    pub(crate) fn sent_sha256(&self) -> Digest {
        Digest(self.sent.clone().finalize().into())
    }

    /// No other request on this connection after this one.
    pub(crate) fn close_after(&mut self) {
        self.session.set_keepalive(None);
    }

    /// Sends the head of the answer.
    pub(crate) async fn head(&mut self, mut head: ResponseHeader) -> Result<(), Gone> {
        head.set_version(Version::HTTP_11);
        if !self.session.is_http2() && self.needs_chunks(&head) {
            // An HTTP/1.0 client gets neither length nor chunks: the end of the connection is the end of the body.
            head.insert_header(header::TRANSFER_ENCODING, "chunked").map_err(|_| Gone)?;
        }
        self.started = true;
        self.session.write_response_header(Box::new(head)).await.map_err(|_| self.lose())
    }

    fn needs_chunks(&self, head: &ResponseHeader) -> bool {
        let bodyless = matches!(head.status.as_u16(), 204 | 304) || self.wants_head_only();
        let framed = head.headers.contains_key(header::CONTENT_LENGTH);
        !bodyless && !framed && self.request().version != Version::HTTP_10
    }

    /// Sends a piece of the body at once.
    pub(crate) async fn body(&mut self, bytes: Bytes) -> Result<(), Gone> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.sent.update(&bytes);
        self.session.write_response_body(bytes, false).await.map_err(|_| self.lose())
    }

    /// Ends the answer properly.
    pub(crate) async fn end(&mut self) -> Result<(), Gone> {
        self.ended = true;
        self.session.write_response_body(Bytes::new(), true).await.map_err(|_| self.lose())
    }

    /// Ends the answer as broken, so that no client takes what it has for the whole: a chunked body without its last
    /// chunk, a reset HTTP/2 stream.
    pub(crate) async fn break_off(&mut self) {
        self.broken = true;
        self.close_after();
        self.session.shutdown().await;
    }

    /// Resolves when the client leaves. Call it only after the request's body was read.
    ///
    /// With pipelining on (see `connection.rs`), Pingora keeps the bytes of a following request and goes on waiting, so
    /// that only an end of the connection or stream comes out here.
    pub(crate) async fn gone(&mut self) {
        while self.session.read_body_or_idle(true).await.is_ok() {
            tokio::task::yield_now().await;
        }
        self.broken = true;
    }

    /// Gives the session back when the connection can take another request.
    pub(crate) fn finish(self) -> Option<ServerSession> {
        (self.ended && !self.broken).then_some(self.session)
    }

    fn lose(&mut self) -> Gone {
        self.broken = true;
        Gone
    }
}
