//! Numbers and credentials in a text in leet, which are kept as they are, but for the words that stand in them.
//!
//! Which digits of a credential stood for letters nobody can tell. What its rule goes by can be told: the words before
//! it, and the letters with which it begins.

use super::{NAMES, WORD_BYTES_MAX, is_address, letter};
use crate::shape::Shape;
use crate::views::respell::spelled::Words;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// From this length on, letters among figures are a credential.
const FIGURES_MIN: usize = 16;
/// Shorter words may be read from numbers by accident.
const WORD_MIN: usize = 3;
const SIGN_MIN: usize = 3;
const SIGN_MAX: usize = 24;

/// A number, or letters among figures for longer than words are.
pub(super) fn is_figure(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    if is_spelled(word, letters) {
        return false;
    }
    digits > letters || (!is_address(word) && digits > 0 && word.len() >= FIGURES_MIN)
}

/// Small letters and digits by turns, as names have them in this spelling and numbers do not: `4l3j4`, `K4rl-H31nz`.
fn is_spelled(word: &str, letters: usize) -> bool {
    let bytes = word.as_bytes();
    let turns = bytes.array_windows().filter(|[a, b]| a.is_ascii_digit() != b.is_ascii_digit()).count();
    turns >= TURNS_MIN
        && (letters > 1 || bytes.len() >= LONG_NAME_MIN)
        && word.split('-').all(|part| part.len() < FIGURES_MIN)
        && bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().all(|byte| byte.is_ascii_alphabetic() || b"013457-.!".contains(byte))
}

const TURNS_MIN: usize = 2;
/// With one letter left, shorter words may be anything.
const LONG_NAME_MIN: usize = 6;

/// The words that rules of credentials go by, as their patterns want them written, by how they read.
pub(in crate::views::respell) struct Signs {
    /// By their first three bytes, the longest first, each with how it is written.
    signs: BTreeMap<[u8; SIGN_MIN], Vec<(String, String)>>,
    /// What their first bytes read as.
    first: [bool; 256],
}

impl Signs {
    /// Of words and the patterns that they belong to.
    pub(in crate::views::respell) fn new<'a>(signs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let long_enough = signs.filter(|(word, _)| (SIGN_MIN..=SIGN_MAX).contains(&word.len()) && word.is_ascii());
        let entries = long_enough.map(|(word, pattern)| {
            let pattern = pattern.replace('\\', "");
            let at = pattern.to_ascii_lowercase().find(&word.to_ascii_lowercase());
            let written = at.and_then(|at| pattern.get(at..at + word.len())).unwrap_or(word);
            (folded(word), written.to_owned())
        });
        let entries: BTreeMap<String, String> = entries.collect();
        let mut signs: BTreeMap<[u8; SIGN_MIN], Vec<(String, String)>> = BTreeMap::new();
        for (sign, written) in entries {
            if let Some(begin) = sign.as_bytes().first_chunk() {
                signs.entry(*begin).or_default().push((sign, written));
            }
        }
        signs.values_mut().for_each(|signs| signs.sort_by_key(|(sign, _)| Reverse(sign.len())));
        let mut first = [false; 256];
        for (byte, is_first) in (0..=u8::MAX).zip(&mut first) {
            *is_first = signs.keys().any(|sign| sign.first() == Some(&read_byte(byte)));
        }
        Self { signs, first }
    }

    /// Whether a sign may begin a text when it is read.
    fn may_begin(&self, text: &[u8]) -> bool {
        text.first().is_some_and(|byte| self.first.get(usize::from(*byte)).is_some_and(|is_first| *is_first))
    }

    /// Whether a word is one of the signs when two of its digits and more are read as letters: the name of a service.
    pub(super) fn names(&self, word: &[u8]) -> bool {
        word.iter().filter(|byte| byte.is_ascii_digit()).count() > 1
            && self.begin(word).is_some_and(|sign| sign.len() == word.len())
    }

    /// The longest sign with which a text begins when it is read.
    fn begin(&self, text: &[u8]) -> Option<&str> {
        let first: [u8; SIGN_MIN] = *text.first_chunk()?;
        if !self.may_begin(text) {
            return None;
        }
        let reads = |sign: &str| {
            let stands = text.get(..sign.len());
            stands.is_some_and(|stands| stands.iter().zip(sign.bytes()).all(|(byte, read)| read_byte(*byte) == read))
        };
        let signs = self.signs.get(&first.map(read_byte))?;
        signs.iter().find(|(sign, _)| reads(sign)).map(|(_, written)| written.as_str())
    }
}

