//! Signals of an attack: patterns over the folded text, with literals before them and weights behind them.

use crate::config::{Config, PlanError};
use crate::counted::Counted;
use crate::effort::Effort;
use crate::explain::{Explanation, version, versions};
use crate::hits::{Hit, List};
use crate::literals::{Near, Stands};
use crate::patterns::{compile, windows};
use gnomon_types::conversation::Role;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalFile {
    /// Words that patterns may use as `{name}`.
    #[serde(default)]
    words: BTreeMap<String, String>,
    signal: Vec<RawSignal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignal {
    id: String,
    #[serde(rename = "type")]
    type_: String,
    near: Vec<String>,
    regex: String,
    weight: f32,
    /// Extra weight in text of a tool.
    #[serde(default)]
    tool: f32,
    /// The sentence shown to people; without one it follows from the type.
    #[serde(default)]
    why: Option<String>,
    /// The automaton of the pattern grows with the text.
    #[serde(default)]
    grows: bool,
}

/// One compiled signal.
struct Signal {
    rule: String,
    near: Vec<String>,
    type_: String,
    regex: Regex,
    /// The same for much text, if its automaton grows.
    counted: Option<Counted>,
    weight: f32,
    tool: f32,
}

/// All signals.
pub(super) struct Signals(Vec<Signal>);

/// A signal that fired.
#[derive(Clone)]
pub(super) struct Seen<'a> {
    pub(super) rule: &'a str,
    pub(super) type_: &'a str,
    pub(super) span: Range<usize>,
    /// The hand-set weight, and the extra that applies to this text's role.
    pub(super) weight: f32,
    pub(super) tool: f32,
    /// 1 unless the context makes it harmless.
    pub(super) strength: f32,
}

impl Seen<'_> {
    pub(super) fn weakened(&self, strength: f32) -> Self {
        Self { strength, ..self.clone() }
    }
}

const FILE: &str = include_str!("../../rules/attacks.toml");

fn parse() -> Result<SignalFile, PlanError> {
    toml::from_str(FILE).map_err(|error| PlanError::Rules { file: "rules/attacks.toml", cause: error.to_string() })
}

/// What each signal, and the model, looks for.
pub(crate) fn shipped_explanations() -> Result<BTreeMap<String, Explanation>, PlanError> {
    let mut versions = versions(FILE, "signal", &[]);
    let explained = |raw: RawSignal| {
        let why = raw.why.unwrap_or_else(|| format!("its words are those of an attack: {}", in_words(&raw.type_)));
        let version = versions.remove(&raw.id).unwrap_or_default();
        (format!("injection.{}", raw.id), Explanation { version, why: why.into(), article: None })
    };
    let mut all: BTreeMap<String, Explanation> = parse()?.signal.into_iter().map(explained).collect();
    let why = "its words, taken together, are like those of known prompt attacks".into();
    let model = Explanation { version: version(&[super::model::SHIPPED]), why, article: None };
    all.insert("injection.model".to_owned(), model);
    Ok(all)
}

/// The types of prompt attacks.
pub(crate) fn shipped_types() -> Result<Vec<String>, PlanError> {
    let of_model = std::iter::once(super::BY_WORDS.to_owned());
    Ok(parse()?.signal.into_iter().map(|raw| raw.type_).chain(of_model).collect())
}

/// `PROMPT_EXTRACTION` as people write it.
fn in_words(type_: &str) -> String {
    type_.to_ascii_lowercase().replace('_', " ")
}

/// A line may end between two words.
const BLANK: &str = r"(?: |\r?\n)";

/// A literal as it stands in a line, and with the line ending at each blank between its words.
fn wrapped(near: &str) -> Vec<String> {
    let mut all = vec![near.to_owned()];
    for (at, _) in near.match_indices(' ') {
        let (head, tail) = (near.get(..at).unwrap_or_default(), near.get(at + 1..).unwrap_or_default());
        if !head.is_empty() && !tail.is_empty() {
            all.extend(["\n", "\r\n"].map(|end| format!("{head}{end}{tail}")));
        }
    }
    all
}

