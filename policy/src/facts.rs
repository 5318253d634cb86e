//! Everything that policy may know about a request or an answer, as one value: the key of the decision cache and the
//! only source of the Cedar request. What is not here, no policy can depend on.

use crate::answer::Received;
use crate::decision::Request;
use crate::examine::Seen;
use crate::opinion::Judged;
use crate::scope::{Names, Touched};
use crate::selection::kind_from_word;
use crate::tools::ToolFacts;
use cedar_policy::{Context, Entities, Entity, EntityUid, RestrictedExpression, Schema};
use gnomon_types::caller::Caller;
use gnomon_types::finding::FindingKind;
use gnomon_types::record::Target;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Bytes of sender-made names beyond which a judgement is not remembered.
const REMEMBERED_BYTES_MAX: usize = 4096;

/// What a policy judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Action {
    /// A request that would leave.
    #[default]
    Send,
    /// An answer that would reach the caller.
    Receive,
    /// A value that was replaced in the request and would be shown to the caller again.
    Restore,
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Restore => "restore",
        }
    }
}

/// The facts of one judgement. Fields as in `schema.cedarschema`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Facts {
    pub(crate) action: Action,
    pub(crate) caller: String,
    pub(crate) caller_kind: &'static str,
    pub(crate) team: String,
    pub(crate) service: String,
    pub(crate) status: &'static str,
    pub(crate) upstream: String,
    pub(crate) model: String,
    pub(crate) pass: &'static str,
    pub(crate) route: String,
    pub(crate) dialect: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) method: String,
    pub(crate) stream: bool,
    pub(crate) approved: bool,
    pub(crate) unseen_history: bool,
    pub(crate) tools: BTreeSet<String>,
    pub(crate) called: ToolFacts,
    pub(crate) uninspected_parts: i64,
    pub(crate) exhausted: bool,
    pub(crate) findings: BTreeSet<String>,
    pub(crate) personal_count: i64,
    pub(crate) disguised: bool,
    pub(crate) attack_score: i64,
    pub(crate) attack_roles: BTreeSet<&'static str>,
    pub(crate) judged: Judged,
}

impl Facts {
    /// The facts of a request as one pass sees it.
    pub(crate) fn of_request(request: &Request<'_>, pass: &'static str, seen: &Seen, called: ToolFacts) -> Self {
        Self {
            pass,
            dialect: request.dialect.as_str(),
            operation: request.dialect.operation(),
            method: request.method.to_owned(),
            stream: seen.conversation.stream,
            approved: request.approved,
            unseen_history: seen.conversation.unseen_history,
            tools: seen.conversation.tools.iter().map(|tool| tool.name.clone()).collect(),
            called,
            uninspected_parts: i64::try_from(seen.conversation.uninspected_parts).unwrap_or(i64::MAX),
            exhausted: seen.sum.exhausted,
            findings: seen.sum.counts.keys().cloned().collect(),
            personal_count: personal_count(&seen.sum.counts),
            disguised: seen.sum.disguised,
            attack_score: i64::from(permille(seen.sum.attack_score)),
            attack_roles: seen.sum.attack_roles.clone(),
            model: seen.conversation.model.clone().or_else(|| request.target.model.clone()).unwrap_or_default(),
            ..Self::of_route(Action::Send, request.caller, request.route, request.target)
        }
    }

    /// The facts of an answer with these findings and definitions of tools.
    pub(crate) fn of_answer(answer: &Received<'_>, findings: &BTreeMap<String, u64>) -> Self {
        let mut called = answer.called.facts.clone();
        called.untrusted_content = answer.asked.untrusted_content;
        called.add_offers(answer.offers);
        Self {
            pass: "answer",
            dialect: answer.dialect.as_str(),
            operation: answer.dialect.operation(),
            approved: answer.asked.approved,
            unseen_history: answer.asked.unseen_history,
            tools: answer.asked.tools.names().map(str::to_owned).collect(),
            called,
            personal_count: personal_count(findings),
            findings: findings.keys().cloned().collect(),
            ..Self::of_route(Action::Receive, answer.caller, answer.route, answer.target)
        }
    }

    /// The facts of one type of replaced values, whose tokens an answer may hold.
    pub(crate) fn of_replaced(caller: &Caller, route: &str, target: &Target, label: &str) -> Self {
        Self {
            pass: "answer",
            findings: BTreeSet::from([label.to_owned()]),
            ..Self::of_route(Action::Restore, caller, route, target)
        }
    }

    fn of_route(action: Action, caller: &Caller, route: &str, target: &Target) -> Self {
        Self {
            action,
            caller: caller.id.as_str().to_owned(),
            caller_kind: caller.kind.as_str(),
            team: caller.team.clone().unwrap_or_default(),
            service: target.service.as_str().to_owned(),
            status: target.status.as_str(),
            upstream: target.upstream.as_str().to_owned(),
            model: target.model.clone().unwrap_or_default(),
            route: route.to_owned(),
            ..Self::default()
        }
    }

