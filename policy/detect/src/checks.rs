//! Proofs that a number is what it looks like: check digits and ranges.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The digits of a text, separators dropped.
pub(crate) fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
}

/// The Luhn check of payment cards and many registers.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            if place % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The digits as one number, for prefixes and short fields.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().take(18).fold(0, |value, digit| value * 10 + u64::from(*digit))
}

/// Sum of digits times weights.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// Whether all digits are the same, as in placeholders.
pub(crate) fn monotone(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// How many digits a card number that starts like this may have, by brand.
pub(crate) fn card_lengths(digits: &[u8]) -> &'static [usize] {
    let prefix = |n: usize| number(digits.get(..n).unwrap_or_default());
    if digits.len() < 12 {
        return &[];
    }
    if prefix(1) == 4 {
        return &[16, 13, 19];
    }
    if (51..=55).contains(&prefix(2)) || (2200..=2204).contains(&prefix(4)) || (2221..=2720).contains(&prefix(4)) {
        return &[16];
    }
    if matches!(prefix(2), 34 | 37) {
        return &[15];
    }
    if prefix(4) == 6011 || prefix(2) == 65 || (644..=649).contains(&prefix(3)) {
        return &[16, 19];
    }
    // Devices have numbers of 15 digits that begin with 35.
    if prefix(2) == 35 {
        return &[16];
    }
    if matches!(prefix(4), 1800 | 2131) {
        return &[15];
    }
    if (300..=305).contains(&prefix(3)) || matches!(prefix(2), 36 | 38 | 39) {
        return &[14, 16];
    }
    if prefix(2) == 62 {
        return &[16, 17, 18, 19];
    }
    if prefix(2) == 50 || (56..=58).contains(&prefix(2)) || matches!(prefix(4), 6304 | 6759 | 6761 | 6762 | 6763) {
        return &[16, 12, 13, 14, 15, 17, 18, 19];
    }
    &[]
}

/// Length of an IBAN by country (IBAN registry).
pub(crate) fn iban_length(country: &str) -> Option<usize> {
    const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 \
        EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 \
        LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 \
        PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";
    static BY_COUNTRY: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
        let entries = LENGTHS.split_whitespace().filter_map(|entry| entry.split_at_checked(2));
        entries.filter_map(|(country, length)| Some((country, length.parse().ok()?))).collect()
    });
    BY_COUNTRY.get(country).copied()
}

/// ISO 7064 mod 97-10 over the rearranged IBAN, given without separators in capitals.
pub(crate) fn iban_valid(compact: &str) -> bool {
    let Some((head, tail)) = compact.split_at_checked(4) else {
        return false;
    };
    let mut rest = 0_u32;
    for c in tail.chars().chain(head.chars()) {
        let Some(value) = c.to_digit(36) else { return false };
        rest = if value > 9 { rest * 100 + value } else { rest * 10 + value } % 97;
    }
    rest == 1
}

/// Whether day, month and year can be a date on which a living person was born.
pub(crate) fn plausible_date(day: u64, month: u64, year: u64) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month) && (1890..=2035).contains(&year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_accepts_the_test_number_and_refuses_a_changed_one() {
        assert!(luhn(&digits("4111 1111 1111 1111")));
        assert!(!luhn(&digits("4111 1111 1111 1112")));
    }

    #[test]
    fn iban_needs_length_and_check_digits() {
        assert_eq!(iban_length("DE"), Some(22));
        assert_eq!(iban_length("ZZ"), None);
        assert!(iban_valid("DE89370400440532013000"));
        assert!(!iban_valid("DE88370400440532013000"));
    }

    #[test]
    fn card_lengths_follow_the_brand() {
        assert_eq!(card_lengths(&digits("378282246310005")), [15]);
        assert!(card_lengths(&digits("999999999999999")).is_empty());
    }
}
