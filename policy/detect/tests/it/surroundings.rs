//! Where people write passwords and keys, and what stands in the same places and is none.
//!
//! `{p}` is a password, `{k}` 32 letters and digits, `{l}` 24 letters, `{h}` 32 hexadecimal digits.

use crate::samples::{filled, noise, of_kind, plan, random};
use gnomon_types::finding::FindingKind;

fn fill(frame: &str) -> (String, String) {
    let password = format!("{}{}", "Harbor", "$Lamp77");
    let letters = noise("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 24, 5);
    let hex = noise("0123456789abcdef", 32, 7);
    let values = [("{p}", password), ("{k}", random(32)), ("{l}", letters), ("{h}", hex)];
    filled(frame, &values)
}

fn found(text: &str) -> Vec<String> {
    let findings = plan().scan_plain(text);
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
        let text = if text.contains('{') && text.contains('}') && text.contains("{h}") {
            fill(text).0
        } else {
            (*text).to_owned()
        };
        assert_eq!(found(&text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_id_of_an_account_is_no_key_and_the_token_beside_it_is() {
    let sid = format!("{}{}", "A", "C0123456789abcdeffedcba9876543210");
    let text = fill(&format!("Client(\"{sid}\", \"{{h}}\")"));
    assert_eq!(found(&text.0), [text.1]);
    leaves(&[&format!("account sid {sid}"), &format!("twilio account = {sid}")]);
}

#[test]
fn ids_of_things_and_places_in_lists_are_no_keys() {
    leaves(&[
        "\"private_key_id\": \"{h}\",",
        "access token client_id = \"{h}\"",
        "customer key cus_NffrFeUfNV2HibXq9 was charged",
        "gpg: key 3AA5C34371567BD2 marked as ultimately trusted",
        "RSA key ID 4AEE18F83AFDEB23",
        "\"nextToken\": \"{h}\"",
        "next_page_token: {h}",
        "{ \"ChangeToken\": \"{h}\" }",
    ]);
    finds(&["secret_id = \"{h}\"", "\"token\": \"{h}\""]);
}
#[test]
fn random_letters_without_a_digit_are_a_key_and_names_in_code_are_none() {
    finds(&["PRIVATE_TOKEN = \"{l}\"", "api_key: {l}"]);
    leaves(&["token = parseXMLHttpRequestJSONPayload", "secret_key: AbstractSingletonProxyFactoryBean"]);
}
#[test]
fn passwords_and_keys_that_a_sentence_names_are_found() {
    finds(&[
        "the admin password for the staging box is {p} - please change it",
        "Das Passwort für den Testserver lautet {p}, Benutzer ist root.",
        "Le mot de passe du compte admin est {p} merci",
        "la contraseña del servidor es {p} y el usuario es root",
        "password for db.internal: {p}",
        "Şifre: {p}",
        "login with admin / {p}",
        "Is \"{p}\" a good password?",
        "Change the password from {p} to something else",
        "The API key we use for the geocoder is {k}, please put it into the config",
        "Voici la clé API : {k}",
        "API 密钥：{k}",
        "API 키: {k}",
        "my access token ({k}) stopped working",
        "I pasted the wrong token, here is the right one: {k}",
        "The password changed yesterday, it is now {p}",
        "Secret key (keep private) = {k}",
    ]);
    leaves(&[
        "The password for the guest network is printed on the router.",
        "the password of the user is stored as SHA256 in Postgres14",
        "Is \"correct horse battery staple\" a good password?",
        "The API key is stored in AWS Secrets Manager under prod/api/key-v2.",
        "the key of the map is customer_2024_q3_total",
        "Der Schlüssel zum Erfolg ist Geduld.",
    ]);
}

#[test]
fn passwords_in_commands_tables_and_calls_are_found() {
    finds(&[
        "net use Z: \\\\fs01\\share {p} /user:CORP\\svc",
        "htpasswd -b -c .htpasswd admin {p}",
        "useradd bob -p {p}",
        "unzip -P {p} a.zip",
        "echo '{p}' | sudo -S apt update",
        "| user | password |\n|---|---|\n| admin | {p} |",
        "user,password\nadmin,{p}\n",
        "INSERT INTO users (name, password) VALUES ('bob', '{p}');",
        "driver.find_element(By.ID, \"password\").send_keys(\"{p}\")",
        "{\"user\": \"svc\", \"pass\": \"{p}\"}",
        "$cfg['db']['pass'] = '{p}';",
        "pw is {p}",
        "xfreerdp /u:bob /p:{p} /v:10.0.0.1",
        "ssh.connect(host, 22, 'bob', '{p}')",
        "ENV['DB_PASSWORD'] ||= '{p}'",
        "cargo login {k}",
        "http.Header{\"X-Api-Key\": []string{\"{k}\"}}",
        "\"api_keys\": [\"{k}\"]",
        "admin:{p}@10.1.2.3",
        "<meta-data android:name=\"API_KEY\" android:value=\"{k}\" />",
    ]);
    // Signs that begin a variable, an at sign within the password.
    let scrambled = "*RifyVwI5kRH&J9N";
    let leet = ["P@ss", "XLib$"].concat();
    assert_eq!(found(&format!("passphrase for the key: {leet}")), [leet]);
    assert_eq!(found(&format!("my $password = '{scrambled}';")), [scrambled]);
    assert_eq!(found(&format!("mongodb://app:{}@cluster0.example.org/x", "br1a@pass135!")), ["br1a@pass135!"]);
    leaves(&[
        "zip -r archive.zip Documents2024",
        "password: required|min:8|confirmed",
        "signal.connect(\"clicked\", \"on_Button1_clicked\")",
        "crypto.createHmac('sha256', secret).update(body).digest('hex')",
        "echo hello | tee --stdin",
        "user: bob@example.org wrote at 10:42",
        "cy.get('#password').should('have.value')",
        "user,password\nnone,none\n",
    ]);
}
#[test]
fn two_values_behind_two_names_give_the_second() {
    finds(&[
        "ID/PW: master/{p}",
        "id/pass master / {p}",
        "계정/PW:master/{p}",
        "ID (PW): master({p})",
        "username/password = bob:{p}",
        "jdbc:oracle:thin:scott/{p}@//ora.example:1521/ORCL",
        "sqlplus scott/{p}@orcl",
        "echo \"bob:{p}\" | sudo chpasswd",
    ]);
    leaves(&["user/password: admin/admin", "id/pw: see the wiki", "jdbc:oracle:thin:@//ora.example:1521/ORCL"]);
}
#[test]
fn commands_and_requests_give_the_password_alone() {
    finds(&[
        "curl -k https://a.example/x \\\n  -d 'w' \\\n  -u developer:{p}",
        "curl --user  'johns:{p}' $URL",
        "curl --user kevin:'{p}' -X PATCH",
        "curl -u \":{p}\" https://localhost:9200",
        "openssl enc -aes-256-cbc -pass pass:{p} -in a",
        "plink -ssh bob@10.0.0.1 -pw {p} uptime",
        "GET /login?adminpassword={k}&page=2",
        "GET /report?partner_app_secret={k}&page=2 HTTP/1.1",
    ]);
    leaves(&[
        "curl -i -u 'test:test'",
        "curl -sL --user \"$1:$2\" \"$3\"",
        "curl -u \"${_username}:${_password}\"",
        "openssl enc -pass env:ENC_KEY_2024 -in a",
        "nc -u -l 41234",
        "By-pass surgery 2024",
        "redis://:<password>@host:6379",
    ]);
}
#[test]
fn every_sign_that_assigns_counts() {
    finds(&[
        "ENV['ACME_TOKEN'] ||= '{k}'",
        "ACME_TOKEN ?= {k}",
        "ACME_TOKEN :::= \"{k}\"",
        "$acmeToken .= \"{k}\";",
        "String acmeToken = new String(\"{k}\");",
        "<acmeToken>\n    {k}\n</acmeToken>",
        "Set `ACME_API_SECRET` to `{k}` before you start.",
        "creds = {k}",
        "\"AnsibleBecomePass\": \"{p}\"",
        "Authorization:  {k}",
    ]);
    let sentence = fill("Kollege hat mir diesen Schlüssel geschickt: {k}. Kann ich den sperren?");
    assert_eq!(found(&sentence.0), [sentence.1]);
    leaves(&["renderPass = createPass(device);", "bypass = \"by-pass-filter\"", "token ?= default_token_name"]);
}
#[test]
fn passwords_are_found_in_further_languages() {
    finds(&[
        "utente: mario, parola d'ordine: {p}",
        "utilizador: joao\npalavra-passe: {p}",
        "Heslo k serveru je {p}",
        "Lösenordet till servern är {p}",
        "Sunucunun şifresi: {p}",
        "Ο κωδικός πρόσβασης είναι {p}",
        "كلمة المرور هي {p}",
        "비번은 {p}",
        "비밀번호({p})",
        "패스워드 {p}",
    ]);
    leaves(&[
        "비밀번호 확인",
        "パスワードは8文字以上で入力してください。",
        "密码长度至少为8位",
        "κωδικός προϊόντος: 12",
    ]);
}
#[test]
fn transcripts_exports_and_calls_give_the_password() {
    finds(&[
        "331 Password required\nPASS {p}\n230 Logged in",
        "a1 LOGIN bob@acme.example {p}\r\na1 OK",
        "/msg NickServ IDENTIFY {p}",
        "expect \"Password:\"\nsend \"{k}\\r\"",
        "WIFI:T:WPA;S:Office;P:{p};;",
        "CREATE LOGIN app WITH PASSWORD = N'{p}';",
        "signing_key = b\"{k}\"",
        "<Key>Password</Key><Value Protected=\"False\">{p}</Value>",
        "| Host | User | Password |\n| h1 | root | {p} |",
        "Le nouveau mot de passe du serveur de production : {p}",
        "كلمة المرور الجديدة: {p}",
        "printf '{k}' | docker secret create db_password -",
        "security add-generic-password -a bob -s svc -w {p}",
        "schtasks /create /ru bob /rp {p} /tn x",
        "lftp -u bob,{p} ftp.acme.example",
        "new AuthenticationHeaderValue(\"Bearer\", \"{k}\")",
        "client.get(url).basic_auth(\"bob\", Some(\"{p}\"))",
        "vercel env add API_SECRET production <<< \"{k}\"",
        "twine upload -u __token__ -p {k} dist/*",
    ]);
    let share = format!("{}=", random(43));
    assert_eq!(found(&format!("Unseal Key 1: {share}\n")), [share]);
    leaves(&[
        "PASS src/App2.test.js (5.2 s)",
        "PASS TestLogin2\n",
        "AUTH LOGIN\r\n",
        "type User { password: String! apiKey: ID }",
        "\"encryptedKey\": \"{h}\"",
        "| Field | Password |\n|---|---|\n| length | 12-64 |",
    ]);
}
/// The first value of a Secret, whatever it is called, with its kind before or behind.
#[test]
fn the_data_of_a_kubernetes_secret_is_found() {
    let value = ["bXlwYXNz", "d29yZDEy", "Mw=="].concat();
    for text in [
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  extra: {value}\n"),
        format!("apiVersion: v1\ndata:\n  extra: \"{value}\"\nkind: \"Secret\"\n"),
        format!("kind: Secret\ntype: Opaque\ndata:\n  .dockercfg: |\n    {value}\n"),
    ] {
        assert_eq!(found(&text), std::slice::from_ref(&value), "{text}");
    }
    leaves(&[
        &format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  extra: {value}\n"),
        "kind: Secret\nmetadata:\n  name: tls\ndata:\n  ca.pem: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUR4RENDQXF5Z0F3\n",
        "kind: ExternalSecret\nspec:\n  data:\n    - secretKey: api-key\n      remoteRef: my-secrets-manager-secret\n",
    ]);
}
/// What a name says of a random value is believed: hashes, audiences, first keys of tables, tokens against forgery.
#[test]
fn names_of_public_things_are_believed_and_those_of_keys_too() {
    leaves(&[
        "primaryKey={h}",
        "\"issuerKeyHash\": \"{h}\"",
        "key_down_event={h}",
        "publicToken = \"{h}\"",
        "csrf-token={h}",
        "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"{h}\">",
        "<div data-sitekey=\"{h}\">",
        "Sec-WebSocket-Key: {h}",
        "\"accessor\":\"{h}\",",
        "TOKEN_AUDIENCE = \"25872395-ed3a-4703-b647-22ec53f3683c\"",
        "{ key: '9df21e95-3848-409d-8f94-c675cdfee839', value: 'Americas' },",
        "{\"key\": \"x\", \"c098f218-face-c0fe-dea0-0199cba\": \"not-a-key\"}",
        "const keyStr = \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\"",
        "spotify:track:KJkI8bkiu41EgxA6N5qday",
    ]);
    finds(&["storage_account_key = \"{h}\"", "{\"name\": \"ci\", \"token\": \"{h}\"}"]);
    let base64 = format!("{}==", random(86));
    assert_eq!(found(&format!("\"CosmosPrimaryKey\": \"{base64}\"")), [base64]);
}
#[test]
fn keys_in_addresses_calls_and_cookies_are_found() {
    finds(&[
        "curl https://pay.azurewebsites.net/api/settle?code={k}",
        "const provider = \"https://mainnet.infura.io/v3/{h}\"",
        "https://api.openweathermap.org/data/2.5/weather?q=Berlin&appid={h}",
        "co = cohere.Client(\"{k}\")",
        "jwt.sign(payload, '{k}')",
        "crypto.createHmac('sha256', '{k}')",
        "Set-Cookie: sessionid={k}; HttpOnly",
        "network={\n  ssid=\"Corp\"\n  psk=\"{p}\"\n}",
    ]);
    leaves(&[
        "Set-Cookie: cookie_consent=accepted; Path=/",
        "https://example.com/list?page_token=2&session=winter2024",
        "https://docs.infura.io/v3/getting-started-with-the-dashboard",
    ]);
}

#[test]
fn recovery_phrases_and_scrambled_secrets_are_found_whole() {
    let words = [
        "legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful", "legal", "winner", "thank", "yellow",
    ];
    let phrase = words.join(" ");
    assert_eq!(found(&format!("my seed phrase: {phrase}")), [phrase]);
    let scrambled = ["7`D'}/vYR)T;W", "5]EBrf;_&k>qX??]G&3CF"].concat();
    assert_eq!(found(&format!("jwtsecret: \"{scrambled}\"")), std::slice::from_ref(&scrambled));
    let salt = ["_gLIL GQ6DXM<q@Uetup7dk#LErXAl(>7r$kv", "Gkg1^RnQ&dKy^ymu-1i_l@0-Lv~O"].concat();
    assert_eq!(found(&format!("define('AUTH_KEY', '{salt}');")), [salt]);
    leaves(&[
        "Seed phrase: keep it offline and never share it with anyone, not even support staff.",
        "secret: \"{{ lookup('env', 'DB_SECRET') | default('') }}\"",
        "define('AUTH_KEY', 'put your unique phrase here');",
    ]);
}

/// What the form of a token says is better than what the name before it says.
#[test]
fn a_token_of_a_known_form_keeps_its_type_behind_any_name() {
    let token = format!("hf{}{}", "_", "QhTzWkRbYmXcVnLpJdFgSaEuIoKyMwBtRx");
    for text in [format!("{{\"token\": \"{token}\"}}"), format!("api_key = '{token}'"), format!("auth: {token}")] {
        let found = plan().scan_plain(&text);
        assert_eq!(found.iter().map(|finding| &*finding.type_).collect::<Vec<_>>(), ["HUGGINGFACE_TOKEN"], "{text}");
    }
}

#[test]
fn passwords_and_secrets_are_found_behind_few_words_and_in_any_case() {
    finds(&[
        "The wifi password is still {p}",
        "the password is now {p}, please tell nobody",
        "my password, he said, is {p}",
        "the password said {p}",
        "SECRET: {p}",
        "sharedSecret: {p}",
        "sharedSecret = \"{p}\"",
    ]);
    leaves(&[
        "the password is still required by Windows11",
        "The password says nothing about Postgres14",
        "SECRET: ${SHARED_SECRET}",
        "sharedSecret: string",
        "sharedSecret: process.env.SECRET2",
    ]);
}

#[test]
fn four_groups_of_letters_are_a_password_where_one_for_programs_is_named() {
    let groups: Vec<String> = (0..4).map(|seed| noise("bcdfghjklmnpqrstvwxz", 4, 40 + seed)).collect();
    let password = groups.join(" ");
    for frame in [
        "Google app password: {}",
        "my Gmail app password is \"{}\" and it works",
        "EMAIL_HOST_PASSWORD = '{}'",
        "SMTP_PASS={}",
    ] {
        let text = frame.replacen("{}", &password, 1);
        assert_eq!(found(&text), [password.as_str()], "{text}");
    }
    leaves(&[
        "the app password is what they gave last week",
        "app password: abcd efgh ijkl mnop",
        "app password: xxxx xxxx xxxx xxxx",
        "app password: this must have been lost",
    ]);
    assert_eq!(found(&format!("words such as {password}")), Vec::<String>::new());
}
