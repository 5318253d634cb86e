//! Suricata's EVE JSON: dns, tls, quic and http events; other events say nothing about contact with a named host.

use super::{Context, Line, Miss, Parsed};
use crate::event::{Event, Seen};
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

const NAME: &str = "suricata";

#[derive(Deserialize)]
struct Row {
    timestamp: String,
    event_type: String,
    #[serde(default)]
    src_ip: String,
    #[serde(default)]
    dest_ip: String,
    dest_port: Option<u16>,
    dns: Option<Dns>,
    tls: Option<Named>,
    quic: Option<Named>,
    http: Option<Http>,
}

#[derive(Deserialize)]
struct Dns {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    rrname: String,
    #[serde(default)]
    rrtype: String,
    /// Version 3 of the dns event lists its questions.
    #[serde(default)]
    queries: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    rrname: String,
    #[serde(default)]
    rrtype: String,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    sni: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Http {
    hostname: String,
    http_port: Option<u16>,
    url: String,
    http_user_agent: String,
    http_content_type: String,
    http_method: String,
    status: u16,
    length: u64,
}

pub(super) fn read<'a>(line: &'a str, _context: &mut Context) -> Parsed<'a> {
    if !line.starts_with('{') || memchr::memmem::find(line.as_bytes(), b"\"event_type\"").is_none() {
        return Err(Miss::Foreign);
    }
    let row: Row = serde_json::from_str(line).map_err(|_| Miss::Bad("malformed Suricata event"))?;
    let at = moment::iso(&row.timestamp).ok_or(Miss::Bad("Suricata timestamp cannot be read"))?;
    let event = match row.event_type.as_str() {
        "dns" => dns(at, row),
        "tls" | "quic" => Some(named(at, row)),
        "http" => Some(http(at, row).ok_or(Miss::Bad("Suricata http event with a malformed host"))?),
        _ => None,
    };
    Ok((NAME, event.map_or(Line::Quiet, Line::Event)))
}

fn dns<'a>(at: Timestamp, row: Row) -> Option<Event<'a>> {
    let dns = row.dns.filter(|dns| matches!(dns.kind.as_str(), "query" | "request"))?;
    let first = dns.queries.first();
    let (name, kind) = first.map_or((&dns.rrname, &dns.rrtype), |question| (&question.rrname, &question.rrtype));
    let lookup = Event::lookup(at, Cow::Borrowed(""), name, kind)?;
    let mut event = Event::new(at, Seen::Dns, Cow::Owned(lookup.host.into_owned()));
    event.device = Some(Cow::Owned(row.src_ip));
    Some(event)
}

fn named<'a>(at: Timestamp, row: Row) -> Event<'a> {
    let name = row.tls.or(row.quic).map(|named| named.sni).filter(|sni| !sni.is_empty()).unwrap_or(row.dest_ip);
    let mut event = Event::new(at, Seen::Tls, Cow::Owned(host::normal(&name).into_owned()));
    event.port = row.dest_port.filter(|port| *port != 443);
    event.device = Some(Cow::Owned(row.src_ip));
    event
}

fn http<'a>(at: Timestamp, row: Row) -> Option<Event<'a>> {
    let http = row.http.unwrap_or_default();
    let tunnel = http.http_method == "CONNECT";
    let proxied = if tunnel { host::connect(&http.url) } else { host::url(&http.url) };
    let (name, port, path) = match proxied {
        Some(target) => (target.host.into_owned(), target.port, target.path.map(str::to_owned)),
        None => {
            let authority = if http.hostname.is_empty() { &row.dest_ip } else { &http.hostname };
            let (name, port) = host::authority_parts(authority)?;
            let port = port.or(http.http_port).or(row.dest_port).filter(|port| *port != 80);
            (host::normal(name).into_owned(), port, Some(http.url.clone()))
        }
    };
    let mut event = Event::new(at, if tunnel { Seen::Tunnel } else { Seen::Http }, Cow::Owned(name));
    event.port = port;
    event.path = if tunnel { None } else { path.map(Cow::Owned) };
    event.method = Cow::Owned(http.http_method);
    event.device = Some(Cow::Owned(row.src_ip));
    event.status = http.status;
    event.refused = http.status == 407;
    event.bytes_down = http.length;
    event.agent = Cow::Owned(http.http_user_agent);
    event.content_type = Cow::Owned(http.http_content_type);
    Some(event)
}
