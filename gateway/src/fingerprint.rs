//! What an approval is good for: one request, to the byte (pure).

use gnomon_types::caller::Caller;
use gnomon_types::digest::Digest;
use gnomon_types::ids::RouteName;
use sha2::{Digest as _, Sha256};

/// The fingerprint of a request: caller, route, method, path with query, and the exact bytes that would leave. Every
/// field is led by its length, so that no two requests share one by moving a boundary.
pub(crate) fn fingerprint(caller: &Caller, route: &RouteName, method: &str, path: &str, outgoing: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    for field in
        [caller.id.as_str().as_bytes(), route.as_str().as_bytes(), method.as_bytes(), path.as_bytes(), outgoing]
    {
        hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(field);
    }
    Digest(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::caller::CallerKind;
    use gnomon_types::ids::{CallerId, KeyId};

    #[test]
    fn every_field_of_a_request_changes_its_fingerprint() {
        let id = CallerId::new("billing").unwrap();
        let caller = Caller { id, kind: CallerKind::Agent, team: None, key: KeyId::new("gnm_1").unwrap() };
        let route = RouteName::new("r").unwrap();
        let base = fingerprint(&caller, &route, "POST", "/a", b"bc");
        for other in [
            fingerprint(&caller, &RouteName::new("s").unwrap(), "POST", "/a", b"bc"),
            fingerprint(&caller, &route, "PUT", "/a", b"bc"),
            fingerprint(&caller, &route, "POST", "/ab", b"c"),
            fingerprint(&caller, &route, "POST", "/a", b"b"),
        ] {
            assert_ne!(base, other);
        }
    }
}
