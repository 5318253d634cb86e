//! What a stream holds back because a value may go on, and what it lets flow.

use crate::disguises;
use crate::laws::chunked;
use crate::samples::plan;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gnomon_detect::StreamScanner;
use gnomon_types::finding::Finding;

#[test]
fn what_goes_on_behind_a_quotation_a_script_or_the_end_of_a_line_is_held_back() {
    let login = ["https://app", ":geh", "eim王王王1@db.example.org/x"].concat();
    let secret = STANDARD.encode(format!("the key is {}, keep it", ["AKIA", "Z7QK3XJ2", "MV5T4WPB"].concat()));
    let (first, second) = secret.split_at(24);
    let long = "王小明的口令很长".repeat(4);
    let word = ["falc", "on77!", "xQ"].concat();
    let token = ["k7Ex9", "qLm2W", "vB4nR", "8tZ1c"].concat();
    for (text, type_) in [
        ("write to \"nora.lind\"@example.org or \"call\" us".to_owned(), "EMAIL"),
        (format!("{login}{login} now"), "URL_PASSWORD"),
        (format!("见{login}，谢谢 now"), "URL_PASSWORD"),
        (format!("it is\n{first}\n{second}\n\nand no more"), "AWS_ACCESS_KEY"),
        (format!("a = \"{first}\" +\n    \"{second}\";"), "AWS_ACCESS_KEY"),
        ("see ee\u{5c8}nora.lind@example.org now".to_owned(), "EMAIL"),
        ("see 7㎕nora.lind@example.org now".to_owned(), "EMAIL"),
        ("ae\u{301}\u{200b}DE89 3704 0044 0532 0130 00 now".to_owned(), "IBAN"),
        ("see \\u0078\\ufffdDE89 3704 0044 0532 0130 00 now".to_owned(), "IBAN"),
        (format!("it is {}见 now", STANDARD.encode("write to nora.lind@example.org")), "EMAIL"),
        ("<td>0301234567</td><td>ana@example.org</td>".to_owned(), "PHONE"),
        ("<td>0301234567</td><h1>ana@example.org</h1>".to_owned(), "PHONE"),
        ("is 030 1234567 · ana@example.org now".to_owned(), "PHONE"),
        ("unter 030 1234567 am Montag melden. Danke".to_owned(), "PHONE"),
        ("担当は 03-1234-5678に電話してください。".to_owned(), "PHONE"),
        (format!("<password>{long}，{long}7!</password> 谢谢"), "PASSWORD"),
        (format!("{{\"password\": \"{long}，{long}7!\"}} 谢谢"), "PASSWORD"),
        (format!("Server=db;User=sa;Password={long}7!; 谢谢"), "CONNECTION_PASSWORD"),
        (format!("docker login -u app -p geheim{long}7! 谢谢"), "PASSWORD"),
        (format!("pw={long}7!，{long}请不要告诉别人"), "PASSWORD"),
        (format!("pw:\"{}7!\" now", "\u{fffd}".repeat(119)), "PASSWORD"),
        (format!("please use {word} as the new password for the box"), "PASSWORD"),
        (
            format!(
                "please use {word}-{word}-{word}-{word} as the temporary-shared onboarding-admin default password for it"
            ),
            "PASSWORD",
        ),
        (
            format!(
                "UPDATE settings SET value = '{word}-{word}-{word}' WHERE name = 'production_mail_server_smtp_password'"
            ),
            "PASSWORD",
        ),
        ("Nimm Sommer€2024! als Passwort für heute".to_owned(), "PASSWORD"),
        ("use Falcon77🔥! as the password for it".to_owned(), "PASSWORD"),
        (format!("| user | password |\n|---|---|\n| ana | {word}、王小明 |\n"), "PASSWORD"),
        (format!("root:{word}、{long}@10.0.0.5 now"), "URL_PASSWORD"),
        (["use Xkqd", "-Wvbn-", "Plkj as the password for it"].concat(), "PASSWORD"),
        ("das Passwort auf Windows11 geändert und weiter".to_owned(), "PASSWORD"),
        (format!("请使用 {word} 作为密码登录"), "PASSWORD"),
        (format!("{word}을 비밀번호로 쓰세요"), "PASSWORD"),
        (format!("das Passwort auf {word} geändert"), "PASSWORD"),
        (format!("is '{word}' considered a good password?"), "PASSWORD"),
        (format!("printf '{word}' | docker login -u app --password-stdin"), "PASSWORD"),
        (format!("echo \"app:{word}\" | sudo chpasswd"), "PASSWORD"),
        (format!("update settings set value = '{word}' where name = 'smtp_password';"), "PASSWORD"),
        (format!("apiVersion: v1\ndata:\n  token: {}\nkind: Secret\n", STANDARD.encode(token)), "KUBERNETES_SECRET"),
    ] {
        let expected = chunked(&[&text]);
        assert!(expected.iter().any(|finding| finding.type_ == type_), "{text}: {expected:?}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
    }
}

#[test]
fn what_names_a_value_behind_it_is_waited_for_in_escapes() {
    let word = ["falc", "on77!", "xQ"].concat();
    let dressed = |disguise: &str, text: &str| disguises::named(disguise).unwrap()(text);
    for text in [
        format!("{word} {} now", dressed("html entities", "as the new password for")),
        format!("{word} {} now", dressed("percent", "作为密码")),
        format!("{} {} now", dressed("json escapes", &word), dressed("full width", "as the password")),
        format!("{word}{} now", dressed("percent", &dressed("html entities", " as the password"))),
        format!("echo \"app:{word}\" {}", dressed("html entities", "| sudo -S ls")),
    ] {
        let expected = chunked(&[&text]);
        assert!(expected.iter().any(|finding| finding.type_ == "PASSWORD"), "{text}: {expected:?}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            let found = chunked(&[head, tail]);
            let is_found =
                |wanted: &Finding| found.iter().any(|other| other.start <= wanted.start && wanted.end <= other.end);
            assert!(expected.iter().all(is_found), "split at {at} of {text}: {found:?}");
        }
    }
}

/// What is found is of these types, and the same from the first byte to the last wherever the text is cut.
fn assert_found_at_every_split(text: &str, types: &[&str]) {
    let found = |pieces: &[&str]| {
        let place = |finding: Finding| (finding.type_.into_owned(), finding.start, finding.end);
        chunked(pieces).into_iter().map(place).collect::<Vec<_>>()
    };
    let whole = found(&[text]);
    assert_eq!(whole.iter().map(|(type_, ..)| type_.as_str()).collect::<Vec<_>>(), types, "{text}");
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        let (head, tail) = text.split_at(at);
        assert_eq!(found(&[head, tail]), whole, "split at {at} of {text}");
    }
}

