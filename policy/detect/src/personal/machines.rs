//! Network addresses: IPv4 and IPv6 of what may be somebody's device.

use super::context::{Class, Word, Words};
use super::{Data, Datum, Numbers, glues, leads, matches_in, pattern, walk};
use crate::config::PlanError;
use crate::patterns::{after, before, char_after};
use regex::Regex;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Compiled patterns of this file.
pub(super) struct Machines {
    v4: Regex,
    v6: Regex,
}

impl Machines {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self {
            v4: pattern("pii.ip", r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")?,
            v6: pattern("pii.ip", r"(?i-u:[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})")?,
        })
    }

    /// IPv4 and IPv6 addresses that can belong to somebody's device.
    pub(super) fn scan(&self, numbers: &Numbers<'_>, data: &mut Data) {
        let Numbers { text, digits, words } = *numbers;
        let v4 = walk::numbers(text, digits, 4, |signs| signs == b".");
        for span in v4.flat_map(|number| matches_in(&self.v4, text, number)) {
            if is_ip_v4(text, words, span.clone()) && !data.taken(&span) {
                data.push(Datum { span, type_: "IP", rule: Cow::Borrowed("pii.ip"), score: 0.95 });
            }
        }
        let groups = groups_with_colons(text, digits).map(|groups| without_port(text, groups));
        for span in groups.flat_map(|groups| matches_in(&self.v6, text, groups)) {
            if is_ip_v6(text, span.clone()) && !data.taken(&span) {
                data.push(Datum { span, type_: "IP", rule: Cow::Borrowed("pii.ip"), score: 0.95 });
            }
        }
    }
}

/// Stretches of hexadecimal digits and colons around decimal ones, with two colons at least.
fn groups_with_colons(text: &str, digits: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let belongs = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    let mut seen = 0;
    digits.iter().filter_map(move |run| {
        if run.end <= seen {
            return None;
        }
        seen = run.end + bytes.get(run.end..)?.iter().take_while(belongs).count();
        let start = run.start - bytes.get(..run.start)?.iter().rev().take_while(belongs).count();
        let colons = bytes.get(start..seen)?.iter().filter(|byte| **byte == b':').count();
        (colons > 1).then_some(start..seen)
    })
}

/// Groups without the port behind a whole address: a ninth group, or five digits behind the last colon.
fn without_port(text: &str, groups: Range<usize>) -> Range<usize> {
    let written = text.get(groups.clone()).unwrap_or_default();
    match written.rsplit_once(':') {
        Some((address, port))
            if (port.len() == 5 || address.matches(':').count() == 7)
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && address.parse::<Ipv6Addr>().is_ok() =>
        {
            groups.start..groups.start + address.len()
        }
        _ => groups,
    }
}

fn is_ip_v4(text: &str, words: &Words, span: Range<usize>) -> bool {
    let Some(Ok(address)) = text.get(span.clone()).map(str::parse::<Ipv4Addr>) else {
        return false;
    };
    // What takes longest is asked last.
    stands_for_a_device(text, &span, address) && !is_counted(text, &span, address) && !is_version(text, words, &span)
}

/// Whether it stands free, and neither for a network nor for no device in particular.
fn stands_for_a_device(text: &str, span: &Range<usize>, address: Ipv4Addr) -> bool {
    let free = leads(text, span.start).is_none_or(|c| !glues(c) && !matches!(c, '.' | '-' | '_'))
        && char_after(text, span.end).is_none_or(|c| !glues(c) && !matches!(c, '-' | '_'))
        && !(after(text, span.end, 2).starts_with('.')
            && after(text, span.end, 2).ends_with(|c: char| c.is_ascii_alphanumeric()));
    let special = address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || address.octets().first() == Some(&0)
        || address.octets().first() == Some(&255);
    let network =
        after(text, span.end, 2).strip_prefix('/').is_some_and(|bits| bits.starts_with(|c: char| c.is_ascii_digit()))
            && address.octets().last() == Some(&0);
    free && !special && !network
}

