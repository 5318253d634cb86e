//! Every case of `tests/cases`, judged by the shipped policies.

use gnomon_detect::Config;
use gnomon_policy::{Case, PolicyFile, Snapshot, diff, read_cases, run_case, shipped_files};
use std::path::Path;

fn cases() -> Vec<Case> {
    cases_in("tests/cases")
}

#[expect(clippy::expect_used, clippy::panic, reason = "a helper of tests")]
fn cases_in(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        cases.extend(read_cases(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    }
    cases
}

#[test]
fn the_shipped_policies_decide_every_case_as_written() {
    let cases = cases();
    assert!(cases.len() >= 20, "the cases are not found");
    decides_as_written(&shipped_files(), &cases);
}

#[test]
fn the_examples_decide_their_cases_as_written_beside_the_shipped_policies() {
    let name = "callers-and-tools.cedar".to_owned();
    let text = include_str!("../../examples/callers-and-tools.cedar").to_owned();
    let files: Vec<PolicyFile> = shipped_files().into_iter().chain([PolicyFile { name, text }]).collect();
    let cases = cases_in("examples");
    assert!(cases.len() >= 10, "the cases are not found");
    decides_as_written(&files, &cases);
}

#[expect(clippy::panic, reason = "a helper of tests")]
fn decides_as_written(files: &[PolicyFile], cases: &[Case]) {
    let snapshot = Snapshot::load(files, &Config::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let failed: Vec<String> = cases
        .iter()
        .map(|case| run_case(&snapshot, case))
        .filter(|outcome| !outcome.mismatches.is_empty())
        .map(|outcome| format!("{}\n  rules: {:?}\n  {}", outcome.name, outcome.rules, outcome.mismatches.join("\n  ")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
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
    assert_eq!(difference.changed, ["unsanctioned-services-are-closed"]);
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
