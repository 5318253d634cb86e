//! Whatever a text is disguised as, each finding points to characters of it, and what shows plainly is never lost.

use super::story;
use gnomon_detect::{Config, Plan};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind};
use std::sync::OnceLock;

/// Panics when the law is broken. The first byte chooses role and budget.
pub fn check(input: &[u8]) {
    let (first, rest) = input.split_first().unwrap_or((&0, &[]));
    let role = [Role::User, Role::Tool, Role::Assistant, Role::System][usize::from(first % 4)];
    let text = story::text(rest);
    let scan = plan().scan(&text, role);
    assert!((0.0..=1.0).contains(&scan.attack_score), "score {}", scan.attack_score);
    let plain = plan().scan_plain(&text);
    for finding in scan.findings.iter().chain(&plain) {
        assert!(finding.start < finding.end, "empty {finding:?}");
        assert!(text.get(finding.start..finding.end).is_some(), "{finding:?} points beside characters of {text:?}");
    }
    // Letters that stand alone are read as the words that they spell, so that a number or a name of such letters is none.
    let stands_alone = |finding: &Finding| {
        let mut words = text.get(finding.start..finding.end).unwrap_or_default().split_whitespace();
        words.all(|word| word.chars().nth(1).is_none())
    };
    // Nor is such a text about what it seems to be about when they are not read.
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_spelled = words.windows(5).any(|words| words.iter().all(|word| word.chars().nth(1).is_none()));
    let kept = |finding: &&Finding| match finding.kind {
        FindingKind::Injection => false,
        FindingKind::Data | FindingKind::Hazard if is_spelled => false,
        _ => !stands_alone(finding),
    };
    for finding in plain.iter().filter(kept) {
        let covers =
            |other: &&Finding| other.kind == finding.kind && other.start <= finding.start && finding.end <= other.end;
        assert!(scan.findings.iter().any(|other| covers(&other)), "the full scan lost {finding:?} of {text:?}");
    }
    // The same under a budget that ends early: it may see less, and then has to say so.
    let poor = frugal().scan(&text, role);
    let decoded = scan.findings.iter().filter(|finding| finding.kind != FindingKind::Injection).count();
    let less = poor.findings.iter().filter(|finding| finding.kind != FindingKind::Injection).count();
    assert!(less >= decoded || poor.exhausted, "a small budget hid findings silently in {text:?}");
}

/// The shipped plan.
pub fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| Plan::shipped().expect("the shipped rules compile"))
}

fn frugal() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    let config = Config { decode_bytes_max: 64, decode_depth: 1, attacks: false, ..Config::default() };
    PLAN.get_or_init(|| Plan::compile(&config).expect("the shipped rules compile"))
}
