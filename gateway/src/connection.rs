//! One client connection: Pingora's session handling around our request steps.
//!
//! `HttpServerApp` is implemented here directly rather than through Pingora's `ProxyHttp`: of that the gateway would use
//! one phase only (it always answers in `request_filter`), and would get with it a second connector, a head without a
//! total deadline, and an error path that writes 500 into connections that are gone.

use crate::client::Client;
use crate::proxy::Proxy;
use crate::tasks::signalled;
use async_trait::async_trait;
use pingora::ErrorType;
use pingora::apps::{HttpPersistentSettings, HttpServerApp, HttpServerOptions, ReusedHttpStream};
use pingora::protocols::http::ServerSession;
use pingora::server::ShutdownWatch;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A connection, shared by its requests (HTTP/2 has many at a time).
pub(crate) struct Connection {
    proxy: Arc<Proxy>,
    address: IpAddr,
    options: HttpServerOptions,
}

/// Marks a session that is not the first on its connection.
struct Reused;

impl Connection {
    /// A connection from an address; `h2c` when it opened with the HTTP/2 preface.
    pub(crate) fn new(proxy: Arc<Proxy>, address: IpAddr, h2c: bool) -> Self {
        let mut options = HttpServerOptions::default();
        options.h2c = h2c;
        options.h2_idle_timeout = Some(Duration::from_millis(proxy.live.load().limits.keepalive_ms));
        Self { proxy, address, options }
    }
}

/// How long the rest of a refused body is read and dropped.
const LINGER: Duration = Duration::from_secs(5);

#[async_trait]
impl HttpServerApp for Connection {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        let limits = self.proxy.live.load().limits;
        let first = session.take_connection_user_context().is_none();
        session.set_read_timeout(Some(Duration::from_millis(limits.body_ms)));
        session.set_write_timeout(Some(Duration::from_millis(limits.write_ms)));
        // Without this, a client that sends its next request early looks like one that left.
        session.set_pipelining_enabled(true);
        let head_time = Duration::from_millis(if first { limits.head_ms } else { limits.keepalive_ms });
        if !read_head(&mut session, head_time, shutdown).await {
            return None;
        }
        let _request = self.proxy.tasks.request();
        if *shutdown.borrow() {
            session.set_keepalive(None);
        }
        let mut client = Client::new(session, self.address);
        self.proxy.serve(&mut client).await;
        let mut session = client.finish()?;
        linger(&mut session).await;
        reuse(session, shutdown).await
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        Some(&self.options)
    }
}

/// Reads a request's head within a total time: Pingora's own timeout starts anew with every byte.
async fn read_head(session: &mut ServerSession, time: Duration, shutdown: &ShutdownWatch) -> bool {
    let mut shutdown = shutdown.clone();
    let read = tokio::select! {
        biased;
        read = tokio::time::timeout(time, session.read_request()) => read,
        () = signalled(&mut shutdown) => return false,
    };
    match read {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => {
            if error.etype == ErrorType::InvalidHTTPHeader {
                // Nothing is known of such a client, not even its dialect: the plainest answer there is.
                let _ = session.respond_error(400).await;
            }
            session.shutdown().await;
            false
        }
        Err(_) => {
            session.shutdown().await;
            false
        }
    }
}

/// Takes the rest of a body that was refused before its end, for a while. A connection closed under a client that still
/// sends is reset, and the client never reads why it was refused.
async fn linger(session: &mut ServerSession) {
    if session.is_http2() || session.is_body_done() {
        return;
    }
    session.set_total_drain_timeout(Some(LINGER));
    // A client that left or is slow loses its answer; there is nobody else to tell.
    let _ = session.drain_request_body().await;
}

async fn reuse(mut session: ServerSession, shutdown: &ShutdownWatch) -> Option<ReusedHttpStream> {
    if *shutdown.borrow() {
        session.set_keepalive(None);
    }
    let mut settings = HttpPersistentSettings::for_session(&session);
    settings.set_user_context(Box::new(Reused));
    let stream = session.finish().await.ok().flatten()?;
    Some(ReusedHttpStream::from_reusable_stream(stream, settings))
}
