//! An inventory with something in it, and a twin that listens.

use gnomon_inventory::{ImportBatch, Inventory, NewKey, ServiceSeed};
use gnomon_twin_bridge::{CloudEvent, Delivery, Sink, SinkTarget};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::caller::CallerKind;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{CallerId, ServiceId};
use gnomon_types::sighting::{Content, SourceSummary, Use};
use gnomon_types::time::{Clock, Timestamp};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// 2026-11-23T09:30:00Z.
pub(crate) const START: i64 = 1_795_426_200_000;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START)
    }
}

pub(crate) async fn inventory(dir: &Path) -> Inventory {
    let url = format!("sqlite:{}", dir.join("gnomon.db").display());
    Inventory::open(&url, Arc::new(Still)).await.unwrap()
}

pub(crate) fn service(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

/// Makes services `s0`, `s1` ... known.
pub(crate) async fn seed(inventory: &Inventory, count: usize) {
    let seeds: Vec<ServiceSeed> = (0..count)
        .map(|n| ServiceSeed {
            id: service(&format!("s{n}")),
            name: format!("Service {n}"),
            kind: ServiceKind::Known,
            vendor: "Vendor".to_owned(),
            category: "assistant".to_owned(),
        })
        .collect();
    inventory.seed_catalogue(&seeds).await.unwrap();
}

pub(crate) async fn set(inventory: &Inventory, id: &str, status: ServiceStatus) {
    inventory.set_status("ada", &service(id), status, "", None).await.unwrap();
}

/// Log uses of a public and of an internal service, and a caller with a key.
pub(crate) async fn fill(inventory: &Inventory) {
    seed(inventory, 1).await;
    let sighted = |id: &str, host: &str, models: &[&str]| Use {
        service: service(id),
        service_name: format!("Name of {id}"),
        kind: ServiceKind::Unknown,
        host: host.to_owned(),
        user: Some("eve@example.com".to_owned()),
        device: Some("laptop-17".to_owned()),
        day: "2026-11-22".to_owned(),
        first_seen: Timestamp::from_millis(START - 90_000_000),
        last_seen: Timestamp::from_millis(START - 80_000_000),
        requests: 3,
        bytes_up: 30,
        bytes_down: 60,
        confidence: 0.9,
        models: models.iter().map(|model| (*model).to_owned()).collect(),
        clients: Vec::new(),
        evidence: Vec::new(),
    };
    let batch = ImportBatch {
        digest: Digest([1; 32]),
        content: Content::new(1_000, Digest([1; 32])),
        source: SourceSummary {
            file: "access.log".to_owned(),
            format: "squid".to_owned(),
            lines: 2,
            parsed: 2,
            rejected: 0,
        },
        uses: vec![
            sighted("s0", "api.vendor.example", &["gpt-4o", "org/model:7b \"q4\""]),
            sighted("host:10.9.3.4:11434", "10.9.3.4:11434", &["llama3"]),
            sighted("host:fd00::9@8000", "[fd00::9]:8000", &[]),
            sighted("host:fd00::9", "fd00::9", &[]),
        ],
        blind_spots: Vec::new(),
        by: "ada".to_owned(),
    };
    inventory.ingest_import(batch).await.unwrap();
    let caller = CallerId::new("billing-bot").unwrap();
    inventory
        .create_key("ada", NewKey { caller, kind: CallerKind::Agent, team: Some("billing".to_owned()), expires: None })
        .await
        .unwrap();
    set(inventory, "s0", ServiceStatus::SanctionedWithConditions).await;
    inventory.set_owner("ada", &service("s0"), Some("platform team")).await.unwrap();
}

/// What the twin answers: status for an event, by asset and by how often this asset came.
pub(crate) type Rule = Box<dyn Fn(&CloudEvent, usize) -> u16 + Send + Sync>;

/// A digital twin with an HTTP door.
pub(crate) struct Twin {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    changed: watch::Receiver<usize>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// Accepted events, in order of arrival.
    accepted: Vec<CloudEvent>,
    tries: BTreeMap<String, usize>,
    headers: Vec<(String, String)>,
}

impl Twin {
    pub(crate) async fn start(rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, rule)
    }

    pub(crate) async fn start_at(address: SocketAddr, rule: Rule) -> Self {
        Self::on(TcpListener::bind(address).await.unwrap(), rule)
    }

    fn on(listener: TcpListener, rule: Rule) -> Self {
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (sender, changed) = watch::channel(0);
        let (rule, shared) = (Arc::new(rule), Arc::clone(&seen));
        let server = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (rule, shared, sender) = (Arc::clone(&rule), Arc::clone(&shared), sender.clone());
                let answer = move |request| take(request, Arc::clone(&rule), Arc::clone(&shared), sender.clone());
                let http = hyper::server::conn::http1::Builder::new();
                connections.spawn(async move {
                    let _ = http.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
                });
            }
        });
        Self { address, seen, changed, server }
    }

    pub(crate) fn sink(&self, delivery: Delivery) -> Sink {
        sink_to(self.address, delivery)
    }

    /// Waits until so many events were answered, whatever the answer.
    pub(crate) async fn answered(&mut self, count: usize) {
        self.changed.wait_for(|answered| *answered >= count).await.unwrap();
    }

    pub(crate) fn accepted(&self) -> Vec<CloudEvent> {
        self.seen.lock().unwrap().accepted.clone()
    }

    pub(crate) fn tries(&self, asset: &str) -> usize {
        self.seen.lock().unwrap().tries.get(asset).copied().unwrap_or(0)
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().headers.clone()
    }

    /// What a consumer knows that keeps the highest version of each asset.
    pub(crate) fn state(&self) -> BTreeMap<String, serde_json::Value> {
        state_of(&self.accepted())
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        self.server.abort();
        let _ = self.server.await;
        self.address
    }
}

