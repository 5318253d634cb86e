//! Private keys in PEM armour, also when their line breaks are written as `\n` or the end is missing.
//!
//! Written by hand instead of as a pattern because a stream must know whether a key is still going on.

use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::LazyLock;

/// A private key block and whether its end has been seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) span: Range<usize>,
    /// The text ended while the body could still go on.
    pub(crate) open: bool,
    /// There is enough key material to call it a key.
    pub(crate) real: bool,
}

/// The blanks of the armour may be lost, as in letters that are all spaced out alike.
const BEGIN: &str = "-----BEGIN";
/// Made once: for a short text the making takes longer than the search.
static BEGINS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGIN));
const HEADER_BYTES_MAX: usize = 64;
const HEADER_LINE_BYTES_MAX: usize = 256;
/// Fewer base64 characters than this are a placeholder.
const MATERIAL_MIN: usize = 32;
/// Base64 pieces shorter than this are words, unless the block ends right behind them.
const PIECE_MIN: usize = 16;
/// How far a key with lines of uneven lengths is looked through.
const RAGGED_BYTES_MAX: usize = 8 * 1024;

/// All private key blocks of a text.
pub(crate) fn find(text: &str) -> Vec<Block> {
    BEGINS.find_iter(text.as_bytes()).filter_map(|at| block_at(text, at)).collect()
}

/// The block whose armour begins here. An unfinished header counts as an open block without material.
fn block_at(text: &str, at: usize) -> Option<Block> {
    let rest = text.get(at + BEGIN.len()..)?;
    let head_end = rest.bytes().take(HEADER_BYTES_MAX).position(|byte| byte == b'-' || byte == b'\n');
    let Some(head_end) = head_end else {
        let open = rest.len() < HEADER_BYTES_MAX;
        return open.then_some(Block { span: at..text.len(), open, real: false });
    };
    let label = rest.get(..head_end)?;
    let dashes = rest.get(head_end..)?;
    if dashes.len() < 5 && "-----".starts_with(dashes) {
        return Some(Block { span: at..text.len(), open: true, real: false });
    }
    if !(label.contains("PRIVATE KEY") || label.contains("PRIVATEKEY")) || !dashes.starts_with("-----") {
        return None;
    }
    let body = at + BEGIN.len() + head_end + 5;
    let (end, ending, material) = body_end(text, body);
    Some(Block { span: at..end, open: ending != Ending::Closed, real: material >= MATERIAL_MIN })
}

/// How a body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The text ended first.
    Open,
    /// Short lines follow up to the end of the text, of which only the rest tells whether they belong to it.
    Untold,
    Closed,
}

/// Walks over key material from `at`. Gives the end, how it ends, and how much material there was.
fn body_end(text: &str, at: usize) -> (usize, Ending, usize) {
    let bytes = text.as_bytes();
    let byte = |place: usize| bytes.get(place).copied();
    let (mut place, mut end, mut material) = (at, at, 0);
    let mut ragged = None;
    loop {
        while is_filler(bytes, place) {
            place += 1;
        }
        if byte(place).is_none() {
            return (text.len(), Ending::Open, material);
        }
        let rest = text.get(place..).unwrap_or_default();
        if rest.starts_with('-') {
            return match armour_end(rest) {
                Armour::Closed(length) => (place + length, Ending::Closed, material),
                Armour::Open => (text.len(), Ending::Open, material),
                Armour::None => (end, Ending::Closed, material),
            };
        }
        if let Some(length) = header_line(rest) {
            if place + length >= text.len() {
                return (text.len(), Ending::Open, material);
            }
            place += length;
            continue;
        }
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
        let after = rest.get(length..).unwrap_or_default();
        if after.is_empty() {
            return (text.len(), Ending::Open, material + length);
        }
        // `\n` written out eats the `n`; a short last piece is fine when the armour ends behind it.
        if length < PIECE_MIN && !closes_soon(after) {
            match ragged.get_or_insert_with(|| ragged_key(rest)) {
                Ragged::Key => {}
                Ragged::Untold => return (end, Ending::Untold, material),
                Ragged::Other => return (end, Ending::Closed, material),
            }
        }
        material += length;
        place += length;
        end = place;
    }
}

/// The same from the middle of a body, where the first piece may be the rest of one.
pub(crate) fn body_goes_on(text: &str, at: usize) -> (usize, bool) {
    let rest = text.get(at..).unwrap_or_default();
    let first = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
    let (end, ending, _) = body_end(text, at + first);
    (end.max(at + first), ending == Ending::Open)
}

/// White space, written-out line breaks, and what source code puts between the lines.
fn is_filler(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' | b'\\') => true,
        Some(b'n' | b'r') => at > 0 && bytes.get(at - 1) == Some(&b'\\'),
        // A plus sign between quotes joins strings; elsewhere it is material.
        Some(b'+') => bytes.get(at + 1) == Some(&b' ') || bytes.get(at + 1) == Some(&b'\n'),
        _ => false,
    }
}

