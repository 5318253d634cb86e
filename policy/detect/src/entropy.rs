//! How random a string looks.

use std::sync::LazyLock;

/// Shannon entropy of the bytes, in bits per byte.
pub(crate) fn shannon(value: &str) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = value.len().max(1) as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

/// Whether the entropy is at least this. The share of the most frequent byte alone proves it for most random values.
pub(crate) fn reaches(value: &str, least: f32) -> bool {
    let mut counts = [0_u32; 256];
    let mut most = 1;
    for byte in value.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
            most = most.max(*count);
        }
    }
    (value.len() as f32 / most as f32).log2() >= least + 0.01 || shannon(value) >= least
}

/// How many different bytes there are.
pub(crate) fn distinct(value: &str) -> u32 {
    let mut seen = [0_u64; 4];
    for byte in value.bytes() {
        if let Some(bits) = seen.get_mut(usize::from(byte >> 6)) {
            *bits |= 1 << (byte & 63);
        }
    }
    seen.iter().map(|bits| bits.count_ones()).sum()
}

/// Two-letter sequences that make up four fifths of what people write as words and names in code.
const COMMON_PAIRS: &str = "in re er on te en at es st ti se de or le co ed al th nt ar it ng an li io me he ri nd ra ta \
    ro ma ec et tr ve ns si ea ne ch ce is as ca ll ac om ic di pa il pe ct fi ut ge lo pr us to ha ex la ou nc un ad na \
    ur el no ss am rs fo mp od pl ot rt ef em im ab ts op ul hi po bl oc ck ig ol so wi pt su ly ty mi ap da do id ow ee \
    ep ke be tt ai ho ie cr mo ni ag bu sh ru rr ba um va ry tu fe fa ff ue lt sp os cl gi ib au ls ht ir ia";

/// Whether the letters of the value are words and names, as in `HomeAddress1Country` or `dev_cluster_02_primary`.
///
/// Odds of letter pairs: a pair of the list makes words 3.7 times likelier, any other 4.2 times less likely. The bound
/// is odds of 33 to 1, which one random string in some hundreds reaches. Hexadecimal digits are too few for it.
pub(crate) fn is_wordy(value: &str) -> bool {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let beyond_hex = value.bytes().filter(|byte| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit()).count();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if beyond_hex * 4 < letters || digits * 2 >= value.len() {
        return false;
    }
    let (common, rare) = letter_pairs(value);
    13 * common >= 14 * rare + 35
}

/// Whether the letters are surely no words: odds of a thousand to one by the same pairs.
pub(crate) fn is_unlike_words(value: &str) -> bool {
    let (common, rare) = letter_pairs(value);
    14 * rare >= 13 * common + 69
}

/// How many pairs of letters within words are common in words, and how many are not.
fn letter_pairs(value: &str) -> (usize, usize) {
    let (mut common, mut rare) = (0, 0);
    for pair in value.as_bytes().windows(2) {
        let &[first, second] = pair else { continue };
        // A capital after a small letter begins a word; digits and signs end one.
        if !first.is_ascii_alphabetic()
            || !second.is_ascii_alphabetic()
            || (first.is_ascii_lowercase() && second.is_ascii_uppercase())
        {
            continue;
        }
        if is_common_pair(first, second) { common += 1 } else { rare += 1 }
    }
    (common, rare)
}

/// Whether two letters of any case stand in the list.
fn is_common_pair(first: u8, second: u8) -> bool {
    /// For each first letter a bit for each second one.
    static SECONDS: LazyLock<[u32; 32]> = LazyLock::new(|| {
        let mut seconds = [0; 32];
        for pair in COMMON_PAIRS.split_ascii_whitespace() {
            let &[first, second] = pair.as_bytes() else { continue };
            if let Some(bits) = seconds.get_mut(usize::from(first & 31)) {
                *bits |= 1 << (second & 31);
            }
        }
        seconds
    });
    SECONDS.get(usize::from(first & 31)).is_some_and(|bits| bits >> (second & 31) & 1 == 1)
}

/// Whether letters, digits and cases change as often as only chance makes them; a capital that begins a word is no change.
pub(crate) fn is_patchwork(value: &str) -> bool {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let (mut smalls, mut capitals, mut digits, mut changes) = (0, 0, 0, 0);
    let mut last = None;
    for kind in value.bytes().map(kind) {
        match kind {
            0 => smalls += 1,
            1 => capitals += 1,
            2 => digits += 1,
            _ => {}
        }
        changes += usize::from(last.is_some_and(|last| last != kind && !(last == 1 && kind == 0)));
        last = Some(kind);
    }
    smalls > 0 && capitals > 0 && digits >= 2 && changes * 2 >= value.len()
}

/// How often a capital and another sign stand side by side.
pub(crate) fn case_changes(value: &str) -> usize {
    let case = |byte: &u8| byte.is_ascii_uppercase();
    value.as_bytes().windows(2).filter(|pair| pair.first().map(case) != pair.last().map(case)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_are_wordy_and_random_strings_are_not() {
        for name in [
            "BusinessAddress1Country",
            "xmlSecCryptoAppKeyLoad",
            "exports.X509AuthorityKeyIDExtension",
            "win32api.RegOpenKeyEx",
            "P4Submit.applyCommit",
            "dev_cluster_02_primary",
        ] {
            assert!(is_wordy(name), "{name}");
        }
        assert!(is_unlike_words("wFWjkomzOPzqvebQRpqscvmN"));
        assert!(!is_unlike_words("parseXMLHttpRequestJSONPayload"));
        for random in ["q7Zt0LmXw3VbN8yRk2Pd", "d41d8cd98f00b204e9800998ecf8427e", "x2k9qv7w0zjt4hbd8fpm"] {
            assert!(!is_wordy(random), "{random}");
        }
    }

    #[test]
    fn chance_changes_kinds_more_often_than_people_do() {
        assert!(is_patchwork("u+9yhd2_N2Mx7+Zo8-S5"));
        assert!(!is_patchwork("iPhone-15-Pro-Max-256"));
        assert!(!is_patchwork("2024-01-02T10-20-30Z"));
    }

    #[test]
    fn repetition_has_no_entropy_and_variety_has_much() {
        assert!(shannon("aaaaaaaa") < 0.01);
        assert!((shannon("abcdefgh") - 3.0).abs() < 0.01);
        assert_eq!(distinct("abca"), 3);
        for value in ["aaaaaaaa", "abcdefgh", "aabbccdd", "aaaaaabcdefghijk", "x9Kq2mZ7Lp3nR8vT5wYb", ""] {
            for least in [0.5, 1.9, 2.0, 2.1, 2.9, 3.0, 3.1, 4.0] {
                assert_eq!(reaches(value, least), shannon(value) >= least, "{value} {least}");
            }
        }
    }
}
