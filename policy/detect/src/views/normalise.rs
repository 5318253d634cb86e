//! The text as a reader sees it: compatibility forms resolved, invisible characters gone, look-alikes replaced.

mod honest;
mod kinds;
mod survey;
mod tokens;

use super::Extent;
use crate::chars::stretches;
use crate::shape::Shape;
use honest::{Accents, are_noise, piece_around};
use kinds::kind;
use survey::{Survey, Walk};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The view, or nothing when the text wears no disguise of this kind.
pub(crate) fn normalise(text: &str, extent: Extent) -> Option<Shape> {
    let (view, revealed) = undress(text, extent)?;
    // Letters of a typeface, and what tag characters spell, stand among letters that are dressed otherwise.
    let is_dressed = revealed && view.text.chars().any(is_look_alike_script);
    match is_dressed.then(|| undress(&view.text, extent)).flatten() {
        Some((again, _)) => Some(again.within(&view)),
        None => Some(view),
    }
}

/// The view, and whether letters of ASCII are shown in it that none were.
fn undress(text: &str, extent: Extent) -> Option<(Shape, bool)> {
    if text.is_ascii() {
        return None;
    }
    let mut walk = Walk::default();
    read(text, &mut walk, Walk::take_ascii, Walk::take);
    let survey = walk.survey(extent);
    if survey.is_honest() {
        return None;
    }
    let mut view = Undressed::new(text, survey);
    read(text, &mut view, Undressed::take_ascii, Undressed::take);
    view.end()
}

/// Reads a text: what is not ASCII letter by letter, what is in stretches, which no view changes.
fn read<R>(text: &str, reader: &mut R, ascii: fn(&mut R, usize, &str), letter: fn(&mut R, usize, char)) {
    for (start, stretch) in stretches(text) {
        if stretch.is_ascii() {
            ascii(reader, start, stretch);
        } else {
            stretch.char_indices().for_each(|(at, c)| letter(reader, start + at, c));
        }
    }
}

/// The view while it is made.
struct Undressed<'t> {
    text: &'t str,
    shape: Shape,
    survey: Survey,
    /// The letters of a word that has not ended.
    word: Vec<(usize, char)>,
    /// Whether letters are written without their accents.
    bare: bool,
    hidden: Hidden,
    revealed: bool,
    changed: bool,
}

impl<'t> Undressed<'t> {
    fn new(text: &'t str, survey: Survey) -> Self {
        Self {
            text,
            shape: Shape::empty(),
            survey,
            word: Vec::new(),
            bare: false,
            hidden: Hidden::Nothing,
            revealed: false,
            changed: false,
        }
    }

    /// What was made, if it is another text.
    fn end(mut self) -> Option<(Shape, bool)> {
        self.flush();
        self.changed.then_some((self.shape, self.revealed))
    }

    /// Takes what stands there in ASCII: of it only the letters may matter that belong to a word with others.
    fn take_ascii(&mut self, at: usize, stretch: &str) {
        if let Some(first) = stretch.chars().next().filter(|_| self.hidden != Hidden::Nothing) {
            self.end_hidden(at, first);
        }
        let is_letter = |c: char| c.is_ascii_alphabetic();
        let behind = if self.word.is_empty() { stretch } else { stretch.trim_start_matches(is_letter) };
        let word = stretch.strip_suffix(behind).unwrap_or_default();
        self.take_letters(at, word);
        if behind.is_empty() {
            return;
        }
        self.flush();
        let between = behind.trim_end_matches(is_letter);
        self.shape.push_as_it_stood(between, at + word.len());
        self.take_letters(at + word.len() + between.len(), behind.strip_prefix(between).unwrap_or_default());
    }

    fn take_letters(&mut self, at: usize, letters: &str) {
        self.word.extend(letters.char_indices().map(|(place, c)| (at + place, c)));
    }

    fn take(&mut self, at: usize, c: char) {
        let kind = kind(c);
        if kind.is_invisible {
            self.changed = true;
            if let Some(letter) = hidden_ascii(c) {
                self.flush();
                if self.hidden == Hidden::Nothing {
                    self.begin_hidden(at, c);
                }
                self.shape.push(letter, at..at + c.len_utf8());
                self.revealed = true;
            }
            return;
        }
        if self.hidden != Hidden::Nothing && c.is_ascii() {
            self.end_hidden(at, c);
        }
        if kind.is_alphabetic {
            self.word.push((at, c));
        } else if kind.is_mark {
            // A mark on a letter belongs to its word; on anything else it is noise.
            self.changed = true;
        } else {
            self.flush();
            self.push_compatible(at, c);
        }
    }

    /// What is hidden for longer than a few letters is a text of its own, and no part of the word before it.
    fn begin_hidden(&mut self, at: usize, c: char) {
        let mut from_here = self.text.get(at..).unwrap_or_default().chars();
        let is_text = from_here.by_ref().take(HIDDEN_MIN).filter(|c| hidden_ascii(*c).is_some()).count() == HIDDEN_MIN;
        let stands_behind = self.shape.text.bytes().last().is_some_and(|last| last.is_ascii_graphic());
        self.hidden = if is_text { Hidden::Text } else { Hidden::Letters };
        if is_text && stands_behind {
            self.shape.push('\n', at..at + c.len_utf8());
        }
    }

