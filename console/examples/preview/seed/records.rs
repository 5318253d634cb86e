//! A week of records.

use crate::Failure;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::conversation::{DialectName, Usage};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId, DecisionId, KeyId, RouteName, ServiceId, UpstreamName};
use gnomon_types::record::{
    Actor, Found, Gap, Heartbeat, Hold, Intent, Outcome, PassSummary, RECORD_VERSION, Record, RecordBody, Target,
};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;

pub(crate) fn record(seq: u64, at: Timestamp, body: RecordBody) -> Record {
    Record { v: RECORD_VERSION, seq, at, node: "gateway-1".to_owned(), body }
}

fn actor(caller: &str, kind: &str, team: &str) -> Result<Actor, Failure> {
    Ok(Actor {
        caller: CallerId::new(caller)?,
        kind: kind.to_owned(),
        team: Some(team.to_owned()),
        key: KeyId::new("gnm_abcdefgh")?,
        address: None,
        client: Some("openai-python 2.54.0".to_owned()),
    })
}

fn reason(rule: &str, text: &str, control: &str) -> Reason {
    Reason { rule: rule.to_owned(), text: text.to_owned(), control: Some(control.to_owned()), observed: false }
}

fn target(service: &str, model: &str, status: ServiceStatus) -> Result<Target, Failure> {
    Ok(Target {
        service: ServiceId::new(service)?,
        status,
        upstream: UpstreamName::new(format!("{service}-eu"))?,
        host: None,
        model: Some(model.to_owned()),
    })
}

pub(super) fn week(now: Timestamp) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for index in 0..420i64 {
        let seq = u64::try_from(records.len())?;
        let at = now.plus_millis(-7 * 24 * HOUR + index * 7 * 24 * HOUR / 420);
        let intent = intent(index, at)?;
        let outcome = outcome(&intent, index)?;
        records.push(record(seq, at, RecordBody::Intent(Box::new(intent))));
        if let Some(outcome) = outcome {
            records.push(record(seq + 1, at.plus_millis(900), RecordBody::Outcome(outcome)));
        }
    }
    for index in 1..=4i64 {
        let seq = u64::try_from(records.len())?;
        let (body, _) = hold(index, now.plus_millis(-index * 400_000), now.plus_millis(HOUR))?;
        records.push(record(seq, now.plus_millis(-index * 400_000), body));
    }
    let seq = u64::try_from(records.len())?;
    let gap = Gap {
        from: now.plus_millis(-50 * HOUR),
        until: now.plus_millis(-50 * HOUR + 4_000),
        cause: "unclean_stop".to_owned(),
        refused: 0,
    };
    records.push(record(seq, now.plus_millis(-50 * HOUR + 4_000), RecordBody::Gap(gap)));
    let heartbeat = Heartbeat {
        phase: "running".to_owned(),
        accepted: 61_120,
        intents: 61_117,
        forwarded: 59_800,
        outcomes: 59_798,
        refused: 1_320,
        version: "0.1.0".to_owned(),
        config: None,
    };
    records.push(record(seq + 1, now.plus_millis(-20_000), RecordBody::Heartbeat(heartbeat)));
    Ok(records)
}

