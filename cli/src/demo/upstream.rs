//! The built-in upstream: a model server without a model, so that the demo needs no account and no network.
//!
//! It speaks the real shapes of the OpenAI and Anthropic APIs, streaming included, so that official clients work
//! against it unchanged. Its answers are made from the request by a fixed rule.

use super::answers;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

type Body = Either<Full<Bytes>, StreamBody<EventStream>>;
type EventStream = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>;

/// Pause between two streamed events, so that a person sees the answer flow.
const EVENT_PAUSE: Duration = Duration::from_millis(8);
const BODY_BYTES_MAX: usize = 64 << 20;

/// Serves until the task is dropped. Returns the address it listens on.
///
/// # Errors
/// When the port cannot be opened.
pub(crate) async fn start(listen: SocketAddr) -> std::io::Result<(SocketAddr, JoinSet<()>)> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(accept(listener));
    Ok((address, tasks))
}

async fn accept(listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                connections.spawn(async move {
                    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let served = builder.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
                    if let Err(error) = served {
                        tracing::debug!(%error, "demo upstream connection ended");
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return Ok(json(StatusCode::PAYLOAD_TOO_LARGE, &answers::error("request body is too large")));
    };
    let bytes = body.to_bytes();
    let anthropic = head.headers.contains_key("anthropic-version");
    if head.method == Method::GET && head.uri.path().ends_with("/models") {
        return Ok(json(StatusCode::OK, &answers::models(anthropic)));
    }
    if head.method == Method::HEAD || head.method == Method::GET {
        return Ok(json(StatusCode::OK, &serde_json::json!({"service": "gnomon demo upstream"})));
    }
    let Ok(document) = serde_json::from_slice::<Value>(&bytes) else {
        return Ok(json(StatusCode::BAD_REQUEST, &answers::error("the body is not JSON")));
    };
    Ok(by_path(head.uri.path(), &document))
}

fn by_path(path: &str, request: &Value) -> Response<Body> {
    let stream = request.get("stream").and_then(Value::as_bool).unwrap_or(false);
    let path = path.trim_start_matches("/v1");
    match (path, stream) {
        ("/chat/completions", false) => json(StatusCode::OK, &answers::chat(request)),
        ("/chat/completions", true) => events(answers::chat_stream(request)),
        ("/responses", false) => json(StatusCode::OK, &answers::responses(request)),
        ("/responses", true) => events(answers::responses_stream(request)),
        ("/embeddings", _) => json(StatusCode::OK, &answers::embeddings(request)),
        ("/messages", false) => json(StatusCode::OK, &answers::messages(request)),
        ("/messages", true) => events(answers::messages_stream(request)),
        ("/messages/count_tokens", _) => json(StatusCode::OK, &answers::count_tokens(request)),
        _ => json(StatusCode::OK, &serde_json::json!({"received": true, "path": path})),
    }
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let body = Bytes::from(value.to_string());
    let mut response = Response::new(Either::Left(Full::new(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

fn events(events: Vec<String>) -> Response<Body> {
    let stream = futures_util::stream::unfold(events.into_iter(), |mut events| async move {
        let event = events.next()?;
        tokio::time::sleep(EVENT_PAUSE).await;
        Some((Ok(Frame::data(Bytes::from(event))), events))
    });
    let mut response = Response::new(Either::Right(StreamBody::new(Box::pin(stream) as EventStream)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, http::HeaderValue::from_static("no-cache"));
    response
}
