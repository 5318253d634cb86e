//! Every case of `tests/cases`, judged by the shipped policies.

use gnomon_detect::{Config, Dictionary};
use gnomon_policy::{Case, PolicyFile, Snapshot, diff, read_cases, run_case, shipped_files};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn cases() -> Vec<Case> {
    cases_in("tests/cases")
}

/// Cases about a dictionary `code-names`.
const WITH_DICTIONARY: &str = "tests/cases-with-dictionary";

#[expect(clippy::panic, reason = "a helper of tests")]
fn cases_in(folder: &str) -> Vec<Case> {
    let read = |(path, text): (String, String)| read_cases(&path, &text).unwrap_or_else(|errors| panic!("{errors}"));
    texts_in(folder).into_iter().flat_map(read).collect()
}

#[expect(clippy::expect_used, reason = "a helper of tests")]
fn texts_in(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).expect("the folder of cases").map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a readable file"))).collect()
}

#[test]
fn the_shipped_policies_decide_every_case_as_written() {
    let cases = cases();
    assert!(cases.len() >= 20, "the cases are not found");
    decides_as_written(&shipped_files(), &Config::default(), &cases);
}

#[test]
fn terms_of_a_dictionary_decide_as_written() {
    let terms = Dictionary::read("code-names", "Blue Heron\n", false, true).unwrap();
    let config = Config { dictionaries: vec![Arc::new(terms)], ..Config::default() };
    decides_as_written(&shipped_files(), &config, &cases_in(WITH_DICTIONARY));
}

/// What is read here is run by the tests above, where an expectation that does not come true fails.
#[test]
fn every_shipped_rule_speaks_in_a_case() {
    let mut named = BTreeSet::new();
    for text in ["tests/cases", WITH_DICTIONARY].into_iter().flat_map(texts_in).map(|(_, text)| text) {
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for list in cases.iter().flat_map(|case| [&case["expect"]["rules"], &case["expect"]["observed"]]) {
            named.extend(list.as_array().into_iter().flatten().filter_map(|rule| rule.as_str().map(str::to_owned)));
        }
    }
    let forbids = Snapshot::shipped().unwrap().policies().into_iter().filter(|rule| rule.effect == "forbid");
    let unnamed: Vec<String> = forbids.map(|rule| rule.id).filter(|id| !named.contains(id)).collect();
    assert!(unnamed.is_empty(), "rules without a case: {unnamed:?}");
}

#[test]
fn the_examples_decide_their_cases_as_written_beside_the_shipped_policies() {
    let name = "callers-and-tools.cedar".to_owned();
    let text = include_str!("../../examples/callers-and-tools.cedar").to_owned();
    let files: Vec<PolicyFile> = shipped_files().into_iter().chain([PolicyFile { name, text }]).collect();
    let cases = cases_in("examples");
    assert!(cases.len() >= 10, "the cases are not found");
    decides_as_written(&files, &Config::default(), &cases);
}

#[expect(clippy::panic, reason = "a helper of tests")]
fn decides_as_written(files: &[PolicyFile], config: &Config, cases: &[Case]) {
    let snapshot = Snapshot::load(files, config).unwrap_or_else(|errors| panic!("{errors}"));
    let failed: Vec<String> = cases
        .iter()
        .map(|case| run_case(&snapshot, case))
        .filter(|outcome| !outcome.mismatches.is_empty())
        .map(|outcome| {
            let differs: Vec<String> = outcome.mismatches.iter().map(ToString::to_string).collect();
            format!("{}\n  rules: {:?}\n  {}", outcome.name, outcome.rules, differs.join("\n  "))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_case_about_a_finding_that_nothing_makes_fails() {
    let snapshot = Snapshot::shipped().unwrap();
    let text = r#"[{"name": "a", "answer": {"pii/EMIAL": 1}, "expect": {"verdict": "allow"}}]"#;
    let cases = read_cases("a.json", text).unwrap_or_else(|errors| panic!("{errors}"));
    let differs: Vec<String> = run_case(&snapshot, &cases[0]).mismatches.iter().map(ToString::to_string).collect();
    assert_eq!(differs, ["answer: nothing is ever found as `pii/EMIAL`"]);
}

#[test]
fn a_remembered_judgement_equals_the_first_one() {
    let snapshot = Snapshot::shipped().unwrap();
    for case in cases() {
        assert_eq!(run_case(&snapshot, &case), run_case(&snapshot, &case), "{}", case.name);
    }
}

#[test]
fn a_diff_names_the_rules_and_the_cases_that_change() {
    let before = Snapshot::shipped().unwrap();
    let mut files = shipped_files();
    for file in &mut files {
        file.text = file.text.replace("resource.status == \"unsanctioned\"", "resource.status == \"under_review\"");
    }
    let after = Snapshot::with_plan(&files, before.plan().clone()).unwrap();
    let difference = diff(&before, &after, &cases());
    let [change] = difference.changed.as_slice() else { panic!("{:?}", difference.changed) };
    assert_eq!(change.id, "unsanctioned-services-are-closed");
    let lines = change.lines();
    assert!(
        matches!(lines.as_slice(), [('-', old), ('+', new)] if old.contains("unsanctioned") && new.contains("under_review")),
        "{lines:?}"
    );
    assert!(difference.added.is_empty() && difference.removed.is_empty());
    assert!(difference.decisions.iter().any(|(old, _)| old.name == "an unsanctioned service is closed"));
    assert!(diff(&before, &before, &cases()).decisions.is_empty());
}

#[test]
fn the_digest_changes_with_every_part_of_the_bundle() {
    let shipped = shipped_files();
    let mut renamed = shipped.clone();
    renamed[0].name.push('x');
    let mut reworded = shipped.clone();
    reworded[0].text.push_str("// a comment\n");
    let mut shuffled = shipped.clone();
    shuffled.reverse();
    let none =
        Config { secrets: false, personal: false, attacks: false, classes: false, hazards: false, ..Config::default() };
    let config = Config { decode_depth: 2, ..none.clone() };
    let other = Config { decode_depth: 1, ..none };
    let digest = |files: &[PolicyFile], config| Snapshot::load(files, config).unwrap().digest();
    let base = digest(&shipped, &config);
    assert_eq!(digest(&shuffled, &config), base, "the order of files must not matter");
    for different in [digest(&renamed, &config), digest(&reworded, &config), digest(&shipped, &other)] {
        assert_ne!(different, base);
    }
}
