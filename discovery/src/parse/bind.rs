//! BIND's query log in its variants: with and without category, severity, client id, view; with BIND's own, ISO or syslog moments.
//!
//! `23-Nov-2026 09:30:00.123 queries: info: client @0x7f8 10.1.2.3#53211 (chatgpt.com): query: chatgpt.com IN A +E(0)K (10.0.0.53)`

use super::{Context, Line, Miss, Parsed, syslog};
use crate::event::Event;
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use std::borrow::Cow;

const NAME: &str = "bind";

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    let (at, message) = own_head(line).map_or_else(|| syslog_head(line, context), Ok)?;
    self::message(at, message)
}

/// What BIND says after its head.
pub(super) fn message(at: Timestamp, message: &str) -> Parsed<'_> {
    let Some((before, query)) = message.split_once("query: ") else {
        return no_query(message);
    };
    let client = client_of(before).ok_or(Miss::Bad("BIND query without client address"))?;
    let mut fields = query.split_ascii_whitespace();
    let (name, class, record_type) = (fields.next(), fields.next(), fields.next());
    let (Some(name), Some(_class), Some(record_type)) = (name, class, record_type) else {
        return Err(Miss::Bad("BIND query without name, class or type"));
    };
    Ok((NAME, Event::lookup(at, Cow::Borrowed(client), name, record_type).map_or(Line::Quiet, Line::Event)))
}

/// BIND's own moment, `23-Nov-2026 09:30:00.123`, or an ISO one (`print-time iso8601`).
fn own_head(line: &str) -> Option<(Timestamp, &str)> {
    let (first, rest) = line.split_once(' ')?;
    if first.len() == 11 {
        let (time, message) = rest.split_once(' ')?;
        return Some((moment::bind(first, time)?, message));
    }
    let is_iso = first.as_bytes().get(10) == Some(&b'T');
    let is_bind = rest.contains("client ") || rest.contains("queries: ");
    if !is_iso || !is_bind || rest.contains(" named[") || rest.contains(" named-") {
        return None;
    }
    Some((moment::iso(first)?, rest))
}

/// `named`, and as distributions call its variants, `named-pkcs11`, `named-sdb`.
pub(super) fn is_bind(program: &str) -> bool {
    program == "named" || program.starts_with("named-") || program == "bind9"
}

fn syslog_head<'a>(line: &'a str, context: &Context) -> Result<(Timestamp, &'a str), Miss> {
    let names = [&b"named"[..], b"bind9"];
    if names.iter().all(|name| memchr::memmem::find(line.as_bytes(), name).is_none()) {
        return Err(Miss::Foreign);
    }
    let entry = syslog::entry(line, is_bind, context)?;
    Ok((entry.at, entry.message))
}

/// The address in `client @0x7f8 10.1.2.3#53211 (chatgpt.com): view internal: `.
fn client_of(before: &str) -> Option<&str> {
    let (_, rest) = before.split_once("client ")?;
    let rest = match rest.strip_prefix('@') {
        Some(id) => id.split_once(' ')?.1,
        None => rest,
    };
    let (address, _) = rest.split_once('#')?;
    host::is_address(address).then_some(address)
}

/// Zone transfers, refusals, responses and start-up lines are understood; a query line that was cut is not.
fn no_query<'a>(message: &str) -> Parsed<'a> {
    let looks_like_query = message.contains("queries:") || message.contains("client ") || message.is_empty();
    if looks_like_query && !says_other(message) {
        return Err(Miss::Bad("BIND query ends early"));
    }
    Ok((NAME, Line::Quiet))
}

/// Whether something else than a query follows the client.
fn says_other(message: &str) -> bool {
    const OTHER: [&str; 7] = ["query (cache)", "query-errors", "denied", "update", "transfer", "notify", "error"];
    let said = message.split_once("): ").map_or("", |(_, said)| said);
    let said = said.strip_prefix("view ").map_or(said, |rest| rest.split_once(": ").map_or("", |(_, said)| said));
    (!said.is_empty() && !"query: ".starts_with(said)) || OTHER.iter().any(|word| message.contains(word))
}
