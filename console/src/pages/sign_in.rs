//! Signing in with a local account or a one-time link, and signing out.

use crate::app::App;
use crate::auth::session::{self, Viewer};
use crate::components::list::{Tone, notice};
use crate::error::ConsoleError;
use crate::frame::Theme;
use crate::icons::mark;
use crate::input::{Input, Params};
use crate::query::local_or;
use crate::view;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use gnomon_types::secret::Secret;
use http::{HeaderMap, StatusCode, header};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: String,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// The page.
#[expect(clippy::unused_async, reason = "a handler is async")]
pub(crate) async fn show(headers: HeaderMap, Params(asked): Params<Asked>) -> Markup {
    let said = match asked.done.as_str() {
        "out" => Some((Tone::Good, "You are signed out.")),
        "link" => Some((Tone::Bad, "This sign-in link was used before or has ended. Ask for another one.")),
        _ => None,
    };
    form(Theme::of(&headers), "", &asked.next, said)
}

/// Checks name and password.
pub(crate) async fn submit(
    State(app): State<App>,
    headers: HeaderMap,
    Input(given): Input<Credentials>,
) -> Result<Response, ConsoleError> {
    let name = given.name.trim();
    app.limiter.check(name, app.now()).map_err(ConsoleError::TooMany)?;
    let user = app.parts.inventory.verify_password(name, Secret::new(given.password)).await?;
    let Some(user) = user else {
        app.limiter.failed(name, app.now());
        let said = Some((Tone::Bad, "Name or password is wrong."));
        let page = form(Theme::of(&headers), name, &given.next, said);
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    app.limiter.succeeded(name);
    enter(&app, &user.name, local_or(Some(&given.next), "/")).await
}

/// Parameters of a one-time link.
#[derive(Deserialize, Default)]
pub(crate) struct Once {
    #[serde(default)]
    token: String,
}

/// Signs in by a one-time link.
pub(crate) async fn once(State(app): State<App>, Params(once): Params<Once>) -> Result<Response, ConsoleError> {
    match app.parts.inventory.consume_sign_in(&once.token).await? {
        Some(user) => enter(&app, &user.name, "/").await,
        None => Ok(Redirect::to("/sign-in?done=link").into_response()),
    }
}

/// Ends the session.
pub(crate) async fn out(State(app): State<App>, viewer: Viewer, headers: HeaderMap) -> Result<Response, ConsoleError> {
    if let Some((token, _)) = session::token(&headers) {
        app.parts.inventory.delete_session(&token).await?;
    }
    app.parts.inventory.note_act(&viewer.name, "user.sign_out", &viewer.name, None).await?;
    let cookie = session::set_cookie("", app.parts.settings.secure);
    let mut response = Redirect::to("/sign-in?done=out").into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

async fn enter(app: &App, name: &str, next: &str) -> Result<Response, ConsoleError> {
    let token = app.parts.inventory.create_session(name, session::LIFETIME_MS).await?;
    app.parts.inventory.note_act(name, "user.sign_in", name, None).await?;
    let cookie = session::set_cookie(token.expose(), app.parts.settings.secure)
        .ok_or_else(|| ConsoleError::Failed("the session cannot be written as a cookie".to_owned()))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

fn form(theme: Theme, name: &str, next: &str, said: Option<(Tone, &str)>) -> Markup {
    let body = html! {
        (dial())
        section class="card" {
            p class="brand" { (mark()) "Gnomon" }
            h1 { "Sign in" }
            @if let Some((tone, text)) = said { (notice(tone, &html! { (text) })) }
            form class="stack" method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                div class="field" {
                    label for="name" { "Name" }
                    input id="name" name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus[name.is_empty()];
                }
                div class="field" {
                    label for="password" { "Password" }
                    input id="password" name="password" type="password" autocomplete="current-password" required autofocus[!name.is_empty()];
                }
                button class="primary" type="submit" { "Sign in" }
            }
        }
    };
    view::bare("Sign in", theme, &body)
}

/// A sundial in the afternoon.
fn dial() -> Markup {
    const PLATE: &str = r#"<g stroke="currentColor"><ellipse cx="200" cy="112" rx="168" ry="24"/><ellipse cx="200" cy="112" rx="138" ry="18"/>
        <path d="M62 112H32m336 0h-30M81 121l-26 7m46-3-15 10m49-5-6 11m65-10v8m65-13 6 11m34-22 15 10m5-16 26 7M200 94v-6"/></g>"#;
    const BLADE: &str = r#"<path class="mark-shade" d="M204 112 96 124l142-6z"/><path class="mark-blade" d="M204 112V34l44 82z"/>
        <circle class="mark-sun" cx="332" cy="30" r="13"/>"#;
    html! {
        svg class="dial" viewBox="0 0 400 140" fill="none" stroke-width="1.5" stroke-linecap="round" aria-hidden="true" focusable="false" {
            (PreEscaped(PLATE)) (PreEscaped(BLADE))
        }
    }
}
