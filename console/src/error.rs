//! What can go wrong while answering, and the answer's status for it.
//!
//! Handlers return [`ConsoleError`]; the guard of the route turns it into a page or into problem+json, so that a
//! handler need not know which of the two it serves.

use axum::response::{IntoResponse, Response};
use gnomon_inventory::InventoryError;
use http::StatusCode;

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// The named thing is not there.
    #[error("{0}")]
    NotFound(String),
    /// The account's roles do not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// The input is wrong; the text says what and how to mend it.
    #[error("{0}")]
    Invalid(String),
    /// The thing changed meanwhile, or is not in a state in which this is possible.
    #[error("{0}")]
    Conflict(String),
    /// `If-Match` named another version.
    #[error("{0}")]
    Stale(String),
    /// More bytes than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// Too many tries.
    #[error("too many attempts: wait {0} seconds")]
    TooMany(u64),
    /// Too much is under way.
    #[error("{0}")]
    Busy(String),
    /// Nobody is signed in.
    #[error("sign in first")]
    NotSignedIn,
    /// A part of the product failed.
    #[error("{0}")]
    Failed(String),
}

impl ConsoleError {
    /// The status and a title in a few words.
    pub(crate) fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "Not found"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "Not allowed for your role"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "The input needs a change"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "Not possible now"),
            Self::Stale(_) => (StatusCode::PRECONDITION_FAILED, "Changed meanwhile"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "Not signed in"),
            Self::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "A part failed"),
        }
    }
}

impl From<InventoryError> for ConsoleError {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::NotFound { .. } => Self::NotFound(error.to_string()),
            InventoryError::Refused(text) => Self::Conflict(text),
            other => {
                tracing::error!(error = %other, "the record failed");
                Self::Failed("the record cannot be read or written at present".to_owned())
            }
        }
    }
}

/// What the guard needs to draw an error.
#[derive(Debug, Clone)]
pub(crate) struct ErrorShape {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let (status, title) = self.status();
        let mut response = status.into_response();
        response.extensions_mut().insert(ErrorShape { status, title, detail: self.to_string() });
        response
    }
}
