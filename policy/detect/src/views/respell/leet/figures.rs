//! Numbers and credentials in a text in leet, which are kept as they are, but for the words that stand in them.
//!
//! Which digits of a credential stood for letters nobody can tell. What its rule goes by can be told: the words before
//! it, and the letters with which it begins.

use super::{NAMES, SERVICE_MIN, WORD_BYTES_MAX, is_address, letter};
use crate::shape::Shape;
use crate::views::respell::spelled::Words;
use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
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
    if is_spelled(word, letters) || is_host(word) {
        return false;
    }
    digits > letters || (!is_address(word) && digits > 0 && word.len() >= FIGURES_MIN)
}

/// `h00k5.5l4ck.c0m`: names of a network, the last of them spelled as words are.
fn is_host(word: &str) -> bool {
    let Some((_, last)) = word.rsplit_once('.').filter(|_| !word.contains('@')) else { return false };
    let read: String = last.chars().map(|c| letter(c, 'i')).collect();
    read != last && NETWORKS.contains(&read.as_str())
}

const NETWORKS: [&str; 6] = ["com", "org", "net", "io", "cloud", "info"];

/// Small letters and digits by turns, as names have them in this spelling and numbers do not: `4l3j4`, `K4rl-H31nz`.
fn is_spelled(word: &str, letters: usize) -> bool {
    let bytes = word.as_bytes();
    let turns = bytes.array_windows().filter(|[a, b]| a.is_ascii_digit() != b.is_ascii_digit()).count();
    turns >= TURNS_MIN
        && (letters > 1 || bytes.len() >= LONG_NAME_MIN)
        && word.split('-').all(|part| part.len() < FIGURES_MIN && !has_capitals_within(part))
        && bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().all(|byte| byte.is_ascii_alphabetic() || b"013457-.!".contains(byte))
}

/// More capitals than a name has that begins a second time, as `McDonald` does.
fn has_capitals_within(part: &str) -> bool {
    let capitals = part.bytes().filter(u8::is_ascii_uppercase).count();
    capitals > NAME_CAPITALS_MAX && part.bytes().any(|byte| byte.is_ascii_lowercase())
}

const NAME_CAPITALS_MAX: usize = 2;
const TURNS_MIN: usize = 2;
/// With one letter left, shorter words may be anything.
const LONG_NAME_MIN: usize = 6;

/// The words that rules of credentials go by, as their patterns want them written, by how they read.
pub(in crate::views::respell) struct Signs {
    /// By their first three bytes, the longest first, each with how it is written.
    signs: BTreeMap<[u8; SIGN_MIN], Vec<(String, String)>>,
    /// What their first bytes read as.
    first: [bool; 256],
    /// Those that stand within a credential, not before it or at its beginning.
    inner: Vec<Inner>,
    /// Tells whether one of these is in a text as it reads. Without it each is looked for.
    any_inner: Option<AhoCorasick>,
    /// What each byte reads as.
    read: [u8; 256],
}

/// A sign that stands within a credential.
struct Inner {
    /// Finds it in a text as it reads.
    finder: Finder<'static>,
    written: String,
}

