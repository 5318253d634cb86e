//! Places for checking passwords, which is slow on purpose. Whoever comes when all are taken waits a moment; nobody takes
//! all of them, nor the whole queue, from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Passwords checked at the same time.
const CHECKS_MAX: usize = 4;
/// Passwords checked at the same time for one address.
const PEER_CHECKS_MAX: usize = 2;
/// Checks of one address that run or wait.
const PEER_QUEUE_MAX: usize = 20;
/// Addresses remembered before those without a check are forgotten.
const PEERS_MAX: usize = 1_000;
/// How long one waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);

/// All places.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    peers: Mutex<HashMap<IpAddr, Arc<Peer>>>,
}

#[derive(Debug)]
struct Peer {
    queue: Arc<Semaphore>,
    free: Arc<Semaphore>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _held: [OwnedSemaphorePermit; 3],
}

impl Default for Places {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(CHECKS_MAX)), peers: Mutex::default() }
    }
}

impl Places {
    /// A place for a check that `peer` asks for; `None` when there was none in time.
    pub(crate) async fn take(&self, peer: IpAddr) -> Option<Place> {
        let peer = self.peer(peer);
        let queued = Arc::clone(&peer.queue).try_acquire_owned().ok()?;
        let waiting = async {
            let own = Arc::clone(&peer.free).acquire_owned().await.ok()?;
            let place = Arc::clone(&self.free).acquire_owned().await.ok()?;
            Some(Place { _held: [place, own, queued] })
        };
        tokio::time::timeout(PATIENCE, waiting).await.ok().flatten()
    }

    fn peer(&self, address: IpAddr) -> Arc<Peer> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS_MAX {
            peers.retain(|_, peer| Arc::strong_count(peer) > 1 || peer.queue.available_permits() < PEER_QUEUE_MAX);
        }
        let fresh = || {
            Arc::new(Peer {
                queue: Arc::new(Semaphore::new(PEER_QUEUE_MAX)),
                free: Arc::new(Semaphore::new(PEER_CHECKS_MAX)),
            })
        };
        Arc::clone(peers.entry(address).or_insert_with(fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn one_address_leaves_places_for_others() {
        let places = Arc::new(Places::default());
        let address = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
        let greedy = [places.take(address(1)).await.unwrap(), places.take(address(1)).await.unwrap()];
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let places = Arc::clone(&places);
                tokio::spawn(async move { places.take(address(1)).await.is_some() })
            })
            .collect();
        tokio::task::yield_now().await;
        let other = tokio::time::timeout(Duration::from_secs(1), places.take(address(2))).await;
        assert!(other.unwrap().is_some(), "another address got no place");
        drop(greedy);
        let mut served = 0;
        for task in waiting {
            served += usize::from(task.await.unwrap());
        }
        assert_eq!(served, PEER_QUEUE_MAX - 2, "the queue of one address has an end, and it moves on");
    }
}
