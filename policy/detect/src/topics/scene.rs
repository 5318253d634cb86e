//! One place of a text, and whether a topic plays there.

use super::rules::{Clue, Scope, Topic};
use super::things::Things;
use super::words::Words;
use super::{Hit, TALK_BYTES};
use crate::chars::is_alphabetic;
use crate::effort::Effort;
use crate::patterns::{ceil, floor};
use crate::shape::Shape;
use std::ops::Range;

/// An anchor and all that stands around it.
pub(super) struct Scene<'a> {
    pub(super) folded: &'a Shape,
    pub(super) words: &'a Words,
    /// Notions around all anchors as far as topics look, in the order of the text.
    pub(super) hits: &'a [Hit],
    /// What other detectors found.
    pub(super) found: &'a Things,
    pub(super) anchor: Hit,
}

impl Scene<'_> {
    /// The span of the clues when all of them are there and nothing speaks against; `None` when the effort does not last.
    pub(super) fn plays(&self, topic: &Topic, effort: &mut Effort) -> Option<Option<Range<usize>>> {
        let passage = passage(&self.folded.text, &self.anchor, topic.reach);
        effort.scene(self.within(&passage).count()).then(|| self.span(topic, passage))
    }

    fn span(&self, topic: &Topic, passage: Range<usize>) -> Option<Range<usize>> {
        let text = self.folded.text.as_str();
        let window = match topic.scope {
            Scope::Passage => passage,
            Scope::Sentence => sentence(text, &self.anchor, passage),
        };
        let mut hull = self.anchor.start..self.anchor.end;
        for group in &topic.groups {
            let clue = group.iter().find_map(|clue| self.nearest(clue, &window))?;
            // Somebody's name elsewhere is evidence and not part of what was found.
            if let Some(span) = clue {
                hull = hull.start.min(span.start)..hull.end.max(span.end);
            }
        }
        (!self.is_talked_about(topic, &window)).then_some(hull)
    }

    /// Whether a word in or around the window says that the matter is only talked about. Asked last, as it rarely has to be.
    fn is_talked_about(&self, topic: &Topic, window: &Range<usize>) -> bool {
        let text = self.folded.text.as_str();
        let end = floor(text, window.end.saturating_add(TALK_BYTES));
        let around = ceil(text, window.start.saturating_sub(TALK_BYTES))..end;
        self.words.hits(text, around).iter().any(|hit| topic.none.contains(&hit.notion) && !self.is_named(hit))
    }

    /// Whether the words are part of somebody's name: `Muster` is a template, and people are called so.
    fn is_named(&self, hit: &Hit) -> bool {
        self.found.name_at(&self.folded.origin(hit.start..hit.end))
    }

    /// `None`: the clue is not there. `Some(None)`: it is, outside of the words.
    fn nearest(&self, clue: &Clue, window: &Range<usize>) -> Option<Option<Range<usize>>> {
        match clue {
            Clue::Word(notion) => {
                let fits = |hit: &&Hit| hit.notion == *notion && self.is_apart(hit);
                let distance = |hit: &&Hit| hit.start.abs_diff(self.anchor.start);
                self.within(window).filter(fits).min_by_key(distance).map(|hit| Some(hit.start..hit.end))
            }
            Clue::Form(form) => {
                let slice = self.folded.text.get(window.clone())?;
                let found = form.find(slice)?;
                Some(Some(window.start + found.start()..window.start + found.end()))
            }
            Clue::Person => self.found.person_in(&self.folded.origin(window.clone())).then_some(None),
            Clue::Account => self.found.account_in(&self.folded.origin(window.clone())).then_some(None),
        }
    }

    /// The anchor's own letters are no second clue; more than they is, as in `he is` before `is gay`.
    fn is_apart(&self, hit: &Hit) -> bool {
        hit.start < self.anchor.start || hit.end > self.anchor.end
    }

    fn within(&self, window: &Range<usize>) -> impl Iterator<Item = &Hit> {
        let from = self.hits.partition_point(|hit| hit.start < window.start);
        let end = window.end;
        self.hits.iter().skip(from).take_while(move |hit| hit.start < end).filter(move |hit| hit.end <= end)
    }
}

/// The text around an anchor, so many bytes on both sides.
pub(super) fn passage(text: &str, anchor: &Hit, reach: usize) -> Range<usize> {
    let end = ceil(text, anchor.end.saturating_add(reach).min(text.len()));
    floor(text, anchor.start.saturating_sub(reach))..end
}

/// The sentence around an anchor, as far as the limits go.
pub(super) fn sentence(text: &str, anchor: &Hit, limits: Range<usize>) -> Range<usize> {
    let head = text.get(limits.start..anchor.start).unwrap_or_default();
    let tail = text.get(anchor.end..limits.end).unwrap_or_default();
    let start = last_end(head).map_or(limits.start, |at| limits.start + at);
    let end = first_end(tail).map_or(limits.end, |at| anchor.end + at);
    start..end
}

/// Behind the last end of a sentence.
fn last_end(text: &str) -> Option<usize> {
    (1..text.len()).rev().find(|at| is_end(text, *at))
}

/// Before the first end of a sentence.
fn first_end(text: &str) -> Option<usize> {
    (1..text.len()).find(|at| is_end(text, *at)).map(|at| at.saturating_sub(1))
}

/// Whether a place lies behind a mark that ends a sentence, or behind an empty line.
fn is_end(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let (Some(mark), Some(next)) = (bytes.get(at - 1), bytes.get(at)) else { return false };
    // After a short word such as `Dr` or `Art` a full stop ends nothing.
    let abbreviates = || *mark == b'.' && is_short_word(text.get(..at - 1).unwrap_or_default());
    (matches!(mark, b'.' | b'!' | b'?' | b';') && next.is_ascii_whitespace() && !abbreviates())
        || (*mark == b'\n' && *next == b'\n')
}

fn is_short_word(head: &str) -> bool {
    let word = head.rsplit(|c: char| !is_alphabetic(c)).next().unwrap_or_default();
    (1..=3).contains(&word.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_marks_and_empty_lines_and_not_after_abbreviations() {
        let text = "see dr. no today. it is art. 5; yes! so\n\nfine";
        let pieces: Vec<usize> = (1..text.len()).filter(|at| is_end(text, *at)).collect();
        assert_eq!(pieces, [17, 31, 36, 40]);
        assert_eq!((last_end(text), first_end(text)), (Some(40), Some(16)));
    }
}
