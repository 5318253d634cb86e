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

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    match native(line) {
        Err(Miss::Foreign) => native(without_syslog(line, context).ok_or(Miss::Foreign)?),
        read => read,
    }
}

/// What syslog carries, as written with `access_log syslog:`; programs are called `squid`, `(squid-1)` or `(squid)`.
fn without_syslog<'a>(line: &'a str, context: &Context) -> Option<&'a str> {
    memchr::memmem::find(line.as_bytes(), b"squid")?;
    // The line has its own moment: that of syslog need not be readable.
    let context = Context { written: context.written.or(Some(Timestamp::default())), ..Context::default() };
    let programs = ["squid", "(squid-1)", "(squid)"];
    programs.into_iter().find_map(|program| syslog::entry(line, program, &context).ok()).map(|entry| entry.message)
}

fn native(line: &str) -> Parsed<'_> {
    if !line.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return Err(Miss::Foreign);
    }
    let mut fields = line.split_ascii_whitespace();
    let mut next = || fields.next();
    let (at, elapsed) = (next().unwrap_or_default(), next().unwrap_or_default());
    let at = moment::epoch(at).ok_or(Miss::Foreign)?;
    // Other logs that begin with epoch seconds are separated by tabs.
    if !is_number(elapsed) || line.as_bytes().get(..20).is_some_and(|head| head.contains(&b'\t')) {
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
    if target.starts_with("error:") || target.starts_with("cache_object:") {
        return Ok((NAME, Line::Quiet));
    }
    let tunnel = method == "CONNECT";
    let parsed = if tunnel { host::connect(target) } else { host::url(target) };
    let parsed = parsed.ok_or(Miss::Bad("Squid target is neither a URL nor host:port"))?;
    let mut event = Event::new(at, if tunnel { Seen::Tunnel } else { Seen::Http }, parsed.host);
    event.port = parsed.port;
    event.secure = parsed.secure;
    event.path = parsed.path.map(Cow::Borrowed);
    event.method = Cow::Borrowed(method);
    event.device = Some(Cow::Borrowed(client));
    event.user = host::user(user);
    event.status = status;
    event.bytes_down = bytes_down;
    event.refused = refuses(code);
    event.content_type = Cow::Borrowed(if content_type == "-" { "" } else { content_type });
    event.agent = Cow::Borrowed(quoted_agent(line));
    Ok((NAME, Line::Event(event)))
}

/// Result codes of requests that Squid did not carry out, challenges for a password (407) among them. With
/// `TCP_DENIED_REPLY` the request did go out: only the answer was withheld.
pub(super) fn refuses(code: &str) -> bool {
    (code.starts_with("TCP_DENIED") && code != "TCP_DENIED_REPLY") || code.starts_with("UDP_DENIED")
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
