//! A file of CloudEvents, one per line, on disk before they count as delivered.

use super::{SendError, Transport};
use crate::format::cloudevents::CloudEvent;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(crate) struct FileSink {
    path: PathBuf,
}

impl FileSink {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Transport for FileSink {
    async fn send(&mut self, events: &[CloudEvent]) -> Result<(), SendError> {
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event).map_err(|error| SendError::Refused(error.to_string()))?;
            lines.push(b'\n');
        }
        let path = self.path.clone();
        let work = move || append(&path, &lines).map_err(|error| format!("`{}`: {error}", path.display()));
        tokio::task::spawn_blocking(work).await.map_err(SendError::away)?.map_err(SendError::away)
    }
}

/// Opened anew each time, so that a file that was moved away is followed by a new one.
fn append(path: &Path, lines: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    cut_torn_line(&mut file)?;
    file.write_all(lines)?;
    file.sync_data()
}

/// A line without its end was cut off by a crash. It was never counted as delivered, so it goes, and comes again.
fn cut_torn_line(file: &mut File) -> std::io::Result<()> {
    const STEP: u64 = 4096;
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file).take(end - start).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            end = start + u64::try_from(at).unwrap_or(0) + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_cut_before_the_next_is_written() {
        let long = "x".repeat(10_000);
        let cases = [
            (String::new(), "a\n".to_owned()),
            ("one\n".to_owned(), "one\na\n".to_owned()),
            ("one\ntor".to_owned(), "one\na\n".to_owned()),
            ("torn".to_owned(), "a\n".to_owned()),
            (format!("one\n{long}"), "one\na\n".to_owned()),
            (format!("{long}\n{long}\n"), format!("{long}\n{long}\na\n")),
        ];
        for (before, after) in cases {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("feed/events.ndjson");
            std::fs::create_dir(dir.path().join("feed")).unwrap();
            std::fs::write(&path, before).unwrap();
            append(&path, b"a\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }
}