/// Whether it is the number of a version.
fn is_version(text: &str, words: &Words, span: &Range<usize>) -> bool {
    let required = ["==", "~=", ">=", "<=", "!=", "^", "~", ":v"];
    if required.iter().any(|sign| before(text, span.start, 2).ends_with(sign)) {
        return true;
    }
    let image = before(text, span.start, 64).rsplit(char::is_whitespace).next();
    if image.is_some_and(|image| image.ends_with(':') && image.contains('/') && !image.contains("//")) {
        return true;
    }
    let named = |word: Word<'_>| (word.gap.len() <= 20 && !speaks_of_machines(word.gap)) || word.gap.ends_with(" to ");
    !came_from(text, span) && words.nearest_of(text, span.start, 32, |class| class == Class::Thing).is_some_and(named)
}

/// Whether it counts sections or classes, which addresses hardly ever look like.
fn is_counted(text: &str, span: &Range<usize>, address: Ipv4Addr) -> bool {
    address.octets().iter().all(|part| *part < COUNTED_MAX)
        && address.octets().first() != Some(&10)
        && !came_from(text, span)
        && !before(text, span.start, 2).ends_with(['/', '@'])
        && !text.get(span.end..).is_some_and(|behind| behind.starts_with([':', '/']))
        && !begins_an_entry(text, span)
        && !speaks_of_machines(before(text, span.start, 32))
}

/// `request from 1.2.3.4`, but not `upgrade from 1.2.3.4 to 1.2.3.5`.
fn came_from(text: &str, span: &Range<usize>) -> bool {
    before(text, span.start, 5) == "from " && !after(text, span.end, 4).starts_with(" to ")
}

fn is_ip_v6(text: &str, span: Range<usize>) -> bool {
    let Some(written) = text.get(span.clone()) else {
        return false;
    };
    let Ok(address) = written.parse::<Ipv6Addr>() else {
        return false;
    };
    let groups = written.split(':').filter(|group| !group.is_empty()).count();
    let port = after(text, span.end, 6).strip_prefix(':').unwrap_or_default();
    let port = port.bytes().take_while(u8::is_ascii_digit).count() >= 4;
    let free = leads(text, span.start).is_none_or(|c| !glues(c) && !matches!(c, ':' | '.'))
        && char_after(text, span.end).is_none_or(|c| !glues(c))
        && (port
            || !(after(text, span.end, 2).starts_with(':')
                && after(text, span.end, 2).ends_with(|c: char| c == ':' || c.is_ascii_alphanumeric())));
    free && groups >= 3 && !address.is_loopback() && written.bytes().any(|b| b.is_ascii_digit())
}

/// `5.9.12.7 - - [10/Oct/2026` of a log, and `X-Real: 5.9.12.7` of a header.
fn begins_an_entry(text: &str, span: &Range<usize>) -> bool {
    let line = before(text, span.start, LABEL_BYTES_MAX).rsplit('\n').next().unwrap_or_default();
    let label = line.trim_end().strip_suffix(':').unwrap_or_default();
    let is_label = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_label || (line.is_empty() && after(text, span.end, 3) == " - ")
}

const LABEL_BYTES_MAX: usize = 40;

/// Numbers of chapters are smaller.
const COUNTED_MAX: u8 = 25;

/// Words that speak of machines and of how they are reached.
const MACHINES: [&str; 42] = [
    "ip",
    "ips",
    "ipv4",
    "ip4",
    "addr",
    "address",
    "adresse",
    "addresses",
    "host",
    "hosts",
    "client",
    "server",
    "src",
    "source",
    "dst",
    "dest",
    "destination",
    "peer",
    "remote",
    "gateway",
    "dns",
    "ping",
    "resolver",
    "nameserver",
    "proxy",
    "logged",
    "listen",
    "listening",
    "bind",
    "node",
    "connect",
    "connected",
    "connection",
    "forwarded",
    "subnet",
    "netmask",
    "router",
    "inet",
    "ssh",
    "rhost",
    "clientip",
    "remoteaddr",
];

/// Whether one of the words before an address says that it is one.
fn speaks_of_machines(head: &str) -> bool {
    let words = head.split(|c: char| !c.is_ascii_alphanumeric());
    let mut words = words.filter(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()));
    words.any(|word| MACHINES.iter().any(|known| known.eq_ignore_ascii_case(word)))
}
