//! The running gateway: listeners, workers, drain.
//!
//! The accept loop is ours and hands connections to Pingora's session handling. Pingora's own server would end the
//! process by `exit`, always sleep its whole grace period, and has neither a cap on connections nor a deadline for
//! heads; here the drain ends the moment the last request does.

use crate::connection::Connection;
use crate::desk::Desk;
use crate::heard::Heard;
use crate::heartbeat;
use crate::ledger::Ledger;
use crate::live::LiveHandle;
use crate::memory::Memory;
use crate::metrics::{Counters, Gauge};
use crate::models::Models;
use crate::opinion::Benches;
use crate::proxy::Proxy;
use crate::tasks::{Tasks, signalled};
use crate::upstream::Peers;
use gnomon_evidence::Log;
use gnomon_policy::ReceiptSigner;
use gnomon_types::ids::UpstreamName;
use gnomon_types::time::Clock;
use pingora::apps::ServerApp;
use pingora::protocols::l4::stream::Stream;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// What `cli` hands in.
pub struct Parts {
    /// The snapshot that requests are served by.
    pub live: LiveHandle,
    /// The evidence log. It is closed at the end of [`Gateway::run`].
    pub log: Log,
    /// Requests that wait for a person.
    pub desk: Arc<Desk>,
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// Signs receipts for upstreams that want them.
    pub receipts: Option<ReceiptSigner>,
    /// Key of the pseudonyms for client addresses.
    pub address_key: [u8; 32],
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Name of this gateway.
    pub node: String,
}

/// Where and how to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses to listen on. Port 0 takes a free one; see [`Gateway::addresses`].
    pub listen: Vec<SocketAddr>,
    /// Worker threads.
    pub threads: usize,
    /// How long a shutdown waits for requests under way.
    pub grace: Duration,
    /// Time between two heartbeat records.
    pub heartbeat: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self { listen: Vec::new(), threads, grace: Duration::from_secs(30), heartbeat: Duration::from_secs(60) }
    }
}

/// A listener that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct BindError {
    address: SocketAddr,
    cause: io::Error,
}

/// A gateway whose ports are open and that does not serve yet.
pub struct Gateway {
    proxy: Arc<Proxy>,
    listeners: Vec<std::net::TcpListener>,
    options: Options,
    node: String,
}

/// How the drain of a shutdown ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every request was finished.
    All,
    /// The grace period ended first; so many requests were cut.
    Cut(u64),
}

impl Gateway {
    /// Opens the ports. Connections wait in the kernel's queue until [`Gateway::run`].
    ///
    /// # Errors
    /// [`BindError`] for the first address that cannot be listened on.
    pub fn bind(parts: Parts, options: Options) -> Result<Self, BindError> {
        let listeners: Result<Vec<_>, BindError> = options.listen.iter().map(|&address| listen(address)).collect();
        let counters = parts.counters;
        let memory = parts.live.load().limits.buffered_bytes_max;
        let proxy = Proxy {
            live: parts.live,
            ledger: Ledger { log: parts.log, counters: counters.clone() },
            desk: parts.desk,
            clock: parts.clock,
            receipts: parts.receipts,
            address_key: parts.address_key,
            tasks: Tasks::new(counters.clone()),
            counters,
            peers: Peers::default(),
            models: Models::default(),
            benches: Benches::default(),
            definitions: Arc::default(),
            heard: Heard::default(),
            memory: Memory::new(memory),
            long_work: Semaphore::new(options.threads.max(1)),
        };
        Ok(Self { proxy: Arc::new(proxy), listeners: listeners?, options, node: parts.node })
    }

    /// The addresses that are listened on, in the order of the options.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Tells which models were used before a restart, so that they do not count as new.
    pub fn know_models(&self, models: impl IntoIterator<Item = (UpstreamName, String)>) {
        self.proxy.models.know(models);
    }

