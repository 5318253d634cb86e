//! The proofs of national numbers of eastern and south-eastern members of the EU, in the manner of `proofs`.

use super::proofs::{day_month, digit, field, iso7064_mod11_10};
use crate::checks::{digits, luhn, monotone, number, plausible_date, weighted};

pub(super) fn pl_pesel(code: &str) -> bool {
    let all = digits(code);
    let (Some(body), Some(check)) = (all.get(..10), all.get(10)) else {
        return false;
    };
    let month = number(all.get(2..4).unwrap_or_default());
    let day = number(all.get(4..6).unwrap_or_default());
    let sum = weighted(body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    plausible_date(day, month % 20, 1950) && (10 - sum % 10) % 10 == u32::from(*check)
}

pub(super) fn ro_cnp(code: &str) -> bool {
    let all = digits(code);
    let rest = weighted(&all, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    day_month(field(&all, 5, 7), field(&all, 3, 5)) && digit(&all, 12) == if rest == 10 { 1 } else { rest }
}

pub(super) fn si_emso(code: &str) -> bool {
    let all = digits(code);
    let rest = 11 - weighted(&all, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    day_month(field(&all, 0, 2), field(&all, 2, 4)) && digit(&all, 12) == if rest > 9 { 0 } else { rest }
}

pub(super) fn cz_rodne_cislo(code: &str) -> bool {
    let all = digits(code);
    let month = field(&all, 2, 4) % 50 % 20;
    let dated = day_month(field(&all, 4, 6), month) || (all.len() == 10 && (1..=31).contains(&field(&all, 4, 6)));
    let whole = field(&all, 0, all.len());
    dated && (all.len() == 9 || whole.is_multiple_of(11) || (field(&all, 0, 9) % 11 == 10 && digit(&all, 9) == 0))
}

pub(super) fn pl_nip(code: &str) -> bool {
    let all = digits(code);
    weighted(&all, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digit(&all, 9) && !monotone(&all)
}

pub(super) fn ee_lt_code(code: &str) -> bool {
    let all = digits(code);
    let first = weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(&all, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 {
        first
    } else if second < 10 {
        second
    } else {
        0
    };
    day_month(field(&all, 5, 7), field(&all, 3, 5)) && digit(&all, 10) == check
}

pub(super) fn lv_code(code: &str) -> bool {
    let all = digits(code);
    let sum = weighted(&all, &[1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    day_month(field(&all, 0, 2), field(&all, 2, 4)) && (1101 - sum) % 11 % 10 == digit(&all, 10)
}

pub(super) fn bg_egn(code: &str) -> bool {
    let all = digits(code);
    let sum = weighted(&all, &[2, 4, 8, 5, 10, 9, 7, 3, 6]);
    day_month(field(&all, 4, 6), field(&all, 2, 4) % 20) && sum % 11 % 10 == digit(&all, 9)
}

pub(super) fn hr_oib(code: &str) -> bool {
    let all = digits(code);
    all.get(..10).is_some_and(|body| iso7064_mod11_10(body) == digit(&all, 10)) && !monotone(&all)
}

pub(super) fn gr_amka(code: &str) -> bool {
    let all = digits(code);
    day_month(field(&all, 0, 2), field(&all, 2, 4)) && luhn(&all)
}

pub(super) fn gr_afm(code: &str) -> bool {
    let all = digits(code);
    weighted(&all, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digit(&all, 8) && !monotone(&all)
}

pub(super) fn hu_taj(code: &str) -> bool {
    let all = digits(code);
    weighted(&all, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == digit(&all, 8) && !monotone(&all)
}

pub(super) fn hu_tax_id(code: &str) -> bool {
    let all = digits(code);
    weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == digit(&all, 9)
}

pub(super) fn cy_tic(code: &str) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let all = digits(code);
    let sum: u32 =
        all.iter()
            .enumerate()
            .map(|(place, value)| {
                if place % 2 == 0 {
                    ODD.get(usize::from(*value)).copied().unwrap_or_default()
                } else {
                    u32::from(*value)
                }
            })
            .sum();
    code.chars().nth(8).is_some_and(|letter| letter as u32 == 'A' as u32 + sum % 26)
}

/// Numbers of foreigners in Bulgaria.
pub(super) fn bg_lnch(code: &str) -> bool {
    let all = digits(code);
    weighted(&all, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == digit(&all, 9) && !monotone(&all)
}

pub(super) fn si_tax(code: &str) -> bool {
    let all = digits(code);
    let check = 11 - weighted(&all, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    (if check == 10 { 0 } else { check }) == digit(&all, 7)
}
