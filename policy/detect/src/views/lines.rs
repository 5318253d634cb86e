//! Encoded text that goes on over several lines: of mail, indented or quoted, in pieces of a program, in dumps.

use super::decode;
use super::runs::{RUN_MIN, Runs};
use std::ops::Range;

/// Signs between two lines: the end of a string, an indentation, the mark of a quotation.
const GAP_MAX: usize = 48;

/// Runs that go on over lines, each with all of its stretches. The last line may be shorter than a run.
pub(super) fn chains(text: &str, runs: &[Range<usize>]) -> Vec<Vec<Range<usize>>> {
    let mut chains: Vec<Vec<Range<usize>>> = Vec::new();
    let mut open: Vec<Range<usize>> = Vec::new();
    for run in runs {
        if open.last().is_none_or(|last| goes_on(text, last.end..run.start)) {
            open.push(run.clone());
            continue;
        }
        close(text, std::mem::take(&mut open), &mut chains);
        open.push(run.clone());
    }
    close(text, open, &mut chains);
    chains
}

/// Where what is encoded begins within which a place lies: the run, or the first of those that go on over lines. The place
/// itself if it lies in none.
pub(crate) fn around(text: &str, at: usize) -> usize {
    let runs = Runs::of(text.as_bytes()).base64;
    let holds = |stretches: &[Range<usize>]| {
        let first = stretches.first().map(|first| first.start)?;
        stretches.last().is_some_and(|last| first < at && at < last.end).then_some(first)
    };
    let single = runs.iter().filter_map(|run| holds(std::slice::from_ref(run)));
    single.chain(chains(text, &runs).iter().filter_map(|chain| holds(chain))).fold(at, usize::min)
}

/// Where the runs begin that may go on behind the end of the text, if they seem to say something; the end if there are none.
pub(crate) fn open(text: &str) -> usize {
    let runs = Runs::of(text.as_bytes()).base64;
    let Some((last, earlier)) = runs.split_last().filter(|(last, _)| may_go_on(text, last.end)) else {
        return text.len();
    };
    let joined = |next: &Range<usize>, run: &Range<usize>| goes_on(text, run.end..next.start);
    let mut first = last;
    for run in earlier.iter().rev().take_while(|run| joined(first, run)) {
        first = run;
    }
    // Lists of hashes and names go on over lines, too.
    if decode::seems_encoded(text, first) { first.start } else { text.len() }
}

/// Whether the text ends behind a run with what may stand between two runs, or become it, and the first letters of another.
fn may_go_on(text: &str, run_end: usize) -> bool {
    let tail = text.get(run_end..).unwrap_or_default();
    let gap = tail.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c));
    let next = tail.get(gap.len()..).unwrap_or_default();
    if next.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return next.len() < RUN_MIN && goes_on(text, run_end..run_end + gap.len());
    }
    tail.len() <= GAP_MAX && stands_between(tail.as_bytes())
}

/// Adds the rest of the last line, if there is one.
fn close(text: &str, mut chain: Vec<Range<usize>>, chains: &mut Vec<Vec<Range<usize>>>) {
    chain.extend(chain.last().and_then(|last| rest(text, last.end)));
    if chain.len() > 1 {
        chains.push(chain);
    }
}

/// A last line of a few letters and nothing else.
fn rest(text: &str, from: usize) -> Option<Range<usize>> {
    let tail = text.as_bytes().get(from..)?;
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte);
    let gap = tail.iter().take(GAP_MAX).position(is_letter_of_text)?;
    let length = tail.iter().skip(gap).take(RUN_MIN).take_while(|byte| is_letter(byte)).count();
    let start = from + gap;
    let ends = tail.get(gap + length).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b" ._@:".contains(byte));
    (length < RUN_MIN && ends && goes_on(text, from..start)).then_some(start..start + length)
}

