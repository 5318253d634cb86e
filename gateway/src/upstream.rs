//! Peers: addresses of upstreams, and one connection pool for each set of trusted certificate authorities.

use crate::live::Upstream;
use pingora::connectors::ConnectorOptions;
use pingora::connectors::http::Connector;
use pingora::upstreams::peer::HttpPeer;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long addresses are believed.
const ADDRESS_TIME: Duration = Duration::from_secs(30);

/// Addresses tried for one request.
const ADDRESSES_MAX: usize = 4;

/// Idle connections kept for each set of certificate authorities.
const POOL_SIZE: usize = 512;

/// An upstream that cannot be spoken to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeerError {
    /// The name has no address.
    #[error("the name `{0}` has no address")]
    NoAddress(String),
    /// The trusted certificates cannot be read.
    #[error("cannot read the certificate authorities in `{path}`: {why}")]
    Authorities {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Addresses and connection pools of all upstreams.
#[derive(Default)]
pub(crate) struct Peers {
    pools: Mutex<HashMap<Option<PathBuf>, Arc<Connector>>>,
    addresses: Mutex<HashMap<(String, u16), Found>>,
}

/// Addresses and when they were looked up.
struct Found {
    since: Instant,
    addresses: Vec<SocketAddr>,
}

impl Peers {
    /// The pool for an upstream. A pool for each CA file, not a CA for each peer: Pingora would build a new TLS
    /// configuration for every connection of such a peer, without session resumption.
    pub(crate) fn pool(&self, upstream: &Upstream) -> Result<Arc<Connector>, PeerError> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&upstream.ca_file) {
            return Ok(pool.clone());
        }
        let mut options = ConnectorOptions::new(POOL_SIZE);
        if let Some(path) = &upstream.ca_file {
            check_authorities(path)?;
            options.ca_file = Some(path.to_string_lossy().into_owned());
        }
        let pool = Arc::new(Connector::new(Some(options)));
        pools.insert(upstream.ca_file.clone(), pool.clone());
        Ok(pool)
    }

    /// The addresses of an upstream, from memory or by a lookup off the workers.
    pub(crate) async fn addresses(&self, upstream: &Upstream) -> Result<Vec<SocketAddr>, PeerError> {
        let origin = &upstream.origin;
        if let Ok(address) = origin.host.parse() {
            return Ok(vec![SocketAddr::new(address, origin.port)]);
        }
        let name = (origin.host.clone(), origin.port);
        if let Some(known) = self.known(&name) {
            return Ok(known);
        }
        let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
        let found: Vec<SocketAddr> = found.map(|found| found.take(ADDRESSES_MAX).collect()).unwrap_or_default();
        if found.is_empty() {
            return Err(PeerError::NoAddress(origin.host.clone()));
        }
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, Found { since: Instant::now(), addresses: found.clone() });
        Ok(found)
    }

    /// Forgets addresses that did not work.
    pub(crate) fn forget(&self, upstream: &Upstream) {
        let name = (upstream.origin.host.clone(), upstream.origin.port);
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
    }

    fn known(&self, name: &(String, u16)) -> Option<Vec<SocketAddr>> {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let found = addresses.get(name)?;
        (found.since.elapsed() < ADDRESS_TIME).then(|| found.addresses.clone())
    }
}

/// Pingora's connector panics on a CA file it cannot read: read it first.
fn check_authorities(path: &Path) -> Result<(), PeerError> {
    let fail = |why: String| PeerError::Authorities { path: path.display().to_string(), why };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))? {
        let certificate = certificate.map_err(|error| fail(error.to_string()))?;
        store.add(certificate).map_err(|error| fail(error.to_string()))?;
    }
    if store.is_empty() { Err(fail("it holds no certificate".to_owned())) } else { Ok(()) }
}

/// Which connection a peer may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// One from the pool, or a new one.
    Pooled,
    /// A new one in any case.
    Fresh,
}

/// The peer at one address of an upstream. `HttpPeer::new` resolves names by itself, blocking and panicking; it is
/// given an address.
pub(crate) fn peer(upstream: &Upstream, address: SocketAddr, connection: Connection) -> HttpPeer {
    let origin = &upstream.origin;
    let mut peer = HttpPeer::new(address, origin.tls, origin.host.clone());
    let timeouts = upstream.timeouts;
    peer.options.connection_timeout = Some(Duration::from_millis(timeouts.connect_ms));
    peer.options.total_connection_timeout = Some(Duration::from_millis(timeouts.connect_ms));
    peer.options.idle_timeout = Some(Duration::from_secs(60));
    peer.options.write_timeout = Some(Duration::from_millis(timeouts.idle_ms));
    if upstream.http2 && origin.tls {
        peer.options.set_http_version(2, 1);
        peer.options.max_h2_streams = 100;
    }
    if connection == Connection::Fresh {
        // The pool is asked by a hash over the peer; nothing was ever put in under a random group.
        peer.group_key = rand::random();
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use gnomon_types::ids::{ServiceId, UpstreamName};

    fn upstream(url: &str) -> Upstream {
        Upstream::new(UpstreamName::new("u").unwrap(), Origin::parse(url).unwrap(), ServiceId::new("s").unwrap(), "S")
    }

    #[test]
    fn a_bad_authority_file_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for content in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, content).unwrap();
            let upstream = Upstream { ca_file: Some(path.clone()), ..upstream("https://a") };
            assert!(Peers::default().pool(&upstream).is_err(), "took {content:?}");
        }
    }

    #[tokio::test]
    async fn addresses_need_no_lookup() {
        let peers = Peers::default();
        for (url, expected) in [("http://127.0.0.1:81", "127.0.0.1:81"), ("https://[::1]", "[::1]:443")] {
            assert_eq!(peers.addresses(&upstream(url)).await.unwrap(), [expected.parse().unwrap()]);
        }
    }
}
