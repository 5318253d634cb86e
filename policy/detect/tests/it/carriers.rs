//! Personal data in the forms, rows, logs and letters that carry them, and what looks alike there and is none.
//!
//! `{l}` is the label of a value in some language, `{k}` the same as a key, `{v}` the value.

use crate::samples::{of_kind, plan};
use gnomon_types::finding::FindingKind;

/// Type, label, value.
const VALUES: [(&str, &str, &str); 22] = [
    ("PHONE", "Telefon", "030 90182017"),
    ("PHONE", "Téléphone", "06 12 34 56 78"),
    ("PHONE", "Teléfono", "612 345 678"),
    ("PHONE", "Tālrunis", "67 983 654"),
    ("PHONE", "Điện thoại", "0903 658 053"),
    ("PHONE", "电话", "138 1774 1091"),
    ("PHONE", "전화번호", "010-2345-6789"),
    ("PHONE", "الهاتف", "050 012 1946"),
    ("DATE_OF_BIRTH", "Date of birth", "4 May 1961"),
    ("DATE_OF_BIRTH", "Дата рождения", "13 февраля 1945"),
    ("DATE_OF_BIRTH", "Дата народження", "26 жовтня 1942"),
    ("DATE_OF_BIRTH", "Datum narození", "27. listopadu 1961"),
    ("DATE_OF_BIRTH", "Doğum tarihi", "27 Aralık 1996"),
    ("DATE_OF_BIRTH", "生年月日", "1988年12月5日"),
    ("DATE_OF_BIRTH", "تاريخ الميلاد", "22/03/1995"),
    ("NATIONAL_ID", "personas kods", "161175-19997"),
    ("NATIONAL_ID", "единен граждански номер", "7523169263"),
    ("NATIONAL_ID", "Social Security Number", "219-09-9999"),
    ("NATIONAL_ID", "numéro fiscal", "44051401359"),
    ("CREDIT_CARD", "Card number", "2200 1234 5678 9019"),
    ("CREDIT_CARD", "Kortnummer", "3056 930902 5904"),
    ("IBAN", "IBAN", "de89 3704 0044 0532 0130 00"),
];

const CARRIERS: [&str; 16] = [
    "{l}: {v}",
    "{l}\t{v}\n",
    "{l}.....{v}\n\n",
    "{\"id\": 17, \"{k}\": \"{v}\"}",
    "{'id': 17, '{k}': '{v}'}",
    "user:\n  {k}: {v}\n",
    "id;{l};note\n1;{v};x\n",
    "id,street,{l}\n1,\"Unit 4, Mill Yard\",{v}\n",
    "id,{l},amount\n1,\"{v}\",25.09\n",
    "id\t{l}\n1\t{v}\n",
    "| id | {l} |\n|---|---|\n| 7 | {v} |\n",
    "{l} | id\n--- | ---\n{v} | 7\n",
    "INSERT INTO people (id, {k}, ticket) VALUES (5, '{v}', 'x');",
    "insert into people ({k}, \"order\") values\n('x', 1),\n('{v}', 2);",
    "<li><b>{l}</b> <span>{v}</span></li>",
    "<tr><td>{l}</td><td>{v}</td></tr>",
];

fn found(text: &str) -> Vec<(String, String)> {
    let findings = plan().scan_plain(text);
    let found = of_kind(&findings, FindingKind::Pii).into_iter();
    found.map(|f| (f.type_.to_string(), text[f.start..f.end].to_owned())).collect()
}

fn finds(rows: &[(&str, &str, &str)]) {
    for (type_, frame, value) in rows {
        let text = frame.replace("{v}", value);
        assert_eq!(found(&text), [((*type_).to_owned(), (*value).to_owned())], "{text}");
    }
}

