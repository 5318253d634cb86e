//! dnsmasq with `log-queries` (and `log-queries=extra`), as syslog or its own log file write it; Pi-hole is dnsmasq.
//!
//! `Nov 23 09:30:01 dnsmasq[812]: query[A] chatgpt.com from 10.1.2.3`

use super::{Context, Line, Miss, Parsed, syslog};
use crate::event::Event;
use crate::host;
use std::borrow::Cow;

const NAME: &str = "dnsmasq";

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    if memchr::memmem::find(line.as_bytes(), b"dnsmasq").is_none() {
        return Err(Miss::Foreign);
    }
    let entry = match syslog::entry(line, "dnsmasq", context) {
        Ok(entry) => entry,
        Err(Miss::Foreign) => return other_part(line, context),
        Err(bad) => return Err(bad),
    };
    let message = without_extra(entry.message);
    let Some(query) = message.strip_prefix("query[") else {
        return quiet(message);
    };
    let (record_type, rest) = query.split_once("] ").ok_or(Miss::Bad("dnsmasq query without record type"))?;
    let (name, client) = rest.split_once(" from ").ok_or(Miss::Bad("dnsmasq query without client"))?;
    let client = client.trim();
    if name.is_empty() || !host::is_address(client) {
        return Err(Miss::Bad("dnsmasq query without name or client address"));
    }
    let event = Event::lookup(entry.at, Cow::Borrowed(client), name, record_type);
    Ok((NAME, event.map_or(Line::Quiet, Line::Event)))
}

/// `log-queries=extra` puts a serial number and the client before the message: `45 10.1.2.3/53211 query[A] ...`.
fn without_extra(message: &str) -> &str {
    let Some((serial, rest)) = message.split_once(' ') else {
        return message;
    };
    if serial.is_empty() || !serial.bytes().all(|byte| byte.is_ascii_digit()) {
        return message;
    }
    match rest.split_once(' ') {
        Some((client, after)) if client.contains('/') => after,
        _ => rest,
    }
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
    for program in ["dnsmasq-dhcp", "dnsmasq-tftp", "dnsmasq-script"] {
        match syslog::entry(line, program, context) {
            Ok(entry) => return quiet(entry.message),
            Err(Miss::Foreign) => {}
            Err(bad) => return Err(bad),
        }
    }
    Err(Miss::Foreign)
}