fn intent(index: i64, at: Timestamp) -> Result<Intent, Failure> {
    let (verdict, reasons, findings): (Verdict, Vec<Reason>, &[(&str, u64)]) = match index % 20 {
        3 | 11 => (
            Verdict::Redact,
            vec![reason("personal-data-under-review", "personal data is replaced before it leaves", "ai-act:26(4)")],
            &[("pii/EMAIL", 2), ("pii/IBAN", 1)],
        ),
        7 => (
            Verdict::Deny,
            vec![reason(
                "secrets-never-leave",
                "the request holds a credential: remove it and send again",
                "nis2:21(2)(e)",
            )],
            &[("secret/AWS_ACCESS_KEY", 1)],
        ),
        13 if index % 3 == 0 => (
            Verdict::Deny,
            vec![reason(
                "attacks-in-tool-results",
                "a tool result tries to give the model other orders",
                "ai-act:15(5)",
            )],
            &[("injection/INSTRUCTION_OVERRIDE", 1)],
        ),
        _ => (Verdict::Allow, Vec::new(), &[]),
    };
    let sent = verdict != Verdict::Deny;
    let caller = match index % 3 {
        0 => actor("billing-bot", "service", "Finance")?,
        1 => actor("clinic-agent", "agent", "Clinic")?,
        _ => actor("ide-of-engineering", "person", "Engineering")?,
    };
    let target = if index % 4 == 0 {
        target("anthropic", "claude-sonnet-5", ServiceStatus::SanctionedWithConditions)?
    } else {
        target("openai", "gpt-5-mini", ServiceStatus::Sanctioned)?
    };
    let received = Digest([u8::try_from(index % 250)?; 32]);
    let sent_digest = if verdict == Verdict::Redact { Digest([251; 32]) } else { received };
    Ok(Intent {
        decision: DecisionId::new(format!("dec_{index:026}"))?,
        received: at,
        actor: Some(caller),
        route: Some(RouteName::new("main")?),
        target: Some(target),
        dialect: DialectName::OpenaiChat,
        stream: index % 2 == 0,
        verdict,
        code: (!sent).then(|| "denied".to_owned()),
        reasons,
        findings: findings.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        found: findings.iter().enumerate().map(|(place, (name, _))| found(place, name)).collect(),
        attack_permille: u32::try_from(index % 40)?,
        passes: vec![
            PassSummary { pass: "first".to_owned(), verdict, micros: 180 + u64::try_from(index)?, sha256: received },
            PassSummary {
                pass: "second".to_owned(),
                verdict: if sent { Verdict::Allow } else { Verdict::Deny },
                micros: 420,
                sha256: sent_digest,
            },
        ],
        judge: None,
        policy: Digest([9; 32]),
        received_sha256: received,
        sent_sha256: sent.then_some(sent_digest),
        received_bytes: 1_840 + u64::try_from(index)? * 13,
        uninspected_parts: u64::from(index % 37 == 0),
        tools: Vec::new(),
        approval: None,
    })
}

fn outcome(intent: &Intent, index: i64) -> Result<Option<Outcome>, Failure> {
    if intent.sent_sha256.is_none() {
        return Ok(None);
    }
    let index = u64::try_from(index)?;
    Ok(Some(Outcome {
        decision: intent.decision.clone(),
        status: if index.is_multiple_of(61) { 502 } else { 200 },
        end: "complete".to_owned(),
        answer_bytes: 5_400,
        answer_sha256: Digest([3; 32]),
        duration_ms: 640 + index * 7 % 900,
        first_byte_ms: Some(210 + index % 90),
        model: None,
        usage: Some(Usage { input_tokens: 420 + index, output_tokens: 190 + index % 80 }),
        found: Vec::new(),
        findings: BTreeMap::new(),
        restored: 0,
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        tools: Vec::new(),
    }))
}

fn hold(index: i64, _at: Timestamp, expires: Timestamp) -> Result<(RecordBody, ApprovalId), Failure> {
    let approval = ApprovalId::new(format!("apr_{index:026}"))?;
    let hold = Hold {
        approval: approval.clone(),
        decision: DecisionId::new(format!("dec_9{index:025}"))?,
        actor: actor("clinic-agent", "agent", "Clinic")?,
        route: RouteName::new("claude")?,
        target: target("anthropic", "claude-sonnet-5", ServiceStatus::SanctionedWithConditions)?,
        fingerprint: Digest([u8::try_from(index % 250)?; 32]),
        reasons: vec![reason(
            "agents-ask-for-health-data",
            "an agent sends health data to a service with conditions: a person decides",
            "ai-act:14(1)",
        )],
        findings: BTreeMap::from([("pii/HEALTH".to_owned(), 3)]),
        expires,
    };
    Ok((RecordBody::Hold(hold), approval))
}

/// One more request that waits.
pub(crate) fn held(seq: u64, now: Timestamp) -> Result<(Record, ApprovalId), Failure> {
    let (body, approval) = hold(i64::try_from(seq)?, now, now.plus_millis(HOUR))?;
    Ok((record(seq, now, body), approval))
}

/// A finding of a type, as a detector would tell it.
fn found(place: usize, name: &str) -> Found {
    let (kind, type_) = name.split_once('/').unwrap_or(("pii", name));
    Found {
        kind: kind.to_owned(),
        type_: type_.to_owned(),
        place: format!("/messages/{place}/content"),
        start: 17,
        end: 42,
        score_permille: 980,
        rule: format!("{kind}.{}", type_.to_ascii_lowercase().replace('_', "-")),
        rule_version: "9f0c2d4e6a81".to_owned(),
        why: "has the form of what the rule looks for".to_owned(),
        view: "plain".to_owned(),
        tool: None,
        replaced: false,
    }
}
