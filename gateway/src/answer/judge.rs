//! What becomes of an answer, by what was found in it so far (pure).

mod calls;

use crate::ask::Ask;
use crate::live::Tools;
use gnomon_dialects::Declared;
use gnomon_policy::{
    AnswerRule, Asked, Called, Offer, PinBook, Received, Replaced, Snapshot, Tokens, ToolPins, Values, answer_message,
    declared_offers, found_in_answer, judge_answer, may_see, redact,
};
use gnomon_types::caller::Caller;
use gnomon_types::conversation::{DialectName, Role};
use gnomon_types::finding::Finding;
use gnomon_types::ids::ServiceId;
use gnomon_types::record::{FOUND_MAX, Found, Target};
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Findings of one type after which policy is asked again only every so often: rules may count, but a page full of
/// addresses must not cost a policy evaluation each.
const ASKED_EVERY_TIME: u64 = 32;

/// Bytes of values that one answer gives back. A short token may stand for a long value, and an answer may repeat it.
const RESTORED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Definitions of tools in one answer that are compared.
const DECLARED_MAX: usize = 10_000;

/// The answer must not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

/// What is done with one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It stays.
    Keep,
    /// It is replaced.
    Replace,
}

/// Judges one answer.
#[derive(Clone)]
pub(crate) struct Judge {
    policy: Snapshot,
    caller: Caller,
    route: String,
    target: Target,
    dialect: DialectName,
    tools: Tools,
    seen: Arc<PinBook>,
    rule: Option<AnswerRule>,
    /// Tokens go on from those of the request: the same value, the same token.
    pub(crate) tokens: Tokens,
    /// What the caller may get back.
    pub(crate) values: Values,
    restored_bytes: usize,
    /// Tokens in whose place the caller gets its own values back.
    pub(crate) restored: u64,
    /// Definitions of tools that the answer lists.
    offers: Vec<(String, Offer)>,
    /// Those that nobody took up yet.
    listed: Vec<Declared>,
    /// What the request said.
    asked: Asked,
    /// The tools that the answer calls.
    called: Called,
    /// Findings by `kind/TYPE`.
    pub(crate) findings: BTreeMap<String, u64>,
    /// Where each was made and by which rule, as far as a record has room.
    pub(crate) found: Vec<Found>,
    /// The most severe thing that was done.
    pub(crate) verdict: Verdict,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
}

impl Judge {
    /// A judge that has seen nothing.
    pub(crate) fn new(ask: &Ask, target: Target) -> Self {
        Self {
            policy: ask.policy.clone(),
            caller: ask.caller.clone(),
            route: ask.route.name.to_string(),
            target,
            dialect: ask.dialect,
            tools: ask.tools.clone(),
            seen: ask.seen.clone(),
            rule: None,
            tokens: Tokens::default(),
            values: Values::default(),
            restored_bytes: 0,
            restored: 0,
            offers: Vec::new(),
            listed: Vec::new(),
            asked: Asked::default(),
            called: Called::default(),
            findings: BTreeMap::new(),
            found: Vec::new(),
            verdict: Verdict::Allow,
            reasons: Vec::new(),
        }
    }

    /// The same for the answer to a request that said this, and in which this was replaced.
    pub(crate) fn knowing(self, asked: Asked, replaced: &Replaced) -> Self {
        let values = may_see(&self.policy, &self.caller, &self.route, &self.target, replaced);
        Self { tokens: replaced.tokens().clone(), values, asked, ..self }
    }

    /// Takes note of an identifier in the answer. A later request may go on from it, without the values of this one.
    pub(crate) fn note_identifier(&self, pointer: &str, identifier: &str) {
        if self.dialect == DialectName::OpenaiResponses && matches!(pointer, "/id" | "/response/id") {
            self.policy.note_answer(&self.caller.id, identifier, &self.tokens);
        }
    }

    /// Whether this many more bytes of values may go out; counts them if so.
    pub(crate) fn may_restore(&mut self, bytes: usize) -> bool {
        let sum = self.restored_bytes.saturating_add(bytes);
        let fits = sum <= RESTORED_BYTES_MAX;
        if fits {
            self.restored_bytes = sum;
        }
        fits
    }

