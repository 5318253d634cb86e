//! Header fields leave too. Those that carry credentials on purpose are for the upstream; in every other field a
//! credential is a leak, whatever the client meant by it. Fields with an access key of ours are taken out later and are
//! no leak.

use crate::identify::holds_access_key;
use crate::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gnomon_dialects::Messages;
use gnomon_policy::Snapshot;
use gnomon_types::code::Code;
use gnomon_types::finding::FindingKind;
use http::{HeaderMap, HeaderName};

/// Fields whose purpose is to carry a credential. Ours are taken out before the upstream, see `identify`.
const CREDENTIAL_FIELDS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
    "x-amz-security-token",
    "mcp-session-id",
];

/// Refuses a request that carries a credential in a field that is not for one.
pub(crate) fn headers(headers: &HeaderMap, policy: &Snapshot) -> Result<(), Refusal> {
    let mut text = String::new();
    for (name, value) in headers.iter().filter(|(name, value)| !is_for_credentials(name) && !holds_access_key(value)) {
        text.push_str(name.as_str());
        text.push_str(": ");
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
        text.push('\n');
    }
    let leaks = policy.plan().scan_plain(&text).iter().any(|finding| finding.kind == FindingKind::Secret);
    if leaks {
        let message = "a header field holds a credential: send it in `authorization` or leave it out";
        return Err(Refusal::new(Code::Denied, "request-headers", message));
    }
    Ok(())
}

/// Refuses a request whose head says something else than its message: some servers of the Model Context Protocol go by the
/// head, and policy judges the message.
pub(crate) fn messages(headers: &HeaderMap, messages: &Messages) -> Result<(), Refusal> {
    for (field, said) in [("mcp-method", &messages.method), ("mcp-name", &messages.subject)] {
        let values = headers.get_all(field).iter();
        if values.into_iter().any(|value| said.as_ref().is_none_or(|said| !says(value.as_bytes(), said))) {
            let message = format!("the header field `{field}` does not say what the message says");
            return Err(Refusal::new(Code::InvalidRequest, "request-headers", message));
        }
    }
    Ok(())
}

/// Whether a field holds a text, plain or in the way of the protocol for texts that no field can hold.
fn says(value: &[u8], text: &str) -> bool {
    let encoded = value.strip_prefix(b"=?base64?").and_then(|rest| rest.strip_suffix(b"?="));
    match encoded {
        Some(encoded) => STANDARD.decode(encoded).is_ok_and(|decoded| decoded == text.as_bytes()),
        None => value == text.as_bytes(),
    }
}

fn is_for_credentials(name: &HeaderName) -> bool {
    CREDENTIAL_FIELDS.contains(&name.as_str())
}
