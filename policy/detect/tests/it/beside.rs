//! Personal data told by where it stands: below a label, behind a question, in a column, beside a person.

use crate::samples::{of_kind, plan};
use gnomon_types::finding::FindingKind;

fn check(rows: &[(&str, &[(&str, &str)])]) {
    for (text, expected) in rows {
        let findings = plan().scan_plain(text);
        let seen: Vec<(&str, &str)> = of_kind(&findings, FindingKind::Pii)
            .into_iter()
            .map(|f| (f.type_.as_ref(), &text[f.start..f.end]))
            .collect();
        assert_eq!(&seen, expected, "{text}");
    }
}

#[test]
fn a_label_on_the_line_above_announces_a_value() {
    check(&[
        ("CPR-nummer\n010769-3815", &[("NATIONAL_ID", "010769-3815")]),
        ("PESEL:\n\t44051401359\n", &[("NATIONAL_ID", "44051401359")]),
        ("<dt>Date of birth</dt>\n<dd>12.03.1961</dd>", &[("DATE_OF_BIRTH", "12.03.1961")]),
        ("Agent: May I have your date of birth?\nCustomer: 1971-08-04\n", &[("DATE_OF_BIRTH", "1971-08-04")]),
        ("Agent: and the phone number?\nCustomer: sure, 7055674144\n", &[("PHONE", "7055674144")]),
        ("Phone and desk of the store\n7055674144", &[]),
    ]);
}

#[test]
fn numbers_and_dates_beside_a_person_are_theirs() {
    check(&[
        ("- Kevin Howard: 0776 776 5900\n", &[("PERSON", "Kevin Howard"), ("PHONE", "0776 776 5900")]),
        ("kai@example.org / 44 52 81 20", &[("EMAIL", "kai@example.org"), ("PHONE", "44 52 81 20")]),
        ("<td>kai@example.org</td><td>506 331 715</td>", &[("EMAIL", "kai@example.org"), ("PHONE", "506 331 715")]),
        ("Laura Martin (12/16/1988), no allergies", &[("PERSON", "Laura Martin"), ("DATE_OF_BIRTH", "12/16/1988")]),
        ("Laura Martin (12/16/2021): done", &[("PERSON", "Laura Martin")]),
        ("Laura Martin 2019-2023, page 12345678", &[("PERSON", "Laura Martin")]),
    ]);
}

#[test]
fn words_behind_a_value_and_rows_without_titles_tell_too() {
    check(&[
        ("Er wurde am 15. Oktober 1944 in Graz geboren.", &[("DATE_OF_BIRTH", "15. Oktober 1944")]),
        ("Er kam am 15. Oktober 1944. Geboren in Graz", &[]),
        ("A beteg 1966-07-06 napján született.", &[("DATE_OF_BIRTH", "1966-07-06")]),
        ("bitte unter 0231329110 zurückrufen", &[("PHONE", "0231329110")]),
        (
            "77;Anna Berg;1.7.1990;kai@example.org\n",
            &[("PERSON", "Anna Berg"), ("DATE_OF_BIRTH", "1.7.1990"), ("EMAIL", "kai@example.org")],
        ),
        (
            "name;joined;mail\nAnna Berg;1.7.1990;kai@example.org\n",
            &[("PERSON", "Anna Berg"), ("EMAIL", "kai@example.org")],
        ),
        ("id_number,name\n148 622 215,x\n", &[("NATIONAL_ID", "148 622 215")]),
        ("id;text\n1;CIDR 10.0.0.0/8", &[]),
        ("a Ralph Lauren shirt, signed Ralph Lauren", &[("PERSON", "Ralph Lauren")]),
    ]);
}

#[test]
fn names_in_scripts_without_capitals_have_a_label_or_a_form_of_address() {
    check(&[
        ("姓名：王小明，电话", &[("PERSON", "王小明")]),
        ("你好，我叫李雷。", &[("PERSON", "李雷")]),
        ("请联系张伟先生。", &[("PERSON", "张伟")]),
        ("氏名: 山田太郎", &[("PERSON", "山田太郎")]),
        ("担当は鈴木花子様です", &[("PERSON", "鈴木花子")]),
        ("이름: 김철수\n", &[("PERSON", "김철수")]),
        ("姓名：必填", &[]),
        ("客户服务中心", &[]),
        ("顧問の先生にお願いする", &[]),
        ("고객님, 선생님, 변호사님", &[]),
    ]);
}

#[test]
fn announced_names_may_be_those_of_towns_or_hold_capital_particles() {
    check(&[
        ("holder Sofia Johansson, paid", &[("PERSON", "Sofia Johansson")]),
        ("the record of Nicole De Boeck, please", &[("PERSON", "Nicole De Boeck")]),
        ("visit Sofia City Garden", &[]),
        ("act as a CAD, it Can Do Anything", &[]),
        ("write to Unit 2069 Box 9767, DPO AP 00935.", &[("ADDRESS", "Unit 2069 Box 9767, DPO AP 00935")]),
    ]);
}

#[test]
fn words_of_which_none_is_left_for_a_name_are_none() {
    check(&[("A\nI I\n", &[]), ("I I", &[]), ("a\nA\nI I I\nI", &[])]);
}

#[test]
fn accounts_have_letters_of_one_case_and_quoted_addresses_their_quotes() {
    check(&[
        ("de89370400440532013000", &[("IBAN", "de89370400440532013000")]),
        ("De89 3704 0044 0532 0130 00", &[("IBAN", "De89 3704 0044 0532 0130 00")]),
        ("to GB82 WEST 1234 5698 7654 32", &[("IBAN", "GB82 WEST 1234 5698 7654 32")]),
        ("to GB82WeST12345698765432", &[]),
        ("x \"kai..berg\"@example.org", &[("EMAIL", "\"kai..berg\"@example.org")]),
    ]);
}

#[test]
fn columns_and_fields_have_their_titles() {
    check(&[
        ("COPY p (id, birth_date) FROM stdin;\n7\t1953-10-14\n", &[("DATE_OF_BIRTH", "1953-10-14")]),
        ("PID|1||77^5||DOE^J||19320105|M|", &[("DATE_OF_BIRTH", "19320105")]),
        ("PID|1||77^5||DOE^J|19320105||M|", &[]),
        ("BDAY:19450316\nREV:20240502", &[("DATE_OF_BIRTH", "19450316")]),
        ("{\"system\":\"phone\",\"value\":\"57116335\"}", &[("PHONE", "57116335")]),
    ]);
}

#[test]
fn chapters_messages_and_passports_without_their_word_are_none() {
    check(&[
        ("see EC 3.4.21.4 and table 3.4.2.1, 5.1.2.4 audio", &[]),
        ("ldap://12.10.10.1 or 10.0.0.9", &[("IP", "12.10.10.1"), ("IP", "10.0.0.9")]),
        ("remote=1.2.3.4 and request from 5.6.7.8 failed", &[("IP", "1.2.3.4"), ("IP", "5.6.7.8")]),
        ("paint it in RAL 7016, ISO 12944:2018 applies", &[]),
        ("Message-ID: <CAF93754788.1@mail.example.org>", &[]),
        ("UID:20240502T1011Z-211@cal.example.org", &[]),
        ("tax number AB1234567", &[]),
        ("passport AB1234567", &[("NATIONAL_ID", "AB1234567")]),
        ("matricule 1964 0508 94063", &[]),
    ]);
}