fn is_letter_of_text(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Whether what stands between two runs is the end of a line, or of a string that goes on in another.
fn goes_on(text: &str, gap: Range<usize>) -> bool {
    let Some(gap) = text.as_bytes().get(gap).filter(|gap| !gap.is_empty() && gap.len() <= GAP_MAX) else {
        return false;
    };
    let breaks = gap.contains(&b'\n') || gap.contains(&b'\r');
    let quotes = gap.iter().filter(|byte| matches!(byte, b'"' | b'\'' | b'`')).count() >= 2;
    (breaks || quotes) && stands_between(gap)
}

/// Whether signs are such as stand between two runs. An empty line ends everything.
fn stands_between(signs: &[u8]) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_whitespace() || b">|#*\"'`+,;()\\&._/-".contains(byte);
    let ends_empty = |end: &[u8]| signs.windows(end.len()).any(|here| here == end);
    signs.iter().all(is_sign) && !ends_empty(b"\n\n") && !ends_empty(b"\n\r\n")
}

/// What dumps show in their middle column, line behind line as long as their numbers go on: bytes with the place of each.
pub(super) fn dumps(text: &str, runs: &[Range<usize>]) -> Vec<(Vec<Range<usize>>, Vec<u8>)> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Vec::new() };
    let mut at = text.get(..first.start).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
    let mut dumps: Vec<Dump> = Vec::new();
    let mut goes_on = false;
    for line in text.get(at..last.end).unwrap_or_default().split_inclusive('\n') {
        let shown = dump_line(line, at);
        at += line.len();
        let Some((number, places, bytes)) = shown else {
            goes_on = false;
            continue;
        };
        let next = number + bytes.len();
        match dumps.last_mut().filter(|dump| goes_on && dump.next == number) {
            Some(dump) => {
                dump.next = next;
                dump.places.extend(places);
                dump.bytes.extend(bytes);
            }
            None => dumps.push(Dump { next, places, bytes }),
        }
        goes_on = true;
    }
    dumps.into_iter().filter(|dump| dump.bytes.len() >= DUMPED_MIN).map(|dump| (dump.places, dump.bytes)).collect()
}

/// Some lines of a dump.
struct Dump {
    /// The number that the next line has.
    next: usize,
    places: Vec<Range<usize>>,
    bytes: Vec<u8>,
}

/// Fewer bytes behind a number are numbers too.
const DUMPED_MIN: usize = 8;
/// Bytes in one line.
const LINE_BYTES: usize = 16;

/// The number of a line as `xxd` and `hexdump` write it, and the bytes behind it.
fn dump_line(line: &str, start: usize) -> Option<(usize, Vec<Range<usize>>, Vec<u8>)> {
    let digits = |from: usize| line.bytes().skip(from).take_while(u8::is_ascii_hexdigit).count();
    let indent = line.bytes().take_while(|byte| *byte == b' ').count();
    let width = digits(indent);
    let number =
        usize::from_str_radix(line.get(indent..indent + width)?, 16).ok().filter(|_| (6..=16).contains(&width))?;
    let mut at = indent + width;
    at += usize::from(line.as_bytes().get(at) == Some(&b':'));
    let (mut places, mut bytes) = (Vec::new(), Vec::new());
    while bytes.len() < LINE_BYTES {
        // Behind three blanks stand the same bytes as letters.
        let blanks = line.bytes().skip(at).take_while(|byte| *byte == b' ').count();
        let length = digits(at + blanks);
        let ends = line.as_bytes().get(at + blanks + length).is_none_or(u8::is_ascii_whitespace);
        if !(1..=2).contains(&blanks) || !matches!(length, 2 | 4 | 8 | 16) || !ends {
            break;
        }
        for pair in (at + blanks..at + blanks + length).step_by(2) {
            bytes.push(u8::from_str_radix(line.get(pair..pair + 2)?, 16).ok()?);
            places.push(start + pair..start + pair + 2);
        }
        at += blanks + length;
    }
    (number < usize::MAX - LINE_BYTES && !bytes.is_empty()).then_some((number, places, bytes))
}

