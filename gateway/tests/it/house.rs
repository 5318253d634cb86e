//! A running gateway with its log, its desk and a client.

use arc_swap::ArcSwap;
use bytes::Bytes;
use gnomon_evidence::{Log, LogConfig, NoteSigner, Reader};
use gnomon_gateway::{
    Counters, Desk, Drained, Gateway, KeyEntry, Limits, Live, LiveHandle, Options, Origin, Parts, Route, Tools,
    Upstream,
};
use gnomon_policy::{ReceiptSigner, Snapshot};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::ids::{CallerId, KeyId, RouteName, ServiceId, UpstreamName};
use gnomon_types::record::{Intent, Outcome, RecordBody};
use gnomon_types::time::{Clock, Timestamp};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// The key that the test's caller uses. Assembled, so that no scanner takes it for a real one.
pub(crate) fn key() -> String {
    ["gnm", "testkey1", "0123456789abcdef"].join("_")
}

/// A clock that moves when told. The thread that writes the log can be made to wait at it, as at a disk that hangs.
pub(crate) struct HandClock {
    millis: AtomicI64,
    log_hangs: AtomicBool,
}

impl HandClock {
    pub(crate) fn advance(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    /// Makes the log hang, or go on.
    pub(crate) fn hang_log(&self, hangs: bool) {
        self.log_hangs.store(hangs, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let is_log = std::thread::current().name() == Some("evidence-append");
        while is_log && self.log_hangs.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }
}

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) live: LiveHandle,
    pub(crate) desk: Arc<Desk>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) log: Log,
    pub(crate) folder: tempfile::TempDir,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<Drained>>,
}

/// A caller with this kind.
pub(crate) fn caller(kind: CallerKind) -> Caller {
    Caller { id: CallerId::new("billing-bot").unwrap(), kind, team: None, key: KeyId::new("gnm_testkey1").unwrap() }
}

/// The snapshot that tests begin with: one route for everything, one upstream, one key.
pub(crate) fn live(upstream: SocketAddr) -> Live {
    let name = UpstreamName::new("model-server").unwrap();
    let origin = Origin::parse(&format!("http://{upstream}")).unwrap();
    let service = ServiceId::new("acme-ai").unwrap();
    let upstream = Upstream::new(name.clone(), origin, service.clone(), "Acme AI");
    let hash: [u8; 32] = Sha256::digest(key().as_bytes()).into();
    Live {
        routes: vec![Route::new(RouteName::new("main").unwrap(), "/", name.clone())],
        upstreams: [(name, upstream)].into(),
        keys: [(hash, KeyEntry { caller: caller(CallerKind::Service), expires: None })].into(),
        statuses: [(service, ServiceStatus::Sanctioned)].into(),
        policy: Snapshot::shipped().unwrap(),
        judge: None,
        tools: Tools::default(),
        limits: Limits::default(),
        config_digest: None,
    }
}

/// The parts of a snapshot that tests change.
pub(crate) trait Change {
    fn route(&mut self) -> &mut Route;
    fn upstream(&mut self) -> &mut Upstream;
    fn status(&mut self, status: ServiceStatus);
    fn kind(&mut self, kind: CallerKind);
}

impl Change for Live {
    fn route(&mut self) -> &mut Route {
        self.routes.first_mut().unwrap()
    }

    fn upstream(&mut self) -> &mut Upstream {
        self.upstreams.values_mut().next().unwrap()
    }

    fn status(&mut self, status: ServiceStatus) {
        self.statuses.insert(ServiceId::new("acme-ai").unwrap(), status);
    }

    fn kind(&mut self, kind: CallerKind) {
        self.keys.values_mut().for_each(|entry| entry.caller = caller(kind));
    }
}

impl House {
    pub(crate) fn start(live: Live) -> Self {
        Self::start_with(live, Duration::from_secs(10))
    }

