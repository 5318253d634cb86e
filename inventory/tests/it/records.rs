//! Records of an evidence log, as a gateway writes them.

use crate::databases::START;
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::conversation::{DialectName, Usage};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId, DecisionId, KeyId, RouteName, ServiceId, UpstreamName};
use gnomon_types::record::{
    Actor, Admin, Approval, Gap, Heartbeat, Hold, Intent, Outcome, PassSummary, RECORD_VERSION, Record, RecordBody,
    Target,
};
use gnomon_types::sighting::{BlindSpot, EvidencePointer, SourceSummary, Use};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

pub(crate) const ORIGIN: &str = "gnomon.example/gateway-1";

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

pub(crate) fn service(id: &str) -> ServiceId {
    ServiceId::new(id).unwrap()
}

pub(crate) fn record(seq: u64, body: RecordBody) -> Record {
    let at = at(i64::try_from(seq).unwrap() * 1000);
    Record { v: RECORD_VERSION, seq, at, node: "gateway-1".to_owned(), body }
}

pub(crate) fn actor(caller: &str) -> Actor {
    Actor {
        caller: CallerId::new(caller).unwrap(),
        kind: "agent".to_owned(),
        team: Some("billing".to_owned()),
        key: KeyId::new("gnm_abcdefgh").unwrap(),
        address: None,
        client: Some("openai-python".to_owned()),
    }
}

pub(crate) fn target(id: &str, model: &str) -> Target {
    Target {
        service: service(id),
        status: ServiceStatus::Sanctioned,
        upstream: UpstreamName::new(format!("{id}-upstream")).unwrap(),
        host: Some("api.vendor.example:8443".to_owned()),
        model: Some(model.to_owned()),
    }
}

pub(crate) fn intent(decision: &str, millis: i64, verdict: Verdict) -> Intent {
    let sent = matches!(verdict, Verdict::Allow | Verdict::Redact);
    let finding = if verdict == Verdict::Deny { "secret/AWS_ACCESS_KEY" } else { "pii/EMAIL" };
    Intent {
        decision: DecisionId::new(decision).unwrap(),
        received: at(millis),
        actor: Some(actor("billing-bot")),
        route: Some(RouteName::new("main").unwrap()),
        target: Some(target("openai", "gpt-4o")),
        dialect: DialectName::OpenaiChat,
        stream: true,
        verdict,
        code: (!sent).then(|| "denied".to_owned()),
        reasons: vec![reason("secrets-never-leave")],
        findings: if verdict == Verdict::Allow { BTreeMap::new() } else { BTreeMap::from([(finding.to_owned(), 2)]) },
        found: Vec::new(),
        attack_permille: 17,
        passes: vec![PassSummary { pass: "first".to_owned(), verdict, micros: 40, sha256: Digest([1; 32]) }],
        judge: None,
        policy: Digest([9; 32]),
        received_sha256: Digest([1; 32]),
        sent_sha256: sent.then_some(Digest([2; 32])),
        received_bytes: 100,
        uninspected_parts: 0,
        tools: Vec::new(),
        approval: None,
    }
}

pub(crate) fn reason(rule: &str) -> Reason {
    let text = "secrets do not leave the organisation".to_owned();
    Reason { rule: rule.to_owned(), text, control: Some("ai-act:26(5)".to_owned()), observed: false }
}

pub(crate) fn outcome(decision: &str) -> Outcome {
    Outcome {
        decision: DecisionId::new(decision).unwrap(),
        status: 200,
        end: "complete".to_owned(),
        answer_bytes: 400,
        answer_sha256: Digest([3; 32]),
        duration_ms: 900,
        first_byte_ms: Some(200),
        model: Some("gpt-4o-2024".to_owned()),
        usage: Some(Usage { input_tokens: 11, output_tokens: 22 }),
        findings: BTreeMap::from([("pii/IBAN".to_owned(), 1)]),
        found: Vec::new(),
        restored: 0,
        verdict: Verdict::Redact,
        reasons: Vec::new(),
        tools: Vec::new(),
    }
}

