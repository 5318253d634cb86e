//! Zeek's dns, ssl and http logs with tabs. `#fields` decides what a column is, `#separator`, `#unset_field` and
//! `#empty_field` how values are written; a new header in the middle of the file starts anew.

use super::{Context, Line, Miss, Parsed};
use crate::event::{Event, Seen};
use crate::{host, moment};
use gnomon_types::time::Timestamp;
use std::borrow::Cow;

/// What the lines with `#` said.
#[derive(Debug)]
pub(super) struct Header {
    separator: String,
    unset: String,
    empty: String,
    path: String,
    columns: Option<Columns>,
    kind: Option<Kind>,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            separator: "\t".into(),
            unset: "-".into(),
            empty: "(empty)".into(),
            path: String::new(),
            columns: None,
            kind: None,
        }
    }
}

/// The logs that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Dns,
    Ssl,
    Http,
    /// Its connections are in ssl.log too: nothing to count twice.
    Quic,
}

impl Kind {
    /// By the name of the log stream.
    pub(super) fn named(path: &str) -> Option<Self> {
        Some(match path {
            "dns" => Self::Dns,
            "ssl" => Self::Ssl,
            "http" => Self::Http,
            "quic" => Self::Quic,
            _ => return None,
        })
    }

    /// Sites write streams of their own, such as `dns-internal`, with the columns of the original.
    fn of_columns(columns: &[Option<usize>]) -> Option<Self> {
        let has = |field: Field| columns.contains(&Some(field as usize));
        if has(Field::Query) && (has(Field::QueryType) || has(Field::QueryTypeNumber)) {
            return Some(Self::Dns);
        }
        if has(Field::Host) && has(Field::Uri) {
            return Some(Self::Http);
        }
        has(Field::ServerName).then_some(Self::Ssl)
    }
}

/// For each column, which of [`FIELDS`] it is.
type Columns = Vec<Option<usize>>;

/// The fields we need, in the order of [`Field`].
const FIELDS: [&str; 18] = [
    "ts",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "query",
    "qtype_name",
    "rcode_name",
    "server_name",
    "method",
    "host",
    "uri",
    "user_agent",
    "request_body_len",
    "response_body_len",
    "status_code",
    "username",
    "resp_mime_types",
    "qtype",
];

#[derive(Clone, Copy)]
enum Field {
    Ts,
    Client,
    Server,
    ServerPort,
    Query,
    QueryType,
    Rcode,
    ServerName,
    Method,
    Host,
    Uri,
    Agent,
    RequestBytes,
    ResponseBytes,
    Status,
    User,
    Mime,
    QueryTypeNumber,
}

/// A line with `#`. Those that are no Zeek header are comments.
pub(super) fn header<'a>(line: &str, header: &mut Header) -> (&'static str, Line<'a>) {
    if let Some(escaped) = line.strip_prefix("#separator ") {
        *header = Header { separator: unescaped(escaped.trim()), ..Header::default() };
        return ("zeek", Line::Header);
    }
    let Some((key, value)) = line.split_once(header.separator.as_str()) else {
        return ("zeek", Line::Header);
    };
    match key {
        "#unset_field" => value.clone_into(&mut header.unset),
        "#empty_field" => value.clone_into(&mut header.empty),
        "#path" => value.clone_into(&mut header.path),
        "#fields" => {
            let columns = columns(value, &header.separator);
            header.kind = Kind::named(&header.path).or_else(|| Kind::of_columns(&columns));
            header.columns = Some(columns);
        }
        _ => {}
    }
    ("zeek", Line::Header)
}

fn columns(names: &str, separator: &str) -> Columns {
    names.split(separator).map(|name| FIELDS.iter().position(|field| *field == name)).collect()
}

/// `\x09` and the like.
fn unescaped(text: &str) -> String {
    let hex = text.strip_prefix("\\x").and_then(|digits| u8::from_str_radix(digits, 16).ok());
    hex.map_or_else(|| text.to_owned(), |byte| char::from(byte).to_string())
}

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    let header = &context.zeek;
    let Some(columns) = &header.columns else {
        return headless(line);
    };
    if !line.contains(header.separator.as_str()) {
        return Err(Miss::Foreign);
    }
    let row = Row::split(line, header, columns);
    if row.count != columns.len() {
        return Err(Miss::Bad("Zeek line has another number of columns than its #fields"));
    }
    match header.kind {
        Some(Kind::Dns) => dns(&row),
        Some(Kind::Ssl) => ssl(&row),
        Some(Kind::Http) => http(&row),
        Some(Kind::Quic) => Ok(("zeek-quic", Line::Quiet)),
        None => Err(Miss::Bad("this kind of Zeek log is not read; dns, ssl and http are")),
    }
}

fn headless<'a>(line: &str) -> Parsed<'a> {
    let first = line.split_once('\t').map_or("", |(first, _)| first);
    if moment::epoch(first).is_some() {
        return Err(Miss::Bad("tab-separated line without a #fields header before it"));
    }
    Err(Miss::Foreign)
}

/// The values of one line.
struct Row<'a> {
    values: [Option<&'a str>; FIELDS.len()],
    count: usize,
}

impl<'a> Row<'a> {
    fn split(line: &'a str, header: &Header, columns: &[Option<usize>]) -> Self {
        let mut row = Self { values: [None; FIELDS.len()], count: 0 };
        for (index, value) in line.split(header.separator.as_str()).enumerate() {
            row.count = index + 1;
            if value == header.unset || value == header.empty {
                continue;
            }
            let wanted = columns.get(index).copied().flatten();
            if let Some(slot) = wanted.and_then(|field| row.values.get_mut(field)) {
                *slot = Some(value);
            }
        }
        row
    }

