//! Access keys: who may ask the gateway. A key is shown once, when it is made.

use crate::app::App;
use crate::auth::roles::{KEY_ENDERS, KEY_MAKERS};
use crate::auth::session::Viewer;
use crate::components::badge;
use crate::components::list::{Empty, Tone, command, empty, notice};
use crate::error::ConsoleError;
use crate::event::ConsoleEvent;
use crate::format;
use crate::frame::Frame;
use crate::input::{Id, Input, Params, end_of_day, filled};
use crate::query;
use crate::view::{self, Head, card, csrf_field};
use axum::extract::State;
use axum::response::Redirect;
use gnomon_inventory::{KeyRow, NewKey};
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::{CallerId, KeyId};
use gnomon_types::secret::Secret;
use maud::{Markup, html};
use serde::Deserialize;

/// Parameters of the page.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// A key to be made, as form and API send it.
#[derive(Deserialize, Default)]
pub(crate) struct Wanted {
    caller: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    expires: String,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Params(asked): Params<Asked>,
) -> Result<Markup, ConsoleError> {
    let keys = app.parts.inventory.keys().await?;
    let said = (asked.done == "revoked")
        .then(|| notice(Tone::Good, &html! { "Revoked. The gateway refuses the key within one second." }));
    Ok(page(&frame, &keys, said))
}

/// Makes a key and shows it, on the answer of this request only.
pub(crate) async fn create(
    State(app): State<App>,
    frame: Frame,
    Input(wanted): Input<Wanted>,
) -> Result<Markup, ConsoleError> {
    let (row, secret) = make(&app, &frame.viewer, &wanted).await?;
    let keys = app.parts.inventory.keys().await?;
    let base = (app.parts.gateway)().base_url;
    Ok(page(&frame, &keys, Some(once(&row, &secret, &base))))
}

/// Ends a key.
pub(crate) async fn revoke(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<String>,
) -> Result<Redirect, ConsoleError> {
    end(&app, &viewer, &id).await?;
    Ok(Redirect::to("/keys?done=revoked"))
}

/// Makes a key; page and API do the same.
pub(crate) async fn make(app: &App, viewer: &Viewer, wanted: &Wanted) -> Result<(KeyRow, Secret), ConsoleError> {
    let caller = CallerId::new(wanted.caller.trim()).map_err(|error| ConsoleError::Invalid(error.to_string()))?;
    let kind = match wanted.kind.as_str() {
        "agent" => CallerKind::Agent,
        "person" => CallerKind::Person,
        "service" | "" => CallerKind::Service,
        other => return Err(ConsoleError::Invalid(format!("`{other}` is not a kind of caller"))),
    };
    let team = filled(&wanted.team).map(|team| team.chars().take(100).collect());
    let new = NewKey { caller, kind, team, expires: end_of_day(&wanted.expires)? };
    let made = app.parts.inventory.create_key(&viewer.name, new).await?;
    app.tell(ConsoleEvent::Configuration { what: "key".to_owned() });
    Ok(made)
}

/// Ends a key; page and API do the same.
pub(crate) async fn end(app: &App, viewer: &Viewer, id: &str) -> Result<KeyRow, ConsoleError> {
    let id = KeyId::new(id).map_err(|error| ConsoleError::NotFound(error.to_string()))?;
    let row = app.parts.inventory.revoke_key(&viewer.name, &id).await?;
    app.tell(ConsoleEvent::Configuration { what: "key".to_owned() });
    Ok(row)
}

