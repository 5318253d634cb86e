//! Personal data and numbers that are none.

use crate::samples::{of_kind, personal, plan};
use gnomon_types::finding::FindingKind;

#[test]
fn finds_every_kind_with_its_exact_span() {
    for (type_, text, value) in personal() {
        let findings = plan().scan_plain(&text);
        let seen: Vec<(&str, &str)> = of_kind(&findings, FindingKind::Pii)
            .into_iter()
            .map(|f| (f.type_.as_ref(), &text[f.start..f.end]))
            .collect();
        assert!(seen.contains(&(type_, &value)), "{text}: {seen:?}");
    }
}

#[test]
fn leaves_numbers_of_things_alone() {
    for text in [
        "Order number 222891228, tracking 257341467932, shipped.",
        "Version 10.2.2.20 of the firmware crashes",
        "firmware 10.2.2.20000",
        "ISBN 978-3-16-148410-0 is out of print",
        "The meeting on 2026-03-13 moved to room 1233.",
        "invoice total 19.900,00 EUR",
        "Ticket 4111111111111112",
        "part number 555-123-4567-X",
        "Order 4111111111111111 shipped",
        "127.0.0.1 and 0.0.0.0 and 255.255.255.0",
        "std::vec::Vec and a::b::c at 12:34:56",
        "pytest 8.3.2, python 3.12.4",
        "DE00 3704 0044 0532 0130 00",
        "card 4111 1111 1111 1112",
        "revenue grew from 1200000 to 3400000 in 2024",
        "coordinates 52.520008, 13.404954",
        "user@localhost and @mention and a @ b",
        "call function 42 with 100 arguments",
    ] {
        let findings = plan().scan_plain(text);
        let seen: Vec<(&str, &str)> = of_kind(&findings, FindingKind::Pii)
            .into_iter()
            .map(|f| (f.type_.as_ref(), &text[f.start..f.end]))
            .collect();
        assert_eq!(seen, [], "{text}");
    }
}

/// Type, text around, value.
fn check_found(rows: &[(&str, &str, &str)]) {
    for (type_, frame, value) in rows {
        let text = frame.replace("{}", value);
        let findings = plan().scan_plain(&text);
        let seen: Vec<(&str, &str)> = of_kind(&findings, FindingKind::Pii)
            .into_iter()
            .map(|f| (f.type_.as_ref(), &text[f.start..f.end]))
            .collect();
        assert_eq!(seen, [(*type_, *value)], "{text}");
    }
}

fn check_silent(texts: &[&str]) {
    for text in texts {
        let findings = plan().scan_plain(text);
        let seen: Vec<(&str, &str)> = of_kind(&findings, FindingKind::Pii)
            .into_iter()
            .map(|f| (f.type_.as_ref(), &text[f.start..f.end]))
            .collect();
        assert_eq!(seen, [], "{text}");
    }
}

#[test]
fn national_numbers_are_found_as_their_people_write_them() {
    check_found(&[
        ("NATIONAL_ID", "n.º do cartão de cidadão {}", "00000000 0 ZZ4"),
        ("NATIONAL_ID", "ЛНЧ {}", "7111042925"),
        ("NATIONAL_ID", "davčna številka: {}", "50223054"),
        ("NATIONAL_ID", "kennitala, national id {}", "120174-3399"),
        ("NATIONAL_ID", "rodné číslo {}", "736028 / 5163"),
        ("NATIONAL_ID", "rijksregisternummer {}", "85.07.30 033-28"),
        ("NATIONAL_ID", "BSN {} klopt", "111 222 333"),
        ("NATIONAL_ID", "PPSN: {}", "6433435 F"),
        ("NATIONAL_ID", "ΑΦΜ {}", "094259216"),
        ("NATIONAL_ID", "a. k. {}", "37605030299"),
        ("NATIONAL_ID", "name;pesel\nx;{}", "44051401359"),
    ]);
}

#[test]
fn the_number_of_one_register_is_not_taken_for_that_of_another() {
    // Each fails the check of the register that its word names and passes that of another.
    check_silent(&[
        "henkilötunnus 080341-7801",
        "PESEL 44122215264",
        "BSN 653516561",
        "ЕГН 8302144467",
        "isikukood 44703016950",
        "rodné číslo 001103/7413",
    ]);
}

#[test]
fn dates_of_birth_are_found_in_the_languages_of_europe() {
    check_found(&[
        ("DATE_OF_BIRTH", "Narozen {}", "11. srpna 1986"),
        ("DATE_OF_BIRTH", "Syntynyt {}", "11. tammikuuta 1993"),
        ("DATE_OF_BIRTH", "Születési idő: {}", "1945. október 24"),
        ("DATE_OF_BIRTH", "Ημερομηνία γέννησης {}", "14-05-1979"),
        ("DATE_OF_BIRTH", "Rođen {}", "4. 10. 1967"),
        ("DATE_OF_BIRTH", "Sünniaeg {}", "14.12.1945"),
        ("DATE_OF_BIRTH", "Născut la {}", "24 martie 2007"),
        ("DATE_OF_BIRTH", "{\"dateOfBirth\": \"{}\"}", "1990-01-02"),
        ("DATE_OF_BIRTH", "id;dob\n7;{}", "1990-01-02"),
    ]);
    check_silent(&[
        "version born on 12.22.4.22",
        "born leaders meet on the roof",
        "The contract was signed on 02.11.2024",
    ]);
}

