//! One running text of an answer: scanned as it grows, given out as far as nothing in it can still become a match (pure).

use super::judge::{Cut, Judge, Treatment};
use gnomon_policy::{Restored, Restorer, StreamScanner, StreamStep};
use gnomon_types::finding::Finding;
use std::ops::Range;

/// A text in the making.
pub(crate) struct Channel {
    scanner: StreamScanner,
    /// Offset in the channel's text at which the scanner began.
    scanner_base: usize,
    /// The text that was not given out yet.
    held: String,
    /// Offset of `held` in the channel's text.
    base: usize,
    /// All before is final.
    safe_to: usize,
    replacements: Vec<Replacement>,
    /// Where the caller gets its own values back.
    restorer: Option<Restorer>,
    /// Its end may go on in the next block of its message, and waits from here.
    waits_from: Option<usize>,
    closed: bool,
}

struct Replacement {
    start: usize,
    end: usize,
    text: String,
    /// It puts a value back; it does not take one away.
    restores: bool,
}

/// Text on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The text, matches replaced.
    pub(crate) text: String,
    /// Whether it differs from what came.
    pub(crate) changed: bool,
}

impl Channel {
    /// An empty text.
    pub(crate) fn new(judge: &Judge) -> Self {
        let scanner = StreamScanner::new(judge.policy().plan());
        Self {
            scanner,
            scanner_base: 0,
            held: String::new(),
            base: 0,
            safe_to: 0,
            replacements: Vec::new(),
            restorer: (!judge.values.is_empty()).then(|| Restorer::new(&judge.values)),
            waits_from: None,
            closed: false,
        }
    }

    /// Where the text ends.
    pub(crate) fn end(&self) -> usize {
        self.base + self.held.len()
    }