fn page(frame: &Frame, keys: &[KeyRow], said: Option<Markup>) -> Markup {
    let head = Head {
        title: "Access keys",
        lead: "Every application, agent or person asks with its own key, so that each decision names its caller.",
        ..Head::default()
    };
    let makes = frame.viewer.may(KEY_MAKERS);
    let body = html! {
        @if let Some(said) = said { (said) }
        div class="grid" {
            div class=(if makes { "w8" } else { "w12" }) {
                section class="card" aria-label="Keys" {
                    @if keys.is_empty() { (nothing(makes)) } @else { (view::table_frame("Keys", &table(frame, keys))) }
                    footer class="pager" {
                        span { (format::plural(u64::try_from(keys.len()).unwrap_or(0), "key", "keys")) }
                        span class="downloads" { a href="/api/v1/keys?format=csv" download="" { "CSV" span class="sr" { " of keys" } } a href="/api/v1/keys?format=json" download="" { "JSON" span class="sr" { " of keys" } } }
                    }
                }
            }
            @if makes { div class="w4" { (card("Make a key", &form(frame))) } }
        }
    };
    view::page(frame, &head, &body)
}

fn once(row: &KeyRow, secret: &Secret, base: &str) -> Markup {
    let base = if base.is_empty() { "http://127.0.0.1:8080" } else { base };
    html! {
        section class="once" aria-label="The key" role="status" {
            h2 { "Key for " (row.caller) }
            p { "This is the only time that the key is shown. Only its digest is kept." }
            (command(secret.expose()))
            p class="small" { "A client uses it like this:" }
            (command(&format!("export OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={}", secret.expose())))
        }
    }
}

fn table(frame: &Frame, keys: &[KeyRow]) -> Markup {
    let ends = frame.viewer.may(KEY_ENDERS);
    html! {
        table class="cards" {
            thead { tr { th scope="col" { "Caller" } th scope="col" { "Key" } th scope="col" { "State" } th scope="col" { "Made" } th scope="col" { "Last used" } @if ends { th scope="col" { span class="sr" { "Action" } } } } }
            tbody {
                @for key in keys {
                    tr {
                        td { strong { (key.caller) } span class="sub" { (key.kind.as_str()) @if let Some(team) = &key.team { ", " (team) } } }
                        td data-label="Key" class="mono" { (key.id) }
                        td data-label="State" { (badge::key(key.active, key.revoked.is_some())) @if let Some(at) = key.expires { span class="sub" { "until " (format::moment(at)) } } }
                        td data-label="Made" class="nowrap" { (format::ago(key.created, frame.now)) span class="sub" { "by " (key.created_by) } }
                        td data-label="Last used" class="nowrap" { @match key.last_used { Some(at) => (format::ago(at, frame.now)), None => span class="quiet" { "never" } } }
                                                @if ends {
                            td {
                                @if key.active {
                                    form method="post" action=(format!("/keys/{}/revoke", query::escape(key.id.as_str()))) {
                                        (csrf_field(frame))
                                        button class="danger" type="submit" { "Revoke" span class="sr" { " the key of " (key.caller) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn form(frame: &Frame) -> Markup {
    html! {
        form class="stack" method="post" action="/keys" {
            (csrf_field(frame))
            div class="field" {
                label for="caller" { "Caller" }
                input id="caller" name="caller" required maxlength="200" pattern="[A-Za-z0-9._:@\\/\\-]+" placeholder="billing-bot" autocomplete="off" aria-describedby="caller-hint";
                span class="hint" id="caller-hint" { "The name under which its requests appear: letters, digits and . _ : @ / -" }
            }
            (crate::components::list::choice("kind", "Kind", &[("service", "Application or service"), ("agent", "Agent"), ("person", "Person")], "service"))
            div class="field" { label for="team" { "Team" } input id="team" name="team" maxlength="100" autocomplete="off"; }
            div class="field" { label for="expires" { "Last day" } input id="expires" name="expires" type="date"; span class="hint" { "Empty: without end." } }
            div { button class="primary" type="submit" { "Make the key" } }
        }
    }
}

fn nothing(makes: bool) -> Markup {
    empty(&Empty {
        sentence: "No access key was made yet; without one nobody may ask the gateway.",
        command: "gnomon key create billing-bot",
        button: if makes { ("#caller", "Make a key") } else { ("/routes", "See the routes") },
    })
}
