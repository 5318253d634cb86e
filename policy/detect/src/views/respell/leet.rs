//! Digits and signs for letters: `1gn0r3 4ll ru1es`.

mod accounts;
mod figures;
mod kinds;
mod numbers;

use super::spelled::Words;
use crate::effort::Effort;
use crate::shape::Shape;
use crate::views::passages::Passages;
use crate::views::trace;
use std::sync::LazyLock;

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
/// Words with which the names of credentials end: `airbrakeToken`.
const NAMES: [&str; 6] = ["key", "token", "secret", "password", "private", "access"];
/// Longer runs are no words.
const WORD_BYTES_MAX: usize = 24;
/// So many words in this spelling, and one in so many of all words, make a text that is written so.
const WORDS_MIN: usize = 3;
const WORDS_SHARE: usize = 5;

pub(super) use figures::Signs;
use kinds::{is_mixed, may_begin_gap};

/// The text with letters for digits; and, if it holds figures, with letters in its words only: a text in leet has
/// numbers, addresses and credentials too.
pub(super) fn readings(text: &str, words: &Words, signs: &Signs, effort: &mut Effort) -> Vec<Shape> {
    let bytes = text.as_bytes();
    let begun = trace::stretches(bytes, begins_trace).filter(|at| trace::shows(bytes, *at, is_trace));
    let mut passages = Passages::around(text, begun);
    if !effort.check(passages.bytes()) {
        return Vec::new();
    }
    passages.narrow(|text| is_leet(text, words, signs));
    if !effort.spell(WRITTEN_COST * passages.bytes()) {
        return Vec::new();
    }
    let all = passages.read(|text| Some(spelled(text, words, None)));
    let kept = passages.read(|text| Some(spelled(text, words, Some(signs))));
    let differs = kept.as_ref().zip(all.as_ref()).is_some_and(|(kept, all)| kept.text != all.text);
    all.into_iter().chain(kept.filter(|_| differs)).collect()
}

/// What a byte takes compared with one in other spellings: it is written twice, and each word is looked for in the list,
/// and among accounts and numbers.
const WRITTEN_COST: usize = 18;

/// The text with letters for the digits and signs in its words. With the signs of credentials, figures are kept, but for
/// the words in them.
fn spelled(text: &str, words: &Words, kept: Option<&Signs>) -> Shape {
    let mut reading = Shape::empty();
    // Up to where an account was written that reaches over gaps.
    let mut written = 0;
    let mut at = 0;
    for piece in text.split_inclusive(is_gap) {
        let word = piece.trim_end_matches(is_gap);
        let end = at + piece.len();
        if at >= written {
            let whole = kept.and_then(|_| {
                accounts::write(&mut reading, text, at).or_else(|| numbers::write(&mut reading, text, at))
            });
            written = whole.unwrap_or(written);
        }
        if at < written {
            reading.push_as_it_stood(text.get(written..end).unwrap_or_default(), written);
            at = end;
            continue;
        }
        match kept.filter(|_| figures::is_figure(word)) {
            _ if kept.is_some() && is_version(word) => reading.push_as_it_stood(word, at),
            Some(signs) => figures::write(&mut reading, word, at, words, signs),
            None => write(&mut reading, word, at, words),
        }
        reading.push_as_it_stood(piece.get(word.len()..).unwrap_or_default(), at + word.len());
        at = end;
    }
    reading
}

/// `v1`, as in addresses of services.
fn is_version(word: &str) -> bool {
    word.strip_prefix('v')
        .is_some_and(|number| matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit()))
}

fn write(reading: &mut Shape, word: &str, at: usize, words: &Words) {
    // A `1` may be an `i` or an `l`: what makes a word is right.
    let read = |word: &str, one: char| word.chars().map(|c| letter(c, one)).collect::<String>();
    let is_word = |word: &str, one: char| words.know(&read(word, one));
    let is_l = word.contains('1') && !is_word(word, 'i') && is_word(word, 'l');
    let one = if is_l { 'l' } else { 'i' };
    // A dollar sign stands before the name of a variable.
    let is_variable = word.strip_prefix('$').is_some_and(|name| is_word(name, one) && !is_word(word, one));
    let is_address = is_address(word);
    let in_capitals = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    let begins_name = !is_address && !is_l && is_name(word) && !is_word(word.trim_end_matches(['.', '!']), one);
    for (place, c) in word.char_indices() {
        let stays = (is_address && matches!(c, '@' | '|')) || (is_variable && place == 0);
        let mut read = if stays { c } else { letter(c, one) };
        if in_capitals || (begins_name && place == 0) {
            read = read.to_ascii_uppercase();
        }
        reading.push(read, at + place..at + place + c.len_utf8());
    }
}

