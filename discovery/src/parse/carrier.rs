//! What carries a line of another format whole: containers (Docker's `json-file`, the CRI of Kubernetes), and syslog before JSON.

use super::syslog;
use serde::Deserialize;
use std::borrow::Cow;

/// Docker's `{"log":"..","stream":"stdout","time":".."}`.
#[derive(Deserialize)]
struct Docker<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    #[serde(borrow, rename = "stream")]
    _stream: Cow<'a, str>,
}

/// The line without its carrier.
pub(super) fn carried(line: &str) -> Option<Cow<'_, str>> {
    if line.starts_with('{') {
        return docker(line);
    }
    if let Some(text) = cri(line) {
        return Some(Cow::Borrowed(text));
    }
    if !line.ends_with('}') {
        return None;
    }
    syslog::messages(line).find(|text| text.starts_with('{')).map(Cow::Borrowed)
}

fn docker(line: &str) -> Option<Cow<'_, str>> {
    if !line.starts_with("{\"log\":") {
        return None;
    }
    let row: Docker<'_> = serde_json::from_str(line).ok()?;
    Some(match row.log {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(['\r', '\n'])),
        Cow::Owned(text) => Cow::Owned(text.trim_end_matches(['\r', '\n']).to_owned()),
    })
}

/// `2026-11-23T09:30:00.123456789Z stdout F line`.
fn cri(line: &str) -> Option<&str> {
    let mut words = line.splitn(4, ' ');
    let (at, stream, whole, text) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_one = at.as_bytes().get(10) == Some(&b'T') && matches!(stream, "stdout" | "stderr") && whole == "F";
    is_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_line_out_of_what_carries_it() {
        for (line, expected) in [
            (r#"{"log":"a \"b\"\n","stream":"stdout","time":"2026-11-23T09:30:00Z"}"#, Some(r#"a "b""#)),
            (r#"{"log":"a"}"#, None),
            (r#"{"ts":1}"#, None),
            ("2026-11-23T09:30:00.123456789Z stderr F a b", Some("a b")),
            ("2026-11-23T09:30:00Z host F a b", None),
            (r#"Nov 23 09:30:00 fd00::1 zeek[12]: {"ts":1}"#, Some(r#"{"ts":1}"#)),
            (r#"Nov 23 09:30:00 gw suricata[12]: @cee: {"ts":1}"#, Some(r#"{"ts":1}"#)),
            (r#"<30>1 2026-11-23T09:30:00Z gw zeek 12 - - {"ts":1}"#, Some(r#"{"ts":1}"#)),
            ("Nov 23 09:30:00 gw squid: a {b}", None),
        ] {
            assert_eq!(carried(line).as_deref(), expected, "{line}");
        }
    }
}
