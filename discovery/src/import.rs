//! One log in, its uses and blind spots out. Streaming: memory grows with the number of uses, not with the log.

use crate::blind::Blind;
use crate::catalogue::Catalogue;
use crate::decode::{Decoded, Digests};
use crate::error::ImportError;
use crate::event::Event;
use crate::lines::{LINE_BYTES_MAX, Lines};
use crate::parse::{Line, Sniffer, Year};
use crate::tally::{Endpoint, Place, Tally};
use gnomon_types::digest::Digest;
use gnomon_types::sighting::{BlindSpot, Content, SourceSummary, Use};
use gnomon_types::time::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Examples of lines that were not understood, kept for one file.
pub const REJECTS_MAX: usize = 20;
/// Lines between two calls of `progress`.
const PROGRESS_LINES: u64 = 8192;

/// What the caller knows of a log beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// When it was written, for lines that name no year; a moment in a gzip header goes before it.
    pub written: Option<Timestamp>,
    /// The year of lines that name none. Goes before every other sign of it.
    pub year: Option<i16>,
    /// Lengths of the contents of earlier logs: the digest of so many first bytes is then in [`Content::beginnings`].
    pub known_bytes: Vec<u64>,
}

/// What one log gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// SHA-256 of the file as it was read, compressed or not.
    pub digest: Digest,
    /// What is in it without compression.
    pub content: Content,
    /// Counts and format.
    pub source: SourceSummary,
    /// The first lines that were not understood.
    pub rejects: Vec<Reject>,
    /// Uses of AI services, sorted.
    pub uses: Vec<Use>,
    /// Endpoints outside the catalogue that behave like AI, with the reasons.
    pub endpoints: Vec<Endpoint>,
    /// What this log cannot show, sorted.
    pub blind_spots: Vec<BlindSpot>,
}

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset of the line in the decompressed file.
    pub offset: u64,
    /// Why.
    pub why: String,
}

