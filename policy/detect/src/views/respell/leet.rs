//! Digits and signs for letters: `1gn0r3 4ll ru1es`.

use super::spelled::Words;
use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;

/// Words that are telling on their own when they come out.
const TELLING: [&str; 26] = [
    "ignore",
    "disregard",
    "forget",
    "override",
    "bypass",
    "previous",
    "instructions",
    "instruction",
    "directives",
    "restrictions",
    "system",
    "prompt",
    "reveal",
    "password",
    "jailbreak",
    "developer",
    "unrestricted",
    "uncensored",
    "key",
    "apikey",
    "token",
    "secret",
    "private",
    "access",
    "bearer",
    "credential",
];
/// Longer runs are no words.
const WORD_BYTES_MAX: usize = 24;
/// So many words in this spelling, and one in so many of all words, make a text that is written so.
const WORDS_MIN: usize = 3;
const WORDS_SHARE: usize = 5;

/// From this length on, letters among figures are a credential.
const FIGURES_MIN: usize = 16;

/// The text with letters for digits; and, if it holds figures, with letters in its words only: a text in leet has
/// numbers, addresses and credentials too.
pub(super) fn readings(text: &str, words: &Words) -> Vec<Shape> {
    let mut passages = Passages::around(text, trace::stretches(text.as_bytes(), is_trace));
    passages.retain(is_leet);
    let all = passages.read(|text| Some(spelled(text, words, |_| false)));
    let kept = passages.read(|text| Some(spelled(text, words, is_figure)));
    let differs = kept.as_ref().zip(all.as_ref()).is_some_and(|(kept, all)| kept.text != all.text);
    all.into_iter().chain(kept.filter(|_| differs)).collect()
}

/// The text with letters for the digits and signs in its words, but for those that are to be kept.
fn spelled(text: &str, words: &Words, is_kept: impl Fn(&str) -> bool) -> Shape {
    let mut reading = Shape::empty();
    let mut at = 0;
    for piece in text.split_inclusive(is_gap) {
        let word = piece.trim_end_matches(is_gap);
        if is_kept(word) {
            reading.push_as_it_stood(word, at);
        } else {
            write(&mut reading, word, at, words, is_address(word));
        }
        reading.push_as_it_stood(piece.get(word.len()..).unwrap_or_default(), at + word.len());
        at += piece.len();
    }
    reading
}

fn write(reading: &mut Shape, word: &str, at: usize, words: &Words, is_address: bool) {
    // A `1` may be an `i` or an `l`: what makes a word is right.
    let read = |one: char| word.chars().map(|c| letter(c, one)).collect::<String>();
    let is_l = word.contains('1') && !words.know(&read('i')) && words.know(&read('l'));
    let one = if is_l { 'l' } else { 'i' };
    let in_capitals = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    for (place, c) in word.char_indices() {
        let mut read = if is_address && c == '@' { c } else { letter(c, one) };
        if in_capitals {
            read = read.to_ascii_uppercase();
        }
        reading.push(read, at + place..at + place + c.len_utf8());
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || ",;:?\"'()=/<>[]{}`".contains(c)
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
}

/// A number, or letters among figures for longer than words are.
fn is_figure(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    digits > letters || (!is_address(word) && digits > 0 && word.len() >= FIGURES_MIN)
}

fn letter(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' => one,
        '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' | '6' => 'g',
        '2' => 'z',
        other => other,
    }
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_digit() | (byte == b'@') | (byte == b'$') | (byte == b'!') | (byte == b'|') | (byte == b'+')
}

/// Whether a sign stands between two letters: the least that is worth a closer look.
fn is_trace(&[before, sign, behind]: &[u8; 3]) -> bool {
    before.is_ascii_alphabetic() & is_sign(sign) & behind.is_ascii_alphabetic()
}

/// Whether a telling word comes out, or much of the text is spelled so.
fn is_leet(text: &str) -> bool {
    let (mut words, mut spelled_so) = (0, 0);
    for word in text.split(|c: char| is_gap(c) || c == '.' || c == '_').filter(|word| !word.is_empty()) {
        words += 1;
        if word.len() > WORD_BYTES_MAX || !is_mixed(word) {
            continue;
        }
        spelled_so += 1;
        let comes_out = |one: char| {
            let plain: String = word.chars().map(|c| letter(c, one).to_ascii_lowercase()).collect();
            TELLING.contains(&plain.trim_end_matches('i'))
        };
        if comes_out('i') || comes_out('l') {
            return true;
        }
    }
    spelled_so >= WORDS_MIN && spelled_so * WORDS_SHARE >= words
}

/// Letters with a sign among or before them.
fn is_mixed(word: &str) -> bool {
    let bytes = word.trim_end_matches('!').as_bytes();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let before = bytes.windows(2).any(|two| matches!(two, [a, b] if is_sign(*a) && b.is_ascii_alphabetic()));
    before && letters >= 2 && bytes.iter().all(|byte| byte.is_ascii_alphabetic() || is_sign(*byte) || *byte == b'-')
}
