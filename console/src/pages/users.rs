//! Accounts of the console.

use crate::app::App;
use crate::auth::roles;
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Tone, command, notice};
use crate::error::ConsoleError;
use crate::format;
use crate::frame::Frame;
use crate::input::{Id, Input, Params, end_of_day, filled};
use crate::query;
use crate::view::{self, Head, card, csrf_field};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{NewUser, Role, User};
use gnomon_types::secret::Secret;
use http::{HeaderMap, header};
use maud::{Markup, html};
use serde::Deserialize;

/// How long a one-time link opens: a quarter of an hour.
const LINK_MS: i64 = 15 * 60 * 1000;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// An account to be made.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    expires: String,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let users = app.parts.inventory.users().await?;
    let said = match asked.done.as_str() {
        "created" => "The account is made.",
        "password" => "The password is changed, and every session of the account is ended.",
        "sign-out" => "Every session of the account is ended.",
        "disable" => "The account is shut, and every session of it is ended.",
        "enable" => "The account is open again.",
        _ => "",
    };
    let said = (!said.is_empty()).then(|| notice(Tone::Good, &html! { (said) }));
    Ok(page(&frame, &users, said))
}

/// Makes an account.
pub(crate) async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Input(wanted): Input<Wanted>,
) -> Result<Redirect, ConsoleError> {
    let role = Role::from_word(&wanted.role).ok_or_else(|| ConsoleError::Invalid("choose a role".to_owned()))?;
    let new = NewUser {
        name: wanted.name.trim().to_owned(),
        password: filled(&wanted.password).map(Secret::new),
        roles: vec![role],
        expires: end_of_day(&wanted.expires)?,
    };
    app.parts.inventory.create_user(&viewer.name, new).await?;
    Ok(Redirect::to("/users?done=created"))
}

/// Makes a one-time sign-in link and shows it, on the answer of this request only.
pub(crate) async fn link(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    Id(name): Id<String>,
) -> Result<Markup, ConsoleError> {
    let token = app.parts.inventory.create_sign_in(&name, LINK_MS).await?;
    app.parts.inventory.note_act(&frame.viewer.name, "user.link", &name, None).await?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let console = app.parts.settings.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    let address = format!("{console}/sign-in/once?token={}", query::escape(token.expose()));
    let users = app.parts.inventory.users().await?;
    let said = html! {
        section class="once" aria-label="Sign-in link" role="status" {
            h2 { "Sign-in link for " (name) }
            p { "It opens once, within a quarter of an hour." }
            (command(&address))
        }
    };
    Ok(page(&frame, &users, Some(said)))
}

/// A password to be set.
#[derive(Deserialize)]
pub(crate) struct Password {
    password: String,
}

/// Changes a password.
pub(crate) async fn password(
    State(app): State<App>,
    viewer: Viewer,
    Id(name): Id<String>,
    Input(given): Input<Password>,
) -> Result<Redirect, ConsoleError> {
    app.parts.inventory.set_password(&viewer.name, &name, Secret::new(given.password)).await?;
    Ok(Redirect::to("/users?done=password"))
}

/// Ends every session of an account.
pub(crate) async fn sign_out(
    State(app): State<App>,
    viewer: Viewer,
    Id(name): Id<String>,
) -> Result<Redirect, ConsoleError> {
    app.parts.inventory.end_sessions(&viewer.name, &name).await?;
    Ok(Redirect::to("/users?done=sign-out"))
}

/// Shuts an account.
pub(crate) async fn disable(
    State(app): State<App>,
    viewer: Viewer,
    Id(name): Id<String>,
) -> Result<Redirect, ConsoleError> {
    app.parts.inventory.disable_user(&viewer.name, &name).await?;
    Ok(Redirect::to("/users?done=disable"))
}

/// Opens an account again, without end.
pub(crate) async fn enable(
    State(app): State<App>,
    viewer: Viewer,
    Id(name): Id<String>,
) -> Result<Redirect, ConsoleError> {
    app.parts.inventory.enable_user(&viewer.name, &name, None).await?;
    Ok(Redirect::to("/users?done=enable"))
}

