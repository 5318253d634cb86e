//! Decisions as data: a case says what is asked and what must come of it. `gnomon policy test` and our own tests run
//! the same cases through the same code as live traffic.

mod check;
mod read;

use crate::answer::{Received, judge_answer};
use crate::decision::Request;
use crate::opinion::{Band, Judge, JudgeTerms, OnJudgeFailure, Opinion, Question};
use crate::snapshot::Snapshot;
use crate::tools::{Asked, Called, FirstUse, Pin, PinBook, ToolPins, definitions_in};
use crate::validate::validate;
use check::Check;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::code::Code;
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use gnomon_types::tool::{Definition, ToolSource};
use gnomon_types::verdict::Verdict;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

pub use check::{CaseOutcome, Mismatch};
pub use read::read_cases;

/// One case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence.
    pub name: String,
    #[serde(default = "default_caller")]
    caller: CallerId,
    #[serde(default)]
    kind: CallerKind,
    #[serde(default)]
    team: Option<String>,
    #[serde(default = "default_route")]
    route: String,
    #[serde(default = "default_service")]
    service: ServiceId,
    #[serde(default)]
    status: ServiceStatus,
    #[serde(default = "default_upstream")]
    upstream: UpstreamName,
    #[serde(default = "default_method")]
    method: String,
    #[serde(default = "default_path")]
    path: String,
    #[serde(default)]
    approved: bool,
    /// What a judge model says about every text, sure or not.
    #[serde(default)]
    judge: Option<Opinion>,
    /// What happens when it says nothing.
    #[serde(default)]
    on_judge_failure: OnJudgeFailure,
    /// Definitions of tools that are approved for the caller, as they would stand in the body.
    #[serde(default)]
    approved_tools: Vec<Value>,
    /// The same, rejected.
    #[serde(default)]
    rejected_tools: Vec<Value>,
    /// Whether the first definition of a tool is taken on trust.
    #[serde(default)]
    trust_first: bool,
    /// A JSON body; a string is taken as the raw body. `{"$join": ["a", "b"]}` anywhere stands for the text `ab`, so
    /// that a case about a credential does not hold one.
    #[serde(default)]
    body: Value,
    /// Judges an answer with these findings instead of a request.
    #[serde(default, deserialize_with = "counted")]
    answer: Option<BTreeMap<String, u64>>,
    expect: Expectation,
}

/// What must come of it. What is left out is not checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    verdict: Verdict,
    #[serde(default)]
    code: Option<Code>,
    /// Exactly the rules that counted, in any order.
    #[serde(default)]
    rules: Option<Vec<String>>,
    /// Rules that must have observed.
    #[serde(default)]
    observed: Vec<String>,
    /// Exactly what was found.
    #[serde(default, deserialize_with = "counted")]
    findings: Option<BTreeMap<String, u64>>,
    /// Texts that must stand in the bytes that leave.
    #[serde(default)]
    leaves: Vec<Value>,
    /// Texts that must not stand in the bytes that leave.
    #[serde(default)]
    stays: Vec<Value>,
    #[serde(default)]
    reroute: Option<UpstreamName>,
    #[serde(default)]
    model: Option<String>,
}

/// Runs one case.
#[must_use]
pub fn run_case(snapshot: &Snapshot, case: &Case) -> CaseOutcome {
    let caller = Caller {
        id: case.caller.clone(),
        kind: case.kind,
        team: case.team.clone(),
        key: KeyId::sanitised("gnm_testcase"),
    };
    let target = Target {
        service: case.service.clone(),
        status: case.status,
        upstream: case.upstream.clone(),
        host: None,
        model: None,
    };
    match &case.answer {
        Some(findings) => run_answer(snapshot, case, &caller, &target, findings),
        None => run_request(snapshot, case, &caller, &target),
    }
}