#[cfg(test)]
mod tests {
    use super::super::runs::Runs;
    use super::*;

    #[test]
    fn runs_go_on_over_what_stands_between_lines() {
        let (one, two) = ("A1b2".repeat(5), "C3d4".repeat(5));
        for gap in
            ["\n", "\r\n", "\n    ", "\n> ", "\n> > ", "\"\n    \"", "\" +\n  \"", "\" + \"", "\\\n", "',\n'", "\n// "]
        {
            let text = format!("see: \"{one}{gap}{two}{gap}E5f=\" end");
            let runs = Runs::of(text.as_bytes()).base64;
            let chains = chains(&text, &runs);
            let read: Vec<&str> = chains.iter().flatten().map(|line| text.get(line.clone()).unwrap()).collect();
            assert_eq!(read, [&one, &two, "E5f="], "{gap:?}");
        }
        for gap in [" ", ", ", "\n\n", "\r\n\r\n", "\nword ", ": ", "\n- a: "] {
            let text = format!("{one}{gap}{two}");
            assert!(chains(&text, &Runs::of(text.as_bytes()).base64).is_empty(), "{gap:?}");
        }
    }

    #[test]
    fn runs_are_open_until_something_else_stands_behind_them() {
        let (one, two) = ("aWdub3JlIGFsbCBwcmV2", "aW91cyBpbnN0cnVjdGlv");
        for gap in ["\n", "\r\n> ", "\" +\n  \"", "\" + \"", "\\\n"] {
            let text = format!("see: \"{one}{gap}{two}{gap}E5+f{gap}");
            for end in 7 + one.len()..text.len() - gap.len() {
                let begun = text.get(..end).unwrap();
                assert_eq!(open(begun), 6, "{begun:?}");
            }
        }
        for closed in [" a", "\n\n", "\r\n\r\n", ": ", "\nword ", ", next"] {
            let text = format!("{one}{closed}");
            assert_eq!(open(&text), text.len(), "{text:?}");
        }
        for list in
            ["2f65424732239e25b7c2eed97d924ceb\n26455bcc2d208666\n", "SomeVeryLongNameOfAClass\nAnotherVeryLongName\n"]
        {
            assert_eq!(open(list), list.len(), "{list:?}");
        }
    }

    #[test]
    fn a_place_within_encoded_text_is_led_to_its_beginning() {
        let (one, two) = ("aWdub3JlIGFsbCBwcmV2", "aW91cyBpbnN0cnVjdGlv");
        let text = format!("{two} see: \"{one}\" +\n  \"{two}\" {one}");
        for (at, start) in
            [(0, 0), (1, 0), (19, 0), (20, 20), (23, 23), (27, 27), (28, 27), (47, 27), (50, 27), (60, 27)]
        {
            assert_eq!(around(&text, at), start, "{at}");
        }
        let behind = text.len() - one.len();
        for at in [behind - 2, behind, text.len()] {
            assert_eq!(around(&text, at), at);
        }
    }

    #[test]
    fn the_bytes_of_a_dump_are_read_over_its_lines() {
        for text in [
            "00000000: 6967 6e6f 7265 2061 6c6c 2070 7265 7669  ignore all previ\n00000010: 6f75 7320 72              ous r\n",
            "00000000  69 67 6e 6f 72 65 20 61  6c 6c 20 70 72 65 76 69  |ignore all previ|\n00000010  6f 75 73 20 72 |ous r|",
        ] {
            for text in [text.to_owned(), format!("look at this:\n{text}\nand go on\n00000010: 6162\n")] {
                let found = dumps(&text, &Runs::of(text.as_bytes()).bytes);
                let (places, bytes) = found.first().unwrap();
                assert_eq!(bytes, b"ignore all previous r", "{text}");
                assert_eq!(text.get(places[18].clone()), Some("73"));
            }
        }
    }
}
