//! What the tests share: a clock set by hand, a log with every kind of record, a pack of it.

use gnomon_compliance::{ComplianceError, ExportRequest, Framework, PackSummary, Window, export};
use gnomon_evidence::{Log, LogConfig, NoteSigner};
use gnomon_types::record::RecordBody;
use gnomon_types::time::{Clock, Timestamp};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(crate) const ORIGIN: &str = "gateway.example.com/evidence";
/// 2026-11-18T11:06:40Z.
pub(crate) const START: i64 = 1_795_000_000_000;

/// A clock that moves one second at each look.
pub(crate) struct Steps(pub(crate) AtomicI64);

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

/// A folder with `evidence/` in it, and the key where an installation keeps it.
pub(crate) struct Site {
    pub(crate) root: tempfile::TempDir,
}

impl Site {
    pub(crate) fn new() -> Fallible<Self> {
        Ok(Self { root: tempfile::tempdir()? })
    }

    /// A site whose log holds the story of [`story`] and more requests.
    pub(crate) fn with_story(requests: usize) -> Fallible<Self> {
        let site = Self::new()?;
        let log = site.open(START)?;
        for body in story() {
            log.append_blocking(body)?;
        }
        for number in 0..requests {
            log.append_blocking(intent(&format!("more-{number}"), "allow", &json!({})))?;
            log.append_blocking(outcome(&format!("more-{number}")))?;
        }
        log.close();
        Ok(site)
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.root.path().join("evidence")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn open(&self, start: i64) -> Fallible<Log> {
        let signer = NoteSigner::load_or_create(&self.path("keys/evidence.key"), ORIGIN)?;
        let mut config = LogConfig::new(self.log_dir(), "gateway-1", signer);
        config.checkpoint_every = Duration::from_millis(5);
        Ok(Log::open(config, Arc::new(Steps(AtomicI64::new(start))))?)
    }

    pub(crate) fn export(&self, name: &str) -> Result<PackSummary, ComplianceError> {
        export(&self.request(name))
    }

    pub(crate) fn request(&self, name: &str) -> ExportRequest {
        ExportRequest {
            log_dir: self.log_dir(),
            window: Window { from: Timestamp::from_millis(0), until: Timestamp::from_millis(START + 86_400_000) },
            frameworks: vec![Framework::AiAct, Framework::Nis2],
            out: self.path(name),
            now: Timestamp::from_millis(START + 86_400_000),
        }
    }
}

#[expect(clippy::expect_used, reason = "a test's own data")]
fn body(value: serde_json::Value) -> RecordBody {
    serde_json::from_value(value).expect("a record body")
}

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn target() -> serde_json::Value {
    json!({ "service": "openai", "status": "sanctioned_with_conditions", "upstream": "openai", "model": "gpt-5" })
}

fn actor() -> serde_json::Value {
    json!({ "caller": "support-bot", "kind": "agent", "team": "support", "key": "gnm_abcdefgh" })
}

#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test's own data")]
pub(crate) fn intent(decision: &str, verdict: &str, more: &serde_json::Value) -> RecordBody {
    let mut intent = json!({
        "kind": "intent", "decision": decision, "received": "2026-11-18T11:06:40.000Z", "actor": actor(),
        "route": "chat", "target": target(), "dialect": "openai-chat", "stream": true, "verdict": verdict,
        "passes": [
            { "pass": "first", "verdict": verdict, "micros": 90, "sha256": DIGEST },
            { "pass": "second", "verdict": verdict, "micros": 120, "sha256": DIGEST },
        ],
        "policy": DIGEST, "received_sha256": DIGEST, "received_bytes": 240,
    });
    if verdict == "allow" || verdict == "redact" {
        intent["sent_sha256"] = json!(DIGEST);
    }
    for (name, value) in more.as_object().expect("an object") {
        intent[name] = value.clone();
    }
    body(intent)
}

pub(crate) fn outcome(decision: &str) -> RecordBody {
    body(json!({
        "kind": "outcome", "decision": decision, "status": 200, "end": "complete", "answer_bytes": 900,
        "answer_sha256": DIGEST, "duration_ms": 800, "first_byte_ms": 200, "model": "gpt-5", "verdict": "allow",
    }))
}

fn beat(phase: &str, intents: u64, outcomes: u64) -> RecordBody {
    body(json!({
        "kind": "heartbeat", "phase": phase, "accepted": intents, "intents": intents, "forwarded": outcomes,
        "outcomes": outcomes, "refused": intents - outcomes, "version": "0.1.0", "config": DIGEST,
    }))
}

fn admin(action: &str, subject: &str, after: &str) -> RecordBody {
    body(json!({ "kind": "admin", "by": "ada", "action": action, "subject": subject, "after": after }))
}

fn rule(id: &str, control: &str) -> serde_json::Value {
    json!({ "reasons": [{ "rule": id, "text": "not like this", "control": control }] })
}

/// One of each kind of record.
#[expect(clippy::indexing_slicing, reason = "a test's own data")]
pub(crate) fn story() -> Vec<RecordBody> {
    let denied = {
        let mut more = rule("secrets-never-leave", "nis2:21(2)(j)");
        more["code"] = json!("denied");
        more["findings"] = json!({ "secret/AWS_ACCESS_KEY": 1 });
        intent("d-denied", "deny", &more)
    };
    let redacted = {
        let mut more = rule("personal-data-stays-until-review", "ai-act:26(5)");
        more["findings"] = json!({ "pii/EMAIL": 2 });
        intent("d-redacted", "redact", &more)
    };
    let held = {
        let mut more = rule("agents-ask-before-personal-data", "ai-act:26(2)");
        more["code"] = json!("held");
        intent("d-held", "hold", &more)
    };
    vec![
        beat("start", 0, 0),
        admin("config.load", "gnomon.toml", "in force"),
        admin("policy.load", "starter", DIGEST),
        admin("key.create", "gnm_abcdefgh", "support-bot"),
        admin("service.status", "openai", "sanctioned_with_conditions"),
        body(json!({ "kind": "model_change", "service": "openai", "upstream": "openai", "model": "gpt-5" })),
        intent("d-allowed", "allow", &json!({})),
        outcome("d-allowed"),
        denied,
        redacted,
        outcome("d-redacted"),
        held,
        body(json!({
            "kind": "hold", "approval": "a-1", "decision": "d-held", "actor": actor(), "route": "chat",
            "target": target(), "fingerprint": DIGEST, "expires": "2026-11-18T12:06:40.000Z",
            "reasons": [{ "rule": "agents-ask-before-personal-data", "text": "ask first", "control": "ai-act:26(2)" }],
        })),
        body(json!({
            "kind": "approval", "approval": "a-1", "outcome": "approved", "by": "ada", "note": "fine",
            "fingerprint": DIGEST,
        })),
        intent("d-approved", "allow", &json!({ "approval": "a-1" })),
        intent("d-orphan", "allow", &json!({})),
        body(json!({
            "kind": "gap", "from": "2026-11-18T11:06:50.000Z", "until": "2026-11-18T11:06:52.000Z",
            "cause": "disk_full", "refused": 3,
        })),
        beat("stop", 6, 2),
    ]
}
