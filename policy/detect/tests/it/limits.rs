//! Where the rules that silence look-alikes must end, and where those that hear more must not begin.

use crate::samples::{of_kind, plan};
use gnomon_types::finding::FindingKind;

fn found(text: &str, kind: FindingKind) -> Vec<(String, String)> {
    let findings = plan().scan_plain(text);
    let told = |f: &gnomon_types::finding::Finding| (f.type_.to_string(), text[f.start..f.end].to_owned());
    of_kind(&findings, kind).into_iter().map(told).collect()
}

#[test]
fn passwords_with_signs_of_pairs_addresses_and_other_scripts_are_whole() {
    for (before, value, behind) in [
        ("user id: bob, password: ", "Fal/con77xK!", ""),
        ("userid: bob\npassword: ", "Ab/9cd:xy7Q", ""),
        ("client_id: web\nclient_password: \"", "Ab/9cd:xy7Q", "\""),
        ("password: \"", "Tr0ub4&dor=3xQ9", "\""),
        ("DB_PASSWORD=", "Abc&de=f9Kq7Zx", ""),
        ("password: ", "Pass1密word99kQ", ""),
        ("\"pass\": \"", "abcd密Xy9kQ3!vT", "\""),
    ] {
        let text = format!("{before}{value}{behind}");
        let secrets = found(&text, FindingKind::Secret);
        assert_eq!(secrets, [("PASSWORD".to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn a_public_word_in_the_name_of_a_secret_key_hides_it_not() {
    let value = ["q7Jk2Vn9", "Xc4Rt8Lp", "Zw3Hy6Bd"].concat();
    for name in ["BUCKET_SECRET_KEY", "SITE_API_KEY", "WTF_CSRF_SECRET_KEY", "SCHEMA_REGISTRY_API_KEY"] {
        for text in [format!("{name}={value}"), format!("{name} = \"{value}\"")] {
            assert!(found(&text, FindingKind::Secret).iter().any(|(_, found)| *found == value), "{text}");
        }
    }
}

#[test]
fn texts_about_passwords_in_other_scripts_hold_none() {
    for text in [
        r#"{"pass": "autocomplete属性は正しく使われています"}"#,
        r#"{"title": "비밀번호 변경", "attack": false}"#,
        r#"["パスワード 変更", "settings"]"#,
        "oauth_nonce=\"4572616e646f6d6e6f6e6365\"",
    ] {
        assert_eq!(found(text, FindingKind::Secret), [], "{text}");
    }
}

#[test]
fn addresses_that_begin_a_line_and_mail_of_directories_are_told() {
    for (text, value) in [
        ("5.9.12.7 - - [10/Oct/2026:13:55:36] \"GET / HTTP/1.1\" 200 5", "5.9.12.7"),
        ("X-Real: 2.16.7.9\n", "2.16.7.9"),
        ("uid: anna.berg@example.org\n", "anna.berg@example.org"),
        ("References: anna.berg@example.org", "anna.berg@example.org"),
    ] {
        assert!(found(text, FindingKind::Pii).iter().any(|(_, found)| found == value), "{text}");
    }
}

#[test]
fn numbers_dates_and_words_beside_names_are_no_data_of_persons() {
    for text in [
        "identifying the algorithm:\n```text\n1.2.840.113549.1.1.1\n```",
        "Region text\n[ 7 6 5 4 3 2 1 0 ]",
        "Ana Kos, 123456789 views",
        "Lena Meier: 123.456.789 Euro",
        "Kevin Howard: 3.14159265",
        "Fixed by Peter Miller (2006-11-20)",
        "2004-05-01 John Smith - 2005-03-01",
    ] {
        let data = found(text, FindingKind::Pii);
        assert!(data.iter().all(|(type_, _)| type_ == "PERSON"), "{text}: {data:?}");
    }
    for text in [
        "金銮殿",
        "高級仕様",
        "白黒模様",
        "서울날씨",
        "정회원님",
        "客户: 万科集团",
        "名前: 任意",
        "患者: 高齢者",
        "담당자: 인사팀",
    ] {
        assert_eq!(found(text, FindingKind::Pii), [], "{text}");
    }
}

#[test]
fn hexadecimal_numbers_in_leet_are_no_national_numbers() {
    for text in ["keysym 0x100200D Abelowdot", "5A08 2170D stroke", "0x5A082170D"] {
        let scan = plan().scan(text, gnomon_types::conversation::Role::User);
        assert!(scan.findings.iter().all(|finding| finding.type_ != "NATIONAL_ID"), "{text}: {:?}", scan.findings);
    }
}