    fn kinds(&self) -> BTreeSet<&'static str> {
        let kinds =
            self.findings.iter().filter_map(|label| kind_from_word(label.split('/').next().unwrap_or_default()));
        kinds.map(FindingKind::as_str).collect()
    }

    fn data_classes(&self) -> BTreeSet<&'static str> {
        self.findings.iter().flat_map(|label| data_classes(label)).copied().collect()
    }

    /// The Cedar context, built without JSON.
    pub(crate) fn context(&self) -> Result<Context, String> {
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let words = |values: &mut dyn Iterator<Item = &str>| RestrictedExpression::new_set(values.map(text));
        let flag = RestrictedExpression::new_bool;
        let kinds = self.kinds();
        let pairs = [
            ("pass", text(self.pass)),
            ("route", text(&self.route)),
            ("dialect", text(self.dialect)),
            ("operation", text(self.operation)),
            ("method", text(&self.method)),
            ("stream", flag(self.stream)),
            ("approved", flag(self.approved)),
            ("unseen_history", flag(self.unseen_history)),
            ("tools", words(&mut self.tools.iter().map(String::as_str))),
            ("tool_calls", words(&mut self.called.calls.iter().map(String::as_str))),
            ("bad_tool_calls", words(&mut self.called.bad_calls.iter().map(String::as_str))),
            ("tool_schema_broken", flag(self.called.schema_broken)),
            ("tool_arguments", words(&mut self.called.arguments.pairs.iter().map(String::as_str))),
            ("tool_arguments_cut", flag(self.called.arguments.cut)),
            ("untrusted_content", flag(self.called.untrusted_content)),
            ("outbound_tools", flag(self.called.outbound_tools)),
            ("tools_like", words(&mut self.called.like.offered.iter().map(String::as_str))),
            ("tool_calls_like", words(&mut self.called.like.called.iter().map(String::as_str))),
            ("tool_arguments_like", words(&mut self.called.like.arguments.iter().map(String::as_str))),
            ("changed_tools", words(&mut self.called.changed.iter().map(String::as_str))),
            ("unapproved_tools", words(&mut self.called.unapproved.iter().map(String::as_str))),
            ("rejected_tools", words(&mut self.called.rejected.iter().map(String::as_str))),
            ("sensitive_data", flag(self.findings.iter().any(|label| is_sensitive(label)))),
            ("uninspected_parts", RestrictedExpression::new_long(self.uninspected_parts)),
            ("exhausted", flag(self.exhausted)),
            ("findings", words(&mut self.findings.iter().map(String::as_str))),
            ("kinds", words(&mut kinds.iter().copied())),
            ("data_classes", words(&mut self.data_classes().into_iter())),
            ("personal_count", RestrictedExpression::new_long(self.personal_count)),
            ("disguised", flag(self.disguised)),
            ("attack_score", RestrictedExpression::new_long(self.attack_score)),
            ("attack_roles", words(&mut self.attack_roles.iter().copied())),
            ("attack_in_tool", flag(self.attack_roles.contains("tool"))),
            ("judge", text(self.judged.as_str())),
        ];
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        Context::from_pairs(pairs).map_err(|error| error.to_string())
    }

    /// The Cedar entities that the request touches.
    pub(crate) fn entities(&self, touched: &Touched, schema: &Schema) -> Result<Entities, String> {
        let caller = [("kind", self.caller_kind), ("team", self.team.as_str())];
        let service = [
            ("id", self.service.as_str()),
            ("status", self.status),
            ("upstream", self.upstream.as_str()),
            ("model", self.model.as_str()),
        ];
        let mut entities = vec![
            entity(&touched.caller, &caller, touched.team.iter().cloned().collect())?,
            entity(&touched.service, &service, HashSet::from([touched.route.clone(), touched.upstream.clone()]))?,
            Entity::with_uid(touched.route.clone()),
            Entity::with_uid(touched.upstream.clone()),
        ];
        entities.extend(touched.team.iter().cloned().map(Entity::with_uid));
        Entities::from_entities(entities, Some(schema)).map_err(|error| error.to_string())
    }

    /// The Cedar request, checked against the schema.
    pub(crate) fn request(&self, touched: &Touched, schema: &Schema) -> Result<cedar_policy::Request, String> {
        let (caller, action, service) = (touched.caller.clone(), touched.action.clone(), touched.service.clone());
        let request = cedar_policy::Request::new(caller, action, service, self.context()?, Some(schema));
        request.map_err(|error| error.to_string())
    }

    /// Whether the facts are small enough to be remembered. The model, the names of tools and the arguments of calls come
    /// from the request, so that without this limit a sender could fill the memory.
    pub(crate) fn is_small(&self) -> bool {
        let names = self.tools.iter().chain(&self.findings).chain(self.called.words());
        self.model.len() + self.method.len() + names.map(|name| name.len() + 32).sum::<usize>() <= REMEMBERED_BYTES_MAX
    }

    /// The part of the facts that selects the slice of policies.
    pub(crate) fn touched(&self, names: &Names) -> Touched {
        names.touched(self)
    }
}