fn run_answer(
    snapshot: &Snapshot,
    case: &Case,
    caller: &Caller,
    target: &Target,
    findings: &BTreeMap<String, u64>,
) -> CaseOutcome {
    let dialect = gnomon_dialects::recognise(&case.method, &case.path);
    let (asked, called) = (&Asked::default(), &Called::default());
    let answer = Received { caller, route: &case.route, target, dialect, findings, offers: &[], asked, called };
    let rule = judge_answer(snapshot, &answer);
    let mut check = Check::new(case, rule.verdict, &rule.reasons);
    check.verdict_and_rules();
    check.labels(findings.keys(), &snapshot.plan().labels());
    check.done()
}

fn run_request(snapshot: &Snapshot, case: &Case, caller: &Caller, target: &Target) -> CaseOutcome {
    let body = body_bytes(&case.body);
    let terms =
        JudgeTerms { band: Band { from: 0, to: 1001 }, text_bytes_max: usize::MAX, on_failure: case.on_judge_failure };
    let opinion = |_: &Question| case.judge;
    let book = pins(case);
    let first_use = if case.trust_first { FirstUse::Trust } else { FirstUse::Review };
    let request = Request {
        caller,
        route: &case.route,
        target,
        method: &case.method,
        path: &case.path,
        dialect: gnomon_dialects::recognise(&case.method, &case.path),
        content_type: Some("application/json"),
        body: &body,
        approved: case.approved,
        heard: false,
        judge: case.judge.is_some().then_some(Judge { terms: &terms, opinion: &opinion }),
        pins: ToolPins { decided: &book, first_use, ..ToolPins::default() },
        micros: &|| 0,
    };
    let decision = validate(&request, snapshot);
    let left = match decision.verdict {
        Verdict::Deny => String::new(),
        Verdict::Allow | Verdict::Redact | Verdict::Hold => {
            String::from_utf8_lossy(decision.outgoing.as_deref().unwrap_or(&body)).into_owned()
        }
    };
    let mut check = Check::new(case, decision.verdict, &decision.reasons);
    check.verdict_and_rules();
    let expect = &case.expect;
    check.equal("code", expect.code.as_ref(), decision.code.as_ref());
    check.equal("findings", expect.findings.as_ref(), Some(&decision.findings));
    check.equal("reroute", expect.reroute.as_ref(), decision.reroute.as_ref());
    check.equal("model", expect.model.as_ref(), decision.model.as_ref());
    check.bytes(&left);
    check.done()
}

/// What the case says was decided about tools.
fn pins(case: &Case) -> PinBook {
    let source = ToolSource::Caller(case.caller.clone());
    let pinned = |tools: &[Value], pin: Pin| -> Vec<(Definition, Pin)> {
        let texts = tools.iter().map(|tool| joined(tool).to_string());
        let definitions = texts.flat_map(|text| definitions_in(&source, &text));
        definitions.map(|definition| (definition, pin)).collect()
    };
    let approved = pinned(&case.approved_tools, Pin::Approved);
    approved.into_iter().chain(pinned(&case.rejected_tools, Pin::Rejected)).collect()
}

/// Findings and how often each was made.
fn counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, u64>>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let advice = "findings that are no map, expected each with its number: {\"pii/EMAIL\": 2}";
    serde_json::from_value(value).map_err(|_| D::Error::custom(advice))
}

fn body_bytes(body: &Value) -> Vec<u8> {
    match joined(body) {
        Value::Null => Vec::new(),
        Value::String(raw) => raw.into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

fn joined_text(value: &Value) -> String {
    match joined(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Replaces every `{"$join": [..]}` by the text it stands for.
fn joined(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("$join").and_then(Value::as_array) {
            Some(pieces) => Value::String(pieces.iter().filter_map(Value::as_str).collect()),
            None => Value::Object(map.iter().map(|(key, value)| (key.clone(), joined(value))).collect()),
        },
        Value::Array(items) => Value::Array(items.iter().map(joined).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn default_caller() -> CallerId {
    CallerId::sanitised("case")
}

fn default_route() -> String {
    "chat".to_owned()
}

fn default_service() -> ServiceId {
    ServiceId::sanitised("openai")
}

fn default_upstream() -> UpstreamName {
    UpstreamName::sanitised("openai")
}

fn default_method() -> String {
    "POST".to_owned()
}

fn default_path() -> String {
    "/v1/chat/completions".to_owned()
}