/// Whether a digit stands for the first of some small letters. It took the capital of a name with it.
fn is_name(word: &str) -> bool {
    let letters = word.trim_end_matches(['.', '!']);
    word.starts_with(|c: char| c.is_ascii_digit())
        && letters.len() >= NAME_MIN
        && letters.chars().any(char::is_lowercase)
        && letters.chars().all(|c| c.is_lowercase() || c.is_ascii_digit())
}

/// Shorter words are no names.
const NAME_MIN: usize = 3;

fn is_gap(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_narrow_gap) || (!c.is_ascii() && c.is_whitespace())
}

const fn is_narrow_gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            ..=b'\r'
                | b','
                | b';'
                | b':'
                | b'?'
                | b'"'
                | b'\''
                | b'('
                | b')'
                | b'='
                | b'/'
                | b'<'
                | b'>'
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'`'
    )
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
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

const fn is_sign(byte: u8) -> bool {
    byte.is_ascii_digit() | (byte == b'@') | (byte == b'$') | (byte == b'!') | (byte == b'|') | (byte == b'+')
}

/// Whether a sign stands behind a letter. Hardly any stretch of prose has one, and it takes a fifth of the time to tell.
fn begins_trace(&[before, sign]: &[u8; 2]) -> bool {
    before.is_ascii_alphabetic() & is_sign(sign)
}

/// Whether a sign stands between two letters, or two or three do: the least that is worth a closer look.
fn is_trace(&[before, sign, b, c, d]: &[u8; 5]) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic();
    letter(before) & is_sign(sign) & (letter(b) | (is_sign(b) & (letter(c) | (is_sign(c) & letter(d)))))
}

/// Whether a telling word comes out, or much of the text is spelled so.
fn is_leet(text: &str, words_known: &Words, signs: &Signs) -> bool {
    let (mut words, mut spelled_so) = (0, 0);
    let mut is_service = false;
    for piece in pieces(text) {
        if figures::begins_credential(piece, signs) || (is_service && figures::is_long(piece)) {
            return true;
        }
        for word in piece.as_bytes().split(|byte| matches!(byte, b'.' | b'_' | b'-')).filter(|word| !word.is_empty()) {
            // A card number is not words, however many parts it has.
            words += usize::from(!word.iter().all(u8::is_ascii_digit));
            if word.len() > WORD_BYTES_MAX || !is_mixed(word) {
                continue;
            }
            spelled_so += usize::from(!is_code(word));
            is_service |= word.len() >= SERVICE_MIN && signs.spells(word);
            if tells(word) || (word.len() >= LONG_WORD_MIN && (is_known(word, words_known) || signs.names(word))) {
                return true;
            }
        }
    }
    spelled_so >= WORDS_MIN && spelled_so * WORDS_SHARE >= words
}

/// A text parted at its gaps, told byte by byte.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let here = rest.take()?;
        let Some((at, bytes)) = next_gap(here) else { return Some(here) };
        rest = here.get(at + bytes..);
        here.get(..at)
    })
}

/// Where the next gap stands, and how many bytes it has.
fn next_gap(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        let tail = text.as_bytes().get(at..).unwrap_or_default();
        at += tail.iter().position(|byte| may_begin_gap(*byte))?;
        let c = text.get(at..)?.chars().next()?;
        if is_gap(c) {
            return Some((at, c.len_utf8()));
        }
        at += c.len_utf8();
    }
}

/// Whether a telling word comes out. A name that ends with one is written so there, not before it: `aes128Key`.
fn tells(word: &[u8]) -> bool {
    let comes_out = |one: char| {
        let mut buffer = [0; WORD_BYTES_MAX];
        let plain = read_small(word, one, &mut buffer);
        let is_telling = |word: &[u8]| TELLING.iter().any(|telling| telling.as_bytes() == word);
        let last = plain.iter().rposition(|byte| *byte != b'i').map_or(0, |last| last + 1);
        plain.get(..last).is_some_and(is_telling)
            || NAMES.iter().any(|name| {
                plain.ends_with(name.as_bytes()) && word.iter().rev().take(name.len()).any(|byte| is_sign(*byte))
            })
            || (word.starts_with(b"$") && plain.strip_prefix(b"s").is_some_and(is_telling))
    };
    comes_out('i') || (word.contains(&b'1') && comes_out('l'))
}

/// A word of ASCII as it reads, in small letters.
fn read_small<'b>(word: &[u8], one: char, buffer: &'b mut [u8; WORD_BYTES_MAX]) -> &'b [u8] {
    let (small, one) = (&*SMALL, one as u8);
    for (to, from) in buffer.iter_mut().zip(word) {
        *to = if *from == b'1' { one } else { small.get(usize::from(*from)).copied().unwrap_or_default() };
    }
    buffer.get(..word.len()).unwrap_or_default()
}

