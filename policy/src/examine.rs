//! Looking: a conversation and the detectors give what a pass knows about the text.

use crate::seams::{Seam, seams};
use gnomon_detect::{Plan, Scan};
use gnomon_types::conversation::{Conversation, Role};
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

/// What was seen in one reading of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) conversation: Conversation,
    /// Findings of each part, in the order of `conversation.parts`.
    pub(crate) findings: Vec<Vec<Finding>>,
    /// The rest: what all findings together say.
    pub(crate) sum: Sum,
}

/// What findings say together, wherever they were made.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sum {
    /// Number of findings by `kind/TYPE`.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Score of the worst text.
    pub(crate) attack_score: f32,
    /// Whose words hold a likely attack.
    pub(crate) attack_roles: BTreeSet<&'static str>,
    /// Something was found only behind a disguise.
    pub(crate) disguised: bool,
    /// A budget ran out before everything was seen.
    pub(crate) exhausted: bool,
}

/// Runs the detectors over every part, over the seams between parts, and over the path, which leaves too. What is
/// found in a seam or in the path belongs to no part, so no redaction reaches it: a rule that asks for one denies.
pub(crate) fn examine(conversation: Conversation, path: &str, plan: &Plan, depth: Depth) -> Seen {
    let mut sum = Sum::default();
    let mut findings = Vec::with_capacity(conversation.parts.len());
    for part in &conversation.parts {
        let scan = look(&part.text, part.role, plan, depth);
        sum.add(&scan, part.role, plan);
        findings.push(scan.findings);
    }
    if depth == Depth::Full {
        for seam in seams(&conversation.parts) {
            let mut scan = look(&seam.text, seam.role, plan, depth);
            scan.findings.retain(|finding| crosses(&seam, finding));
            // A cutting out of its context scores anything; only an attack that needs the seam counts.
            if !scan.findings.iter().any(|finding| finding.kind == FindingKind::Injection) {
                scan.attack_score = 0.0;
            }
            sum.add(&scan, seam.role, plan);
        }
    }
    sum.add(&look(path, Role::User, plan, depth), Role::User, plan);
    Seen { conversation, findings, sum }
}

fn look(text: &str, role: Role, plan: &Plan, depth: Depth) -> Scan {
    match depth {
        Depth::Full => plan.scan(text, role),
        Depth::Plain => {
            // Whether words are an attack depends on who says them: instructions may instruct. Where patterns alone
            // would be unjust, the second pass decides, which weighs by role.
            let weighed_alone = matches!(role, Role::User | Role::Tool);
            let counts = |finding: &Finding| weighed_alone || finding.kind != FindingKind::Injection;
            Scan {
                findings: plan.scan_plain(text).into_iter().filter(counts).collect(),
                attack_score: 0.0,
                exhausted: false,
            }
        }
    }
}

/// What lies within one part was found there already.
fn crosses(seam: &Seam, finding: &Finding) -> bool {
    seam.joints.iter().any(|joint| finding.start < *joint && *joint < finding.end)
}

impl Sum {
    fn add(&mut self, scan: &Scan, role: Role, plan: &Plan) {
        for finding in &scan.findings {
            *self.counts.entry(label(finding)).or_default() += 1;
            self.disguised |= finding.view != View::Plain;
            if finding.kind == FindingKind::Injection {
                self.attack_roles.insert(role.as_str());
            }
        }
        // A score that is no number must not hide behind `max`, which would drop it.
        let score = if scan.attack_score.is_nan() { 1.0 } else { scan.attack_score };
        if score > 0.0 && score >= plan.config().attack_threshold {
            self.attack_roles.insert(role.as_str());
        }
        self.attack_score = self.attack_score.max(score);
        self.exhausted |= scan.exhausted;
    }
}

/// `kind/TYPE`.
pub(crate) fn label(finding: &Finding) -> String {
    format!("{}/{}", finding.kind.as_str(), finding.type_)
}
