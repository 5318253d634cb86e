//! Unbound with `log-queries`, `log-replies`, `log-tag-queryreply`, to its own file or to syslog.
//!
//! `[1795426200] unbound[812:0] info: 10.1.2.3 chatgpt.com. A IN`

use super::{Context, Line, Miss, Parsed, syslog};
use crate::event::Event;
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use std::borrow::Cow;

const NAME: &str = "unbound";

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    if memchr::memmem::find(line.as_bytes(), b"unbound").is_none() {
        return Err(Miss::Foreign);
    }
    let (at, message) = own_head(line).map_or_else(|| syslog_head(line, context), Ok)?;
    let Some(text) = message.strip_prefix("info: ") else {
        return Ok((NAME, Line::Quiet));
    };
    let (tagged_reply, text) = match (text.strip_prefix("query: "), text.strip_prefix("reply: ")) {
        (Some(query), _) => (false, query),
        (None, Some(reply)) => (true, reply),
        (None, None) => (false, text),
    };
    let mut fields = text.split_ascii_whitespace();
    let (client, name, record_type, class) = (fields.next(), fields.next(), fields.next(), fields.next());
    let (Some(client), Some(name), Some(record_type), Some("IN" | "CH" | "HS" | "ANY")) =
        (client, name, record_type, class)
    else {
        return other_info(text);
    };
    let is_reply = tagged_reply || fields.next().is_some();
    context.unbound_queries |= !is_reply;
    // With both log-queries and log-replies every lookup is written twice: the query comes first and counts.
    if is_reply && context.unbound_queries {
        return Ok((NAME, Line::Quiet));
    }
    let client = client.split_once('@').map_or(client, |(address, _port)| address);
    if !host::is_address(client) {
        return Err(Miss::Bad("unbound query without client address"));
    }
    Ok((NAME, Event::lookup(at, Cow::Borrowed(client), name, record_type).map_or(Line::Quiet, Line::Event)))
}

/// `[1795426200] unbound[812:0] message`, with epoch seconds or, with `log-time-iso`, an ISO moment.
fn own_head(line: &str) -> Option<(Timestamp, &str)> {
    let (moment_text, rest) = match line.strip_prefix('[') {
        Some(inner) => inner.split_once("] ")?,
        None => line.split_once(' ')?,
    };
    let at = moment::epoch(moment_text).or_else(|| moment::iso(moment_text))?;
    let (_, message) = rest.strip_prefix("unbound[")?.split_once("] ")?;
    Some((at, message))
}

fn syslog_head<'a>(line: &'a str, context: &Context) -> Result<(Timestamp, &'a str), Miss> {
    let entry = syslog::entry(line, "unbound", context)?;
    let message = match entry.message.strip_prefix('[') {
        Some(inner) => inner.split_once("] ").map_or(entry.message, |(_, message)| message),
        None => entry.message,
    };
    Ok((entry.at, message))
}

/// Start-up and statistics lines are sentences; a query that was cut is `address` or `address name`.
fn other_info<'a>(text: &str) -> Parsed<'a> {
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    if host::is_address(first) || text.is_empty() {
        return Err(Miss::Bad("unbound query ends early"));
    }
    Ok((NAME, Line::Quiet))
}
