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
    let named = memchr::memmem::find(line.as_bytes(), b"unbound").is_some();
    let (at, message) = match own_head(line) {
        Some(head) => head,
        None if named => syslog_head(line, context)?,
        None => return Err(Miss::Foreign),
    };
    self::message(at, message, context)
}

/// What Unbound says after its head; `log-tag-queryreply` writes `query:` and `reply:` in place of `info:`.
pub(super) fn message<'a>(at: Timestamp, message: &'a str, context: &mut Context) -> Parsed<'a> {
    let Some((kind @ ("info" | "query" | "reply"), text)) = message.split_once(": ") else {
        return Ok((NAME, Line::Quiet));
    };
    // Some shippers put the severity before the tag.
    let tagged = (kind == "info").then(|| text.split_once(": ")).flatten();
    let (kind, text) = tagged.filter(|(tag, _)| matches!(*tag, "query" | "reply")).unwrap_or((kind, text));
    let mut fields = text.split_ascii_whitespace();
    let (client, name, record_type, class) = (fields.next(), fields.next(), fields.next(), fields.next());
    let (Some(client), Some(name), Some(record_type), Some("IN" | "CH" | "HS" | "ANY")) =
        (client, name, record_type, class)
    else {
        return other_info(text);
    };
    let is_reply = kind == "reply" || fields.next().is_some();
    context.unbound_queries |= !is_reply;
    // With both log-queries and log-replies every lookup is written twice: the query comes first and counts.
    if is_reply && context.unbound_queries {
        return Ok((NAME, Line::Quiet));
    }
    let client = client.split_once('@').map_or(client, |(address, _port)| address);
    if !host::is_address(client) {
        return other_info(text);
    }
    Ok((NAME, Event::lookup(at, Cow::Borrowed(client), name, record_type).map_or(Line::Quiet, Line::Event)))
}

/// `[1795426200] unbound[812:0] message`, with epoch seconds or, with `log-time-iso`, an ISO moment; `log-identity` may have
/// put another name there.
fn own_head(line: &str) -> Option<(Timestamp, &str)> {
    let (moment_text, rest) = match line.strip_prefix('[') {
        Some(inner) => inner.split_once("] ")?,
        None => line.split_once(' ')?,
    };
    let at = moment::epoch(moment_text).or_else(|| moment::iso(moment_text))?;
    let (name, rest) = rest.split_once('[')?;
    let (process, message) = rest.split_once("] ")?;
    let (pid, thread) = process.split_once(':')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_head = !name.is_empty() && !name.contains(' ') && is_number(pid) && is_number(thread);
    is_head.then_some((at, message))
}

fn syslog_head<'a>(line: &'a str, context: &Context) -> Result<(Timestamp, &'a str), Miss> {
    let entry = syslog::entry(line, |name| name == "unbound" || name.starts_with("unbound-"), context)?;
    Ok((entry.at, without_thread(entry.message)))
}

/// Syslog repeats the process with the thread: `[812:0] info: ..`.
pub(super) fn without_thread(message: &str) -> &str {
    let inner = message.strip_prefix('[').and_then(|inner| inner.split_once("] "));
    inner.map_or(message, |(_, message)| message)
}

/// Start-up and statistics lines are sentences; a query that was cut is `address` or `address name`.
fn other_info<'a>(text: &str) -> Parsed<'a> {
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    if host::is_address(first) || text.is_empty() {
        return Err(Miss::Bad("unbound query ends early"));
    }
    Ok((NAME, Line::Quiet))
}
