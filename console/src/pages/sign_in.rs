//! Signing in with a local account or a one-time link, and signing out.

use crate::app::App;
use crate::auth::peer::Peer;
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
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: String,
}

/// One sentence for a wrong name, a wrong password and an account that is shut: it must not tell them apart.
const WRONG: &str = "Name or password is wrong. After ten wrong passwords in a row an account is shut for a quarter of an \
    hour; a one-time link opens it all the same.";

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
    Peer(peer): Peer,
    headers: HeaderMap,
    Input(given): Input<Credentials>,
) -> Result<Response, ConsoleError> {
    let name = given.name.trim();
    app.limiter.check(peer, name, app.now()).map_err(ConsoleError::TooMany)?;
    let place = app.checking.take(peer).await.ok_or(ConsoleError::TooMany(5))?;
    let user = app.parts.inventory.verify_password(name, Secret::new(given.password)).await?;
    drop(place);
    let Some(user) = user else {
        app.limiter.failed(peer, name, app.now());
        let page = form(Theme::of(&headers), name, &given.next, Some((Tone::Bad, WRONG)));
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    app.limiter.succeeded(peer, name);
    enter(&app, &user.name, local_or(Some(&given.next), "/")).await
}

/// The token of a one-time link.
#[derive(Deserialize, Default)]
pub(crate) struct Once {
    #[serde(default)]
    token: String,
}

/// Says whom a one-time link signs in, and leaves it good: programs look at links before people do. The form is sent
/// from a page of the console, so that the browser keeps the cookie although the link stood on another site.
pub(crate) async fn once(
    State(app): State<App>,
    headers: HeaderMap,
    Params(once): Params<Once>,
) -> Result<Response, ConsoleError> {
    match app.parts.inventory.peek_sign_in(&once.token).await? {
        Some(user) => Ok(confirm(Theme::of(&headers), &user.name, &once.token).into_response()),
        None => Ok(Redirect::to("/sign-in?done=link").into_response()),
    }
}

/// Signs in by a one-time link, which is used up.
pub(crate) async fn enter_once(State(app): State<App>, Input(once): Input<Once>) -> Result<Response, ConsoleError> {
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
    let cookie = session::set_cookie("", app.parts.settings.secure());
    let mut response = Redirect::to("/sign-in?done=out").into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

async fn enter(app: &App, name: &str, next: &str) -> Result<Response, ConsoleError> {
    let token = app.parts.inventory.create_session(name, session::LIFETIME_MS).await?;
    let cookie = session::set_cookie(token.expose(), app.parts.settings.secure())
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

fn confirm(theme: Theme, name: &str, token: &str) -> Markup {
    let body = html! {
        (dial())
        section class="card" {
            p class="brand" { (mark()) "Gnomon" }
            h1 { "Sign in" }
            p { "This link signs in " strong { (name) } ", once." }
            form class="stack" method="post" action="/sign-in/once" {
                input type="hidden" name="token" value=(token);
                button class="primary" type="submit" autofocus { "Continue as " (name) }
            }
        }
    };
    view::bare("Sign in", theme, &body)
}

/// A sundial in the afternoon.
fn dial() -> Markup {
    html! {
        svg class="dial" viewBox="0 0 400 140" fill="none" stroke-width="1.25" aria-hidden="true" focusable="false" {
            ellipse cx="200" cy="112" rx="168" ry="24" stroke="currentColor" {}
            path d=(HOURS) stroke="currentColor" {}
            path class="mark-shade" d="M204 113 92 122 150 122 246 117z" {}
            path class="mark-blade" d="M204 113V34l42 83z" {}
            circle class="mark-sun" cx="330" cy="32" r="13" {}
        }
    }
}

/// Marks of the hours on the plate.
const HOURS: &str = "M368 112 338 112M362.3 118.2 344.9 117.3M345.5 124 329.9 122.3M318.8 129 297.6 124.7M284 132.8 275 129.8M243.5 135.2 238.8 131.9M200 136 200 130M156.5 135.2 161.2 131.9M116 132.8 125 129.8M81.2 129 102.4 124.7M54.5 124 70.1 122.3M37.7 118.2 55.1 117.3M32 112 62 112M37.7 105.8 55.1 106.7M54.5 100 70.1 101.7M81.2 95 102.4 99.3M116 91.2 125 94.2M156.5 88.8 161.2 92.1M200 88 200 94M243.5 88.8 238.8 92.1M284 91.2 275 94.2M318.8 95 297.6 99.3M345.5 100 329.9 101.7M362.3 105.8 344.9 106.7";
