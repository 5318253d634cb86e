//! The admin API: the same queries as the pages, for programs.

pub(crate) mod approvals;
pub(crate) mod assets;
pub(crate) mod decisions;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod listing;
pub(crate) mod lists;
pub(crate) mod openapi;
pub(crate) mod problem;
pub(crate) mod services;
pub(crate) mod tools;

use axum::response::Response;
use http::{StatusCode, Uri};

/// An address that does not know the method.
pub(crate) async fn method_not_allowed(uri: Uri) -> Response {
    let shape = crate::error::ErrorShape {
        status: StatusCode::METHOD_NOT_ALLOWED,
        title: "Method not allowed",
        detail: "this address does not know the method".to_owned(),
    };
    problem::response(&shape, uri.path())
}
