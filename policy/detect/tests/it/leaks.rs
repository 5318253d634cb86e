//! Where credentials leak: files of many programs, commands, and sentences of many languages; and what stands there in
//! their place.
//!
//! `{p}` is a password, `{k}` 32 letters and digits, `{l}` base64 of a password, `{h}` 64 hexadecimal digits.

use crate::samples::{filled, noise, of_kind, plan, random};
use base64::Engine as _;
use gnomon_types::conversation::Role;
use gnomon_types::finding::FindingKind;

fn fill(frame: &str) -> (String, String) {
    let password = ["Harbor", "-Lamp", "77"].concat();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&password);
    let values = [("{p}", password), ("{k}", random(32)), ("{l}", encoded), ("{h}", noise("0123456789abcdef", 64, 7))];
    filled(frame, &values)
}

fn found(text: &str) -> Vec<String> {
    let findings = plan().scan(text, Role::User).findings;
    of_kind(&findings, FindingKind::Secret).into_iter().map(|f| text[f.start..f.end].to_owned()).collect()
}

fn finds(frames: &[&str]) {
    for frame in frames {
        let (text, value) = fill(frame);
        assert!(found(&text).contains(&value), "{text}: {:?}", found(&text));
    }
}

fn leaves(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn values_wrapped_in_a_call_are_those_of_the_name() {
    finds(&[
        "cfg.JWTSecret = []byte(\"{k}\")",
        "password := []byte(\"{p}\")",
        "let password = String::from(\"{p}\");",
        "token: SecretStr = SecretStr(\"{k}\")",
        "hmac_key = bytes.fromhex(\"{h}\")",
        "node.default[\"postgresql\"][\"password\"][\"postgres\"] = \"{p}\"",
        "\"adminPassword\": {\n  \"value\": \"{p}\"\n}",
        "\"apiToken\": {\"defaultValue\": \"{k}\"}",
    ]);
    leaves(&["key = hashlib.sha256(b\"order-2026-03\")", "token = get_token(\"orders-2026-eu\")"]);
}

#[test]
fn files_of_programs_give_their_passwords() {
    finds(&[
        "dn: cn=config\nolcRootPW: {p}\n",
        "userPassword:: {l}\n",
        "{\"name\":\"Cookie\",\"value\":\"sessionid={k}; theme=dark\"}",
        "<wsse:Password Type=\"PasswordText\">{p}</wsse:Password>",
        "<Pass encoding=\"base64\">{l}</Pass>",
        "  stats auth admin:{p}\n",
        "[smtp.host.example]:587 noreply@host.example:{p}\n",
        "  DBPassword:\n    Type: String\n    NoEcho: true\n    Default: {p}\n",
        "\"type\": \"random_password\",\n \"instances\": [{\"attributes\": {\"length\": 20, \"result\": \"{p}\"}}]",
        "username admin privilege 15 secret 0 {p}",
        "tacacs-server key 0 {p}",
        "db, err := sql.Open(\"mysql\", \"app:{p}@tcp(db:3306)/shop\")",
        "my $dbh = DBI->connect(\"dbi:mysql:shop\", \"app\", \"{p}\");",
        "EXEC sp_addlogin 'etl', '{p}', 'shop';",
        "UPDATE config SET value = '{p}' WHERE name = 'smtp_password';",
        "proxy_set_header Authorization \"Basic {l}\";",
        "<param name=\"secret\" type=\"string\">{k}</param>",
        "CREATE DATABASE LINK dwh CONNECT TO rep IDENTIFIED BY {p} USING 'DWH';",
    ]);
    leaves(&[
        "CREATE USER app IDENTIFIED BY :password;",
        "  password: ${DB_PASSWORD:?missing-value1}\n",
        "identified by CVE-2024-12345 in the report",
    ]);
}

#[test]
fn commands_of_further_programs_give_their_passwords() {
    finds(&[
        "openssl enc -aes-256-cbc -in a.tar -out a.enc -k {p}",
        "cypher-shell -u neo4j -p {p} \"RETURN 1\"",
        "ipmitool -I lanplus -H 10.0.0.9 -U ADMIN -P {p} power status",
        "bcp shop.dbo.t out t.csv -S SQL01 -U sa -P {p} -c",
        "db2 connect to SHOP user inst1 using {p}",
        "reg add \"HKLM\\Winlogon\" /v DefaultPassword /t REG_SZ /d {p} /f",
        "http -a mirela:{p} GET https://api.host.example/me",
        "signtool sign /f cert.pfx /p {p} app.exe",
    ]);
}

#[test]
fn sentences_that_set_or_use_a_password_give_it() {
    finds(&[
        "I reset it, the new pass is {p}",
        "use {p} as the admin password for now",
        "I have set the root password on db-03 to {p}, please change it.",
        "Nimm {p} als Passwort für den Gast",
        "Ich habe das Passwort auf {p} geändert.",
        "le mdp du serveur c'est {p}",
        "connecte-toi avec mirela et le mot de passe {p}",
        "J'ai changé le mot de passe en {p}",
        "Utilise {p} comme mot de passe",
        "La clave del router es {p}",
        "He cambiado la contraseña a {p}",
        "Usa {p} como contraseña",
        "Ho cambiato la password in {p}",
        "Mudei a senha para {p}",
        "Ik heb het wachtwoord veranderd in {p}",
        "Zmieniłem hasło na {p}",
        "Użyj {p} jako hasło",
        "Я сменил пароль на {p}",
        "Parolayı {p} olarak değiştirdim",
        "kullanıcı mirela, parola {p}",
        "用户名mirela，密码{p}",
        "密码改成{p}了",
        "请用{p}作为密码",
        "パスワードを{p}に変更しました",
        "비밀번호를 {p}로 변경했습니다",
        "غيرت كلمة المرور إلى {p}",
        "كلمة مرور الواي فاي: {p}",
        "Mein neues Passwort wäre dann {p}",
        "hasło do serwera brzmi {p}",
        "密码现在是{p}",
        "PWは{p}です",
        "Das PW für Jira ist {p}",
        "SSID: Gast / Key: {p}",
        "Credentials for the sandbox: mirela / {p}",
        "The key for the weather API: {k}",
        "* Login: `mirela` / `{p}`",
        "Şifre olarak {p} kullan",
        "mirela: what is the staging pw?\ntomas: {p}\n",
        "Name;Benutzer;Kennwort\nDB1;root;{p}\n",
    ]);
    leaves(&[
        "You can reset your password in Windows11 settings.",
        "Das Passwort auf Server01 wurde geändert.",
        "Das Passwort auf DB-PROD03 ist abgelaufen.",
        "Passwort auf Intranet2024 zurücksetzen",
        "Ho cambiato la password in Office365.",
        "The password to Office365 expired.",
        "Nimm Bitwarden2024 als Passwort-Manager.",
        "请用Chrome120作为密码管理器",
        "パスワードをWindows11で変更する方法",
        "Windows11Pro as your password manager host? Try another.",
        "orderKey: wc_order_VvtZqXE5frPJX total 49.90",
        "We will rotate the passwords of all systems in Q3FY26.",
        "비밀번호 만료일: 2026-05-12",
        "パスワードの有効期限は2026/05/12です",
        "Das Passwort läuft am 31.12.2026 ab.",
        "use RFC7519 as the token format",
        "Bucket: acme-prod-secret-backups-0d1bb70b0723",
    ]);
}

#[test]
fn tokens_that_follow_the_convention_of_most_services_are_found_and_public_ones_are_not() {
    let body = format!("{}7Kq", random(32));
    for head in ["orbital_live_", "orbital_pat_", "orb-sk-", "sk-orb-", "sk_"] {
        let value = format!("{head}{body}");
        assert_eq!(found(&format!("see {value} there")), [value]);
    }
    leaves(&[&format!("see pk_live_{body} there"), "the_secret_santa_of_this_year"]);
}

/// A birthday is a common password; when one ends stands behind a word of its own.
#[test]
fn dates_right_behind_the_word_for_a_password_are_passwords() {
    let cases = [
        ("password: 12.05.1998", "12.05.1998"),
        ("password = '12.05.1998'", "12.05.1998"),
        ("my password is 31/12/1985", "31/12/1985"),
        ("password: \"1998-05-12\"", "1998-05-12"),
        ("Passwort: 31.12.1985", "31.12.1985"),
        ("비밀번호: 1998-05-12", "1998-05-12"),
        ("密码是1998/05/12", "1998/05/12"),
    ];
    for (text, value) in cases {
        assert_eq!(found(text), [value], "{text}");
    }
    leaves(&[
        "비밀번호 만료일: 2026-05-12",
        "パスワード 有効期限は 2026/05/12",
        "I changed my password on 12.05.2026",
        "Das Passwort ist bis 31.12.2026 gültig.",
        "Password last changed: 2026-05-12",
    ]);
}

/// The same words name a place where something is in force, and a password where a verb sets it.
#[test]
fn a_product_with_its_number_is_a_password_where_a_verb_sets_it() {
    let product = |name: &str, number: &str| format!("{name}{number}");
    for (head, value, tail) in [
        ("I changed the password to ", product("Oracle", "123"), ""),
        ("set the password to ", product("Server", "2019"), ""),
        ("reset root password to ", product("Windows", "11"), " please"),
        ("Ich habe das Passwort auf ", product("Oracle", "123"), " geändert."),
        ("J'ai changé le mot de passe en ", product("Office", "365"), ""),
        ("He cambiado la contraseña a ", product("Oracle", "123"), ""),
        ("Mudei a senha para ", product("Server", "2019"), ""),
        ("Zmieniłem hasło na ", product("Oracle", "123"), ""),
        ("Я сменил пароль на ", product("Server", "2019"), ""),
        ("パスワードを", product("Oracle", "123"), "に変更しました"),
    ] {
        let text = format!("{head}{value}{tail}");
        assert_eq!(found(&text), [value], "{text}");
    }
}

#[test]
fn sentences_in_files_of_languages_are_no_passwords() {
    leaves(&[
        "\"pass\": {\n  \"default\": \"Elementet har tillräcklig kontrast\"\n}",
        "\"pass\": { \"default\": \"Elementet har tilstrekkelig kontrast\", \"en\": \"x\" }",
        "\"pass\": {\"value\": \"L'élément a un contraste suffisant\"}",
    ]);
}

#[test]
fn what_is_looked_up_is_no_password_and_what_is_wrapped_is() {
    leaves(&[
        "var pwd = config.GetString(\"Db:Password1\")",
        "password = readSecret(\"kv/data/prod1\")",
        "var password = GetString(\"password_label_1\")",
        "String pwd = prefs.getString(\"userpin\")",
        "pwd = resources.GetString(\"Title2\");",
        "password = validateString(\"minlen8\")",
        "pwd := hashString(\"harbor\")",
        "password = env.str(\"DB_LOGIN_2\")",
        "password := vault.secret(\"kv/data/prod1\")",
        "password := c.String(\"login2\")",
    ]);
    finds(&[
        "password = pydantic.SecretStr(\"{p}\")",
        "var password = new SecureString(\"{p}\")",
        "let password = SecretString::from(\"{p}\");",
        "let password = secrecy::Secret::new(\"{p}\");",
        "String password = new String(\"{p}\");",
        "password = str('{p}')",
        "var pwd = Encoding.UTF8.GetBytes(\"{p}\");",
        "const password = utf8ToBytes(\"{p}\")",
        "const password = ProtectedString.fromString(\"{p}\")",
    ]);
}

#[test]
fn words_of_sql_are_no_passwords() {
    leaves(&[
        &["ALTER USER app IDENTIFIED BY VALUES 'S:8F2A", "C30B';"].concat(),
        "How to create user app identified by using a wallet?",
        "ALTER USER app IDENTIFIED BY new_password REPLACE old_password",
        "CREATE USER app IDENTIFIED BY RANDOM PASSWORD",
        "UPDATE s SET value = '3600' WHERE name = 'token_ttl'",
        "UPDATE s SET value = 'disabled' WHERE name = 'token_rotation'",
        "UPDATE s SET value = '2026-05-12' WHERE name = 'password_changed_at'",
    ]);
    finds(&[
        "ALTER USER app IDENTIFIED BY {p} REPLACE old_password",
        "UPDATE s SET value = '{p}' WHERE name = 'password'",
    ]);
}

/// `-P` is the password of one program and the port of another.
#[test]
fn flags_of_commands_count_by_their_case() {
    for frame in [
        "snmpwalk -v3 -u ops -l authPriv -a SHA256 -A {p} -x AES128 10.0.0.1",
        "snmpwalk -v3 -u ops -A {p} -a SHA256 10.0.0.1",
        "snmpget -v3 -u ops -x AES128 -X {p} 10.0.0.1",
        "ipmitool -H 10.0.0.9 -p 6230 -U ADMIN -P {p} power status",
        "mysql -P3306 -u root -p{p} shop",
    ] {
        let (text, value) = fill(frame);
        assert_eq!(found(&text), [value], "{text}");
    }
    let (first, second) = (["Harbor", "-Lamp", "77"].concat(), ["Copper", "-Reed", "41"].concat());
    let both = format!("snmpwalk -v3 -u ops -a SHA256 -A {first} -x AES128 -X {second} 10.0.0.1");
    assert_eq!(found(&both), [first, second]);
    leaves(&[
        "bcp shop.dbo.t out t.csv -S SQL01 -T -p 14330",
        "ipmitool -H 10.0.0.9 -p 6230 power status",
        "unzip -p backup2024.zip dump.sql",
        "mysql -P3306 -h db",
        "snmpwalk -v3 -u ops -a SHA256 -x AES128 10.0.0.1",
    ]);
}

#[test]
fn a_path_of_a_number_and_a_hash_is_no_token() {
    let hash = noise("0123456789abcdef", 40, 7);
    for text in [
        format!("https://cdn.host.example/assets/1/{hash}.js"),
        format!("cache/1/{hash}"),
        format!("see page 1/{hash}"),
        format!("https://cdn.host.example/transifex/1/{hash}.js"),
    ] {
        assert_eq!(found(&text), Vec::<String>::new(), "{text}");
    }
    let token = format!("1/{hash}");
    for text in [format!("transifex token {token}"), format!("TX_TOKEN={token}"), format!("tx --token {token} pull")] {
        assert_eq!(found(&text), std::slice::from_ref(&token), "{text}");
    }
}

#[test]
fn a_part_of_a_list_is_no_secret() {
    leaves(&["secret = keypair[:32]\n", "secret = digest(key32)\n"]);
    let made_up = ["Harbor", "Lamp77"].concat();
    assert_eq!(found(&format!("secret = {made_up}\n")), [made_up]);
}
