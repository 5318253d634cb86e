//! What a column is called: the title above a cell of CSV, of a Markdown table or of an `INSERT`.
//!
//! The cell itself need not be a whole one: its column is told by the marks between it and the beginning of its line.

use crate::chars::is_alphabetic;
use crate::patterns::{after, before};
use std::ops::Range;

/// How far titles of a column may stand above a cell; a stream keeps that much.
const COLUMN_BYTES_MAX: usize = 480;
/// No value is longer.
const PIECE_BYTES_MAX: usize = 160;
/// No grouped number is longer.
const NUMBER_BYTES_MAX: usize = 28;
/// Longer cells are no titles.
const TITLE_BYTES_MAX: usize = 64;

/// The first cell above a place in the same column that pleases. Where nothing parts the cell from one before it, the
/// mark behind tells.
pub(super) fn title_of(
    text: &str,
    at: usize,
    behind: impl FnOnce() -> Option<u8>,
    pleases: impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let head = before(text, at, COLUMN_BYTES_MAX);
    // A value of SQL that may be personal is a text in quotes.
    if head.ends_with('\'')
        && let Some(column) = inserted_column(head)
    {
        let span = at - head.len() + column.start..at - head.len() + column.end;
        return pleases(&span).then_some(span);
    }
    let line_start = memchr::memrchr(b'\n', head.as_bytes())? + 1;
    let (above, line) = (head.get(..line_start - 1)?, head.get(line_start..)?);
    // Of a row that begins farther up, nobody knows which column a cell is in.
    let above = if head.len() < at { above.split_once('\n')?.1 } else { above };
    let quoted = memchr::memchr(b'"', head.as_bytes()).is_some();
    let mark = if quoted { last_mark(line) } else { last_mark_of_plain(line) }.or_else(behind)?;
    let column = cells_before(line, mark, quoted);
    let mut end = at - line.len() - 1;
    for row in rows_upwards(above) {
        // A line without the mark is no row.
        let cell = if mark == b'\t' { copied_column(row, column) } else { None };
        let cell = cell.or_else(|| nth_cell(row, mark, column, quoted));
        if let Some(cell) = cell {
            let start = end - row.len();
            let span = start + cell.start..start + cell.end;
            if cell.len() <= TITLE_BYTES_MAX && pleases(&span) {
                return Some(span);
            }
        }
        end = (end - row.len()).saturating_sub(1);
    }
    None
}

/// Whether a row above names the columns: in words alone.
pub(super) fn has_titles(text: &str, at: usize) -> bool {
    let is_title = |cell: &Range<usize>| {
        let title = text.get(cell.clone()).unwrap_or_default();
        title.contains(is_alphabetic) && !title.contains(|c: char| c.is_ascii_digit())
    };
    title_of(text, at, || None, is_title).is_some()
}

/// Lines, the last one first.
fn rows_upwards(text: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let head = left?;
        let start = memchr::memrchr(b'\n', head.as_bytes()).map_or(0, |end| end + 1);
        left = start.checked_sub(1).and_then(|end| head.get(..end));
        head.get(start..)
    })
}

/// The mark between cells behind the first cell of a row, if it touches the value's piece. Where a piece never ends,
/// each of its values would look through all of it.
pub(super) fn mark_behind(text: &str, at: usize) -> Option<u8> {
    let row = after(text, at, PIECE_BYTES_MAX).split('\n').next()?;
    let is_mark = |byte: &u8| matches!(byte, b';' | b',' | b'|');
    let touching = row.split(char::is_whitespace).next()?.bytes().find(is_mark);
    // `123 456 78,x`: groups of digits belong together.
    let digits =
        row.bytes().take(NUMBER_BYTES_MAX).take_while(|byte| byte.is_ascii_digit() || b" -./".contains(byte)).count();
    let number = row.get(..digits).filter(|number| number.ends_with(|c: char| c.is_ascii_digit()));
    let touching = touching.or_else(|| row.as_bytes().get(number?.len()).copied().filter(is_mark));
    // `030 12345 | Berlin`: where a row begins, a stroke set apart tells, too.
    let begins = || before(text, at, 1).is_empty() || before(text, at, 1) == "\n";
    touching.or_else(|| (begins() && row.contains(" | ")).then_some(b'|'))
}

fn last_mark_of_plain(line: &str) -> Option<u8> {
    let marks = [memchr::memrchr3(b';', b',', b'\t', line.as_bytes()), memchr::memrchr(b'|', line.as_bytes())];
    marks.into_iter().flatten().max().and_then(|at| line.as_bytes().get(at).copied())
}

/// The last mark outside of quotes: `"Main Street 5, Leeds";1990` has one.
fn last_mark(line: &str) -> Option<u8> {
    let (mut last, mut quoted) = (None, false);
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b';' | b',' | b'\t' | b'|' if !quoted => last = Some(byte),
            _ => {}
        }
    }
    last
}

