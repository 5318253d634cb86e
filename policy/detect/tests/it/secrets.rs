//! Credentials and what only looks like one.

use crate::samples::{credentials, of_kind, passwords, plan, private_key, uuid};
use gnomon_types::finding::FindingKind;

fn found(text: &str) -> Vec<(String, String)> {
    let findings = plan().scan_plain(text);
    of_kind(&findings, FindingKind::Secret)
        .into_iter()
        .map(|f| (f.type_.to_string(), text[f.start..f.end].to_owned()))
        .collect()
}

#[test]
fn finds_every_family_with_its_exact_span_wherever_it_stands() {
    for (type_, value) in credentials() {
        for frame in [
            "{}",
            "see {} there",
            "{\"x\": \"{}\"}",
            "TOKEN={}\nNEXT=1",
            "curl -H 'Authorization: Bearer {}' https://api",
            "rotate `{}`.",
        ] {
            let text = frame.replacen("{}", &value, 1);
            let seen = found(&text);
            assert!(seen.iter().any(|(_, v)| *v == value), "{type_} in {frame}: {seen:?}");
            if frame == "see {} there" {
                assert!(seen.iter().any(|(t, _)| t == type_), "{type_}: {seen:?}");
            }
        }
    }
}

#[test]
fn finds_passwords_in_configuration_commands_and_prose() {
    for (text, password) in passwords() {
        assert!(found(&text).iter().any(|(_, value)| *value == password), "{text}: {:?}", found(&text));
    }
}

#[test]
fn finds_private_keys_whole() {
    for label in ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        let key = private_key(label);
        assert_eq!(found(&format!("key: {key}\nend")), [("PRIVATE_KEY".to_owned(), key.clone())]);
        assert_eq!(found(&format!("\"{}\"", key.replace('\n', "\\n"))).len(), 1);
    }
}

#[test]
fn leaves_placeholders_variables_and_public_values_alone() {
    let access = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let mut cases: Vec<String> = [
        "password: ${DB_PASSWORD}",
        "password = os.environ[\"DB_PASSWORD\"]",
        "password = getpass.getpass()",
        "const password = req.body.password;",
        "password: <your password>",
        "password: string;",
        "Password: ********",
        "postgres://user:${PASS}@db/app",
        "postgres://user:password@localhost/app",
        "api_key = process.env.OPENAI_API_KEY",
        "Set token: <YOUR_TOKEN_HERE> in the config",
        "token: {{ .Values.token }}",
        "Write a password policy: at least 14 characters.",
        "The password is required.",
        "Please reset my password, I forgot it.",
        "max_tokens: 4096, temperature: 0.7",
        "The key performance indicators for 2024 are in the annex",
        "keyboard: qwertz-layout-v2",
        "https://example.org/path?page=2&key=value",
        "primary key (customer_id, order_id)",
    ]
    .map(str::to_owned)
    .to_vec();
    cases.push(format!("AWS docs use {access} as sample id"));
    cases.push(format!("sha256:{hash} is the image digest"));
    cases.push(format!("Cherry-pick commit {} onto release/2.4", &hash[..40]));
    cases.push(format!("Order {} was not delivered", uuid(3)));
    cases.push(format!("trace_id={} span_id={}", &hash[..32], &hash[..16]));
    for text in cases {
        assert_eq!(found(&text), [], "{text}");
    }
}
