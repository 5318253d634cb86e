//! Prints data on stdout in the format asked for. Messages go to stderr, elsewhere.

use crate::args::Format;
use serde::Serialize;
use serde_json::Value;
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
    let mut out = io::stdout().lock();
    match format {
        Format::Json => document(&rows)?,
        Format::Ndjson => {
            for row in rows {
                serde_json::to_writer(&mut out, row)?;
                out.write_all(b"\n")?;
            }
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(&mut out);
            writer.write_record(columns.iter().map(|column| column.heading))?;
            for row in rows {
                writer.write_record(columns.iter().map(|column| (column.cell)(row)))?;
            }
            writer.flush()?;
        }
        Format::Table => table(&mut out, rows, columns)?,
    }
    out.flush()?;
    Ok(())
}

/// Prints one JSON document, indented.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn document<T: Serialize>(value: &T) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Prints one object: `name  value` lines, or JSON.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn object<T: Serialize>(format: Format, value: &T) -> anyhow::Result<()> {
    if format != Format::Table {
        return document(value);
    }
    let mut out = io::stdout().lock();
    if let Value::Object(fields) = serde_json::to_value(value)? {
        let width = fields.keys().map(String::len).max().unwrap_or_default();
        for (name, value) in &fields {
            writeln!(out, "{name:width$}  {}", plain(value))?;
        }
    }
    Ok(())
}

/// Prints a line of text on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Prints a message for people on stderr. A closed stderr is not worth failing for.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(|item| format!("\n  {item}")).collect(),
        other => other.to_string(),
    }
}

fn table<T>(out: &mut impl Write, rows: &[T], columns: &[Column<T>]) -> io::Result<()> {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| (column.cell)(row)).collect()).collect();
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
}
