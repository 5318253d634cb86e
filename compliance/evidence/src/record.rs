//! A record as bytes: canonical JSON with its place and time, written once and never re-encoded.

use crate::error::{AppendError, ReadError};
use gnomon_types::record::{RECORD_VERSION, Record, RecordBody};
use gnomon_types::time::Timestamp;
use serde_json::Value;

/// Bytes of the largest record: entry bundles write the length in 16 bits.
pub const RECORD_BYTES_MAX: usize = 65_535;

/// The largest whole number that every reader of JSON understands alike (RFC 7493): canonical JSON writes numbers as
/// doubles, and a count beyond this would be rounded to one that our own reader refuses.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// A record as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its place.
    pub seq: u64,
    /// Its exact bytes, without the newline that ends its line.
    pub bytes: Vec<u8>,
}

impl StoredRecord {
    /// Reads the bytes.
    ///
    /// # Errors
    /// [`ReadError::Record`] when they are not a record of ours.
    pub fn record(&self) -> Result<Record, ReadError> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| ReadError::Record { seq: self.seq, message: error.to_string() })
    }
}

/// A record that has everything but its place and its time. The costly part, canonical JSON, is made on the caller's
/// thread; the appender only fills in two values, so that one thread keeps up with many callers.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Up to the value of `at`.
    head: Vec<u8>,
    /// From after `at` up to the value of `seq`.
    middle: Vec<u8>,
    /// After the value of `seq`.
    tail: Vec<u8>,
}

/// Every moment is written with as many bytes as this one.
const PLACEHOLDER: &str = "0001-01-01T00:00:00.000Z";

impl Draft {
    pub(crate) fn new(node: &str, body: RecordBody) -> Result<Self, AppendError> {
        let record =
            Record { v: RECORD_VERSION, seq: 0, at: Timestamp::from_millis(i64::MIN), node: node.to_owned(), body };
        let encoded = serde_json::to_value(&record).map(bounded).and_then(|record| serde_jcs::to_vec(&record));
        let bytes = encoded.map_err(|error| AppendError::Disk(format!("cannot encode: {error}")))?;
        // 20 digits are the longest place.
        if bytes.len() + 20 > RECORD_BYTES_MAX {
            return Err(AppendError::TooLarge(bytes.len()));
        }
        Self::split(&bytes).ok_or_else(|| AppendError::Disk("cannot encode: no place for `at` and `seq`".to_owned()))
    }

    fn split(bytes: &[u8]) -> Option<Self> {
        let at = value_start(bytes, "at")?;
        let seq = value_start(bytes, "seq")?;
        let (head, rest) = bytes.split_at_checked(at)?;
        let (time, rest) = rest.split_at_checked(PLACEHOLDER.len() + 2)?;
        let (middle, rest) = rest.split_at_checked(seq.checked_sub(at)?.checked_sub(time.len())?)?;
        let tail = rest.strip_prefix(b"0")?;
        Some(Self { head: head.to_vec(), middle: middle.to_vec(), tail: tail.to_vec() })
    }

    /// Bytes of the finished line, give or take the digits of its place.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.middle.len() + self.tail.len() + 32
    }

    /// Appends the finished line.
    pub(crate) fn write(&self, seq: u64, at: &str, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.head);
        line.push(b'"');
        line.extend_from_slice(at.as_bytes());
        line.push(b'"');
        line.extend_from_slice(&self.middle);
        line.extend_from_slice(seq.to_string().as_bytes());
        line.extend_from_slice(&self.tail);
        line.push(b'\n');
    }
}

/// The same with every number held to what JSON carries: counts come from upstreams too, which may send any.
fn bounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|number| number > NUMBER_MAX) => NUMBER_MAX.into(),
        Value::Array(items) => items.into_iter().map(bounded).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, bounded(value))).collect(),
        other => other,
    }
}

/// Where the value of a key of the outermost object begins, in JSON without spaces.
fn value_start(json: &[u8], key: &str) -> Option<usize> {
    let wanted = format!("\"{key}\":");
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                if depth == 1 && json.get(at..).is_some_and(|rest| rest.starts_with(wanted.as_bytes())) {
                    return Some(at + wanted.len());
                }
                at = string_end(json, at);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The closing quote of the string that opens at `open`.
fn string_end(json: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::record::{Admin, Heartbeat, Notice};

    #[test]
    fn a_finished_draft_is_the_canonical_json_of_the_record() {
        let tricky = r#"{"seq":0,"at":"\"seq\":0"}"#.to_owned();
        let bodies = [
            RecordBody::Admin(Admin {
                by: tricky.clone(),
                action: "service.status".to_owned(),
                subject: "ü\u{1F600}\\\n".to_owned(),
                before: None,
                after: Some(tricky.clone()),
                change: None,
            }),
            RecordBody::Incident(Notice { by: "seq".to_owned(), subject: tricky, detail: String::new() }),
        ];
        for body in bodies {
            let at = Timestamp::from_millis(1_795_000_000_007);
            let mut line = Vec::new();
            Draft::new("node-1", body.clone()).unwrap().write(12_345, &at.to_string(), &mut line);
            let record = Record { v: RECORD_VERSION, seq: 12_345, at, node: "node-1".to_owned(), body };
            assert_eq!(line.strip_suffix(b"\n").unwrap(), serde_jcs::to_vec(&record).unwrap());
        }
    }

    #[test]
    fn the_largest_count_is_read_back_by_our_own_reader() {
        for (count, kept) in [(u64::MAX, NUMBER_MAX), (NUMBER_MAX + 1, NUMBER_MAX), (NUMBER_MAX, NUMBER_MAX), (7, 7)] {
            let beat = Heartbeat {
                phase: "stop".to_owned(),
                accepted: count,
                intents: 0,
                forwarded: 0,
                outcomes: 0,
                refused: 0,
                version: String::new(),
                config: None,
            };
            let mut bytes = Vec::new();
            Draft::new("n", RecordBody::Heartbeat(beat)).unwrap().write(0, PLACEHOLDER, &mut bytes);
            let RecordBody::Heartbeat(read) = (StoredRecord { seq: 0, bytes }).record().unwrap().body else { panic!() };
            assert_eq!(read.accepted, kept, "{count}");
        }
    }

    #[test]
    fn a_record_that_no_bundle_can_hold_is_refused() {
        let body = RecordBody::Erase(Notice {
            by: String::new(),
            subject: String::new(),
            detail: "x".repeat(RECORD_BYTES_MAX),
        });
        assert!(matches!(Draft::new("n", body), Err(AppendError::TooLarge(_))));
    }
}
