//! Builds the records of a request: intent, hold, outcome (pure).

use crate::answer::{End, Ended};
use crate::desk::{Lapsed, Waiting};
use crate::refusal::Refusal;
use gnomon_policy::{Decision, Offer, Standing};
use gnomon_types::caller::Caller;
use gnomon_types::conversation::{DialectName, Usage};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, DecisionId, RouteName};
use gnomon_types::opinion::JudgeSummary;
use gnomon_types::record::{Actor, Approval, Hold, Intent, Outcome, RecordBody, Target};
use gnomon_types::time::Timestamp;
use gnomon_types::tool::ToolAlarm;
use gnomon_types::verdict::Verdict;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::IpAddr;
use std::time::Duration;

/// Characters kept of a client program's own description.
const CLIENT_CHARS_MAX: usize = 64;

/// Bytes kept of a model's name as callers and upstreams give it: they may send any, and a record has an end.
const MODEL_BYTES_MAX: usize = 256;

/// Definitions of tools that one record names, and approved ones of the same tool beside each.
const TOOLS_MAX: usize = 32;
const APPROVED_MAX: usize = 4;

/// Tokens beyond which a report of an upstream is not believed. Sums of such counts fit the database for ever.
const TOKENS_MAX: u64 = 1 << 40;

/// What is known about a request; filled step by step, so that a refusal at any step can be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) decision: DecisionId,
    pub(crate) received: Timestamp,
    pub(crate) actor: Option<Actor>,
    pub(crate) route: Option<RouteName>,
    pub(crate) target: Option<Target>,
    pub(crate) dialect: DialectName,
    pub(crate) stream: bool,
    pub(crate) policy: Digest,
    pub(crate) received_sha256: Digest,
    pub(crate) received_bytes: u64,
    pub(crate) judge: Option<JudgeSummary>,
}

impl Facts {
    /// The record of a decision by policy.
    pub(crate) fn intent(&self, decision: &Decision, sent: Option<Digest>, approval: Option<ApprovalId>) -> Intent {
        let mut intent = self.bare(decision.verdict, approval);
        intent.code = decision.code.filter(|_| sent.is_none()).map(|code| code.as_str().to_owned());
        intent.reasons.clone_from(&decision.reasons);
        intent.findings.clone_from(&decision.findings);
        intent.found.clone_from(&decision.found);
        intent.attack_permille = permille(decision.attack_score);
        intent.passes.clone_from(&decision.passes);
        intent.sent_sha256 = sent;
        intent.uninspected_parts = u64::try_from(decision.uninspected_parts).unwrap_or(u64::MAX);
        intent.tools = decision.offers.iter().filter_map(alarm).take(TOOLS_MAX).collect();
        intent
    }

    /// The record of a refusal before or after policy spoke.
    pub(crate) fn refused(&self, refusal: &Refusal) -> Intent {
        let mut intent = self.bare(Verdict::Deny, refusal.approval.clone());
        intent.code = Some(refusal.code.as_str().to_owned());
        intent.reasons.clone_from(&refusal.reasons);
        intent
    }

    fn bare(&self, verdict: Verdict, approval: Option<ApprovalId>) -> Intent {
        Intent {
            decision: self.decision.clone(),
            received: self.received,
            actor: self.actor.clone(),
            route: self.route.clone(),
            target: self.target.clone().map(bounded),
            dialect: self.dialect,
            stream: self.stream,
            verdict,
            code: None,
            reasons: Vec::new(),
            findings: std::collections::BTreeMap::new(),
            found: Vec::new(),
            attack_permille: 0,
            passes: Vec::new(),
            judge: self.judge.clone(),
            policy: self.policy,
            received_sha256: self.received_sha256,
            sent_sha256: None,
            received_bytes: self.received_bytes,
            uninspected_parts: 0,
            tools: Vec::new(),
            approval,
        }
    }
}