    /// Bytes that were not given out yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.len()
    }

    /// How far it may be given out.
    pub(crate) fn safe_to(&self) -> usize {
        let open = self.restorer.as_ref().map_or(usize::MAX, Restorer::open_from);
        self.safe_to.min(open).min(self.waits_from.unwrap_or(usize::MAX)).min(self.end())
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: &str, judge: &mut Judge) -> Result<(), Cut> {
        self.held.push_str(text);
        let restored = self.restorer.as_mut().map(|restorer| restorer.push(text)).unwrap_or_default();
        restored.into_iter().for_each(|token| self.restore(token, judge));
        let step = self.scanner.push(text);
        self.adopt(step, judge)
    }

    /// No more text for now: what is here is final. Text that comes after all is scanned afresh.
    pub(crate) fn settle(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        let step = self.scanner.finish();
        self.adopt(step, judge)?;
        self.safe_to = self.end();
        self.restorer.iter_mut().for_each(Restorer::settle);
        self.scanner = StreamScanner::new(judge.policy().plan());
        self.scanner_base = self.end();
        self.waits_from = None;
        Ok(())
    }

    /// No more text at all.
    pub(crate) fn close(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        self.closed = true;
        self.settle(judge)
    }

    /// The same for a block of a message, whose next block may go on with what ends here.
    pub(crate) fn close_block(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        let open = self.safe_to();
        self.close(judge)?;
        self.waits_from = is_telling(self.slice(open, self.end())).then_some(open);
        Ok(())
    }

    /// What ends here waits no longer.
    pub(crate) fn let_go(&mut self) {
        self.waits_from = None;
    }

    /// Replaces the share of a match that reaches into another channel: its text, and the token in its place. None when it is
    /// out already, as the first letters of a match may be.
    pub(crate) fn cover(&mut self, share: Range<usize>, type_: &str, judge: &mut Judge) -> Option<(String, String)> {
        let value = self.held_slice(&share)?.to_owned();
        let token = judge.tokens.token(type_, &value);
        self.put(share, token.clone(), judge);
        Some((value, token))
    }

    /// Whether it is closed and was given out to its end.
    pub(crate) fn is_done(&self) -> bool {
        self.closed && self.held.is_empty()
    }

    fn adopt(&mut self, step: StreamStep, judge: &mut Judge) -> Result<(), Cut> {
        for finding in &step.findings {
            match judge.treat(finding)? {
                Treatment::Keep => {}
                Treatment::Replace => self.replace(finding, judge)?,
            }
        }
        if step.exhausted {
            return Err(judge.cut("answer-scan", "what is encoded in the answer is too much to be looked through"));
        }
        self.safe_to = self.safe_to.max(self.scanner_base + step.safe_to);
        Ok(())
    }

    fn replace(&mut self, finding: &Finding, judge: &mut Judge) -> Result<(), Cut> {
        let found = self.scanner_base + finding.start..self.scanner_base + finding.end;
        // Part of it is out already: the scanner promised otherwise, and a promise that broke must not leak.
        let Some(value) = self.held_slice(&found) else {
            return Err(judge.cut("answer-scan", "a match was found too late to be replaced"));
        };
        let token = judge.tokens.token(&finding.type_, value);
        // Not in place of the caller's own value, which it would only get back.
        if !judge.values.has(&token) {
            self.put(found, token, judge);
        }
        Ok(())
    }

    fn put(&mut self, found: Range<usize>, token: String, judge: &mut Judge) {
        let Range { mut start, mut end } = found;
        // Of a token in a finding nothing is put back: the finding counts, all of the token goes with it.
        self.replacements.retain(|known| {
            let gives_way = known.restores && known.start < end && start < known.end;
            if gives_way {
                (start, end) = (start.min(known.start), end.max(known.end));
                judge.restored = judge.restored.saturating_sub(1);
            }
            !gives_way
        });
        let overlapped = self.replacements.iter_mut().find(|known| known.start < end && start < known.end);
        match overlapped {
            Some(known) => {
                known.start = known.start.min(start);
                known.end = known.end.max(end);
            }
            None => self.replacements.push(Replacement { start, end, text: token, restores: false }),
        }
        self.replacements.sort_by_key(|replacement| replacement.start);
    }

    fn held_slice(&self, range: &Range<usize>) -> Option<&str> {
        self.held.get(range.start.checked_sub(self.base)?..range.end.checked_sub(self.base)?)
    }

    fn restore(&mut self, token: Restored, judge: &mut Judge) {
        if judge.may_restore(token.text.len()) {
            judge.restored += 1;
            let Restored { start, end, text } = token;
            self.replacements.push(Replacement { start, end, text, restores: true });
        }
    }

    /// Gives out the text up to an offset that is safe and lies on a character.
    pub(crate) fn take(&mut self, to: usize) -> Given {
        let to = to.clamp(self.base, self.end());
        let mut text = String::with_capacity(to - self.base);
        let mut changed = false;
        let mut at = self.base;
        for replacement in
            self.replacements.iter().filter(|replacement| replacement.start < to && replacement.end > self.base)
        {
            text.push_str(self.slice(at, replacement.start));
            if replacement.start >= self.base {
                text.push_str(&replacement.text);
            }
            at = at.max(replacement.end.min(to));
            changed = true;
        }
        text.push_str(self.slice(at, to));
        self.held.drain(..to - self.base);
        self.base = to;
        self.replacements.retain(|replacement| replacement.end > to);
        Given { text, changed }
    }

    /// Gives out all that is safe.
    pub(crate) fn take_safe(&mut self) -> Given {
        let mut to = self.safe_to();
        while !self.held.is_char_boundary(to - self.base) {
            to -= 1;
        }
        self.take(to)
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.held.get(from.saturating_sub(self.base)..to.saturating_sub(self.base)).unwrap_or_default()
    }
}

/// What nobody can tell a value by: its first bytes.
const UNTELLING_BYTES_MAX: usize = 8;
/// No word of a language that people write in answers is longer, hardly.
const WORD_BYTES_MAX: usize = 20;

/// Whether the unfinished end of a block could give away a value that goes on in the next block. Ordinary last words must
/// not wait for a block that may come much later.
fn is_telling(end: &str) -> bool {
    if end.len() <= UNTELLING_BYTES_MAX {
        return false;
    }
    let digits = end.bytes().filter(u8::is_ascii_digit).count();
    digits >= 4 || end.split_whitespace().any(|piece| !is_word(piece))
}

fn is_word(piece: &str) -> bool {
    let piece = piece.trim_matches(|c: char| c.is_ascii_punctuation());
    let mut letters = piece.chars();
    letters.next();
    piece.len() <= UNTELLING_BYTES_MAX
        || (piece.len() <= WORD_BYTES_MAX && letters.all(|c| c.is_lowercase() || matches!(c, '\'' | '’' | '-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_last_words_give_nothing_away() {
        for (end, expected) in [
            ("", false),
            ("AKIA", false),
            ("information.", false),
            ("the well-known \"results\":", false),
            ("John van der Berg", false),
            ("in 2024.", false),
            ("AKIAQ7ZJ4", true),
            ("call +49 30 901", true),
            ("ghp_abcdef", true),
            ("anna.muster@", true),
            ("correcthorsebatterystaple", true),
            ("abcDefGhijk", true),
        ] {
            assert_eq!(is_telling(end), expected, "{end}");
        }
    }
}
