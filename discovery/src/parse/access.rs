//! The common and combined log formats: of Squid (`logformat common`, `combined`, with its result code at the end) and of web servers,
//! with or without the virtual host in front.
//!
//! `10.1.2.3 - a.keller [23/Nov/2026:09:30:00 +0000] "CONNECT chatgpt.com:443 HTTP/1.1" 200 5321 "-" "Mozilla/5.0" TCP_TUNNEL:HIER_DIRECT`

use super::{Context, Line, Miss, Parsed, squid, syslog};
use crate::event::{Event, Seen};
use crate::host::{self, Target};
use crate::moment;
use std::borrow::Cow;

const BAD_REQUEST: &str = "access log request is neither a URL, a path nor host:port";

pub(super) fn read<'a>(line: &'a str, _context: &mut Context) -> Parsed<'a> {
    let line = without_syslog(line);
    let (before, rest) = line.split_once(" [").ok_or(Miss::Foreign)?;
    if let Some(agent_only) = agent_only(before, rest) {
        return agent_only;
    }
    let (when, rest) = rest.split_once("] \"").ok_or(Miss::Foreign)?;
    let at = moment::common_log(when).ok_or(Miss::Foreign)?;
    let (virtual_host, client, user) = who(before).ok_or(Miss::Bad("access log line without client"))?;
    let (request, rest) = quoted(rest).ok_or(Miss::Bad("access log request is not closed"))?;
    let tail = Tail::read(rest).ok_or(Miss::Bad("access log line ends early"))?;
    let name = tail.format();
    let Some((method, target)) = method_and_target(request) else {
        // `-` is a connection without a request.
        return Ok((name, Line::Quiet));
    };
    if squid::serves_nobody(tail.result.unwrap_or_default(), method, target) {
        return Ok((name, Line::Quiet));
    }
    let (seen, target) = target_of(method, target, virtual_host).ok_or(Miss::Bad(BAD_REQUEST))?;
    let mut event = Event::new(at, seen, target.host);
    event.port = target.port;
    event.secure = target.secure;
    event.path = target.path.map(Cow::Borrowed);
    event.method = Cow::Borrowed(method);
    event.device = Some(Cow::Borrowed(client));
    event.user = host::user(user);
    event.status = tail.status;
    event.bytes_down = tail.bytes;
    event.agent = Cow::Borrowed(tail.agent);
    let no_use = |code: &str| squid::refuses(code) || squid::precedes_tunnel(code, method);
    event.refused = tail.status == 407 || tail.result.is_some_and(no_use);
    Ok((name, Line::Event(event)))
}

/// The line alone. Whatever the program is called, behind its tag stands the client's address; before a virtual host only
/// programs that are known count.
fn without_syslog(line: &str) -> &str {
    if line.split_once(' ').is_some_and(|(first, _)| host::is_address(first)) {
        return line;
    }
    let by_address =
        syslog::messages(line).find(|text| text.split(' ').next().is_some_and(host::is_address) && text.contains(" ["));
    by_address.or_else(|| syslog::carried(line, is_web_program)).unwrap_or(line)
}

/// Programs that write these lines through syslog.
fn is_web_program(name: &str) -> bool {
    matches!(name, "squid" | "nginx" | "httpd" | "apache" | "apache2") || name.starts_with("(squid")
}

/// Squid's `logformat useragent`: `client [moment] "agent"`. It names no host.
fn agent_only<'a>(before: &str, rest: &str) -> Option<Parsed<'a>> {
    let (when, agent) = rest.split_once("] \"")?;
    let is_one = host::is_address(before) && agent.strip_suffix('"').is_some_and(|agent| !agent.contains('"'));
    (is_one && moment::common_log(when).is_some()).then_some(Ok(("squid-useragent", Line::Quiet)))
}

/// `client ident user`, or with the virtual host before it. User names may hold spaces.
fn who(before: &str) -> Option<(Option<&str>, &str, &str)> {
    let (first, rest) = before.split_once(' ')?;
    let (second, third) = rest.split_once(' ')?;
    let is_address = host::is_address;
    if let Some((ident, user)) = third.split_once(' ')
        && is_address(second)
        && !is_address(first)
        && !ident.is_empty()
    {
        return Some((Some(first), second, user));
    }
    Some((None, first, third))
}

fn method_and_target(request: &str) -> Option<(&str, &str)> {
    let (method, rest) = request.split_once(' ')?;
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-') {
        return None;
    }
    let target = rest.rsplit_once(' ').map_or(rest, |(target, _version)| target);
    Some((method, target))
}

fn target_of<'a>(method: &str, target: &'a str, virtual_host: Option<&'a str>) -> Option<(Seen, Target<'a>)> {
    if method == "CONNECT" {
        return Some((Seen::Tunnel, host::connect(target)?));
    }
    if target.starts_with('/') || target == "*" {
        let (name, port) = virtual_host.map_or(Some(("", None)), host::authority_parts)?;
        let port = port.filter(|port| *port != 80 && *port != 443);
        return Some((Seen::Http, Target { host: host::normal(name), port, path: Some(target), secure: false }));
    }
    Some((Seen::Http, host::url(target)?))
}

/// What follows the request: `200 5321 "referer" "agent" TCP_MISS:HIER_DIRECT`.
struct Tail<'a> {
    status: u16,
    bytes: u64,
    agent: &'a str,
    combined: bool,
    result: Option<&'a str>,
}

impl<'a> Tail<'a> {
    fn read(rest: &'a str) -> Option<Self> {
        let rest = rest.trim_start();
        let (status, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let rest = rest.trim_start();
        let (bytes, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (status, bytes) = (status.parse().ok()?, if bytes == "-" { 0 } else { bytes.parse().ok()? });
        let Some(opened) = rest.trim_start().strip_prefix('"') else {
            return Some(Self { status, bytes, agent: "", combined: false, result: result_code(rest) });
        };
        let (_referer, rest) = quoted(opened)?;
        let (agent, rest) = quoted(rest.trim_start().strip_prefix('"')?)?;
        let agent = if agent == "-" { "" } else { agent };
        Some(Self { status, bytes, agent, combined: true, result: result_code(rest) })
    }

    fn format(&self) -> &'static str {
        match (self.result.is_some(), self.combined) {
            (true, true) => "squid-combined",
            (true, false) => "squid-common",
            (false, true) => "combined",
            (false, false) => "common",
        }
    }
}

/// Squid's `TCP_MISS:HIER_DIRECT` or `TCP_MISS/200`.
fn result_code(rest: &str) -> Option<&str> {
    let field = rest.split_ascii_whitespace().next()?;
    let code = field.split([':', '/']).next()?;
    let known = ["TCP_", "UDP_", "NONE", "TAG_NONE"].iter().any(|start| code.starts_with(start));
    known.then_some(code)
}

/// The text up to the closing quote (a backslash escapes one), and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\\' => escaped = !escaped,
            b'"' if !escaped => return Some((text.get(..index)?, text.get(index + 1..)?)),
            _ => escaped = false,
        }
    }
    None
}
