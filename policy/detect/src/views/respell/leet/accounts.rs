//! Bank accounts in leet: `D345` is `DE45`. Digits that stand for letters look like any others; the check digits of the
//! account tell them.

use crate::checks::{iban_length, iban_valid};
use crate::shape::Shape;

/// Letters that a digit stands for, likelier ones first.
pub(super) fn letters_of(c: char) -> &'static str {
    match c {
        '0' => "O",
        '1' => "IL",
        '2' => "Z",
        '3' => "E",
        '4' => "A",
        '5' => "S",
        '6' | '9' => "G",
        '7' => "T",
        '8' => "B",
        _ => "",
    }
}

/// Writes the account that begins at a place, if it is one; gives the end.
pub(super) fn write(reading: &mut Shape, text: &str, at: usize) -> Option<usize> {
    let chars: Vec<(usize, char)> = compact(text, at, LETTERS_MAX);
    let head: Vec<char> = chars.iter().take(4).map(|(_, c)| *c).collect();
    let [first, second, check @ ..] = head.as_slice() else { return None };
    if check.len() < 2 || !check.iter().all(char::is_ascii_digit) {
        return None;
    }
    let account = countries(*first, *second).find_map(|country| account(&chars, &country))?;
    // What goes on is a credential of which the beginning has the check digits by accident.
    let (last, _) = chars.get(account.len().checked_sub(1)?)?;
    if text.as_bytes().get(last + 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut end = at;
    for (read, (place, _)) in account.chars().zip(&chars) {
        reading.push_as_it_stood(text.get(end..*place)?, end);
        reading.push(read, *place..place + 1);
        end = place + 1;
    }
    Some(end)
}

/// More letters and digits has no account.
const LETTERS_MAX: usize = 34;

/// So many letters and digits at most from a place on to the end of the word, single blanks between them left out.
pub(super) fn compact(text: &str, at: usize, letters_max: usize) -> Vec<(usize, char)> {
    let mut chars = Vec::new();
    let mut is_blank = true;
    for (offset, c) in text.get(at..).unwrap_or_default().char_indices() {
        if c.is_ascii_alphanumeric() {
            chars.push((at + offset, c.to_ascii_uppercase()));
        } else if c != ' ' || is_blank {
            break;
        }
        is_blank = c == ' ';
        if chars.len() == letters_max {
            break;
        }
    }
    chars
}

/// The countries that two letters or digits may name.
fn countries(first: char, second: char) -> impl Iterator<Item = String> {
    let read = |c: char| Some(c).filter(char::is_ascii_alphabetic).into_iter().chain(letters_of(c).chars());
    read(first).flat_map(move |first| read(second).map(move |second| [first, second].iter().collect()))
}

/// The account of a country, with the letters that make its check digits right.
fn account(chars: &[(usize, char)], country: &str) -> Option<String> {
    let chars = chars.get(..iban_length(country)?)?;
    let lettered = |place: usize, letters: usize| {
        let c = chars.get(place).map(|(_, c)| *c);
        let read = c.and_then(|c| letters_of(c).chars().next());
        if (4..4 + letters).contains(&place) { read.or(c) } else { c }
    };
    // The bank is a number, has a letter in front, or is a name of four.
    [0, 1, 4].into_iter().find_map(|letters| {
        let rest: String = (2..chars.len()).filter_map(|place| lettered(place, letters)).collect();
        let account = format!("{country}{rest}");
        iban_valid(&account).then_some(account)
    })
}