/// Reads a log file. `display_name` is what evidence pointers call it; `progress` hears bytes of the file and lines.
///
/// Lines without a year take it from the hints, the moment in the gzip header, or else from the file's modification time.
///
/// # Errors
/// [`ImportError`] when the file cannot be opened or read. Bad lines and a damaged compressed stream are not errors: they are in the result.
pub fn import_file(
    path: &Path,
    display_name: &str,
    hints: &Hints,
    catalogue: &Catalogue,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportError> {
    let open = |cause: io::Error| ImportError::Open { path: path.to_owned(), cause };
    let file = File::open(path).map_err(open)?;
    let modified = file.metadata().map_err(open)?.modified().ok();
    let since_1970 = modified.and_then(|moment| moment.duration_since(std::time::UNIX_EPOCH).ok());
    let written = since_1970.and_then(|age| i64::try_from(age.as_millis()).ok()).map(Timestamp::from_millis);
    let hints = Hints { written: hints.written.or(written), ..hints.clone() };
    import_reader(file, display_name, &hints, catalogue, progress)
}

/// Reads a log from anywhere.
///
/// # Errors
/// [`ImportError::Read`] when the reader fails.
pub fn import_reader(
    reader: impl Read,
    display_name: &str,
    hints: &Hints,
    catalogue: &Catalogue,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportError> {
    let failed = |bytes: u64, cause: io::Error| ImportError::Read { name: display_name.to_owned(), bytes, cause };
    let decoded = Decoded::open(reader, &hints.known_bytes).map_err(|cause| failed(0, cause))?;
    let year = Year { given: hints.year, written: decoded.raw().written.or(hints.written) };
    let mut import = Import::new(catalogue, year);
    let mut lines = Lines::new(decoded);
    let stopped = loop {
        match lines.next() {
            Ok(Some(line)) => {
                let number = line.number;
                import.line(line.bytes, line.offset, number, line.too_long);
                if number.is_multiple_of(PROGRESS_LINES) {
                    progress(lines.inner().raw().bytes, number);
                }
            }
            Ok(None) => break None,
            Err(cause) => break Some(cause),
        }
    };
    let damage = match stopped {
        Some(cause) if lines.inner().raw().broken => return Err(failed(lines.inner().raw().bytes, cause)),
        Some(cause) => Some(cause.to_string()),
        None => None,
    };
    let digests = lines.into_inner().finish().map_err(|cause| failed(0, cause))?;
    progress(digests.bytes, import.last_line);
    Ok(import.finish(display_name, digests, damage))
}

/// The state between two lines.
struct Import<'c> {
    catalogue: &'c Catalogue,
    sniffer: Sniffer,
    tally: Tally,
    blind: Blind,
    formats: BTreeMap<&'static str, u64>,
    lines: u64,
    parsed: u64,
    last_line: u64,
    last_offset: u64,
    rejects: Vec<Reject>,
}

impl<'c> Import<'c> {
    fn new(catalogue: &'c Catalogue, year: Year) -> Self {
        Self {
            catalogue,
            sniffer: Sniffer::new(year),
            tally: Tally::default(),
            blind: Blind::new(),
            formats: BTreeMap::new(),
            lines: 0,
            parsed: 0,
            last_line: 0,
            last_offset: 0,
            rejects: Vec::new(),
        }
    }

    fn line(&mut self, bytes: &[u8], offset: u64, number: u64, too_long: bool) {
        (self.last_line, self.last_offset) = (number, offset);
        if too_long {
            self.lines += 1;
            self.reject(offset, number, &format!("longer than {LINE_BYTES_MAX} bytes"));
            return;
        }
        let bytes = without_nul(bytes);
        // Also within a file: of several that were put together each may have had its mark.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text, offset, number),
            Err(_) => self.text(&String::from_utf8_lossy(bytes), offset, number),
        }
    }

    fn text(&mut self, text: &str, offset: u64, number: u64) {
        let (format, line) = match self.sniffer.read(text) {
            Ok((_, Line::Header)) => return,
            Ok(read) => read,
            Err(why) => {
                self.lines += 1;
                self.reject(offset, number, why);
                return;
            }
        };
        self.lines += 1;
        self.parsed += 1;
        *self.formats.entry(format).or_default() += 1;
        if let Line::Event(event) = line {
            self.event(&event, Place { format, offset, line: number });
        }
    }

    fn event(&mut self, event: &Event<'_>, place: Place) {
        self.blind.look(event);
        if event.refused {
            return;
        }
        if let Some(hit) = self.catalogue.find(&event.host, event.path.as_deref()) {
            self.tally.add_known(event, hit, place);
            return;
        }
        self.blind.look_behind(event, self.catalogue);
        self.tally.add_other(event, place);
    }

    fn reject(&mut self, offset: u64, line: u64, why: &str) {
        if self.rejects.len() < REJECTS_MAX {
            self.rejects.push(Reject { line, offset, why: why.to_owned() });
        }
    }

    fn finish(mut self, file: &str, digests: Digests, damage: Option<String>) -> Imported {
        if let Some(cause) = &damage {
            let (offset, line) = (self.last_offset, self.last_line + 1);
            self.reject(offset, line, &format!("the compressed file is damaged from here on: {cause}"));
        }
        let rejected = self.lines - self.parsed;
        let format = format_name(&self.formats, self.parsed);
        let source = SourceSummary { file: file.to_owned(), format, lines: self.lines, parsed: self.parsed, rejected };
        let overflow = self.tally.overflow;
        let (uses, endpoints) = self.tally.finish(self.catalogue, file);
        let mut blind_spots = self.blind.finish(file, &uses);
        blind_spots.extend(crate::blind::of_source(&source, overflow, damage.is_some()));
        blind_spots.extend(self.sniffer.year_was_inferred().then(|| crate::blind::without_year(file)));
        blind_spots.sort_unstable();
        let Digests { file: digest, content, .. } = digests;
        Imported { digest, content, source, rejects: self.rejects, uses, endpoints, blind_spots }
    }
}

/// A log that was cut while its writer held it open, or a machine that crashed, leaves runs of NUL around a good line.
fn without_nul(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// The format of the file: every one that at least one line in twenty has, joined by `+`.
fn format_name(formats: &BTreeMap<&'static str, u64>, parsed: u64) -> String {
    let names: Vec<&str> = formats.iter().filter(|(_, lines)| **lines * 20 >= parsed).map(|(name, _)| *name).collect();
    if names.is_empty() { "unknown".to_owned() } else { names.join("+") }
}
