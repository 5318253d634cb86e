//! The proofs of national numbers. Each takes the letters and digits of the written value, in capitals.

use crate::checks::{digits, luhn, monotone, number, plausible_date, weighted};

/// No proof beyond the form.
pub(super) fn any(_: &str) -> bool {
    true
}

/// At least five digits: a document number, not a word.
pub(super) fn with_digits(code: &str) -> bool {
    digits(code).len() >= 5
}

/// The digits at these places as one number.
pub(super) fn field(all: &[u8], from: usize, to: usize) -> u64 {
    number(all.get(from..to).unwrap_or_default())
}

pub(super) fn digit(all: &[u8], at: usize) -> u32 {
    all.get(at).copied().map_or(99, u32::from)
}

/// Day and month, whatever the century.
pub(super) fn day_month(day: u64, month: u64) -> bool {
    plausible_date(day, month, 1950)
}

pub(super) fn it_fiscal_code(code: &str) -> bool {
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

pub(super) fn es_nif(code: &str) -> bool {
    const LETTERS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    let (body, check) = code.split_at(code.len().saturating_sub(1));
    let body = body.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let place = (number(&digits(&body)) % 23) as usize;
    LETTERS.chars().nth(place).is_some_and(|letter| check.starts_with(letter))
}

pub(super) fn fr_nir(code: &str) -> bool {
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

pub(super) fn uk_nino(code: &str) -> bool {
    !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|prefix| code.starts_with(prefix))
}

pub(super) fn us_ssn(code: &str) -> bool {
    let all = digits(code);
    let (Some(area), Some(group), Some(serial)) = (all.get(..3), all.get(3..5), all.get(5..9)) else {
        return false;
    };
    let area = number(area);
    area != 0 && area != 666 && area < 900 && number(group) != 0 && number(serial) != 0
}

/// ISO 7064 mod 11,10; one digit occurs twice or three times among the first ten.
pub(super) fn de_tax_id(code: &str) -> bool {
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

pub(super) fn nl_bsn(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..8), all.get(8)) else {
        return false;
    };
    let sum = weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum >= u32::from(*check) && (sum - u32::from(*check)).is_multiple_of(11) && !monotone(&all)
}

pub(super) fn uk_nhs(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..9), all.get(9)) else {
        return false;
    };
    let rest = (11 - weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    rest == u32::from(*check) && !monotone(&all)
}

/// The twelfth digit is a Luhn check over the first eleven, the last one Verhoeff's.
pub(super) fn lu_matricule(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(last)) = (all.get(..11), all.get(12)) else { return false };
    day_month(field(&all, 6, 8), field(&all, 4, 6))
        && luhn(all.get(..12).unwrap_or_default())
        && verhoeff(body) == *last
}

/// The check digit of Verhoeff: products in the group of a pentagon's symmetries, each place permuted once more.
fn verhoeff(body: &[u8]) -> u8 {
    const PERMUTED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permute = |digit: u8, times: usize| {
        (0..times % 8).fold(digit, |digit, _| PERMUTED.get(usize::from(digit)).copied().unwrap_or_default())
    };
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let sum = body.iter().rev().enumerate().fold(0, |sum, (place, digit)| product(sum, permute(*digit, place + 1)));
    if (1..5).contains(&sum) { 5 - sum } else { sum }
}

