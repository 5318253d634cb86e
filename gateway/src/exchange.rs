//! The exchange with an upstream, on Pingora's pooled connectors.
//!
//! The gateway speaks to the upstream itself ("way 1"): the body is whole and judged before an upstream is chosen, and
//! answers are scanned in async code. Pingora's own proxying can do neither. Dropping a call or an [`Answer`] closes
//! the upstream's connection or resets its stream: that is how a client's abort travels on.

use crate::client::Client;
use crate::live::Upstream;
use crate::upstream::{Connection, Peers, peer};
use bytes::Bytes;
use pingora::connectors::http::Connector;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::http::client::HttpSession;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, RetryType};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes written to an upstream at a time.
const WRITE_BYTES: usize = 64 * 1024;

/// Interim answers (`1xx`) taken before the answer itself.
const INTERIM_MAX: usize = 16;

/// How long a pooled connection may lie idle.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// Why no answer began.
#[derive(Debug)]
pub(crate) enum ExchangeError {
    /// The client left while we waited.
    ClientGone,
    /// No connection, or it broke before the answer's head.
    Unreachable(String),
    /// A step took too long.
    Timeout(&'static str),
}

/// Why an answer did not end properly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// The connection broke, or the framing is wrong.
    Broken,
    /// Nothing came for too long, or it took too long in all.
    Timeout,
}

/// An answer whose head is here.
pub(crate) struct Answer {
    session: HttpSession,
    pool: Arc<Connector>,
    peer: HttpPeer,
    idle: Duration,
    deadline: Instant,
    head: ResponseHeader,
}

impl Answer {
    /// The answer's head as received.
    pub(crate) fn head(&self) -> &ResponseHeader {
        &self.head
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn read(&mut self) -> Result<Option<Bytes>, ReadError> {
        let until = self.deadline.min(Instant::now() + self.idle);
        match timeout_at(until, self.session.read_response_body()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) if is_timeout(&error) => Err(ReadError::Timeout),
            Ok(Err(_)) => Err(ReadError::Broken),
            Err(_) => Err(ReadError::Timeout),
        }
    }

    /// Gives the connection back for the next request, if it can take one. Only after the body's end.
    pub(crate) async fn release(self) {
        self.pool.release_http_session(self.session, &self.peer, Some(POOL_IDLE)).await;
    }

    /// Cuts the upstream off.
    pub(crate) async fn cut(mut self) {
        self.session.shutdown().await;
    }
}

/// Sends a request of a client and waits for the head of its answer, as long as the client does.
///
/// # Errors
/// [`ExchangeError`]; nothing of an answer was received then.
pub(crate) async fn send(
    peers: &Peers,
    upstream: &Upstream,
    head: RequestHeader,
    body: Bytes,
    client: &mut Client,
) -> Result<Answer, ExchangeError> {
    tokio::select! {
        biased;
        done = call(peers, upstream, head, body) => done,
        () = client.gone() => Err(ExchangeError::ClientGone),
    }
}

/// Sends a request and waits for the head of its answer.
///
/// # Errors
/// [`ExchangeError`]; nothing of an answer was received then.
pub(crate) async fn call(
    peers: &Peers,
    upstream: &Upstream,
    head: RequestHeader,
    body: Bytes,
) -> Result<Answer, ExchangeError> {
    let deadline = Instant::now() + Duration::from_millis(upstream.timeouts.total_ms);
    let work = async {
        match attempt(peers, upstream, &head, &body, Connection::Pooled, deadline).await {
            // The upstream had closed a pooled connection: nothing was received, and the body is at hand.
            Err(Failed::Stale(_)) => attempt(peers, upstream, &head, &body, Connection::Fresh, deadline).await,
            done => done,
        }
    };
    match timeout_at(deadline, work).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(failed)) => Err(failed.into()),
        Err(_) => Err(ExchangeError::Timeout("the upstream took too long in all")),
    }
}

enum Failed {
    /// A connection from the pool was dead before anything was received on it.
    Stale(Box<Error>),
    Unreachable(String),
    Timeout(&'static str),
}

impl From<Failed> for ExchangeError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Stale(error) => Self::Unreachable(short(&error)),
            Failed::Unreachable(why) => Self::Unreachable(why),
            Failed::Timeout(step) => Self::Timeout(step),
        }
    }
}

async fn attempt(
    peers: &Peers,
    upstream: &Upstream,
    head: &RequestHeader,
    body: &Bytes,
    connection: Connection,
    deadline: Instant,
) -> Result<Answer, Failed> {
    let pool = peers.pool(upstream).map_err(|error| Failed::Unreachable(error.to_string()))?;
    let (session, peer, reused) = connect(peers, &pool, upstream, connection).await?;
    let mut talk = Talk { session, reused };
    let head = talk.ask(head, body, Duration::from_millis(upstream.timeouts.first_byte_ms)).await?;
    Ok(Answer {
        session: talk.session,
        pool,
        peer,
        idle: Duration::from_millis(upstream.timeouts.idle_ms),
        deadline,
        head,
    })
}

