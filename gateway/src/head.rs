//! What a request head must look like before anything else is asked of it (pure).
//!
//! Pingora parses strictly but takes a request without `Host`, has no method list and allows a mebibyte of headers.

use crate::live::Limits;
use crate::refusal::Refusal;
use gnomon_types::code::Code;
use http::{HeaderMap, HeaderValue, Method, header};
use pingora::http::RequestHeader;

/// The parts of a head that the later steps use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Method in capitals.
    pub(crate) method: Method,
    /// Path without query.
    pub(crate) path: String,
    /// Query without its question mark.
    pub(crate) query: Option<String>,
    /// Host without port, lower case.
    pub(crate) host: String,
}

/// Checks a head and takes it apart.
///
/// # Errors
/// A refusal with [`Code::InvalidRequest`] that says what is wrong.
pub(crate) fn check(request: &RequestHeader, limits: &Limits) -> Result<Head, Refusal> {
    if !is_served(&request.method) {
        return Err(invalid("this method is not served: use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS"));
    }
    let bytes: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > limits.header_bytes_max {
        return Err(invalid(format!("the headers hold {bytes} bytes, at most {} are taken", limits.header_bytes_max)));
    }
    if wants_another_protocol(&request.headers) {
        return Err(invalid("protocol upgrades such as WebSocket are not served: use the HTTP interface"));
    }
    if !request.raw_path_is_utf8() {
        return Err(invalid("the path is not UTF-8"));
    }
    let path = request.uri.path().to_owned();
    if !path.starts_with('/') {
        return Err(invalid("the request target must be a path"));
    }
    let host = host(request).ok_or_else(|| invalid("the request names no host"))?;
    Ok(Head { method: request.method.clone(), path, query: request.uri.query().map(str::to_owned), host })
}

fn is_served(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .contains(method)
}

/// An offer of HTTP/2 (`h2c`) may be ignored, and common clients make it on every plain connection.
fn wants_another_protocol(headers: &HeaderMap) -> bool {
    headers.get_all(header::UPGRADE).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"h2c"))
}

fn host(request: &RequestHeader) -> Option<String> {
    let named = request.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = named.or_else(|| request.uri.authority().map(http::uri::Authority::as_str))?;
    let parsed: http::uri::Authority = authority.trim().parse().ok()?;
    Some(parsed.host().to_ascii_lowercase()).filter(|host| !host.is_empty())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidRequest, "request-head", message)
}

/// Times that a path is decoded: a server behind a proxy behind another decodes again.
const DECODINGS_MAX: usize = 3;

/// The path as the laxest server might read it: percent-decoded, dot segments and doubled slashes gone, lower case,
/// nothing odd at the end of a segment, no slash at its own. A path that is another API after this than before is
/// disguised.
pub(crate) fn plain_path(path: &str) -> String {
    let decoded = decoded(path).to_lowercase();
    let is_odd = |c: char| c == '.' || c.is_whitespace() || c.is_control();
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match without_parameters(segment) {
            ".." => {
                segments.pop();
            }
            plain => segments.extend(Some(plain.trim_end_matches(is_odd)).filter(|plain| !plain.is_empty())),
        }
    }
    format!("/{}", segments.join("/"))
}

/// Whether a path has dot segments, however they are written. A server that resolves them leaves the base path that the
/// upstream is configured with.
pub(crate) fn has_dot_segments(path: &str) -> bool {
    decoded(path).split('/').any(|segment| matches!(without_parameters(segment), "." | ".."))
}

fn decoded(path: &str) -> String {
    let mut decoded = path.to_owned();
    for _ in 0..DECODINGS_MAX {
        decoded = percent_decode(&decoded);
    }
    decoded.replace('\\', "/")
}

/// A segment up to its first semicolon, as Java servers route it.
fn without_parameters(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = if first == b'%' { tail.first_chunk::<2>().and_then(hex_byte) } else { None };
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_byte(digits: &[u8; 2]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?, 16).ok()
}

/// Whether the value of a `content-encoding` header is a coding that changes bytes. What cannot be read is one.
pub(crate) fn is_coding(value: &HeaderValue) -> bool {
    value.to_str().map_or(true, |coding| !coding.trim().eq_ignore_ascii_case("identity"))
}

/// The first value of a header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, headers: &[(&'static str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build(method, path.as_bytes(), None).unwrap();
        for (name, value) in headers {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    #[test]
    fn takes_a_plain_request_apart() {
        let head = check(&request("POST", "/v1/x?a=1", &[("Host", "Gate.Example:8080")]), &Limits::default()).unwrap();
        assert_eq!(
            (head.path.as_str(), head.query.as_deref(), head.host.as_str()),
            ("/v1/x", Some("a=1"), "gate.example")
        );
    }

    #[test]
    fn refuses_heads_that_are_not_served() {
        let long = "x".repeat(70_000);
        for bad in [
            request("TRACE", "/", &[("Host", "a")]),
            request("GET", "/", &[]),
            request("GET", "/", &[("Host", "")]),
            request("GET", "/", &[("Host", "a"), ("Upgrade", "websocket")]),
            request("GET", "*", &[("Host", "a")]),
            request("GET", "/", &[("Host", "a"), ("x", &long)]),
        ] {
            assert_eq!(check(&bad, &Limits::default()).unwrap_err().code, Code::InvalidRequest, "{bad:?}");
        }
    }

    #[test]
    fn sees_through_disguised_paths() {
        for disguised in [
            "/v1/chat/completions/",
            "//v1/./chat//completions",
            "/v1/x/../chat/completions",
            "/V1/chat%2Fcompletions",
            "/v1/%63hat/completions",
            "/v1\\chat\\completions",
            "/v1/chat/completions;x=1",
            "/v1/%2563hat/completions",
            "/v1/chat/completions%20",
            "/v1/chat./completions.",
            "/v1/chat/completions%00",
        ] {
            assert_eq!(plain_path(disguised), "/v1/chat/completions", "{disguised}");
        }
        assert_eq!(plain_path("/../.."), "/");
        assert_eq!(plain_path("/a%"), "/a%");
    }

    #[test]
    fn sees_dot_segments_however_they_are_written() {
        for (path, expected) in [
            ("/v1/../x", true),
            ("/v1/%2e%2E/x", true),
            ("/v1/..%2fx", true),
            ("/v1/%252e%252e/x", true),
            ("/v1/..;/x", true),
            ("/v1\\..\\x", true),
            ("/./x", true),
            ("/v1/x..", false),
            ("/v1/models/org%2Fmodel-1.5", false),
            ("/v1/.../x", false),
        ] {
            assert_eq!(has_dot_segments(path), expected, "{path}");
        }
    }
}