    fn get(&self, field: Field) -> Option<&'a str> {
        self.values.get(field as usize).copied().flatten()
    }

    fn text(&self, field: Field) -> Cow<'a, str> {
        Cow::Borrowed(self.get(field).unwrap_or_default())
    }

    fn number(&self, field: Field) -> u64 {
        self.get(field).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn at(&self) -> Result<Timestamp, Miss> {
        let text = self.get(Field::Ts).ok_or(Miss::Bad("Zeek line without ts"))?;
        moment::epoch(text).or_else(|| moment::iso(text)).ok_or(Miss::Bad("Zeek ts cannot be read"))
    }

    fn client(&self) -> Option<Cow<'a, str>> {
        self.get(Field::Client).map(Cow::Borrowed)
    }
}

fn dns<'a>(row: &Row<'a>) -> Parsed<'a> {
    let at = row.at()?;
    let Some(name) = row.get(Field::Query) else {
        return Ok(("zeek-dns", Line::Quiet));
    };
    let record_type =
        row.get(Field::QueryType).or_else(|| row.get(Field::QueryTypeNumber).map(type_name)).unwrap_or("A");
    let mut event = Event::lookup(at, Cow::Borrowed(""), name, record_type);
    if let Some(event) = &mut event {
        event.device = row.client();
        event.refused = refused_lookup(row.get(Field::Rcode).unwrap_or_default());
    }
    Ok(("zeek-dns", event.map_or(Line::Quiet, Line::Event)))
}

/// No address was given, so no connection followed.
pub(super) fn refused_lookup(rcode: &str) -> bool {
    matches!(rcode, "NXDOMAIN" | "REFUSED")
}

pub(super) fn type_name(number: &str) -> &'static str {
    match number {
        "1" => "A",
        "5" => "CNAME",
        "28" => "AAAA",
        "64" => "SVCB",
        "65" => "HTTPS",
        "255" => "ANY",
        _ => "other",
    }
}

fn ssl<'a>(row: &Row<'a>) -> Parsed<'a> {
    let name = row.get(Field::ServerName).or_else(|| row.get(Field::Server));
    let mut event = Event::new(row.at()?, Seen::Tls, host::normal(name.unwrap_or_default()));
    event.port = row.get(Field::ServerPort).and_then(|port| port.parse().ok()).filter(|port| *port != 443);
    event.device = row.client();
    Ok(("zeek-ssl", Line::Event(event)))
}

fn http<'a>(row: &Row<'a>) -> Parsed<'a> {
    let request = Request {
        at: row.at()?,
        client: row.client(),
        user: row.get(Field::User),
        method: row.text(Field::Method),
        host: row.text(Field::Host),
        server: row.text(Field::Server),
        server_port: row.get(Field::ServerPort).and_then(|port| port.parse().ok()),
        uri: row.text(Field::Uri),
        agent: row.text(Field::Agent),
        status: row.get(Field::Status).and_then(|text| text.parse().ok()).unwrap_or(0),
        bytes_up: row.number(Field::RequestBytes),
        bytes_down: row.number(Field::ResponseBytes),
        mime: row.text(Field::Mime),
    };
    request.event()
}

/// Host, port and path.
type Destination<'a> = (Cow<'a, str>, Option<u16>, Option<Cow<'a, str>>);

/// A request as http.log has it, in tabs or JSON.
pub(super) struct Request<'a> {
    pub(super) at: Timestamp,
    pub(super) client: Option<Cow<'a, str>>,
    pub(super) user: Option<&'a str>,
    pub(super) method: Cow<'a, str>,
    pub(super) host: Cow<'a, str>,
    pub(super) server: Cow<'a, str>,
    pub(super) server_port: Option<u16>,
    pub(super) uri: Cow<'a, str>,
    pub(super) agent: Cow<'a, str>,
    pub(super) status: u16,
    pub(super) bytes_up: u64,
    pub(super) bytes_down: u64,
    pub(super) mime: Cow<'a, str>,
}

impl<'a> Request<'a> {
    /// A request to a proxy names the true target in its URI; else the Host header and the server's port do.
    pub(super) fn event(self) -> Parsed<'a> {
        let tunnel = self.method == "CONNECT";
        let proxied = if tunnel { host::connect(&self.uri) } else { host::url(&self.uri) };
        let (host, port, path) = match proxied {
            Some(target) => {
                (Cow::Owned(target.host.into_owned()), target.port, target.path.map(|path| Cow::Owned(path.to_owned())))
            }
            None => self.direct().ok_or(Miss::Bad("Zeek http line with a malformed host"))?,
        };
        let mut event = Event::new(self.at, if tunnel { Seen::Tunnel } else { Seen::Http }, host);
        event.port = port;
        event.path = if tunnel { None } else { path };
        event.refused = self.status == 407;
        event.method = self.method;
        event.device = self.client;
        event.user = self.user.and_then(host::user).map(|user| Cow::Owned(user.into_owned()));
        event.status = self.status;
        event.bytes_up = self.bytes_up;
        event.bytes_down = self.bytes_down;
        event.agent = self.agent;
        event.content_type = self.mime;
        Ok(("zeek-http", Line::Event(event)))
    }

    fn direct(&self) -> Option<Destination<'a>> {
        let authority = if self.host.is_empty() { &self.server } else { &self.host };
        if authority.is_empty() {
            return Some((Cow::Borrowed(""), None, Some(self.uri.clone())));
        }
        let (name, port) = host::authority_parts(authority)?;
        let port = port.or(self.server_port).filter(|port| *port != 80);
        Some((Cow::Owned(host::normal(name).into_owned()), port, Some(self.uri.clone())))
    }
}
