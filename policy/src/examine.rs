//! Looking: a conversation and the detectors give what a pass knows about the text.

use gnomon_detect::Plan;
use gnomon_types::conversation::{Conversation, Part, Role};
use gnomon_types::finding::{Finding, FindingKind, View};
use std::collections::{BTreeMap, BTreeSet};

/// How closely a pass looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Patterns and literals on the plain text.
    Plain,
    /// Every view, every detector, by the role of each part.
    Full,
}

/// What was seen in one reading of the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) conversation: Conversation,
    /// Findings of each part, in the order of `conversation.parts`.
    pub(crate) findings: Vec<Vec<Finding>>,
    /// Number of findings by `kind/TYPE`.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Score of the worst part.
    pub(crate) attack_score: f32,
    /// Whose words hold a likely attack.
    pub(crate) attack_roles: BTreeSet<&'static str>,
    /// Something was found only behind a disguise.
    pub(crate) disguised: bool,
    /// A budget ran out before everything was seen.
    pub(crate) exhausted: bool,
}

/// Runs the detectors over every part.
pub(crate) fn examine(conversation: Conversation, plan: &Plan, depth: Depth) -> Seen {
    let mut seen = Seen {
        findings: Vec::with_capacity(conversation.parts.len()),
        counts: BTreeMap::new(),
        attack_score: 0.0,
        attack_roles: BTreeSet::new(),
        disguised: false,
        exhausted: false,
        conversation: empty_like(&conversation),
    };
    for part in &conversation.parts {
        let findings = look(part, plan, depth, &mut seen);
        for finding in &findings {
            *seen.counts.entry(label(finding)).or_default() += 1;
        }
        seen.disguised |= findings.iter().any(|finding| finding.view != View::Plain);
        if findings.iter().any(|finding| finding.kind == FindingKind::Injection) {
            seen.attack_roles.insert(part.role.as_str());
        }
        seen.findings.push(findings);
    }
    seen.conversation = conversation;
    seen
}

fn look(part: &Part, plan: &Plan, depth: Depth, seen: &mut Seen) -> Vec<Finding> {
    match depth {
        Depth::Plain => {
            // Whether words are an attack depends on who says them: instructions may instruct. Where patterns alone
            // would be unjust, the second pass decides, which weighs by role.
            let weighed_alone = matches!(part.role, Role::User | Role::Tool);
            let counts = |finding: &Finding| weighed_alone || finding.kind != FindingKind::Injection;
            plan.scan_plain(&part.text).into_iter().filter(counts).collect()
        }
        Depth::Full => {
            let scan = plan.scan(&part.text, part.role);
            // A score that is no number must not hide behind `max`, which would drop it.
            let score = if scan.attack_score.is_nan() {
                1.0
            } else {
                scan.attack_score
            };
            seen.attack_score = seen.attack_score.max(score);
            seen.exhausted |= scan.exhausted;
            if score >= plan.config().attack_threshold {
                seen.attack_roles.insert(part.role.as_str());
            }
            scan.findings
        }
    }
}

/// `kind/TYPE`.
pub(crate) fn label(finding: &Finding) -> String {
    format!("{}/{}", finding.kind.as_str(), finding.type_)
}

fn empty_like(conversation: &Conversation) -> Conversation {
    Conversation {
        dialect: conversation.dialect,
        model: None,
        stream: conversation.stream,
        parts: Vec::new(),
        tools: Vec::new(),
        uninspected_parts: 0,
    }
}
