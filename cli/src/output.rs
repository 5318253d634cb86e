//! Prints data on stdout in the format asked for. Messages go to stderr, elsewhere.
//!
//! INVARIANT: what people read holds no control character of somebody else: names and texts come from callers and logs,
//! and a terminal obeys some of them. Documents for programs are printed as they are.

use crate::args::Format;
use crate::failure::StdoutError;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::io::{self, Write};

/// A named column: its heading and how a row shows in it.
pub(crate) struct Column<T> {
    pub(crate) heading: &'static str,
    pub(crate) cell: fn(&T) -> String,
}

/// Prints rows: a table or CSV of `columns`, or the rows themselves as JSON.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn rows<T: Serialize>(format: Format, rows: &[T], columns: &[Column<T>]) -> anyhow::Result<()> {
    let mut out = Vec::new();
    match format {
        Format::Json => pretty(&mut out, &rows)?,
        Format::Ndjson => {
            for row in rows {
                compact(&mut out, row)?;
            }
        }
        Format::Csv => {
            let cells = rows.iter().map(|row| columns.iter().map(|column| (column.cell)(row)).collect());
            csv(&mut out, columns.iter().map(|column| column.heading).collect(), cells)?;
        }
        Format::Table => table(&mut out, rows, columns)?,
    }
    bytes(&out)
}

/// Prints one JSON document, indented.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn document<T: Serialize>(value: &T) -> anyhow::Result<()> {
    let mut out = Vec::new();
    pretty(&mut out, value)?;
    bytes(&out)
}

/// Prints one object: `name  value` lines, JSON, JSON on one line, or a header and a row.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn object<T: Serialize>(format: Format, value: &T) -> anyhow::Result<()> {
    let mut out = Vec::new();
    write_object(&mut out, format, value)?;
    bytes(&out)
}

fn write_object<T: Serialize>(out: &mut Vec<u8>, format: Format, value: &T) -> anyhow::Result<()> {
    match format {
        Format::Json => pretty(out, value)?,
        Format::Ndjson => compact(out, value)?,
        Format::Csv => {
            let Value::Object(fields) = serde_json::to_value(value)? else { return compact(out, value) };
            let row = fields.values().map(in_csv).collect();
            csv(out, fields.keys().map(String::as_str).collect(), std::iter::once(row))?;
        }
        Format::Table => {
            let Value::Object(fields) = serde_json::to_value(value)? else { return compact(out, value) };
            let width = fields.keys().map(String::len).max().unwrap_or_default();
            for (name, value) in &fields {
                writeln!(out, "{name:width$}  {}", plain(value))?;
            }
        }
    }
    Ok(())
}

/// Prints a text for people on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    data_line(&tame(text, "\n\t"))
}

/// Prints a line for programs on stdout, as it is.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn data_line(text: &str) -> anyhow::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Prints bytes on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn bytes(data: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(data).and_then(|()| out.flush()).map_err(|error| StdoutError(error).into())
}

/// Prints a message for people on stderr. A closed stderr is not worth failing for.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", tame(text, "\n\t"));
}

fn pretty<T: Serialize>(out: &mut Vec<u8>, value: &T) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}

fn compact<T: Serialize>(out: &mut Vec<u8>, value: &T) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}

fn csv(out: &mut Vec<u8>, header: Vec<&str>, rows: impl Iterator<Item = Vec<String>>) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()?;
    Ok(())
}

/// Replaces the characters that a terminal would obey: controls, and those that turn the direction of text.
fn tame<'t>(text: &'t str, kept: &str) -> Cow<'t, str> {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_bad = |c: char| (c.is_control() || turns(c)) && !kept.contains(c);
    if text.contains(is_bad) { Cow::Owned(text.replace(is_bad, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn in_csv(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => tame(text, "").into_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(|item| format!("\n  {}", tame(&item.to_string(), ""))).collect(),
        other => tame(&other.to_string(), "").into_owned(),
    }
}

fn table<T>(out: &mut impl Write, rows: &[T], columns: &[Column<T>]) -> io::Result<()> {
    let shown = |row: &T| columns.iter().map(|column| tame(&(column.cell)(row), "").into_owned()).collect();
    let cells: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let widest = |index: usize, heading: &str| {
        let in_cells = cells.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count()).max();
        in_cells.unwrap_or_default().max(heading.len())
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(i, column)| widest(i, column.heading)).collect();
    let headings = columns.iter().map(|column| column.heading.to_uppercase()).collect::<Vec<_>>();
    for row in std::iter::once(&headings).chain(&cells) {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_aligns_its_columns() {
        let columns = [
            Column::<(&str, u32)> { heading: "name", cell: |row| row.0.to_owned() },
            Column::<(&str, u32)> { heading: "n", cell: |row| row.1.to_string() },
        ];
        let mut out = Vec::new();
        table(&mut out, &[("a", 1), ("longer", 22)], &columns).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME    N\na       1\nlonger  22\n");
    }

    #[test]
    fn a_callers_escape_sequences_do_not_reach_the_terminal() {
        let nasty = "ok\u{1b}[2K\u{9b}31m\u{7}\u{202e}\r\nnext";
        let columns = [Column::<String> { heading: "why", cell: Clone::clone }];
        let mut out = Vec::new();
        table(&mut out, &[nasty.to_owned()], &columns).unwrap();
        write_object(
            &mut out,
            Format::Table,
            &serde_json::json!({"why": nasty, "list": [{"a": nasty}], "in": {"b": nasty}}),
        )
        .unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
        assert_eq!(tame("two\nlines", "\n\t"), "two\nlines");
    }

    #[test]
    fn one_object_keeps_the_promise_of_each_format() {
        let value = serde_json::json!({"id": "a,b", "n": 2, "list": [1, 2], "none": null});
        let shown = |format| {
            let mut out = Vec::new();
            write_object(&mut out, format, &value).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(Format::Ndjson), "{\"id\":\"a,b\",\"n\":2,\"list\":[1,2],\"none\":null}\n");
        assert_eq!(shown(Format::Csv), "id,n,list,none\n\"a,b\",2,\"[1,2]\",\n");
        assert!(shown(Format::Json).starts_with("{\n  \"id\""));
        assert_eq!(shown(Format::Table), "id    a,b\nn     2\nlist  1, 2\nnone  -\n");
    }
}