#[test]
fn what_comes_right_at_the_end_of_its_reach_is_waited_for() {
    assert_found_at_every_split("030 1234567\"| sudo -S ls、am Montag melden", &["PHONE"]);
    // Until the quotation ends, `mnemonic=` looks like the password.
    let named = format!("como clave: mnemonic=\"{}\": \"：", "o\u{301}".repeat(8));
    assert_found_at_every_split(&named, &[]);
}

#[test]
fn dates_wait_for_a_word_of_birth_and_eastern_names_for_a_form_of_address() {
    for date in [
        "Er wurde am 1.5.1990 als Sohn eines Bauern geboren.",
        "Er wurde am 1. Mai 1990 als Sohn eines Bauern geboren.",
        "Er wurde am 1.5.90 als Sohn eines Bauern geboren.",
        "May 5, 1980 (born in Rome)",
        "5 May 1980出生",
        "1980年5月4日に東京で生まれ",
        "1980. május 5-én Pécsett született",
        "2.4.1985 doğumlu",
        "1 May 1990\t(DOB)",
        "1.5.1990\n\n\n(geb.)",
    ] {
        assert_found_at_every_split(date, &["DATE_OF_BIRTH"]);
    }
    for name in ["担当は山田太郎さんです", "请联系王小明先生。", "김민수님 안녕하세요", "我叫王小明，你好"]
    {
        assert_found_at_every_split(name, &["PERSON"]);
    }
}