/// EAN-13.
pub(super) fn ch_ahv(code: &str) -> bool {
    let all = digits(code);
    let sum = weighted(&all, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    (10 - sum % 10) % 10 == digit(&all, 12)
}

/// French tax number: the last three digits are the rest of the first ten by 511.
pub(super) fn fr_spi(code: &str) -> bool {
    let all = digits(code);
    field(&all, 0, 10) % 511 == field(&all, 10, 13)
}

pub(super) fn de_insurance(code: &str) -> bool {
    let mut all = Vec::new();
    for c in code.chars() {
        match c.to_digit(10) {
            Some(value) => all.push(value),
            None => {
                let place = (c as u32).saturating_sub('A' as u32) + 1;
                all.extend([place / 10, place % 10]);
            }
        }
    }
    let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let sum: u32 =
        all.iter().zip(weights).map(|(value, weight)| value * weight).map(|value| value / 10 + value % 10).sum();
    let day = all.get(2..4).map_or(0, |two| two.iter().fold(0, |day, value| day * 10 + value));
    let month = all.get(4..6).map_or(0, |two| two.iter().fold(0, |month, value| month * 10 + value));
    all.len() == 13 && (1..=31).contains(&day) && (1..=12).contains(&month) && all.get(12) == Some(&(sum % 10))
}

/// ICAO 9303: weights 7, 3, 1 over digits and letters.
pub(super) fn de_id_card(code: &str) -> bool {
    let values: Vec<u32> = code.chars().take(10).filter_map(|c| c.to_digit(36)).collect();
    let sum: u32 = values.iter().take(9).zip([7, 3, 1].into_iter().cycle()).map(|(value, weight)| value * weight).sum();
    values.len() == 10 && digits(code).len() >= 3 && values.get(9) == Some(&(sum % 10))
}

pub(super) fn se_personnummer(code: &str) -> bool {
    let all = digits(code);
    let short = all.get(all.len().saturating_sub(10)..).unwrap_or_default();
    let day = field(short, 4, 6);
    day_month(if day > 60 { day - 60 } else { day }, field(short, 2, 4)) && luhn(short) && !monotone(short)
}

pub(super) fn fi_hetu(code: &str) -> bool {
    const LETTERS: &str = "0123456789ABCDEFHJKLMNPRSTUVWXY";
    let all = digits(code.get(..code.len().saturating_sub(1)).unwrap_or_default());
    let place = (field(&all, 0, 9) % 31) as usize;
    all.len() >= 9
        && day_month(field(&all, 0, 2), field(&all, 2, 4))
        && LETTERS.chars().nth(place) == code.chars().last()
}

pub(super) fn dk_cpr(code: &str) -> bool {
    let all = digits(code);
    day_month(field(&all, 0, 2), field(&all, 2, 4))
}

pub(super) fn no_fodselsnummer(code: &str) -> bool {
    let all = digits(code);
    let first = (11 - weighted(&all, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(&all, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    let day = field(&all, 0, 2);
    day_month(if day > 40 { day - 40 } else { day }, field(&all, 2, 4) % 40)
        && digit(&all, 9) == first
        && digit(&all, 10) == second
}

/// 97 less the rest; for people born from 2000 on a 2 stands in front of the counted number.
pub(super) fn be_niss(code: &str) -> bool {
    let all = digits(code);
    let (body, check) = (field(&all, 0, 9), field(&all, 9, 11));
    let month = field(&all, 2, 4) % 20;
    month <= 12 && field(&all, 4, 6) <= 31 && [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == check)
}

/// The fourth digit checks the others.
pub(super) fn at_svnr(code: &str) -> bool {
    let all = digits(code);
    let sum = weighted(&all, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    sum % 11 == digit(&all, 3) && day_month(field(&all, 4, 6), field(&all, 6, 8).clamp(1, 12))
}

pub(super) fn at_tax_id(code: &str) -> bool {
    let all = digits(code);
    let sum: u32 = all
        .iter()
        .take(8)
        .enumerate()
        .map(|(place, value)| u32::from(*value) * (1 + place as u32 % 2))
        .map(|v| v / 10 + v % 10)
        .sum();
    (100 - sum) % 10 == digit(&all, 8) && !monotone(&all)
}

pub(super) fn es_social(code: &str) -> bool {
    let all = digits(code);
    let (province, serial) = (field(&all, 0, 2), field(&all, 2, 10));
    let body = if serial < 10_000_000 { serial + province * 10_000_000 } else { field(&all, 0, 10) };
    body % 97 == field(&all, 10, 12) && (1..=66).contains(&province)
}

pub(super) fn pt_nif(code: &str) -> bool {
    let all = digits(code);
    let rest = weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(&all, 8) == if rest < 2 { 0 } else { 11 - rest } && !monotone(&all)
}

/// Luhn over letters counted as 10 to 35, from the left.
pub(super) fn pt_card(code: &str) -> bool {
    let values: Vec<u32> = code.chars().filter_map(|c| c.to_digit(36)).collect();
    let sum: u32 = values
        .iter()
        .enumerate()
        .map(|(place, value)| match (place % 2, value * 2) {
            (0, twice) if twice > 9 => twice - 9,
            (0, twice) => twice,
            _ => *value,
        })
        .sum();
    values.len() == 12 && sum.is_multiple_of(10)
}

pub(super) fn ie_pps(code: &str) -> bool {
    const LETTERS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    let all = digits(code);
    let second = code.chars().nth(8).map_or(0, |c| if c == 'W' { 0 } else { c as u32 - 'A' as u32 + 1 });
    let place = (weighted(&all, &[8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23;
    LETTERS.chars().nth(place as usize) == code.chars().nth(7)
}

/// The first digit checks the other nine.
pub(super) fn uk_utr(code: &str) -> bool {
    const CHECKS: [u32; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let all = digits(code);
    let rest = weighted(all.get(1..).unwrap_or_default(), &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    CHECKS.get(rest as usize).copied() == Some(digit(&all, 0))
}

pub(super) fn br_cpf(code: &str) -> bool {
    let all = digits(code);
    let check = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = check(weighted(&all, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = check(weighted(&all, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    digit(&all, 9) == first && digit(&all, 10) == second && !monotone(&all)
}

/// Companies count their day from 41 on.
pub(super) fn is_kennitala(code: &str) -> bool {
    let all = digits(code);
    let day = field(&all, 0, 2);
    let rest = (11 - weighted(&all, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    day_month(if day > 40 { day - 40 } else { day }, field(&all, 2, 4)) && rest == digit(&all, 8)
}

pub(super) fn tr_kimlik(code: &str) -> bool {
    let all = digits(code);
    let odd = digit(&all, 0) + digit(&all, 2) + digit(&all, 4) + digit(&all, 6) + digit(&all, 8);
    let even = digit(&all, 1) + digit(&all, 3) + digit(&all, 5) + digit(&all, 7);
    let sum: u32 = all.iter().take(10).map(|value| u32::from(*value)).sum();
    (odd * 7 + 110 - even) % 10 == digit(&all, 9) && sum % 10 == digit(&all, 10)
}

#[cfg(test)]
mod tests {
    use super::super::proofs_east::*;
    use super::*;

    /// Published sample numbers of the issuing states and of standard test suites.
    #[test]
    fn each_proof_accepts_its_sample_and_refuses_a_changed_digit() {
        type Proof = fn(&str) -> bool;
        let rows: [(Proof, &str); 31] = [
            (pt_card, "000000000ZZ4"),
            (bg_lnch, "7111042925"),
            (si_tax, "50223054"),
            (is_kennitala, "1201743399"),
            (it_fiscal_code, "RSSMRA85T10A562S"),
            (ro_cnp, "1800101221144"),
            (si_emso, "0101006500006"),
            (ch_ahv, "7569217076985"),
            (de_insurance, "65070803J009"),
            (de_tax_id, "86095742719"),
            (se_personnummer, "8112289874"),
            (fi_hetu, "131052308T"),
            (no_fodselsnummer, "01010750160"),
            (be_niss, "85073003328"),
            (nl_bsn, "111222333"),
            (cz_rodne_cislo, "7103192745"),
            (pl_pesel, "44051401359"),
            (pl_nip, "8567346215"),
            (ee_lt_code, "37605030299"),
            (bg_egn, "7523169263"),
            (hr_oib, "33392005961"),
            (gr_afm, "094259216"),
            (hu_taj, "111111110"),
            (at_svnr, "1237010180"),
            (es_nif, "12345678Z"),
            (pt_nif, "501964843"),
            (ie_pps, "6433435F"),
            (uk_nhs, "9434765919"),
            (br_cpf, "39053344705"),
            (tr_kimlik, "17291716060"),
            (fr_nir, "255081416802538"),
        ];
        for (proof, sample) in rows {
            assert!(proof(sample), "{sample}");
            let changed: String = sample
                .char_indices()
                .map(|(at, c)| if at == 2 { if c == '7' { '8' } else { '7' } } else { c })
                .collect();
            assert!(!proof(&changed), "{changed}");
        }
    }
}
