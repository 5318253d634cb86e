//! The first pass over text that arrives in chunks.
//!
//! INVARIANT: the findings of all steps together are those of the whole text, what is disguised or encoded included, and
//! no byte before `safe_to` ever becomes part of a later finding. What is longer than any value that is held back (encoded text
//! of more than 16 KiB) is the exception: of a finding in it that begins in text that is gone the rest is reported. Other spellings (letters spaced out, text turned round)
//! are not read: they have no end that could be waited for. It holds because every detector keeps to one grammar: a value is either one piece without
//! white space, quotes or angle brackets, or a run of words that start with a capital, a digit or a sign (names,
//! numbers in groups, addresses), or an armoured key, or a term of a dictionary. The text is held back from the start of the last unfinished one,
//! or of one that words behind it may still name.

mod hold;
mod owner;
mod phrase;
mod row;
mod unspaced;

use crate::merge::merge;
use crate::patterns::{before, floor};
use crate::pem;
use crate::plan::{Plan, private_key};
use crate::views;
use gnomon_types::finding::{Finding, View};
pub(crate) use hold::{ADDRESS_BYTES_MAX, RUN_BYTES_MAX, is_break, is_run_word};
use hold::{encoded_at, hold_from, length_undressed, piece_at};

/// Finds credentials and personal data in one channel of an answer while it flows.
pub struct StreamScanner {
    plan: Plan,
    /// What is kept: some context before `safe_to` and everything behind it.
    text: String,
    /// Absolute offset of `text`.
    base: usize,
    safe_to: usize,
    /// A private key outgrew the buffer: what follows belongs to it until its body ends.
    inside_key: bool,
    /// Absolute length of the text from which on it is looked at again.
    look_at: usize,
    /// The safe place from which on there may be text to forget.
    forget_at: usize,
}

/// What one chunk led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamStep {
    /// Absolute byte offset in the channel's text: everything before is final.
    pub safe_to: usize,
    /// Newly confirmed findings with absolute offsets; each ends at or before `safe_to`.
    pub findings: Vec<Finding>,
    /// A budget ran out before everything encoded in the text was looked at: the rest must not pass as clean.
    pub exhausted: bool,
}

/// A private key longer than this is reported in parts.
const KEY_BYTES_MAX: usize = 16 * 1024;
/// A private key in disguise is held back up to this length.
const DRESSED_KEY_BYTES_MAX: usize = 4 * KEY_BYTES_MAX;
/// Detectors look at most this far to the left for words that explain a value.
const CONTEXT_BYTES: usize = 512;
/// So much may stand for it under a disguise, which makes many bytes of one letter.
const DRESSED_CONTEXT_BYTES: usize = 8 * 1024;

/// From this length on, what is held back is looked at again only when it has grown by a share of itself: looked at
/// with every letter that comes, a long token would cost its length squared.
const HELD_LONG: usize = 1024;
const GROWTH_SHARE: usize = 8;

