//! Looking: a conversation and the detectors give what a pass knows about the text.

use crate::glances::Glances;
use crate::opinion::{Band, Judged};
use crate::seams::seams;
use crate::snapshot::Inner;
use gnomon_detect::Scan;
use gnomon_types::conversation::{Conversation, DialectName, Part, Role};
use gnomon_types::finding::{Finding, FindingKind, View};
use gnomon_types::ids::CallerId;
use gnomon_types::secret::Text;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// Findings that belong to no part: in a `seam`, in the `path`.
    pub(crate) loose: Vec<(&'static str, Finding)>,
    /// The rest: what all findings together say.
    pub(crate) sum: Sum,
    /// Texts of which the detectors are unsure, when somebody wants to know.
    pub(crate) suspects: Vec<Suspect>,
    /// What the judge model says about them.
    pub(crate) judged: Judged,
}

/// A text whose attack score lies in the band.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suspect {
    pub(crate) role: Role,
    pub(crate) text: Text,
    pub(crate) score: f32,
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

/// Who is looked at, how closely, with which detectors.
pub(crate) struct Look<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) caller: &'a CallerId,
    pub(crate) depth: Depth,
    /// The scores of suspects; none are noted without it.
    pub(crate) band: Option<Band>,
    /// What the first pass saw of the texts.
    pub(crate) glances: &'a mut Glances,
}

/// Among the roles of an attack: it stands in the definition of a tool.
pub(crate) const DEFINITION: &str = "definition";

/// The type of a finding that rests on the classifier alone.
const SOUNDS_LIKE_ATTACK: &str = "PROMPT_ATTACK";
/// Score of a phrase from which on it counts in the definition of a tool. Of nineteen definitions tried, the six with an
/// override, an extraction, a jailbreak or orders to read keys or mail data away score above 0.88, the twelve ordinary ones
/// below 0.45; one that wants to be kept from the user has 0.65.
const DEFINITION_SCORE_MIN: f32 = 0.85;

/// SHA-256 over caller, depth, role and text. With the caller in it, nobody can tell by the time of an answer whether
/// somebody else sent the same text before.
pub(crate) type LookKey = [u8; 32];

/// Texts shorter than this are looked at anew: that costs no more than remembering.
const REMEMBERED_BYTES_MIN: usize = 16;
/// Findings of one text beyond which they are not remembered, so that memory stays bounded.
const REMEMBERED_FINDINGS_MAX: usize = 64;

/// Runs the detectors over every part, over the seams between parts, and over the path, which leaves too. What is
/// found in a seam or in the path belongs to no part, so no redaction reaches it: a rule that asks for one denies.
pub(crate) fn examine(conversation: Conversation, path: &str, look: &mut Look<'_>) -> Seen {
    let threshold = look.inner.plan.config().attack_threshold;
    let mut sum = Sum::default();
    let mut findings = Vec::with_capacity(conversation.parts.len());
    let mut loose = Vec::new();
    let mut suspects = Suspects { band: look.band, list: Vec::new() };
    for part in &conversation.parts {
        let scan = if is_definition(&conversation, part) {
            let scan = Arc::new(scan_of_definition(&look.at(&part.text, Role::User)));
            sum.add_definition(&scan, threshold);
            scan
        } else {
            look.at(&part.text, part.role)
        };
        sum.add(&scan, part.role, threshold);
        suspects.note(part.role, &part.text, scan.attack_score);
        findings.push(scan.findings.clone());
    }
    if look.depth == Depth::Full {
        for seam in seams(&conversation.parts) {
            let mut scan = Scan::clone(&look.at(&seam.text, seam.role));
            suspects.note(seam.role, &seam.text, scan.attack_score);
            scan.findings.retain(|finding| seam.crosses(&(finding.start..finding.end)));
            // A cutting out of its context scores anything; only an attack that needs the seam counts.
            if !scan.findings.iter().any(|finding| finding.kind == FindingKind::Injection) {
                scan.attack_score = 0.0;
            }
            sum.add(&scan, seam.role, threshold);
            loose.extend(scan.findings.into_iter().map(|finding| ("seam", finding)));
        }
    }
    let scan = look.at(path, Role::User);
    suspects.note(Role::User, path, scan.attack_score);
    sum.add(&scan, Role::User, threshold);
    loose.extend(scan.findings.iter().map(|finding| ("path", finding.clone())));
    Seen { conversation, findings, loose, sum, suspects: suspects.list, judged: Judged::NotAsked }
}

/// Collects suspects.
struct Suspects {
    band: Option<Band>,
    list: Vec<Suspect>,
}

