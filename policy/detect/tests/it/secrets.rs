//! Credentials and what only looks like one.

use crate::samples::{
    credentials, families, family_placeholders, noise, of_kind, passwords, plan, private_key, random, uuid,
};
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
fn the_beginning_of_a_family_with_little_or_nothing_behind_it_is_no_credential() {
    for text in family_placeholders() {
        assert_eq!(found(&format!("it begins with {text} as they say")), [], "{text}");
    }
}

#[test]
fn a_framework_key_needs_no_quotes_and_a_socket_is_a_host() {
    let key = format!("django-{}{}", "insecure-@f#$y=", noise("abcdefghijkmnpqrstuvwxyz0123456789!@#$%^&*(", 42, 3));
    assert!(found(&format!("SECRET_KEY={key}\nDEBUG=0")).iter().any(|(_, v)| *v == key), "{key}");
    let (login, password) = ("mongodb://app:", ["D1fficult", "P%40ssw0rd"].concat());
    let text = format!("{login}{password}@%2Ftmp%2Fmongodb-27017.sock");
    assert_eq!(found(&text), [("URL_PASSWORD".to_owned(), password)], "{text}");
}

#[test]
fn a_word_for_keys_within_a_random_part_of_an_address_names_none() {
    for text in [
        format!("https://docs.example/document/d/{}-key-{}/edit", "SpH0Zd2VGOxRLk7Q", random(24)),
        format!("/files/{}_tkn_{}", "q7Zt0LmXw3VbN8yR", random(24)),
    ] {
        assert_eq!(found(&text), [], "{text}");
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
fn the_secret_beside_its_access_key_needs_no_name() {
    let (id, secret) = (["AK", "IAJ2QW7RTY5PLMNB4X"].concat(), format!("{}/{}", random(19), random(20)));
    for text in [
        format!("{id},{secret}"),
        format!("new BasicAWSCredentials(\"{id}\", \"{secret}\")"),
        format!("{id}\n{secret}\n"),
    ] {
        assert!(found(&text).contains(&("AWS_SECRET_KEY".to_owned(), secret.clone())), "{text}: {:?}", found(&text));
    }
}

#[test]
fn passwords_with_signs_are_found_whole_between_quotes() {
    for word in ["K2(geA;imr&y(84z2G,TM", "4@Zt(6T8_LVB'wulqT", "@dm1n88#", "harbor-lantern-copper-meadow"] {
        let text = format!("db_password = \"{word}\"");
        assert_eq!(found(&text), [("PASSWORD".to_owned(), word.to_owned())], "{text}");
    }
}

#[test]
fn what_is_written_about_passwords_is_none() {
    for text in [
        "password, 2FA and SHA256 hashes",
        "password sha256-hashed with salt",
        "password (8-64 characters)",
        "password => password.length > 8",
        "<label for=\"password\">Password</label>",
        "<string name=\"forgot_password\">Forgot?</string>",
        "t(\"password\", \"field2\")",
        "case \"password\", \"oauth2\", \"base64\":",
        "password := \"incorrect\"",
        "\"confirm_password\": \"Confirm password\"",
        "password: !Ref DBPassword",
        "password: !vault |",
        "password: ENC[AES256_GCM,data:abc]",
        "use two-pass labeling, then --password-stdin",
        "auth-user-pass /etc/openvpn/auth.txt",
        "password = crypto.hash('sha256', value)",
        "DriverManager.getConnection(url, user, password)",
        "requests.get(url, auth=(user, token))",
        "enable secret is a command of routers",
        "pub const SEARCH_PASSWORD: i32 = 16384i32;",
        "pub log_passwd: __u32,",
        "fn enter(passwd: u32)",
        "this.password = arg2;",
        "\"password\" => options = options.password(&value),",
        "let passwd = unsafe { libc::getpwnam(name) };",
        "module.exports.SigningKey = hapiJwt2KeyAsync;",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
    let sealed = format!("kind: SealedSecret\n  password: AgB{}", random(300));
    assert_eq!(found(&sealed), [], "{sealed}");
}

#[test]
fn names_of_files_and_parts_of_public_data_are_no_keys() {
    let (hex, id) = ("9f86d081884c7d659a2feaa0c55ad015", uuid(12));
    for text in [
        format!("\"objectKey\": \"{hex}.jpg\""),
        format!("S3 key: uploads/2026/{id}.png"),
        format!("partitionKey: {id}"),
        format!("key: deps-{hex}{hex}"),
        format!("client-certificate-data: {}{}", "LS0tLS1CRUdJTiBD", random(200)),
        "AllowedKeys: TypeAlias = \"Ed25519PublicKey | Ed25519PrivateKey\"".to_owned(),
        format!("\"n\": \"{}-tKn-{}\"", random(60), random(60)),
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
        (format!("private readonly apiKey: string = \"{key}\";"), key.as_str()),
        (format!("const API_KEY: &'static str = \"{key}\";"), key.as_str()),
        (format!("- name: API_KEY\n  value: \"{key}\""), key.as_str()),
        (format!("{{\"name\":\"API_KEY\",\"value\":\"{key}\"}}"), key.as_str()),
        (format!("<property name=\"apiKey\" value=\"{key}\"/>"), key.as_str()),
        (format!("<apiKey>{key}</apiKey>"), key.as_str()),
        (format!("<key>apiKey</key>\n<string>{key}</string>"), key.as_str()),
        (format!("const t = process.env.API_KEY || \"{key}\";"), key.as_str()),
        (format!("${{API_KEY:-{key}}}"), key.as_str()),
        (format!("gh secret set API_KEY --body \"{key}\""), key.as_str()),
        (format!("| API_KEY | {key} |"), key.as_str()),
        (format!("API_KEY是{key}"), key.as_str()),
        (format!("APP_KEY=base64:{key}"), key.as_str()),
        (format!("\"sonar.login\", \"{hex}{}\"", &hex[..8]), &format!("{hex}{}", &hex[..8])),
    ] {
        assert!(found(&text).iter().any(|(_, v)| v == value), "{text}: {:?}", found(&text));
    }
}

#[test]
fn says_of_a_named_value_that_a_name_stands_beside_it_and_not_that_it_begins_so() {
    let token = [&["gh", "p_"].concat(), &random(36)].map(String::as_str).concat();
    for (text, said) in
        [(format!("see {token}"), "starts with"), (format!("client_secret: {}", random(40)), "beside `key`")]
    {
        let findings = plan().scan_plain(&text);
        let why = plan().explain(of_kind(&findings, FindingKind::Secret)[0]).why;
        assert!(why.contains(said), "{text}: {why}");
    }
}

#[test]
fn keys_that_only_their_name_tells_are_found_behind_it_and_nowhere_else() {
    let hex = |length, seed| noise("0123456789abcdef", length, seed);
    let (fal, session) = (format!("{}:{}", uuid(5), hex(32, 6)), hex(32, 7));
    let hash = format!("*{}", hex(40, 8).to_uppercase());
    for (type_, value, text) in [
        ("FAL_KEY", &fal, format!("FAL_KEY={fal}")),
        ("FAL_KEY", &fal, format!("fal.config({{ credentials: \"{fal}\" }})")),
        ("FAL_KEY", &fal, format!("curl -H 'Authorization: Key {fal}' https://queue.fal.run")),
        ("GITLAB_SESSION", &session, format!("Cookie: _gitlab_session={session}; a=b")),
        ("PASSWORD_HASH", &hash, format!("IDENTIFIED WITH mysql_native_password AS '{hash}'")),
        ("PASSWORD_HASH", &hash, format!("GRANT ALL ON *.* TO 'a'@'%' IDENTIFIED BY PASSWORD '{hash}'")),
    ] {
        assert!(found(&text).contains(&(type_.to_owned(), value.clone())), "{text}: {:?}", found(&text));
    }
    for text in [
        format!("volume {fal}"),
        format!("FAL_KEY={}:{}", uuid(5), "abc123"),
        format!("fal.config(region) {}", uuid(5)),
        format!("_gitlab_sessions={session}"),
        format!("_gitlab_session={}", &session[..20]),
        format!("_gitlab_session={}", "0".repeat(32)),
        format!("the plugin mysql_native_password says {hash}"),
        format!("mysql_native_password AS '{}'", &hash[..20]),
    ] {
        let types: Vec<String> = found(&text).into_iter().map(|(type_, _)| type_).collect();
        let named = ["FAL_KEY", "GITLAB_SESSION", "PASSWORD_HASH"];
        assert!(!types.iter().any(|type_| named.contains(&type_.as_str())), "{text}: {types:?}");
    }
}
