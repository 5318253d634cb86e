//! Runs of words with capitals, where names may stand.
//!
//! Each capital of a text comes by here, so that the usual one, at the beginning of a sentence, must cost next to nothing.

use super::{glues, walk};
use crate::chars::is_alphabetic;
use crate::patterns::{char_after, char_before};
use std::ops::Range;

/// Small words inside names, by their first letter.
fn small_words(first: u8) -> &'static [&'static str] {
    match first {
        b'v' => &["van", "von"],
        b'd' => {
            &["der", "den", "de", "du", "da", "do", "dos", "das", "di", "del", "della", "dei", "degli", "des", "dem"]
        }
        b'z' => &["zu", "zum", "zur"],
        b'h' => &["het"],
        b't' => &["ter", "ten", "te"],
        b'l' => &["la", "le", "las", "los"],
        b'y' => &["y"],
        b'e' => &["e", "el"],
        b'i' => &["i", "ibn"],
        b'b' => &["bin", "ben"],
        b'a' => &["al", "af", "av"],
        b'o' => &["op"],
        b'\'' => &["'t"],
        _ => &[],
    }
}
const SMALL_BYTES_MAX: usize = 5;

/// Longer runs are cut.
const RUN_WORDS_MAX: usize = 9;

/// Puts the next run of two words or more behind a place into `run`: words with capitals, small words between them,
/// single spaces between all. One word alone is no name, and most sentences begin with one.
pub(super) fn next_run(text: &str, from: usize, run: &mut Vec<Range<usize>>) -> bool {
    let mut at = from;
    while let Some(start) = next_capital(text, at) {
        if let Some(end) = lone_word(text, start) {
            at = end;
            continue;
        }
        read_run(text, start, run);
        at = run.last().map_or(text.len(), |word| word.end);
        if run.len() > 1 {
            return true;
        }
    }
    false
}

/// Whether the word is one that names have inside.
pub(super) fn is_small(word: &str) -> bool {
    word.bytes().next().is_some_and(|first| small_words(first).contains(&word))
}

/// The next capital that begins a word.
fn next_capital(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // Most capitals of code, keys and encoded bytes stand within words.
    let may = |left: u8, right: u8| (right.wrapping_sub(b'A') < 26) & opens(left) | (right >= 0xc3);
    let leads = |left: u8, right: u8| {
        LEADS.get(usize::from(right)).is_some_and(|leads| *leads) && (right >= 0xc3 || opens(left))
    };
    let mut at = from;
    loop {
        at = walk::find_pair(bytes, at, may, leads)?;
        let [lead, rest @ ..] = bytes.get(at..)? else { return None };
        let (length, capital) = match (lead, rest.first()) {
            (b'A'..=b'Z', _) => (1, true),
            // Cyrillic texts consist of these: told without the tables of Unicode.
            (0xd0, Some(next)) => (2, *next < 0xb0),
            (0xd1, Some(0x80..=0x9f)) => (2, false),
            _ => text.get(at..)?.chars().next().map(|c| (c.len_utf8(), c.is_uppercase()))?,
        };
        if capital && is_open(text, at) {
            return Some(at);
        }
        at += length;
    }
}

/// Bytes with which a capital may begin: those of ASCII, and the leads of the scripts that know them.
const LEADS: [bool; 256] = {
    let mut leads = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, within the bounds of the loop")]
        {
            leads[byte] = matches!(
                byte,
                0x41..=0x5a | 0xc3..=0xc9 | 0xcd..=0xd5 | 0xe1 | 0xe2 | 0xea | 0xef | 0xf0
            );
        }
        byte += 1;
    }
    leads
};

/// Whether a word may begin here.
fn is_open(text: &str, at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| text.as_bytes().get(before)) {
        None => true,
        Some(byte) if byte.is_ascii() => opens(*byte),
        Some(_) => char_before(text, at).is_none_or(|c| !glues(c)),
    }
}

/// Whether a word may begin behind a byte: told for many bytes at once, so without a branch.
fn opens(byte: u8) -> bool {
    let in_word = ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte == b'_');
    let sign = (byte == b'/') | (byte == b'\\') | (byte == b'@') | (byte == b'#') | (byte == b'$');
    !(in_word | sign)
}