pub(crate) fn hold(approval: &str, decision: &str, expires: i64) -> Hold {
    Hold {
        approval: ApprovalId::new(approval).unwrap(),
        decision: DecisionId::new(decision).unwrap(),
        actor: actor("clinic-agent"),
        route: RouteName::new("main").unwrap(),
        target: target("anthropic", "claude-sonnet"),
        fingerprint: Digest([7; 32]),
        reasons: vec![reason("health-data-needs-a-person")],
        findings: BTreeMap::from([("pii/HEALTH".to_owned(), 1)]),
        expires: at(expires),
    }
}

pub(crate) fn approval(id: &str, outcome: &str, by: &str) -> Approval {
    Approval {
        approval: ApprovalId::new(id).unwrap(),
        outcome: outcome.to_owned(),
        by: by.to_owned(),
        note: String::new(),
        fingerprint: Digest([7; 32]),
    }
}

pub(crate) fn admin(action: &str, subject: &str, change: Option<&str>) -> Admin {
    Admin {
        by: "ada".to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        before: None,
        after: Some("sanctioned".to_owned()),
        change: change.map(str::to_owned),
    }
}

/// A day of a gateway: allowed, redacted, denied, held and approved, a gap, a heartbeat, an anonymous request.
pub(crate) fn day() -> Vec<Record> {
    let heartbeat = Heartbeat {
        phase: "running".to_owned(),
        accepted: 9,
        intents: 8,
        forwarded: 7,
        outcomes: 6,
        refused: 1,
        version: "0.1.0".to_owned(),
        config: None,
    };
    let gap = Gap { from: at(0), until: at(5), cause: "disk_full".to_owned(), refused: 2 };
    let mut anonymous = intent("dec_anon", 5_000, Verdict::Deny);
    (anonymous.actor, anonymous.target, anonymous.route) = (None, None, None);
    let mut released = intent("dec_hold", 6_000, Verdict::Redact);
    released.actor = Some(actor("clinic-agent"));
    released.target = Some(target("anthropic", "claude-sonnet"));
    released.approval = Some(ApprovalId::new("apr_1").unwrap());
    let bodies = vec![
        RecordBody::Admin(admin("config.load", "gateway", None)),
        RecordBody::Intent(Box::new(intent("dec_allow", 1_000, Verdict::Allow))),
        RecordBody::Outcome(outcome("dec_allow")),
        RecordBody::Intent(Box::new(intent("dec_redact", 86_400_000, Verdict::Redact))),
        RecordBody::Hold(hold("apr_1", "dec_hold", 600_000)),
        RecordBody::Intent(Box::new(intent("dec_deny", 3_000, Verdict::Deny))),
        RecordBody::Outcome(outcome("dec_redact")),
        RecordBody::Gap(gap),
        RecordBody::Approval(approval("apr_1", "approved", "ada")),
        RecordBody::Intent(Box::new(released)),
        RecordBody::Outcome(outcome("dec_hold")),
        RecordBody::Intent(Box::new(anonymous)),
        RecordBody::Heartbeat(heartbeat),
        RecordBody::Hold(hold("apr_2", "dec_wait", 700_000)),
        RecordBody::Outcome(outcome("dec_unknown")),
    ];
    (0..).zip(bodies).map(|(seq, body)| record(seq, body)).collect()
}

pub(crate) fn imported_use(id: &str, user: &str, line: u64, requests: u64) -> Use {
    Use {
        service: service(id),
        service_name: format!("Name of {id}"),
        kind: ServiceKind::Known,
        host: format!("{id}.example"),
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        device: Some("10.0.0.7".to_owned()),
        day: "2026-11-22".to_owned(),
        first_seen: at(-90_000_000),
        last_seen: at(-80_000_000),
        requests,
        bytes_up: 10 * requests,
        bytes_down: 20 * requests,
        confidence: 0.9,
        models: vec!["gpt-4o".to_owned()],
        clients: Vec::new(),
        evidence: vec![EvidencePointer {
            source: "squid".to_owned(),
            file: "access.log".to_owned(),
            digest: None,
            offset: line * 80,
            line,
        }],
    }
}

pub(crate) fn source(file: &str) -> SourceSummary {
    SourceSummary { file: file.to_owned(), format: "squid".to_owned(), lines: 12, parsed: 11, rejected: 1 }
}

pub(crate) fn blind_spot() -> BlindSpot {
    BlindSpot { user: Some("eve".to_owned()), device: None, reason: "uses DNS over HTTPS at dns.google".to_owned() }
}
