//! Texts that repeat what the rules of credentials look for.

use gnomon_detect::Plan;
use gnomon_types::conversation::Role;
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

/// What stands between two repetitions.
const GAPS: [&str; 5] = ["", " ", "\n", "\t", ", "];
/// So many values of each rule are made.
const VALUES: usize = 2;
/// Tried with so many bytes first.
const TRIED_BYTES: usize = 8 << 10;
/// So many of the worst are tried with all bytes, and so many printed.
const TRIED_AGAIN: usize = 40;
const PRINTED: usize = 10;

/// Prints the repetitions that take longest.
pub(crate) fn print_worst(plan: &Plan, bytes: usize) -> Result<(), Box<dyn Error>> {
    let mut pieces = pieces(include_str!("../../rules/secrets.toml"))?;
    let count = pieces.len();
    rank(plan, &mut pieces, TRIED_BYTES.min(bytes), 1);
    let short = pieces.first().map(|(took, _)| *took).unwrap_or_default();
    pieces.truncate(TRIED_AGAIN);
    rank(plan, &mut pieces, bytes, 2);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} repetitions; the worst of {TRIED_BYTES} bytes took {short:.1?}, of {bytes} bytes:")?;
    for (took, piece) in pieces.iter().take(PRINTED) {
        let scan = plan.scan(&filled(piece, bytes), Role::User);
        let shown: String = piece.chars().take(70).collect();
        let gave_up = if scan.exhausted { "exhausted" } else { "" };
        writeln!(out, "{:8.1} ms {:6} findings {gave_up:9} {shown:?}", took.as_secs_f64() * 1e3, scan.findings.len())?;
    }
    Ok(())
}

/// Sorts the pieces by how long it takes to read a text full of each.
fn rank(plan: &Plan, pieces: &mut [(Duration, String)], bytes: usize, runs: usize) {
    for (took, piece) in pieces.iter_mut() {
        let text = filled(piece, bytes);
        *took = super::least(runs, || plan.scan(&text, Role::User)).0;
    }
    pieces.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
}

fn filled(piece: &str, bytes: usize) -> String {
    piece.repeat(bytes.div_ceil(piece.len().max(1)))
}

/// Every literal, alone and with a value assigned to it, and every rule's values, whole and cut, each with every gap.
fn pieces(rules: &str) -> Result<Vec<(Duration, String)>, Box<dyn Error>> {
    let rules: toml::Table = toml::from_str(rules)?;
    let mut bodies = Vec::new();
    let mut runner = TestRunner::deterministic();
    for rule in rules.get("rule").and_then(toml::Value::as_array).into_iter().flatten() {
        let words = rule.get("near").and_then(toml::Value::as_array).into_iter().flatten();
        for word in words.filter_map(toml::Value::as_str) {
            bodies.extend([word.to_owned(), format!("{word}x9Kq2mZ7Lw4Tb8Rv"), format!("{word}: \"x9Kq2mZ7Lw4Tb8Rv")]);
        }
        let pattern = rule.get("regex").and_then(toml::Value::as_str).unwrap_or_default();
        bodies.extend(values(pattern, &mut runner));
    }
    bodies.sort();
    bodies.dedup();
    let all = bodies.iter().flat_map(|body| GAPS.iter().map(move |gap| (Duration::ZERO, format!("{body}{gap}"))));
    Ok(all.collect())
}

/// Values that a pattern matches, and beginnings of them.
fn values(pattern: &str, runner: &mut TestRunner) -> Vec<String> {
    let bare = pattern.replace(r"\b", "").replace(r"\z", "");
    let Ok(strategy) = string_regex(&bare) else { return Vec::new() };
    let mut found = Vec::new();
    for _ in 0..VALUES {
        let Ok(tree) = strategy.new_tree(runner) else { continue };
        let value: String =
            tree.current().chars().map(|c| if c.is_control() && !c.is_whitespace() { 'x' } else { c }).collect();
        let letters: Vec<char> = value.chars().collect();
        for share in [2, 3, 4] {
            found.push(letters.iter().take(letters.len() * share / 4).collect());
        }
    }
    found.retain(|value: &String| !value.is_empty());
    found
}