fn leaves(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_value_is_found_in_whatever_carries_it() {
    for (type_, label, value) in VALUES {
        for carrier in CARRIERS {
            let key = label.to_lowercase().replace(' ', "_");
            let text = carrier.replace("{l}", label).replace("{k}", &key).replace("{v}", value);
            assert_eq!(found(&text), [(type_.to_owned(), value.to_owned())], "{text}");
        }
    }
}

#[test]
fn the_label_of_something_else_keeps_numbers_silent_in_every_carrier() {
    for (label, value) in [
        ("Order number", "612 345 678"),
        ("Bestellnummer", "030 90182017"),
        ("Invoice date", "04.05.1961"),
        ("Card number", "2200 1234 5678 9010"),
        ("personas kods", "161175-19998"),
        ("订单号", "13817741091"),
        ("version", "2.52.3.44"),
    ] {
        for carrier in CARRIERS {
            let key = label.to_lowercase().replace(' ', "_");
            leaves(&[&carrier.replace("{l}", label).replace("{k}", &key).replace("{v}", value)]);
        }
    }
}

#[test]
fn keys_say_what_words_say() {
    finds(&[
        ("NATIONAL_ID", "ni_number={v}", "AB 12 34 56 C"),
        ("NATIONAL_ID", "\"idCardNumber\": \"{v}\"", "0072740M"),
        ("NATIONAL_ID", "identity card no. = {v}", "0046220G"),
        ("CREDIT_CARD", "charge declined pan={v} code=51", "36227206271667"),
        ("PHONE", "'msisdn': '{v}'", "035 839 527"),
        ("NATIONAL_ID", "| note | pesel |\n|---|---|\n| see invoice | {v} |", "44051401359"),
    ]);
}

#[test]
fn mail_addresses_end_where_their_surroundings_begin() {
    finds(&[
        ("EMAIL", "E-MAIL.....{v}", "first.last@dept.example.co.uk"),
        ("EMAIL", "пишите на {v} сегодня", "анна@почта.рф"),
        ("EMAIL", "联系{v}吧", "anna@example.org"),
        ("EMAIL", "<a href=\"mailto:{v}\">write</a>", "anna+x@example.org"),
    ]);
    leaves(&["git clone git@code.example.org:team/app.git", "scp a.txt anna@host.example.org:/var/log", "icon@2x.png"]);
}

#[test]
fn addresses_of_machines_end_before_their_port() {
    finds(&[
        ("IP", "src={v}:56680 ok", "2a02:51a:399d:b0ac:741c:390f:367c:ffcd"),
        ("IP", "src={v}:44839 ok", "2a01:4f8:d4c7::c756"),
        ("IP", "https://{v}:8443/x", "203.0.113.7"),
        ("IP", "报告{v}列入", "203.0.113.90"),
    ]);
    leaves(&[
        "pip install foo==2.11.9.1",
        "image: registry.example.org:5000/app:1.36.2.51",
        "mobile app 4.24.9.188 crashes",
        "версия 2.52.3.44",
    ]);
}

#[test]
fn signatures_and_cells_hold_telephones() {
    finds(&[
        ("PHONE", "best\n--\nT {v}", "621 562 737"),
        ("PHONE", "best\nM: {v}\n", "83356663"),
        ("PHONE", "x,phone,y\n1,{v},25.09.1978", "(0351) 371475"),
    ]);
    leaves(&["sum 12 345 678,90", "T 1234", "Figure T 83356663 shows"]);
}

#[test]
fn addresses_have_the_floors_and_places_of_their_countries() {
    finds(&[
        ("ADDRESS", "mora na {v}", "Rua das Acácias, 250, Apto 31, Campinas - SP, 13083-100"),
        ("ADDRESS", "morada: {v}", "Rua Augusta 102, 3.º Esq., 1100-053 Lisboa"),
        ("ADDRESS", "vive en {v}", "Calle de la Princesa, 45, 3.º B, 28008 Madrid"),
        ("ADDRESS", "adresa: {v}", "Vinohradská 112, 130 00 Praha 3"),
        ("ADDRESS", "na adrese {v}", "nám. Svobody 8, 602 00 Brno"),
        ("ADDRESS", "címem {v}", "1061 Budapest, Andrássy út 45. II/6"),
        ("ADDRESS", "str.: {v}", "Str. Mihai Eminescu nr. 14, bl. B2, ap. 7, 010513 București"),
        ("ADDRESS", "na adresi {v}", "Ulica kralja Tomislava 3, 31000 Osijek"),
        ("ADDRESS", "osoite {v}", "Mannerheimintie 22 A 5, 00100 Helsinki"),
        ("ADDRESS", "bor på {v}", "Vesterbrogade 112, 2. tv., 1620 København V"),
        ("ADDRESS", "bor i {v}", "Karl Johans gate 31, 0159 Oslo"),
        ("ADDRESS", "adrese {v}", "Brīvības iela 76-14, Rīga, LV-1001"),
        ("ADDRESS", "gyvenu {v}", "Laisvės al. 60, LT-44250 Kaunas"),
        ("ADDRESS", "at {v}", "12 Patrick Street, Cork, T12 W8KP"),
        ("ADDRESS", "adresim {v}", "Bağdat Caddesi No: 112 D: 5, 34728 Kadıköy/İstanbul"),
        ("ADDRESS", "адрес: {v}", "ул. Тверская, д. 18, кв. 45, 125009 Москва"),
        ("ADDRESS", "адреса: {v}", "вул. Хрещатик, 22, кв. 8, 01001 Київ"),
        ("ADDRESS", "zam. {v}", "ul. 3 Maja 12, 63-133 Skierniewice"),
        ("ADDRESS", "ADRESSE.....{v}", "Seestrasse 41, 8002 Zürich"),
    ]);
}

#[test]
fn who_is_born_or_numbered_is_a_person() {
    for (text, name) in [
        ("Re: Xantor Belqa, geb. 14.05.1979; Tel.", "Xantor Belqa"),
        ("Quirin Zeldo – numéro de registre national 85.07.30-033.28", "Quirin Zeldo"),
        ("new lead Mirva Toskq <mirva@example.org> pls", "Mirva Toskq"),
        ("{'name': 'Xantor Belqa', 'x': 1}", "Xantor Belqa"),
        ("<fullName>Xantor Belqa</fullName>", "Xantor Belqa"),
        ("Name | Tel\n--- | ---\nXantor Belqa | 1", "Xantor Belqa"),
    ] {
        assert!(found(text).contains(&("PERSON".to_owned(), name.to_owned())), "{text}: {:?}", found(text));
    }
}