    /// A text that came whole, as the caller gets it: these findings replaced, then its own values restored. None when
    /// nothing changes.
    pub(crate) fn rewritten(&mut self, text: &str, replaced: &[Finding]) -> Option<String> {
        let clean = (!replaced.is_empty()).then(|| redact(text, replaced, &mut self.tokens));
        self.restored_in(clean.as_deref().unwrap_or(text)).or(clean)
    }

    fn restored_in(&mut self, text: &str) -> Option<String> {
        let found = self.values.find(text);
        let (mut out, mut at) = (String::new(), 0);
        for token in found {
            if self.may_restore(token.text.len()) {
                out.push_str(text.get(at..token.start).unwrap_or_default());
                out.push_str(&token.text);
                at = token.end;
                self.restored += 1;
            }
        }
        if at == 0 {
            return None;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Some(out)
    }

    /// The policies and detectors in force.
    pub(crate) fn policy(&self) -> &Snapshot {
        &self.policy
    }

    /// Takes note of a finding and says what is done with it.
    pub(crate) fn treat(&mut self, finding: &Finding) -> Result<Treatment, Cut> {
        let count = self.count(finding);
        if count <= ASKED_EVERY_TIME || count.is_power_of_two() || self.rule.is_none() {
            self.ask();
        }
        self.treatment(finding)
    }

    /// The same for a finding in a text that repeats what came before: one of a kind that was counted is not one more.
    pub(crate) fn treat_repeat(&mut self, finding: &Finding) -> Result<Treatment, Cut> {
        if self.rule.is_some() && self.findings.contains_key(&label(finding)) {
            return self.treatment(finding);
        }
        self.treat(finding)
    }

    /// Takes note of all findings of a whole answer; what is done with each says [`Judge::treatment`].
    pub(crate) fn weigh<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>) {
        let found = findings.into_iter().map(|finding| self.count(finding)).count();
        if found > 0 {
            self.ask();
        }
    }

    /// What is done with a finding that was taken note of.
    pub(crate) fn treatment(&self, finding: &Finding) -> Result<Treatment, Cut> {
        let Some(rule) = &self.rule else { return Err(Cut) };
        match rule.verdict {
            Verdict::Allow => Ok(Treatment::Keep),
            Verdict::Redact if rule.redact.covers(finding) => Ok(Treatment::Replace),
            Verdict::Redact => Ok(Treatment::Keep),
            Verdict::Hold | Verdict::Deny => Err(Cut),
        }
    }

    fn count(&mut self, finding: &Finding) -> u64 {
        if self.found.len() < FOUND_MAX {
            self.found.push(found_in_answer(&self.policy, finding));
        }
        let count = self.findings.entry(label(finding)).or_default();
        *count += 1;
        *count
    }

    fn ask(&mut self) {
        let rule = judge_answer(
            &self.policy,
            &Received {
                caller: &self.caller,
                route: &self.route,
                target: &self.target,
                dialect: self.dialect,
                findings: &self.findings,
                offers: &self.offers,
                asked: &self.asked,
                called: &self.called,
            },
        );
        self.adopt(rule);
    }

    /// Takes note of the definitions of tools that the answer lists. Nothing of them can be replaced.
    pub(crate) fn declare(&mut self, declared: &[Declared]) -> Result<(), Cut> {
        if declared.is_empty() {
            return Ok(());
        }
        if self.offers.len().saturating_add(declared.len()) > DECLARED_MAX {
            return Err(self.cut("answer-tools", "the answer lists more tools than can be compared"));
        }
        let first_use = self.tools.first_use;
        let pins = ToolPins { decided: &self.tools.pins, seen: &self.seen, first_use, ..ToolPins::default() };
        self.offers.extend(declared_offers(&self.policy, &self.target.service, declared, pins));
        self.listed.extend_from_slice(declared);
        self.ask_as_a_whole()
    }

    /// Asks about something that cannot be replaced.
    fn ask_as_a_whole(&mut self) -> Result<(), Cut> {
        self.ask();
        match self.rule.as_ref().map(|rule| rule.verdict) {
            Some(Verdict::Allow | Verdict::Redact) => Ok(()),
            Some(Verdict::Hold | Verdict::Deny) | None => Err(Cut),
        }
    }

    /// The definitions that the answer listed since it was asked last.
    pub(crate) fn take_listed(&mut self) -> Vec<Declared> {
        std::mem::take(&mut self.listed)
    }

