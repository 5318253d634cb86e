//! Squid's native access log.
//!
//! `1795426200.123    812 10.1.2.3 TCP_TUNNEL/200 5321 CONNECT chatgpt.com:443 a.keller HIER_DIRECT/1.2.3.4 -`
//!
//! With or without a syslog head. Further fields that sites append are tolerated; a quoted one that looks like a user agent is used.

use super::{Context, Line, Miss, Parsed, syslog};
use crate::event::{Event, Seen};
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use std::borrow::Cow;

const NAME: &str = "squid";

pub(super) fn read<'a>(line: &'a str, _context: &mut Context) -> Parsed<'a> {
    match native(line) {
        Err(Miss::Foreign) => in_syslog(line),
        read => read,
    }
}

/// What syslog carries, as written with `access_log syslog:`. Squid's own tag is `(squid-1)` and so on, shippers of files
/// put any other.
fn in_syslog(line: &str) -> Parsed<'_> {
    let read = syslog::messages(line).map(native).find(|read| !matches!(read, Err(Miss::Foreign)));
    read.unwrap_or(Err(Miss::Foreign))
}

fn native(line: &str) -> Parsed<'_> {
    let (at, rest) = moment_of(line).ok_or(Miss::Foreign)?;
    if let Some(referrer) = referrer(rest, at) {
        return referrer;
    }
    let mut fields = rest.split_ascii_whitespace();
    let mut next = || fields.next();
    if !next().is_some_and(is_number) {
        return Err(Miss::Foreign);
    }
    let cut = Miss::Bad("Squid line ends early");
    let (client, result) = (next().ok_or(cut)?, next().ok_or(cut)?);
    let (bytes, method) = (next().ok_or(cut)?, next().ok_or(cut)?);
    let (target, user) = (next().ok_or(cut)?, next().ok_or(cut)?);
    let hierarchy = next().ok_or(cut)?;
    let (code, status) = result.split_once('/').ok_or(Miss::Bad("Squid result has no status"))?;
    let status = status.parse().map_err(|_| Miss::Bad("Squid status is no number"))?;
    let bytes_down = bytes.parse().map_err(|_| Miss::Bad("Squid size is no number"))?;
    if !hierarchy.contains('/') {
        return Err(Miss::Bad("Squid hierarchy field is missing"));
    }
    let content_type = next().ok_or(cut)?;
    if serves_nobody(code, method, target) {
        return Ok((NAME, Line::Quiet));
    }
    let tunnel = method == "CONNECT";
    let parsed = if tunnel { host::connect(target) } else { host::url(target) };
    let parsed = parsed.ok_or(Miss::Bad("Squid target is neither a URL nor host:port"))?;
    let mut event = Event::new(at, if tunnel { Seen::Tunnel } else { Seen::Http }, parsed.host);
    if tunnel
        && host::is_address(&event.host)
        && let Some(name) = fields.find(|field| is_server_name(field))
    {
        event.host = host::normal(name);
    }
    event.port = parsed.port;
    event.secure = parsed.secure;
    event.path = parsed.path.map(Cow::Borrowed);
    event.method = Cow::Borrowed(method);
    event.device = Some(Cow::Borrowed(client));
    event.user = host::user(user);
    event.status = status;
    event.bytes_down = bytes_down;
    event.refused = refuses(code) || precedes_tunnel(code, method);
    event.content_type = Cow::Borrowed(if content_type == "-" { "" } else { content_type });
    event.agent = Cow::Borrowed(quoted_agent(line));
    Ok((NAME, Line::Event(event)))
}

/// Neighbouring caches that ask each other over UDP, connections without a request, Squid's own pages for its manager.
pub(super) fn serves_nobody(code: &str, method: &str, target: &str) -> bool {
    code.starts_with("UDP_")
        || method == "ICP_QUERY"
        || target.starts_with("error:")
        || target.starts_with("cache_object:")
}

/// With `ssl_bump` Squid writes a line of its own for the CONNECT, `NONE_NONE/200 0 CONNECT host:443` (older: `TAG_NONE`,
/// `NONE`), and then the tunnel or the requests in it; with 503 there never was a tunnel. Only what follows is a use.
pub(super) fn precedes_tunnel(code: &str, method: &str) -> bool {
    method == "CONNECT" && matches!(code, "NONE_NONE" | "TAG_NONE" | "NONE")
}

/// Result codes of requests that Squid did not carry out, challenges for a password (407) among them. With
/// `TCP_DENIED_REPLY` the request did go out: only the answer was withheld.
pub(super) fn refuses(code: &str) -> bool {
    (code.starts_with("TCP_DENIED") && code != "TCP_DENIED_REPLY") || code.starts_with("UDP_DENIED")
}

/// The moment at the start: epoch seconds, or what sites put in their place to read it themselves, `23/Nov/2026:09:30:00 +0100`
/// (`%tl`, also in brackets) or an ISO moment.
fn moment_of(line: &str) -> Option<(Timestamp, &str)> {
    let line = line.strip_prefix('[').unwrap_or(line);
    if !line.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (first, rest) = line.split_once(' ')?;
    // Other logs that begin with epoch seconds are separated by tabs.
    if first.contains('\t') {
        return None;
    }
    if let Some(at) = moment::epoch(first) {
        return Some((at, rest));
    }
    if let Some(at) = moment::iso(first.trim_end_matches(']')) {
        return Some((at, rest));
    }
    let (second, rest) = rest.split_once(' ')?;
    let both = line.get(..first.len() + 1 + second.len())?.trim_end_matches(']');
    moment::common_log(both).or_else(|| moment::iso(both)).map(|at| (at, rest))
}

/// `logformat referrer`: `moment client referrer URL`.
fn referrer(rest: &str, at: Timestamp) -> Option<Parsed<'_>> {
    let mut fields = rest.split_ascii_whitespace();
    let (client, referrer, target) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() || !host::is_address(client) || !(referrer == "-" || referrer.contains("://")) {
        return None;
    }
    let target = host::url(target)?;
    let mut event = Event::new(at, Seen::Http, target.host);
    event.port = target.port;
    event.secure = target.secure;
    event.path = target.path.map(Cow::Borrowed);
    event.device = Some(Cow::Borrowed(client));
    Some(Ok(("squid-referrer", Line::Event(event))))
}

/// The TLS server name that sites with interception append (`%ssl::>sni`): there CONNECT names an address only.
fn is_server_name(field: &str) -> bool {
    let is_label_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let ending = field.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.len() >= 2
        && ending.bytes().any(|byte| byte.is_ascii_alphabetic())
        && field.bytes().all(is_label_byte)
        && field.len() <= 253
}

fn quoted_agent(line: &str) -> &str {
    if !line.ends_with('"') {
        return "";
    }
    line.split('"').skip(1).step_by(2).find(|text| text.contains('/') && !text.contains("://")).unwrap_or_default()
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