impl StreamScanner {
    /// A scanner at the start of a text.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let (text, plan) = (String::new(), plan.clone());
        Self { plan, text, base: 0, safe_to: 0, inside_key: false, look_at: 0, forget_at: 2 * CONTEXT_BYTES }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, text: &str) -> StreamStep {
        self.text.push_str(text);
        self.step(false)
    }

    /// The text has ended: everything becomes final.
    pub fn finish(&mut self) -> StreamStep {
        self.step(true)
    }

    fn step(&mut self, last: bool) -> StreamStep {
        let (mut findings, mut exhausted) = (Vec::new(), false);
        if !last && self.base + self.text.len() < self.look_at {
            return StreamStep { safe_to: self.safe_to, findings, exhausted };
        }
        if self.inside_key {
            self.go_on_in_key(&mut findings);
        }
        let from = self.safe_to - self.base;
        let open = || hold_from(&self.text, &self.plan).min(self.plan.open_term(&self.text)).max(from);
        let mut hold = if last || self.inside_key { self.text.len() } else { open() };
        if !self.inside_key && (hold > from || last) {
            let mut seen = self.plan.scan_without_attacks(&self.text);
            exhausted = seen.exhausted;
            let mut seen = merge(std::mem::take(&mut seen.findings));
            // Of what begins in text that is gone already, the rest is still to be stopped, unless it begins where the text
            // was cut: the rest of an encoded piece may say anything.
            let cut_end = self.cut_end();
            seen.retain(|finding| finding.end > from && finding.start >= cut_end.min(from));
            seen.iter_mut().for_each(|finding| finding.start = finding.start.max(from));
            if !last {
                hold = self.hold_keys(&seen, hold, from);
            }
            findings.extend(seen.into_iter().filter(|finding| finding.end <= hold));
        }
        for finding in &mut findings {
            finding.start += self.base;
            finding.end += self.base;
        }
        self.safe_to = self.base + hold;
        let held = self.text.len() - hold;
        self.look_at = self.base + self.text.len() + if held < HELD_LONG { 0 } else { held / GROWTH_SHARE };
        self.forget();
        StreamStep { safe_to: self.safe_to, findings, exhausted }
    }

    /// Where the piece ends with which the kept text begins, if it was cut.
    fn cut_end(&self) -> usize {
        if self.base == 0 { 0 } else { self.text.find(char::is_whitespace).unwrap_or(self.text.len()) }
    }

    /// Pulls the hold back to open keys, to findings that cross it and to the beginning of encoded text.
    fn hold_keys(&mut self, seen: &[Finding], hold: usize, from: usize) -> usize {
        let mut hold = hold;
        for block in pem::find(&self.text).into_iter().filter(|block| block.open && block.span.start >= from) {
            if block.real && block.span.len() > KEY_BYTES_MAX {
                self.inside_key = true;
                return self.text.len();
            }
            hold = hold.min(block.span.start);
        }
        let kept = self.text.get(from..).unwrap_or_default();
        for view in views::undressed(kept) {
            let open = pem::find(&view.text).into_iter().filter(|block| block.open);
            let places = open.map(|block| view.origin(block.span));
            hold = places
                .filter(|place| place.len() <= DRESSED_KEY_BYTES_MAX)
                .fold(hold, |hold, place| hold.min(from + place.start));
        }
        loop {
            // Of encoded text that is cut, the rest may be read as anything.
            hold = encoded_at(&self.text, hold).max(from);
            // A finding may begin before the hold and end behind it; then it is not ready either.
            let Some(crossing) = seen.iter().find(|finding| finding.start < hold && finding.end > hold) else { break };
            let is_encoded = crossing.view == View::Decoded;
            hold = if is_encoded { piece_at(&self.text, crossing.start).max(from) } else { crossing.start };
        }
        hold
    }

    fn go_on_in_key(&mut self, findings: &mut Vec<Finding>) {
        let from = self.safe_to - self.base;
        let (end, open) = pem::body_goes_on(&self.text, from);
        if end > from {
            findings.push(private_key(from..end));
        }
        self.inside_key = open;
        self.safe_to = self.base + end;
    }

    /// Drops text that no detector needs any more.
    fn forget(&mut self) {
        if self.safe_to < self.forget_at {
            return;
        }
        let released = self.text.get(..self.safe_to - self.base).unwrap_or_default();
        let context = context(released);
        let keep_from = floor(released, released.len() - context);
        // As much as the context before it is cut, so that the buffer moves seldom.
        if let Some(missing @ 1..) = CONTEXT_BYTES.checked_sub(keep_from) {
            self.forget_at = self.safe_to + missing;
            return;
        }
        // Rather more than less: in a text under a disguise the next blank may be the one between a label and its value.
        let earlier = before(&self.text, keep_from, context);
        let cut = earlier.rfind(char::is_whitespace).map_or(keep_from, |at| keep_from - earlier.len() + at);
        self.text.drain(..cut);
        self.base += cut;
        self.forget_at = self.safe_to + CONTEXT_BYTES;
    }
}

/// How many bytes at the end of a text are the context of what comes: as many letters under a disguise as of plain text.
fn context(released: &str) -> usize {
    let bytes_max = released.len().min(DRESSED_CONTEXT_BYTES);
    let mut bytes = CONTEXT_BYTES;
    while bytes < bytes_max {
        let tail = before(released, released.len(), bytes);
        let letters = length_undressed(tail);
        if letters >= tail.len().min(CONTEXT_BYTES) {
            break;
        }
        // As many more as are missing, in the same disguise.
        bytes += bytes * (CONTEXT_BYTES - letters) / letters.max(1) + 1;
    }
    bytes.min(bytes_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_counted_without_the_disguise_it_is_under() {
        assert_eq!(context("short"), 5);
        assert_eq!(context(&"plain words ".repeat(400)), CONTEXT_BYTES);
        assert_eq!(context(&"口令是这样的 ".repeat(400)), CONTEXT_BYTES);
        let dressed = "t\u{200b}\u{200b}\u{200b}".repeat(800);
        assert!((CONTEXT_BYTES..CONTEXT_BYTES + 8).contains(&context(&dressed).div_ceil(10)), "{}", context(&dressed));
        assert_eq!(context(&"&#x0000000000000074;".repeat(800)), DRESSED_CONTEXT_BYTES);
    }
}
