//! Which words a policy may use: what each attribute can hold, what the detectors find, which names are configured.

use crate::facts::DATA_CLASSES;
use crate::selection::{KINDS, is_type_word, kind_from_word};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::finding::FindingKind;
use gnomon_types::spelling::closest;
use std::collections::BTreeSet;

/// Names shown as advice where many would do.
const SHOWN_MAX: usize = 16;

/// Names that a policy may use and that only a configuration or a catalogue can tell. An absent list allows any name.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Names of the routes.
    pub routes: Option<BTreeSet<String>>,
    /// Names of the upstreams.
    pub upstreams: Option<BTreeSet<String>>,
    /// Ids of AI services.
    pub services: Option<BTreeSet<String>>,
    /// Obligations that a `@control` may name, such as `ai-act:26(5)`, or a part of one. Of a law that is not among them,
    /// any place may be named.
    pub obligations: BTreeSet<String>,
}

/// All that is known when a bundle is loaded.
pub(crate) struct Words<'k> {
    pub(crate) known: &'k Known,
    /// What detectors and dictionaries find, as `kind/TYPE`; absent when they could not be compiled.
    pub(crate) labels: Option<BTreeSet<String>>,
}

impl Words<'_> {
    /// The words that an attribute may hold, where they can be listed.
    pub(crate) fn of(&self, attribute: &str) -> Option<Vec<&str>> {
        let words: Vec<&str> = match attribute {
            "resource.status" => ServiceStatus::ALL.into_iter().map(ServiceStatus::as_str).collect(),
            "resource.id" => return listed(self.known.services.as_ref()),
            "resource.upstream" => return listed(self.known.upstreams.as_ref()),
            "context.route" => return listed(self.known.routes.as_ref()),
            "principal.kind" => vec!["service", "agent", "person"],
            "context.pass" => vec!["first", "second", "answer"],
            "context.method" => vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""],
            "context.dialect" => vec![
                "openai-chat",
                "openai-responses",
                "openai-embeddings",
                "anthropic-messages",
                "mcp",
                "models",
                "opaque",
                "",
            ],
            "context.operation" => vec!["chat", "embeddings", "mcp", "models", "opaque", ""],
            "context.kinds" => KINDS.into_iter().map(FindingKind::as_str).collect(),
            "context.data_classes" => DATA_CLASSES.to_vec(),
            "context.attack_roles" => vec!["system", "user", "assistant", "tool", "definition"],
            "context.judge" => vec!["none", "safe", "unsafe", "failed"],
            _ => return None,
        };
        Some(words)
    }

    /// What an entity in a policy is called, and the names of those that exist, where they are known.
    pub(crate) fn entities(&self, type_: &str) -> Option<(&'static str, &BTreeSet<String>)> {
        match type_ {
            "Gnomon::Route" => Some(("route", self.known.routes.as_ref()?)),
            "Gnomon::Upstream" => Some(("upstream", self.known.upstreams.as_ref()?)),
            "Gnomon::Service" => Some(("AI service", self.known.services.as_ref()?)),
            _ => None,
        }
    }

    /// Why nothing is ever found under a label, if so.
    pub(crate) fn objection_to_label(&self, label: &str) -> Option<String> {
        let (kind, type_) = label.split_once('/').unwrap_or((label, ""));
        if kind_from_word(kind).is_none() || !is_type_word(type_) {
            return Some("findings are written `kind/TYPE`, such as `pii/EMAIL`".to_owned());
        }
        let labels = self.labels.as_ref()?;
        (!labels.contains(label)).then(|| similar_label(kind, type_, labels))
    }

    /// Why a `@control` names nothing, if so.
    pub(crate) fn objection_to_control(&self, control: &str) -> Option<String> {
        let (law, _) = control.split_once(':')?;
        let obligations = &self.known.obligations;
        let laws: BTreeSet<&str> = obligations.iter().filter_map(|id| Some(id.split_once(':')?.0)).collect();
        if !laws.contains(law) {
            let meant = laws.into_iter().find(|known| plain(known) == plain(law));
            return meant.map(|known| format!("did you mean `{known}`?"));
        }
        let names = |id: &str| control.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('('));
        let of_law = || obligations.iter().map(String::as_str).filter(|id| id.split(':').next() == Some(law));
        (!of_law().any(names)).then(|| format!("obligations of this law: {}", of_law().collect::<Vec<_>>().join(", ")))
    }
}

fn listed(names: Option<&BTreeSet<String>>) -> Option<Vec<&str>> {
    names.map(|names| names.iter().map(String::as_str).collect())
}

