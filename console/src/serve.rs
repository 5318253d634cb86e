//! Serves the console on a listener until it is told to stop.

use crate::parts::ConsoleParts;
use crate::routes::router;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long answers under way may take after the stop. Live pages hold their event stream open for ever; they are cut
/// then and reconnect by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until `stop` resolves, then lets answers under way finish for two seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    parts: ConsoleParts,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (tell, mut told) = watch::channel(false);
    let stop = async move {
        stop.await;
        tell.send_replace(true);
    };
    let cut = async move {
        if told.wait_for(|stop| *stop).await.is_ok() {
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, router(parts)).with_graceful_shutdown(stop) => served,
        () = cut => Ok(()),
    }
}
