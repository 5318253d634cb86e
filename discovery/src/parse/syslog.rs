//! The head that syslog puts before a line: `Nov 23 09:30:00 host program[12]: message`, the same with an ISO moment
//! (RFC 3339, as rsyslog writes), with or without the host, with or without a `<priority>`.

use super::{Context, Miss};
use crate::moment;
use gnomon_types::time::Timestamp;

/// Said when a line has no year and the caller gave no hint.
pub(super) const NO_YEAR: &str = "the line names no year and the file's own time is not known";
const BAD_MOMENT: &str = "the moment at the start of the line cannot be read";

/// A line after its syslog head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) at: Timestamp,
    /// What follows `program[pid]:`.
    pub(super) message: &'a str,
}

/// Takes the head off if `program` (such as `dnsmasq`) wrote the line.
pub(super) fn entry<'a>(line: &'a str, program: &str, context: &Context) -> Result<Entry<'a>, Miss> {
    let line = without_priority(line);
    let (at_text, rest) = split_moment(line).ok_or(Miss::Foreign)?;
    let message = message_of(rest, program).ok_or(Miss::Foreign)?;
    let at = match at_text {
        Moment::Iso(text) => moment::iso(text).ok_or(Miss::Bad(BAD_MOMENT))?,
        Moment::Yearless(month, day, time) => {
            let written = context.written.ok_or(Miss::Bad(NO_YEAR))?;
            moment::syslog(month, day, time, written).ok_or(Miss::Bad(BAD_MOMENT))?
        }
    };
    Ok(Entry { at, message })
}

enum Moment<'a> {
    Iso(&'a str),
    Yearless(&'a str, &'a str, &'a str),
}

fn without_priority(line: &str) -> &str {
    let Some((number, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return line;
    };
    let is_priority = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_priority { rest } else { line }
}

fn split_moment(line: &str) -> Option<(Moment<'_>, &str)> {
    let (first, rest) = line.split_once(' ')?;
    if first.len() >= 19 && first.as_bytes().get(10) == Some(&b'T') {
        return Some((Moment::Iso(first), rest));
    }
    if first.len() != 3 {
        return None;
    }
    let (day, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    let (time, rest) = rest.split_once(' ')?;
    (time.len() >= 8).then_some((Moment::Yearless(first, day, time), rest))
}

/// The text after `program:`, `program[12]:` or `host program[12]:`.
fn message_of<'a>(rest: &'a str, program: &str) -> Option<&'a str> {
    let tag_at = |text: &'a str| -> Option<&'a str> {
        let after = text.strip_prefix(program)?;
        if let Some(message) = after.strip_prefix(':') {
            return Some(message.trim_start_matches(' '));
        }
        let (_, message) = after.strip_prefix('[')?.split_once("]:")?;
        Some(message.trim_start_matches(' '))
    };
    tag_at(rest).or_else(|| rest.split_once(' ').and_then(|(_host, after)| tag_at(after)))
}
