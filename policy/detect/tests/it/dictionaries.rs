//! Customer dictionaries as a whole: many terms, every view, streams, redaction.

use gnomon_detect::{Config, Dictionary, Plan, PlanError, StreamScanner, Tokens, redact};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::sync::Arc;

fn plan(terms: &str) -> Plan {
    let dictionary = Arc::new(Dictionary::read("code-names", terms, false, true).expect("good terms"));
    Plan::compile(&Config { dictionaries: vec![dictionary], ..Config::default() }).expect("a plan")
}

fn found(findings: Vec<Finding>) -> Vec<(usize, usize)> {
    let of_dictionary = |finding: &Finding| {
        (finding.kind, finding.type_.as_ref(), finding.rule.as_ref())
            == (FindingKind::Data, "CODE_NAMES", "data.dictionary.code-names")
    };
    findings.into_iter().filter(of_dictionary).map(|finding| (finding.start, finding.end)).collect()
}

#[test]
fn a_hundred_thousand_terms_are_each_found() {
    let term = |number: usize| format!("{} {}", word(number), word(number * 7 + 3));
    let terms: Vec<String> = (0..100_000).map(term).collect();
    let plan = plan(&terms.join("\n"));
    for number in (0..100_000).step_by(9_973) {
        let text = format!("When does {} ship, and to whom?", term(number).to_uppercase());
        assert_eq!(found(plan.scan_plain(&text)), [(10, 10 + term(number).len())], "{text}");
    }
    assert_eq!(found(plan.scan_plain("When does the report ship, and to whom?")), []);
}

/// A pronounceable word for a number.
fn word(number: usize) -> String {
    let syllable = |n: usize| ["ba", "ke", "lo", "mi", "nu", "ra", "si", "to", "vu", "ze"][n % 10];
    [1, 10, 100, 1_000, 10_000, 100_000].map(|place| syllable(number / place)).concat()
}

#[test]
fn a_disguised_or_encoded_term_is_found_in_the_second_pass() {
    let plan = plan("blue heron\n");
    for (text, view) in [
        ("ask about b\u{200b}lue hero\u{200b}n today", View::Normalised),
        ("ask about Ymx1ZSBoZXJvbiBpcyBsYXRl today", View::Decoded),
    ] {
        let scan = plan.scan(text, Role::User);
        let seen: Vec<View> =
            scan.findings.iter().filter(|finding| finding.type_ == "CODE_NAMES").map(|finding| finding.view).collect();
        assert_eq!(seen, [view], "{text}");
    }
}

#[test]
fn no_split_of_a_stream_releases_part_of_a_term() {
    let plan = plan("blue heron\nheron gate nine\nzéphyr");
    let text = "then Blue \n heron met the heron gate nine, and ZÉPHYR too: blue herons";
    let whole = found(plan.scan_plain(text));
    assert_eq!(whole.len(), 3, "{whole:?}");
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        let (head, tail) = text.split_at(at);
        let mut scanner = StreamScanner::new(&plan);
        let mut findings = Vec::new();
        for step in [scanner.push(head), scanner.push(tail), scanner.finish()] {
            findings.extend(step.findings);
        }
        assert_eq!(found(findings), whole, "split at {at}");
    }
}

#[test]
fn after_redaction_no_term_is_found() {
    let plan = plan("blue heron\nnames\ncode");
    let text = "Blue Heron and BLUE HERON are code names";
    let clean = redact(text, &plan.scan_plain(text), &mut Tokens::default());
    assert_eq!(clean, "<CODE_NAMES_1> and <CODE_NAMES_2> are <CODE_NAMES_3> <CODE_NAMES_4>");
    assert_eq!(plan.scan_plain(&clean), []);
}

#[test]
fn two_dictionaries_of_one_name_are_refused_and_one_can_be_turned_off() {
    let one = Arc::new(Dictionary::read("code-names", "zephyr", false, true).expect("good"));
    let other = Arc::new(Dictionary::read("Code-Names", "heron", true, true).expect("good"));
    let twins = Config { dictionaries: vec![Arc::clone(&one), other], ..Config::default() };
    assert!(matches!(Plan::compile(&twins), Err(PlanError::Twins(name)) if name == "Code-Names"));
    let off = Config { dictionaries: vec![one], off: vec!["CODE_NAMES".to_owned()], ..Config::default() };
    assert_eq!(found(Plan::compile(&off).expect("a plan").scan_plain("zephyr")), []);
}
