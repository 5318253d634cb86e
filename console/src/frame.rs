//! What every page needs besides its own content: who looks, in which theme, where, and how many requests wait.

use crate::app::App;
use crate::auth::session::{self, Viewer};
use crate::error::ConsoleError;
use axum::extract::FromRequestParts;
use gnomon_inventory::{ApprovalFilter, ApprovalState};
use gnomon_types::limits::PAGE_ROWS_MAX;
use gnomon_types::time::Timestamp;
use http::HeaderMap;
use http::request::Parts;

/// Name of the cookie that remembers the theme.
pub(crate) const THEME_COOKIE: &str = "gnomon_theme";

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word).unwrap_or_default()
    }

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        session::cookie(headers, THEME_COOKIE).map(|word| Self::from_word(&word)).unwrap_or_default()
    }

    /// The attribute on the document, if the person chose.
    pub(crate) fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then_some(self.as_str())
    }
}

/// The frame of one page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) viewer: Viewer,
    pub(crate) theme: Theme,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) waiting: u64,
    pub(crate) now: Timestamp,
}

impl Frame {
    pub(crate) async fn build(app: &App, viewer: Viewer, request: &http::Request<()>) -> Self {
        Self::of(app, viewer, request.uri(), request.headers()).await
    }

    async fn of(app: &App, viewer: Viewer, uri: &http::Uri, headers: &HeaderMap) -> Self {
        let filter = ApprovalFilter { state: Some(ApprovalState::Waiting), limit: PAGE_ROWS_MAX };
        let waiting = app.parts.inventory.approvals(&filter).await.map_or(0, |rows| rows.len());
        Self {
            viewer,
            theme: Theme::of(headers),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            waiting: u64::try_from(waiting).unwrap_or(0),
            now: app.now(),
        }
    }

    /// Path and parameters, to come back to.
    pub(crate) fn here(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

impl FromRequestParts<App> for Frame {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ConsoleError> {
        let viewer = parts.extensions.get::<Viewer>().cloned().ok_or(ConsoleError::NotSignedIn)?;
        Ok(Self::of(app, viewer, &parts.uri, &parts.headers).await)
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ConsoleError> {
        parts.extensions.get::<Self>().cloned().ok_or(ConsoleError::NotSignedIn)
    }
}
