//! Numbers by which states know their people, each with its check digit where it has one.

use super::{Datum, context, pattern};
use crate::checks::{digits, monotone, number, plausible_date, weighted};
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use regex::Regex;

/// One kind of number.
struct Kind {
    rule: &'static str,
    regex: Regex,
    /// The proof over the letters and digits of the value, in capitals.
    valid: fn(&str) -> bool,
    /// Whether form and check are so weak that a word beside the number must say what it is.
    needs_word: bool,
}

/// All kinds.
pub(super) struct National {
    kinds: Vec<Kind>,
}

type Row = (&'static str, &'static str, fn(&str) -> bool, bool);

/// Rule, form, proof, needs a word. Sources: the issuing states' published check digit rules.
const KINDS: [Row; 9] = [
    (
        "pii.national-id.it-fiscal-code",
        r"(?i-u:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])",
        it_fiscal_code,
        false,
    ),
    ("pii.national-id.es-nif", r"(?i-u:(?:[0-9]{8}|[XYZ][0-9]{7})[ \-]?[A-Z])", es_nif, false),
    (
        "pii.national-id.fr-nir",
        r"(?i-u:[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})",
        fr_nir,
        false,
    ),
    (
        "pii.national-id.uk-nino",
        r"(?i-u:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])",
        uk_nino,
        false,
    ),
    ("pii.national-id.us-ssn", r"[0-9]{3}[\- ][0-9]{2}[\- ][0-9]{4}", us_ssn, false),
    ("pii.national-id.pl-pesel", r"[0-9]{11}", pl_pesel, false),
    ("pii.national-id.de-tax-id", r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", de_tax_id, true),
    ("pii.national-id.nl-bsn", r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}", nl_bsn, true),
    ("pii.national-id.uk-nhs", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}", uk_nhs, true),
];

impl National {
    pub(super) fn new() -> Result<Self, PlanError> {
        let mut kinds = Vec::with_capacity(KINDS.len());
        for (rule, form, valid, needs_word) in KINDS {
            kinds.push(Kind { rule, regex: pattern(rule, form)?, valid, needs_word });
        }
        Ok(Self { kinds })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Vec<Datum>) {
        for kind in &self.kinds {
            for found in kind.regex.find_iter(text) {
                let free = char_before(text, found.start())
                    .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '/' | '+' | '#'))
                    && char_after(text, found.end())
                        .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '/'));
                if !free || super::taken(data, &found.range()) {
                    continue;
                }
                let compact: String = found
                    .as_str()
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|c| c.to_ascii_uppercase())
                    .collect();
                if !(kind.valid)(&compact) || context::is_about_things(text, found.start()) {
                    continue;
                }
                let named = context::names(&context::words_before(text, found.start(), 40), &WORDS);
                if named || !kind.needs_word {
                    let score = if named { 0.97 } else { 0.9 };
                    data.push(Datum { span: found.range(), type_: "NATIONAL_ID", rule: kind.rule, score });
                }
            }
        }
    }
}

/// Words that announce a personal number.
const WORDS: [&str; 58] = [
    "tax",
    "steuer",
    "idnr",
    "id-nr",
    "ssn",
    "social security",
    "national",
    "identity",
    "identifi",
    "id number",
    "id card",
    "id no",
    "personal number",
    "personnummer",
    "bsn",
    "burgerservice",
    "sofi",
    "nhs",
    "nino",
    "insurance",
    "pesel",
    "codice fiscale",
    "fiscal",
    "nif",
    "nie",
    "dni",
    "documento",
    "document",
    "nir",
    "sécurité sociale",
    "numéro de sécu",
    "sozialversicherung",
    "svnr",
    "ahv",
    "avs",
    "personenkenn",
    "rodné",
    "rodne",
    "egn",
    "егн",
    "cnp",
    "oib",
    "emšo",
    "emso",
    "amka",
    "αμκα",
    "afm",
    "asmens kod",
    "isikukood",
    "personas kod",
    "henkilötunnus",
    "hetu",
    "cpr",
    "fødselsnummer",
    "pps",
    "niss",
    "rijksregister",
    "registre national",
];

fn it_fiscal_code(code: &str) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let mut sum = 0;
    for (place, c) in code.chars().take(15).enumerate() {
        let value = match c {
            '0'..='9' => c as u32 - '0' as u32,
            _ => c as u32 - 'A' as u32,
        };
        sum += if place % 2 == 0 { ODD.get(value as usize).copied().unwrap_or_default() } else { value };
    }
    code.chars().nth(15).is_some_and(|check| check as u32 == 'A' as u32 + sum % 26)
}

fn es_nif(code: &str) -> bool {
    const LETTERS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    let (body, check) = code.split_at(code.len().saturating_sub(1));
    let body = body.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let place = (number(&digits(&body)) % 23) as usize;
    LETTERS.chars().nth(place).is_some_and(|letter| check.starts_with(letter))
}

fn fr_nir(code: &str) -> bool {
    let corrected = code.replacen("2A", "19", 1);
    let corrected = if code.get(5..7) == Some("2A") {
        corrected
    } else if code.get(5..7) == Some("2B") {
        code.replacen("2B", "18", 1)
    } else {
        code.to_owned()
    };
    let all = digits(&corrected);
    let (Some(body), Some(key), Some(month)) = (all.get(..13), all.get(13..15), all.get(3..5)) else {
        return false;
    };
    let month = number(month);
    ((1..=12).contains(&month) || (20..=42).contains(&month) || month >= 50) && 97 - number(body) % 97 == number(key)
}

fn uk_nino(code: &str) -> bool {
    !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|prefix| code.starts_with(prefix))
}

fn us_ssn(code: &str) -> bool {
    let all = digits(code);
    let (Some(area), Some(group), Some(serial)) = (all.get(..3), all.get(3..5), all.get(5..9)) else {
        return false;
    };
    let area = number(area);
    area != 0 && area != 666 && area < 900 && number(group) != 0 && number(serial) != 0
}

fn pl_pesel(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..10), all.get(10)) else {
        return false;
    };
    let month = number(all.get(2..4).unwrap_or_default());
    let day = number(all.get(4..6).unwrap_or_default());
    let sum = weighted(body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    plausible_date(day, month % 20, 1950) && (10 - sum % 10) % 10 == u32::from(*check)
}

/// ISO 7064 mod 11,10; one digit occurs twice or three times among the first ten.
fn de_tax_id(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..10), all.get(10)) else {
        return false;
    };
    if body.first() == Some(&0) {
        return false;
    }
    let most = (0..10_u8).map(|digit| body.iter().filter(|d| **d == digit).count()).max().unwrap_or_default();
    (2..=3).contains(&most) && iso7064_mod11_10(body) == u32::from(*check)
}

pub(super) fn iso7064_mod11_10(body: &[u8]) -> u32 {
    let mut product = 10;
    for digit in body {
        let sum = (u32::from(*digit) + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    (11 - product) % 10
}

fn nl_bsn(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..8), all.get(8)) else {
        return false;
    };
    let sum = weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum >= u32::from(*check) && (sum - u32::from(*check)).is_multiple_of(11) && !monotone(&all)
}

fn uk_nhs(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..9), all.get(9)) else {
        return false;
    };
    let rest = (11 - weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    rest == u32::from(*check) && !monotone(&all)
}