    /// All that it listed, by the names of the tools.
    pub(crate) fn named_offers(&self) -> &[(String, Offer)] {
        &self.offers
    }

    /// The service that answers.
    pub(crate) fn service(&self) -> &ServiceId {
        &self.target.service
    }

    /// The definitions of tools that the answer listed.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        self.offers.iter().map(|(_, offer)| offer.clone()).collect()
    }

    /// Whose words an answer holds: those of a model, or what a tool gave.
    pub(crate) fn role(&self) -> Role {
        if self.dialect == DialectName::Mcp { Role::Tool } else { Role::Assistant }
    }

    /// Cuts the answer for a reason of our own.
    pub(crate) fn cut(&mut self, rule: &str, text: &str) -> Cut {
        self.verdict = Verdict::Deny;
        self.reasons.insert(0, Reason { rule: rule.to_owned(), text: text.to_owned(), control: None, observed: false });
        Cut
    }

    /// Notes something that did not count against the answer.
    pub(crate) fn note(&mut self, rule: &str, text: &str) {
        self.reasons.push(Reason { rule: rule.to_owned(), text: text.to_owned(), control: None, observed: true });
    }

    /// What the caller of an answer that was cut is told.
    pub(crate) fn message(&self) -> String {
        answer_message(&self.reasons, &self.findings)
    }

    fn adopt(&mut self, rule: AnswerRule) {
        self.verdict = self.verdict.max(if rule.verdict == Verdict::Hold { Verdict::Deny } else { rule.verdict });
        // A cut answer names what cut it first.
        let known = std::mem::take(&mut self.reasons);
        self.reasons.clone_from(&rule.reasons);
        self.reasons.extend(known.into_iter().filter(|reason| !rule.reasons.contains(reason)));
        self.rule = Some(rule);
    }
}

/// `kind/TYPE`.
fn label(finding: &Finding) -> String {
    format!("{}/{}", finding.kind.as_str(), finding.type_)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use gnomon_types::asset::ServiceStatus;
    use gnomon_types::caller::CallerKind;
    use gnomon_types::ids::{CallerId, KeyId, UpstreamName};

    /// A judge with the shipped policies: secrets are replaced, private keys end the answer.
    pub(crate) fn judge() -> Judge {
        judge_of(Snapshot::shipped().unwrap())
    }

    /// A judge with these policies.
    pub(crate) fn judge_of(policy: Snapshot) -> Judge {
        let (caller, target) = parties();
        Judge {
            policy,
            caller,
            route: "main".to_owned(),
            target,
            dialect: DialectName::OpenaiChat,
            tools: Tools::default(),
            seen: Arc::default(),
            rule: None,
            tokens: Tokens::default(),
            values: Values::default(),
            restored_bytes: 0,
            restored: 0,
            offers: Vec::new(),
            listed: Vec::new(),
            asked: Asked::default(),
            called: Called::default(),
            findings: BTreeMap::new(),
            found: Vec::new(),
            verdict: Verdict::Allow,
            reasons: Vec::new(),
        }
    }

    /// Who asks, and whom.
    pub(crate) fn parties() -> (Caller, Target) {
        let caller = Caller {
            id: CallerId::new("billing").unwrap(),
            kind: CallerKind::Service,
            team: None,
            key: KeyId::new("gnm_1").unwrap(),
        };
        let target = Target {
            service: ServiceId::new("acme").unwrap(),
            status: ServiceStatus::Sanctioned,
            upstream: UpstreamName::new("acme").unwrap(),
            host: None,
            model: None,
        };
        (caller, target)
    }

    /// An access key that no provider ever gave out. Assembled, so that no scanner takes it for a real one.
    pub(crate) fn secret() -> String {
        ["AKIA", "Q7ZJ4XKM2WPT5VNB"].concat()
    }

    #[test]
    fn many_findings_are_all_counted_and_treated_alike() {
        let mut judge = judge();
        let finding = judge.policy().plan().scan_plain(&secret()).remove(0);
        for _ in 0..1_000 {
            assert_eq!(judge.treat(&finding), Ok(Treatment::Replace));
        }
        assert_eq!(judge.findings.values().sum::<u64>(), 1_000);
        assert_eq!(judge.verdict, Verdict::Redact);
        assert_eq!(judge.reasons.iter().filter(|reason| !reason.observed).count(), 1);
    }
}
