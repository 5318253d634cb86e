//! Zeek's dns, ssl and http logs as JSON lines (`LogAscii::use_json`, or with `_path` as the streaming-logs package writes;
//! also with `id_orig_h`, as shippers that dislike dots write it, or with `id` as an object).

use super::zeek::{self, Kind, Request};
use super::{Context, Line, Miss, Parsed};
use crate::event::{Event, Seen};
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_path", default)]
    path: Option<String>,
    ts: Option<Value>,
    /// The connection, where a shipper has made an object of the dotted names.
    #[serde(default)]
    id: Option<Value>,
    #[serde(rename = "id.orig_h", alias = "id_orig_h", default)]
    client: Option<String>,
    #[serde(rename = "id.resp_h", alias = "id_resp_h", default)]
    server: Option<String>,
    #[serde(rename = "id.resp_p", alias = "id_resp_p", default)]
    server_port: Option<Value>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    qtype_name: Option<String>,
    #[serde(default)]
    qtype: Option<u64>,
    #[serde(default)]
    rcode_name: Option<String>,
    #[serde(default)]
    trans_id: Option<Value>,
    #[serde(default)]
    server_name: Option<String>,
    #[serde(default)]
    cipher: Option<String>,
    #[serde(default)]
    established: Option<bool>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    trans_depth: Option<u64>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    user_agent: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    status_code: Option<u16>,
    #[serde(default)]
    request_body_len: Option<u64>,
    #[serde(default)]
    response_body_len: Option<u64>,
    #[serde(default)]
    resp_mime_types: Option<Value>,
}

pub(super) fn read<'a>(line: &'a str, _context: &mut Context) -> Parsed<'a> {
    if !line.starts_with('{') {
        return Err(Miss::Foreign);
    }
    let mut row: Row = serde_json::from_str(line).map_err(|_| Miss::Bad("malformed JSON, or not a Zeek line"))?;
    row.take_connection();
    let at = row.ts.as_ref().and_then(at).ok_or(Miss::Bad("JSON line without a readable ts"))?;
    match row.kind() {
        Some(Kind::Dns) => Ok(dns(at, row)),
        Some(Kind::Ssl) => Ok(ssl(at, row)),
        Some(Kind::Http) => http(at, row),
        Some(Kind::Quic) => Ok(("zeek-quic", Line::Quiet)),
        None => Err(Miss::Bad("this kind of JSON log is not read; Zeek dns, ssl and http are")),
    }
}

impl Row {
    /// By the name of the stream, or by its fields: sites write streams of their own, such as `dns_internal`.
    fn kind(&self) -> Option<Kind> {
        if let Some(kind) = self.path.as_deref().and_then(Kind::named) {
            return Some(kind);
        }
        if self.query.is_some() || self.qtype_name.is_some() || self.qtype.is_some() {
            return Some(Kind::Dns);
        }
        let is_sip = self.uri.as_deref().is_some_and(|uri| uri.starts_with("sip:") || uri.starts_with("sips:"));
        let is_answer = self.trans_depth.is_some() && self.status_code.is_some();
        if !is_sip && (self.uri.is_some() || self.host.is_some() && self.method.is_some() || is_answer) {
            return Some(Kind::Http);
        }
        // Without a name of the stream a lookup may have neither name nor type.
        if self.path.is_none() && self.trans_id.is_some() {
            return Some(Kind::Dns);
        }
        (self.server_name.is_some() || self.cipher.is_some() || self.established.is_some()).then_some(Kind::Ssl)
    }

    fn take_connection(&mut self) {
        let Some(Value::Object(mut id)) = self.id.take() else { return };
        let mut text = |name: &str| match id.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        self.client = self.client.take().or_else(|| text("orig_h"));
        self.server = self.server.take().or_else(|| text("resp_h"));
        self.server_port = self.server_port.take().or_else(|| id.remove("resp_p"));
    }
}

/// Epoch seconds (the default), ISO 8601 (`JSON::TS_ISO8601`) or milliseconds (`JSON::TS_MILLIS`).
fn at(ts: &Value) -> Option<Timestamp> {
    /// Seconds reach this in the year 5138, milliseconds passed it in 1973.
    const MILLIS_FROM: f64 = 100_000_000_000.0;
    if let Value::String(text) = ts {
        return moment::iso(text).or_else(|| moment::epoch(text));
    }
    let number = ts.as_f64()?;
    let millis = if number >= MILLIS_FROM { number } else { number * 1000.0 };
    #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate, and the range is checked")]
    (0.0..1e15).contains(&millis).then(|| Timestamp::from_millis((millis + 1e-3).floor() as i64))
}

/// A port, as a number or, after some shippers, as text.
fn port(value: &Value) -> Option<u16> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    }
}

fn dns<'a>(at: Timestamp, row: Row) -> (&'static str, Line<'a>) {
    let Some(query) = row.query else {
        return ("zeek-dns", Line::Quiet);
    };
    let number = row.qtype.map(|number| number.to_string());
    let record_type = row.qtype_name.as_deref().or(number.as_deref().map(zeek::type_name)).unwrap_or("A");
    let Some(lookup) = Event::lookup(at, Cow::Borrowed(""), &query, record_type) else {
        return ("zeek-dns", Line::Quiet);
    };
    let mut event = Event::new(at, Seen::Dns, Cow::Owned(lookup.host.into_owned()));
    event.device = row.client.map(Cow::Owned);
    event.refused = row.rcode_name.as_deref().is_some_and(zeek::refused_lookup);
    ("zeek-dns", Line::Event(event))
}

fn ssl<'a>(at: Timestamp, row: Row) -> (&'static str, Line<'a>) {
    let name = row.server_name.or(row.server).unwrap_or_default();
    let mut event = Event::new(at, Seen::Tls, Cow::Owned(host::normal(&name).into_owned()));
    event.port = row.server_port.as_ref().and_then(port).filter(|port| *port != 443);
    event.device = row.client.map(Cow::Owned);
    ("zeek-ssl", Line::Event(event))
}

fn http<'a>(at: Timestamp, row: Row) -> Parsed<'a> {
    let user = row.username.as_deref().and_then(host::user).map(|user| user.into_owned());
    let request = Request {
        at,
        client: row.client.map(Cow::Owned),
        user: None,
        method: Cow::Owned(row.method.unwrap_or_default()),
        host: Cow::Owned(row.host.unwrap_or_default()),
        server: Cow::Owned(row.server.unwrap_or_default()),
        server_port: row.server_port.as_ref().and_then(port),
        uri: Cow::Owned(row.uri.unwrap_or_default()),
        agent: Cow::Owned(row.user_agent.unwrap_or_default()),
        status: row.status_code.unwrap_or(0),
        bytes_up: row.request_body_len.unwrap_or(0),
        bytes_down: row.response_body_len.unwrap_or(0),
        mime: Cow::Owned(row.resp_mime_types.map_or_else(String::new, |types| types.to_string())),
    };
    let (name, line) = request.event()?;
    let Line::Event(mut event) = line else {
        return Ok((name, line));
    };
    event.user = user.map(Cow::Owned);
    Ok((name, Line::Event(event)))
}
