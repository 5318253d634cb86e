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
        ("remote=1.2.3.4 and request from 5.6.7.8 failed", &[("IP", "1.2.3.4"), ("IP", "5.6.7.8")]),
        ("Message-ID: <CAF93754788.1@mail.example.org>", &[]),
        ("UID:20240502T1011Z-211@cal.example.org", &[]),
        ("tax number AB1234567", &[]),
        ("passport AB1234567", &[("NATIONAL_ID", "AB1234567")]),
        ("matricule 1964 0508 94063", &[]),
    ]);
}
