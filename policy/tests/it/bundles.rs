//! Mistakes in a bundle: all of them, each with its place.

use gnomon_detect::{Config, Plan};
use gnomon_policy::{Known, LoadErrors, PolicyFile, Snapshot};

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
fn a_mistyped_finding_is_no_forbid_that_silently_fails_open() {
    let text = "@id(\"pii/EMIAL\")\n@reason(\"r\")\nforbid (principal, action, resource)\n\
                when { context.findings.contains(\"pii/EMIAL\") };\n";
    let errors = load(&[("x.cedar", text)]).expect_err("nothing is found as pii/EMIAL");
    let shown = errors.to_string();
    // The id of the rule, which holds the same word, is no place for the caret.
    let found: Vec<_> = errors.0.iter().filter(|error| error.message.contains("is never `pii/EMIAL`")).collect();
    assert_eq!(found.iter().map(|error| (error.line, error.column)).collect::<Vec<_>>(), [(4, 34)], "{shown}");
    assert!(shown.contains("did you mean `pii/EMAIL`?"), "{shown}");
}

#[test]
fn names_that_nothing_and_nobody_has_are_mistakes() {
    let names = |list: &[&str]| Some(list.iter().map(|name| (*name).to_owned()).collect());
    let known = Known {
        routes: names(&["chat"]),
        upstreams: names(&["openai", "local"]),
        services: names(&["openai"]),
        obligations: ["ai-act:26(5)".to_owned()].into(),
    };
    let config = plan().config().clone();
    let head = "@id(\"a\") @reason(\"r\")";
    let send = "forbid (principal, action == Gnomon::Action::\"send\", resource)";
    for (rule, expected) in [
        (format!("{head} @remedy(\"reroute:local\") @control(\"ai-act:26(5)\") {send};"), None),
        (format!("{head} @remedy(\"reroute:nowhere\") {send};"), Some("1:23 there is no upstream `nowhere`")),
        (format!("{head} @control(\"ai-act:999(77)\") {send};"), Some("1:23 `ai-act:999(77)` names no obligation")),
        (format!("{head} @control(\"gdpr:9\") {send};"), None),
        (
            format!("{head} @remedy(\"redact\") @redact(\"pii/EMIAL, pii\") {send};"),
            Some("1:41 nothing is ever found as `pii/EMIAL`"),
        ),
        (
            format!("{head} forbid (principal, action, resource in Gnomon::Route::\"nope\");"),
            Some("1:77 there is no route `nope`"),
        ),
        (format!("{head} {send} when {{ context.findings.contains(\"data/NOPE\") }};"), Some("data/NOPE")),
        (format!("{head} {send} when {{ context.attack_score > 1001 }};"), Some("is never true")),
    ] {
        let file = PolicyFile { name: "x.cedar".to_owned(), text: rule.clone() };
        let found = Snapshot::load_knowing(&[file], &config, &known).map_err(|errors| errors.0);
        let shown = |errors: &[gnomon_policy::LoadError]| -> Vec<String> {
            errors.iter().map(|error| format!("{}:{} {}", error.line, error.column, error.message)).collect()
        };
        match expected {
            None => assert!(found.is_ok(), "{rule}: {:#?}", found.map_err(|errors| shown(&errors))),
            Some(part) => {
                let errors = shown(&found.expect_err(&rule));
                assert!(errors.len() == 1 && errors[0].contains(part), "{rule}: {errors:#?}");
            }
        }
        // Without a configuration nobody knows what there is.
        let anywhere = rule.contains("nowhere") || rule.contains("nope") || rule.contains("999");
        assert!(!anywhere || load(&[("x.cedar", &rule)]).is_ok(), "{rule}");
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
