//! For tests: the whole console on a fresh SQLite file, asked in process.

use crate::auth::csrf;
use crate::auth::session::COOKIE;
use crate::event::ConsoleEvent;
use crate::parts::{
    ConsoleParts, GatewayInfo, ImportSummary, LogImporter, ObligationRow, PackExporter, PackFile, Settings, Window,
    Work,
};
use crate::routes::router;
use axum::Router;
use axum::body::Body;
use gnomon_inventory::{Inventory, NewUser, Role, Search, ServiceSeed};
use gnomon_policy::Snapshot;
use gnomon_types::asset::ServiceKind;
use gnomon_types::conversation::DialectName;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId, DecisionId, KeyId, RouteName, ServiceId, UpstreamName};
use gnomon_types::record::{Actor, Hold, Intent, RECORD_VERSION, Record, RecordBody, Target};
use gnomon_types::time::{Clock, Timestamp};
use gnomon_types::verdict::Verdict;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::broadcast;
use tower::ServiceExt as _;

pub(crate) struct Bench {
    router: Router,
    pub(crate) inventory: Inventory,
    pub(crate) events: broadcast::Sender<ConsoleEvent>,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A person who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) csrf: String,
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000)
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(Fixed);
        let url = format!("sqlite:{}", dir.path().join("record.db").display());
        let inventory = Inventory::open(&url, Arc::clone(&clock)).await.unwrap();
        for role in Role::ALL {
            let new = NewUser { name: role.as_str().to_owned(), password: None, roles: vec![role], expires: None };
            inventory.create_user("system", new).await.unwrap();
        }
        let seed = ServiceSeed {
            id: ServiceId::new("openai").unwrap(),
            name: "OpenAI API".to_owned(),
            kind: ServiceKind::Known,
            vendor: "OpenAI".to_owned(),
            category: "model_api".to_owned(),
        };
        inventory.seed_catalogue(&[seed]).await.unwrap();
        inventory.apply("log", &records()).await.unwrap();
        let (events, _) = broadcast::channel(16);
        let router = router(parts(&inventory, &events, dir.path(), clock));
        Self { router, inventory, events, dir }
    }

    pub(crate) async fn sign_in(&self, role: Role) -> Person {
        let token = self.inventory.create_session(role.as_str(), 3_600_000).await.unwrap().expose().to_owned();
        Person { csrf: csrf::token(&token), token }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let stream = headers.get("content-type").is_some_and(|value| value == "text/event-stream");
        let body = if stream { Vec::new() } else { response.into_body().collect().await.unwrap().to_bytes().to_vec() };
        Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str, person: Option<&Person>) -> Answer {
        self.send(ask("GET", path, person).body(Body::empty()).unwrap()).await
    }

    /// A form as the person's own page sends it.
    pub(crate) async fn post(&self, path: &str, person: &Person, form: &str) -> Answer {
        let body = format!("csrf={}&{form}", person.csrf);
        let request = ask("POST", path, Some(person)).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// A request with the person's cookie.
pub(crate) fn ask(method: &str, path: &str, person: Option<&Person>) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("host", "console.example");
    match person {
        Some(person) => request.header("cookie", format!("{COOKIE}={}", person.token)),
        None => request,
    }
}

fn parts(
    inventory: &Inventory,
    events: &broadcast::Sender<ConsoleEvent>,
    dir: &Path,
    clock: Arc<dyn Clock>,
) -> ConsoleParts {
    let snapshot = Snapshot::shipped().unwrap();
    ConsoleParts {
        inventory: inventory.clone(),
        search: Search::open(&dir.join("search")).unwrap(),
        log_dir: dir.to_path_buf(),
        policies: Arc::new(move || snapshot.clone()),
        importer: Arc::new(Counter),
        exporter: Arc::new(Packer { dir: dir.to_path_buf() }),
        events: events.clone(),
        gateway: Arc::new(|| GatewayInfo { revision: u64::MAX, ..GatewayInfo::default() }),
        metrics: Arc::new(|| "gnomon_up 1\n".to_owned()),
        ready: Arc::new(|| true),
        clock,
        settings: Settings { upload_dir: dir.join("uploads"), upload_bytes_max: 1_000, public_url: None },
    }
}

