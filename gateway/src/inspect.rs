//! Header fields leave too. Those that carry credentials on purpose are for the upstream; in every other field a
//! credential is a leak, whatever the client meant by it. Fields with an access key of ours are taken out later and are
//! no leak.

use crate::identify::holds_access_key;
use crate::refusal::Refusal;
use gnomon_policy::Snapshot;
use gnomon_types::code::Code;
use gnomon_types::finding::FindingKind;
use http::{HeaderMap, HeaderName};

/// Fields whose purpose is to carry a credential. Ours are taken out before the upstream, see `identify`.
const CREDENTIAL_FIELDS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
    "x-amz-security-token",
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

fn is_for_credentials(name: &HeaderName) -> bool {
    CREDENTIAL_FIELDS.contains(&name.as_str())
}
