//! How much work a text may be, counted and not timed, so that the same text always ends the same way.
//!
//! The unit is about a nanosecond of one core. What is dear for its length is counted: views, looks of patterns, values that
//! are judged, numbers that may be personal data.

/// Work per byte that every text may be. Of files that people send, as `tests/it/honest.rs` makes them, source code
/// full of names of secrets, minified code and a log of a server need 80 to 100 of 1 MiB, lock files, mail and tables 20
/// to 60, prose 16.
const PER_BYTE: usize = 80;

/// More work for each of the first bytes: short files may be nothing but passwords, of which a byte takes 150 in every
/// view.
const DENSE_PER_BYTE: usize = 400;
const DENSE_BYTES: usize = 96 << 10;

/// Work that every text may be on top.
const FOR_ALL: usize = 1 << 20;

/// What it costs all detectors to read a byte of the text.
const READ: usize = 15;

/// What a view costs, and each of its bytes: it is made, read, and what is found in it pointed to the text.
const VIEW: usize = 30_000;
const VIEW_BYTE: usize = 30;

/// What one look at a literal costs, and each byte that the pattern reads.
const LOOK: usize = 80;
const LOOK_BYTE: usize = 2;

/// What a match costs, and each of its bytes: where its groups stand, and whether the value is one.
const MATCH: usize = 2000;
const MATCH_BYTE: usize = 16;

/// What a number costs that may be a date, an account, or a part of an address, and what each datum costs.
const NUMBER: usize = 150;
const DATUM: usize = 800;

/// The work that is left for one text and all its views.
#[derive(Debug)]
pub(crate) struct Effort {
    left: usize,
    spent: bool,
}

impl Effort {
    /// For a text of this length, less what it takes to read it as it is written.
    pub(crate) fn for_text(bytes: usize) -> Self {
        let dense = bytes.min(DENSE_BYTES).saturating_mul(DENSE_PER_BYTE);
        let left = bytes.saturating_mul(PER_BYTE - READ).saturating_add(dense).saturating_add(FOR_ALL);
        Self { left, spent: false }
    }

    /// Whether a view of this many bytes may be read.
    pub(crate) fn view(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(VIEW_BYTE).saturating_add(VIEW))
    }

    /// Whether a pattern may look at this many bytes. If not, nothing else may be looked at either.
    pub(crate) fn look(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(LOOK_BYTE).saturating_add(LOOK))
    }

    /// Whether a match of this many bytes may be judged.
    pub(crate) fn judge(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(MATCH_BYTE).saturating_add(MATCH))
    }

    /// Counts what was looked through for personal data.
    pub(crate) fn personal(&mut self, numbers: usize, found: usize) {
        self.take(numbers.saturating_mul(NUMBER).saturating_add(found.saturating_mul(DATUM)));
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