    /// Serves on threads of its own until `shutdown` becomes true or its sender is gone; then takes no new connection,
    /// lets requests finish for the grace period and records the stop. The log stays open for whoever else writes to
    /// it. Blocks; call it from a plain thread, not from an async task.
    ///
    /// # Errors
    /// When the threads cannot be started or a listener cannot be used.
    pub fn run(self, shutdown: watch::Receiver<bool>) -> io::Result<Drained> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.options.threads.max(1))
            .thread_name("gateway")
            .enable_all()
            .build()?;
        let drained = runtime.block_on(self.serve(shutdown));
        // Requests that were cut are dropped here.
        runtime.shutdown_timeout(Duration::from_secs(1));
        drained
    }

    async fn serve(self, mut shutdown: watch::Receiver<bool>) -> io::Result<Drained> {
        let proxy = self.proxy;
        let connections =
            Arc::new(Semaphore::new(proxy.live.load().limits.connections_max.clamp(1, Semaphore::MAX_PERMITS)));
        let (stop, stopped) = watch::channel(false);
        let mut loops = Vec::new();
        for listener in self.listeners {
            let listener = TcpListener::from_std(listener)?;
            loops.push(tokio::spawn(accept(proxy.clone(), listener, connections.clone(), stopped.clone())));
        }
        let beats = tokio::spawn(heartbeat::run(proxy.clone(), self.options.heartbeat, stopped));
        tracing::info!(node = %self.node, "the gateway serves");
        signalled(&mut shutdown).await;
        stop.send_replace(true);
        for task in loops {
            // The loops end by themselves; one that panicked has no listener any more.
            let _ = task.await;
        }
        let drained = drain(&proxy, self.options.grace).await;
        let _ = beats.await;
        heartbeat::beat(&proxy, "stop").await;
        tracing::info!(?drained, "the gateway stopped");
        Ok(drained)
    }
}

async fn drain(proxy: &Proxy, grace: Duration) -> Drained {
    match tokio::time::timeout(grace, proxy.tasks.idle()).await {
        Ok(()) => Drained::All,
        Err(_) => Drained::Cut(proxy.counters.in_flight()),
    }
}

fn listen(address: SocketAddr) -> Result<std::net::TcpListener, BindError> {
    let listener = std::net::TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|cause| BindError { address, cause })
}

/// Accepts until shutdown. At the cap new connections wait in the kernel's queue.
async fn accept(
    proxy: Arc<Proxy>,
    listener: TcpListener,
    connections: Arc<Semaphore>,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        let accepting = async {
            let permit = connections.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepting => accepted,
            () = signalled(&mut shutdown) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, most likely: let some be closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (proxy, shutdown) = (proxy.clone(), shutdown.clone());
        // Owned by the drain, which waits for its requests; an idle connection ends with the shutdown signal.
        tokio::spawn(async move {
            let _open = (permit, proxy.counters.raise(Gauge::Connections));
            talk(proxy, stream, peer.ip(), shutdown).await;
        });
    }
}

async fn talk(proxy: Arc<Proxy>, stream: TcpStream, address: IpAddr, mut shutdown: watch::Receiver<bool>) {
    // Events are small and must not wait for one another.
    let _ = stream.set_nodelay(true);
    let head_time = Duration::from_millis(proxy.live.load().limits.head_ms);
    let h2c = tokio::select! {
        peeked = tokio::time::timeout(head_time, speaks_http2(&stream)) => peeked,
        () = signalled(&mut shutdown) => return,
    };
    let Ok(Ok(h2c)) = h2c else { return };
    let connection = Arc::new(Connection::new(proxy, address, h2c));
    connection.process_new(Box::new(Stream::from(stream)), &shutdown).await;
}

/// Whether a connection opens with the HTTP/2 preface. Pingora's own look has no deadline.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut buffer = [0; PREFACE.len()];
    loop {
        let length = stream.peek(&mut buffer).await?;
        let seen = buffer.get(..length).unwrap_or_default();
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !PREFACE.starts_with(seen) {
            return Ok(false);
        }
        if length == PREFACE.len() {
            return Ok(true);
        }
        // A preface in pieces: what is there already would be seen again at once.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
