//! Dates of birth: a date with a word that says so.

use super::{Data, Datum, context, pattern};
use crate::checks::{digits, number, plausible_date};
use crate::config::PlanError;
use crate::patterns::{after, char_after, char_before};
use regex::Regex;
use std::borrow::Cow;

/// Compiled patterns of this file.
pub(super) struct Dates {
    numeric: Regex,
    written: Regex,
}

const MONTHS: &str = "jan(?:uar|uary|ner|vier|eiro)?|feb(?:ruar|ruary|ruari|brero)?|f[ée]vr(?:ier)?|febr(?:ero|aio)|fevereiro|m[äa]rz|mar(?:ch|s|zo|zec|ca|ço)?|maart|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|kwie(?:tnia|cień)|mai|may|mayo|maj|maja|mei|maggio|maio|jun(?:e|i|io|ho)?|juin|giugno|czerwca|jul(?:y|i|io|ho)?|juil(?:let)?|luglio|lipca|aug(?:ust|ustus)?|ao[uû]t|agosto|sierpnia|sep(?:t|tember|tembre|tiembre)?|setembro|settembre|wrze(?:śnia|sień)|o[ck]t(?:ober|obre|ubre)?|ottobre|outubro|października|nov(?:ember|embre|iembre|embro)?|listopada|d[eé][cz](?:ember|embre|embro)?|diciembre|dicembre|grudnia|stycznia|lutego|gennaio|enero";

impl Dates {
    pub(super) fn new() -> Result<Self, PlanError> {
        let written = format!(
            r"(?i)(?:[0-9]{{1,2}}(?:st|nd|rd|th|\.|er|º)?[ \-](?:de |of )?(?:{MONTHS})\.?,?[ \-](?:de |of )?(?:19|20)[0-9]{{2}}|(?:{MONTHS})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}})"
        );
        Ok(Self {
            numeric: pattern(
                "pii.date-of-birth",
                r"(?:(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?(?:(?:19|20)[0-9]{2}|[0-9]{2}))",
            )?,
            written: pattern("pii.date-of-birth", &written)?,
        })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        for found in self.numeric.find_iter(text) {
            if is_date(found.as_str()) && speaks_of_birth(text, found.start(), found.end()) {
                data.push(datum(found.range()));
            }
        }
        // Written months are rare: look only when a word of birth is there at all.
        if !context::names(&text.to_lowercase(), &BIRTH) {
            return;
        }
        for found in self.written.find_iter(text) {
            if speaks_of_birth(text, found.start(), found.end()) {
                data.push(datum(found.range()));
            }
        }
    }
}

fn datum(span: std::ops::Range<usize>) -> Datum {
    Datum { span, type_: "DATE_OF_BIRTH", rule: Cow::Borrowed("pii.date-of-birth"), score: 0.95 }
}

fn is_date(written: &str) -> bool {
    let parts: Vec<u64> = written.split(['-', '/', '.']).map(|part| number(&digits(part))).collect();
    let [a, b, c] = *parts.as_slice() else { return false };
    if a > 31 {
        return plausible_date(c, b, a);
    }
    let year = if c < 100 { 1900 + c } else { c };
    plausible_date(a, b, year) || plausible_date(b, a, year)
}

/// A word of birth shortly before the date, or directly behind it (`1990-01-02 (DOB)`).
fn speaks_of_birth(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let whole = edge(char_before(text, start)) && char_after(text, end).is_none_or(|c| !c.is_alphanumeric());
    whole
        && (context::names(&context::words_before(text, start, 36), &BIRTH)
            || context::names(&after(text, end, 8).to_lowercase(), &["(dob", "dob"]))
}

const BIRTH: [&str; 37] = [
    "born",
    "birth",
    "dob",
    "d.o.b",
    "b-day",
    "geboren",
    "geb.",
    "geburt",
    "né le",
    "née le",
    "né(e)",
    "naissance",
    "nacid",
    "nacim",
    "nato il",
    "nata il",
    "nascita",
    "nasc",
    "urodz",
    "ur.",
    "geboorte",
    "geb ",
    "nascido",
    "nascida",
    "født",
    "född",
    "född:",
    "födelse",
    "fødsel",
    "syntynyt",
    "születet",
    "narozen",
    "narodený",
    "născut",
    "роден",
    "γεννη",
    "doğum",
];
