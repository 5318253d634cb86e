//! Detector rules as data: read from `rules/*.toml`, compiled once.

use crate::brief::Brief;
use crate::config::{Config, PlanError};
use crate::counted::Counted;
use crate::explain::{Explanation, SECRET_CHECKS, default_why, versions};
use crate::hits::List;
use crate::literals::{Near, Stands};
use crate::patterns;
use crate::tail::Tail;
use gnomon_types::finding::FindingKind;
use regex::Regex;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    #[serde(rename = "type")]
    type_: String,
    /// Literals, any case; the pattern runs only around them. One of a `prefix` rule that has capitals stands as written.
    near: Vec<String>,
    /// The span is the first group that took part in the match, else the whole match.
    regex: String,
    #[serde(default = "default_score")]
    score: f32,
    /// Least Shannon entropy of the value in bits per character.
    #[serde(default)]
    entropy: f32,
    /// Bytes looked at before a literal.
    #[serde(default = "default_before")]
    before: usize,
    /// Bytes looked at behind a literal.
    #[serde(default = "default_after")]
    after: usize,
    #[serde(default)]
    check: Check,
    /// The literals begin every match: the pattern runs only there.
    #[serde(default)]
    prefix: bool,
    /// Bytes of other words that the pattern of a `prefix` rule may read before the value, where they are many: what a
    /// look costs beside the value.
    #[serde(default)]
    gap: usize,
    /// The sentence shown to people; without one it follows from the rest.
    #[serde(default)]
    why: Option<String>,
    /// The automaton of the pattern grows with the text. That of a `prefix` rule does not: it begins anew at each literal.
    #[serde(default)]
    grows: bool,
    /// What names the value stands behind it, at least a word of it. A value with letters of scripts without blanks is
    /// refused: in a text that flows, whole passages would have to wait for a name.
    #[serde(default)]
    behind: bool,
}

impl RawRule {
    /// Whether the value itself begins with a literal; else a name before the value does.
    fn value_begins_with_literal(&self) -> bool {
        self.prefix && self.regex.starts_with('(') && !self.regex.starts_with("(?")
    }
}

fn default_score() -> f32 {
    0.97
}
fn default_before() -> usize {
    24
}
fn default_after() -> usize {
    400
}

/// What a value must prove beyond its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Check {
    /// It is no placeholder, and no letter or digit touches it.
    #[default]
    Token,
    /// As `Token`, and it looks made by a machine: letters and digits mixed, no words.
    Random,
    /// It looks like something a person or program would use as a password.
    Password,
    /// As `Random`, beside the name of a service; what a word calls a hash, a commit or a number is left alone.
    Vendor,
    /// A password where only the one before it says so: it must look like one by itself.
    StrongPassword,
    /// The password argument of a command.
    Command,
    /// The password of a URL or a connection string: no placeholder, no variable.
    Login,
    /// Capitals, small letters, digits and signs mixed as only generators do.
    Scrambled,
    /// As many words as wallets give out, none of them one that holds sentences together.
    Words,
    /// Groups of letters that make no words.
    Groups,
    /// A JSON Web Token: its head is JSON.
    Jwt,
    /// No check at all.
    None,
}

/// The rules of credentials.
pub(crate) const SECRETS: (&str, &str) = ("rules/secrets.toml", include_str!("../rules/secrets.toml"));

/// What each rule of credentials looks for.
pub(crate) fn shipped_explanations() -> Result<BTreeMap<String, Explanation>, PlanError> {
    let (file, text) = SECRETS;
    let mut versions = versions(text, "rule", &SECRET_CHECKS);
    let explained = |raw: RawRule| {
        let begins = raw.value_begins_with_literal();
        let why = raw.why.unwrap_or_else(|| default_why(raw.check, begins, &raw.near));
        let version = versions.remove(&raw.id).unwrap_or_default();
        let id = format!("{}.{}", FindingKind::Secret.as_str(), raw.id);
        (id, Explanation { version, why: why.into(), article: None })
    };
    Ok(parse(file, text)?.into_iter().map(explained).collect())
}

/// The types of credentials.
pub(crate) fn shipped_types() -> Result<Vec<String>, PlanError> {
    let (file, text) = SECRETS;
    Ok(parse(file, text)?.into_iter().map(|raw| raw.type_).collect())
}

fn parse(file: &'static str, text: &str) -> Result<Vec<RawRule>, PlanError> {
    let parsed: RuleFile = toml::from_str(text).map_err(|error| PlanError::Rules { file, cause: error.to_string() })?;
    Ok(parsed.rule)
}

/// One compiled rule.
pub(crate) struct Rule {
    pub(crate) kind: FindingKind,
    pub(crate) type_: Cow<'static, str>,
    pub(crate) id: Cow<'static, str>,
    pub(crate) near: Vec<String>,
    pub(crate) regex: Regex,
    /// The same for short matches.
    pub(crate) brief: Option<Brief>,
    /// The same for much text, if its automaton grows.
    pub(crate) counted: Option<Counted>,
    /// The same, or for short matches, of a `prefix` rule whose pattern ends with the value.
    pub(crate) tail: Option<Tail>,
    pub(crate) score: f32,
    pub(crate) entropy: f32,
    pub(crate) before: usize,
    pub(crate) after: usize,
    pub(crate) check: Check,
    pub(crate) prefix: bool,
    /// Every value begins with a literal, and no letter or digit stands before it.
    pub(crate) stands_free: bool,
    pub(crate) gap: usize,
    /// What names the value stands behind it.
    pub(crate) behind: bool,
    /// The value is all that matches: no groups need to be told apart, which takes longer than finding the match.
    pub(crate) whole: bool,
}

