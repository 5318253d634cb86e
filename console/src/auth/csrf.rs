//! Requests that change something must come from a page of this console.
//!
//! Two walls: browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`), and every form carries a token
//! that only the session's own pages know. The session cookie is `SameSite=Strict` besides.

use http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// Name of the form field that carries the token.
pub(crate) const FIELD: &str = "csrf";
/// Name of the header that carries it for requests made by scripts.
pub(crate) const HEADER: &str = "x-csrf-token";

/// The token of a session. It says nothing about the session's own token.
pub(crate) fn token(session: &str) -> String {
    let digest = Sha256::new().chain_update(b"gnomon csrf v1\n").chain_update(session.as_bytes()).finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Compares in constant time.
pub(crate) fn matches(expected: &str, given: &str) -> bool {
    bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
}

/// Whether the browser says that the request comes from here. A client that says nothing is not a browser.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN.as_str()), text(header::HOST.as_str())) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
        (Some(_), None) => false,
    }
}

/// The token in a form body.
pub(crate) fn in_form(body: &[u8]) -> Option<String> {
    form_urlencoded::parse(body).find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_depends_on_the_session_and_is_found_in_a_form() {
        let token = token("session-1");
        assert_ne!(token, super::token("session-2"));
        assert_eq!(in_form(format!("status=sanctioned&csrf={token}").as_bytes()), Some(token.clone()));
        assert!(matches(&token, &token) && !matches(&token, "other"));
        assert_eq!(in_form(b"status=sanctioned"), None);
    }

    #[test]
    fn requests_from_elsewhere_are_recognised() {
        let cases: [(&[(&str, &str)], bool); 6] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("host", "gnomon.example:8081"), ("origin", "http://gnomon.example:8081")], true),
            (&[("host", "gnomon.example:8081"), ("origin", "http://evil.example")], false),
        ];
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
            }
            assert_eq!(same_origin(&map), expected, "{headers:?}");
        }
    }
}
