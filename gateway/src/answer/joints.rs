//! Where a streamed answer says one message in several blocks of text, the client reads them as one. What is harmless in
//! each block may be a credential across their joint, so the text around a joint is scanned as one too (pure).
//!
//! Blocks are joined in the order in which they come. A finding within one block is the block's own matter.

use super::judge::Judge;
use gnomon_policy::{StreamScanner, StreamStep};
use gnomon_types::finding::Finding;
use std::collections::VecDeque;
use std::ops::Range;

/// Bytes before a joint that are read together with what comes behind it, at least.
const REACH: usize = 1024;

/// What a detector may need to the left of an open match.
const CONTEXT_BYTES: usize = 512;

/// The blocks of one message.
#[derive(Default)]
pub(super) struct Message {
    current: Option<u32>,
    /// The end of the text so far.
    tail: VecDeque<Stretch>,
    scan: Option<Scan>,
}

/// Text of one channel.
struct Stretch {
    channel: u32,
    /// Offset in the channel's text.
    start: usize,
    text: String,
}

/// Something that reaches over a joint, with its share in each channel.
#[derive(Debug, PartialEq)]
pub(super) struct Across {
    pub(super) finding: Finding,
    pub(super) shares: Vec<(u32, Range<usize>)>,
}

/// What was found at the joints.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) across: Vec<Across>,
    /// Not everything encoded there was looked at.
    pub(super) exhausted: bool,
}

impl Message {
    /// The channel that had the last word.
    pub(super) fn current(&self) -> Option<u32> {
        self.current
    }

    /// Takes text of a channel, of which so many bytes at its end are an open match by the channel's own scan.
    pub(super) fn push(&mut self, channel: u32, start: usize, text: &str, open_bytes: usize, judge: &Judge) -> Found {
        let mut found = Found::default();
        if text.is_empty() {
            return found;
        }
        if self.current.is_some_and(|current| current != channel) {
            let tail = &self.tail;
            let scan = self.scan.get_or_insert_with(|| Scan::of(tail, judge, &mut found));
            scan.joints.push(scan.end);
        }
        self.current = Some(channel);
        if let Some(scan) = &mut self.scan {
            scan.push(channel, start, text, &mut found);
            if scan.is_over() {
                self.scan = None;
            }
        }
        self.remember(Stretch { channel, start, text: text.to_owned() }, REACH.max(open_bytes + CONTEXT_BYTES));
        found
    }

    /// No more text for now.
    pub(super) fn settle(&mut self) -> Found {
        let mut found = Found::default();
        if let Some(mut scan) = self.scan.take() {
            let step = scan.scanner.finish();
            scan.take(step, &mut found);
        }
        found
    }

    /// How far a channel's text may be given out, as far as its joints are concerned.
    pub(super) fn safe_to(&self, channel: u32) -> usize {
        let Some(scan) = &self.scan else { return usize::MAX };
        let open = scan.pieces.iter().filter(|piece| piece.channel == channel && piece.at.end > scan.safe_to);
        open.map(|piece| piece.start + scan.safe_to.saturating_sub(piece.at.start)).min().unwrap_or(usize::MAX)
    }

    fn remember(&mut self, stretch: Stretch, bytes: usize) {
        let goes_on =
            |last: &&mut Stretch| last.channel == stretch.channel && last.start + last.text.len() == stretch.start;
        match self.tail.back_mut().filter(goes_on) {
            Some(last) => last.text.push_str(&stretch.text),
            None => self.tail.push_back(stretch),
        }
        let mut sum: usize = self.tail.iter().map(|stretch| stretch.text.len()).sum();
        while let Some(first) = self.tail.front_mut() {
            let spare = sum.saturating_sub(bytes);
            if spare >= first.text.len() {
                sum -= first.text.len();
                self.tail.pop_front();
                continue;
            }
            // Cut seldom, so that a long text is not moved with each of its words.
            if spare > bytes {
                let cut = (spare..=first.text.len()).find(|at| first.text.is_char_boundary(*at)).unwrap_or(0);
                first.text.drain(..cut);
                first.start += cut;
            }
            break;
        }
    }
}

/// A scan over one or more joints.
struct Scan {
    scanner: StreamScanner,
    end: usize,
    safe_to: usize,
    pieces: Vec<Piece>,
    joints: Vec<usize>,
}

