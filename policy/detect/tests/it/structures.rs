//! What stands where a credential would and cannot be one: its form is wrong, or everybody may know it.

use crate::disguises;
use crate::samples::{noise, of_kind, plan, uuid};
use gnomon_types::conversation::Role;
use gnomon_types::finding::FindingKind;

fn found(text: &str) -> Vec<String> {
    let findings = plan().scan_plain(text);
    of_kind(&findings, FindingKind::Secret).into_iter().map(|f| text[f.start..f.end].to_owned()).collect()
}

const HEX: &str = "0123456789abcdef";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn bold(text: &str) -> String {
    disguises::named("markdown bold").unwrap()(text)
}

#[test]
fn a_key_of_a_service_that_gives_out_one_form_has_that_form() {
    let mixed = |length| noise(MIXED, length, 21);
    let hex = |length| noise(HEX, length, 22);
    let okta = |length: usize| format!("{}{}", "00", mixed(length - 2));
    for (right, wrong) in [
        (format!("okta_api_key: {}", okta(42)), format!("okta_api_key: {}", okta(44))),
        (format!("okta_secret: {}", okta(42)), format!("okta_secret: {}-", okta(41))),
        (format!("\"okta\": \"{}\"", okta(42)), format!("\"okta\": \"{}\"", okta(41))),
        (format!("aws_secret_key: {}", mixed(40)), format!("aws_secret_key: {}", mixed(38))),
        (format!("AWS_SECRET_ACCESS_KEY={}", hex(40)), format!("AWS_SECRET_ACCESS_KEY={}", hex(42))),
        (format!("licenseKey={}NRAL", hex(36)), format!("licenseKey={}{}NRAL", "a1b2c3d4e5f6g7h8", hex(20))),
        (
            format!("pixie.apiKey=px-api-{}", uuid(3)),
            format!("pixie.apiKey=px-api-{}", "a1b2c3d4-e5f6-g7h8-i8j0-k0l3m3n4o0p5"),
        ),
        (
            format!("TWITCH_STREAM_KEY=live_126031192_{}", mixed(30)),
            format!("TWITCH_STREAM_KEY=126031192_{}", mixed(25)),
        ),
    ] {
        assert_eq!(found(&right).len(), 1, "{right}: {:?}", found(&right));
        assert_eq!(found(&wrong), Vec::<String>::new(), "{wrong}");
        let emphasised = bold(&wrong);
        let findings = plan().scan(&emphasised, Role::User).findings;
        assert!(of_kind(&findings, FindingKind::Secret).is_empty(), "{emphasised}: {findings:?}");
    }
}

#[test]
fn stores_that_speak_the_protocol_of_another_have_secrets_of_their_own_length() {
    for secret in [noise(HEX, 64, 23), noise(MIXED, 43, 24), noise(MIXED, 31, 25), uuid(4)] {
        let text = format!("AWS_SECRET_ACCESS_KEY={secret}");
        assert_eq!(found(&text), [secret], "{text}");
    }
}

#[test]
fn the_password_of_a_user_who_may_be_anybody_is_none() {
    for text in [
        "server->user = \"anonymous\";\nserver->password = \"busybox@\";",
        "ftp://anonymous:mozilla@ftp.example.org/pub",
        "machine ftp.example.org login anonymous password bob@example.org",
        "{\"username\": \"anonymous\", \"password\": \"guest@1\"}",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
    for text in [
        "user: anonymous\nlogin: root\npassword: Falcon77x",
        "the password of the anonymous survey is Falcon77x",
        "user = \"anonymous_admin\"; password = \"Falcon77x\"",
    ] {
        assert_eq!(found(text), ["Falcon77x"], "{text}");
    }
}

#[test]
fn a_name_of_words_with_the_letters_of_a_key_in_it_is_none() {
    for text in [
        "my-app-sk-proj-frontend-development-environment",
        "deploy/my-app-sk-proj-frontend-development-env-01",
        "task-sk-proj-alpha-beta-gamma-delta",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
    let key = format!("{}-proj-{}", "sk", noise(MIXED, 48, 26));
    assert_eq!(found(&format!("deploy/{key}")), [key]);
}
