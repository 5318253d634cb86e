//! Counts what must be done before the process may end: requests under way and outcomes being written.

use crate::metrics::{Count, Counters, Gauge, Raised};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;

/// Open work.
#[derive(Clone)]
pub(crate) struct Tasks {
    open: Arc<watch::Sender<usize>>,
    counters: Arc<Counters>,
}

impl Tasks {
    /// No work.
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        Self { open: Arc::new(watch::Sender::new(0)), counters }
    }

    /// A request begins; it is over when the guard is dropped.
    pub(crate) fn request(&self) -> RequestGuard {
        RequestGuard {
            _open: self.enter(),
            _raised: self.counters.raise(Gauge::InFlight),
            counters: self.counters.clone(),
        }
    }

    /// Runs work that outlives its request. Its owner is the drain: it waits for it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let open = self.enter();
        tokio::spawn(async move {
            work.await;
            drop(open);
        });
    }

    /// Resolves when nothing is open.
    pub(crate) async fn idle(&self) {
        let mut open = self.open.subscribe();
        // The sender lives as long as `self`.
        let _ = open.wait_for(|open| *open == 0).await;
    }

    fn enter(&self) -> Open {
        self.open.send_modify(|open| *open += 1);
        Open(self.open.clone())
    }
}

/// Resolves when a shutdown is signalled, or when nobody is left who could signal one.
pub(crate) async fn signalled(shutdown: &mut watch::Receiver<bool>) {
    // The guard that comes back must not live across an await of the caller.
    let _ = shutdown.wait_for(|stopping| *stopping).await;
}

struct Open(Arc<watch::Sender<usize>>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

/// A request under way.
pub(crate) struct RequestGuard {
    _open: Open,
    _raised: Raised,
    counters: Arc<Counters>,
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.counters.count(Count::Panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn is_idle_once_requests_and_their_work_are_done() {
        let counters = Arc::new(Counters::default());
        let tasks = Tasks::new(counters.clone());
        tasks.idle().await;
        let guard = tasks.request();
        assert_eq!(counters.in_flight(), 1);
        let (release, wait) = tokio::sync::oneshot::channel::<()>();
        tasks.spawn(async move {
            let _ = wait.await;
        });
        drop(guard);
        assert_eq!(*tasks.open.borrow(), 1);
        release.send(()).unwrap();
        tasks.idle().await;
        assert_eq!(counters.in_flight(), 0);
    }
}
