//! Stands before every route of the table: who asks, may they, does the change come from a page of ours. Afterwards
//! it draws errors, as a page for people and as problem+json for programs.

use crate::api::problem;
use crate::app::App;
use crate::auth::csrf;
use crate::auth::session::{self, Viewer};
use crate::error::{ConsoleError, ErrorShape};
use crate::frame::Frame;
use crate::pages::failure;
use crate::query::escape;
use crate::routes::{Access, Rule, Surface, Token};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{Method, StatusCode, header};

/// Largest form that is read for its token.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// The middleware of one route.
pub(crate) async fn guard(State((app, rule)): State<(App, Rule)>, mut request: Request, next: Next) -> Response {
    let head = head_of(&request);
    let viewer = match session::viewer(&app.parts.inventory, head.headers()).await {
        Ok(viewer) => viewer,
        Err(error) => return draw(&app, rule, None, &head, ConsoleError::from(error).into_response()).await,
    };
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let response = match admit(rule, viewer.as_ref(), request).await {
        Ok(request) => next.run(request).await,
        Err(ConsoleError::NotSignedIn) if rule.surface == Surface::Page => return to_sign_in(&head),
        Err(error) => error.into_response(),
    };
    draw(&app, rule, viewer, &head, response).await
}

/// Lets the request in, or says why not.
async fn admit(rule: Rule, viewer: Option<&Viewer>, request: Request) -> Result<Request, ConsoleError> {
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    if changes && !csrf::same_origin(request.headers()) {
        return Err(ConsoleError::Forbidden("the request comes from another site".to_owned()));
    }
    let roles = match rule.access {
        Access::Open => return Ok(request),
        Access::Roles(roles) => roles,
    };
    let viewer = viewer.ok_or(ConsoleError::NotSignedIn)?;
    if !viewer.may(roles) {
        let needed: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        return Err(ConsoleError::Forbidden(format!("this needs one of the roles {}", needed.join(", "))));
    }
    if changes && viewer.by_cookie && rule.token == Token::Checked {
        check_token(viewer, request).await
    } else {
        Ok(request)
    }
}

/// Finds the token in the header or in the form; the body is put back for the handler.
async fn check_token(viewer: &Viewer, request: Request) -> Result<Request, ConsoleError> {
    let in_header = request.headers().get(csrf::HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (parts, body) = request.into_parts();
    let (given, body) = match in_header {
        Some(token) => (Some(token), body),
        None => {
            let bytes = axum::body::to_bytes(body, FORM_BYTES_MAX)
                .await
                .map_err(|_| ConsoleError::TooLarge("the form is too large".to_owned()))?;
            (csrf::in_form(&bytes), Body::from(bytes))
        }
    };
    if !given.is_some_and(|given| csrf::matches(&viewer.csrf, &given)) {
        let text = "the form is from another session: reload the page and try again";
        return Err(ConsoleError::Forbidden(text.to_owned()));
    }
    Ok(Request::from_parts(parts, body))
}

/// Method, address and headers, for what comes after the request was handed on.
fn head_of(request: &Request) -> http::Request<()> {
    let mut head = http::Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

fn to_sign_in(request: &http::Request<()>) -> Response {
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let address = if request.method() == Method::GET && asked != "/" {
        format!("/sign-in?next={}", escape(asked))
    } else {
        "/sign-in".to_owned()
    };
    Redirect::to(&address).into_response()
}

/// An error of a handler carries its shape; other answers pass as they are.
async fn draw(
    app: &App,
    rule: Rule,
    viewer: Option<Viewer>,
    request: &http::Request<()>,
    response: Response,
) -> Response {
    let Some(shape) = response.extensions().get::<ErrorShape>().cloned() else { return response };
    if shape.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(path = request.uri().path(), detail = shape.detail, "request failed");
    }
    if rule.surface == Surface::Api {
        return problem::response(&shape, request.uri().path());
    }
    let retry = (shape.status == StatusCode::TOO_MANY_REQUESTS).then_some((header::RETRY_AFTER, "60"));
    let page = match viewer {
        Some(viewer) => failure::page(&Frame::build(app, viewer, request).await, &shape),
        None => failure::bare(&shape),
    };
    match retry {
        Some(retry) => (shape.status, [retry], page).into_response(),
        None => (shape.status, page).into_response(),
    }
}
