//! The systemd journal as JSON lines (`journalctl -o json`), for the resolvers that write there.
//!
//! `{"__REALTIME_TIMESTAMP":"1795426200123456","SYSLOG_IDENTIFIER":"dnsmasq","MESSAGE":"query[A] chatgpt.com from 10.1.2.3"}`

use super::{Context, Line, Miss, Parsed, bind, dnsmasq, unbound};
use gnomon_types::time::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    micros: String,
    #[serde(rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<String>,
    #[serde(rename = "_COMM")]
    command: Option<String>,
    #[serde(rename = "MESSAGE")]
    message: String,
}

pub(super) fn read<'a>(line: &'a str, context: &mut Context) -> Parsed<'a> {
    if !line.starts_with('{') || memchr::memmem::find(line.as_bytes(), b"\"__REALTIME_TIMESTAMP\"").is_none() {
        return Err(Miss::Foreign);
    }
    let row: Row = serde_json::from_str(line).map_err(|_| Miss::Bad("malformed journal entry"))?;
    let micros: i64 = row.micros.parse().map_err(|_| Miss::Bad("journal entry without a readable moment"))?;
    let at = Timestamp::from_millis(micros.div_euclid(1000));
    let (format, read) = match row.identifier.or(row.command).as_deref().unwrap_or_default() {
        name if bind::is_bind(name) => bind::message(at, &row.message)?,
        "dnsmasq" => dnsmasq::message(at, &row.message)?,
        "unbound" => unbound::message(at, unbound::without_thread(&row.message), context)?,
        _ => ("journal", Line::Quiet),
    };
    Ok((format, read.into_owned()))
}
