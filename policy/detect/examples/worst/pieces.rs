//! What a text can be filled with: everything that some rule goes by, and what stands beside it.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::error::Error;
use toml::{Table, Value};

/// What a text is filled with.
#[derive(Clone)]
pub(crate) struct Piece {
    /// What it was made of.
    pub(crate) source: &'static str,
    pub(crate) text: String,
}

impl Piece {
    /// A text of so many bytes and a little more.
    pub(crate) fn filled(&self, bytes: usize) -> String {
        self.text.repeat(bytes.div_ceil(self.text.len().max(1)))
    }
}

/// What stands between two repetitions.
const GAPS: [&str; 4] = ["", " ", "\n", ", "];
/// What may stand behind a word.
const VALUES: [&str; 6] = ["", "x9Kq2mZ7Lw4Tb8Rv", ": \"x9Kq2mZ7Lw4Tb8Rv", ": 12345678", " Anna Keller", " 12.03.1984"];
/// So many values of each pattern are made.
const MADE: usize = 2;

/// Names of sources, each with its pieces.
type Sources = Vec<(&'static str, Vec<String>)>;

/// Everything to try.
pub(crate) fn all() -> Result<Sources, Box<dyn Error>> {
    let secrets = patterns(include_str!("../../rules/secrets.toml"), "rule")?;
    let signals = patterns(include_str!("../../rules/attacks.toml"), "signal")?;
    let notions = strings(&include_str!("../../rules/notions.toml").parse::<Table>()?);
    let notions: Vec<String> = notions.iter().map(|word| word.trim_start_matches('~').to_owned()).collect();
    Ok(vec![
        ("secrets", with_gaps(secrets)),
        ("signals", with_gaps(signals)),
        ("notions", with_gaps(notions)),
        ("labels", with_gaps(with_values(&words(include_str!("../../rules/context_words.txt"))))),
        ("titles", with_gaps(with_values(&words(include_str!("../../rules/name_words.txt"))))),
        ("names", with_gaps(names().into_iter().step_by(4).collect())),
        ("words", with_gaps(words(include_str!("../../rules/words.txt")).into_iter().step_by(4).collect())),
        ("marks", with_gaps(marks())),
    ])
}

/// Every literal with a value, and every rule's values, whole and cut.
fn patterns(file: &str, list: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let file: Table = toml::from_str(file)?;
    let words: BTreeMap<&str, &str> = file.get("words").and_then(Value::as_table).map_or_else(BTreeMap::new, |words| {
        words.iter().filter_map(|(name, words)| Some((name.as_str(), words.as_str()?))).collect()
    });
    let mut runner = TestRunner::deterministic();
    let mut all = Vec::new();
    for rule in file.get(list).and_then(Value::as_array).into_iter().flatten() {
        let near = rule.get("near").and_then(Value::as_array).into_iter().flatten();
        all.extend(with_values(&near.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()));
        let mut pattern = rule.get("regex").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (name, words) in &words {
            pattern = pattern.replace(&format!("{{{name}}}"), &format!("(?:{words})"));
        }
        all.extend(values(&pattern, &mut runner));
    }
    Ok(all)
}

/// Values that a pattern matches, and beginnings of them.
fn values(pattern: &str, runner: &mut TestRunner) -> Vec<String> {
    let bare = pattern.replace(r"\b", "").replace(r"\z", "");
    let Ok(strategy) = string_regex(&bare) else { return Vec::new() };
    let mut found = Vec::new();
    for _ in 0..MADE {
        let Ok(tree) = strategy.new_tree(runner) else { continue };
        let seen = |c: char| if c.is_control() && !c.is_whitespace() { 'x' } else { c };
        let letters: Vec<char> = tree.current().chars().map(seen).collect();
        found.extend([2, 3, 4].map(|share| letters.iter().take(letters.len() * share / 4).collect::<String>()));
    }
    found
}

/// All strings of a table, however deep.
fn strings(table: &Table) -> Vec<String> {
    let mut all = Vec::new();
    for value in table.values() {
        match value {
            Value::Table(inner) => all.extend(strings(inner)),
            Value::Array(list) => all.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    all
}

/// The words of a list: behind the name of their class, between commas or blanks.
fn words(list: &str) -> Vec<String> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(|line| match line.split_once(':') {
        Some((_, words)) => words.split(',').collect::<Vec<_>>(),
        None => line.split_whitespace().collect(),
    });
    words.map(|word| word.trim().trim_end_matches('*').to_owned()).collect()
}

/// First and last names together and with titles, as people write them.
fn names() -> Vec<String> {
    let first = words(include_str!("../../rules/first_names.txt"));
    let last = words(include_str!("../../rules/last_names.txt"));
    let capital = |word: &String| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
    };
    let pairs = first.iter().enumerate().map(|(at, first)| {
        let last = last.get(at % last.len().max(1)).map(capital).unwrap_or_default();
        (capital(first), last)
    });
    let forms = |(first, last): (String, String)| {
        [first.clone(), format!("{first} {last}"), format!("{last}, {first}"), format!("Dr. {first} {last}")]
    };
    pairs.flat_map(forms).collect()
}

/// Every sign, alone, doubled, and beside a letter, a digit and a sign of another script.
fn marks() -> Vec<String> {
    let ascii = (' '..='~').chain(['\n', '\t']);
    let other = "éßşœ€£½²³¹ªº·…–—’“”«»×÷¿¡©®™§¶†‡•‰→≠√∞αβжыוاهمहन한글中文字漢かなカナไท①𝐚ａ\u{200b}\u{ad}\u{301}\u{e0041}\u{202e}\u{feff}\u{3000}🙂";
    let all = ascii.chain(other.chars());
    all.flat_map(|c| {
        let sides = ["a", "A", "1", ".", "@", " ", "/", "é", "字", "0x", "%", "&#", "\\u", "\\x", "<", "**"];
        sides.map(|side| format!("{side}{c}")).into_iter().chain([c.to_string(), format!("{c}{c}a1 ")])
    })
    .collect()
}

fn with_values(words: &[String]) -> Vec<String> {
    words.iter().flat_map(|word| VALUES.map(|value| format!("{word}{value}"))).collect()
}

fn with_gaps(bodies: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> =
        bodies.iter().flat_map(|body| GAPS.iter().map(move |gap| format!("{body}{gap}"))).collect();
    all.retain(|piece| !piece.is_empty());
    all.sort();
    all.dedup();
    all
}
