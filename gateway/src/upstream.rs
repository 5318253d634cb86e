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
use std::time::{Duration, Instant, SystemTime};

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
    pools: Mutex<HashMap<Trust, Arc<Connector>>>,
    addresses: Mutex<HashMap<(String, u16), Found>>,
}

/// Which certificate authorities a pool trusts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Trust {
    /// None: no TLS is spoken, and a machine without any certificate must do.
    Nobody,
    /// The system's.
    System,
    /// Those in a file. A renewed file is another set.
    File(PathBuf, Version),
}

/// When a file was written, and its length. To look at these costs a request next to nothing.
type Version = Option<(SystemTime, u64)>;

fn version(path: &Path) -> Version {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

/// Addresses and when they were looked up.
struct Found {
    since: Instant,
    addresses: Vec<SocketAddr>,
}

impl Peers {
    /// The pool for an upstream. A pool for each set of authorities, not authorities for each peer: Pingora would build
    /// a new TLS configuration for every connection of such a peer, without session resumption.
    pub(crate) fn pool(&self, upstream: &Upstream) -> Result<Arc<Connector>, PeerError> {
        let trust = match &upstream.ca_file {
            _ if !upstream.origin.tls => Trust::Nobody,
            None => Trust::System,
            Some(path) => Trust::File(path.clone(), version(path)),
        };
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&trust) {
            return Ok(pool.clone());
        }
        let pool = match (connector(&trust), earlier(&pools, &trust)) {
            (Ok(pool), _) => Arc::new(pool),
            // Half a file, perhaps: it is looked at again with the next request.
            (Err(error), Some(pool)) => {
                tracing::warn!(%error, "a renewed file of certificate authorities cannot be used: those before it stay");
                return Ok(pool);
            }
            (Err(error), None) => return Err(error),
        };
        pools.retain(|known, _| !same_file(known, &trust));
        pools.insert(trust, pool.clone());
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

/// The pool for an earlier version of the same file.
fn earlier(pools: &HashMap<Trust, Arc<Connector>>, trust: &Trust) -> Option<Arc<Connector>> {
    pools.iter().find(|(known, _)| same_file(known, trust)).map(|(_, pool)| pool.clone())
}

fn same_file(one: &Trust, other: &Trust) -> bool {
    matches!((one, other), (Trust::File(one, _), Trust::File(other, _)) if one == other)
}

fn connector(trust: &Trust) -> Result<Connector, PeerError> {
    let ca_file = match trust {
        Trust::Nobody => Some("/dev/null".to_owned()),
        Trust::System => None,
        Trust::File(path, _) => {
            check_authorities(path)?;
            Some(path.to_string_lossy().into_owned())
        }
    };
    let build = || Connector::new(Some(ConnectorOptions { ca_file, ..ConnectorOptions::new(POOL_SIZE) }));
    // Pingora's connector panics when it cannot read the system's certificates.
    std::panic::catch_unwind(build).map_err(|_| PeerError::Authorities {
        path: "the system's certificates".to_owned(),
        why: "see SSL_CERT_FILE and SSL_CERT_DIR, or name a file for this upstream".to_owned(),
    })
}

/// A file is read first, so that its fault can be named.
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

    #[test]
    fn a_renewed_authority_file_is_used_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let authority = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            rcgen::generate_simple_self_signed(names).unwrap().cert.pem()
        };
        let (peers, upstream) = (Peers::default(), Upstream { ca_file: Some(path.clone()), ..upstream("https://a") });
        std::fs::write(&path, authority(&["a"])).unwrap();
        let first = peers.pool(&upstream).unwrap();
        assert!(Arc::ptr_eq(&first, &peers.pool(&upstream).unwrap()));
        // The length changes too: the clock of a file system may be coarse.
        std::fs::write(&path, authority(&["a", "another.example"])).unwrap();
        let second = peers.pool(&upstream).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        std::fs::write(&path, "half a fi").unwrap();
        assert!(Arc::ptr_eq(&second, &peers.pool(&upstream).unwrap()));
        assert_eq!(peers.pools.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn addresses_need_no_lookup() {
        let peers = Peers::default();
        for (url, expected) in [("http://127.0.0.1:81", "127.0.0.1:81"), ("https://[::1]", "[::1]:443")] {
            assert_eq!(peers.addresses(&upstream(url)).await.unwrap(), [expected.parse().unwrap()]);
        }
    }
}