    /// Nor is the word behind it a part of it.
    fn end_hidden(&mut self, at: usize, c: char) {
        if self.hidden == Hidden::Text && c.is_ascii_graphic() {
            self.shape.push('\n', at..at + c.len_utf8());
        }
        self.hidden = Hidden::Nothing;
    }

    /// Writes the collected word, with its look-alikes replaced when it mixes scripts.
    fn flush(&mut self) {
        let (Some(&(start, _)), Some(&(last, _))) = (self.word.first(), self.word.last()) else { return };
        // Nothing changes where all letters are ASCII and stand together.
        if last - start + 1 == self.word.len()
            && let Some(word) = self.text.get(start..=last).filter(|word| word.is_ascii())
        {
            self.shape.push_as_it_stood(word, start);
            self.word.clear();
            return;
        }
        let in_token = self.in_token(start);
        let mut word = std::mem::take(&mut self.word);
        let foreign = word.iter().any(|(_, c)| is_look_alike_script(*c));
        let piece = || piece_around(self.text, start);
        let disguised = foreign && (in_token || self.survey.letters.are_disguised(&word, piece));
        self.bare = match self.survey.accents {
            Accents::Noise => true,
            Accents::Honest => false,
            Accents::ByWord => in_token || are_noise(word.iter().map(|(_, c)| *c)),
        };
        for (at, c) in word.drain(..) {
            if disguised && let Some(letter) = look_alike(c) {
                self.changed = true;
                self.shape.push(letter, at..at + c.len_utf8());
            } else {
                self.push_compatible(at, c);
            }
        }
        // Its place in memory is kept for the next.
        self.word = word;
    }

    /// Whether a token with dressed letters stands here.
    fn in_token(&self, at: usize) -> bool {
        let next = self.survey.tokens.partition_point(|token| token.end <= at);
        self.survey.tokens.get(next).is_some_and(|token| token.start <= at)
    }

    fn push_compatible(&mut self, at: usize, c: char) {
        let origin = at..at + c.len_utf8();
        if c.is_ascii() || matches!(c, '\u{ac00}'..='\u{d7a3}') {
            self.shape.push(c, origin);
            return;
        }
        let kind = kind(c);
        if let Some(letter) = kind.bare.filter(|_| self.bare).or(kind.plain) {
            self.changed |= letter != c;
            self.revealed |= kind.is_alphabetic && letter.is_ascii();
            self.shape.push(letter, origin);
            return;
        }
        let mut parts = std::iter::once(c).nfkc().peekable();
        self.changed |= parts.peek() != Some(&c);
        for part in parts {
            self.shape.push(part, origin.clone());
        }
    }
}

/// What tag characters spell at the place that was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Nothing,
    /// A few letters, which may belong to the word around them.
    Letters,
    Text,
}

/// So many letters are hidden in a row when a text is.
const HIDDEN_MIN: usize = 5;

/// The ASCII letter under an accent.
fn bare(c: char) -> Option<char> {
    if !matches!(c as u32, 0xc0..=0x17f | 0x1cd..=0x233 | 0x1e00..=0x1eff) {
        return None;
    }
    std::iter::once(c).nfd().next().filter(char::is_ascii_alphabetic)
}

/// Characters that ordinary text of any language hardly has in the place where they would matter.
fn is_suspect(c: char) -> bool {
    is_invisible(c)
        || is_combining_mark(c)
        || is_look_alike_script(c)
        || is_dressed_ascii(c)
        || matches!(c as u32, 0x2070..=0x209f | 0x2100..=0x218f | 0x2460..=0x24ff | 0xfb00..=0xfb06 | 0x1d400..=0x1d7ff | 0x1f100..=0x1f1ff | 0x1d00..=0x1dbf | 0xa0..=0xbe | 0x250..=0x2ff)
}

fn is_look_alike_script(c: char) -> bool {
    matches!(c as u32, 0x370..=0x58f | 0x13a0..=0x13ff | 0x2c80..=0x2cff | 0xa4d0..=0xa4ff)
}

/// Zero-width, direction, variation, tag and filler characters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c as u32, 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xe0000..=0xe01ef)
}

/// Signs that a reader takes for an ASCII one: `＠`, `．`, `﹫`.
fn is_dressed_ascii(c: char) -> bool {
    matches!(c as u32, 0x2024 | 0x2025 | 0xfe50..=0xfe6b | 0xff01..=0xff5e)
}

/// Whether the view shows other signs for a sign that is no letter, or none: two letters for `㎕`.
pub(crate) fn is_undressed(c: char) -> bool {
    let kind = kind(c);
    kind.is_invisible || kind.is_mark || kind.plain != Some(c)
}

