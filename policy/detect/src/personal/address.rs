//! Postal addresses: a street in the form of its country with a house number, and the place behind it.
//!
//! A form that names a kind of street stands on its own; mere words with a number need a place with its code behind.

use super::address_forms::{PLACE, STREETS, VAGUE};
use super::address_traces::Kinds;
use super::context::{Class, Words};
use super::lexicon::{Endings, Lexicon, Marks};
use super::rare::Rare;
use super::{Data, Datum, Numbers, matches_in, walk, windows_at_numbers};
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::config::PlanError;
use crate::effort::Effort;
use crate::patterns::{after, before, char_after, char_before};
use crate::stream::RUN_BYTES_MAX;
use std::borrow::Cow;
use std::ops::Range;

/// The search of this file.
pub(super) struct Addresses {
    kinds: Kinds,
    beside: Beside,
}

/// Words that stand beside the numbers of houses and places, and what such words end with.
struct Beside {
    words: Lexicon,
    endings: Endings,
}

impl Addresses {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self { kinds: Kinds::new()?, beside: Beside::new() })
    }

    /// Compiles what waits for its first use.
    pub(super) fn warm() {
        [&STREETS, &PLACE].into_iter().chain(&VAGUE).for_each(|pattern| {
            pattern.get();
        });
    }

    pub(super) fn scan(&self, numbers: &Numbers<'_>, data: &mut Data, effort: &mut Effort) {
        let Numbers { text, digits, words } = *numbers;
        let traces = self.kinds.traces(text, digits);
        if traces.streets.is_empty() && traces.vague.is_empty() {
            return;
        }
        let near = |traces: &[usize], run: &Range<usize>| {
            walk::is_any_in(traces, &(run.start.saturating_sub(2 * RUN_BYTES_MAX)..run.end + 2 * RUN_BYTES_MAX))
        };
        let windows = windows_at_numbers(text, digits, RUN_BYTES_MAX, |run| {
            (near(&traces.streets, &run) || near(&traces.vague, &run)) && self.beside.has(text, run)
        });
        if !effort.streets(windows.iter().map(Range::len).sum()) {
            return;
        }
        let mut search = |pattern: &Rare, traces: &[usize], vague: bool| {
            if traces.is_empty() {
                return;
            }
            let Some(pattern) = pattern.get() else { return };
            for window in windows.iter().filter(|window| walk::is_any_in(traces, window)) {
                for street in matches_in(pattern, text, window.clone()) {
                    self.take(text, words, street, vague, data);
                }
            }
        };
        search(&STREETS, &traces.streets, false);
        VAGUE.iter().for_each(|pattern| search(pattern, &traces.vague, true));
    }

    fn take(&self, text: &str, words: &Words, street: Range<usize>, vague: bool, data: &mut Data) {
        if char_before(text, street.start).is_some_and(is_alphanumeric)
            || char_after(text, street.end).is_some_and(is_alphanumeric)
        {
            return;
        }
        let street = street.start + label_bytes(text, &street)..street.end;
        let rest = text.get(street.end..).unwrap_or_default();
        let place = PLACE.get().and_then(|place| place.find(rest)).map_or(0, |place| place.end());
        let numbered = text.get(street.clone()).is_some_and(|street| street.bytes().any(|byte| byte.is_ascii_digit()));
        // Without number and place it is only the name of a street.
        if place == 0 && (vague || !numbered || is_weak(text, &street)) {
            return;
        }
        // `Root CA 2 2023 X` has numbers and capitals, too.
        if vague && place > 0 && text.get(street.end..).is_some_and(|rest| rest.starts_with(' ')) {
            return;
        }
        if vague && text.get(street.start..street.end + place).is_some_and(are_norms) {
            return;
        }
        let thing = words.nearest_of(text, street.start, 20, |class| class == Class::Thing);
        if thing.is_some_and(|word| word.gap.trim().is_empty()) {
            return;
        }
        let before = if place == 0 { place_before(text, street.start) } else { 0 };
        let span = street.start - before..end_of(text, street.start..street.end + place);
        let free = char_after(text, span.end).is_none_or(|c| !is_alphanumeric(c));
        if free && !data.taken(&span) {
            let score = if place > 0 { 0.9 } else { 0.75 };
            data.push(Datum { span, type_: "ADDRESS", rule: Cow::Borrowed("pii.address"), score });
        }
    }
}

/// `RAL 7016, ISO 12944`: short words in capitals with numbers, and no name among them.
fn are_norms(written: &str) -> bool {
    let mut words = written.split(|c: char| !is_alphanumeric(c)).filter(|word| !word.is_empty());
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    words.all(|word| number(word) || (word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase())))
}

/// Kinds of streets and labels of their numbers.
const BESIDE: [&str; 52] = [
    "rue",
    "avenue",
    "boulevard",
    "chemin",
    "place",
    "allée",
    "impasse",
    "quai",
    "route",
    "cours",
    "square",
    "passage",
    "bis",
    "ter",
    "utca",
    "út",
    "útja",
    "u",
    "tér",
    "tere",
    "krt",
    "körút",
    "köz",
    "sor",
    "sétány",
    "fasor",
    "ulica",
    "ulice",
    "cesta",
    "trg",
    "put",
    "naselje",
    "gatvė",
    "g",
    "pr",
    "iela",
    "bulvāris",
    "prospekts",
    "tänav",
    "tn",
    "mnt",
    "pst",
    "puiestee",
    "maantee",
    "tie",
    "weg",
    "straat",
    "street",
    "road",
    "nr",
    "vei",
    "gate",
];