/// A name without what people write differently: `AI_Act` is `aiact`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which of the allowed words may have been meant.
pub(crate) fn advice<'w>(word: &str, allowed: impl IntoIterator<Item = &'w str> + Clone) -> String {
    let same = allowed.clone().into_iter().find(|other| !word.is_empty() && plain(other) == plain(word));
    if let Some(near) = same.or_else(|| closest(word, allowed.clone().into_iter().filter(|word| !word.is_empty()))) {
        return format!("did you mean `{near}`?");
    }
    let listed: Vec<&str> = allowed.into_iter().filter(|word| !word.is_empty()).collect();
    let more = if listed.len() > SHOWN_MAX { " ..." } else { "" };
    format!("use one of: {}{more}", listed.iter().take(SHOWN_MAX).copied().collect::<Vec<_>>().join(", "))
}

fn similar_label(kind: &str, type_: &str, labels: &BTreeSet<String>) -> String {
    let label = format!("{kind}/{type_}");
    let elsewhere = labels.iter().find(|other| other.split_once('/').is_some_and(|(_, of)| of == type_));
    let near = closest(&label, labels.iter().map(String::as_str)).or(elsewhere.map(String::as_str));
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let of_kind = || labels.iter().map(String::as_str).filter(|other| other.split('/').next() == Some(kind));
    if kind == FindingKind::Data.as_str() {
        let known: Vec<&str> = of_kind().collect();
        return format!(
            "neither a class of data nor a dictionary; `[[dictionary]]` in the configuration adds one, and commands read \
             it with --config; known: {}",
            known.join(", ")
        );
    }
    let shares = |other: &&str| {
        let words = |label: &str| label.split(['/', '_']).skip(1).map(str::to_owned).collect::<BTreeSet<_>>();
        !words(other).is_disjoint(&words(&label))
    };
    let mut like: Vec<&str> = of_kind().filter(shares).take(SHOWN_MAX).collect();
    if like.is_empty() {
        like = of_kind().take(SHOWN_MAX).collect();
    }
    format!("known is {}; all: gnomon policy types", like.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(known: &Known) -> Words<'_> {
        let labels = ["pii/EMAIL", "pii/IBAN", "secret/AWS_ACCESS_KEY", "hazard/CSAM", "data/CODE_NAMES"];
        Words { known, labels: Some(labels.map(str::to_owned).into()) }
    }

    #[test]
    fn a_label_that_nothing_finds_is_told_what_may_be_meant() {
        let known = Known::default();
        let words = words(&known);
        for (label, expected) in [
            ("pii/EMAIL", None),
            ("data/CODE_NAMES", None),
            ("pii/EMIAL", Some("did you mean `pii/EMAIL`?")),
            ("pi/EMAIL", Some("kind/TYPE")),
            ("pii/email", Some("kind/TYPE")),
            ("hazard/CSAMM", Some("did you mean `hazard/CSAM`?")),
            ("secret/IBAN", Some("did you mean `pii/IBAN`?")),
            ("secret/AWS", Some("known is secret/AWS_ACCESS_KEY")),
            ("data/NOPE", Some("[[dictionary]]")),
        ] {
            let help = words.objection_to_label(label);
            match expected {
                None => assert_eq!(help, None, "{label}"),
                Some(part) => assert!(help.as_ref().is_some_and(|help| help.contains(part)), "{label}: {help:?}"),
            }
        }
    }

    #[test]
    fn a_word_in_other_case_or_with_a_slip_is_recognised() {
        for (word, expected) in [
            ("post", "did you mean `POST`?"),
            ("unsanctoned", "did you mean `unsanctioned`?"),
            ("x", "use one of: POST, unsanctioned"),
        ] {
            assert_eq!(advice(word, ["POST", "unsanctioned", ""]), expected);
        }
    }

    #[test]
    fn a_control_names_an_obligation_of_a_law_that_is_known() {
        let obligations = ["ai-act:5", "ai-act:26(5)", "nis2:21(2)(i)"].map(str::to_owned).into();
        let known = Known { obligations, ..Known::default() };
        for (control, fine) in [
            ("ai-act:26(5)", true),
            ("ai-act:5(1)(f)", true),
            ("nis2:21(2)(i)", true),
            ("gdpr:9", true),
            ("house-rules:7", true),
            ("ai-act:999(77)", false),
            ("ai-act:26", false),
            ("ai-act:55", false),
            ("AI_Act:26(5)", false),
            ("nis-2:21(2)(i)", false),
        ] {
            assert_eq!(words(&known).objection_to_control(control).is_none(), fine, "{control}");
        }
        assert!(words(&Known::default()).objection_to_control("ai-act:999").is_none(), "nothing is known of any law");
    }
}
