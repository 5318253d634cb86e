//! Personal data: what identifies or reaches a person.
//!
//! Numbers must prove themselves, by check digits, by a strict written form, or by a word beside them. A number that
//! a word such as `order` or `version` claims for something else is left alone.

mod address;
mod address_forms;
mod address_traces;
mod beside;
mod contact;
mod context;
mod dates;
mod labels;
mod lexicon;
mod machines;
mod name_runs;
mod name_words;
mod names;
mod names_east;
mod national;
mod payment;
mod proofs;
mod proofs_east;
mod rare;
mod shapes;
mod titles;
mod walk;

use crate::chars::is_alphanumeric;
use crate::config::{Config, PlanError};
use crate::effort::Effort;
use crate::patterns::{self, char_before};
use crate::stream::{RUN_BYTES_MAX, is_run_word};
use gnomon_types::finding::{Finding, FindingKind, View};
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use contact::CALLED_BYTES_MAX;
pub(crate) use dates::{BORN_BYTES_MAX, DATE_BYTES_MAX, may_be_born_behind};
pub(crate) use labels::is_bare_between;
pub(crate) use names::OWNED_BYTES_MAX;

/// The compiled detectors of personal data.
pub(crate) struct Personal {
    words: context::Words,
    payment: payment::Payment,
    contact: contact::Contact,
    machines: machines::Machines,
    national: national::National,
    addresses: address::Addresses,
    names: names::Names,
    eastern_names: names_east::EasternNames,
    config: Config,
}

/// Every type of personal data.
pub(crate) const TYPES: [&str; 9] =
    ["EMAIL", "PHONE", "IP", "CREDIT_CARD", "IBAN", "NATIONAL_ID", "DATE_OF_BIRTH", "ADDRESS", "PERSON"];

/// What a detector of personal data saw.
pub(crate) struct Datum {
    pub(crate) span: Range<usize>,
    pub(crate) type_: &'static str,
    pub(crate) rule: Cow<'static, str>,
    pub(crate) score: f32,
}

/// What was found in one text so far.
#[derive(Default)]
pub(crate) struct Data {
    list: Vec<Datum>,
    /// Claimed bytes: start to end, and what claimed them.
    claims: BTreeMap<usize, (usize, &'static str)>,
    /// What no word calls a value, though it has the form of one.
    unsaid: Vec<(Range<usize>, beside::Unsaid)>,
}

impl Data {
    fn push(&mut self, datum: Datum) {
        self.claims.insert(datum.span.start, (datum.span.end, datum.type_));
        self.list.push(datum);
    }

    /// Whether an earlier detector has claimed a part of the span.
    fn taken(&self, span: &Range<usize>) -> bool {
        self.claims.range(..span.end).next_back().is_some_and(|(_, (end, _))| *end > span.start)
    }

    /// Where the next value begins within a reach behind a place, and its type.
    fn next(&self, at: usize, reach: usize) -> Option<(usize, &'static str)> {
        self.claims.range(at..at + reach).next().map(|(start, (_, type_))| (*start, *type_))
    }

    /// Where the last value before a place ends, and its type.
    fn last(&self, at: usize) -> Option<(usize, &'static str)> {
        self.claims.range(..at).next_back().map(|(_, (end, type_))| (*end, *type_))
    }
}

impl Personal {
    pub(crate) fn new(config: &Config) -> Result<Self, PlanError> {
        Ok(Self {
            words: context::Words::new()?,
            payment: payment::Payment::new()?,
            contact: contact::Contact::new()?,
            machines: machines::Machines::new()?,
            national: national::National::new()?,
            addresses: address::Addresses::new()?,
            names: names::Names::new()?,
            eastern_names: names_east::EasternNames::new()?,
            config: config.clone(),
        })
    }

    /// Where a name in Han, kana or Hangul may begin that a form of address behind the text makes one.
    pub(crate) fn open_name(&self, text: &str) -> Option<usize> {
        self.eastern_names.open_in(text)
    }

    /// Compiles the patterns that wait for the first text in need of them.
    pub(crate) fn warm(&self) {
        dates::warm();
        address::Addresses::warm();
    }

    /// Appends everything found in the text, as far as the effort lasts.
    pub(crate) fn scan(&self, text: &str, findings: &mut Vec<Finding>, effort: &mut Effort) {
        let mut data = Data::default();
        let digits = walk::digit_runs(text);
        let words = digits.iter().filter(|run| is_a_word(text, run)).count();
        let long = digits.iter().filter(|run| run.len() >= LONG_DIGITS).count();
        if !effort.numbers(digits.len(), words, long) {
            return;
        }
        self.detect(text, &digits, &mut data, effort);
        for datum in data.list {
            debug_assert!(TYPES.contains(&datum.type_), "a type that policies cannot name");
            // The stream relies on it: a value of several words is a run, see `stream.rs`.
            if is_run(text, &datum.span) && self.config.wants(&datum.rule, datum.type_) {
                findings.push(Finding {
                    kind: FindingKind::Pii,
                    type_: Cow::Borrowed(datum.type_),
                    start: datum.span.start,
                    end: datum.span.end,
                    score: datum.score,
                    rule: datum.rule,
                    view: View::Plain,
                });
            }
        }
    }