fn page(frame: &Frame, users: &[User], said: Option<Markup>) -> Markup {
    let head = Head { title: "Users", lead: "Who may open the console, and for what.", ..Head::default() };
    let table = html! {
        table class="cards" {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Roles" } th scope="col" { "Made" } th scope="col" { "Ends" } th scope="col" { span class="sr" { "Action" } } } }
            tbody {
                @for user in users {
                    tr {
                        td { strong { (user.name) } }
                        td data-label="Roles" { div class="chips" { @for role in &user.roles { (badge::plain(roles::label(*role))) } } }
                        td data-label="Made" class="nowrap" { (format::ago(user.created, frame.now)) }
                        td data-label="Ends" class="nowrap" { @match user.expires { Some(at) => { @if is_shut(user, frame) { (badge::plain("Shut")) " " } (format::moment(at)) } None => span class="quiet" { "without end" } } }
                        td { (actions(frame, user)) }
                    }
                }
            }
        }
    };
    let body = html! {
        @if let Some(said) = said { (said) }
        div class="grid" {
            div class="w8" {
                section class="card" aria-label="Accounts" {
                    (view::table_frame("Accounts", &table))
                    footer class="pager" { span { (format::plural(u64::try_from(users.len()).unwrap_or(0), "account", "accounts")) } span class="downloads" { a href="/api/v1/users?format=csv" download="" { "CSV" span class="sr" { " of accounts" } } } }
                }
            }
            div class="w4" { (card("Make an account", &form(frame))) }
        }
    };
    view::page(frame, &head, &body)
}

fn is_shut(user: &User, frame: &Frame) -> bool {
    user.expires.is_some_and(|end| end <= frame.now)
}

/// What an admin can do with an account.
fn actions(frame: &Frame, user: &User) -> Markup {
    let button = |act: &str, label: &str| {
        html! {
            form method="post" action=(format!("/users/{}/{act}", query::escape(&user.name))) {
                (csrf_field(frame))
                button type="submit" { (label) span class="sr" { " for " (user.name) } }
            }
        }
    };
    html! {
        @if is_shut(user, frame) { (button("enable", "Open again")) } @else {
            div class="gap" {
                (button("link", "Sign-in link"))
                details class="drawer" {
                    summary { "More" span class="sr" { " for " (user.name) } }
                    div class="gap" {
                        (button("sign-out", "End sessions"))
                        (button("disable", "Shut the account"))
                        form class="stack" method="post" action=(format!("/users/{}/password", query::escape(&user.name))) autocomplete="off" {
                            (csrf_field(frame))
                            div class="field" {
                                label for=(format!("password-{}", user.name)) { "New password" span class="sr" { " of " (user.name) } }
                                input id=(format!("password-{}", user.name)) name="password" type="password" autocomplete="new-password" minlength="12" required;
                            }
                            div { button type="submit" { "Change the password" span class="sr" { " of " (user.name) } } }
                        }
                    }
                }
            }
        }
    }
}

fn form(frame: &Frame) -> Markup {
    html! {
        form class="stack" method="post" action="/users" autocomplete="off" {
            (csrf_field(frame))
            div class="field" { label for="new-name" { "Name" } input id="new-name" name="name" required maxlength="100" autocomplete="off"; }
            div class="field" {
                label for="new-password" { "Password" }
                input id="new-password" name="password" type="password" autocomplete="new-password" aria-describedby="password-hint";
                span class="hint" id="password-hint" { "Empty: the account signs in by one-time links only." }
            }
            div class="field" {
                label for="new-role" { "Role" }
                select id="new-role" name="role" { @for role in Role::ALL { option value=(role.as_str()) { (roles::label(role)) ": " (roles::purpose(role)) } } }
            }
            div class="field" { label for="new-expires" { "Last day" } input id="new-expires" name="expires" type="date"; span class="hint" { "Auditors are usually let in for a time only." } }
            div { button class="primary" type="submit" { "Make the account" } }
        }
    }
}
