//! The address of an upstream, taken apart once.

use std::fmt;

/// Scheme, host, port and base path of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Host name or address, IPv6 without brackets, lower case.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path put before every request path; empty or `/...` without a slash at its end.
    pub base_path: String,
}

/// A text that is not the URL of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is not an upstream URL: {why}")]
pub struct InvalidOrigin {
    url: String,
    why: &'static str,
}

impl Origin {
    /// Reads `http://host[:port][/base]` or `https://...`.
    ///
    /// # Errors
    /// [`InvalidOrigin`] for another scheme, a missing host, user information, a query or a fragment.
    pub fn parse(url: &str) -> Result<Self, InvalidOrigin> {
        let bad = |why| InvalidOrigin { url: url.to_owned(), why };
        let parsed: http::Uri = url.parse().map_err(|_| bad("it cannot be read"))?;
        let tls = match parsed.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("it must begin with http:// or https://")),
        };
        let authority = parsed.authority().ok_or_else(|| bad("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("credentials belong in `auth`"));
        }
        if parsed.query().is_some() || url.contains('#') {
            return Err(bad("it must end with the path"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err(bad("it has no host"));
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self { tls, host, port, base_path: parsed.path().trim_end_matches('/').to_owned() })
    }

    /// Host and port as the `Host` header names them.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let scheme_port = if self.tls { 443 } else { 80 };
        if self.port == scheme_port { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.base_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_apart_and_puts_them_together() {
        for (url, authority, base) in [
            ("https://api.openai.com", "api.openai.com", ""),
            ("https://api.example.com/v1/", "api.example.com", "/v1"),
            ("http://127.0.0.1:11434", "127.0.0.1:11434", ""),
            ("http://[::1]:8080/x", "[::1]:8080", "/x"),
        ] {
            let origin = Origin::parse(url).unwrap();
            assert_eq!((origin.authority().as_str(), origin.base_path.as_str()), (authority, base), "{url}");
            assert_eq!(origin.to_string(), url.trim_end_matches('/'));
        }
    }

    #[test]
    fn refuses_what_is_not_an_upstream() {
        for url in ["", "api.openai.com", "ftp://x", "https://", "https://u:p@x/", "https://x/?a=1", "https://x/#f"] {
            assert!(Origin::parse(url).is_err(), "accepted `{url}`");
        }
    }
}
