//! What `gnomon scan` reads: lines and texts of bounded length, and the rows in them.

use gnomon_types::conversation::Role;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read as _};

/// Ignored fields that are named at the end.
const IGNORED_MAX: usize = 32;

/// One text to judge.
pub(super) struct Row {
    pub(super) id: Value,
    pub(super) text: String,
    pub(super) role: Option<Role>,
}

#[derive(Deserialize)]
struct RawRow {
    #[serde(default)]
    id: Value,
    text: String,
    #[serde(default)]
    role: Option<String>,
    /// Collections of texts carry labels and sources of their own.
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

impl Row {
    /// Reads a line; other fields than ours are noted.
    pub(super) fn read(line: &[u8], ignored: &mut BTreeSet<String>) -> Result<Self, String> {
        let raw: RawRow = serde_json::from_slice(line).map_err(|error| {
            let error = error.to_string().replace(" at line 1 column ", " at column ");
            format!("not a JSON object {{\"id\",\"text\",\"role\"?}}: {error}; plain text is read with --text")
        })?;
        let role = raw.role.as_deref().filter(|word| !word.is_empty()).map(read_role).transpose()?;
        // A role that is overlooked would be judged as the user's words, less strictly than a tool's.
        if let Some(odd) = raw.others.keys().find(|name| resembles(name, "role")) {
            return Err(format!("unknown field `{odd}`: did you mean `role`?"));
        }
        let names = raw.others.into_keys().filter(|name| name.len() <= 64);
        for name in names {
            if ignored.len() < IGNORED_MAX {
                ignored.insert(name);
            }
        }
        Ok(Self { id: raw.id, text: raw.text, role })
    }
}

/// Collections of texts have words of their own for who speaks.
fn read_role(word: &str) -> Result<Role, String> {
    let lower = word.to_ascii_lowercase();
    let role = match lower.as_str() {
        "human" => Some(Role::User),
        "ai" | "bot" | "gpt" => Some(Role::Assistant),
        "tool_result" | "tool_output" | "retrieval" | "retrieved" | "context" | "web" | "file" | "email" => {
            Some(Role::Tool)
        }
        word => Role::known(word),
    };
    role.ok_or_else(|| format!("`{word}` is no role: use system, user, assistant or tool"))
}

/// Whether a name is another one in other case, with a letter too many or too few, or with two exchanged. One with
/// another letter in it (`rule`) is a word of its own.
fn resembles(name: &str, known: &str) -> bool {
    let name = name.to_lowercase();
    let within = |short: &str, long: &str| {
        long.char_indices().any(|(at, letter)| {
            let (before, rest) = long.split_at_checked(at).unwrap_or((long, ""));
            short.len() + letter.len_utf8() == long.len()
                && short.strip_prefix(before).is_some_and(|end| rest.strip_prefix(letter) == Some(end))
        })
    };
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(&name) == sorted(known) || within(&name, known) || within(known, &name)
}

/// What reading a line gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// There is none.
    End,
    /// It is in the buffer.
    Whole,
    /// It was longer than is read, and is skipped to its end.
    TooLong,
}

/// Reads the next line into the buffer. What is too long is never judged in pieces.
pub(super) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>, bytes_max: u64) -> io::Result<Line> {
    line.clear();
    let read = input.take(bytes_max + 1).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if line.ends_with(b"\n") || read as u64 <= bytes_max {
        return Ok(Line::Whole);
    }
    loop {
        let buffer = input.fill_buf()?;
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                input.consume(at + 1);
                return Ok(Line::TooLong);
            }
            None if buffer.is_empty() => return Ok(Line::TooLong),
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}

/// Reads all of an input as one text, or says why it is none.
pub(super) fn read_text(input: &mut impl BufRead, bytes_max: u64) -> io::Result<Result<String, String>> {
    let mut bytes = Vec::new();
    input.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Ok(Err(format!("the text is over {} MiB", bytes_max >> 20)));
    }
    let text = std::str::from_utf8(without_mark(&bytes)).map(str::to_owned);
    Ok(text.map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        format!("not UTF-8 text: line {line} has other bytes")
    }))
}

/// A text without the byte order mark that some editors put before it.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_long_line_is_not_the_next_line() {
        let mut input =
            io::BufReader::with_capacity(3, "short\n12345678901\nnext\n1234567890\n12345678901234".as_bytes());
        let mut line = Vec::new();
        let mut seen = Vec::new();
        loop {
            let read = read_line(&mut input, &mut line, 10).unwrap();
            match read {
                Line::End => break,
                Line::TooLong => seen.push("(too long)".to_owned()),
                Line::Whole => seen.push(String::from_utf8_lossy(&line).trim().to_owned()),
            }
        }
        assert_eq!(seen, ["short", "(too long)", "next", "1234567890", "(too long)"]);
    }

    #[test]
    fn a_role_that_is_none_is_an_error_and_other_fields_are_named() {
        let read = |line: &str| {
            let mut ignored = BTreeSet::new();
            Row::read(line.as_bytes(), &mut ignored).map(|row| (row.role, ignored.into_iter().collect::<Vec<_>>()))
        };
        for (line, expected) in [
            (r#"{"text":"a"}"#, (None, vec![])),
            (r#"{"text":"a","role":null}"#, (None, vec![])),
            (r#"{"text":"a","role":""}"#, (None, vec![])),
            (r#"{"id":{"n":1},"text":"a","role":"tool"}"#, (Some(Role::Tool), vec![])),
            (r#"{"text":"a","role":"Document"}"#, (Some(Role::Tool), vec![])),
            (r#"{"text":"a","rule":1.5,"kind":["x"],"lang":"de"}"#, (None, vec!["kind", "lang", "rule"])),
        ] {
            let (role, ignored) = read(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!((role, ignored.iter().map(String::as_str).collect()), expected, "{line}");
        }
        for (line, part) in [
            (r#"{"text":"a","role":"toolx"}"#, "use system, user, assistant or tool"),
            (r#"{"text":"a","rol":"tool"}"#, "did you mean `role`?"),
            (r#"{"text":"a","roles":"tool"}"#, "did you mean `role`?"),
            (r#"{"text":"a","Role":"tool"}"#, "did you mean `role`?"),
            (r#"{"text":"a","roel":"tool"}"#, "did you mean `role`?"),
            (r#"{"txt":"a"}"#, "missing field `text`"),
            (r#"{"text":"a","text":"b"}"#, "duplicate field `text`"),
            ("hello", "--text"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn a_text_is_read_as_a_whole_without_its_mark() {
        let read = |bytes: &[u8]| read_text(&mut &*bytes, 8).unwrap();
        assert_eq!(read("\u{feff}aö\nb".as_bytes()), Ok("aö\nb".to_owned()));
        assert!(read(b"a\nb\xff").unwrap_err().contains("line 2"));
        assert!(read(b"123456789").is_err() && read(b"12345678").is_ok());
    }
}