/// How many marks outside of quotes a line has.
fn cells_before(line: &str, mark: u8, quoted: bool) -> usize {
    if quoted { marks(line, mark).count() } else { memchr::memchr_iter(mark, line.as_bytes()).count() }
}

/// A cell of a row, which has the mark at all.
fn nth_cell(row: &str, mark: u8, column: usize, quoted: bool) -> Option<Range<usize>> {
    if quoted {
        cell_between(row, marks(row, mark), column)
    } else {
        cell_between(row, memchr::memchr_iter(mark, row.as_bytes()), column)
    }
}

fn cell_between(row: &str, mut marks: impl Iterator<Item = usize>, column: usize) -> Option<Range<usize>> {
    let first = marks.next()?;
    if column == 0 {
        return Some(0..first);
    }
    let before = if column == 1 { first } else { marks.nth(column - 2)? };
    Some(before + 1..marks.next().unwrap_or(row.len()))
}

/// Where the marks outside of quotes are.
fn marks(row: &str, mark: u8) -> impl Iterator<Item = usize> {
    let mut inside = false;
    row.bytes().enumerate().filter_map(move |(at, byte)| {
        inside ^= byte == b'"';
        (byte == mark && !inside).then_some(at)
    })
}

/// The name of a column in `COPY t (a, b) FROM stdin;`, whose rows follow.
fn copied_column(row: &str, column: usize) -> Option<Range<usize>> {
    let open = row.starts_with("COPY ").then(|| row.find('('))?? + 1;
    let names = row.get(open..)?.split(')').next()?;
    let name = cell_between(names, memchr::memchr_iter(b',', names.as_bytes()), column)?;
    Some(open + name.start..open + name.end)
}

/// The name of the column of an `INSERT INTO t (a, b) VALUES (1, ` whose value comes next.
fn inserted_column(head: &str) -> Option<Range<usize>> {
    let bytes = head.as_bytes();
    let begins = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.starts_with(b"VALUES") || rest.starts_with(b"values")
    };
    let values = memchr::memrchr2_iter(b'V', b'v', bytes).find(begins)?;
    let names = head.get(..values)?.trim_end().strip_suffix(')')?;
    let open = names.rfind('(')? + 1;
    let place = place_in_row(head.get(values + "VALUES".len()..)?)?;
    let name = nth_cell(names.get(open..)?, b',', place, false)?;
    Some(open + name.start..open + name.end)
}

/// How many values of the last row stand before the end. None: no row is open.
fn place_in_row(rows: &str) -> Option<usize> {
    let (mut quoted, mut place) = (false, None);
    for byte in rows.bytes() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => place = Some(0),
            b')' | b';' if !quoted => place = None,
            b',' if !quoted => place = place.map(|place: usize| place + 1),
            _ => {}
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Option<&str> {
        title_of(text, text.len(), || None, |_| true).and_then(|span| text.get(span))
    }

    #[test]
    fn the_mark_behind_a_cell_is_looked_for_nearby() {
        assert_eq!(mark_behind("1.2;3", 0), Some(b';'));
        assert_eq!(mark_behind("1.2 x 3;4", 0), None);
        assert_eq!(mark_behind("1.2 3;4", 0), Some(b';'));
        assert_eq!(mark_behind("1.2 3 | 4", 0), Some(b'|'));
        assert_eq!(mark_behind("x 1.2 3 | 4", 2), None);
        assert_eq!(mark_behind(&format!("{};", "12.".repeat(100)), 0), None);
    }

    #[test]
    fn cells_of_a_column_stand_above_each_other() {
        assert_eq!(title("name;phone\nx;1\ny;"), Some("1"));
        assert_eq!(title("name,street,phone\n7,\"a, b\","), Some("phone"));
        assert_eq!(title("name;street;phone\n\"x; y\";\"a, b\";\""), Some("phone"));
        assert_eq!(title("name;phone\nx y "), None);
    }

    #[test]
    fn a_row_that_begins_too_far_above_is_none() {
        let table = |wide: usize| format!("{};phone\nx;", "n".repeat(wide));
        assert_eq!(title(&table(COLUMN_BYTES_MAX - 9)), Some("phone"));
        assert_eq!(title(&table(COLUMN_BYTES_MAX)), None);
    }

    #[test]
    fn values_of_an_insert_have_the_names_of_its_columns() {
        let insert = "INSERT INTO t (id, name, born) VALUES (5, 'O, K', '";
        assert_eq!(title(insert), Some(" born"));
        assert_eq!(title(&format!("{insert}x'),\n(6, '")), Some(" name"));
        assert_eq!(title(&format!("{insert}x');\n")), None);
        assert_eq!(title("their values are (5, "), None);
        assert_eq!(title("COPY t (id, name, born) FROM stdin;\n5\tx\t"), Some(" born"));
    }
}