#[test]
fn names_wait_for_the_numbers_that_only_persons_have() {
    for owned in [
        "Zorvan Qelbit, born on 12 March 1970",
        "Zorvan Qelbit, né le 12 mars 1970",
        "Zorvan Qelbit, nato a Roma il 12/03/1970",
        "Зорван Квелбит, род. 12.03.1970",
        "Zorvan Qelbit | date of birth 12 March 1970",
        "Kraxel Brömmel, wohnhaft in Graz, geb. 1.5.1980",
        "Zorvan de la Qelbit, geb. 1.5.1980",
        "Zorvan Qelbit, 1.5.1980 geboren in Halle",
    ] {
        assert_found_at_every_split(owned, &["PERSON", "DATE_OF_BIRTH"]);
    }
    let insured = "Zorvan Qelbit (patient since 2019, insurance number 65 070803 J 009)";
    assert_found_at_every_split(insured, &["PERSON", "NATIONAL_ID"]);
    assert_found_at_every_split("Ana Kos\n5551234567\nana@x.org", &["PERSON", "PHONE", "EMAIL"]);
    assert_found_at_every_split("P 5551234\r\nana@x.org", &["PHONE", "EMAIL"]);
}

#[test]
fn names_of_many_words_are_one_and_end_where_they_do() {
    for name in [
        "Anna d'Angelo kam",
        "Karl Erik af Ugglas",
        "Karl Erik ibn Khalid",
        "David Simon ben Gurion",
        "Hans Peter op Zoom",
    ] {
        assert_found_at_every_split(name, &["PERSON"]);
    }
    assert_found_at_every_split("Anna d'Angelo Rossi kam", &["PERSON"]);
    assert_found_at_every_split("Anna d'Angelo\n\n\n\nBerta Klein", &["PERSON", "PERSON"]);
}

#[test]
fn values_of_several_small_words_are_held_behind_their_names() {
    let words = "abzd kqwe ytui plmn";
    for named in ["app password: ", "app password is ", "app password es ", "smtp_pass = \"", "GMAIL_PASSWORD="] {
        assert_found_at_every_split(&format!("{named}{words}"), &["PASSWORD"]);
    }
    assert_found_at_every_split("das Passwort auf Office365 setzen", &["PASSWORD"]);
    let phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    assert_found_at_every_split(&format!("mnemonic\tis\t{phrase}"), &["RECOVERY_PHRASE"]);
}

#[test]
fn keys_with_short_lines_are_held_whether_or_not_they_have_a_digit_yet() {
    let lines = "kyxw\nwbfxsauty\ni9z9jp/m7wiptdmxpx2zh\nwehs0oz1abuede+tq4ama6kjrywq0\n+ril\nfrnc129xvp11ndq\n";
    let armour = |edge: &str| ["-----", edge, " RSA PRIVATE KEY-----\n"].concat();
    let key = format!("{}{lines}{}", armour("BEGIN"), armour("END"));
    assert_found_at_every_split(&key, &["PRIVATE_KEY"]);
}

#[test]
fn what_no_address_can_become_flows_on() {
    for (text, flows) in [
        ("他说\"好\"然后今天我们去公园看花，天气很好，大家都很高兴，晚上再一起吃饭", "他说\"好\"然后"),
        ("请在 \"password\" 字段 输入您的口令，然后点击登录按钮进入系统", "请在 \"password\" 字段 "),
        ("http://localhost:8080/にアクセスしてくださいそうするとページがひらきます", "http://localhost:8080/"),
    ] {
        let safe = StreamScanner::new(plan()).push(text).safe_to;
        assert!(safe >= flows.len(), "{safe} of {text}");
    }
}
