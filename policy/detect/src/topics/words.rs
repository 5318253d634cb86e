//! Where the words of notions stand in a folded text.

use super::Hit;
use super::notions::{Edges, Stem};
use crate::attacks::is_dense;
use crate::beginnings::Prefixes;
use crate::chars::is_alphanumeric;
use crate::dictionary::is_token;
use crate::hits::{self, List};
use crate::literals::{Near, Stands};
use crate::patterns::{char_after, char_before};
use memchr::memmem::Finder;
use std::ops::Range;

/// The stems that begin topics, by number of the literal's rule.
pub(super) struct Anchors(Vec<Stem>);

impl Anchors {
    pub(super) fn new(stems: Vec<Stem>) -> Self {
        Self(stems)
    }

    pub(super) fn near(&self) -> impl Iterator<Item = Near<'_>> {
        self.0.iter().enumerate().map(|(rule, stem)| {
            let at_word = stem.edges != Edges::None && !stem.letters.starts_with(is_dense);
            let stands = if at_word { Stands::AtWord } else { Stands::Anywhere };
            Near { list: List::Topics, rule, word: &stem.letters, stands }
        })
    }

    /// Those that are meant where their letters stand, in no order.
    pub(super) fn meant(&self, text: &str, hits: &[hits::Hit]) -> Vec<Hit> {
        let hit = |hit: &hits::Hit| meant(text, hit.start()..hit.end(), self.0.get(hit.rule())?);
        hits.iter().filter_map(hit).collect()
    }
}

/// The stems of all notions, for the text around anchors.
pub(super) struct Words {
    /// Stems that begin words.
    begin: Prefixes<Stem>,
    /// Stems that may be any part of a word: few.
    within: Vec<(Finder<'static>, Stem)>,
}

impl Words {
    pub(super) fn new<'a>(stems: impl Iterator<Item = &'a Stem>) -> Self {
        let (within, begin): (Vec<&Stem>, Vec<&Stem>) = stems.partition(|stem| stem.edges == Edges::None);
        let begin = begin.into_iter().map(|stem| (stem.letters.clone().into_bytes(), stem.clone()));
        let within = within.into_iter().map(|stem| (Finder::new(&stem.letters).into_owned(), stem.clone()));
        Self { begin: Prefixes::new(begin), within: within.collect() }
    }

    /// The notions within a range, in no order.
    pub(super) fn hits(&self, text: &str, range: Range<usize>) -> Vec<Hit> {
        let slice = text.get(range.clone()).unwrap_or_default();
        let mut hits = Vec::new();
        for at in beginnings(slice) {
            let start = range.start + at;
            let rest = slice.as_bytes().get(at..).unwrap_or_default();
            self.begin.each(rest, |bytes, stem| hits.extend(meant(text, start..start + bytes, stem)));
        }
        for (finder, stem) in &self.within {
            let found = finder.find_iter(slice.as_bytes()).map(|at| range.start + at);
            hits.extend(found.filter_map(|at| meant(text, at..at + stem.letters.len(), stem)));
        }
        hits
    }
}

/// The places where a word may begin: behind anything but a letter or digit, and at each character of a dense script.
fn beginnings(text: &str) -> impl Iterator<Item = usize> {
    let mut in_word = false;
    text.char_indices().filter_map(move |(at, c)| {
        let dense = !c.is_ascii() && is_dense(c);
        let begins = dense || !in_word;
        in_word = is_alphanumeric(c) && !dense;
        begins.then_some(at)
    })
}

/// The notion of a stem whose letters stand here, if they mean it.
fn meant(text: &str, place: Range<usize>, stem: &Stem) -> Option<Hit> {
    let (start, end) = (place.start, place.end);
    let in_token = matches!(char_before(text, start), Some('<' | '_')) && is_token(text, start, end);
    let means = !in_token && (stem.edges == Edges::None || stands(text, start, end, stem.edges));
    means.then_some(Hit { start, end, notion: stem.notion })
}

/// Whether a word begins here, and ends here when it must. Where a script puts no spaces every place is an edge.
fn stands(text: &str, start: usize, end: usize, edges: Edges) -> bool {
    let part = |c: char| is_alphanumeric(c) && !is_dense(c);
    let begins = char_before(text, start).is_none_or(|c| !part(c)) || char_after(text, start).is_some_and(is_dense);
    begins && (edges == Edges::Begin || char_after(text, end).is_none_or(|c| !part(c)))
}
