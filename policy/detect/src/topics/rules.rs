//! Topics as data: `rules/data.toml` and `rules/hazards.toml`, in the words of `rules/notions.toml`.

use super::notions::{Lexicon, Notion, Stem};
use crate::config::{Config, PlanError};
use crate::explain::{Explanation, versions};
use crate::patterns;
use gnomon_types::finding::FindingKind;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;

const WORDS: &str = include_str!("../../rules/notions.toml");
const FILES: [(&str, &str, FindingKind); 2] = [
    ("rules/data.toml", include_str!("../../rules/data.toml"), FindingKind::Data),
    ("rules/hazards.toml", include_str!("../../rules/hazards.toml"), FindingKind::Hazard),
];

/// One compiled topic.
pub(super) struct Topic {
    pub(super) kind: FindingKind,
    pub(super) type_: String,
    pub(super) id: String,
    /// The rare notions at which it begins.
    pub(super) anchor: Vec<Notion>,
    /// What else must be near; of each group one.
    pub(super) groups: Vec<Vec<Clue>>,
    /// What must not be near.
    pub(super) none: Vec<Notion>,
    pub(super) reach: usize,
    pub(super) scope: Scope,
    pub(super) score: f32,
}

/// One thing that can be near.
pub(super) enum Clue {
    Word(Notion),
    Form(Regex),
    /// A name, a date of birth or a number that names a person.
    Person,
    /// A bank account or card.
    Account,
}

/// How far a topic looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    /// Within the sentence.
    #[default]
    Sentence,
    /// Across sentences and lines, as in a form or a record.
    Passage,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicFile {
    /// Patterns over the folded text that topics use as `@name`.
    #[serde(default)]
    forms: BTreeMap<String, String>,
    topic: Vec<RawTopic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTopic {
    id: String,
    #[serde(rename = "type")]
    type_: String,
    /// The place in Regulation (EU) 2024/1689 that prohibits the purpose.
    #[serde(default)]
    article: Option<String>,
    /// What speaks for it: `a|b` is one of both. The first is the anchor and should be rare.
    all: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    #[serde(default = "default_reach")]
    reach: usize,
    #[serde(default)]
    scope: Scope,
    #[serde(default = "default_score")]
    score: f32,
    /// The sentence shown to people.
    why: String,
}

fn default_reach() -> usize {
    160
}
fn default_score() -> f32 {
    0.7
}

impl Topic {
    /// Every notion that it asks for.
    pub(super) fn notions(&self) -> impl Iterator<Item = Notion> + '_ {
        let words = self.groups.iter().flatten().filter_map(|clue| match clue {
            Clue::Word(notion) => Some(*notion),
            Clue::Form(_) | Clue::Person | Clue::Account => None,
        });
        self.anchor.iter().copied().chain(words).chain(self.none.iter().copied())
    }
}

/// The topics that the configuration wants, and the stems of all notions.
pub(super) fn shipped(config: &Config) -> Result<(Vec<Topic>, Vec<Stem>), PlanError> {
    let lexicon = Lexicon::read("rules/notions.toml", WORDS)?;
    let mut topics = Vec::new();
    for (file, text, kind) in FILES {
        let wanted = match kind {
            FindingKind::Hazard => config.hazards,
            _ => config.classes,
        };
        if !wanted {
            continue;
        }
        let parsed = parse(file, text)?;
        for raw in parsed.topic {
            let id = format!("{}.{}", kind.as_str(), raw.id);
            if config.wants(&id, &raw.type_) {
                topics.push(compile(raw, id, kind, &lexicon, &parsed.forms)?);
            }
        }
    }
    Ok((topics, lexicon.stems))
}

/// What each shipped topic looks for.
pub(crate) fn shipped_explanations() -> Result<BTreeMap<String, Explanation>, PlanError> {
    let mut all = BTreeMap::new();
    for (file, text, kind) in FILES {
        // The words are part of what a topic finds, so they are part of its version.
        let mut versions = versions(text, "topic", &[WORDS, include_str!("scene.rs")]);
        for raw in parse(file, text)?.topic {
            let id = format!("{}.{}", kind.as_str(), raw.id);
            let version = versions.remove(&raw.id).unwrap_or_default();
            all.insert(id, Explanation { version, why: raw.why.into(), article: raw.article.map(Into::into) });
        }
    }
    Ok(all)
}

/// The kind and type of each shipped topic.
pub(crate) fn shipped_types() -> Result<Vec<(FindingKind, String)>, PlanError> {
    let mut all = Vec::new();
    for (file, text, kind) in FILES {
        all.extend(parse(file, text)?.topic.into_iter().map(|raw| (kind, raw.type_)));
    }
    Ok(all)
}

fn parse(file: &'static str, text: &str) -> Result<TopicFile, PlanError> {
    toml::from_str(text).map_err(|error| PlanError::Rules { file, cause: error.to_string() })
}

fn compile(
    raw: RawTopic,
    id: String,
    kind: FindingKind,
    lexicon: &Lexicon,
    forms: &BTreeMap<String, String>,
) -> Result<Topic, PlanError> {
    let notion =
        |name: &str| lexicon.notion(name).ok_or_else(|| broken(format!("`{id}` uses the unknown notion `{name}`")));
    let clue = |name: &str| match name {
        "@person" => Ok(Clue::Person),
        "@account" => Ok(Clue::Account),
        _ => match name.strip_prefix('@') {
            None => notion(name).map(Clue::Word),
            Some(form) => {
                let form = forms.get(form).ok_or_else(|| broken(format!("`{id}` uses the unknown form `{form}`")))?;
                let pattern = |error: regex::Error| PlanError::Pattern { rule: id.clone(), cause: error.to_string() };
                patterns::compile(form).map(Clue::Form).map_err(pattern)
            }
        },
    };
    let mut groups = raw.all.iter();
    let anchor = groups.next().map_or("", String::as_str).split('|').map(notion).collect::<Result<_, _>>()?;
    let groups = groups.map(|group| group.split('|').map(clue).collect()).collect::<Result<_, _>>()?;
    let none = raw.none.iter().map(|name| notion(name)).collect::<Result<_, _>>()?;
    let RawTopic { type_, reach, scope, score, .. } = raw;
    Ok(Topic { kind, type_, id: id.clone(), anchor, groups, none, reach, scope, score })
}

pub(super) fn broken(cause: String) -> PlanError {
    PlanError::Rules { file: "rules of topics", cause }
}
