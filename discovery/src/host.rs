//! Hosts, ports and URLs as logs write them.

use std::borrow::Cow;

/// What a request line points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) host: Cow<'a, str>,
    /// Port, when it is not the scheme's own.
    pub(crate) port: Option<u16>,
    /// Path and query, when visible.
    pub(crate) path: Option<&'a str>,
    /// Whether the exchange was encrypted on the wire.
    pub(crate) secure: bool,
}

/// A host in the form we compare: lower case, without brackets and final dot.
pub(crate) fn normal(host: &str) -> Cow<'_, str> {
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        return Cow::Owned(host.to_lowercase());
    }
    Cow::Borrowed(host)
}

/// An absolute URL: `http://user@HOST:8000/path?query`.
pub(crate) fn url(text: &str) -> Option<Target<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let own = scheme_port(scheme)?;
    let secure = own == 443;
    let path_start = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(path_start)?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = authority_parts(authority)?;
    let path = if path.is_empty() { "/" } else { path };
    Some(Target { host: normal(host), port: port.filter(|port| *port != own), path: Some(path), secure })
}

/// What CONNECT names: `chatgpt.com:443`.
pub(crate) fn connect(text: &str) -> Option<Target<'_>> {
    let (host, port) = authority_parts(text)?;
    Some(Target { host: normal(host), port: port.filter(|port| *port != 443), path: None, secure: true })
}

/// `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address.
pub(crate) fn authority_parts(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?.parse().ok()?) };
        return is_host(address).then_some((address, port));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return is_host(text).then_some((text, None));
    };
    if host.contains(':') {
        return is_host(text).then_some((text, None));
    }
    let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
    is_host(host).then_some((host, port))
}

/// A user name as the logs write it: `-` is nobody; Squid writes `\` as `%5C` and so on.
pub(crate) fn user(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() || text == "-" {
        return None;
    }
    Some(percent_decoded(text).map_or(Cow::Borrowed(text), Cow::Owned))
}

/// The text with its `%5C` and so on decoded, if that changes it and leaves printable text.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    if bytes.len() == text.len() {
        return None;
    }
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().filter(|decoded| !decoded.chars().any(char::is_control))
}

/// Whether this is an IP address, as the clients of a resolver are; a zone as in `fe80::1%eth0` may follow.
pub(crate) fn is_address(text: &str) -> bool {
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<std::net::IpAddr>().is_ok()
}

fn is_host(text: &str) -> bool {
    let plausible = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%~".contains(&byte) || !byte.is_ascii();
    (1..=255).contains(&text.len()) && text.bytes().all(plausible)
}

fn scheme_port(scheme: &str) -> Option<u16> {
    let plain = |name: &str| scheme.eq_ignore_ascii_case(name);
    if plain("http") || plain("ws") {
        Some(80)
    } else if plain("https") || plain("wss") {
        Some(443)
    } else if plain("ftp") {
        Some(21)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_apart() {
        for (text, host, port, path) in [
            ("http://10.9.3.4:11434/api/chat", "10.9.3.4", Some(11434), "/api/chat"),
            ("https://ChatGPT.com./", "chatgpt.com", None, "/"),
            ("https://chatgpt.com:443/c/1?x=a@b", "chatgpt.com", None, "/c/1?x=a@b"),
            ("http://u:p@host?x", "host", None, "?x"),
            ("http://[2001:DB8::1]:8000/v1", "2001:db8::1", Some(8000), "/v1"),
            ("wss://h:80/", "h", Some(80), "/"),
            ("http://Bücher.example/", "bücher.example", None, "/"),
        ] {
            let secure = text.starts_with("https") || text.starts_with("wss");
            assert_eq!(url(text), Some(Target { host: host.into(), port, path: Some(path), secure }), "{text}");
        }
        for text in ["", "/", "chatgpt.com:443", "http://", "http://h:x/", "http://a b/", "urn://x", "http://[::1/"] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn takes_connect_targets_apart() {
        assert_eq!(
            connect("chatgpt.com:443"),
            Some(Target { host: "chatgpt.com".into(), port: None, path: None, secure: true })
        );
        assert_eq!(
            connect("[2001:db8::1]:8443"),
            Some(Target { host: "2001:db8::1".into(), port: Some(8443), path: None, secure: true })
        );
        assert_eq!(connect("error:invalid"), None);
    }

    #[test]
    fn keeps_user_names_as_people_write_them() {
        assert_eq!(user("-"), None);
        for (written, name) in [
            ("CORP%5Ca.keller", "CORP\\a.keller"),
            ("j%C3%BCrgen%20w", "jürgen w"),
            ("100%", "100%"),
            ("a%zz", "a%zz"),
            ("a%0Ab", "a%0Ab"),
            ("a%FF", "a%FF"),
        ] {
            assert_eq!(user(written).as_deref(), Some(name));
        }
        assert_eq!(user("a.keller@CORP.EXAMPLE").as_deref(), Some("a.keller@CORP.EXAMPLE"));
    }
}
