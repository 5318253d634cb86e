//! Numbers that what comes behind them may explain: the next cell of a row (`01 234 5678 · ana@example.org`,
//! `<td>01234567</td><td>ana@example.org</td>`), the verb of calling, or a word of birth.

use super::hold::is_break;
use crate::patterns::before;
use crate::personal::{BORN_BYTES_MAX, CALLED_BYTES_MAX, DATE_BYTES_MAX, is_bare_between, may_be_born_behind};

const NUMBER_BYTES_MAX: usize = 48;
/// Signs and tags between two cells.
const GAP_BYTES_MAX: usize = 32;
/// A name of 64 bytes, its sign, and a host of 255.
const CELL_BYTES_MAX: usize = 320;

/// Numbers of telephones and dates have so many digits, or more.
const DIGITS_MIN: usize = 6;
/// Those that only a verb tells have more.
const CALLED_DIGITS_MIN: usize = 8;

/// Where the number begins whose row the text ends with, in the cell behind it or in what parts the two.
pub(super) fn number_in(text: &str) -> Option<usize> {
    let head = text.trim_end_matches(|c: char| !c.is_whitespace() && !is_break(c));
    if text.len() - head.len() > CELL_BYTES_MAX {
        return None;
    }
    let near = before(head, head.len(), GAP_BYTES_MAX + 1);
    // The last digits may be those of a tag.
    near.rmatch_indices(|c: char| c.is_ascii_digit()).find_map(|(at, _)| {
        let (written, gap) = head.split_at_checked(head.len() - near.len() + at + 1)?;
        let is_gap = !gap.is_empty() && !gap.contains('\n') && is_bare_between(gap);
        number_at_the_end(written, DIGITS_MIN).filter(|_| is_gap)
    })
}

/// Where the number of a signature begins, below which an address of mail may stand in a line of its own.
pub(super) fn signed_number_in(text: &str) -> Option<usize> {
    let (head, line) = before(text, text.len(), SIGNED_BYTES_MAX + 1).rsplit_once('\n')?;
    let head = head.strip_suffix('\r').unwrap_or(head);
    let number = number_at_the_end(text.get(..text.len() - line.len())?.trim_end_matches(['\r', '\n']), DIGITS_MIN)?;
    (head.ends_with(|c: char| c.is_ascii_digit()) && !line.contains(' ')).then_some(number)
}

/// So far below its number the address counts.
const SIGNED_BYTES_MAX: usize = 64;

/// Where the number begins behind which the verb of calling may still come: `unter 030 1234567 am Montag mel`.
pub(super) fn called_number_in(text: &str) -> Option<usize> {
    let clause = behind_digits(text, CALLED_BYTES_MAX)?;
    let is_over = clause.contains([',', ';', '\n', '.']);
    number_at_the_end(text.get(..text.len() - clause.len())?, CALLED_DIGITS_MIN).filter(|_| !is_over)
}

/// Where the date begins behind which a word of birth may still come: `am 1. Mai 1990 als Sohn eines Bauern gebo`.
pub(super) fn dated_in(text: &str) -> Option<usize> {
    let clause = behind_digits(text, MONTH_BYTES_MAX + BORN_BYTES_MAX)?;
    let date = date_at_the_end(text.get(..text.len() - clause.len())?)?;
    // `(DOB)` may stand behind any blanks.
    let is_bracketed = clause.len() <= BRACKET_BYTES_MAX && is_bracket(clause.trim_start());
    (is_bracketed || may_be_born_behind(clause.strip_prefix(". ").unwrap_or(clause))).then_some(date)
}

fn is_bracket(clause: &str) -> bool {
    clause.is_empty() || clause.starts_with('(')
}

/// With the bracket and its word no more is read behind a date.
const BRACKET_BYTES_MAX: usize = 8;

/// A date may end with a month: `1990. gada 5. septembris`.
const MONTH_BYTES_MAX: usize = 24;

/// What stands behind the last digit, if that is no farther than so many bytes from the end.
fn behind_digits(text: &str, bytes_max: usize) -> Option<&str> {
    let near = before(text, text.len(), bytes_max);
    let clause = near.rsplit(|c: char| c.is_ascii_digit()).next()?;
    (clause.len() < near.len()).then_some(clause)
}

/// Where a date begins that ends with the text, or its month with which it may begin: numbers with signs between them, or
/// a year and a day.
fn date_at_the_end(written: &str) -> Option<usize> {
    let near = before(written, written.len(), DATE_BYTES_MAX).rsplit('\n').next()?;
    let numeric = near.rsplit(|c: char| !c.is_ascii_digit() && !" ./-".contains(c)).next()?;
    let runs: Vec<&str> = near.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let is_numeric = numeric.bytes().filter(|byte| b"./-".contains(byte)).count() >= 2;
    let is_written = runs.iter().any(|run| run.len() == 4) && runs.iter().any(|run| run.len() <= 2);
    if !is_numeric && !is_written {
        return None;
    }
    let head = near.get(..near.find(|c: char| c.is_ascii_digit())?)?;
    let before_month = head.trim_end().trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
    Some(written.len() - near.len() + before_month.len())
}

fn number_at_the_end(written: &str, digits_min: usize) -> Option<usize> {
    let number = before(written, written.len(), NUMBER_BYTES_MAX);
    let others = number.trim_end_matches(|c: char| c.is_ascii_digit() || " ()/.+-".contains(c));
    let number = number.strip_prefix(others)?.trim_start();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (digits >= digits_min).then_some(written.len() - number.len())
}