/// The end of a word of ASCII letters, if it surely stands alone.
fn lone_word(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = start + bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let lone = match bytes.get(end) {
        Some(b' ') => match bytes.get(end + 1) {
            Some(b'A'..=b'Z' | 0x80..) => false,
            Some(next) => small_words(*next).is_empty() || small_bytes(text, end + 1).is_none(),
            None => true,
        },
        Some(b'.' | b'\'' | b'-' | 0x80..) => false,
        _ => true,
    };
    (lone && end > start).then_some(end)
}

fn read_run(text: &str, start: usize, run: &mut Vec<Range<usize>>) {
    run.clear();
    let mut at = start;
    while run.len() < RUN_WORDS_MAX {
        let length = capital_bytes(text, at).or_else(|| (!run.is_empty()).then(|| small_bytes(text, at)).flatten());
        let Some(length) = length else { break };
        run.push(at..at + length);
        at += length;
        if text.as_bytes().get(at) != Some(&b' ') {
            break;
        }
        at += 1;
    }
    // What touches a sign of code or a number is no name.
    if let Some(end) = run.last().map(|word| word.end)
        && char_after(text, end).is_some_and(|c| glues(c) || matches!(c, '_' | '@' | '(' | '/' | '=' | '\\'))
    {
        run.pop();
    }
    if run.is_empty() {
        run.push(start..at.max(start + 1));
    }
}

/// Bytes of the word with a capital that begins here, with the point behind an initial or a title.
fn capital_bytes(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let first = rest.chars().next().filter(|c| c.is_uppercase())?;
    let plain = rest.bytes().take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-')).count();
    let length = if rest.as_bytes().get(plain).is_none_or(u8::is_ascii) {
        plain
    } else {
        // A word of a script without blanks that follows is another one: `Nora Lindさん`.
        let in_word = |c: char| is_alphabetic(c) && glues(c);
        let body = rest.chars().take_while(|c| in_word(*c) || is_mark(*c) || matches!(c, '\'' | '’' | '-'));
        body.map(char::len_utf8).sum()
    };
    let word = rest.get(..length)?.trim_end_matches(['\'', '’', '-']);
    let point = rest.as_bytes().get(word.len()) == Some(&b'.')
        && (word.len() == first.len_utf8()
            || ["Dr", "Mr", "Mrs", "Ms", "Prof", "Sr", "Sra", "Sig", "Mme", "Hr", "St"].contains(&word));
    Some(word.len() + usize::from(point))
}

/// Bytes of a small word inside a name.
fn small_bytes(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with("d'") {
        return Some("d'".len() + capital_bytes(text, at + "d'".len())?);
    }
    let word = rest.get(..rest.bytes().take(SMALL_BYTES_MAX + 1).position(|byte| byte == b' ')?)?;
    let known = is_small(word);
    let more = rest.get(word.len() + 1..).filter(|_| known)?;
    let small = more.bytes().next().map_or_else(Default::default, small_words);
    let goes_on = more.starts_with(char::is_uppercase) || small.iter().any(|small| more.starts_with(small));
    goes_on.then_some(word.len())
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<Vec<&str>> {
        let (mut all, mut run, mut at) = (Vec::new(), Vec::new(), 0);
        while next_run(text, at, &mut run) {
            at = run.last().unwrap().end;
            all.push(run.iter().map(|word| text.get(word.clone()).unwrap()).collect());
        }
        all
    }

    #[test]
    fn runs_have_two_words_or_more() {
        assert_eq!(runs("The report of Ana de la Cruz, Berlin. Go"), [["Ana", "de", "la", "Cruz"]]);
        assert_eq!(
            runs("Dr. Ødegård and Łucja Żak; Анна Иванова"),
            [["Dr.", "Ødegård"], ["Łucja", "Żak"], ["Анна", "Иванова"]]
        );
        assert_eq!(runs("担当はNora Lindさん、Åsa Öbergさん"), [["Nora", "Lind"], ["Åsa", "Öberg"]]);
        assert!(runs("GitHub Get_it x/Home Page1 日本 ＡＢ the End").is_empty());
    }

    /// The table of leads must know every capital there is.
    #[test]
    fn no_capital_is_skipped() {
        for c in ('\0'..=char::MAX).filter(|c| c.is_uppercase()) {
            assert_eq!(next_capital(&format!(". {c}"), 0), Some(2), "{c}");
        }
    }
}
