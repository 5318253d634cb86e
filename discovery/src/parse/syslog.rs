//! The head that syslog and the journal put before a line. Read are
//! - RFC 3164, `Nov 23 09:30:00 host program[12]: message`, also with a year, a weekday, a facility word or without the host;
//! - RFC 5424, `<30>1 2026-11-23T09:30:00Z host program 12 - [data] message`;
//! - ISO moments as rsyslog and `journalctl -o short-iso`, `short-full` and `short-unix` write them;
//!
//! each with or without a `<priority>`.

use super::{Context, Miss};
use crate::moment;
use gnomon_types::time::Timestamp;

/// Said when a line has no year and the caller gave no hint.
pub(super) const NO_YEAR: &str = "the line names no year and the file's own time is not known";
const BAD_MOMENT: &str = "the moment at the start of the line cannot be read";
/// Words between the moment and the program: host, facility.
const WORDS_BEFORE_PROGRAM_MAX: usize = 2;

/// A line after its syslog head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) at: Timestamp,
    /// What follows `program[pid]:`.
    pub(super) message: &'a str,
}

/// Takes the head off if a program that is meant (such as `dnsmasq`) wrote the line.
pub(super) fn entry<'a>(line: &'a str, program: impl Fn(&str) -> bool, context: &Context) -> Result<Entry<'a>, Miss> {
    let (moment, message) = head(line, program).ok_or(Miss::Foreign)?;
    let at = match moment {
        Moment::Epoch(text) => moment::epoch(text),
        Moment::Iso(text) => moment::iso(text),
        Moment::Spaced(date, time) => moment::iso_parts(date, time),
        Moment::Dated(month, day, time, year) => moment::dated(month, day, time, year),
        Moment::Yearless(month, day, time) => yearless(month, day, time, context)?,
    };
    Ok(Entry { at: at.ok_or(Miss::Bad(BAD_MOMENT))?, message })
}

fn yearless(month: &str, day: &str, time: &str, context: &Context) -> Result<Option<Timestamp>, Miss> {
    if let Some(year) = context.year.given {
        return Ok(moment::dated(month, day, time, &year.to_string()));
    }
    let at = moment::syslog(month, day, time, context.year.written.ok_or(Miss::Bad(NO_YEAR))?);
    context.year_was_inferred.set(true);
    Ok(at)
}

/// The message alone, for lines that carry a moment of their own.
pub(super) fn carried(line: &str, program: impl Fn(&str) -> bool) -> Option<&str> {
    head(line, program).map(|(_, message)| message)
}

/// What may be the message of a line, whoever wrote it: for formats that know their own lines. A host such as `fd00::1`
/// looks like a program, so there may be several.
pub(super) fn messages(line: &str) -> impl Iterator<Item = &str> {
    let line = without_priority(line);
    let rest = line.strip_prefix("1 ");
    let one = rest.and_then(|rest| structured(rest, |_| true)).map(|(_, message)| message);
    let other = rest.is_none().then(|| split_moment(line)).flatten();
    let tagged = other.into_iter().flat_map(|(_, rest)| starts(rest).filter_map(|text| after_tag(text, |_| true)));
    one.into_iter().chain(tagged)
}

fn head(line: &str, program: impl Fn(&str) -> bool) -> Option<(Moment<'_>, &str)> {
    let line = without_priority(line);
    if let Some(rest) = line.strip_prefix("1 ") {
        return structured(rest, program);
    }
    let (moment, rest) = split_moment(line)?;
    Some((moment, message_of(rest, program)?))
}

enum Moment<'a> {
    Epoch(&'a str),
    Iso(&'a str),
    Spaced(&'a str, &'a str),
    Dated(&'a str, &'a str, &'a str, &'a str),
    Yearless(&'a str, &'a str, &'a str),
}

fn without_priority(line: &str) -> &str {
    let Some((number, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return line;
    };
    let is_priority = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_priority { rest } else { line }
}

/// RFC 5424 after its version: `moment host program pid id [data] message`.
fn structured(rest: &str, program: impl Fn(&str) -> bool) -> Option<(Moment<'_>, &str)> {
    let mut words = rest.splitn(6, ' ');
    let (at, _host, name) = (words.next()?, words.next()?, words.next()?);
    let (_pid, _id, rest) = (words.next()?, words.next()?, words.next()?);
    if !is_iso_moment(at) || !program(name) {
        return None;
    }
    let message = match rest.strip_prefix('-') {
        Some(message) => message,
        None => after_data(rest)?,
    };
    let message = message.trim_start_matches(' ');
    Some((Moment::Iso(at), message.strip_prefix('\u{feff}').unwrap_or(message)))
}

/// What follows `[id name="value"]..`; `\]` within a value does not close it.
fn after_data(text: &str) -> Option<&str> {
    let (mut inside, mut escaped) = (false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => inside = true,
            b']' => inside = false,
            b' ' if !inside => return text.get(index..),
            _ => {}
        }
    }
    None
}

fn is_iso_moment(word: &str) -> bool {
    word.len() >= 19 && word.as_bytes().get(10) == Some(&b'T')
}

fn split_moment(line: &str) -> Option<(Moment<'_>, &str)> {
    let (first, rest) = line.split_once(' ')?;
    if is_iso_moment(first) {
        return Some((Moment::Iso(first), rest));
    }
    if first.len() == 10 && first.as_bytes().get(4) == Some(&b'-') {
        let (time, rest) = rest.split_once(' ')?;
        return Some((Moment::Spaced(first, time), rest));
    }
    if first.len() > 10 && first.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return Some((Moment::Epoch(first), rest));
    }
    if matches!(first, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun") {
        return split_moment(rest);
    }
    if first.len() != 3 {
        return None;
    }
    let (day, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    let (time, rest) = rest.split_once(' ')?;
    if let Some(year) = is_year(time).then_some(time) {
        let (time, rest) = rest.split_once(' ')?;
        return Some((Moment::Dated(first, day, time, year), rest));
    }
    if let Some((year, after)) = rest.split_once(' ')
        && is_year(year)
    {
        return Some((Moment::Dated(first, day, time, year), after));
    }
    (time.len() >= 8).then_some((Moment::Yearless(first, day, time), rest))
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.starts_with("20") && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text after `program:` or `program[12]:`, which may stand after the host and the facility.
fn message_of(rest: &str, program: impl Fn(&str) -> bool) -> Option<&str> {
    starts(rest).find_map(|text| after_tag(text, &program))
}

/// Where the program may stand.
fn starts(rest: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::successors(Some(rest), |text| text.split_once(' ').map(|(_, after)| after));
    starts.take(WORDS_BEFORE_PROGRAM_MAX + 1)
}

/// Unbound's own `unbound[812:0] info:` has no colon after the bracket.
fn after_tag(text: &str, program: impl Fn(&str) -> bool) -> Option<&str> {
    let word = text.split(' ').next()?;
    let (name, after) = text.split_at_checked(word.find(['[', ':'])?)?;
    if !program(name) {
        return None;
    }
    let after = match after.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.1,
        None => after,
    };
    Some(after.strip_prefix(':').unwrap_or(after).trim_start_matches(' '))
}