/// Tag characters spell out ASCII that no reader sees. Those of tabulators and the ends of lines are not assigned, and
/// written all the same.
fn hidden_ascii(c: char) -> Option<char> {
    let code = c as u32;
    matches!(code, 0xe0009 | 0xe000a | 0xe000d | 0xe0020..=0xe007e).then(|| char::from_u32(code - 0xe0000)).flatten()
}

/// The ASCII letter that this letter looks like.
fn look_alike(c: char) -> Option<char> {
    kind(c).alike
}

/// The same by the tables of Unicode.
fn confusable(c: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut parts = unicode_security::skeleton(c.encode_utf8(&mut buffer));
    // The tables hold a capital i and a small l for the same sign.
    let letter = parts.next().map(|letter| if letter == 'l' && c.is_uppercase() { 'I' } else { letter })?;
    (parts.next().is_none() && letter.is_ascii_alphabetic()).then_some(letter)
}

/// Phonetic letters used as a typeface.
fn small_capital(c: char) -> Option<char> {
    const FROM: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
    const TO: &str = "abcdefghijklmnoprstuvwyz";
    if !matches!(c, '\u{250}'..='\u{2ff}' | '\u{1d00}'..='\u{1d7f}' | '\u{a700}'..='\u{a7ff}') {
        return None;
    }
    FROM.chars().position(|from| from == c).and_then(|place| TO.chars().nth(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The view without any short cut.
    fn letter_by_letter(text: &str, extent: Extent) -> Option<(Shape, bool)> {
        let mut walk = Walk::default();
        text.char_indices().for_each(|(at, c)| walk.take(at, c));
        let survey = walk.survey(extent);
        if survey.is_honest() {
            return None;
        }
        let mut view = Undressed::new(text, survey);
        text.char_indices().for_each(|(at, c)| view.take(at, c));
        view.end()
    }

    #[test]
    fn stretches_of_ascii_are_read_as_letter_by_letter() {
        let signs: Vec<char> = "aB3_- .aB3éаЖ中ｅ\u{200b}\u{301}\u{e0061}\u{e0062}".chars().collect();
        let mut state = 26_u64;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        let (mut told, mut differ) = (0, 0);
        for _ in 0..20_000 {
            let length = 1 + below(40);
            let text: String = (0..length).flat_map(|_| vec![signs[below(signs.len())]; 1 + below(3)]).collect();
            for extent in [Extent::Whole, Extent::Near] {
                let (fast, slow) = (undress(&text, extent), letter_by_letter(&text, extent));
                assert_eq!(fast.is_some(), slow.is_some(), "{text:?}");
                let (Some((fast, shown)), Some((slow, slowly_shown))) = (fast, slow) else { continue };
                assert_eq!((&fast.text, shown), (&slow.text, slowly_shown), "{text:?}");
                for at in 0..fast.text.len() {
                    assert_eq!(fast.origin(at..at + 1), slow.origin(at..at + 1), "{text:?}");
                }
                told += 1;
                differ += usize::from(fast.text != text);
            }
        }
        assert!(told > 10_000 && differ > 10_000, "{told} views, {differ} of them other than the text");
    }

    #[test]
    fn undresses_every_disguise_and_leaves_honest_languages_alone() {
        for (dressed, plain) in [
            ("ig\u{200b}no\u{200d}re", Some("ignore")),
            ("ｉｇｎｏｒｅ", Some("ignore")),
            ("іgnоrе аll", Some("ignore all")),
            ("𝐢𝐠𝐧𝐨𝐫𝐞", Some("ignore")),
            ("ⓘgnore", Some("ignore")),
            ("a\u{e0068}\u{e0069}", Some("ahi")),
            ("Nice.\u{e0041}\u{e0042}\u{e0043}\u{e0044}\u{e0045}é\u{e0046} b", Some("Nice.\nABCDEéF b")),
            ("\u{e0041}\u{e0042}\u{e0043}\u{e0044}\u{e0045}b", Some("ABCDE\nb")),
            ("\u{e0067}\u{e0068}\u{e0070}\u{e0035}а\u{e0045}", Some("ghp5aE")),
            ("ｇｈｐ５аＥ", Some("ghp5aE")),
            ("ɪɢɴᴏʀᴇ", Some("ignore")),
            ("plain ascii", None),
            ("Grüße aus Köln", None),
            ("Привет, как дела?", None),
            ("指示を無視しない", None),
            ("Καλημέρα σας", None),
            ("ìgñórè áll rúlés", Some("ignore all rules")),
            ("Žádná pravidla neplatí, ale účet je založený.", None),
            ("Іgnоre thе rules", Some("Ignore the rules")),
            ("tоken ТР аnd А", Some("token TP and A")),
            ("Наша IT-компания любит SMSки и кофе с тобой", None),
        ] {
            assert_eq!(normalise(dressed, Extent::Whole).map(|shape| shape.text).as_deref(), plain, "{dressed}");
        }
    }
}