    /// Runs the detectors one after the other, until the effort is spent.
    fn detect(&self, text: &str, digits: &[Range<usize>], data: &mut Data, effort: &mut Effort) {
        let numbers = Numbers { text, digits, words: &self.words };
        type Detector<'a> = &'a dyn Fn(&mut Data, &mut Effort);
        let of_numbers: [Detector<'_>; 6] = [
            &|data, _| self.payment.scan(&numbers, data),
            &|data, _| self.machines.scan(&numbers, data),
            &|data, effort| self.national.scan(&numbers, data, effort),
            &|data, _| dates::scan(&numbers, data),
            &|data, effort| self.contact.phones(&numbers, data, effort),
            &|data, effort| self.addresses.scan(&numbers, data, effort),
        ];
        let of_words: [Detector<'_>; 3] = [
            &|data, effort| self.names.scan(text, data, effort),
            &|data, _| self.eastern_names.scan(text, data),
            &|data, _| beside::scan(text, data),
        ];
        let emails: Detector<'_> = &|data, _| self.contact.emails(text, data);
        let of_numbers = of_numbers.into_iter().filter(|_| !digits.is_empty());
        for detector in std::iter::once(emails).chain(of_numbers).chain(of_words) {
            let known = data.list.len();
            detector(data, effort);
            if !effort.data(data.list.len().saturating_sub(known)) {
                return;
            }
        }
    }
}

/// What detectors of numbers look at: a text, where digits stand together in it, and the words that say what they are.
struct Numbers<'t> {
    text: &'t str,
    digits: &'t [Range<usize>],
    words: &'t context::Words,
}

/// Whether letters and digits are a number of Italy or Spain by their check digit, or one of Britain, which has none, by
/// the letters that are allowed.
pub(crate) fn is_national_number(code: &str, may_lack_a_check: bool) -> bool {
    let is_nino = || {
        let [first, second, rest @ ..] = code.as_bytes() else { return false };
        let [digits @ .., last] = rest else { return false };
        let prefix = [first, second].iter().all(|letter| letter.is_ascii_uppercase() && !b"DFIQUV".contains(letter));
        prefix
            && *second != b'O'
            && proofs::uk_nino(code)
            && digits.len() == 6
            && digits.iter().all(u8::is_ascii_digit)
            && (b'A'..=b'D').contains(last)
    };
    match code.len() {
        16 => proofs::it_fiscal_code(code),
        9 => {
            (code.starts_with(|c: char| c.is_ascii_digit() || "XYZ".contains(c)) && proofs::es_nif(code))
                || (may_lack_a_check && is_nino())
        }
        _ => false,
    }
}

/// Compiles a pattern of this module, as `patterns::compile` does. Those of Unicode words need more states than the
/// usual limit of the fast engine allows; beyond it the slow one takes over.
fn pattern(rule: &str, regex: &str) -> Result<Regex, PlanError> {
    RegexBuilder::new(&regex.replace(r"\b", r"(?-u:\b)"))
        .dfa_size_limit(16 << 20)
        .build()
        .map_err(|error| PlanError::Pattern { rule: rule.to_owned(), cause: error.to_string() })
}

/// The matches of a pattern within a window: long alternatives of Unicode words cost too much on whole texts.
fn matches_in<'t>(regex: &'t Regex, text: &'t str, window: Range<usize>) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = window.start;
    std::iter::from_fn(move || {
        let found = regex.find_at(text.get(..window.end)?, at)?;
        at = found.end().max(found.start() + 1);
        Some(found.range())
    })
}

/// Where numbers are that please, with `reach` bytes on both sides, merged where they touch.
fn windows_at_numbers(
    text: &str,
    digits: &[Range<usize>],
    reach: usize,
    pleases: impl Fn(Range<usize>) -> bool,
) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for run in digits.iter().filter(|run| pleases((*run).clone())) {
        let end = patterns::ceil(text, run.end + reach).min(text.len());
        match windows.last_mut() {
            Some(last) if run.start <= last.end + reach => last.end = end,
            _ => windows.push(patterns::floor(text, run.start.saturating_sub(reach))..end),
        }
    }
    windows
}

/// What a value touches in front: nothing, where a row of dots leads to it as in forms and lists of contents.
fn leads(text: &str, at: usize) -> Option<char> {
    char_before(text, at).filter(|c| !(*c == '.' && text.get(..at).is_some_and(|head| head.ends_with("..."))))
}

/// Whether a character makes a word or number longer. Scripts written without spaces touch everything.
pub(crate) fn glues(c: char) -> bool {
    is_alphanumeric(c) && !is_unspaced(c)
}

/// Of Thai, Lao, Tibetan, Burmese, Khmer, kana, Bopomofo, Han, Yi or Hangul.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{312f}' | '\u{3400}'..='\u{9fff}'
        | '\u{a000}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// A number of so many digits may be that of a telephone, a card or a person.
const LONG_DIGITS: usize = 6;

/// Whether blanks stand before digits or behind them: most detectors look closer at these alone.
fn is_a_word(text: &str, digits: &Range<usize>) -> bool {
    let is_blank = |at: usize| text.as_bytes().get(at) == Some(&b' ');
    is_blank(digits.end) || digits.start.checked_sub(1).is_some_and(is_blank)
}

/// Whether the value is short enough and made of words that a stream holds together.
fn is_run(text: &str, span: &Range<usize>) -> bool {
    let value = text.get(span.clone()).unwrap_or_default();
    let mut words = value.split_whitespace();
    words.next().is_some()
        && (words.next().is_none() || (span.len() <= RUN_BYTES_MAX - 32 && value.split_whitespace().all(is_run_word)))
}
