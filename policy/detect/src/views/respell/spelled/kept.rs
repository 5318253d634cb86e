//! Numbers, accounts and names in letters without gaps: what must not be parted, and where names must be.

use crate::chars::is_alphabetic;
use crate::checks::{iban_length, iban_valid};
use std::ops::Range;

/// What the edges of words must not cut.
pub(super) fn wholes(letters: &[char]) -> Vec<Range<usize>> {
    let mut wholes = Vec::new();
    let mut at = 0;
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        // A number does not begin within digits.
        let within = at.checked_sub(1).and_then(|before| letters.get(before)).is_some_and(char::is_ascii_digit);
        match whole_length(rest).filter(|_| !within) {
            Some(length) => {
                wholes.push(at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
    wholes
}

/// Cuts at both ends of each whole and nowhere in it; and puts the ends of names of places back on: `Char|lotte|side`.
pub(super) fn keep(letters: &[char], wholes: &[Range<usize>], ends: &mut Vec<usize>) {
    ends.retain(|end| !is_inside(wholes, *end));
    ends.extend(wholes.iter().flat_map(|whole| [whole.start, whole.end]).filter(|end| *end > 0));
    ends.sort_unstable();
    ends.dedup();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let tails: Vec<usize> = starts
        .zip(ends.iter().copied())
        .filter(|(start, end)| is_tail(letters, *start, *end))
        .map(|(_, end)| end)
        .collect();
    ends.retain(|end| tails.binary_search(end).is_err());
}

/// Whether a place is between two letters of a whole.
pub(super) fn is_inside(wholes: &[Range<usize>], place: usize) -> bool {
    let before = wholes.partition_point(|whole| whole.start < place);
    before.checked_sub(1).and_then(|at| wholes.get(at)).is_some_and(|whole| place < whole.end)
}

/// Where names begin among the cells of a row, whose other words cannot be told: `;AnnaBerg;`.
pub(super) fn names_of_cells(letters: &[char]) -> Vec<usize> {
    let is_row = letters.iter().any(|c| matches!(c, ';' | ',' | '|'));
    let cells = letters.split(|c| !is_alphabetic(*c) && !matches!(c, '-' | '\''));
    let mut at = 0;
    let mut places = Vec::new();
    for cell in cells.filter(|_| is_row) {
        let begins = |place: &usize| match cell.get(place.saturating_sub(1)..place + 2) {
            Some([before, capital, behind]) => before.is_lowercase() && capital.is_uppercase() && behind.is_lowercase(),
            _ => false,
        };
        let found: Vec<usize> = (1..cell.len()).filter(begins).map(|place| at + place).collect();
        if cell.first().is_some_and(|c| c.is_uppercase()) && (1..=3).contains(&found.len()) {
            places.extend(found);
        }
        at += cell.len() + 1;
    }
    places
}

/// Ends of the names of towns and streets which are words, too.
const TAILS: [&str; 42] = [
    "side", "town", "ton", "haven", "ville", "ward", "land", "shire", "berg", "burg", "pad", "hof", "weg", "strasse",
    "straße", "gasse", "platz", "singel", "dijk", "kade", "laan", "straat", "mouth", "bury", "stad", "fort", "port",
    "chester", "view", "furt", "borough", "stein", "allee", "field", "ford", "wood", "worth", "dorf", "heim", "bach",
    "markt", "gate",
];

/// Whether the piece that begins behind an end is only the tail of a name with a capital before it.
fn is_tail(letters: &[char], start: usize, end: usize) -> bool {
    let capital = letters.get(start).is_some_and(|c| c.is_uppercase());
    let tail: String = letters.iter().skip(end).take(8).take_while(|c| c.is_lowercase()).collect();
    let behind = letters.get(end + tail.chars().count());
    capital && end - start > 2 && behind.is_none_or(|c| !is_alphabetic(*c)) && TAILS.contains(&tail.as_str())
}

/// The length of the account, number or address that begins here.
fn whole_length(letters: &[char]) -> Option<usize> {
    account_length(letters).or_else(|| number_length(letters)).or_else(|| address_length(letters))
}

/// The length of the account that begins here, if its check digits say so.
fn account_length(letters: &[char]) -> Option<usize> {
    let [first, second, third, fourth, ..] = letters else { return None };
    if !(first.is_ascii_uppercase() && second.is_ascii_uppercase()) {
        return None;
    }
    if !(third.is_ascii_digit() && fourth.is_ascii_digit()) {
        return None;
    }
    let length = iban_length(&String::from_iter([first, second]))?;
    iban_valid(&letters.get(..length)?.iter().collect::<String>()).then_some(length)
}

/// National numbers with letters, by their form: of Italy, Britain, Spain.
fn number_length(letters: &[char]) -> Option<usize> {
    const FORMS: [&str; 4] = ["AAAAAA00A00A000A", "AA000000A", "00000000A", "A0000000A"];
    let fits = |form: &&str| {
        let written = letters.get(..form.len());
        written.is_some_and(|written| {
            written.iter().zip(form.bytes()).all(|(c, kind)| match kind {
                b'A' => c.is_ascii_uppercase(),
                _ => c.is_ascii_digit(),
            })
        }) && letters.get(form.len()).is_none_or(|c| !c.is_ascii_uppercase() && !c.is_ascii_digit())
    };
    FORMS.iter().find(|form| fits(form)).map(|form| form.len())
}

/// Addresses of IPv6, whose groups are words and numbers.
fn address_length(letters: &[char]) -> Option<usize> {
    const GROUPS_MIN: usize = 6;
    let (mut at, mut groups) = (0, 0);
    loop {
        let group =
            letters.iter().skip(at).take(5).take_while(|c| c.is_ascii_digit() || ('a'..='f').contains(*c)).count();
        if !(1..=4).contains(&group) {
            return None;
        }
        (at, groups) = (at + group, groups + 1);
        match letters.get(at) {
            Some(':') if letters.get(at + 1).is_some_and(char::is_ascii_hexdigit) => at += 1,
            _ => return (groups >= GROUPS_MIN).then_some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(text: &str, ends: &[usize]) -> String {
        let letters: Vec<char> = text.chars().collect();
        let mut ends = ends.to_vec();
        keep(&letters, &wholes(&letters), &mut ends);
        letters
            .iter()
            .enumerate()
            .flat_map(|(at, c)| [(ends.contains(&at)).then_some('|'), Some(*c)])
            .flatten()
            .collect()
    }

    #[test]
    fn numbers_stay_whole_and_names_of_towns_keep_their_ends() {
        assert_eq!(parted("documentoMBNPLR65T24E378Bpide", &[4, 9, 25, 29]), "docu|mento|MBNPLR65T24E378B|pide");
        assert_eq!(parted("toDE89370400440532013000and", &[4, 24]), "to|DE89370400440532013000|and");
        assert_eq!(
            parted("fromba10:ecc2:8f16:4dfc:69bb:11b:96e7:9908", &[4, 6]),
            "from|ba10:ecc2:8f16:4dfc:69bb:11b:96e7:9908"
        );
        assert_eq!(parted("toCharlotteside,WV", &[2, 11]), "to|Charlotteside,WV");
        assert_eq!(parted("sideways", &[4]), "side|ways");
    }

    #[test]
    fn cells_with_two_capitals_are_names() {
        let letters: Vec<char> = "AnnaBerg;annaBerg;aB@x.org;AnnaMariaBerg".chars().collect();
        assert_eq!(names_of_cells(&letters), [4, 31, 36]);
        assert!(names_of_cells(&"AnnaBerg".chars().collect::<Vec<_>>()).is_empty());
    }
}
