//! Heads on their way out: the request's towards the upstream, the answer's towards the client (pure).
//!
//! What must not travel is named; everything else goes on as it came, fields that we do not know included.

use crate::identify;
use crate::live::{Live, Upstream};
use gnomon_types::ids::{ApprovalId, DecisionId};
use gnomon_types::verdict::Verdict;
use http::{HeaderMap, Method, Version, header};
use pingora::http::{RequestHeader, ResponseHeader};

/// Fields that concern one connection only (RFC 9110 section 7.6.1), and those we set ourselves.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields of ours; a client's or an upstream's own are dropped, so that nobody is misled by them.
const OUR_PREFIX: &str = "x-gnomon-";

/// Fields that describe exact bytes and are wrong after a change.
const BYTE_FIELDS: [&str; 6] = ["content-length", "content-md5", "digest", "content-digest", "repr-digest", "etag"];

/// What is put on a forwarded request.
pub(crate) struct Forward<'a> {
    pub(crate) live: &'a Live,
    pub(crate) upstream: &'a Upstream,
    /// Path and query under the upstream's base path.
    pub(crate) path: &'a str,
    pub(crate) body_bytes: usize,
    /// Whether the body is another one than was received.
    pub(crate) changed: bool,
    pub(crate) decision: &'a DecisionId,
    pub(crate) receipt: Option<String>,
}

/// The head that the upstream gets.
pub(crate) fn towards_upstream(received: &RequestHeader, forward: &Forward<'_>) -> pingora::Result<RequestHeader> {
    let mut head = received.clone();
    head.set_raw_path(format!("{}{}", forward.upstream.origin.base_path, forward.path).as_bytes())?;
    head.set_version(Version::HTTP_11);
    drop_connection_fields(&mut head);
    for name in ["host", "content-length", "expect", "accept-encoding"] {
        head.remove_header(name);
    }
    if forward.changed {
        for name in BYTE_FIELDS {
            head.remove_header(name);
        }
    }
    identify::swap_credentials(&mut head, forward.live, &forward.upstream.auth)?;
    identify::drop_access_keys(&mut head);
    head.insert_header(header::HOST, forward.upstream.origin.authority())?;
    // Answers must be readable: a missing field would allow any coding, so the one wanted is named.
    head.insert_header(header::ACCEPT_ENCODING, "identity")?;
    let has_body = forward.body_bytes > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(&head.method);
    if has_body {
        head.insert_header(header::CONTENT_LENGTH, forward.body_bytes)?;
    }
    if let Some(receipt) = &forward.receipt {
        head.insert_header("x-gnomon-decision", forward.decision.as_str())?;
        head.insert_header("x-gnomon-receipt", receipt.as_str())?;
    }
    Ok(head)
}

fn drop_connection_fields(head: &mut RequestHeader) {
    for name in connection_fields(&head.headers) {
        head.remove_header(name.as_str());
    }
}

/// The fields of a head that end here: hop by hop, named by `Connection`, or ours.
fn connection_fields(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<String> = HOP_BY_HOP.iter().map(|&name| name.to_owned()).collect();
    let listed = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    names.extend(
        listed
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty()),
    );
    names.extend(headers.keys().map(|name| name.as_str().to_owned()).filter(|name| name.starts_with(OUR_PREFIX)));
    names
}

/// What is told to the client about its request.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    pub(crate) decision: DecisionId,
    pub(crate) verdict: Verdict,
    pub(crate) approval: Option<ApprovalId>,
}

impl Stamp {
    /// Puts our fields on a head.
    pub(crate) fn mark(&self, head: &mut ResponseHeader) -> pingora::Result<()> {
        head.insert_header("x-gnomon-decision", self.decision.as_str())?;
        head.insert_header("x-gnomon-verdict", self.verdict.as_str())?;
        if let Some(approval) = &self.approval {
            head.insert_header("x-gnomon-approval", approval.as_str())?;
        }
        Ok(())
    }
}

/// Whether the answer's bytes go on as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// They do: the length stands.
    Same,
    /// They may be changed or cut: length and digests are dropped.
    MayChange,
    /// They were changed, and there are so many now.
    Now(usize),
}

/// The head that the client gets.
pub(crate) fn towards_client(
    received: &ResponseHeader,
    bytes: Bytes,
    stamp: &Stamp,
) -> pingora::Result<ResponseHeader> {
    let mut head = received.clone();
    for name in connection_fields(&head.headers) {
        head.remove_header(name.as_str());
    }
    if bytes != Bytes::Same {
        for name in BYTE_FIELDS {
            head.remove_header(name);
        }
    }
    if let Bytes::Now(length) = bytes {
        head.insert_header(header::CONTENT_LENGTH, length)?;
    }
    stamp.mark(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp { decision: DecisionId::new("dec_1").unwrap(), verdict: Verdict::Allow, approval: None }
    }

    #[test]
    fn connection_fields_and_foreign_fields_of_ours_end_here() {
        let mut head = ResponseHeader::build(200, None).unwrap();
        for (name, value) in [
            ("Connection", "keep-alive, X-Hop"),
            ("Keep-Alive", "timeout=5"),
            ("X-Hop", "1"),
            ("X-Gnomon-Verdict", "deny"),
            ("X-Gnomon-Other", "1"),
            ("Transfer-Encoding", "chunked"),
            ("X-Kept", "yes"),
            ("ETag", "\"a\""),
        ] {
            head.append_header(name, value).unwrap();
        }
        let sent = towards_client(&head, Bytes::Same, &stamp()).unwrap();
        let mut names: Vec<&str> = sent.headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["etag", "x-gnomon-decision", "x-gnomon-verdict", "x-kept"]);
        assert_eq!(sent.headers.get("x-gnomon-verdict").unwrap(), "allow");
        let changed = towards_client(&head, Bytes::Now(7), &stamp()).unwrap();
        assert!(!changed.headers.contains_key("etag"));
        assert_eq!(changed.headers.get("content-length").unwrap(), "7");
    }
}
