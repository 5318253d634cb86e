//! What an approval is good for: one request, to the byte (pure).

use crate::live::Upstream;
use gnomon_types::caller::Caller;
use gnomon_types::digest::Digest;
use gnomon_types::ids::RouteName;
use sha2::{Digest as _, Sha256};

/// What makes a request that one and no other.
pub(crate) struct Essence<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) route: &'a RouteName,
    /// Where the bytes would go: a change of the configuration must not send them elsewhere.
    pub(crate) upstream: &'a Upstream,
    pub(crate) method: &'a str,
    /// With the query.
    pub(crate) path: &'a str,
    /// How a server is told to read the bytes.
    pub(crate) content_type: &'a str,
    /// The exact bytes that would leave.
    pub(crate) outgoing: &'a [u8],
}

/// The fingerprint of a request. Every field is led by its length, so that no two requests share one by moving a boundary.
pub(crate) fn fingerprint(request: &Essence<'_>) -> Digest {
    let upstream = request.upstream;
    let scheme = if upstream.origin.tls { "https" } else { "http" };
    let origin = format!("{scheme}://{}{}", upstream.origin.authority(), upstream.origin.base_path);
    let mut hasher = Sha256::new();
    for field in [
        request.caller.id.as_str().as_bytes(),
        request.route.as_str().as_bytes(),
        upstream.name.as_str().as_bytes(),
        upstream.service.as_str().as_bytes(),
        origin.as_bytes(),
        request.method.as_bytes(),
        request.path.as_bytes(),
        request.content_type.as_bytes(),
        request.outgoing,
    ] {
        hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(field);
    }
    Digest(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use gnomon_types::caller::CallerKind;
    use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};

    #[test]
    fn every_field_of_a_request_changes_its_fingerprint() {
        let id = CallerId::new("billing").unwrap();
        let caller = Caller { id, kind: CallerKind::Agent, team: None, key: KeyId::new("gnm_1").unwrap() };
        let route = RouteName::new("r").unwrap();
        let other_route = RouteName::new("s").unwrap();
        let upstream = |name: &str, origin: &str, service: &str| {
            let (name, service) = (UpstreamName::new(name).unwrap(), ServiceId::new(service).unwrap());
            Upstream::new(name, Origin::parse(origin).unwrap(), service, "S")
        };
        let here = upstream("u", "https://a.example/v1", "s");
        let essence = |route, method, path, content_type, outgoing| Essence {
            caller: &caller,
            route,
            upstream: &here,
            method,
            path,
            content_type,
            outgoing,
        };
        let same = || essence(&route, "POST", "/a", "application/json", b"bc".as_slice());
        let base = fingerprint(&same());
        for other in [
            essence(&other_route, "POST", "/a", "application/json", b"bc".as_slice()),
            essence(&route, "PUT", "/a", "application/json", b"bc"),
            essence(&route, "POST", "/ab", "application/json", b"c"),
            essence(&route, "POST", "/a", "text/plain", b"bc"),
            essence(&route, "POST", "/a", "application/json", b"b"),
        ] {
            let other = fingerprint(&other);
            assert_ne!(base, other);
        }
        for other in [
            upstream("v", "https://a.example/v1", "s"),
            upstream("u", "https://b.example/v1", "s"),
            upstream("u", "http://a.example:443/v1", "s"),
            upstream("u", "https://a.example/v2", "s"),
            upstream("u", "https://a.example/v1", "t"),
        ] {
            assert_ne!(base, fingerprint(&Essence { upstream: &other, ..same() }), "{other:?}");
        }
    }
}
