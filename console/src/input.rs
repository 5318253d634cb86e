//! Reading requests. What does not fit becomes a [`ConsoleError`] that says what is wrong.

use crate::app::App;
use crate::error::ConsoleError;
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use gnomon_types::time::Timestamp;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// A form body.
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = ConsoleError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ConsoleError> {
        let form = Form::<T>::from_request(request, app).await;
        form.map(|form| Self(form.0)).map_err(|error| ConsoleError::Invalid(error.body_text()))
    }
}

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ConsoleError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ConsoleError> {
        let json = axum::Json::<T>::from_request(request, app).await;
        json.map(|json| Self(json.0)).map_err(|error| ConsoleError::Invalid(error.body_text()))
    }
}

/// Parameters of the address.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Params<T> {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ConsoleError> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|query| Self(query.0)).map_err(|error| ConsoleError::Invalid(error.body_text()))
    }
}

/// An id in the path.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Id<T> {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ConsoleError> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|path| Self(path.0))
            .map_err(|_| ConsoleError::NotFound("there is nothing under this address".to_owned()))
    }
}

/// Text of a field, trimmed; `None` when nothing was written.
pub(crate) fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A day such as `2026-12-31` as its first moment.
pub(crate) fn day(text: &str) -> Result<Option<Timestamp>, ConsoleError> {
    let Some(text) = filled(text) else { return Ok(None) };
    Timestamp::parse(&format!("{text}T00:00:00Z"))
        .map(Some)
        .map_err(|_| ConsoleError::Invalid(format!("`{text}` is not a day like 2026-12-31")))
}

/// A day such as `2026-12-31` as the moment after it ends.
pub(crate) fn end_of_day(text: &str) -> Result<Option<Timestamp>, ConsoleError> {
    Ok(day(text)?.map(|day| day.plus_millis(24 * 60 * 60 * 1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_odd_ones_refused() {
        assert_eq!(day(" 2026-12-31 ").unwrap().unwrap().to_string(), "2026-12-31T00:00:00.000Z");
        assert_eq!(end_of_day("2026-12-31").unwrap().unwrap().to_string(), "2027-01-01T00:00:00.000Z");
        assert!(day("").unwrap().is_none());
        assert!(day("tomorrow").is_err());
    }
}