#[test]
fn telephones_need_a_word_that_leads_to_them_or_a_form_of_their_own() {
    check_found(&[
        ("PHONE", "Mi chiamo x, il mio numero è {}.", "02 1234 5673"),
        ("PHONE", "Rufen Sie uns unter {} an", "731 031 441"),
        ("PHONE", "телефон {}", "02 170 297"),
        ("PHONE", "τηλέφωνο {}", "21 2345 6407"),
        ("PHONE", "ring meg på {}", "941 59 286"),
        ("PHONE", "please text {} on arrival", "085 019 5741"),
    ]);
    check_silent(&[
        "call function 42 with 6179876 rows",
        "the phone book with 3738664 entries",
        "the call center handled 12 345 678 calls",
        "mobile app version 22.4.22.22",
        "fax machine model 7915-5061",
    ]);
}

#[test]
fn the_account_behind_a_word_with_a_number_is_found() {
    check_found(&[
        ("IBAN", "page91-{} is where the rent goes", "DE89370400440532013000"),
        ("IBAN", "From DE12 {} only", "GB33BUKB20201555555555"),
    ]);
}

#[test]
fn versions_networks_and_devices_are_no_addresses_or_cards() {
    check_found(&[("IP", "ticket opened from {}: cannot log in", "2001:db8:85a3:1:2:8a2e:370:7334")]);
    check_silent(&[
        "upgrade from 38.0.10.10 to 4.22.112.3",
        "Figure 10.2.3.1 shows the layout",
        "the range 10.0.0.0/8 is private",
        "IMEI 352852896261615",
    ]);
}

#[test]
fn addresses_are_found_in_the_forms_of_their_countries() {
    check_found(&[
        ("ADDRESS", "bytem {}.", "Dejvická 432, 440 56 Praha"),
        ("ADDRESS", "wohnt jetzt in {}.", "Walderstrasse 34, 7212 Davos"),
        ("ADDRESS", "lakcím {}.", "Kossuth utca 64., H-1215 Budapest"),
        ("ADDRESS", "bor i {}.", "Dahlgjerdet 9B, 2364 Hamar"),
        ("ADDRESS", "morador em {}.", "Rua do Codeçal, 4, 5375-858 Covilhã"),
        ("ADDRESS", "domiciliat în {}.", "Aleea Tabacu Nr. 42 Bl. 3, Sinaia, 156224"),
        ("ADDRESS", "naslov {}.", "Barjanska cesta 3c, 4262 Kamnik"),
        ("ADDRESS", "διεύθυνση {}.", "Λεωνιδίου 3, ΤΚ 32364 Άρτα"),
        ("ADDRESS", "адрес {}.", "ул. Иван Вазов 12, 1000 София"),
        ("ADDRESS", "moved to {}; please note", "47 Gilgunn Street, D20 K9KH Dublin"),
        ("ADDRESS", "ship to {}", "54 Booth Ferry\nHull\nM0 6AX"),
        ("ADDRESS", "ship to {}", "410 Wilkinson Glens Suite 816, Provo, UT 40767"),
        ("ADDRESS", "Het adres is {}.", "Renskelaan 698, 1910 VA, Uitgeest"),
        ("ADDRESS", "demeurant {}.", "rue Aeby 33, 1700 Fribourg"),
    ]);
    check_silent(&[
        "24 Hour Service Center",
        "Level 3 Support Center",
        "Am Montag 3 Stück",
        "im Januar 2024",
        "zum Preis 100",
        "2024 World Cup Village",
    ]);
}

#[test]
fn names_are_found_by_lists_words_titles_columns_and_scripts() {
    check_found(&[
        ("PERSON", "Jmenuji se {}, dobrý den.", "Dalibor Zemanová"),
        ("PERSON", "Казвам се {}.", "Харалампи Юрганчев"),
        ("PERSON", "Ο πελάτης {} ζήτησε", "Φιλαρέτη Κουτκιά"),
        ("PERSON", "ticket opened by {}", "Xantor Belquist"),
        ("PERSON", "Mit freundlichen Grüßen\n{}", "Wilfried Beckmann-Junken"),
        ("PERSON", "name;city\n{};x", "Xantor Belqa"),
        ("PERSON", "{\"customer\": \"{}\"}", "Xantor Belqa"),
        ("PERSON", "The tenant {} pays late.", "Jayson van Luxemburg"),
        ("PERSON", "Sandringham says {} wrote it.", "Eimear O'Carolan"),
        ("PERSON", "Der Antrag von {} liegt vor.", "Xantor Belqa"),
        ("PERSON", "wir danken {} sehr", "Hans-Uwe Langern"),
    ]);
    let text = "Attendees: Xantor Belqa, Quirin Zeldo and Mirva Tosk";
    assert_eq!(of_kind(&plan().scan_plain(text), FindingKind::Pii).len(), 3, "{text}");
}

#[test]
fn firms_places_titles_and_headings_are_no_persons() {
    check_silent(&[
        "Madison Square Garden",
        "Florence Cathedral and Sofia Airport",
        "Martin Luther King Street is closed",
        "Robert Koch Institut",
        "Hugo Boss Store",
        "Name: Backup Server Two",
        "Project Name: Blue Horizon",
        "Customer Support Team",
        "Dear Hiring Manager,",
        "I am Happy To Help",
        "Kunde Zahlungsart Betrag",
        "Austin Texas",
        "Thomas Cook Group",
    ]);
}