impl Suspects {
    fn note(&mut self, role: Role, text: &str, score: f32) {
        // The operator's instructions have no score, nor have definitions of tools.
        if score > 0.0 && self.band.is_some_and(|band| band.holds(score)) {
            self.list.push(Suspect { role, text: Text(text.to_owned()), score });
        }
    }
}

impl Look<'_> {
    /// Looks at one text; remembers, because a conversation is sent again with every turn and grows only at its end.
    fn at(&mut self, text: &str, role: Role) -> Arc<Scan> {
        if text.len() < REMEMBERED_BYTES_MIN {
            return Arc::new(self.anew(text, role));
        }
        let key = self.key(text, role);
        if let Some(known) = self.inner.looks.get(&key) {
            return known;
        }
        let scan = Arc::new(self.anew(text, role));
        if !scan.exhausted && scan.findings.len() <= REMEMBERED_FINDINGS_MAX {
            self.inner.looks.put(key, Arc::clone(&scan));
        }
        scan
    }

    fn anew(&mut self, text: &str, role: Role) -> Scan {
        let plan = &self.inner.plan;
        match self.depth {
            Depth::Full => match self.glances.take(text) {
                Some(glance) => plan.scan_closer(glance, role),
                None => plan.scan(text, role),
            },
            Depth::Plain => {
                // Whether words are an attack depends on who says them: instructions may instruct. Where patterns alone
                // would be unjust, the second pass decides, which weighs by role.
                let weighed_alone = matches!(role, Role::User | Role::Tool);
                let counts = |finding: &Finding| weighed_alone || finding.kind != FindingKind::Injection;
                let glance = plan.glance(text);
                let findings = glance.findings().into_iter().filter(counts).collect();
                let exhausted = glance.exhausted();
                self.glances.keep(glance);
                Scan { findings, attack_score: 0.0, exhausted }
            }
        }
    }

    fn key(&self, text: &str, role: Role) -> LookKey {
        let depth = match self.depth {
            Depth::Plain => "plain",
            Depth::Full => "full",
        };
        let mut hash = Sha256::new();
        for field in [self.caller.as_str(), depth, role.as_str(), text] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().into()
    }
}

/// Whether a part belongs to the definition of a tool that the request offers.
pub(crate) fn is_definition(conversation: &Conversation, part: &Part) -> bool {
    let in_item = || part.pointer.strip_prefix("/input/").and_then(|rest| rest.split_once('/'));
    part.role == Role::Tool
        && (conversation.dialect == DialectName::Opaque
            || ["/tools/", "/functions/"].iter().any(|list| part.pointer.starts_with(list))
            || in_item().is_some_and(|(_, rest)| rest.starts_with("tools/")))
}

/// Definitions of tools are full of orders to the model: how to call it, when, what never to do. Of an attack in one
/// there must be an unmistakable phrase; what only sounds like an attack is how such texts sound.
#[must_use]
pub fn scan_of_definition(scan: &Scan) -> Scan {
    let is_sure = |finding: &Finding| finding.type_ != SOUNDS_LIKE_ATTACK && finding.score >= DEFINITION_SCORE_MIN;
    let kept = |finding: &&Finding| finding.kind != FindingKind::Injection || is_sure(finding);
    let findings: Vec<Finding> = scan.findings.iter().filter(kept).cloned().collect();
    let attacks = findings.iter().filter(|finding| finding.kind == FindingKind::Injection);
    let attack_score = attacks.fold(0.0, |worst: f32, finding| worst.max(finding.score));
    Scan { findings, attack_score, exhausted: scan.exhausted }
}

impl Sum {
    /// Notes that it is the definition of a tool that holds a likely attack.
    fn add_definition(&mut self, scan: &Scan, threshold: f32) {
        let is_attack = |finding: &Finding| finding.kind == FindingKind::Injection;
        if scan.findings.iter().any(is_attack) || (scan.attack_score > 0.0 && scan.attack_score >= threshold) {
            self.attack_roles.insert(DEFINITION);
        }
    }

    fn add(&mut self, scan: &Scan, role: Role, threshold: f32) {
        for finding in &scan.findings {
            *self.counts.entry(label(finding)).or_default() += 1;
            self.disguised |= finding.view != View::Plain;
            if finding.kind == FindingKind::Injection {
                self.attack_roles.insert(role.as_str());
            }
        }
        // A score that is no number must not hide behind `max`, which would drop it.
        let score = if scan.attack_score.is_nan() { 1.0 } else { scan.attack_score };
        if score > 0.0 && score >= threshold {
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
