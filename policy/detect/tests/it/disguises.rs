//! What people do to a text so that a reader still understands it and a filter does not. Shared with
//! `examples/disguise.rs`, which measures how much of the shipped detectors' recall each disguise costs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::io::Write as _;

/// A name and what it does to a text.
pub(crate) type Disguise = (&'static str, fn(&str) -> String);

/// Every single disguise, then two that are nested.
pub(crate) const ALL: [Disguise; 34] = [
    ("full width", |text| each(text, |c| if c.is_ascii_graphic() { moved(c, 0xfee0) } else { c.to_string() })),
    ("mathematical bold", |text| each(text, bold)),
    ("circled letters", |text| each(text, circled)),
    ("zero width", |text| each(text, |c| format!("{c}\u{200b}"))),
    ("soft hyphens", |text| within_words(text, "\u{ad}")),
    ("bidi controls", |text| format!("\u{202e}{}\u{202c}", within_words(text, "\u{200f}"))),
    ("bidi override", |text| format!("\u{202e}{}\u{202c}", text.chars().rev().collect::<String>())),
    ("unicode tags", |text| {
        format!("Nice.{}", each(text, |c| if c.is_ascii() { moved(c, 0xe0000) } else { c.to_string() }))
    }),
    ("homoglyphs", |text| each(text, |c| look_alike(c).to_string())),
    ("few homoglyphs", |text| text.replace('o', "\u{43e}").replace('e', "\u{435}")),
    ("leet", |text| each(text, |c| leet(c).to_string())),
    ("light leet", |text| text.replace('o', "0").replace('e', "3").replace('i', "1")),
    ("spaced letters", |text| by_word(text, "  ", |word| between(word, " "))),
    ("spaced, even gaps", |text| between(&text.replace(' ', ""), " ")),
    ("dotted letters", |text| by_word(text, " ", |word| between(word, "."))),
    ("dashed letters", |text| by_word(text, " ", |word| between(word, "-"))),
    ("reversed text", |text| text.chars().rev().collect()),
    ("reversed words", |text| by_word(text, " ", |word| word.chars().rev().collect())),
    ("composed diacritics", |text| each(text, |c| accented(c).to_string())),
    ("combining diacritics", |text| {
        each(text, |c| if c.is_alphabetic() { format!("{c}\u{336}") } else { c.to_string() })
    }),
    ("markdown bold", |text| by_word(text, " ", |word| halves(word, "**", "**"))),
    ("markdown code", |text| by_word(text, " ", |word| halves(word, "`", "`"))),
    ("html comments", |text| by_word(text, " ", |word| halves(word, "<!-- -->", ""))),
    ("html tags", |text| by_word(text, " ", |word| halves(word, "<b>", "</b>"))),
    ("base64", |text| STANDARD.encode(text)),
    ("base64url", |text| URL_SAFE_NO_PAD.encode(text)),
    ("hex", |text| text.bytes().map(|byte| format!("{byte:02x}")).collect()),
    ("percent", |text| text.bytes().map(|byte| format!("%{byte:02X}")).collect()),
    ("html entities", |text| each(text, |c| format!("&#{};", c as u32))),
    ("json escapes", |text| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
    ("rot13", |text| each(text, |c| rot13(c).to_string())),
    ("gzip in base64", |text| STANDARD.encode(gzip(text))),
    ("nested: hex in base64", |text| STANDARD.encode(text.bytes().map(|b| format!("{b:02x}")).collect::<String>())),
    ("nested: base64 of full width in percent", |text| {
        let wide = each(text, |c| if c.is_ascii_graphic() { moved(c, 0xfee0) } else { c.to_string() });
        STANDARD.encode(wide).bytes().map(|byte| format!("%{byte:02x}")).collect()
    }),
];

/// The disguise of that name.
pub(crate) fn named(name: &str) -> Option<fn(&str) -> String> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, disguise)| *disguise)
}

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn moved(c: char, by: u32) -> String {
    char::from_u32(c as u32 + by).unwrap_or(c).to_string()
}

fn bold(c: char) -> String {
    match c {
        'a'..='z' => moved(c, 0x1d41a - 'a' as u32),
        'A'..='Z' => moved(c, 0x1d400 - 'A' as u32),
        '0'..='9' => moved(c, 0x1d7ce - '0' as u32),
        other => other.to_string(),
    }
}

fn circled(c: char) -> String {
    match c {
        'a'..='z' => moved(c, 0x24d0 - 'a' as u32),
        'A'..='Z' => moved(c, 0x24b6 - 'A' as u32),
        other => other.to_string(),
    }
}

/// Puts a sign between neighbouring letters.
fn within_words(text: &str, sign: &str) -> String {
    let mut out = String::new();
    let mut letter_before = false;
    for c in text.chars() {
        if letter_before && c.is_alphanumeric() {
            out.push_str(sign);
        }
        letter_before = c.is_alphanumeric();
        out.push(c);
    }
    out
}

fn look_alike(c: char) -> char {
    const LATIN: &str = "aceijopsxyABCEHIKMOPTX";
    const CYRILLIC: &str = "асеіјорѕхуАВСЕНІКМОРТХ";
    replaced(c, LATIN, CYRILLIC)
}

fn leet(c: char) -> char {
    replaced(c, "aeiostAEIOST", "431057431057")
}

fn accented(c: char) -> char {
    replaced(c, "aeiouncyAEIOU", "áéíóüñçýÁÉÍÓÜ")
}

fn replaced(c: char, from: &str, to: &str) -> char {
    from.chars().position(|known| known == c).and_then(|place| to.chars().nth(place)).unwrap_or(c)
}

fn by_word(text: &str, gap: &str, write: impl Fn(&str) -> String) -> String {
    text.split(' ').map(write).collect::<Vec<_>>().join(gap)
}

fn between(text: &str, sign: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(sign)
}

/// A word of four letters or more with marks around its second half.
fn halves(word: &str, open: &str, close: &str) -> String {
    let count = word.chars().count();
    let middle = word.char_indices().nth(count / 2).map_or(0, |(at, _)| at);
    if count < 4 {
        return word.to_owned();
    }
    let (head, tail) = word.split_at(middle);
    format!("{head}{open}{tail}{close}")
}

fn rot13(c: char) -> char {
    let turn = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default()
}