/// How letters and the digits that stand for them read alike.
fn folded(text: &str) -> String {
    text.chars().map(read_alike).collect()
}

fn read_byte(byte: u8) -> u8 {
    if byte.is_ascii() { read_alike(byte.into()) as u8 } else { byte }
}

fn read_alike(c: char) -> char {
    match letter(c, 'i').to_ascii_lowercase() {
        'l' => 'i',
        read => read,
    }
}

/// Whether a credential seems to begin with a word that its rule goes by.
pub(super) fn begins_credential(word: &str, signs: &Signs) -> bool {
    word.len() >= FIGURES_MIN
        && signs.may_begin(word.as_bytes())
        && sign_of(word, signs).is_some_and(|sign| sign.len() > WORD_MIN)
        && is_figure(word)
}

/// Writes a figure as it stands, with the words and signs in it read.
pub(super) fn write(reading: &mut Shape, figure: &str, at: usize, words: &Words, signs: &Signs) {
    let (mut place, mut written) = (0, 0);
    while let Some(rest) = figure.get(place..).filter(|rest| !rest.is_empty()) {
        let piece = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..piece).unwrap_or_default();
        if let Some(read) = word_of(word, words).or_else(|| sign_of(rest, signs)) {
            reading.push_as_it_stood(figure.get(written..place).unwrap_or_default(), at + written);
            for (step, c) in read.char_indices() {
                reading.push(c, at + place + step..at + place + step + 1);
            }
            place += read.len();
            written = place;
        } else {
            place += piece;
        }
        let behind = figure.get(place..).unwrap_or_default();
        // On to the next piece.
        place += behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        let behind = figure.get(place..).unwrap_or_default();
        place += behind.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(behind.len());
    }
    reading.push_as_it_stood(figure.get(written..).unwrap_or_default(), at + written);
}

/// The word that digits and letters make, if they do.
fn word_of(piece: &str, words: &Words) -> Option<String> {
    let is_mixed = piece.bytes().any(|b| b.is_ascii_digit()) && piece.bytes().any(|b| b.is_ascii_alphabetic());
    if !(WORD_MIN..=WORD_BYTES_MAX).contains(&piece.len()) || !is_mixed {
        return None;
    }
    let read = |one: char| piece.chars().map(|c| letter(c, one)).collect::<String>();
    let word = ['i', 'l']
        .map(read)
        .into_iter()
        .find(|read| words.know(read) || NAMES.iter().any(|name| read.to_ascii_lowercase().ends_with(name)))?;
    Some(cased(&word, piece))
}

/// The sign that digits and letters make, if there are both: digits alone are a year or a part of a number.
fn sign_of(rest: &str, signs: &Signs) -> Option<String> {
    let sign = signs.begin(rest.as_bytes())?;
    let stands = rest.get(..sign.len())?;
    let has_letter = stands.bytes().any(|byte| byte.is_ascii_alphabetic());
    (has_letter && !stands.eq_ignore_ascii_case(sign))
        .then(|| if sign.bytes().any(|b| b.is_ascii_uppercase()) { sign.to_owned() } else { cased(sign, stands) })
}

/// In capitals where all letters that stand there are.
fn cased(word: &str, stands: &str) -> String {
    let has = |is: fn(&u8) -> bool| stands.bytes().any(|byte| is(&byte));
    if has(u8::is_ascii_uppercase) && !has(u8::is_ascii_lowercase) {
        word.to_ascii_uppercase()
    } else {
        word.to_owned()
    }
}
