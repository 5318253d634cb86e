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
