//! Digits and signs for letters: `1gn0r3 4ll ru1es`.

use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;

/// Words that are telling on their own when they come out.
const TELLING: [&str; 18] = [
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
];
/// Longer runs are no words.
const WORD_BYTES_MAX: usize = 24;
/// So many words in this spelling, and one in so many of all words, make a text that is written so.
const WORDS_MIN: usize = 3;
const WORDS_SHARE: usize = 5;

/// The text with letters for digits; twice when a `1` may be an `i` or an `l`.
pub(super) fn readings(text: &str) -> Vec<Shape> {
    let mut passages = Passages::around(text, trace::stretches(text.as_bytes(), is_trace));
    passages.retain(is_leet);
    let mut shapes = Vec::new();
    shapes.extend(passages.read(|text| Some(spelled(text, 'i'))));
    shapes.extend(passages.read(|text| text.contains('1').then(|| spelled(text, 'l'))));
    shapes
}

fn spelled(text: &str, one: char) -> Shape {
    let letters = text.chars().map(|c| letter(c, one));
    // Only a letter for this sign is shorter than the sign.
    if !text.contains('€') {
        return Shape::same(letters.collect());
    }
    let mut reading = Shape::empty();
    for ((at, c), letter) in text.char_indices().zip(letters) {
        reading.push(letter, at..at + c.len_utf8());
    }
    reading
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
    for word in text.split(|c: char| c.is_whitespace() || ",.;:?\"'()".contains(c)).filter(|word| !word.is_empty()) {
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
