//! One text on its own, for `gnomon scan`: the second pass as if the text were a message to a service that nobody has
//! reviewed.

use crate::decide::judge;
use crate::decision::Request;
use crate::examine::{Depth, Look, examine};
use crate::explain;
use crate::facts::Facts;
use crate::glances::Glances;
use crate::pass::Pass;
use crate::remedy::{Step, rule_on};
use crate::snapshot::Snapshot;
use crate::tools::{ToolFacts, ToolPins};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::{Conversation, DialectName, Part, Role};
use gnomon_types::finding::Finding;
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use gnomon_types::secret::Text;
use gnomon_types::verdict::{Reason, Verdict};

/// What the passes say about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextVerdict {
    /// What would be done with a request of this text.
    pub verdict: Verdict,
    /// Prompt-attack score, 0 to 1.
    pub score: f32,
    /// What was found, sorted by start.
    pub findings: Vec<Finding>,
    /// Why, the deciding rule first.
    pub reasons: Vec<Reason>,
    /// The inspection ran out of its budget before it saw everything.
    pub exhausted: bool,
}

/// Judges one text in a role.
#[must_use]
pub fn scan_text(snapshot: &Snapshot, text: &str, role: Role) -> TextVerdict {
    let part = Part { role, text: Text(text.to_owned()), span: 0..text.len(), pointer: String::new() };
    let conversation = Conversation {
        dialect: DialectName::OpenaiChat,
        model: None,
        stream: false,
        parts: vec![part],
        tools: Vec::new(),
        calls: Vec::new(),
        unseen_history: false,
        uninspected_parts: 0,
    };
    let (caller, target) = (nobody(), unreviewed());
    let glances = &mut Glances::default();
    let mut look = Look { inner: snapshot.inner(), caller: &caller.id, depth: Depth::Full, band: None, glances };
    let seen = examine(conversation, "", &mut look);
    let request = Request {
        caller: &caller,
        route: "scan",
        target: &target,
        method: "POST",
        path: "/v1/chat/completions",
        dialect: DialectName::OpenaiChat,
        content_type: None,
        body: text.as_bytes(),
        approved: false,
        heard: false,
        judge: None,
        pins: ToolPins::default(),
        micros: &|| 0,
    };
    let mut facts = Facts::of_request(&request, Pass::Second.as_str(), &seen, ToolFacts::default());
    let (verdict, mut reasons, observed) = match judge(&mut facts, snapshot.inner()) {
        Err(_) => (Verdict::Deny, vec![explain::built_in(explain::ENGINE_FAILED)], Vec::new()),
        Ok(judgement) => {
            let ruling = rule_on(&judgement, &facts);
            let verdict = match &ruling.step {
                Step::Pass => Verdict::Allow,
                Step::Hold => Verdict::Hold,
                Step::Redact(selection) if seen.findings.iter().flatten().any(|found| selection.covers(found)) => {
                    Verdict::Redact
                }
                Step::Redact(_) | Step::Reroute(_) | Step::Deny => Verdict::Deny,
            };
            (verdict, ruling.reasons, ruling.observed)
        }
    };
    explain::extend(&mut reasons, observed);
    let findings = seen.findings.into_iter().flatten().collect();
    TextVerdict { verdict, score: seen.sum.attack_score, findings, reasons, exhausted: seen.sum.exhausted }
}

fn nobody() -> Caller {
    Caller { id: CallerId::sanitised("scan"), kind: CallerKind::Person, team: None, key: KeyId::sanitised("scan") }
}

fn unreviewed() -> Target {
    Target {
        service: ServiceId::sanitised("scan"),
        status: ServiceStatus::UnderReview,
        upstream: UpstreamName::sanitised("scan"),
        host: None,
        model: None,
    }
}
