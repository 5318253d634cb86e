//! Choices of one browser: the theme. They live in a cookie, so pages come in the right colours at once.

use crate::app::App;
use crate::frame::{THEME_COOKIE, Theme};
use crate::input::Input;
use crate::query::local_or;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    back: String,
}

/// Remembers the theme and goes back.
pub(crate) async fn theme(State(app): State<App>, Input(choice): Input<Choice>) -> Response {
    let theme = Theme::from_word(&choice.theme);
    let age = if theme == Theme::System { 0 } else { 31_536_000 };
    let secure = if app.parts.settings.secure() { "; Secure" } else { "" };
    let cookie = format!("{THEME_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}", theme.as_str());
    ([(header::SET_COOKIE, cookie)], Redirect::to(local_or(Some(&choice.back), "/"))).into_response()
}