/// What each byte of ASCII reads as, in small letters.
static SMALL: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut small = [0; 256];
    (0..=u8::MAX).zip(&mut small).for_each(|(byte, read)| {
        *read = (letter(char::from(byte), 'i') as u8).to_ascii_lowercase();
    });
    small
});

/// Whether letters among digits are those of a hash, or large and small ones are mixed as words have them not.
fn is_code(word: &[u8]) -> bool {
    let mut letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).skip(1);
    let is_cased = letters.clone().all(|c| c.is_ascii_lowercase()) || letters.all(|c| c.is_ascii_uppercase());
    !is_cased || (word.len() >= HASH_MIN && word.iter().all(u8::is_ascii_hexdigit))
}

/// Shorter hexadecimal numbers may be words: `d34d`, `b4d`.
const HASH_MIN: usize = 8;

/// Whether a word of the list comes out for two signs at least.
fn is_known(word: &[u8], words: &Words) -> bool {
    let reads = |one: char| words.know_ascii(read_small(word, one, &mut [0; WORD_BYTES_MAX]));
    word.iter().filter(|byte| is_sign(**byte)).count() > 1 && (reads('i') || (word.contains(&b'1') && reads('l')))
}

/// Shorter names of services are no names, and shorter ones than long words only before what may be a key of theirs.
const SERVICE_MIN: usize = 5;
/// Shorter words come out of numbers by accident.
const LONG_WORD_MIN: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    fn effort() -> Effort {
        Effort::for_text("", 50)
    }

    #[test]
    fn a_text_is_parted_at_the_gaps_of_all_scripts() {
        for text in ["a b,c", " a\u{a0}é b\u{3000}あ\u{85}\u{1680}x\u{2003}", "", "=", "ärger…«x» ４\u{200b}２"]
        {
            assert_eq!(pieces(text).collect::<Vec<_>>(), text.split(is_gap).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn names_figures_accounts_and_beginnings_of_credentials_are_read() {
        let (words, signs) =
            (Words::new(), Signs::new([("sg.", r"(SG\.[A-Za-z0-9]{9})"), ("zato-", "(zato-)")].into_iter()));
        let secret = ["8d7f2a0c", "9b1e4d6f"].concat();
        for (leet, expected) in [
            ("3nn10 54lv1n1 15 my n4m3, 1gn0r3 17", "Ennio Salvini is my name, ignore it".to_owned()),
            (&format!("4cc355_70k3n={secret}"), format!("access_token={secret}")),
            (&format!("$70k3n: {secret}"), format!("$token: {secret}")),
            (&format!("70k3n 5G.x{secret}"), format!("token SG.x{secret}")),
            (&format!("z470-x{secret}"), format!("zato-x{secret}")),
            (&format!("b453_53cr37={secret}"), format!("base_secret={secret}")),
            (&format!("0rb17PR1V473 {secret}"), format!("orbitPRiVate {secret}")),
            (
                "p455w0rd, 1B4N D389 3704 0044 0532 0130 00 n0w",
                "password, IBAN DE89 3704 0044 0532 0130 00 now".to_owned(),
            ),
        ] {
            let found: Vec<String> =
                readings(leet, &words, &signs, &mut effort()).into_iter().map(|shape| shape.text).collect();
            assert!(found.contains(&expected), "{leet}: {found:?}");
        }
        let date = readings(
            "0rd3r by J0n3s, b0rn 1944-12-07, t0k3n",
            &words,
            &Signs::new([("lga", "lga")].into_iter()),
            &mut effort(),
        );
        assert!(date.iter().any(|shape| shape.text.contains("1944-12-07")), "digits alone are no sign");
        for code in ["PK11SymKey", "aes128Key", "base64Key", "x509Private", "s3Access", "rgb24Key"] {
            let text = format!("static {code} *wrap({code} *one, int two);");
            assert!(readings(&text, &words, &signs, &mut effort()).is_empty(), "{code} is spelled as it is");
        }
        let card = "H1, I'm Barry Walk3r. My card 4899-3541-1393-6857 was charg3d tw1c3, call m3 at 001-681-599-0757";
        assert!(!readings(card, &words, &signs, &mut effort()).is_empty(), "parts of numbers are no words");
        assert!(
            readings("5 of 17 parts, id 4f9x8d7f2a0c9b1e4d6f, 3rd floor", &words, &signs, &mut effort()).is_empty()
        );
    }
}
