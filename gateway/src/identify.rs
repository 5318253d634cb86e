//! Who asks and which route, from the head alone (pure).
//!
//! An access key may come in any header that a client can be told to use. It is looked up by its SHA-256, so that a
//! copy of the snapshot holds no key, and never travels on to an upstream.

use crate::head::Head;
use crate::live::{Live, Route, UpstreamAuth};
use gnomon_types::caller::Caller;
use gnomon_types::time::Timestamp;
use http::{HeaderMap, HeaderValue, header};
use pingora::http::RequestHeader;
use sha2::{Digest as _, Sha256};

/// Every access key begins so; a text like this never leaves, whether it is still valid or not.
const KEY_PREFIX: &str = "gnm_";

/// The headers that carry credentials of one kind or another.
const CREDENTIAL_HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// What the credentials of a request say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// A valid access key: its caller and its hash.
    Known(Caller, [u8; 32]),
    /// No key at all.
    Anonymous,
    /// A key that is not ours, such as a provider's.
    Foreign,
    /// An access key of ours that is unknown, expired or revoked.
    Refused,
}

/// Finds the caller.
pub(crate) fn caller(headers: &HeaderMap, live: &Live, now: Timestamp) -> Identity {
    let mut identity = Identity::Anonymous;
    for key in presented(headers) {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        match by_hash(&hash, live, now) {
            Some(caller) => return Identity::Known(caller, hash),
            None if key.starts_with(KEY_PREFIX) => identity = Identity::Refused,
            None if identity == Identity::Anonymous => identity = Identity::Foreign,
            None => {}
        }
    }
    identity
}

/// The caller of a key that is valid now.
pub(crate) fn by_hash(hash: &[u8; 32], live: &Live, now: Timestamp) -> Option<Caller> {
    let entry = live.keys.get(hash)?;
    let valid = entry.expires.is_none_or(|expires| now < expires);
    valid.then(|| entry.caller.clone())
}

fn presented(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    CREDENTIAL_HEADERS.into_iter().flat_map(|name| headers.get_all(name)).filter_map(credential)
}

/// The key in a header's value: the whole value, a bearer token, or the access key id of an AWS signature.
fn credential(value: &HeaderValue) -> Option<&str> {
    let value = value.to_str().ok()?.trim();
    let Some((scheme, rest)) = value.split_once(' ') else { return Some(value).filter(|value| !value.is_empty()) };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim());
    }
    if scheme.eq_ignore_ascii_case("AWS4-HMAC-SHA256") {
        let scope = rest.split(',').find_map(|field| field.trim().strip_prefix("Credential="))?;
        return scope.split('/').next();
    }
    None
}

/// Takes the caller's credentials out of an outgoing head and puts the upstream's in.
///
/// Where the upstream has none configured, the caller may bring its own provider key beside ours; that one stays.
pub(crate) fn swap_credentials(request: &mut RequestHeader, live: &Live, auth: &UpstreamAuth) -> pingora::Result<()> {
    let replaces_all = !matches!(auth, UpstreamAuth::None);
    for name in CREDENTIAL_HEADERS {
        let ours = |value: &HeaderValue| credential(value).is_some_and(|key| is_ours(key, live));
        if replaces_all || request.headers.get_all(name).iter().any(ours) {
            request.remove_header(name);
        }
    }
    insert_credential(request, auth)
}

/// Puts on the credential that the gateway proves itself with.
pub(crate) fn insert_credential(request: &mut RequestHeader, auth: &UpstreamAuth) -> pingora::Result<()> {
    match auth {
        UpstreamAuth::None => Ok(()),
        UpstreamAuth::Bearer(secret) => {
            request.insert_header(header::AUTHORIZATION, sensitive(&format!("Bearer {}", secret.expose()))?)
        }
        UpstreamAuth::XApiKey(secret) => request.insert_header("x-api-key", sensitive(secret.expose())?),
        UpstreamAuth::ApiKey(secret) => request.insert_header("api-key", sensitive(secret.expose())?),
    }
}

