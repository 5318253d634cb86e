//! C2SP tlog-checkpoint: origin, size and root of a log, the text that is signed. Pure.

use crate::merkle::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: String,
    /// Records in it.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Further lines, without meaning to us.
    pub extensions: Vec<String>,
}

/// A text that is not a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: {0}")]
pub struct CheckpointError(&'static str);

impl Checkpoint {
    /// A tree head without extension lines.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`CheckpointError`] for text of another form.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError("no final newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError("fewer than three lines"));
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(CheckpointError("an empty line"));
        }
        let decoded = BASE64.decode(root).map_err(|_| CheckpointError("the root is not base64"))?;
        let root = decoded.try_into().map_err(|_| CheckpointError("the root has a wrong length"))?;
        let size = parse_decimal(size).ok_or(CheckpointError("the size is not a plain number"))?;
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The text to sign.
    #[must_use]
    pub fn text(&self) -> String {
        let extensions: String = self.extensions.iter().map(|line| format!("{line}\n")).collect();
        format!("{}\n{}\n{}\n{extensions}", self.origin, self.size, BASE64.encode(self.root))
    }
}

/// Digits only, no leading zero, as checkpoints and proofs write numbers.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_sloppy() {
        let checkpoint = Checkpoint::new("gw.example/evidence", 300, [9; 32]);
        let text = checkpoint.text();
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint));
        for (from, to) in
            [("300", "0300"), ("300", "+300"), ("300", ""), ("\n300", ""), ("gw.example/evidence", ""), ("CQk", "!")]
        {
            assert!(Checkpoint::parse(&text.replacen(from, to, 1)).is_err(), "{from} -> {to}");
        }
    }
}