async fn connect(
    peers: &Peers,
    pool: &Connector,
    upstream: &Upstream,
    connection: Connection,
) -> Result<(HttpSession, HttpPeer, bool), Failed> {
    let lookup = timeout(Duration::from_millis(upstream.timeouts.connect_ms), peers.addresses(upstream));
    let addresses: Vec<SocketAddr> = match lookup.await {
        Ok(found) => found.map_err(|error| Failed::Unreachable(error.to_string()))?,
        Err(_) => return Err(Failed::Timeout("looking up the upstream's address took too long")),
    };
    let mut last = Failed::Unreachable("the upstream has no address".to_owned());
    for address in addresses {
        match pool.get_http_session(&peer(upstream, address, connection)).await {
            // A fresh connection goes to the common pool when it is released.
            Ok((session, reused)) => return Ok((session, peer(upstream, address, Connection::Pooled), reused)),
            Err(error) if is_timeout(&error) => last = Failed::Timeout("connecting to the upstream took too long"),
            Err(error) => last = Failed::Unreachable(short(&error)),
        }
    }
    peers.forget(upstream);
    Err(last)
}

/// One request on one connection.
struct Talk {
    session: HttpSession,
    reused: bool,
}

impl Talk {
    async fn ask(
        &mut self,
        head: &RequestHeader,
        body: &Bytes,
        first_byte: Duration,
    ) -> Result<ResponseHeader, Failed> {
        let mut begun = false;
        if let Err(error) = self.write(head, body, &mut begun).await {
            // Once some of the body went out the upstream may have acted on it.
            if self.reused && !begun {
                return Err(Failed::Stale(error));
            }
            // An upstream may answer and close before it read the whole body: its answer tells more than our error.
            return self.read_head(Duration::from_secs(1)).await.map_err(|_| self.failed(error));
        }
        self.read_head(first_byte).await
    }

    /// Writes the request; `begun` says whether any of the body was written.
    async fn write(&mut self, head: &RequestHeader, body: &Bytes, begun: &mut bool) -> pingora::Result<()> {
        let head = if self.session.as_http2().is_some() { http2_head(head)? } else { head.clone() };
        self.session.write_request_header(Box::new(head)).await?;
        let mut rest = body.clone();
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(WRITE_BYTES));
            let last = rest.is_empty();
            self.session.write_request_body(piece, last).await?;
            *begun = true;
        }
        self.session.finish_request_body().await
    }

    async fn read_head(&mut self, first_byte: Duration) -> Result<ResponseHeader, Failed> {
        let until = Instant::now() + first_byte;
        for _ in 0..INTERIM_MAX {
            match timeout_at(until, self.session.read_response_header()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(self.failed(error)),
                Err(_) => return Err(Failed::Timeout("the upstream did not begin its answer in time")),
            }
            match self.session.response_header() {
                Some(head) if head.status.as_u16() == 101 => {
                    return Err(Failed::Unreachable("the upstream changed the protocol unasked".to_owned()));
                }
                Some(head) if head.status.is_informational() => {}
                Some(head) => return Ok(head.clone()),
                None => return Err(Failed::Unreachable("the upstream's answer has no head".to_owned())),
            }
        }
        Err(Failed::Unreachable("the upstream sends interim answers only".to_owned()))
    }

    fn failed(&self, error: Box<Error>) -> Failed {
        if is_timeout(&error) {
            Failed::Timeout("the upstream did not take or answer the request in time")
        } else if self.reused && nothing_was_received(&error) {
            Failed::Stale(error)
        } else {
            Failed::Unreachable(short(&error))
        }
    }
}

/// The same head for HTTP/2, which names the authority in the target. It is spoken over TLS only.
fn http2_head(head: &RequestHeader) -> pingora::Result<RequestHeader> {
    let mut head = head.clone();
    let host = head.remove_header("host");
    let authority = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let uri = http::Uri::builder().scheme("https").authority(authority).path_and_query(path).build();
    let uri = uri.map_err(|_| Error::explain(ErrorType::InvalidHTTPHeader, "the request has no HTTP/2 target"))?;
    head.set_uri(uri);
    head.set_version(http::Version::HTTP_2);
    Ok(head)
}

/// Whether a read of the answer's head failed before its first byte. Pingora 0.9.1, to which we are pinned, tells this
/// only in the error's context; HTTP/2 streams that were refused are marked for retry.
fn nothing_was_received(error: &Error) -> bool {
    let context = error.context.as_ref().map_or("", |context| context.as_str());
    let at_first_byte = context.ends_with("bytes already read: 0");
    at_first_byte && error.retry == RetryType::ReusedOnly || error.retry == RetryType::Decided(true)
}

fn is_timeout(error: &Error) -> bool {
    use ErrorType::{ConnectTimedout, ReadTimedout, TLSHandshakeTimedout, WriteTimedout};
    matches!(error.etype, ConnectTimedout | TLSHandshakeTimedout | ReadTimedout | WriteTimedout)
}

/// An error in a few words, without addresses or bytes of a message.
fn short(error: &Error) -> String {
    format!("{} ({})", "the upstream cannot be reached", error.etype.as_str())
}