/// Takes out every field that holds an access key of ours, whatever it is called: an agent's settings or a cookie may
/// repeat it.
pub(crate) fn drop_access_keys(request: &mut RequestHeader) {
    let named: Vec<String> = request
        .headers
        .iter()
        .filter(|(_, value)| holds_access_key(value))
        .map(|(name, _)| name.as_str().to_owned())
        .collect();
    for name in named {
        request.remove_header(name.as_str());
    }
}

/// Whether a field's value holds an access key of ours.
pub(crate) fn holds_access_key(value: &HeaderValue) -> bool {
    value.as_bytes().windows(KEY_PREFIX.len()).any(|bytes| bytes == KEY_PREFIX.as_bytes())
}

fn is_ours(key: &str, live: &Live) -> bool {
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    key.starts_with(KEY_PREFIX) || live.keys.contains_key(&hash)
}

fn sensitive(value: &str) -> pingora::Result<HeaderValue> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        pingora::Error::explain(pingora::ErrorType::InternalError, "the upstream's credential is not a header value")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The routes that fit host and path, the longest prefix first; among equals those for named hosts and models first.
pub(crate) fn routes<'a>(head: &Head, live: &'a Live) -> Vec<&'a Route> {
    let fits_host = |route: &&Route| route.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(&head.host));
    let fits_path = |route: &&Route| under(&head.path, &route.path_prefix).is_some();
    let mut routes: Vec<&Route> = live.routes.iter().filter(fits_host).filter(fits_path).collect();
    routes.sort_by_key(|route| {
        (
            std::cmp::Reverse(route.path_prefix.trim_end_matches('/').len()),
            route.host.is_none(),
            route.models.is_empty(),
        )
    });
    routes
}

/// The rest of a path under a prefix of whole segments, always with its slash.
pub(crate) fn under<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix.trim_end_matches('/'))? {
        "" => Some("/"),
        rest if rest.starts_with('/') => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    #[test]
    fn finds_the_key_wherever_clients_put_it() {
        let key = "gnm_abcdefgh_secret";
        for (name, value) in [
            ("authorization", format!("Bearer {key}")),
            ("authorization", format!("bearer  {key}")),
            ("x-api-key", key.to_owned()),
            ("api-key", key.to_owned()),
            ("x-goog-api-key", key.to_owned()),
            (
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={key}/20261123/eu-west-1/bedrock/aws4_request, SignedHeaders=host, Signature=00"
                ),
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
            assert_eq!(presented(&headers).collect::<Vec<_>>(), [key], "{name}: {value}");
        }
    }

    #[test]
    fn ignores_other_schemes_and_empty_values() {
        for value in ["Basic dXNlcjpwYXNz", "", "AWS4-HMAC-SHA256 Signature=00"] {
            assert_eq!(credential(&HeaderValue::from_str(value).unwrap()), None, "{value}");
        }
    }

    #[test]
    fn an_access_key_travels_on_in_no_field() {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for (name, value) in
            [("x-other-key", "gnm_abcdefgh_secret"), ("cookie", "a=1; key=gnm_abcdefgh_secret"), ("x-kept", "gnm")]
        {
            request.append_header(name, value).unwrap();
        }
        drop_access_keys(&mut request);
        let names: Vec<&str> = request.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-kept"]);
    }

    #[test]
    fn prefixes_match_whole_segments() {
        for (path, prefix, expected) in [
            ("/v1/models", "/", Some("/v1/models")),
            ("/", "/", Some("/")),
            ("/anthropic/v1/messages", "/anthropic", Some("/v1/messages")),
            ("/anthropic/v1/messages", "/anthropic/", Some("/v1/messages")),
            ("/anthropic", "/anthropic", Some("/")),
            ("/anthropics/v1", "/anthropic", None),
            ("/v1", "/v1/chat", None),
        ] {
            assert_eq!(under(path, prefix), expected, "{path} under {prefix}");
        }
    }
}