/// In the list of kinds and labels.
const LISTED: Marks = Marks::nth(0);
/// None of them is longer.
const BESIDE_BYTES_MAX: usize = 16;
/// Nor is any word of a street, with the blanks behind it. What holds numbers may be a word of a million letters.
const BESIDE_REACH: usize = 96;

impl Beside {
    fn new() -> Self {
        let mut words = Lexicon::default();
        BESIDE.iter().for_each(|word| words.add(word, LISTED));
        let long: Vec<String> = BESIDE.iter().filter(|word| word.len() > 2).map(|word| (*word).to_owned()).collect();
        Self { words, endings: Endings::new(&long) }
    }

    /// Whether a number may be that of a house or a place: a word with a capital or a kind of street stands beside it.
    fn has(&self, text: &str, digits: Range<usize>) -> bool {
        if digits.len() > 8 {
            return false;
        }
        let is_name = |word: &str| {
            word.starts_with(char::is_uppercase)
                || (word.len() <= BESIDE_BYTES_MAX && self.words.marks(word).has(LISTED))
        };
        let head = before(text, digits.start, BESIDE_REACH);
        let before = head.trim_end_matches([' ', '\n', '.', ',']).rsplit(|c: char| !is_alphanumeric(c)).next();
        let tail = after(text, digits.end, BESIDE_REACH);
        let mut behind = tail.split(|c: char| !is_alphanumeric(c)).filter(|word| !word.is_empty());
        let near = |word: &str| is_name(word) || self.endings.any(word.as_bytes(), |_| true);
        before.is_some_and(near) || behind.by_ref().take(2).any(is_name)
    }
}

/// Whether its kind of street is also the end of other words (`During 2021`) or a word of its own (`put 1`).
fn is_weak(text: &str, street: &Range<usize>) -> bool {
    const ENDS: [&str; 31] = [
        "ring",
        "berg",
        "hof",
        "markt",
        "pad",
        "gate",
        "tie",
        "vei",
        "vej",
        "steig",
        "stieg",
        "graben",
        "kamp",
        "weide",
        "kade",
        "dijk",
        "backen",
        " put",
        " sor",
        " köz",
        " u.",
        " g.",
        " pr.",
        " tn",
        " mnt",
        " pst",
        " pot",
        " steza",
        " údolie",
        "baan",
        "boulevard",
    ];
    let written = text.get(street.clone()).unwrap_or_default().to_lowercase();
    let name = written.trim_end_matches(|c: char| !is_alphabetic(c) && c != '.').trim_end();
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Bytes of a place with its code that stands before its street: `1061 Budapest, `, `125009, Москва, `.
fn place_before(text: &str, at: usize) -> usize {
    let head = before(text, at, 64);
    let Some(town) = head.strip_suffix(", ") else { return 0 };
    let town = town.rsplit_once(", г. ").map_or(town, |(code, _)| code);
    let code = town.trim_end_matches(|c: char| is_alphabetic(c) || matches!(c, ' ' | ',' | '-' | '.'));
    let named = town.get(code.len()..).unwrap_or_default().trim_start_matches([' ', ',']);
    let digits = code.bytes().rev().take_while(u8::is_ascii_digit).count();
    let start = code.len() - digits;
    let apart = code
        .get(..start)
        .is_some_and(|head| head.is_empty() || head.ends_with([' ', ':', '\t', '"', '\'', '(', ';', '|', '\n']));
    let titled = town.len() < head.len() - 2 || named.starts_with(char::is_uppercase);
    if matches!(digits, 4..=6) && apart && titled { head.len() - start } else { 0 }
}

/// Bytes of a capitalised word before the street that only says what follows.
fn label_bytes(text: &str, street: &Range<usize>) -> usize {
    const LABELS: [&str; 14] = [
        "Address",
        "Adresse",
        "Adres",
        "Anschrift",
        "Lieferadresse",
        "Indirizzo",
        "Dirección",
        "Morada",
        "Adresa",
        "Adress",
        "Wohnhaft",
        "Osoite",
        "Aadress",
        "Adrese",
    ];
    let words = text.get(street.clone()).unwrap_or_default();
    if let Some(dots) = words.rfind("...") {
        return dots + 3;
    }
    LABELS
        .iter()
        .filter_map(|label| words.strip_prefix(label)?.strip_prefix(' ').map(|_| label.len() + 1))
        .max()
        .unwrap_or(0)
}

/// The end without signs and without the label of what comes next.
fn end_of(text: &str, span: Range<usize>) -> usize {
    let mut written = text.get(span.clone()).unwrap_or_default();
    for label in [" Tel", " Telefon", " Phone", " Fax", " Email", " Mail", " IBAN", " Mobil"] {
        written = written.strip_suffix(label).unwrap_or(written);
    }
    span.start + written.trim_end_matches(['.', ',', '-', '\'', ' ', '\n']).len()
}
