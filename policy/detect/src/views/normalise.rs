//! The text as a reader sees it: compatibility forms resolved, invisible characters gone, look-alikes replaced.

use crate::shape::Shape;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The view, or nothing when the text wears no disguise of this kind.
pub(crate) fn normalise(text: &str) -> Option<Shape> {
    if text.is_ascii() || !text.chars().any(is_suspect) {
        return None;
    }
    let mostly_latin = is_mostly_latin(text);
    let mut shape = Shape::empty();
    let mut changed = false;
    let mut word: Vec<(usize, char)> = Vec::new();
    for (at, c) in text.char_indices() {
        if c.is_alphabetic() && !is_invisible(c) {
            word.push((at, c));
            continue;
        }
        if is_invisible(c) {
            changed = true;
            if let Some(letter) = hidden_ascii(c) {
                flush(&mut shape, &mut word, mostly_latin, &mut changed);
                shape.push(letter, at..at + c.len_utf8());
            }
            continue;
        }
        // A mark on a letter belongs to its word; on anything else it is noise.
        if is_combining_mark(c) {
            changed = true;
            continue;
        }
        flush(&mut shape, &mut word, mostly_latin, &mut changed);
        push_compatible(&mut shape, at, c, &mut changed);
    }
    flush(&mut shape, &mut word, mostly_latin, &mut changed);
    changed.then_some(shape)
}

/// Characters that ordinary text of any language hardly has in the place where they would matter.
fn is_suspect(c: char) -> bool {
    is_invisible(c)
        || is_combining_mark(c)
        || is_look_alike_script(c)
        || matches!(c as u32, 0x2070..=0x209f | 0x2100..=0x218f | 0x2460..=0x24ff | 0xfb00..=0xfb06 | 0xff01..=0xff5e | 0x1d400..=0x1d7ff | 0x1f100..=0x1f1ff | 0x1d00..=0x1dbf | 0xa0..=0xbe | 0x250..=0x2ff)
}

fn is_look_alike_script(c: char) -> bool {
    matches!(c as u32, 0x370..=0x58f | 0x13a0..=0x13ff | 0x2c80..=0x2cff | 0xa4d0..=0xa4ff)
}

/// Zero-width, direction, variation, tag and filler characters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c as u32, 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xe0000..=0xe01ef)
}

/// Tag characters spell out ASCII that no reader sees.
fn hidden_ascii(c: char) -> Option<char> {
    let code = c as u32;
    (0xe0020..=0xe007e).contains(&code).then(|| char::from_u32(code - 0xe0000)).flatten()
}

fn is_mostly_latin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let foreign = text.chars().filter(|c| c.is_alphabetic() && !c.is_ascii() && *c >= '\u{250}').count();
    foreign * 4 <= letters
}

/// Writes the collected word, with its look-alikes replaced when it mixes scripts.
fn flush(shape: &mut Shape, word: &mut Vec<(usize, char)>, mostly_latin: bool, changed: &mut bool) {
    let has_ascii = word.iter().any(|(_, c)| c.is_ascii());
    let foreign = word.iter().filter(|(_, c)| is_look_alike_script(*c)).count();
    let all_alike = word.len() >= 3 && word.iter().all(|(_, c)| c.is_ascii() || look_alike(*c).is_some());
    let disguised = foreign > 0 && (has_ascii || (mostly_latin && all_alike));
    for (at, c) in word.drain(..) {
        if disguised && let Some(letter) = look_alike(c) {
            *changed = true;
            shape.push(letter, at..at + c.len_utf8());
        } else {
            push_compatible(shape, at, c, changed);
        }
    }
}

/// The ASCII letter that this letter looks like (Unicode confusables).
fn look_alike(c: char) -> Option<char> {
    if !is_look_alike_script(c) {
        return None;
    }
    let mut buffer = [0; 4];
    let mut parts = unicode_security::skeleton(c.encode_utf8(&mut buffer));
    let letter = parts.next()?;
    (parts.next().is_none() && letter.is_ascii_alphabetic()).then_some(letter)
}

fn push_compatible(shape: &mut Shape, at: usize, c: char, changed: &mut bool) {
    let origin = at..at + c.len_utf8();
    if c.is_ascii() || matches!(c, '\u{ac00}'..='\u{d7a3}') {
        shape.push(c, origin);
        return;
    }
    if let Some(letter) = small_capital(c) {
        *changed = true;
        shape.push(letter, origin);
        return;
    }
    let mut parts = std::iter::once(c).nfkc().peekable();
    if parts.peek() != Some(&c) {
        *changed = true;
    }
    for part in parts {
        shape.push(part, origin.clone());
    }
}

/// Phonetic letters used as a typeface.
fn small_capital(c: char) -> Option<char> {
    const FROM: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
    const TO: &str = "abcdefghijklmnoprstuvwyz";
    FROM.chars().position(|from| from == c).and_then(|place| TO.chars().nth(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undresses_every_disguise_and_leaves_honest_languages_alone() {
        for (dressed, plain) in [
            ("ig\u{200b}no\u{200d}re", Some("ignore")),
            ("ｉｇｎｏｒｅ", Some("ignore")),
            ("іgnоrе аll", Some("ignore all")),
            ("𝐢𝐠𝐧𝐨𝐫𝐞", Some("ignore")),
            ("ⓘgnore", Some("ignore")),
            ("a\u{e0068}\u{e0069}", Some("ahi")),
            ("ɪɢɴᴏʀᴇ", Some("ignore")),
            ("plain ascii", None),
            ("Grüße aus Köln", None),
            ("Привет, как дела?", None),
            ("指示を無視しない", None),
            ("Καλημέρα σας", None),
        ] {
            assert_eq!(normalise(dressed).map(|shape| shape.text).as_deref(), plain, "{dressed}");
        }
    }
}