const BEFORE: usize = 120;
const AFTER: usize = 240;
/// Matches in a window beyond these say nothing new.
const MATCHES_MAX: usize = 8;

impl Signals {
    pub(super) fn shipped(config: &Config) -> Result<Self, PlanError> {
        let parsed = parse()?;
        let mut list = Vec::new();
        for raw in parsed.signal {
            let rule = format!("injection.{}", raw.id);
            if !config.wants(&rule, &raw.type_) {
                continue;
            }
            let mut expression = raw.regex;
            for (name, words) in &parsed.words {
                expression = expression.replace(&format!("{{{name}}}"), &format!("(?:{words})"));
            }
            let regex = compile(&expression.replace(' ', BLANK))
                .map_err(|error| PlanError::Pattern { rule: rule.clone(), cause: error.to_string() })?;
            let RawSignal { type_, weight, tool, grows, .. } = raw;
            let near = raw.near.iter().flat_map(|near| wrapped(near)).collect();
            let counted = grows.then(|| Counted::new(regex.as_str()));
            list.push(Signal { rule, near, type_, regex, counted, weight, tool });
        }
        Ok(Self(list))
    }

    /// The literals around which signals are looked for.
    pub(super) fn near(&self) -> impl Iterator<Item = Near<'_>> {
        let near = |rule, word| Near { list: List::Signals, rule, word, stands: Stands::Anywhere };
        self.0.iter().enumerate().flat_map(move |(rule, signal)| signal.near.iter().map(move |word| near(rule, word)))
    }

    /// Every place where a signal fires in the folded text, given the hits of its literals, as far as the effort lasts.
    pub(super) fn find(&self, folded: &str, hits: &[Hit], role: Role, effort: &mut Effort) -> Vec<Seen<'_>> {
        let mut seen = Vec::new();
        for group in hits.chunk_by(|a, b| a.rule() == b.rule()) {
            let Some(signal) = group.first().and_then(|hit| self.0.get(hit.rule())) else {
                continue;
            };
            let tool = if role == Role::Tool { signal.tool } else { 0.0 };
            let Signal { rule, type_, weight, .. } = signal;
            let sight = |span| Seen { rule, type_, span, weight: *weight, tool, strength: 1.0 };
            let windows = windows(folded, group, BEFORE, AFTER);
            signal.each(folded, &windows, effort, |span| seen.push(sight(span)));
        }
        seen
    }
}

impl Signal {
    /// Calls `take` with the first matches in each window, as far as the effort lasts. In a text that is given up, what little
    /// text shows is still seen.
    fn each(&self, folded: &str, windows: &[Range<usize>], effort: &mut Effort, take: impl FnMut(Range<usize>)) {
        let bytes = windows.iter().map(ExactSizeIterator::len).sum::<usize>();
        let may_go_on = effort.signal(bytes);
        match &self.counted {
            Some(_) if effort.uncounted_signal(bytes) => self.each_uncounted(folded, windows, take),
            Some(counted) if may_go_on => each_counted(counted, folded, windows, effort, take),
            None if may_go_on || effort.uncounted_signal(bytes) => self.each_uncounted(folded, windows, take),
            _ => {}
        }
    }

    fn each_uncounted(&self, folded: &str, windows: &[Range<usize>], mut take: impl FnMut(Range<usize>)) {
        for window in windows {
            let slice = folded.get(window.clone()).unwrap_or_default();
            let found = self.regex.find_iter(slice).take(MATCHES_MAX);
            found.for_each(|found| take(window.start + found.start()..window.start + found.end()));
        }
    }
}

