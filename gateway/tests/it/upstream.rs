//! An upstream whose every byte the test decides.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A listening upstream. Requests come out in the order in which they were received.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Exchange>,
}

/// A request that reached the upstream, and the connection to answer it on.
pub(crate) struct Exchange {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
    again: mpsc::UnboundedSender<Exchange>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, sender.clone()));
            }
        });
        Self { address, requests }
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Exchange {
        self.requests.recv().await.unwrap()
    }

    /// Whether a request is here already.
    pub(crate) fn is_untouched(&mut self) -> bool {
        self.requests.try_recv().is_err()
    }
}

async fn receive(mut stream: TcpStream, again: mpsc::UnboundedSender<Exchange>) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).unwrap();
    let length: usize = field(&head, "content-length").map_or(0, |text| text.parse().unwrap());
    while body.len() < length {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _ = again.clone().send(Exchange { head, body, stream, again });
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

impl Exchange {
    /// A header of the request.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        field(&self.head, name)
    }

    /// The request line.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// A whole answer; the connection stays open for the next request.
    pub(crate) async fn answer(mut self, status: u16, content_type: &str, body: &str) {
        let length = body.len();
        self.write(format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nx-upstream: yes\r\n\r\n{body}")).await;
        self.keep();
    }

    /// The head of an event stream.
    pub(crate) async fn begin_events(&mut self) {
        self.begin("text/event-stream").await;
    }

    /// The head of an answer in chunks.
    pub(crate) async fn begin(&mut self, content_type: &str) {
        self.write(format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"))
            .await;
    }

    /// One chunk.
    pub(crate) async fn chunk(&mut self, text: impl AsRef<[u8]>) {
        let mut bytes = format!("{:x}\r\n", text.as_ref().len()).into_bytes();
        bytes.extend_from_slice(text.as_ref());
        bytes.extend_from_slice(b"\r\n");
        self.write(bytes).await;
    }

    /// One chunk, if the gateway still reads.
    pub(crate) async fn try_chunk(&mut self, text: &str) -> bool {
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        self.stream.write_all(chunk.as_bytes()).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// The last chunk; the connection stays open for the next request.
    pub(crate) async fn end(mut self) {
        self.write("0\r\n\r\n").await;
        self.keep();
    }

    /// Waits for the next request on this connection.
    pub(crate) fn keep(self) {
        tokio::spawn(receive(self.stream, self.again));
    }

    /// Resolves when the gateway closes the connection.
    pub(crate) async fn closed(&mut self) {
        let mut byte = [0; 1];
        while self.stream.read(&mut byte).await.unwrap_or(0) > 0 {}
    }
}

/// A streamed chat completion chunk with this text.
pub(crate) fn chat_event(text: &str) -> String {
    let chunk = serde_json::json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
    format!("data: {chunk}\n\n")
}

/// The end of a streamed chat completion.
pub(crate) const CHAT_END: &str = "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\ndata: [DONE]\n\n";

/// A chat completion with this text.
pub(crate) fn chat_answer(text: &str) -> String {
    serde_json::json!({"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-x",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}})
    .to_string()
}
