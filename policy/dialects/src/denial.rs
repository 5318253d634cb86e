//! Denials in the shape that the caller's SDK expects, so that it raises its typed error and shows the reason.

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
    /// The id of the decision.
    pub decision: &'a str,
    /// The id of the approval that the request waits for, or that was refused.
    pub approval: Option<&'a str>,
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
        "param": null,
        "code": format!("gnomon_{}", denial.code.as_str()),
    });
    add_ids(&mut error, denial);
    json!({ "error": error })
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
