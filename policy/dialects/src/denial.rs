//! Denials in the shape that the caller's SDK expects, so that it raises its typed error and shows the reason.

use crate::mcp::Messages;
use crate::progress::Progress;
use gnomon_types::code::Code;
use serde_json::{Value, json};

/// Why a request gets no answer.
#[derive(Debug, Clone, Copy)]
pub struct Denial<'a> {
    /// The public code; it decides the HTTP status.
    pub code: Code,
    /// The reason for the caller.
    pub message: &'a str,
    /// JSON Pointer of the value that is wrong, of a request that cannot be read.
    pub place: Option<&'a str>,
    /// The id of the decision.
    pub decision: &'a str,
    /// The id of the approval that the request waits for, or that was refused.
    pub approval: Option<&'a str>,
    /// The messages that are denied, where the dialect answers each by its id.
    pub messages: Option<&'a Messages>,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status.
    pub status: u16,
    /// The value of the `content-type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Denial<'_> {
    /// Reason, how to go on, and the ids to ask about. Clients show this and often nothing else.
    pub(crate) fn full_message(&self) -> String {
        let mut text = self.message.trim_end_matches('.').to_owned();
        if let Some(approval) = self.approval {
            let next = match self.code {
                Code::Held => "send the same request again once it is approved",
                _ => "ask whoever decides approvals",
            };
            if !text.contains(approval) {
                text.push_str(&format!("; approval {approval}: {next}"));
            }
        }
        if !text.contains(self.decision) {
            text.push_str(&format!(" (decision {})", self.decision));
        }
        text
    }
}

pub(crate) fn openai(denial: &Denial<'_>) -> Rendered {
    rendered(denial, &openai_body(denial))
}

pub(crate) fn anthropic(denial: &Denial<'_>) -> Rendered {
    rendered(denial, &anthropic_body(denial))
}

/// JSON-RPC: an error for each request, under its id. With status 400 the Python SDK of the Model Context Protocol (2.3) raises
/// its typed error with the message, the TypeScript SDK (1.32) one that shows the body; both go on with their session.
pub(crate) fn json_rpc(denial: &Denial<'_>) -> Rendered {
    let errors = json_rpc_errors(denial);
    let is_batch = denial.messages.is_some_and(|messages| messages.is_batch);
    let body = if is_batch { format!("[{}]", errors.join(",")) } else { errors.concat() };
    Rendered { status: denial.code.status(), content_type: "application/json", body: body.into_bytes() }
}

/// An error for each request of the client; without any, one under no id.
pub(crate) fn json_rpc_errors(denial: &Denial<'_>) -> Vec<String> {
    let mut data = json!({ "code": format!("gnomon_{}", denial.code.as_str()) });
    add_ids(&mut data, denial);
    let error = json!({ "code": json_rpc_code(denial.code), "message": denial.full_message(), "data": data });
    // An id is repeated as it was written: a number of any size, a string with its escapes.
    let under = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
    match denial.messages.map(|messages| messages.ids.as_slice()) {
        None | Some([]) => vec![under("null")],
        Some(ids) => ids.iter().map(|id| under(id)).collect(),
    }
}

/// Numbers of the range that is left to implementations, apart from those that SDKs of the protocol give a meaning.
fn json_rpc_code(code: Code) -> i32 {
    match code {
        Code::InvalidRequest => -32600,
        Code::UpstreamUnreachable | Code::UpstreamTimeout | Code::EvidenceUnavailable | Code::Internal => -32603,
        Code::NotAuthenticated | Code::NoRoute | Code::TooLarge | Code::Denied | Code::Held | Code::Rejected => -32050,
    }
}

/// Where the path does not tell whose SDK asks: an object that both read.
pub(crate) fn both(denial: &Denial<'_>) -> Rendered {
    let mut body = openai_body(denial);
    merge(&mut body, json!({ "type": "error", "request_id": denial.decision }));
    rendered(denial, &body)
}

pub(crate) fn openai_body(denial: &Denial<'_>) -> Value {
    let mut error = json!({
        "message": denial.full_message(),
        "type": openai_type(denial.code),
        "param": denial.place.and_then(param),
        "code": format!("gnomon_{}", denial.code.as_str()),
    });
    add_ids(&mut error, denial);
    json!({ "error": error })
}

/// A place as the API itself names it: `messages[0].role`. None for the body as a whole.
fn param(pointer: &str) -> Option<String> {
    let mut name = String::new();
    for step in pointer.split('/').skip(1) {
        match step.bytes().all(|byte| byte.is_ascii_digit()) {
            true => name.push_str(&format!("[{step}]")),
            false if name.is_empty() => name.push_str(step),
            false => name.push_str(&format!(".{step}")),
        }
    }
    (!name.is_empty()).then_some(name)
}

pub(crate) fn anthropic_body(denial: &Denial<'_>) -> Value {
    let mut error = json!({
        "type": anthropic_type(denial.code),
        "message": denial.full_message(),
        "code": format!("gnomon_{}", denial.code.as_str()),
    });
    add_ids(&mut error, denial);
    json!({ "type": "error", "error": error, "request_id": denial.decision })
}

/// The end of a stream that no special event fits: an error object, which the SDKs raise.
pub(crate) fn openai_stream_error(denial: &Denial<'_>, _progress: &Progress) -> Vec<u8> {
    format!("data: {}\n\ndata: [DONE]\n\n", openai_body(denial)).into_bytes()
}

/// The ids also stand by themselves, for programs.
fn add_ids(error: &mut Value, denial: &Denial<'_>) {
    merge(error, json!({ "decision": denial.decision }));
    if let Some(approval) = denial.approval {
        merge(error, json!({ "approval": approval }));
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

fn rendered(denial: &Denial<'_>, body: &Value) -> Rendered {
    Rendered { status: denial.code.status(), content_type: "application/json", body: body.to_string().into_bytes() }
}

fn openai_type(code: Code) -> &'static str {
    match code {
        Code::NotAuthenticated => "authentication_error",
        Code::NoRoute
        | Code::InvalidRequest
        | Code::TooLarge
        | Code::Denied
        | Code::Held
        | Code::Rejected
        | Code::EvidenceUnavailable => "invalid_request_error",
        Code::UpstreamUnreachable | Code::UpstreamTimeout | Code::Internal => "server_error",
    }
}

fn anthropic_type(code: Code) -> &'static str {
    match code {
        Code::NotAuthenticated => "authentication_error",
        Code::NoRoute => "not_found_error",
        Code::TooLarge => "request_too_large",
        Code::InvalidRequest | Code::Denied | Code::Held | Code::Rejected | Code::EvidenceUnavailable => {
            "invalid_request_error"
        }
        Code::UpstreamTimeout => "timeout_error",
        Code::UpstreamUnreachable | Code::Internal => "api_error",
    }
}