impl Rule {
    /// The literals around which it is looked for.
    pub(crate) fn literals(&self, rule: usize) -> impl Iterator<Item = Near<'_>> {
        let stands = |word: &str| {
            let written = self.prefix && word.bytes().any(|byte| byte.is_ascii_uppercase());
            if written { Stands::AsWritten } else { Stands::Anywhere }
        };
        self.near.iter().map(move |word| Near { list: List::Credentials, rule, word, stands: stands(word) })
    }
}

/// Reads one rule file; rules that the configuration turns off are left out.
pub(crate) fn read(file: &'static str, text: &str, kind: FindingKind, config: &Config) -> Result<Vec<Rule>, PlanError> {
    let parsed = parse(file, text)?;
    let mut rules = Vec::with_capacity(parsed.len());
    for raw in parsed {
        let id = format!("{}.{}", kind.as_str(), raw.id);
        if config.wants(&id, &raw.type_) {
            rules.push(compile(raw, id, kind)?);
        }
    }
    Ok(rules)
}

fn compile(raw: RawRule, id: String, kind: FindingKind) -> Result<Rule, PlanError> {
    let pattern = |cause: String| PlanError::Pattern { rule: id.clone(), cause };
    let stands_free = raw.value_begins_with_literal() && matches!(raw.check, Check::Token | Check::Random | Check::Jwt);
    let whole = is_one_group(&raw.regex);
    let expression = if raw.prefix { format!("^(?:{})", raw.regex) } else { raw.regex };
    let regex = patterns::compile(&expression).map_err(|error| pattern(error.to_string()))?;
    if raw.near.is_empty() {
        return Err(pattern("it names no literal in `near`".to_owned()));
    }
    let brief = Brief::of(&expression, raw.grows);
    let tail = brief.as_ref().map_or(expression.as_str(), |brief| brief.expression.as_str());
    Ok(Rule {
        kind,
        type_: Cow::Owned(raw.type_),
        id: Cow::Owned(id),
        near: raw.near,
        score: raw.score,
        entropy: raw.entropy,
        before: raw.before,
        after: raw.after,
        check: raw.check,
        prefix: raw.prefix,
        stands_free,
        gap: raw.gap,
        behind: raw.behind,
        whole: whole || regex.captures_len() == 1,
        counted: raw.grows.then(|| Counted::new(regex.as_str())),
        tail: (raw.prefix && !whole).then(|| Tail::of(tail)).flatten(),
        brief,
        regex,
    })
}

/// Whether an expression is one group and nothing else, but for the edge of a word behind it.
fn is_one_group(expression: &str) -> bool {
    let body = expression.strip_suffix(r"\b").unwrap_or(expression);
    if !body.starts_with('(') || body.starts_with("(?") {
        return false;
    }
    let (mut groups, mut classes, mut escaped) = (0_usize, 0_usize, false);
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => classes += 1,
            b']' => classes = classes.saturating_sub(1),
            b'(' if classes == 0 => groups += 1,
            b')' if classes == 0 => groups = groups.saturating_sub(1),
            _ => {}
        }
        if groups == 0 {
            return at + 1 == body.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::tests as counted;

    #[test]
    fn rules_whose_automata_grow_are_counted_and_find_the_same() {
        let (file, text) = SECRETS;
        let values = ["hunter2x", "aB3dE5gH7jK9mN1pQ2rS5tU7vW9x", "0123456789abcdef0123456789abcdef", "some words"];
        let signs = [": ", "=", " = \"", " ", "_key=\"", " secret: '"];
        let mut matches = 0;
        for rule in &read(file, text, FindingKind::Secret, &Config::default()).unwrap() {
            let expression = rule.regex.as_str();
            let grows = !rule.prefix && !counted::is_bounded(expression);
            assert_eq!(rule.counted.is_some(), grows, "{}: `grows`", rule.id);
            if !grows {
                continue;
            }
            assert!(counted::is_short(expression), "{}", rule.id);
            let mut text = String::new();
            for (near, (sign, value)) in
                rule.near.iter().flat_map(|near| signs.iter().zip(values.iter().cycle()).map(move |both| (near, both)))
            {
                text.push_str(&format!("{near}{sign}{value}\"\n{value} as the {near} "));
            }
            let expected: Vec<_> = rule.regex.find_iter(&text).map(|found| found.range()).collect();
            matches += expected.len();
            assert_eq!(counted::all(expression, &text), expected, "{}", rule.id);
            if let Some(brief) = &rule.brief {
                let expected: Vec<_> = brief.regex.find_iter(&text).map(|found| found.range()).collect();
                assert_eq!(counted::all(brief.regex.as_str(), &text), expected, "{}", rule.id);
            }
        }
        assert!(matches > 100, "{matches}");
    }

    #[test]
    fn one_group_is_told_from_several_and_from_words_before_it() {
        for one in [r"(gh[ps]_[a-z]{3})", r"((?:a|b)[()]c)\b", r"(a\)b)", r"([a-z[^)]]x)"] {
            assert!(is_one_group(one), "{one}");
        }
        for more in [r"(a)(b)", r"(?:a(b))", r"key=(a)", r"(a)?b", r"(a)|(b)", "(?i)(a)", "a", "", r"(a)\s"] {
            assert!(!is_one_group(more), "{more}");
        }
    }
}