    pub(crate) fn start_with(live: Live, grace: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock =
            Arc::new(HandClock { millis: AtomicI64::new(1_795_000_000_000), log_hangs: AtomicBool::new(false) });
        let signer = NoteSigner::from_seed("test.example/log", [7; 32]).unwrap();
        let log = Log::open(LogConfig::new(folder.path().join("log"), "test", signer), clock.clone()).unwrap();
        let live = Arc::new(ArcSwap::from_pointee(live));
        let desk = Arc::new(Desk::new(clock.clone()));
        let counters = Arc::new(Counters::default());
        let parts = Parts {
            live: live.clone(),
            log: log.clone(),
            desk: desk.clone(),
            clock: clock.clone(),
            receipts: Some(ReceiptSigner::new([9; 32], "test".to_owned())),
            address_key: [3; 32],
            counters: counters.clone(),
            node: "test".to_owned(),
        };
        let listen = vec!["127.0.0.1:0".parse().unwrap()];
        let options = Options { listen, threads: 2, grace, heartbeat: Duration::from_secs(60) };
        let gateway = Gateway::bind(parts, options).unwrap();
        let address = *gateway.addresses().first().unwrap();
        let (stop, stopped) = watch::channel(false);
        let thread = std::thread::spawn(move || gateway.run(stopped).unwrap());
        Self { address, live, desk, counters, clock, log, folder, stop, thread: Some(thread) }
    }

    /// A connection to the gateway.
    pub(crate) async fn connect(&self) -> SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Sends a request and returns once the head of the answer is here.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let mut sender = self.connect().await;
        let response = sender.send_request(request).await.unwrap();
        Reply::new(response, sender)
    }

    /// Posts JSON with the test's key.
    pub(crate) fn post<'h>(&'h self, path: &str, body: &str) -> impl Future<Output = Reply> + use<'h> {
        self.send(post(path, body))
    }

    /// Tells the gateway to stop.
    pub(crate) fn signal_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops it and says how the drain ended.
    pub(crate) async fn stop(&mut self) -> Drained {
        self.signal_stop();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap()
    }

    /// The records of the log so far.
    pub(crate) fn records(&self) -> Vec<RecordBody> {
        let reader = Reader::open(&self.folder.path().join("log")).unwrap();
        reader.read(0, 10_000).unwrap().into_iter().map(|stored| stored.record().unwrap().body).collect()
    }

    /// The intents so far.
    pub(crate) fn intents(&self) -> Vec<Intent> {
        let intents = self
            .records()
            .into_iter()
            .filter_map(|body| if let RecordBody::Intent(intent) = body { Some(*intent) } else { None });
        intents.collect()
    }

    /// Waits for the first outcome and returns it.
    pub(crate) async fn outcome(&self) -> Outcome {
        self.outcomes(1).await.remove(0)
    }

    /// Waits until there are so many outcomes and returns them.
    pub(crate) async fn outcomes(&self, count: usize) -> Vec<Outcome> {
        let mut durable = self.log.watch();
        loop {
            durable.borrow_and_update();
            let outcomes: Vec<Outcome> = self
                .records()
                .into_iter()
                .filter_map(|body| if let RecordBody::Outcome(outcome) = body { Some(outcome) } else { None })
                .collect();
            if outcomes.len() >= count {
                return outcomes;
            }
            durable.changed().await.unwrap();
        }
    }

    /// Changes the snapshot in force.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Live)) {
        let mut live = Live::clone(&self.live.load());
        change(&mut live);
        self.live.store(Arc::new(live));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.clock.hang_log(false);
        self.signal_stop();
    }
}

/// A JSON request with the test's key.
pub(crate) fn post(path: &str, body: &str) -> Request<Full<Bytes>> {
    let request =
        Request::post(path).header("host", "gateway.test").header("authorization", format!("Bearer {}", key()));
    request.header("content-type", "application/json").body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

/// A chat request with this user message.
pub(crate) fn chat(text: &str, stream: bool) -> String {
    serde_json::json!({"model": "gpt-x", "stream": stream, "messages": [{"role": "user", "content": text}]}).to_string()
}

/// An answer under way.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    _connection: SendRequest<Full<Bytes>>,
}

impl Reply {
    fn new(response: http::Response<Incoming>, connection: SendRequest<Full<Bytes>>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body, _connection: connection }
    }

    /// The next bytes; `None` at a proper end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        match self.body.frame().await {
            Some(frame) => Ok(Some(frame?.into_data().unwrap_or_default())),
            None => Ok(None),
        }
    }

    /// Reads until this text is there, and returns all read.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut read = String::new();
        while !read.contains(text) {
            let bytes =
                self.next().await.unwrap().unwrap_or_else(|| panic!("the answer ended before `{text}`: {read}"));
            read.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        read
    }

    /// The rest of the body.
    pub(crate) async fn text(mut self) -> String {
        let mut read = Vec::new();
        while let Some(bytes) = self.next().await.unwrap() {
            read.extend_from_slice(&bytes);
        }
        String::from_utf8(read).unwrap()
    }

    /// A header as text.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