/// A definition of a tool that stands against what was decided.
fn alarm((definition, standing): &Offer) -> Option<ToolAlarm> {
    let approved = match standing {
        Standing::Approved | Standing::FirstUse | Standing::New => return None,
        Standing::Changed(approved) | Standing::Rejected(approved) => approved,
    };
    let approved = approved.iter().copied().take(APPROVED_MAX).collect();
    Some(ToolAlarm { definition: definition.clone(), status: standing.status(), approved })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within 0 to 1000 before the cast")]
fn permille(score: f32) -> u32 {
    (score * 1000.0).round().clamp(0.0, 1000.0) as u32
}

/// Who asked, without a name of a person: the address as a keyed hash, the program as it calls itself.
pub(crate) fn actor(caller: &Caller, address: IpAddr, address_key: &[u8; 32], user_agent: Option<&str>) -> Actor {
    Actor {
        caller: caller.id.clone(),
        kind: caller.kind.as_str().to_owned(),
        team: caller.team.clone(),
        key: caller.key.clone(),
        address: pseudonym(address, address_key),
        client: user_agent.and_then(program),
    }
}

fn pseudonym(address: IpAddr, key: &[u8; 32]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(address.to_string().as_bytes());
    let hash: [u8; 32] = mac.finalize().into_bytes().into();
    Some(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// The first product of a user agent, such as `OpenAI/Python`.
fn program(user_agent: &str) -> Option<String> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "._/+-".contains(*c);
    let first = user_agent.split_whitespace().next()?;
    let clean: String = first.chars().filter(allowed).take(CLIENT_CHARS_MAX).collect();
    (!clean.is_empty()).then_some(clean)
}

/// The record of a request that begins to wait.
pub(crate) fn hold(waiting: Waiting, actor: Actor) -> RecordBody {
    RecordBody::Hold(Hold {
        approval: waiting.approval,
        decision: waiting.decision,
        actor,
        route: waiting.route,
        target: bounded(waiting.target),
        fingerprint: waiting.fingerprint,
        reasons: waiting.reasons,
        findings: waiting.findings,
        expires: waiting.expires,
    })
}

/// The record of a request that nobody decided about in time.
pub(crate) fn lapsed(lapsed: Lapsed) -> RecordBody {
    RecordBody::Approval(Approval {
        approval: lapsed.id,
        outcome: "expired".to_owned(),
        by: "system".to_owned(),
        note: String::new(),
        fingerprint: lapsed.fingerprint,
    })
}

/// The times of an exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) total: Duration,
    pub(crate) first_byte: Option<Duration>,
}

/// The record of an exchange that got an answer.
pub(crate) fn outcome(decision: DecisionId, status: u16, ended: &Ended, sent: Digest, times: Times) -> Outcome {
    Outcome {
        decision,
        status,
        end: ended.end.as_str().to_owned(),
        answer_bytes: ended.bytes,
        answer_sha256: sent,
        duration_ms: millis(times.total),
        first_byte_ms: times.first_byte.map(millis),
        model: ended.model.as_deref().map(model_name),
        usage: ended.usage.map(believable),
        findings: ended.judge.findings.clone(),
        found: ended.judge.found.clone(),
        restored: ended.judge.restored,
        verdict: ended.judge.verdict,
        reasons: ended.judge.reasons.clone(),
        tools: ended.judge.offers().iter().filter_map(alarm).take(TOOLS_MAX).collect(),
    }
}

/// The target as it is recorded. Policy judged the whole name.
fn bounded(target: Target) -> Target {
    Target { model: target.model.as_deref().map(model_name), ..target }
}

fn model_name(name: &str) -> String {
    let mut end = name.len().min(MODEL_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default().to_owned()
}

fn believable(usage: Usage) -> Usage {
    Usage { input_tokens: usage.input_tokens.min(TOKENS_MAX), output_tokens: usage.output_tokens.min(TOKENS_MAX) }
}

/// The record of an exchange that got none.
pub(crate) fn no_answer(decision: DecisionId, end: End, sent: Digest, total: Duration) -> Outcome {
    Outcome {
        decision,
        status: 0,
        end: end.as_str().to_owned(),
        answer_bytes: 0,
        answer_sha256: sent,
        duration_ms: millis(total),
        first_byte_ms: None,
        model: None,
        usage: None,
        findings: std::collections::BTreeMap::new(),
        found: Vec::new(),
        restored: 0,
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        tools: Vec::new(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::asset::ServiceStatus;
    use gnomon_types::ids::{ServiceId, UpstreamName};

    #[test]
    fn an_address_is_a_pseudonym_that_needs_its_key() {
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        let pseudonym_of = |key| pseudonym(address, &[key; 32]).unwrap();
        assert_eq!(pseudonym_of(1), pseudonym_of(1));
        assert_ne!(pseudonym_of(1), pseudonym_of(2));
        assert_eq!(pseudonym_of(1).len(), 16);
    }

    #[test]
    fn a_program_is_its_first_product_only() {
        for (user_agent, expected) in [
            ("OpenAI/Python 2.54.0", Some("OpenAI/Python")),
            ("claude-cli/2.1 (external, user@example.com)", Some("claude-cli/2.1")),
            ("", None),
            ("(\u{1}", None),
        ] {
            assert_eq!(program(user_agent).as_deref(), expected, "{user_agent}");
        }
    }

    #[test]
    fn what_an_upstream_says_of_itself_has_bounds() {
        assert_eq!(model_name("gpt-4o"), "gpt-4o");
        assert_eq!(model_name(&"\u{20ac}".repeat(30_000)).len(), 255);
        let target = Target {
            service: ServiceId::new("s").unwrap(),
            status: ServiceStatus::Sanctioned,
            upstream: UpstreamName::new("u").unwrap(),
            host: None,
            model: Some("m".repeat(70_000)),
        };
        assert_eq!(bounded(target).model.unwrap().len(), MODEL_BYTES_MAX);
        let usage = believable(Usage { input_tokens: u64::MAX, output_tokens: 7 });
        assert_eq!((usage.input_tokens, usage.output_tokens), (TOKENS_MAX, 7));
    }

    #[test]
    fn scores_become_thousandths() {
        for (score, expected) in [(0.0, 0), (0.4567, 457), (1.0, 1000), (7.0, 1000), (-1.0, 0), (f32::NAN, 0)] {
            assert_eq!(permille(score), expected, "{score}");
        }
    }
}
