//! The latest checkpoint of the evidence log, as its signed note.

use crate::app::App;
use crate::error::ConsoleError;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};

/// `GET /api/v1/evidence/checkpoint`
pub(crate) async fn checkpoint(State(app): State<App>) -> Result<Response, ConsoleError> {
    match tokio::fs::read(app.parts.log_dir.join("checkpoint")).await {
        Ok(note) => {
            Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], note).into_response())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(ConsoleError::NotFound("the evidence log has no checkpoint yet".to_owned()))
        }
        Err(error) => Err(ConsoleError::Failed(format!("the checkpoint cannot be read: {error}"))),
    }
}
