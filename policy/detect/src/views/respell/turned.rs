//! ROT13, the whole text backwards, and each word backwards. The trace is a word or a credential that only makes sense
//! turned, or letters that follow each other oddly.

mod flow;
mod tokens;

use super::Reading;
use crate::beginnings::{Beginnings, packed};
use crate::effort::Effort;
use crate::shape::Shape;
use crate::views::passages::Passages;
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
/// Finds turned words.
pub(super) struct Turned {
    /// Each word stands there twice, by its first four bytes and by the four from its second on: one of them begins at
    /// an even place of the text, and only those are looked at.
    words: Beginnings<Word, { 1 << 14 }>,
    tokens: tokens::Tokens,
    flow: flow::Flow,
}

/// A turned word in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    letters: String,
    way: Way,
    /// By which of its bytes it is found.
    from: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Rotated,
    Backwards,
}

impl Turned {
    /// `signs` are the words that rules of credentials go by, with the pattern of each rule.
    pub(super) fn new<'a>(signs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let small: Vec<String> = SMALL.iter().map(|word| format!(" {word} ")).collect();
        let words = STEMS.iter().copied().chain(small.iter().map(String::as_str));
        let mut turned = BTreeSet::new();
        for word in words {
            let rotated: String = word.chars().map(rot13).collect();
            if rotated != word {
                turned.insert((rotated, Way::Rotated));
            }
            turned.insert((word.chars().rev().collect(), Way::Backwards));
        }
        turned.retain(|(word, _): &(String, Way)| !HONEST.contains(&word.as_str()));
        let mut entries = Vec::new();
        for (letters, way) in turned {
            // A word has five bytes at least.
            for from in 0..2 {
                if let Some([a, b, c, d, ..]) = letters.as_bytes().get(from..) {
                    entries.push((packed([*a, *b, *c, *d]), Word { letters: letters.clone(), way, from }));
                }
            }
        }
        Self { words: Beginnings::new(entries), tokens: tokens::Tokens::new(signs), flow: flow::Flow::new() }
    }

    /// The readings that the text calls for.
    pub(super) fn readings(&self, text: &str, effort: &mut Effort) -> Vec<Reading> {
        if !effort.marks(tokens::count_marks(text)) {
            return Vec::new();
        }
        let mut places: Vec<(usize, Way)> = self.words(text).chain(self.flow.places(text)).collect();
        let has_words = |wanted: Way| places.iter().any(|(_, way)| *way == wanted);
        let (rotated, reversed) = (has_words(Way::Rotated), has_words(Way::Backwards));
        places.append(&mut self.tokens.places(text));
        if places.is_empty() {
            return Vec::new();
        }
        places.sort_unstable();
        let around = |wanted: Way| {
            Passages::around_credentials(text, places.iter().filter(|(_, way)| *way == wanted).map(|(place, _)| *place))
        };
        let mut readings = Vec::new();
        let mut add = |shape: Option<Shape>, has_words| {
            readings.extend(shape.map(|shape| Reading { shape, has_words, same_letters: true, is_unparted: false }));
        };
        let passages = around(Way::Rotated);
        if !effort.spell(passages.bytes()) {
            return Vec::new();
        }
        add(passages.read(|text| Some(turned13(text))), rotated);
        let passages = around(Way::Backwards);
        if !effort.spell(3 * passages.bytes()) {
            return Vec::new();
        }
        add(passages.read(|text| Some(backwards(text))), reversed);
        add(passages.read(|text| Some(words_backwards(text, char::is_whitespace))), reversed);
        // Who parts words at spaces only turns words over the ends of lines.
        add(passages.read(|text| text.contains('\n').then(|| words_backwards(text, |c| c == ' '))), reversed);
        readings
    }

    /// Where turned words stand.
    fn words(&self, text: &str) -> impl Iterator<Item = (usize, Way)> {
        let bytes = text.as_bytes();
        let mut begun = Vec::new();
        let mut at = 0;
        // Four places in one step, of which hardly any has a word.
        while let Some(ten) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let fours = fours(ten);
            if fours.iter().fold(false, |any, four| any | self.words.may_have(*four)) {
                let here = (at..).step_by(2).zip(fours);
                begun.extend(here.filter(|(_, four)| self.words.may_have(*four)));
            }
            at += 8;
        }
        let pairs = bytes.get(at..).unwrap_or_default().array_windows().step_by(2);
        let rest = (at..).step_by(2).zip(pairs.map(|four| packed(*four)));
        begun.extend(rest.filter(|(_, four)| self.words.may_have(*four)));
        begun.into_iter().flat_map(move |(at, four)| {
            let here = self.words.of(four).filter(move |word| {
                let word_at = at.checked_sub(word.from);
                let found = word_at.and_then(|start| bytes.get(start..start + word.letters.len()));
                found.is_some_and(|found| found.eq_ignore_ascii_case(word.letters.as_bytes()))
            });
            here.map(move |word| (at, word.way))
        })
    }
}

/// Of ten bytes the first four, and those from every second byte on.
fn fours(ten: &[u8; 10]) -> [u32; 4] {
    let from = |at: usize| ten.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |four| packed(*four));
    [from(0), from(2), from(4), from(6)]
}

fn rot13(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    }
}

fn turned13(text: &str) -> Shape {
    Shape::same(text.chars().map(rot13).collect())
}

fn backwards(text: &str) -> Shape {
    let mut reading = Shape::empty();
    push_backwards(&mut reading, text, 0);
    reading
}

fn words_backwards(text: &str, is_gap: impl Fn(char) -> bool) -> Shape {
    let mut reading = Shape::empty();
    let mut at = 0;
    for word in text.split_inclusive(&is_gap) {
        let body = word.trim_end_matches(&is_gap);
        push_backwards(&mut reading, body, at);
        reading.push_as_it_stood(word.get(body.len()..).unwrap_or_default(), at + body.len());
        at += word.len();
    }
    reading
}

fn push_backwards(reading: &mut Shape, piece: &str, base: usize) {
    for (at, c) in piece.char_indices().rev() {
        reading.push(c, base + at..base + at + c.len_utf8());
    }
}
