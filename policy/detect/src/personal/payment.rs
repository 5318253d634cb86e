//! Payment cards and bank accounts.

use super::context::Class;
use super::{Data, Datum, Numbers, glues, leads, matches_in, pattern, walk};
use crate::checks;
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

/// Compiled patterns of this file.
pub(super) struct Payment {
    card: Regex,
}

impl Payment {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self { card: pattern("pii.credit-card", r"[1-6](?:[ \-\u{a0}.]?[0-9]){11,22}")? })
    }

    pub(super) fn scan(&self, numbers: &Numbers<'_>, data: &mut Data) {
        let Numbers { text, digits, words } = *numbers;
        let mut end = 0;
        for start in digits.iter().filter_map(|run| country_before(text, run)) {
            if start >= end
                && let Some(span) = iban_at(text, start)
            {
                end = span.end;
                data.push(Datum { span, type_: "IBAN", rule: Cow::Borrowed("pii.iban"), score: 0.99 });
            }
        }
        let may_be_cards =
            walk::numbers(text, digits, CARD_DIGITS_MIN, |signs| matches!(signs, [b' ' | b'-' | b'.'] | [0xc2, 0xa0]));
        for found in may_be_cards.flat_map(|number| matches_in(&self.card, text, number)) {
            let Some((span, sure)) = card_at(text, found) else {
                continue;
            };
            let class = words.nearest(text, span.start, 36).map(|word| word.class);
            if !data.taken(&span) && class != Some(Class::Thing) && (sure || class == Some(Class::Card)) {
                data.push(Datum { span, type_: "CREDIT_CARD", rule: Cow::Borrowed("pii.credit-card"), score: 0.97 });
            }
        }
    }
}

/// As many digits has the shortest number of a card.
const CARD_DIGITS_MIN: usize = 12;

/// Where the two letters of a country stand before at least two digits.
fn country_before(text: &str, digits: &Range<usize>) -> Option<usize> {
    let start = digits.start.checked_sub(2).filter(|_| digits.len() > 1)?;
    let letters = text.as_bytes().get(start..digits.start)?;
    letters.iter().all(u8::is_ascii_alphabetic).then_some(start)
}

/// The card number at the start of a run of digits, if brand, length and check digit fit, and whether the number alone
/// tells: odd lengths are rare.
fn card_at(text: &str, run: Range<usize>) -> Option<(Range<usize>, bool)> {
    if leads(text, run.start).is_some_and(|c| glues(c) || matches!(c, '.' | '-' | '+' | '_' | '/')) {
        return None;
    }
    let written = text.get(run.clone())?;
    let places: Vec<usize> =
        written.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(at, _)| at).collect();
    let digits = checks::digits(written);
    for &length in checks::card_lengths(&digits) {
        let (Some(head), Some(last)) = (digits.get(..length), length.checked_sub(1).and_then(|n| places.get(n))) else {
            continue;
        };
        let end = run.start + last + 1;
        let free = char_after(text, end).is_none_or(|c| !glues(c) && c != '_');
        let body = text.get(run.start..end)?;
        if free && checks::luhn(head) && !checks::monotone(head) && grouped_like_a_card(body) {
            let sure = matches!(length, 15 | 16) || body.len() > length;
            return Some((run.start..end, sure));
        }
    }
    None
}

/// Digits together, or groups of four to six as cards are printed, with one kind of separator.
fn grouped_like_a_card(body: &str) -> bool {
    let separators: Vec<char> = body.chars().filter(|c| !c.is_ascii_digit()).collect();
    let Some(first) = separators.first() else { return true };
    if *first == '.' || separators.iter().any(|c| c != first) {
        return false;
    }
    let mut groups = body.split(*first).map(str::len).collect::<Vec<_>>();
    let last = groups.pop().unwrap_or_default();
    groups.iter().all(|length| (4..=6).contains(length)) && (1..=7).contains(&last)
}

/// The IBAN that starts here, if the country's length and the check digits fit.
fn iban_at(text: &str, start: usize) -> Option<Range<usize>> {
    if char_before(text, start).is_some_and(glues) {
        return None;
    }
    let tail = text.get(start..)?;
    let country = tail.get(..2)?.to_ascii_uppercase();
    let length = checks::iban_length(&country)?;
    let mut compact = String::with_capacity(length);
    let mut end = start;
    let mut separated = false;
    for (at, c) in tail.char_indices() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' => {
                compact.push(c.to_ascii_uppercase());
                end = start + at + 1;
                separated = false;
            }
            ' ' | '-' | '\u{a0}' if !separated => separated = true,
            _ => break,
        }
        if compact.len() == length {
            break;
        }
    }
    let free = char_after(text, end).is_none_or(|c| !glues(c));
    // Letters of both cases are words (`de12 Is 3`) or random ones of an encoding. The country is often in capitals alone.
    let letters = text.get(start..end)?.bytes().filter(u8::is_ascii_alphabetic).skip(2);
    let small = letters.clone().filter(u8::is_ascii_lowercase).count();
    let mixed_case = small > 0 && small < letters.count();
    (compact.len() == length && free && !mixed_case && checks::iban_valid(&compact)).then_some(start..end)
}
