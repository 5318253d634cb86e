//! How much work the search for credentials may be, counted and not timed, so that the same text always ends the same way.

/// Work per byte that every text may be. Source code and configuration need 1 to 5.
const PER_BYTE: usize = 8;

/// Work that every text may be on top. With it a file of nothing but passwords is read to its end at 128 KiB and given up
/// at 256, as other spellings are read too where digits may stand for letters; an `.env` of all sorts is read at 300.
const FOR_ALL: usize = 24 << 20;

/// What one look at a literal costs beside the bytes that the pattern reads.
const LOOK: usize = 64;

/// What a match costs beside its bytes: where its groups stand, and whether the value is one.
const MATCH: usize = 256;

/// The work that is left for one text and all its views. What a byte read by a pattern costs is the unit.
#[derive(Debug)]
pub(crate) struct Effort {
    left: usize,
    spent: bool,
}

impl Effort {
    /// For a text of this length.
    pub(crate) fn for_text(bytes: usize) -> Self {
        Self { left: bytes.saturating_mul(PER_BYTE).saturating_add(FOR_ALL), spent: false }
    }

    /// Whether a pattern may look at this many bytes. If not, nothing else may be looked at either.
    pub(crate) fn look(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_add(LOOK))
    }

    /// Whether a match of this many bytes may be judged.
    pub(crate) fn judge(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_add(MATCH))
    }

    /// Whether the text was given up.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }

    fn take(&mut self, work: usize) -> bool {
        match self.left.checked_sub(work) {
            Some(left) if !self.spent => self.left = left,
            _ => self.spent = true,
        }
        !self.spent
    }
}
