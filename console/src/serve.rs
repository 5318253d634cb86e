//! Serves the console on a listener until it is told to stop. Every connection has a limit: how many there are, and how
//! long one may take to say what it wants.

use crate::auth::peer::Peer;
use crate::parts::ConsoleParts;
use crate::routes::router;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::Service as _;

/// How long answers under way may take after the stop. Live pages hold their event stream open for ever; they are cut
/// then and reconnect by themselves.
const GRACE: Duration = Duration::from_secs(2);
/// Connections at the same time; more wait until one is free.
const CONNECTIONS_MAX: usize = 512;
/// How long the head of a request may take, the pause before it included.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// Pause after a failed accept: without free file descriptors the next one fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop` resolves, then lets answers under way finish for two seconds.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    parts: ConsoleParts,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    clear(&parts.settings.upload_dir).await;
    let limits = Limits { connections: CONNECTIONS_MAX, head: HEAD_PATIENCE };
    accept(listener, router(parts), &limits, stop).await;
    Ok(())
}

/// Uploads that a killed process left behind.
async fn clear(folder: &Path) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Err(error) = tokio::fs::remove_file(entry.path()).await {
            tracing::warn!(%error, file = %entry.path().display(), "a left-over upload cannot be removed");
        }
    }
}

struct Limits {
    connections: usize,
    head: Duration,
}

async fn accept(listener: TcpListener, router: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (tell, told) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let connection = connection(stream, address, router.clone(), limits.head, told.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the console cannot take a connection for now");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tell.send_replace(true);
    let finishing = async { while connections.join_next().await.is_some() {} };
    // What is not finished by then is cut when the set is dropped.
    let _ = tokio::time::timeout(GRACE, finishing).await;
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    head: Duration,
    mut told: watch::Receiver<bool>,
) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(address.ip()));
        let mut router = router.clone();
        async move { answer(&mut router, request.map(axum::body::Body::new)).await }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    let stopped = async move { drop(told.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopped => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection of the console ended early");
    }
}

async fn answer(router: &mut Router, request: Request) -> Result<axum::response::Response, Infallible> {
    router.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    async fn started(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|Peer(peer): Peer| async move { peer.to_string() }));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            accept(listener, router, &limits, async move { drop(stopped.await) }).await;
        });
        (address, stop, serving)
    }

    async fn ask(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed_and_makes_room_for_others() {
        let limits = Limits { connections: 1, head: Duration::from_millis(100) };
        let (address, _stop, _serving) = started(limits).await;
        for said in ["", "GET / HTTP/1.1\r\nhost: "] {
            let mut silent = TcpStream::connect(address).await.unwrap();
            silent.write_all(said.as_bytes()).await.unwrap();
            let answer = tokio::time::timeout(Duration::from_secs(10), ask(address)).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
            let mut rest = Vec::new();
            silent.read_to_end(&mut rest).await.unwrap();
            assert!(!rest.starts_with(b"HTTP/1.1 200"));
        }
    }

    #[tokio::test]
    async fn a_stop_ends_idle_connections_and_the_server() {
        let limits = Limits { connections: 8, head: Duration::from_secs(60) };
        let (address, stop, serving) = started(limits).await;
        let idle = TcpStream::connect(address).await.unwrap();
        assert!(ask(address).await.starts_with("HTTP/1.1 200"));
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), serving).await.unwrap().unwrap();
        drop(idle);
    }

    #[tokio::test]
    async fn uploads_that_were_left_behind_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("upload-1"), "left").unwrap();
        clear(folder.path()).await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        clear(&folder.path().join("nowhere")).await;
    }
}
