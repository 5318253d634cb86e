//! Mistakes in a bundle: all of them, each with its place.

use gnomon_detect::{Config, Plan};
use gnomon_policy::{LoadErrors, PolicyFile, Snapshot};

fn load(files: &[(&str, &str)]) -> Result<Snapshot, LoadErrors> {
    let files: Vec<PolicyFile> =
        files.iter().map(|(name, text)| PolicyFile { name: (*name).to_owned(), text: (*text).to_owned() }).collect();
    Snapshot::with_plan(&files, plan())
}

/// Detectors play no part in these tests: none are compiled.
#[expect(clippy::expect_used, reason = "a helper of tests")]
fn plan() -> Plan {
    let none =
        Config { secrets: false, personal: false, attacks: false, classes: false, hazards: false, ..Config::default() };
    Plan::compile(&none).expect("a plan without detectors")
}

#[test]
fn reports_a_mistake_of_the_detectors_beside_those_of_the_policies() {
    let file = PolicyFile { name: "a.cedar".to_owned(), text: "permit".to_owned() };
    let config = Config { attack_threshold: 7.0, ..Config::default() };
    let errors = Snapshot::load(&[file], &config).expect_err("both are wrong").to_string();
    assert!(errors.contains("a.cedar:1:") && errors.contains("detector configuration"), "{errors}");
}

/// `file:line:column message` of each mistake.
#[expect(clippy::expect_used, reason = "a helper of tests")]
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let errors = load(files).expect_err("the bundle has mistakes").0;
    errors.iter().map(|error| format!("{}:{}:{} {}", error.file, error.line, error.column, error.message)).collect()
}

#[test]
fn names_the_place_of_an_unknown_attribute() {
    let text = "@id(\"a\") @reason(\"b\")\nforbid (principal, action, resource)\nwhen { resource.risk == 3 };\n";
    let errors = load(&[("risk.cedar", text)]).expect_err("`risk` does not exist");
    let shown = errors.to_string();
    assert_eq!((errors.0[0].line, errors.0[0].column), (3, 8), "{shown}");
    assert!(shown.contains("`risk`") && shown.contains("--> risk.cedar:3:8"), "{shown}");
    assert!(shown.contains("3 | when { resource.risk == 3 };\n  |        ^^^^"), "{shown}");
}

#[test]
fn reports_the_mistakes_of_all_files_at_once() {
    let found = mistakes(&[
        ("a.cedar", "forbid (principal, action, resource) when { context. };"),
        ("b.cedar", "@id(\"b\")\nforbid (principal, action, resource);"),
        ("c.cedar", "@id(\"c\") @reason(\"r\")\nforbid (principal, action, resource) when { context.nothing };"),
        (
            "d.cedar",
            "@id(\"d\")\npermit (principal, action, resource);\n@id(\"d\")\npermit (principal, action, resource);",
        ),
    ]);
    let files: Vec<&str> = found.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(files, ["a.cedar", "b.cedar", "c.cedar", "d.cedar"], "{found:#?}");
    assert!(found[3].starts_with("d.cedar:3:1 `d` is already the id of a policy in d.cedar:1"), "{found:#?}");
}

#[test]
fn refuses_rules_that_would_silently_do_nothing() {
    for (text, expected) in [
        (
            r#"@id("a") @reason("r") forbid (principal, action, resource) when { resource.status == "unsanctoned" };"#,
            "is never",
        ),
        (
            r#"@id("a") @reason("r") forbid (principal, action, resource) when { context.kinds.contains("personal") };"#,
            "is never",
        ),
        (r#"@id("a") @reason("r") forbid (principal is Gnomon::Service, action, resource);"#, ""),
        (r#"@id("a") @reason("r") forbid (principal, action == Gnomon::Action::"sent", resource);"#, "sent"),
        (r#"@id("a") @reason("r") forbid (principal, action, resource) when { false };"#, ""),
        (r#"@id("a") @reason("r") @remedy("hold") forbid (principal, action, resource);"#, "cannot be held"),
        (r#"@id("a") @reason("r") @mdoe("observe") forbid (principal, action, resource);"#, "unknown annotation"),
        (r#"@id("a") @reason("r") forbid (principal == ?principal, action, resource);"#, "template"),
    ] {
        let found = mistakes(&[("x.cedar", text)]);
        assert!(found[0].contains(expected), "{text}: {found:#?}");
    }
}

#[test]
fn an_empty_bundle_loads_and_permits_nothing() {
    assert!(load(&[]).expect("an empty bundle is valid").policies().is_empty());
}

#[test]
fn every_shipped_rule_says_what_it_serves() {
    let snapshot = Snapshot::shipped().unwrap_or_else(|errors| panic!("{errors}"));
    for rule in snapshot.policies() {
        assert!(rule.effect == "permit" || rule.control.is_some(), "{} names no control", rule.id);
        assert!(rule.line > 1 && rule.text.contains(&rule.id), "{} does not know its place", rule.id);
    }
}
