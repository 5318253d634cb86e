//! AdGuard Home's query log, JSON lines.
//!
//! `{"T":"2026-11-23T10:30:00.123+01:00","QH":"chatgpt.com","QT":"A","QC":"IN","IP":"10.1.2.3","Result":{}}`

use super::{Context, Line, Miss, Parsed};
use crate::event::{Event, Seen};
use crate::moment;
use serde::Deserialize;
use std::borrow::Cow;

const NAME: &str = "adguard";

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "T")]
    at: String,
    #[serde(rename = "QH")]
    name: String,
    #[serde(rename = "QT")]
    record_type: String,
    #[serde(rename = "IP")]
    client: String,
    #[serde(rename = "Result", default)]
    result: Outcome,
}

#[derive(Deserialize, Default)]
struct Outcome {
    #[serde(rename = "IsFiltered", default)]
    is_filtered: bool,
}

pub(super) fn read<'a>(line: &'a str, _context: &mut Context) -> Parsed<'a> {
    if !line.starts_with('{') || memchr::memmem::find(line.as_bytes(), b"\"QH\"").is_none() {
        return Err(Miss::Foreign);
    }
    let row: Row = serde_json::from_str(line).map_err(|_| Miss::Bad("malformed AdGuard Home query"))?;
    let at = moment::iso(&row.at).ok_or(Miss::Bad("AdGuard Home moment cannot be read"))?;
    let Some(lookup) = Event::lookup(at, Cow::Borrowed(""), &row.name, &row.record_type) else {
        return Ok((NAME, Line::Quiet));
    };
    let mut event = Event::new(at, Seen::Dns, Cow::Owned(lookup.host.into_owned()));
    event.device = Some(Cow::Owned(row.client));
    event.refused = row.result.is_filtered;
    Ok((NAME, Line::Event(event)))
}
