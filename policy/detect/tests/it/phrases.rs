//! Passwords among words that name them, before and behind, in any order and script: a text in pieces holds what the
//! whole text holds.

use crate::fuzz::stream_scanner;
use proptest::prelude::*;
use proptest::sample::select;

/// What may name a password, and what may look like one. A stroke stands where a value is cut so that none stands here.
const PARTS: [&str; 90] = [
    "password",
    "passwort",
    "the password",
    "passwort auf",
    "ändern",
    "geändert",
    "use",
    "as the password",
    "as the new password for",
    "als passwort",
    "como clave",
    "作为密码",
    "做 密码",
    "をパスワードに",
    "을 비밀번호로 쓰세요",
    "is a good password",
    "is considered a strong password",
    "good enough",
    "echo",
    "printf",
    "| sudo -S ls",
    "| docker login -u app --password-stdin",
    "| sudo chpasswd",
    "echo \"app:falc¦on77!xQ\"",
    "echo 'geh¦eim77!x'",
    "where name = 'smtp_password'",
    "set value = 'falc¦on77!x'",
    "data:\n  token: azdFeDlx¦TG0yV3ZCNG5S¦OHRaMWM=\n",
    "kind: Secret",
    "kind: ConfigMap",
    "apiVersion: v1\n",
    "falc¦on77!xQ",
    "Falc¦on77!",
    "hunt¦er2",
    "王小明的口令很长",
    "王小明77!Abc",
    "соко¦лик77!",
    "王1",
    "Sommer€20¦24!",
    "Fal¦con77🔥!",
    "Harbor7-Lan¦tern-Copper-Meadow-Kes¦trel-Falcon-99",
    "| b77!¦xQqq |\n",
    "temporary-shared default",
    "Windows11",
    "한국어비번77!",
    "ภาษาไทย77!",
    "login",
    "user",
    "curl -u",
    "curl -u 王小明:王小明77!",
    "mysql -u root -p",
    "docker login -u app -p",
    "pw",
    "pw:",
    "pw=",
    "PASSWORD=",
    "\"password\": \"",
    "password=\"",
    "<password>",
    "</password>",
    "psk=",
    "Server=db;User=sa;Password=",
    "https://app:geh¦eim77@db.example.org/x",
    "nora.lind@example.org",
    "030 1234567",
    "am Montag melden",
    "12",
    "see",
    "and the",
    "请使用",
    "谢谢",
    "密码是",
    "密码：",
    "口令",
    "パスワードは",
    "です",
    "password | user |\n|---|---|\n| a | b77!xQqq |",
    "password,name\nfalc¦on77!xQ,x",
    "network key",
    "api_key",
    "token",
    "id/pw",
    "admin:",
    "root:",
    "@10.0.0.5",
    "<td>",
    "</td>",
    "mnemonic",
    "Dr. Nora Lind",
    "{",
];

/// What stands between two of them.
const GAPS: [&str; 17] = [" ", " ", " ", " ", "", "", "，", "、", "。", "：", ", ", ". ", "\n", "\"", "'", "=", ": "];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_finds_the_passwords_of_the_whole_text(
        parts in prop::collection::vec((select(&PARTS[..]), select(&GAPS[..])), 2..10),
        cuts in prop::array::uniform4(1_u8..40),
    ) {
        let text: String = parts.into_iter().flat_map(|(part, gap)| [part.replace('¦', ""), gap.to_owned()]).collect();
        stream_scanner::check(&[&cuts[..], text.as_bytes()].concat());
    }
}
