//! Credentials and what only looks like one.

use crate::samples::{credentials, families, of_kind, passwords, plan, private_key, random, uuid};
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
fn finds_one_value_of_each_further_family_with_its_exact_span() {
    for (type_, value) in families() {
        for frame in ["see {} there", "X={}\nNEXT=1", "it is `{}`."] {
            let text = frame.replacen("{}", &value, 1);
            let seen = found(&text);
            assert!(seen.contains(&(type_.to_owned(), value.clone())), "{type_} in {text}: {seen:?}");
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

#[test]
fn names_and_versions_in_code_are_no_keys() {
    for text in [
        "pub const PKEY_HomeAddress1Country: PROPERTYKEY = PKEY_HomeAddress2Country;",
        "if(xmlSecKeySetName(key, BAD_CAST key_file) < 0) { key = xmlSecCryptoAppKeyLoad(file, xmlSecKeyDataFormatPem, NULL) }",
        "exports.X509AuthorityKeyIDExtension = exports.X509SubjectKeyIDExtension = void 0;",
        "token: util_1.encoding.base64Encode(bytes)",
        "value = win32api.RegOpenKeyEx(base, key)",
        "heroku stack: v22.0.0-nightly20240424ddd0a9e494",
        "rustup target add thumbv7em-none-eabi; api key: see below",
        "private_key_path = /etc/ssl/private/gateway-2024.internal.pem",
        "token_type: AccessTokenResponseV2Builder",
        "secretName: tls-wildcard-cluster-02-example",
        "pip: options such as --username and --password options are passed on",
        "tokenizer = AutoTokenizer.from_pretrained(\"distilbert-base-uncased-finetuned-sst-2-english\")",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn public_random_strings_are_no_keys() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let base64 = random(86);
    for text in [
        format!("\"integrity\": \"sha512-{base64}==\","),
        format!("checksum = \"{hash}\""),
        format!("the fix is currently {} on main", &hash[..24]),
        format!("compare efdd489ac..{} in exactly this order", &hash[..9]),
        format!("image: registry.example/app@sha256:{hash}"),
        format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} anna@laptop", random(43)),
        format!("secure: \"{}/{}=\" # from travis", random(38), random(40)),
        format!("https://play.example/?version=stable&gist={}", &hash[..32]),
        format!("md5 of the token file: {}", &hash[..32]),
        format!("Key = {}", "000102030405060708090a0b0c0d0e0f"),
        format!("request id {} failed, please look at session {}", uuid(4), uuid(9)),
        format!("[![coverage](https://ci.example/badge.svg?token={})](https://ci.example)", random(10)),
        format!("<link rel=\"stylesheet\" href=\"/assets/app-{}.css\">", &hash[..20]),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn keys_are_found_where_configuration_and_tools_show_them() {
    let (key, hex) = (random(32), "9f86d081884c7d659a2feaa0c55ad015");
    for (text, value) in [
        (format!("api_key             = \"{key}\""), key.as_str()),
        (format!("API token:\n{key}\nkeep it safe"), key.as_str()),
        (format!("algoliaApiKey: '{hex}'"), hex),
        (format!("pagerduty_key = {}", "u+9yhd2_N2Mx7+Zo8-S5"), "u+9yhd2_N2Mx7+Zo8-S5"),
        (format!("Please use the following password to proceed to installation:\n\n{hex}\n"), hex),
        (format!("POST https://things.example/api/v1/{}/telemetry", &key[..20]), &key[..20]),
        (format!("\"fbApiKey\":            \"{hex}\""), hex),
        (format!("\"sonar.login\", \"{hex}{}\"", &hex[..8]), &format!("{hex}{}", &hex[..8])),
    ] {
        assert!(found(&text).iter().any(|(_, v)| v == value), "{text}: {:?}", found(&text));
    }
}
