//! Samples, assembled at run time: nothing in this repository looks like a credential.

use gnomon_detect::Plan;
use gnomon_types::finding::{Finding, FindingKind};
use std::sync::OnceLock;

/// The shipped plan, compiled once for all tests.
pub(crate) fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| Plan::shipped().expect("the shipped rules compile"))
}

const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const LOWER: &str = "abcdefghijkmnpqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A string that looks random and is the same in every run.
pub(crate) fn noise(alphabet: &str, length: usize, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).unwrap() % letters.len()]
        })
        .collect()
}

/// Letters and digits as a generator makes them.
pub(crate) fn random(length: usize) -> String {
    noise(MIXED, length, 4711)
}

/// Type and value of many credential families.
pub(crate) fn credentials() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let rows: [(&str, &[&str], &str, usize); 42] = [
        ("AWS_ACCESS_KEY", &["AK", "IA"], UPPER, 16),
        ("GITHUB_TOKEN", &["gh", "p_"], MIXED, 36),
        ("GITHUB_TOKEN", &["github", "_pat_"], MIXED, 40),
        ("GITLAB_TOKEN", &["gl", "pat-"], MIXED, 20),
        ("OPENAI_KEY", &["sk-", "proj-"], MIXED, 48),
        ("OPENAI_KEY", &["sk", "-"], MIXED, 48),
        ("ANTHROPIC_KEY", &["sk-", "ant-", "api03-"], MIXED, 80),
        ("GOOGLE_API_KEY", &["AI", "za"], MIXED, 35),
        ("GOOGLE_OAUTH_TOKEN", &["ya", "29."], MIXED, 60),
        ("HUGGINGFACE_TOKEN", &["h", "f_"], MIXED, 34),
        ("GROQ_KEY", &["g", "sk_"], MIXED, 52),
        ("NVIDIA_KEY", &["nv", "api-"], MIXED, 64),
        ("XAI_KEY", &["x", "ai-"], MIXED, 80),
        ("REPLICATE_TOKEN", &["r", "8_"], MIXED, 37),
        ("PERPLEXITY_KEY", &["pp", "lx-"], MIXED, 48),
        ("OPENROUTER_KEY", &["sk-", "or-", "v1-"], HEX, 64),
        ("SLACK_TOKEN", &["xo", "xb-"], MIXED, 40),
        ("STRIPE_KEY", &["sk_", "live_"], MIXED, 24),
        ("SENDGRID_KEY", &["SG", ".abcdefghijABCDEFGHIJ12", "."], MIXED, 43),
        ("NPM_TOKEN", &["np", "m_"], MIXED, 36),
        ("PYPI_TOKEN", &["py", "pi-"], MIXED, 120),
        ("DIGITALOCEAN_TOKEN", &["do", "p_v1_"], HEX, 64),
        ("DATABRICKS_TOKEN", &["da", "pi"], HEX, 32),
        ("DOCKERHUB_TOKEN", &["dckr", "_pat_"], MIXED, 27),
        ("DOPPLER_TOKEN", &["dp", ".pt."], MIXED, 43),
        ("FIGMA_TOKEN", &["fi", "gd_"], MIXED, 40),
        ("GRAFANA_TOKEN", &["gl", "c_"], MIXED, 60),
        ("HUBSPOT_TOKEN", &["pat-", "na1-"], "", 0),
        ("LINEAR_KEY", &["lin", "_api_"], MIXED, 40),
        ("NEWRELIC_KEY", &["NR", "AK-"], UPPER, 27),
        ("PLANETSCALE_TOKEN", &["pscale", "_tkn_"], MIXED, 43),
        ("POSTHOG_KEY", &["ph", "x_"], MIXED, 43),
        ("PULUMI_TOKEN", &["pu", "l-"], HEX, 40),
        ("RUBYGEMS_KEY", &["ruby", "gems_"], HEX, 48),
        ("SHOPIFY_TOKEN", &["shp", "at_"], HEX, 32),
        ("SONAR_TOKEN", &["sq", "p_"], HEX, 40),
        ("SUPABASE_TOKEN", &["sb", "p_"], LOWER, 40),
        ("TAILSCALE_KEY", &["ts", "key-auth-"], MIXED, 18),
        ("TAVILY_KEY", &["tv", "ly-"], MIXED, 32),
        ("TYPEFORM_TOKEN", &["tf", "p_"], MIXED, 44),
        ("VAULT_TOKEN", &["hv", "s."], MIXED, 90),
        ("CONTENTFUL_TOKEN", &["CF", "PAT-"], MIXED, 43),
    ];
    for (seed, (type_, head, alphabet, length)) in rows.into_iter().enumerate() {
        let body = if alphabet.is_empty() { uuid(7) } else { noise(alphabet, length, seed as u64) };
        all.push((type_, format!("{}{body}", head.concat())));
    }
    all
}