fn each_counted(
    pattern: &Counted,
    folded: &str,
    windows: &[Range<usize>],
    effort: &mut Effort,
    mut take: impl FnMut(Range<usize>),
) {
    let Some(mut walk) = pattern.walk().filter(|_| !effort.is_spent()) else { return effort.give_up() };
    for window in windows {
        let slice = folded.get(window.clone()).unwrap_or_default();
        let mut at = 0;
        for _ in 0..MATCHES_MAX {
            let Some(found) = walk.find(slice, at, effort) else { break };
            at = found.end;
            take(window.start + found.start..window.start + found.end);
        }
        if effort.is_spent() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;
    use crate::counted::tests as counted;
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    /// How many texts are drawn that fit a pattern.
    const DRAWN: usize = 300;

    /// Texts that a pattern fits, but for the places where words begin and end.
    fn drawn(pattern: &str) -> Vec<String> {
        let looks = [r"(?-u:\b)", r"\b", r"\B", "^", "$"];
        // A hat or dollar within a class is none.
        let plain = looks.iter().fold(pattern.to_owned(), |text, look| match *look {
            "^" => text.replace("(?:^", "(?:").replace("(^", "("),
            "$" => text.replace("|$)", "|)").replace("$)", ")"),
            _ => text.replace(look, ""),
        });
        // Any letter and any blank are as good as all others.
        let classes = Regex::new(r"\[\^(?:[^\\\]]|\\.)*\]|\\S").unwrap();
        let plain = classes
            .replace_all(&plain, "[z ]")
            .replace(r"\s+", r"\s")
            .replace(r"\s*", r"\s?")
            .replace(r"\s", " ")
            .replace(r"\w", "w");
        let texts = proptest::string::string_regex(&plain).unwrap();
        let mut runner = TestRunner::deterministic();
        (0..DRAWN).map(|_| texts.new_tree(&mut runner).unwrap().current()).collect()
    }

    #[test]
    fn what_a_signal_matches_holds_a_literal_that_it_is_looked_for_around() {
        let signals = Signals::shipped(&Config::default()).unwrap();
        for signal in &signals.0 {
            let near: Vec<String> = signal.near.iter().map(|near| fold(near).text).collect();
            let lacks = |text: &String| {
                // More than one line that ends within a literal is not looked for.
                let line = fold(text).text.replace("\r\n", " ").replace('\n', " ");
                !near.iter().any(|near| format!(" {line} ").contains(near))
            };
            let lacking: Vec<String> = drawn(signal.regex.as_str()).into_iter().filter(lacks).collect();
            // A gap that may hold anything may hold letters right beside a literal.
            assert!(lacking.len() * 100 <= DRAWN * 2, "{}: {} of {DRAWN}, {lacking:.5?}", signal.rule, lacking.len());
        }
    }

    #[test]
    fn a_line_may_end_between_the_words_of_a_signal() {
        let near = wrapped(" as an ai");
        assert_eq!(near, [" as an ai", " as\nan ai", " as\r\nan ai", " as an\nai", " as an\r\nai"]);
        let signals = Signals::shipped(&Config::default()).unwrap();
        let persona = signals.0.iter().find(|signal| signal.rule == "injection.persona-en").unwrap();
        for text in ["you are now", "you\nare now", "you are\r\nnow"] {
            assert!(persona.regex.is_match(text), "{text:?}");
        }
    }

    #[test]
    fn signals_whose_automata_grow_are_counted_and_find_the_same() {
        let signals = Signals::shipped(&Config::default()).unwrap();
        for signal in &signals.0 {
            let expression = signal.regex.as_str();
            assert_eq!(signal.counted.is_none(), counted::is_bounded(expression), "{}: `grows`", signal.rule);
            assert!(counted::is_short(expression), "{}", signal.rule);
            let text = fold(&drawn(expression).into_iter().take(8).collect::<Vec<_>>().join(". ")).text;
            let expected: Vec<Range<usize>> = signal.regex.find_iter(&text).map(|found| found.range()).collect();
            assert_eq!(counted::all(expression, &text), expected, "{}", signal.rule);
        }
    }

    /// Patterns run on folded text, in which some letters never stand.
    #[test]
    fn every_signal_fires_on_folded_text() {
        let signals = Signals::shipped(&Config::default()).unwrap();
        for signal in &signals.0 {
            let fires = |text: &String| signal.regex.is_match(&format!(" {} ", fold(text).text));
            let texts = drawn(signal.regex.as_str());
            assert!(texts.iter().any(fires), "{}: {texts:.5?}", signal.rule);
        }
    }
}
