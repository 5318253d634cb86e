//! dnsmasq with `log-queries` (and `log-queries=extra`), as syslog or its own log file write it; Pi-hole is dnsmasq.
//!
//! `Nov 23 09:30:01 dnsmasq[812]: query[A] chatgpt.com from 10.1.2.3`

use super::{Context, Line, Miss, Parsed, syslog};
use crate::event::Event;
use crate::host;
use gnomon_types::time::Timestamp;
use std::borrow::Cow;

const NAME: &str = "dnsmasq";

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    if memchr::memmem::find(line.as_bytes(), b"dnsmasq").is_none() {
        return Err(Miss::Foreign);
    }
    let entry = match syslog::entry(line, |name| name == "dnsmasq", context) {
        Ok(entry) => entry,
        Err(Miss::Foreign) => return other_part(line, context),
        Err(bad) => return Err(bad),
    };
    message(entry.at, entry.message)
}

/// What dnsmasq says after its head.
pub(super) fn message(at: Timestamp, message: &str) -> Parsed<'_> {
    let message = without_extra(message);
    let Some(query) = message.strip_prefix("query[") else {
        return quiet(message);
    };
    let (record_type, rest) = query.split_once("] ").ok_or(Miss::Bad("dnsmasq query without record type"))?;
    let (name, client) = rest.split_once(" from ").ok_or(Miss::Bad("dnsmasq query without client"))?;
    // Newer versions may say the protocol after the client.
    let client = client.split_ascii_whitespace().next().unwrap_or_default();
    if name.is_empty() || !host::is_address(client) {
        return Err(Miss::Bad("dnsmasq query without name or client address"));
    }
    let event = Event::lookup(at, Cow::Borrowed(client), name, record_type);
    Ok((NAME, event.map_or(Line::Quiet, Line::Event)))
}

/// `log-queries=extra` puts a serial number and the client before the message, `proto` the protocol too: `45 UDP 10.1.2.3/53211 query[A] ...`.
fn without_extra(message: &str) -> &str {
    let Some((serial, mut rest)) = message.split_once(' ') else {
        return message;
    };
    if serial.is_empty() || !serial.bytes().all(|byte| byte.is_ascii_digit()) {
        return message;
    }
    while let Some((word, after)) = rest.split_once(' ')
        && (word == "UDP" || word == "TCP" || word.split_once('/').is_some_and(|(client, _)| host::is_address(client)))
    {
        rest = after;
    }
    rest
}

/// Everything else dnsmasq says has at least a word and an object; a cut line has not.
fn quiet<'a>(message: &str) -> Parsed<'a> {
    if message.len() > 6 && message.contains(' ') {
        return Ok((NAME, Line::Quiet));
    }
    Err(Miss::Bad("dnsmasq message ends early"))
}

/// `dnsmasq-dhcp`, `dnsmasq-tftp`, `dnsmasq-script`.
fn other_part<'a>(line: &'a str, context: &Context) -> Parsed<'a> {
    quiet(syslog::entry(line, |name| name.starts_with("dnsmasq-"), context)?.message)
}