/// Type and value of further families, one of each; see `families.txt`.
pub(crate) fn families() -> Vec<(&'static str, String)> {
    let lines = include_str!("families.txt").lines().enumerate();
    lines
        .filter_map(|(seed, line)| line.split_once(' ').map(|(type_, form)| (type_, fill(form, seed as u64 + 500))))
        .collect()
}

/// What is written in the place of values of these families: their beginning and little more, and letters that stand
/// for any.
pub(crate) fn family_placeholders() -> Vec<String> {
    let forms = include_str!("families.txt").lines().filter_map(|line| line.split_once(' '));
    forms
        .flat_map(|(_, form)| {
            let value = fill(form, 77);
            let head: String = value.chars().take((value.chars().count() / 4).clamp(6, 14)).collect();
            [head, blank(form)]
        })
        .collect()
}

/// Replaces `{h32}` by as many `x`.
fn blank(form: &str) -> String {
    let mut text = String::new();
    for part in form.split('{') {
        let Some((place, rest)) = part.split_once('}') else {
            text.push_str(part);
            continue;
        };
        text.push_str(&"x".repeat(place.get(1..).and_then(|length| length.parse().ok()).unwrap_or(36)));
        text.push_str(rest);
    }
    text
}

/// Replaces `{h32}` by 32 hexadecimal digits, and so on for the other alphabets.
fn fill(form: &str, seed: u64) -> String {
    let mut value = String::new();
    for (at, part) in form.split('{').enumerate() {
        let Some((place, rest)) = part.split_once('}') else {
            value.push_str(part);
            continue;
        };
        let (alphabet, length) = place.split_at(1);
        let seed = seed * 31 + at as u64;
        if alphabet == "g" {
            value.push_str(&uuid(seed));
        } else {
            value.push_str(&noise(alphabet_named(alphabet), length.parse().unwrap(), seed));
        }
        value.push_str(rest);
    }
    value
}

fn alphabet_named(name: &str) -> &'static str {
    match name {
        "h" => HEX,
        "l" => LOWER,
        "u" => UPPER,
        "d" => "0123456789",
        "c" => "abcdefghijklmnopqrstuvwxyz234567",
        "a" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "b" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "e" => "023456789acdefghjklmnpqrstuvwxyz",
        _ => {
            assert_eq!(name, "m", "an alphabet");
            MIXED
        }
    }
}

/// 8-4-4-4-12 hexadecimal digits.
pub(crate) fn uuid(seed: u64) -> String {
    [8, 4, 4, 4, 12].iter().enumerate().map(|(at, n)| noise(HEX, *n, seed + at as u64)).collect::<Vec<_>>().join("-")
}

/// An armoured private key with made-up material.
pub(crate) fn private_key(label: &str) -> String {
    let body: Vec<String> = (0..8).map(|seed| noise(MIXED, 64, seed + 99)).collect();
    let dashes = "-".repeat(5);
    format!("{dashes}BEGIN {label}{dashes}\n{}\n{dashes}END {label}{dashes}", body.join("\n"))
}

/// Passwords where people write them: text and the password.
pub(crate) fn passwords() -> Vec<(String, String)> {
    let word = format!("{}{}", "Harbor", "-Lamp77");
    [
        format!("db_password = \"{word}\""),
        format!("password: {word}"),
        format!("PASSWORD={word}"),
        format!("the password is {word} for now"),
        format!("Das Passwort lautet {word}"),
        format!("mot de passe : {word}"),
        format!("postgres://app:{word}@db.internal:5432/app"),
        format!("Server=db;Database=x;User Id=app;Password={word};Encrypt=true"),
        format!("curl -u admin:{word} https://intranet/api"),
        format!("mysql -h db -u root --password={word} shop"),
        format!("machine git.internal login deploy password {word}"),
        format!("<add key=\"SmtpPassword\" value=\"{word}\"/>"),
        format!("the password is {word}."),
        format!("La password è {word}, grazie"),
        format!("hasło to {word}"),
        format!("Lösenordet? lösenord är {word}"),
        format!("пароль: {word}"),
        format!("パスワードは{word}です"),
        format!("密码是{word}，请不要告诉别人"),
        format!("비밀번호는 {word} 입니다"),
        format!(":password        => '{word}',"),
        format!("private readonly dbPassword: string = \"{word}\";"),
        format!("const DB_PASSWORD: &str = \"{word}\";"),
        format!("const dbPassword string = \"{word}\""),
        format!("Dim password As String = \"{word}\""),
        format!("- name: DB_PASSWORD\n  value: {word}"),
        format!("{{\"name\": \"DB_PASSWORD\", \"value\": \"{word}\"}}"),
        format!("<add key=\"dbPassword\" value=\"{word}\" />"),
        format!("<string name=\"db_password\">{word}</string>"),
        format!("<key>dbPassword</key>\n<string>{word}</string>"),
        format!("process.env.DB_PASSWORD || \"{word}\""),
        format!("os.getenv(\"DB_PASSWORD\", \"{word}\")"),
        format!("define('DB_PASSWORD', '{word}');"),
        format!("| DB_PASSWORD | {word} |"),
        format!("**Password:** {word}"),
        format!("password: !unsafe {word}"),
        format!("{{\\\"password\\\":\\\"{word}\\\"}}"),
        format!("ALTER USER app WITH PASSWORD '{word}';"),
        format!("CREATE USER 'app'@'%' IDENTIFIED BY '{word}';"),
        format!("DriverManager.getConnection(url, \"root\", \"{word}\")"),
        format!("requests.get(url, auth=(\"bob\", \"{word}\"))"),
        format!("ConvertTo-SecureString \"{word}\" -AsPlainText -Force"),
        format!("keytool -list -keystore a.jks -storepass {word}"),
        format!("redis-cli -h cache -a {word} ping"),
        format!("db.internal:5432:shop:app:{word}"),
        format!("login: tester01/{word}"),
        format!("requirepass {word}"),
        format!("Das Kennwort lautet: {word}"),
        format!("Passwort für den Server: {word}"),
        format!("adgangskoden er {word}"),
        format!("пароль от базы — {word}"),
    ]
    .into_iter()
    .map(|text| (text, word.clone()))
    .collect()
}