/// Where a stretch of the scan comes from.
struct Piece {
    channel: u32,
    /// Offset in the channel's text.
    start: usize,
    at: Range<usize>,
}

impl Scan {
    fn of(tail: &VecDeque<Stretch>, judge: &Judge, found: &mut Found) -> Self {
        let scanner = StreamScanner::new(judge.policy().plan());
        let mut scan = Self { scanner, end: 0, safe_to: 0, pieces: Vec::new(), joints: Vec::new() };
        for stretch in tail {
            scan.push(stretch.channel, stretch.start, &stretch.text, found);
        }
        scan
    }

    fn push(&mut self, channel: u32, start: usize, text: &str, found: &mut Found) {
        let at = self.end..self.end + text.len();
        self.end = at.end;
        let goes_on = |last: &&mut Piece| last.channel == channel && last.start + last.at.len() == start;
        match self.pieces.last_mut().filter(goes_on) {
            Some(last) => last.at.end = at.end,
            None => self.pieces.push(Piece { channel, start, at }),
        }
        let step = self.scanner.push(text);
        self.take(step, found);
    }

    fn take(&mut self, step: StreamStep, found: &mut Found) {
        self.safe_to = step.safe_to;
        found.exhausted |= step.exhausted;
        let crosses = |finding: &Finding| self.joints.iter().any(|at| finding.start < *at && *at < finding.end);
        for finding in step.findings.into_iter().filter(crosses) {
            let shares = self.pieces.iter().filter_map(|piece| piece.share(finding.start..finding.end)).collect();
            found.across.push(Across { finding, shares });
        }
    }

    /// Whether no later finding can reach over a joint.
    fn is_over(&self) -> bool {
        self.joints.last().is_none_or(|joint| *joint <= self.safe_to)
    }
}

impl Piece {
    fn share(&self, found: Range<usize>) -> Option<(u32, Range<usize>)> {
        let (start, end) = (found.start.max(self.at.start), found.end.min(self.at.end));
        let local = |offset: usize| offset - self.at.start + self.start;
        (start < end).then(|| (self.channel, local(start)..local(end)))
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a panic is how a test fails")]
mod tests {
    use super::super::judge::tests::{judge, secret};
    use super::*;

    #[test]
    fn what_reaches_over_joints_is_found_with_its_share_in_each_channel() {
        let (judge, secret) = (judge(), secret());
        let mut message = Message::default();
        let mut across = Vec::new();
        for (channel, start, text) in [
            (0, 0, format!("key {}", &secret[..6])),
            (1, 0, secret[6..9].to_owned()),
            (2, 5, format!("{} ok ", &secret[9..])),
        ] {
            across.extend(message.push(channel, start, &text, 0, &judge).across);
        }
        assert_eq!(across.len(), 1);
        assert_eq!(across[0].shares, [(0, 4..10), (1, 0..3), (2, 5..5 + secret.len() - 9)]);
        assert_eq!(message.safe_to(2), usize::MAX);
        assert!(message.settle().across.is_empty());
    }

    #[test]
    fn what_may_reach_over_a_joint_is_not_safe_yet() {
        let (judge, secret) = (judge(), secret());
        let mut message = Message::default();
        message.push(0, 0, &format!("key {}", &secret[..6]), 6, &judge);
        assert_eq!(message.safe_to(0), usize::MAX, "no joint so far: the channel holds its end itself");
        message.push(1, 0, &secret[6..10], 4, &judge);
        assert_eq!((message.safe_to(0), message.safe_to(1)), (4, 0));
        let found = message.settle();
        assert!(found.across.is_empty() && message.safe_to(0) == usize::MAX, "it was none");
    }

    #[test]
    fn the_end_of_a_long_text_is_remembered_and_no_more() {
        let judge = judge();
        let mut message = Message::default();
        for start in 0..2_000 {
            message.push(0, start * 5, "word ", 0, &judge);
        }
        let bytes: usize = message.tail.iter().map(|stretch| stretch.text.len()).sum();
        assert!((REACH..3 * REACH).contains(&bytes), "{bytes}");
        message.push(0, 10_000, &"long text ".repeat(10_000), 0, &judge);
        let bytes: usize = message.tail.iter().map(|stretch| stretch.text.len()).sum();
        assert!((REACH..3 * REACH).contains(&bytes), "{bytes}");
    }
}