fn closes_soon(after: &str) -> bool {
    let rest = after.trim_start_matches(['\\', 'n', 'r', ' ', '\n', '\r', '"', '\'', ',', '\t']);
    rest.is_empty() || rest.starts_with('-')
}

/// What lines are that are too short for most keys.
enum Ragged {
    Key,
    /// A key, if a digit follows.
    Untold,
    Other,
}

/// A key has lines of any length, but nothing beside key material on them, up to the end of the armour or of the text.
fn ragged_key(rest: &str) -> Ragged {
    let body = rest.get(..RAGGED_BYTES_MAX).unwrap_or(rest);
    let (mut digit, mut ends) = (false, false);
    // No further than to the first other sign: many bodies that are none may begin close together.
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next().filter(|_| !ends) {
        let line = line.trim_start();
        let length = line.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
        let (material, behind) = line.split_at_checked(length).unwrap_or_default();
        let behind = behind.trim_start();
        ends = behind.starts_with(END);
        // The last line may have been cut.
        let may_end = ends || (lines.peek().is_none() && END.starts_with(behind));
        if !may_end && !behind.is_empty() {
            return Ragged::Other;
        }
        digit |= material.bytes().any(|byte| byte.is_ascii_digit());
    }
    match (digit, ends) {
        (true, _) => Ragged::Key,
        (false, false) if body.len() == rest.len() => Ragged::Untold,
        (false, _) => Ragged::Other,
    }
}

const END: &str = "-----END";

enum Armour {
    Closed(usize),
    Open,
    None,
}

fn armour_end(rest: &str) -> Armour {
    if rest.len() < END.len() {
        return if END.starts_with(rest) { Armour::Open } else { Armour::None };
    }
    if !rest.starts_with(END) {
        return Armour::None;
    }
    let tail = rest.get(END.len()..).unwrap_or_default();
    match tail.bytes().take(HEADER_BYTES_MAX).position(|byte| byte == b'-') {
        Some(at) if tail.get(at..).is_some_and(|dashes| dashes.starts_with("-----")) => {
            Armour::Closed(END.len() + at + 5)
        }
        Some(at) if tail.get(at..).is_some_and(|dashes| dashes.len() < 5) => Armour::Open,
        None if tail.len() < HEADER_BYTES_MAX => Armour::Open,
        _ => Armour::None,
    }
}

/// Length of an armour header line such as `Proc-Type: 4,ENCRYPTED`.
fn header_line(rest: &str) -> Option<usize> {
    const NAMES: [&str; 5] = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:", "Hash:"];
    NAMES.iter().any(|name| rest.starts_with(name)).then(|| {
        let line = rest.bytes().take(HEADER_LINE_BYTES_MAX).position(|byte| byte == b'\n');
        line.map_or(rest.len().min(HEADER_LINE_BYTES_MAX), |at| at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armoured(label: &str, body: &str) -> String {
        format!("{BEGIN} {label} KEY-----{body}-----END {label} KEY-----")
    }

    #[test]
    fn finds_real_keys_and_leaves_placeholders_and_public_keys_alone() {
        let line = "MIIEpAIBAAKCAQEA7bq3Zk0yXw9TnVtU5sPq2Lr8";
        for (text, real) in [
            (armoured("RSA PRIVATE", &format!("\n{line}\n{line}\nAb==\n")), Some(true)),
            (armoured("PRIVATE", &format!("\\n{line}\\n{line}\\n")), Some(true)),
            (armoured("RSA PRIVATE", &format!("\n{line}\n{line}\n")).replace(' ', ""), Some(true)),
            (armoured("PRIVATE", "\n...\n"), Some(false)),
            (armoured("PUBLIC", &format!("\n{line}\n")), None),
        ] {
            let found = find(&text);
            assert_eq!(found.first().map(|block| block.real), real, "{text}");
            if real == Some(true) {
                assert_eq!(found[0].span, 0..text.len());
            }
        }
    }

    #[test]
    fn lines_of_uneven_lengths_are_a_key_and_words_are_none() {
        let head = "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,1F77CE6D2BB6B185\n\n";
        let ragged =
            armoured("RSA PRIVATE", &format!("{head}kyx3\nwbfxsauty36i7t\ni9z9jp/m7wiptdmxpx2zh\nab+04h56\nqa==\n"));
        assert_eq!(find(&ragged), [Block { span: 0..ragged.len(), open: false, real: true }]);
        let words = armoured("RSA PRIVATE", "\nput the key of\nyour server 2 here\nand close it then\n");
        assert!(find(&words).iter().all(|block| !block.real));
    }

    #[test]
    fn an_unfinished_key_is_open() {
        let text = format!("{BEGIN} PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq3Zk0yXw9TnVtU5sPq2Lr8");
        assert_eq!(find(&text), [Block { span: 0..text.len(), open: true, real: true }]);
        assert!(find("-----BEGIN PRIV")[0].open);
    }
}