/// Counts the lines of an upload.
struct Counter;

impl LogImporter for Counter {
    fn import<'a>(&'a self, path: &'a Path, _name: &'a str, _by: &'a str) -> Work<'a, ImportSummary> {
        Box::pin(async move {
            let text = tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())?;
            let lines = u64::try_from(text.lines().count()).unwrap_or(0);
            Ok(ImportSummary { format: "squid".to_owned(), lines, new: true, ..ImportSummary::default() })
        })
    }
}

/// Packs a few bytes.
struct Packer {
    dir: PathBuf,
}

impl PackExporter for Packer {
    fn export<'a>(&'a self, _window: Window, frameworks: &'a [String], _by: &'a str) -> Work<'a, PackFile> {
        Box::pin(async move {
            let path = self.dir.join("pack.zip");
            tokio::fs::write(&path, b"PK made for a test").await.map_err(|error| error.to_string())?;
            Ok(PackFile { path, file_name: format!("{}.zip", frameworks.join("-")) })
        })
    }

    fn status<'a>(&'a self, _window: Window, framework: &'a str) -> Work<'a, Vec<ObligationRow>> {
        let row = ObligationRow {
            id: format!("{framework}:1"),
            title: "Logs".to_owned(),
            status: "evidence_present".to_owned(),
            evidence: 3,
            ..ObligationRow::default()
        };
        Box::pin(async move { Ok(vec![row]) })
    }
}

/// One denied request and one that waits.
fn records() -> Vec<Record> {
    let at = Fixed.now().plus_millis(-60_000);
    let actor = Actor {
        caller: CallerId::new("billing-bot").unwrap(),
        kind: "agent".to_owned(),
        team: None,
        key: KeyId::new("gnm_abcdefgh").unwrap(),
        address: None,
        client: None,
    };
    let target = Target {
        service: ServiceId::new("openai").unwrap(),
        status: Default::default(),
        upstream: UpstreamName::new("eu").unwrap(),
        host: None,
        model: Some("<b>gpt</b>".to_owned()),
    };
    let intent = Intent {
        decision: DecisionId::new("dec_1").unwrap(),
        received: at,
        actor: Some(actor.clone()),
        route: Some(RouteName::new("main").unwrap()),
        target: Some(target.clone()),
        dialect: DialectName::OpenaiChat,
        stream: false,
        verdict: Verdict::Deny,
        code: Some("denied".to_owned()),
        reasons: Vec::new(),
        findings: BTreeMap::from([("secret/AWS_ACCESS_KEY".to_owned(), 1)]),
        found: Vec::new(),
        attack_permille: 0,
        passes: Vec::new(),
        judge: None,
        policy: Digest([1; 32]),
        received_sha256: Digest([2; 32]),
        sent_sha256: None,
        received_bytes: 10,
        uninspected_parts: 0,
        tools: Vec::new(),
        approval: None,
    };
    let hold = Hold {
        approval: ApprovalId::new("apr_1").unwrap(),
        decision: DecisionId::new("dec_2").unwrap(),
        actor,
        route: RouteName::new("main").unwrap(),
        target,
        fingerprint: Digest([3; 32]),
        reasons: Vec::new(),
        findings: BTreeMap::new(),
        expires: Fixed.now().plus_millis(600_000),
    };
    let bodies = [RecordBody::Intent(Box::new(intent)), RecordBody::Hold(hold)];
    (0..)
        .zip(bodies)
        .map(|(seq, body)| Record { v: RECORD_VERSION, seq, at, node: "gateway-1".to_owned(), body })
        .collect()
}
