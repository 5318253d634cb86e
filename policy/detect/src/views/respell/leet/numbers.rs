//! National numbers in leet: `541842287` may be `54184228T`. Where letters stand is fixed by the form, and which they are
//! the check digit tells.

use super::accounts::{compact, letters_of};
use crate::personal::is_national_number;
use crate::shape::Shape;

/// `A` for a letter, `0` for a digit: numbers of Italy, Spain and Britain.
const FORMS: [&str; 4] = ["AAAAAA00A00A000A", "00000000A", "A0000000A", "AA000000A"];
/// More letters and digits has none.
const LETTERS_MAX: usize = 16;

/// Writes the number that begins at a place, if it is one; gives the end.
pub(super) fn write(reading: &mut Shape, text: &str, at: usize) -> Option<usize> {
    let chars = compact(text, at, LETTERS_MAX);
    let written: String =
        FORMS.iter().find_map(|form| spelled(&chars, form).filter(|_| is_whole(text, &chars, form)))?;
    let mut end = at;
    for (read, (place, _)) in written.chars().zip(&chars) {
        reading.push_as_it_stood(text.get(end..*place)?, end);
        reading.push(read, *place..place + 1);
        end = place + 1;
    }
    Some(end)
}

/// The number in its form, if digits stood for some of its letters and it proves itself.
fn spelled(chars: &[(usize, char)], form: &str) -> Option<String> {
    let given = chars.get(..form.len())?;
    let are_letters = |given: &[(usize, char)]| given.iter().any(|(_, c)| c.is_ascii_alphabetic());
    // Sixteen digits are a card or an amount, and hexadecimal numbers have letters too.
    if form.len() == LETTERS_MAX && !are_letters(given) {
        return None;
    }
    let may_lack_a_check = given.get(..2).is_some_and(are_letters) && !is_hexadecimal(given);
    let changed = given.iter().zip(form.bytes()).any(|((_, c), kind)| kind == b'A' && c.is_ascii_digit());
    let read = |(c, kind): (char, u8)| match kind {
        b'A' if c.is_ascii_digit() => letters_of(c).chars().next(),
        b'A' => Some(c),
        _ => Some(c).filter(char::is_ascii_digit),
    };
    let number: String = given.iter().map(|(_, c)| *c).zip(form.bytes()).map(read).collect::<Option<_>>()?;
    (changed && is_national_number(&number, may_lack_a_check)).then_some(number)
}

/// `0x100200D`, `5A08 2170D`. In pairs nobody writes them.
fn is_hexadecimal(given: &[(usize, char)]) -> bool {
    let places: Vec<usize> = given.iter().map(|(place, _)| *place).collect();
    let gaps: Vec<usize> =
        (1..).zip(places.array_windows()).filter(|(_, [a, b])| b - a > 1).map(|(at, _)| at).collect();
    let letters: String = given.iter().map(|(_, c)| *c).collect();
    let is_one = letters.starts_with("0X") || letters.chars().all(|c| c.is_ascii_hexdigit());
    if gaps.is_empty() { is_one } else { gaps != [2, 4, 6, 8] }
}

/// Whether the word ends with the number. Digits alone in groups are a number of their own.
fn is_whole(text: &str, chars: &[(usize, char)], form: &str) -> bool {
    let Some(((first, _), (last, _))) = chars.first().zip(form.len().checked_sub(1).and_then(|at| chars.get(at)))
    else {
        return false;
    };
    let grouped = last - first >= form.len();
    let lettered = chars.iter().take(form.len()).any(|(_, c)| c.is_ascii_alphabetic());
    let mut behind = text.get(last + 1..).unwrap_or_default().bytes();
    let next = behind.next();
    let goes_on = next.is_some_and(|byte| byte.is_ascii_alphanumeric())
        || (next == Some(b' ') && behind.next().is_some_and(|byte| byte.is_ascii_digit()));
    !goes_on && (lettered || !grouped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_tells_the_letters() {
        let read = |text: &str| {
            let mut reading = Shape::empty();
            let end = write(&mut reading, text, 0)?;
            Some((reading.text, end))
        };
        assert_eq!(read("123456187 x"), Some(("12345618T".to_owned(), 9)));
        assert_eq!(read("R55MR48571045625"), Some(("RSSMRA85T10A562S".to_owned(), 16)));
        assert_eq!(read("P4 57 65 94 4, y"), Some(("PA 57 65 94 A".to_owned(), 13)));
        assert_eq!(read("123456188"), None);
        assert_eq!(read("123 456 187 and"), None);
        assert_eq!(read("123456187 0"), None);
        assert_eq!(read("12345618T"), None);
        for hexadecimal in ["0x100200D", "5A08 2170D", "5A082170D"] {
            assert_eq!(read(hexadecimal), None, "{hexadecimal}");
        }
        assert_eq!(read("5551485710456255"), None);
        // No number of Britain begins so.
        for prefix in ["P0", "7N"] {
            assert_eq!(read(&format!("{prefix} 57 65 94 4, y")), None, "{prefix}");
        }
    }
}
