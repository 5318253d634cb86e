//! One parsed log line, the same for every format.

use gnomon_types::time::Timestamp;
use std::borrow::Cow;

/// How much of the exchange the line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A name was looked up.
    Dns,
    /// A TLS connection named its server.
    Tls,
    /// A proxy opened a tunnel.
    Tunnel,
    /// A request with its path.
    Http,
}

/// What one line tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) at: Timestamp,
    pub(crate) seen: Seen,
    /// Authenticated user.
    pub(crate) user: Option<Cow<'a, str>>,
    /// Client address or name.
    pub(crate) device: Option<Cow<'a, str>>,
    /// Host without port, lower case, no final dot. Empty when the line names none.
    pub(crate) host: Cow<'a, str>,
    /// Port, when it is not the scheme's own.
    pub(crate) port: Option<u16>,
    pub(crate) method: Cow<'a, str>,
    /// Path and query.
    pub(crate) path: Option<Cow<'a, str>>,
    /// Whether the exchange was encrypted on the wire, although the log may show its path.
    pub(crate) secure: bool,
    /// HTTP status, 0 when not named.
    pub(crate) status: u16,
    /// The proxy or resolver refused it: no use took place.
    pub(crate) refused: bool,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
    pub(crate) agent: Cow<'a, str>,
    pub(crate) content_type: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// An event with nothing but its moment, kind and host.
    pub(crate) fn new(at: Timestamp, seen: Seen, host: Cow<'a, str>) -> Self {
        Self {
            at,
            seen,
            user: None,
            device: None,
            host,
            port: None,
            method: Cow::Borrowed(""),
            path: None,
            secure: false,
            status: 0,
            refused: false,
            bytes_up: 0,
            bytes_down: 0,
            agent: Cow::Borrowed(""),
            content_type: Cow::Borrowed(""),
        }
    }

    /// The same, borrowing nothing.
    pub(crate) fn into_owned(self) -> Event<'static> {
        fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        Event {
            user: self.user.map(owned),
            device: self.device.map(owned),
            host: owned(self.host),
            method: owned(self.method),
            path: self.path.map(owned),
            agent: owned(self.agent),
            content_type: owned(self.content_type),
            at: self.at,
            seen: self.seen,
            port: self.port,
            secure: self.secure,
            status: self.status,
            refused: self.refused,
            bytes_up: self.bytes_up,
            bytes_down: self.bytes_down,
        }
    }

    /// The host with its port when it is not the scheme's own; IPv6 in brackets before a port.
    pub(crate) fn endpoint(&self) -> Cow<'_, str> {
        match self.port {
            None => Cow::Borrowed(self.host.as_ref()),
            Some(port) if self.host.contains(':') => Cow::Owned(format!("[{}]:{port}", self.host)),
            Some(port) => Cow::Owned(format!("{}:{port}", self.host)),
        }
    }

    /// A lookup that a program makes before it connects. Mail servers ask for MX and TXT of a sender's domain: no use.
    pub(crate) fn lookup(at: Timestamp, device: Cow<'a, str>, name: &'a str, record_type: &str) -> Option<Self> {
        let connects = matches!(
            record_type,
            "A" | "AAAA" | "HTTPS" | "TYPE65" | "type=65" | "SVCB" | "TYPE64" | "CNAME" | "ANY" | "*"
        );
        if !connects || name.starts_with('_') {
            return None;
        }
        let mut event = Self::new(at, Seen::Dns, crate::host::normal(name));
        event.device = Some(device);
        Some(event)
    }
}
