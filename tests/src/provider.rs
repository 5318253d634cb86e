//! A scripted upstream: remembers what reached it and answers as told.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How the upstream answers.
#[derive(Debug, Clone)]
pub enum Script {
    /// This status and JSON body.
    Json(u16, String),
    /// An event stream: these pieces, with a pause before each.
    Stream(Vec<String>, Duration),
    /// These pieces, then the connection breaks.
    Break(Vec<String>),
    /// Nothing, for ever.
    Silence,
}

impl Script {
    /// A chat completion with this text.
    #[must_use]
    pub fn chat(text: &str) -> Self {
        let message = serde_json::json!({"role": "assistant", "content": text});
        let answer = serde_json::json!({
            "id": "c1", "object": "chat.completion", "created": 1, "model": "m-1",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        });
        Self::Json(200, answer.to_string())
    }

    /// A streamed chat completion in these pieces.
    #[must_use]
    pub fn chat_stream(pieces: &[&str]) -> Self {
        let chunk = |delta: serde_json::Value, finish: Option<&str>| {
            let choices = serde_json::json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
            let chunk = serde_json::json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": choices});
            format!("data: {chunk}\n\n")
        };
        let mut events: Vec<String> =
            pieces.iter().map(|piece| chunk(serde_json::json!({"content": piece}), None)).collect();
        events.push(chunk(serde_json::json!({}), Some("stop")));
        events.push("data: [DONE]\n\n".to_owned());
        Self::Stream(events, Duration::ZERO)
    }
}

/// A request as the upstream saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method.
    pub method: Method,
    /// Path with query.
    pub path: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; empty when it did not arrive whole.
    pub body: Bytes,
    /// Whether the body arrived whole.
    pub whole: bool,
}

/// A running upstream; it stops when dropped.
pub struct Provider {
    /// Where it listens.
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Provider {
    /// Starts an upstream on a free port.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start(script: Script) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(script));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(accept(listener, script.clone(), seen.clone()));
        Ok(Self { address, script, seen, task })
    }

    /// Answers differently from now on.
    pub fn play(&self, script: Script) {
        if let Ok(mut current) = self.script.lock() {
            *current = script;
        }
    }

    /// What reached it so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>, seen: Arc<Mutex<Vec<Seen>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (script, seen) = (script.clone(), seen.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, script.clone(), seen.clone()));
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            // A broken connection is what some scripts ask for.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type EventStream = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send>>;
type Body = Either<Full<Bytes>, StreamBody<EventStream>>;

async fn answer(
    request: Request<Incoming>,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    let (body, whole) = body.map_or_else(|_| (Bytes::new(), false), |body| (body, true));
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if let Ok(mut seen) = seen.lock() {
        seen.push(Seen { method: head.method, path, headers: head.headers, body, whole });
    }
    let script = script.lock().map(|script| script.clone()).unwrap_or(Script::Silence);
    Ok(match script {
        Script::Json(status, body) => {
            let mut response = Response::new(Either::Left(Full::new(Bytes::from(body))));
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            response
        }
        Script::Stream(pieces, pause) => stream(pieces, pause, false),
        Script::Break(pieces) => stream(pieces, Duration::ZERO, true),
        Script::Silence => std::future::pending().await,
    })
}

fn stream(pieces: Vec<String>, pause: Duration, breaks: bool) -> Response<Body> {
    let steps = pieces.into_iter().map(Some).chain(breaks.then_some(None));
    let stream = futures_util::stream::unfold(steps, move |mut steps| async move {
        let step = steps.next()?;
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let frame = step.map(|piece| Frame::data(Bytes::from(piece)));
        Some((frame.ok_or_else(|| std::io::Error::other("the script breaks here")), steps))
    });
    let mut response = Response::new(Either::Right(StreamBody::new(Box::pin(stream) as EventStream)));
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/event-stream"));
    response
}
