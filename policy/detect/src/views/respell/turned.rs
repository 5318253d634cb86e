//! ROT13, the whole text backwards, and each word backwards. The trace is a word that only makes sense turned.

use crate::shape::Shape;
use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;

/// Beginnings of words, in several languages at once where they share them, that make a text worth turning.
const STEMS: [&str; 58] = [
    "ignor",
    "disregard",
    "forget",
    "overrid",
    "bypass",
    "previous",
    "instru",
    "directive",
    "guideline",
    "restrict",
    "system",
    "sistem",
    "prompt",
    "reveal",
    "password",
    "passwor",
    "secret",
    "repeat",
    "jailbreak",
    "developer",
    "unrestricted",
    "uncensored",
    "pretend",
    "hidden",
    "everything",
    "following",
    "anweisung",
    "vergiss",
    "vorherig",
    "regeln",
    "passwort",
    "olvida",
    "oublie",
    "directiv",
    "contrase",
    "regola",
    "precedent",
    "anterior",
    "vergeet",
    "negeer",
    "opdracht",
    "polecen",
    "poprzedni",
    "talimat",
    "yoksay",
    "token",
    "access",
    "private",
    "игнориру",
    "инструкц",
    "забудь",
    "忽略",
    "指令",
    "無視",
    "指示",
    "무시",
    "지시",
    "تجاهل",
];
/// Whole small words that hardly any text holds turned.
const SMALL: [&str; 26] = [
    "the",
    "you",
    "your",
    "this",
    "that",
    "with",
    "from",
    "have",
    "what",
    "are",
    "und",
    "der",
    "nicht",
    "ist",
    "alle",
    "les",
    "vous",
    "pour",
    "que",
    "una",
    "para",
    "het",
    "niet",
    "wszystkie",
    "che",
    "non",
];
/// Turned words that are words themselves: `der` and `are` backwards, `una` in ROT13. They would turn honest texts.
const HONEST: [&str; 5] = [" red ", " era ", " non ", " sel ", " han "];
/// Ends of addresses and beginnings of identifiers that credentials stand behind.
const ENDS: [&str; 5] = [".com", ".org", ".net", "api_key", "bearer"];

/// Finds turned words.
pub(super) struct Turned {
    automaton: AhoCorasick,
    /// For each pattern, whether it is ROT13.
    rotated: Vec<bool>,
}

impl Turned {
    pub(super) fn new() -> Result<Self, aho_corasick::BuildError> {
        let small: Vec<String> = SMALL.iter().map(|word| format!(" {word} ")).collect();
        let words = STEMS.iter().chain(&ENDS).copied().chain(small.iter().map(String::as_str));
        let mut patterns = BTreeSet::new();
        for word in words {
            let rotated: String = word.chars().map(rot13).collect();
            if rotated != word {
                patterns.insert((rotated, true));
            }
            patterns.insert((word.chars().rev().collect(), false));
        }
        patterns.retain(|(pattern, _): &(String, bool)| !HONEST.contains(&pattern.as_str()));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(patterns.iter().map(|(pattern, _)| pattern.as_str()))?;
        Ok(Self { automaton, rotated: patterns.into_iter().map(|(_, rotated)| rotated).collect() })
    }

    /// The readings that the text calls for.
    pub(super) fn readings(&self, text: &str) -> Vec<Shape> {
        let (mut rotated, mut reversed) = (false, false);
        for found in self.automaton.find_iter(text) {
            match self.rotated.get(found.pattern().as_usize()) {
                Some(true) => rotated = true,
                _ => reversed = true,
            }
            if rotated && reversed {
                break;
            }
        }
        let mut readings = Vec::new();
        if rotated {
            readings.push(turned13(text));
        }
        if reversed {
            readings.push(backwards(text));
            readings.push(words_backwards(text));
        }
        readings
    }
}

fn rot13(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    }
}

fn turned13(text: &str) -> Shape {
    let mut reading = Shape::empty();
    for (at, c) in text.char_indices() {
        reading.push(rot13(c), at..at + c.len_utf8());
    }
    reading
}

fn backwards(text: &str) -> Shape {
    let mut reading = Shape::empty();
    push_backwards(&mut reading, text, 0);
    reading
}

fn words_backwards(text: &str) -> Shape {
    let mut reading = Shape::empty();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let body = word.trim_end();
        push_backwards(&mut reading, body, at);
        for (place, c) in word.char_indices().skip_while(|(place, _)| *place < body.len()) {
            reading.push(c, at + place..at + place + c.len_utf8());
        }
        at += word.len();
    }
    reading
}

fn push_backwards(reading: &mut Shape, piece: &str, base: usize) {
    for (at, c) in piece.char_indices().rev() {
        reading.push(c, base + at..base + at + c.len_utf8());
    }
}
