//! Errors for programs: RFC 9457.

use crate::error::ErrorShape;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// An error as `application/problem+json`.
pub(crate) fn response(shape: &ErrorShape, instance: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": shape.title,
        "status": shape.status.as_u16(),
        "detail": shape.detail,
        "instance": instance,
    });
    let mut response = (shape.status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match shape.status {
        StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        StatusCode::TOO_MANY_REQUESTS => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60")),
        _ => None,
    };
    response
}