/// Type, text around, value.
pub(crate) fn personal() -> Vec<(&'static str, String, String)> {
    let rows: [(&str, &str, &str); 32] = [
        ("EMAIL", "write to {} today", "anna.muster@example.org"),
        ("EMAIL", "name;mail\nx;{};y", "a_b+c@mail.example.co.uk"),
        ("IP", "login from {} failed", "203.0.113.77"),
        ("IP", "login from {}. Why?", "2001:db8:85a3:1:2:8a2e:370:7334"),
        ("CREDIT_CARD", "card {} was charged", "4111 1111 1111 1111"),
        ("CREDIT_CARD", "card {}, exp 12/29", "378282246310005"),
        ("CREDIT_CARD", "pay with {}.", "5555-5555-5555-4444"),
        ("IBAN", "refund to {}, please", "DE89 3704 0044 0532 0130 00"),
        ("IBAN", "x;{};y", "FR1420041010050500013M02606"),
        ("PHONE", "call me at {} tonight", "+49 30 901820"),
        ("PHONE", "call {}", "(212)555-0147"),
        ("PHONE", "Tel. {}, thanks", "030 9018 2000"),
        ("PHONE", "numéro {} merci", "06 12 34 56 78"),
        ("DATE_OF_BIRTH", "born {} in Lyon", "1984-11-02"),
        ("DATE_OF_BIRTH", "geboren am {} in Ulm", "02.11.1984"),
        ("DATE_OF_BIRTH", "DOB: {}", "11/02/1984"),
        ("NATIONAL_ID", "ssn {} on file", "212-09-9999"),
        ("NATIONAL_ID", "PESEL {}", "44051401359"),
        ("NATIONAL_ID", "codice fiscale {}", "RSSMRA85T10A562S"),
        ("NATIONAL_ID", "DNI {} caducado", "12345678Z"),
        ("NATIONAL_ID", "Steuer-ID {}", "86095742719"),
        ("NATIONAL_ID", "BSN {} klopt", "111222333"),
        ("NATIONAL_ID", "NHS number {}", "943 476 5919"),
        ("NATIONAL_ID", "NINO {}", "AB 12 34 56 C"),
        ("NATIONAL_ID", "personnummer {}", "811228-9874"),
        ("NATIONAL_ID", "AHV {}", "756.9217.0769.85"),
        ("NATIONAL_ID", "CPF n.a., NISS {}", "85.07.30-033.28"),
        ("NATIONAL_ID", "rodné číslo {}", "736028/5163"),
        ("DATE_OF_BIRTH", "дата рождения {}, Москва", "13 февраля 1945"),
        ("DATE_OF_BIRTH", "生年月日は{}です", "1988年12月5日"),
        ("IBAN", "refund to {}, please", "de89 3704 0044 0532 0130 00"),
        ("ADDRESS", "bor i {}", "Karl Johans gate 31, 0159 Oslo"),
    ];
    rows.into_iter().map(|(type_, text, value)| (type_, text.replace("{}", value), value.to_owned())).collect()
}

/// The findings of a kind.
pub(crate) fn of_kind(findings: &[Finding], kind: FindingKind) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.kind == kind).collect()
}

/// A frame with values in its places, and the value that it is about: the first of those that it has a place for.
pub(crate) fn filled(frame: &str, values: &[(&str, String)]) -> (String, String) {
    let (_, value) = values.iter().find(|(place, _)| frame.contains(place)).expect("a place").clone();
    (values.iter().fold(frame.to_owned(), |text, (place, value)| text.replace(place, value)), value)
}