fn entity(uid: &EntityUid, attributes: &[(&str, &str)], parents: HashSet<EntityUid>) -> Result<Entity, String> {
    let attributes: HashMap<String, RestrictedExpression> = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), RestrictedExpression::new_string((*value).to_owned())))
        .collect();
    Entity::new(uid.clone(), attributes, parents).map_err(|error| error.to_string())
}

/// A score of 0 to 1 in whole thousandths. Not a number counts as the worst.
pub(crate) fn permille(score: f32) -> u32 {
    let scaled = (f64::from(score) * 1000.0).round();
    if scaled.is_nan() {
        return 1000;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 and not NaN")]
    let whole = scaled.clamp(0.0, 1000.0) as u32;
    whole
}

fn personal_count(counts: &BTreeMap<String, u64>) -> i64 {
    let personal = counts.iter().filter(|(label, _)| label.starts_with("pii/"));
    let sum = personal.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    i64::try_from(sum).unwrap_or(i64::MAX)
}

/// The words that `context.data_classes` may hold.
pub(crate) const DATA_CLASSES: [&str; 10] = [
    "credential",
    "private_key",
    "personal",
    "contact",
    "financial",
    "identity",
    "health",
    "special_category",
    "source_code",
    "dictionary",
];

/// Whether a finding is about something that others must not know: a credential, personal data, a class of data other than
/// source code, a term of a dictionary.
fn is_sensitive(label: &str) -> bool {
    ["secret/", "pii/", "data/"].iter().any(|kind| label.starts_with(kind)) && label != "data/SOURCE_CODE"
}

/// The data classes of a finding, by its `kind/TYPE`.
#[must_use]
pub fn data_classes(label: &str) -> &'static [&'static str] {
    match label {
        "secret/PRIVATE_KEY" => &["credential", "private_key"],
        "pii/CREDIT_CARD" | "pii/IBAN" => &["personal", "financial"],
        "pii/NATIONAL_ID" | "pii/DATE_OF_BIRTH" => &["personal", "identity"],
        "pii/EMAIL" | "pii/PHONE" | "pii/ADDRESS" | "pii/IP" => &["personal", "contact"],
        "data/HEALTH_DATA" => &["health", "special_category"],
        "data/RACIAL_ETHNIC_ORIGIN"
        | "data/POLITICAL_OPINION"
        | "data/RELIGIOUS_BELIEF"
        | "data/TRADE_UNION_MEMBERSHIP"
        | "data/GENETIC_DATA"
        | "data/BIOMETRIC_DATA"
        | "data/SEX_LIFE_ORIENTATION" => &["special_category"],
        "data/FINANCIAL_DATA" => &["financial"],
        "data/SOURCE_CODE" => &["source_code"],
        _ if label.starts_with("data/") => &["dictionary"],
        _ if label.starts_with("secret/") => &["credential"],
        _ if label.starts_with("pii/") => &["personal"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_classes_follow_from_the_findings_and_are_declared() {
        for (label, expected) in [
            ("secret/AWS_ACCESS_KEY", &["credential"][..]),
            ("secret/PRIVATE_KEY", &["credential", "private_key"]),
            ("pii/IBAN", &["financial", "personal"]),
            ("pii/PERSON", &["personal"]),
            ("injection/OVERRIDE", &[]),
        ] {
            let facts = Facts { findings: BTreeSet::from([label.to_owned()]), ..Facts::default() };
            assert_eq!(facts.data_classes(), expected.iter().copied().collect(), "{label}");
            assert!(facts.data_classes().iter().all(|class| DATA_CLASSES.contains(class)));
        }
    }

    #[test]
    fn what_others_must_not_know_is_sensitive() {
        for (label, expected) in [
            ("secret/PRIVATE_KEY", true),
            ("pii/EMAIL", true),
            ("data/HEALTH_DATA", true),
            ("data/RELIGIOUS_BELIEF", true),
            ("data/FINANCIAL_DATA", true),
            ("data/CODE_NAMES", true),
            ("data/SOURCE_CODE", false),
            ("injection/INSTRUCTION_OVERRIDE", false),
            ("hazard/FRAUD", false),
        ] {
            assert_eq!(is_sensitive(label), expected, "{label}");
        }
    }

    #[test]
    fn facts_swollen_by_a_sender_are_not_remembered() {
        assert!(Facts::default().is_small());
        let model = "m".repeat(REMEMBERED_BYTES_MAX + 1);
        assert!(!Facts { model, ..Facts::default() }.is_small());
        let tools = (0..200).map(|number| number.to_string()).collect();
        assert!(!Facts { tools, ..Facts::default() }.is_small());
        let calls = (0..200).map(|number| number.to_string()).collect();
        assert!(!Facts { called: ToolFacts { calls, ..ToolFacts::default() }, ..Facts::default() }.is_small());
    }

    #[test]
    fn a_score_that_is_no_number_counts_as_the_worst() {
        assert_eq!([0.0, 0.4996, 1.0, 7.0, -1.0, f32::NAN].map(permille), [0, 500, 1000, 1000, 0, 1000]);
    }
}