impl Signs {
    /// Of words and the patterns that they belong to.
    pub(in crate::views::respell) fn new<'a>(signs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let long_enough = signs.filter(|(word, _)| (SIGN_MIN..=SIGN_MAX).contains(&word.len()) && word.is_ascii());
        let mut inner = Vec::new();
        let entries = long_enough.map(|(word, pattern)| {
            let pattern = pattern.replace('\\', "");
            let at = pattern.to_ascii_lowercase().find(&word.to_ascii_lowercase());
            let written = at.and_then(|at| pattern.get(at..at + word.len())).unwrap_or(word);
            // Behind so and so many letters of the credential.
            if at.is_some_and(|at| pattern.get(..at).is_some_and(|before| before.ends_with('}'))) {
                let finder = Finder::new(&folded(word)).into_owned();
                inner.push(Inner { finder, written: written.to_owned() });
            }
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
        let any_inner = AhoCorasick::new(inner.iter().map(|inner| inner.finder.needle())).ok();
        let mut read = [0; 256];
        (0..=u8::MAX).zip(&mut read).for_each(|(byte, read)| *read = read_byte(byte));
        Self { signs, first, inner, any_inner, read }
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

    /// Whether a word is one of the signs when its digits are read as letters.
    pub(super) fn spells(&self, word: &[u8]) -> bool {
        self.begin(word).is_some_and(|sign| sign.len() == word.len() && sign.as_bytes() != word)
    }

    /// The longest sign with which a text begins when it is read.
    fn begin(&self, text: &[u8]) -> Option<&str> {
        let first: [u8; SIGN_MIN] = *text.first_chunk()?;
        if !self.may_begin(text) {
            return None;
        }
        let signs = self.signs.get(&first.map(read_byte))?;
        signs.iter().find(|(sign, _)| reads(text, sign)).map(|(_, written)| written.as_str())
    }

    /// The first sign within a long figure, and where it stands. Hashes have some by chance.
    fn within(&self, figure: &str) -> Option<(usize, &str)> {
        if !(LONG_FIGURE_MIN..=LONG_FIGURE_MAX).contains(&figure.len()) || is_hash(figure) {
            return None;
        }
        let mut buffer = [0; LONG_FIGURE_MAX];
        for (to, from) in buffer.iter_mut().zip(figure.bytes()) {
            *to = self.read.get(usize::from(from)).copied().unwrap_or_default();
        }
        let read = buffer.get(..figure.len())?;
        if self.any_inner.as_ref().is_some_and(|any| !any.is_match(read)) {
            return None;
        }
        self.inner.iter().find_map(|Inner { finder, written }| {
            let place = finder.find(read)?;
            (figure.get(place..place + finder.needle().len())? != written).then_some((place, written.as_str()))
        })
    }
}

/// Shorter figures have no sign in the middle.
const LONG_FIGURE_MIN: usize = 36;
/// Longer ones are no credentials of those that have one.
const LONG_FIGURE_MAX: usize = 200;

/// Whether a text begins with a sign when it is read.
fn reads(text: &[u8], sign: &str) -> bool {
    text.get(..sign.len())
        .is_some_and(|stands| stands.iter().zip(sign.bytes()).all(|(byte, read)| read_byte(*byte) == read))
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

/// Whether this is letters among figures for as long as keys are.
pub(super) fn is_long(word: &str) -> bool {
    word.len() >= KEY_MIN && is_figure(word) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

const KEY_MIN: usize = 30;

/// Whether a credential seems to begin with a word that its rule goes by, or has one in it.
pub(super) fn begins_credential(word: &str, signs: &Signs) -> bool {
    let begins = || {
        sign_of(word, signs).is_some_and(|sign| {
            // Three letters are read from much, so the more has to follow; a mark behind two is seldom read by accident.
            let is_marked = sign.bytes().any(|byte| !byte.is_ascii_alphanumeric());
            sign.len() > WORD_MIN || word.len() >= if is_marked { MARKED_MIN } else { LONG_FIGURE_MIN }
        })
    };
    let begins = || signs.may_begin(word.as_bytes()) && is_figure(word) && begins();
    word.len() >= FIGURES_MIN && (begins() || (signs.within(word).is_some() && is_figure(word)))
}

const MARKED_MIN: usize = 30;

/// Writes a figure as it stands, with the words and signs in it read. One that says that it is an example is read whole.
pub(super) fn write(reading: &mut Shape, figure: &str, at: usize, words: &Words, signs: &Signs) {
    let mut spelling = Spelling { reading, figure, at, written: 0 };
    match example_of(figure) {
        Some(example) => spelling.read(0, &example),
        None => spelling.read_words(words, signs),
    }
    if let Some((place, sign)) = signs.within(spelling.left()) {
        spelling.read(spelling.written + place, sign);
    }
    spelling.as_it_stands(figure.len());
}

/// A figure on its way into a reading.
struct Spelling<'a> {
    reading: &'a mut Shape,
    figure: &'a str,
    /// Where it stands in the text.
    at: usize,
    written: usize,
}

impl Spelling<'_> {
    fn read_words(&mut self, words: &Words, signs: &Signs) {
        let mut place = 0;
        while let Some(rest) = self.figure.get(place..).filter(|rest| !rest.is_empty()) {
            let piece = piece_of(rest);
            let word = word_of(piece, words);
            // What may be both is what a credential begins with.
            let sign = sign_of(rest, signs).filter(|sign| sign.len() >= word.as_ref().map_or(0, String::len));
            let Some(read) = sign.or(word) else {
                place = self.next_piece(place + piece.len());
                continue;
            };
            self.read(place, &read);
            place += read.len();
            // One more word may stand behind a sign, but a credential is not looked through for any.
            let behind = piece_of(self.left());
            let end = place + behind.len();
            if let Some(word) = word_of(behind, words) {
                self.read(place, &word);
            }
            place = self.next_piece(end);
        }
    }

    /// Writes what a place in the figure is read as.
    fn read(&mut self, place: usize, read: &str) {
        self.as_it_stands(place);
        for (step, c) in read.char_indices() {
            let from = self.at + place + step;
            self.reading.push(c, from..from + 1);
        }
        self.written = place + read.len();
    }

    fn as_it_stands(&mut self, end: usize) {
        let stands = self.figure.get(self.written..end).unwrap_or_default();
        self.reading.push_as_it_stood(stands, self.at + self.written);
        self.written = end;
    }

    /// What is not yet written.
    fn left(&self) -> &str {
        self.figure.get(self.written..).unwrap_or_default()
    }

    /// Where the next letters or digits begin.
    fn next_piece(&self, place: usize) -> usize {
        let behind = self.figure.get(place..).unwrap_or_default();
        place + behind.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(behind.len())
    }
}

/// The letters and digits with which a text begins.
fn piece_of(text: &str) -> &str {
    text.get(..text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len())).unwrap_or_default()
}

/// What a figure reads as that says so: `4K14105F0DNN73X4MPL3`.
fn example_of(figure: &str) -> Option<String> {
    let read: String = figure.chars().map(|c| letter(c, 'i')).collect();
    let read = cased(&read, figure);
    let folded = read.to_ascii_lowercase();
    (read.len() == figure.len() && EXAMPLES.iter().any(|word| folded.contains(word))).then_some(read)
}

const EXAMPLES: [&str; 3] = ["example", "placeholder", "changeme"];

/// The word that digits and letters make, if they do.
fn word_of(piece: &str, words: &Words) -> Option<String> {
    let is_mixed = piece.bytes().any(|b| b.is_ascii_digit()) && piece.bytes().any(|b| b.is_ascii_alphabetic());
    if !(WORD_MIN..=WORD_BYTES_MAX).contains(&piece.len()) || !is_mixed {
        return None;
    }
    let read = |one: char| piece.chars().map(|c| letter(c, one)).collect::<String>();
    let is_word = |read: &String| {
        let lower = read.to_ascii_lowercase();
        words.know(read)
            || (!piece.bytes().any(|byte| byte.is_ascii_lowercase()) && words.know(&lower))
            || NAMES.iter().any(|name| lower.ends_with(name))
    };
    let word = ['i', 'l'].map(read).into_iter().find(is_word).or_else(|| is_whole_word(piece).then(|| read('i')))?;
    Some(cased(&word, piece))
}

/// Small letters and digits by turns and none of the letters that digits stand for: `r3p0r73r`. Chance would have some.
fn is_whole_word(piece: &str) -> bool {
    let letters = piece.bytes().filter(u8::is_ascii_alphabetic).count();
    (SERVICE_MIN..=NAME_MAX).contains(&piece.len())
        && letters >= WORD_MIN
        && !piece.bytes().any(|byte| byte.is_ascii_uppercase() || b"aeio".contains(&byte))
        && is_spelled(piece, letters)
}

/// Longer ones are credentials.
const NAME_MAX: usize = 12;

/// The sign that digits and letters make, if there are both: digits alone are a year or a part of a number, but before
/// the letters of a token.
fn sign_of(rest: &str, signs: &Signs) -> Option<String> {
    let sign = signs.begin(rest.as_bytes()).filter(|_| !is_hash(piece_of(rest)))?;
    let stands = rest.get(..sign.len())?;
    let is_told = stands.bytes().any(|byte| byte.is_ascii_alphabetic()) || begins_token(rest);
    (is_told && !stands.eq_ignore_ascii_case(sign))
        .then(|| if sign.bytes().any(|b| b.is_ascii_uppercase()) { sign.to_owned() } else { cased(sign, stands) })
}

/// Hexadecimal digits for as long as hashes are: `3a4` in one of them reads as a mark of tokens by chance.
fn is_hash(piece: &str) -> bool {
    piece.len() >= HASH_MIN && piece.bytes().all(|byte| byte.is_ascii_hexdigit())
}

const HASH_MIN: usize = 32;

/// Capitals, small letters and digits for as long as a token is, or as many capitals and digits as an id of AWS has.
fn begins_token(rest: &str) -> bool {
    let piece = rest.bytes().take_while(u8::is_ascii_alphanumeric);
    let (mut capitals, mut smalls, mut length) = (0, 0, 0);
    for byte in piece {
        length += 1;
        capitals += usize::from(byte.is_ascii_uppercase());
        smalls += usize::from(byte.is_ascii_lowercase());
    }
    match length {
        AWS_ID_BYTES => smalls == 0 && capitals > 3,
        _ => length >= LONG_FIGURE_MIN && smalls > 3 && capitals > 3,
    }
}

const AWS_ID_BYTES: usize = 20;

/// In capitals where all letters that stand there are.
fn cased(word: &str, stands: &str) -> String {
    let has = |is: fn(&u8) -> bool| stands.bytes().any(|byte| is(&byte));
    if has(u8::is_ascii_uppercase) && !has(u8::is_ascii_lowercase) {
        word.to_ascii_uppercase()
    } else {
        word.to_owned()
    }
}