pub(crate) fn state_of(events: &[CloudEvent]) -> BTreeMap<String, serde_json::Value> {
    let mut newest: BTreeMap<String, &CloudEvent> = BTreeMap::new();
    for event in events {
        let known = newest.entry(event.subject.clone()).or_insert(event);
        if event.data.version > known.data.version {
            *known = event;
        }
    }
    newest.into_iter().map(|(asset, event)| (asset, event.data.state.clone())).collect()
}

pub(crate) async fn truth(inventory: &Inventory) -> BTreeMap<String, serde_json::Value> {
    inventory.twin_assets().await.unwrap().into_iter().map(|asset| (asset.asset_id, asset.data)).collect()
}

pub(crate) fn sink_to(address: SocketAddr, delivery: Delivery) -> Sink {
    Sink {
        name: "twin".to_owned(),
        target: SinkTarget::Http { url: format!("http://{address}/events"), bearer: None, ca: None },
        source: "/gnomon/test".to_owned(),
        delivery,
    }
}

pub(crate) fn quick(batch_max: usize) -> Delivery {
    Delivery { batch_max, wait_min_ms: 1, wait_max_ms: 5, poll_ms: 1, ..Delivery::default() }
}

async fn take(
    request: Request<Incoming>,
    rule: Arc<Rule>,
    seen: Arc<Mutex<Seen>>,
    sender: watch::Sender<usize>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let header =
        |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let (media_type, token) = (header("content-type"), header("authorization"));
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let events: Vec<CloudEvent> = if media_type.starts_with("application/cloudevents-batch+json") {
        serde_json::from_slice(&body).unwrap()
    } else {
        vec![serde_json::from_slice(&body).unwrap()]
    };
    let mut status = 200;
    {
        let mut seen = seen.lock().unwrap();
        seen.headers.push((media_type, token));
        for event in &events {
            let tries = seen.tries.entry(event.subject.clone()).or_default();
            *tries += 1;
            status = status.max(rule(event, *tries));
        }
        if status < 300 {
            seen.accepted.extend(events.iter().cloned());
        }
    }
    sender.send_modify(|answered| *answered += events.len());
    Ok(Response::builder().status(status).body(Full::new(Bytes::from_static(b"so be it"))).unwrap())
}

/// Set to write the golden files anew; look at the difference before committing it.
const UPDATE: &str = "GNOMON_UPDATE_GOLDEN";

/// Compares values with a golden file of JSON documents, one after another. The order of fields does not count.
pub(crate) fn golden(name: &str, values: &[serde_json::Value]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os(UPDATE).is_some() {
        let one_line = name.ends_with(".ndjson");
        let write = |value| if one_line { serde_json::to_string(value) } else { serde_json::to_string_pretty(value) };
        let text: String = values.iter().map(|value| write(value).unwrap() + "\n").collect();
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let known: Vec<serde_json::Value> =
        serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect();
    assert_eq!(values, known, "set {UPDATE}=1 to accept");
}
