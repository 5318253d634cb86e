//! Credentials with digits for letters: what their rules go by is read back, and harmless text stays harmless.

use crate::disguises;
use crate::samples::{noise, of_kind, plan, random, uuid};
use gnomon_types::conversation::Role;
use gnomon_types::finding::FindingKind;

const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const LOWER: &str = "abcdefghijkmnpqrstuvwxyz0123456789";

/// The types found in a text when it wears a disguise.
fn types(disguise: &str, text: &str) -> Vec<String> {
    let wear = disguises::named(disguise).unwrap();
    let findings = plan().scan(&wear(text), Role::User).findings;
    of_kind(&findings, FindingKind::Secret).into_iter().map(|f| f.type_.to_string()).collect()
}

#[test]
fn credentials_are_known_by_what_stands_in_them_when_it_is_spelled_in_digits() {
    let hex = |length| noise(HEX, length, 31);
    let hook = format!("https://outlook.office.com/webhook/{}@{}", uuid(1), uuid(2));
    for (type_, text) in [
        ("DOPPLER_TOKEN", format!("dp.{}.{}", "audit", random(43))),
        ("SQUARE_TOKEN", format!("{}atp-{}", "sq0", random(22))),
        ("SQUARE_TOKEN", format!("{}csp-{}", "sq0", random(43))),
        ("AZURE_DEVOPS_PAT", format!("{}JQQJ99{}{}4mQ2", random(70), "AZ", "DO")),
        ("ATLASSIAN_TOKEN", format!("token = '{}3xF{}'", "ATATT", random(180))),
        ("AWS_ACCESS_KEY", format!("my id is {}IA{} for this", "AS", noise(UPPER, 16, 3))),
        ("SENDGRID_KEY", format!("{}.{}.{}", "SG", random(22), random(43))),
        ("NUGET_KEY", format!("{}{}", "oy2", noise(LOWER, 43, 5))),
        ("SOURCEGRAPH_TOKEN", format!("access token {}_local_{}", "sgp", hex(40))),
        ("SLACK_WEBHOOK", format!("https://hooks.slack.com/services/T4B5K6L7M/B1C2D3F4G/{}", random(24))),
        ("TEAMS_WEBHOOK", format!("{hook}/IncomingWebhook/{}/{}", hex(32), uuid(3))),
        ("THINGSBOARD_TOKEN", format!("https://things.example.com/api/v1/{}/telemetry", random(20))),
        ("OKTA_TOKEN", format!("okta_secret: 00{}", random(40))),
        ("NEWRELIC_KEY", format!("license: {}{}", hex(36), "NRAL")),
    ] {
        assert!(types("leet", &text).iter().any(|found| found == type_), "{text}: {:?}", types("leet", &text));
    }
}

#[test]
fn a_credential_keeps_its_type_where_only_its_beginning_is_spelled_in_digits() {
    for (type_, value) in [
        ("GITHUB_TOKEN", format!("{}_{}", "gho", random(36))),
        ("STRIPE_KEY", format!("{}_live_{}", "sk", random(24))),
        ("SLACK_TOKEN", format!("{}-{}", "xoxb", random(40))),
    ] {
        let text = format!("export API_TOKEN='{value}'");
        assert_eq!(types("light leet", &text), [type_], "{text}");
    }
}

#[test]
fn an_account_is_not_read_from_the_beginning_of_a_credential() {
    // The letters before the key make a country, and some spelling of what follows has its check digits.
    for seed in 0..40 {
        let text = format!("please rotate {}za{} for me and update the runbook", "AI", noise(HEX, 35, seed));
        assert!(types("leet", &text).contains(&"GOOGLE_API_KEY".to_owned()), "{text}: {:?}", types("leet", &text));
    }
}

#[test]
fn what_says_that_it_is_an_example_says_so_in_digits_too() {
    let access = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    for text in [
        format!("AWS docs use {access} as sample id; what does each part mean?"),
        "sonarqube-reporter-1.2.4.tgz has a hash, and sonarqube-reporter-1.4.0.tgz has another".to_owned(),
        format!("okta_api_key: 00{}-{}-", noise(UPPER, 20, 8), noise(UPPER, 24, 9)),
    ] {
        assert_eq!(types("leet", &text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_hash_that_begins_like_a_mark_is_none() {
    for start in ["3a4", "ea4", "3aa", "eaa", "5ea", "4c0"] {
        let text =
            format!("[[package]]\nname = \"report\"\nchecksum = \"{start}{}\"\n", noise("0123456789abcdef", 61, 17));
        let found = plan().scan(&text, Role::User).findings;
        assert!(found.iter().all(|finding| finding.kind != FindingKind::Secret), "{text}: {found:?}");
    }
}
