//! Looking: at a text as it is written, at its views without disguise, and at what is encoded in it.

use crate::attacks::{Judgement, Marks, fold};
use crate::effort::{Done, Effort};
use crate::hits::Hits;
use crate::merge::merge;
use crate::plan::{Plan, Scan};
use crate::shape::Shape;
use crate::views::{self, Extent, Reading};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::collections::BTreeMap;

/// What the first pass saw in a text, for the second pass over the same text to begin with instead of looking for it
/// again. It holds a copy of the text, so that it cannot be taken for what was seen in another. Of use only to the plan
/// that made it.
pub struct Glance {
    text: String,
    seen: Seen,
    /// What was left of the work that the text may be before it was judged.
    effort: Effort,
    exhausted: bool,
}

impl Glance {
    /// The text that was looked at.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The work that the text may be ran out before everything was looked at: the text must not pass as clean.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// What [`Plan::scan_plain`] finds.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let Seen { things, sense, judgement } = &self.seen;
        let orders = judgement.iter().flat_map(|(judgement, _)| &judgement.findings);
        merge(things.iter().chain(&sense.topics).chain(orders).cloned().collect())
    }
}

/// What a text shows as it is written.
struct Seen {
    things: Vec<Finding>,
    sense: Sense,
    /// Whether it is an attack in the mouth of a user, where that is known already, and the work that it took to know it.
    judgement: Option<(Judgement, Done)>,
}

/// What a text as a whole is about, and what its judge reads.
struct Sense {
    folded: Shape,
    /// The literals in the folded text.
    hits: Hits,
    topics: Vec<Finding>,
}

/// A scan under way.
struct Sight {
    scan: Scan,
    /// Bytes of views that may still be looked at.
    left: usize,
    /// Work on credentials that may still be done.
    effort: Effort,
}

/// How many times its own length the views of a text may have together, on top of what may be decoded. Honest text has
/// two or three views at most.
const VIEW_LENGTHS_MAX: usize = 6;

impl Sight {
    /// Whether a view can be looked at. If not, the scan is exhausted.
    fn affords(&mut self, view: &Shape) -> bool {
        let left = self.left.checked_sub(view.text.len()).filter(|_| self.effort.view(&view.text, view.run_count()));
        self.scan.exhausted |= left.is_none();
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

impl Plan {
    /// First pass over a text that a second one will follow.
    #[must_use]
    pub fn glance(&self, text: &str) -> Glance {
        let mut effort = self.effort(text);
        let mut seen = self.see(text, None, View::Plain, &mut effort);
        let seeing = effort;
        let judgement = self.plain_judgement(&seen.sense.folded, &seen.sense.hits, &mut effort);
        seen.judgement = judgement.map(|judgement| (judgement, effort.since(&seeing)));
        Glance { text: text.to_owned(), seen, effort: seeing, exhausted: effort.is_spent() }
    }

    /// Second pass over the text of a glance: what [`Plan::scan`] sees in it, in less time.
    #[must_use]
    pub fn scan_closer(&self, glance: Glance, role: Role) -> Scan {
        let Glance { text, seen, effort, .. } = glance;
        merged(self.look_everywhere(&text, Some(seen), Some(role), effort))
    }

    /// Second pass: the text, its views without disguise, what is encoded in it, and the classifier for the role.
    #[must_use]
    pub fn scan(&self, text: &str, role: Role) -> Scan {
        merged(self.look_everywhere(text, None, Some(role), self.effort(text)))
    }

    /// The same without the classifier: what an answer is looked through for. Unmerged.
    pub(crate) fn scan_without_attacks(&self, text: &str) -> Scan {
        self.look_everywhere(text, None, None, self.effort(text))
    }

    /// The work that a text may be.
    fn effort(&self, text: &str) -> Effort {
        Effort::for_text(text, self.config().work_per_byte)
    }

    fn look_everywhere(&self, text: &str, seen: Option<Seen>, role: Option<Role>, effort: Effort) -> Scan {
        let scan = Scan { findings: Vec::new(), attack_score: 0.0, exhausted: false };
        let left = text.len().saturating_mul(VIEW_LENGTHS_MAX).saturating_add(self.config().decode_bytes_max);
        let mut sight = Sight { scan, left, effort };
        let seen = match (seen, role) {
            (None, Some(_)) => Some(self.see(text, None, View::Plain, &mut sight.effort)),
            (seen, _) => seen,
        };
        // Given up as it is written: other spellings of it change nothing about that.
        if let (Some(role), true) = (role, sight.effort.is_spent()) {
            seen.into_iter().for_each(|seen| self.judge(seen, role, (View::Plain, Marks::Written), &mut sight));
            sight.scan.exhausted = true;
            return sight.scan;
        }
        self.look_at_text(text, None, seen, role, View::Plain, &mut sight);
        let extent = extent(role);
        // What is given up is not undressed for nothing.
        let normal = if sight.effort.is_spent() { None } else { views::normalise(text, extent) };
        if let Some(normal) = normal.filter(|normal| sight.effort.undress(normal.text.len())) {
            self.look_at(&normal, role, View::Normalised, &mut sight);
            self.look_into(&normal.text, Some(&normal), role, &mut sight);
        }
        self.look_into(text, None, role, &mut sight);
        sight.scan.exhausted |= sight.effort.is_spent();
        sight.scan
    }

    /// Everything encoded in a text, which may itself be a view.
    fn look_into(&self, text: &str, parent: Option<&Shape>, role: Option<Role>, sight: &mut Sight) {
        if sight.effort.is_spent() {
            return;
        }
        let extent = extent(role);
        let decoded = views::decode(text, extent, self.config().decode_depth, self.config().decode_bytes_max);
        sight.scan.exhausted |= decoded.exhausted;
        sight.effort.decode(decoded.read.bytes, decoded.read.pieces);
        for shape in decoded.shapes {
            if sight.effort.is_spent() {
                return;
            }
            let shape = match parent {
                Some(parent) => shape.within(parent),
                None => shape,
            };
            self.look_at(&shape, role, View::Decoded, sight);
            if let Some(normal) = views::normalise(&shape.text, extent) {
                self.look_at(&normal.within(&shape), role, View::Decoded, sight);
            }
        }
    }

    /// All detectors over a view; what they find points to the original.
    fn look_at(&self, shape: &Shape, role: Option<Role>, view: View, sight: &mut Sight) {
        if sight.affords(shape) {
            self.look_at_text(&shape.text, Some(shape), None, role, view, sight);
        }
    }

    /// A text and its other spellings. Answers (no role) are written by a model that was not asked to disguise anything,
    /// and flow on before a spelled-out word ends: they are read as they are.
    fn look_at_text(
        &self,
        text: &str,
        shape: Option<&Shape>,
        seen: Option<Seen>,
        role: Option<Role>,
        view: View,
        sight: &mut Sight,
    ) {
        let Some(role) = role else {
            let mut things = self.things(text, &self.hits(text, &mut sight.effort), &mut sight.effort);
            point_back(&mut things, shape, view);
            sight.scan.findings.extend(things);
            return;
        };
        let readings = self.readings(text, &mut sight.effort);
        sight.scan.exhausted |= readings.exhausted;
        if readings.replaces {
            let mut things = match seen {
                Some(seen) => seen.things,
                None => self.things(text, &self.hits(text, &mut sight.effort), &mut sight.effort),
            };
            things.retain(|thing| !readings.part(&(thing.start..thing.end)));
            point_back(&mut things, shape, view);
            sight.scan.findings.extend(things);
        } else {
            let seen = seen.unwrap_or_else(|| self.see(text, shape, view, &mut sight.effort));
            let marks = if view == View::Decoded { Marks::ByChance } else { Marks::Written };
            self.judge(seen, role, (view, marks), sight);
        }
        for reading in readings.all {
            if !sight.affords(&reading.shape) {
                return;
            }
            let view = if view == View::Decoded { view } else { View::Normalised };
            self.look_at_reading(reading, shape, role, view, sight);
        }
    }

    /// What the text says in another spelling.
    fn look_at_reading(&self, reading: Reading, shape: Option<&Shape>, role: Role, view: View, sight: &mut Sight) {
        let hits = self.hits(&reading.shape.text, &mut sight.effort);
        let things = self.things(&reading.shape.text, &hits, &mut sight.effort).into_iter();
        let mut things: Vec<Finding> = things.flat_map(|thing| in_pieces(thing, &reading)).collect();
        let spelled = match shape {
            Some(shape) => reading.shape.within(shape),
            None => reading.shape,
        };
        point_back(&mut things, Some(&spelled), view);
        if reading.is_unparted {
            // Words without gaps before an address are no part of it.
            let known = Known::of(&sight.scan.findings);
            things.retain(|thing| !known.has_within(thing));
        }
        if reading.has_words {
            let sense = self.sense(&spelled.text, Some(&spelled), hits, &things, view, &mut sight.effort);
            let seen = Seen { things, sense, judgement: None };
            self.judge(seen, role, (view, Marks::ByChance), sight);
        } else {
            sight.scan.findings.extend(things);
        }
    }

    /// All that a text shows as it is written.
    fn see(&self, text: &str, shape: Option<&Shape>, view: View, effort: &mut Effort) -> Seen {
        let hits = self.hits(text, effort);
        let mut things = self.things(text, &hits, effort);
        point_back(&mut things, shape, view);
        let sense = self.sense(text, shape, hits, &things, view, effort);
        Seen { things, sense, judgement: None }
    }

    /// What a text is about, given the literals in it and the things that it holds.
    fn sense(
        &self,
        text: &str,
        shape: Option<&Shape>,
        hits: Hits,
        things: &[Finding],
        view: View,
        effort: &mut Effort,
    ) -> Sense {
        let mut folded = fold(text);
        // Folding leaves plain ASCII where it stands.
        let hits = if text.is_ascii() { hits } else { self.hits(&folded.text, effort) };
        if hits.are_cut() {
            effort.give_up();
        }
        if let Some(shape) = shape {
            folded = folded.within(shape);
        }
        let mut topics = self.topics(&folded, &hits, things, view, effort);
        topics.extend(self.source_code(text, shape, view, effort));
        Sense { folded, hits, topics }
    }

    /// Adds what was seen, and whether it is an attack.
    fn judge(&self, seen: Seen, role: Role, seen_in: (View, Marks), sight: &mut Sight) {
        let Sight { scan, effort, .. } = sight;
        let Seen { things, sense, judgement } = seen;
        let known = judgement.filter(|_| role == Role::User).map(|(judgement, done)| {
            effort.repeat(&done);
            judgement
        });
        scan.findings.extend(things);
        if let Some(judgement) = known.or_else(|| self.judgement(&sense.folded, &sense.hits, role, seen_in, effort)) {
            scan.attack_score = scan.attack_score.max(judgement.score);
            scan.findings.extend(judgement.findings);
        }
        scan.findings.extend(sense.topics);
    }
}

fn merged(mut scan: Scan) -> Scan {
    scan.findings = merge(scan.findings);
    scan
}

/// What a text without a role may still flow.
fn extent(role: Option<Role>) -> Extent {
    role.map_or(Extent::Near, |_| Extent::Whole)
}

/// A finding in a reading as one of each of its pieces.
fn in_pieces(thing: Finding, reading: &Reading) -> impl Iterator<Item = Finding> {
    let pieces = reading.pieces(thing.start..thing.end).into_iter();
    pieces.map(move |piece| Finding { start: piece.start, end: piece.end, ..thing.clone() })
}

/// What was found before, by type: the starts in their order, each with the least end of all from it on.
struct Known<'f>(BTreeMap<&'f str, Vec<(usize, usize)>>);

impl<'f> Known<'f> {
    fn of(findings: &'f [Finding]) -> Self {
        let mut all: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        for finding in findings {
            all.entry(&finding.type_).or_default().push((finding.start, finding.end));
        }
        for spans in all.values_mut() {
            spans.sort_unstable();
            let mut least = usize::MAX;
            for (_, end) in spans.iter_mut().rev() {
                least = least.min(*end);
                *end = least;
            }
        }
        Self(all)
    }

    /// Whether a finding of personal data has another of its type in it.
    fn has_within(&self, thing: &Finding) -> bool {
        let spans = self.0.get(&*thing.type_).filter(|_| thing.kind == FindingKind::Pii);
        spans.is_some_and(|spans| {
            let from_here = spans.get(spans.partition_point(|(start, _)| *start < thing.start));
            from_here.is_some_and(|(_, end)| *end <= thing.end)
        })
    }
}

/// Moves findings in a shape to where the original holds them.
fn point_back(things: &mut [Finding], shape: Option<&Shape>, view: View) {
    let Some(shape) = shape else { return };
    for finding in things {
        let span = shape.origin(finding.start..finding.end);
        (finding.start, finding.end, finding.view) = (span.start, span.end, view);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_another_is_told_as_by_asking_all() {
        let finding = |type_: &'static str, start: usize, end: usize| Finding {
            kind: FindingKind::Pii,
            type_: type_.into(),
            start,
            end,
            score: 0.8,
            rule: "pii".into(),
            view: View::Plain,
        };
        let found =
            [finding("EMAIL", 4, 9), finding("EMAIL", 2, 30), finding("PHONE", 12, 14), finding("EMAIL", 12, 15)];
        let known = Known::of(&found);
        for type_ in ["EMAIL", "PHONE", "IP"] {
            for (start, end) in (0..32).flat_map(|start| (start + 1..33).map(move |end| (start, end))) {
                let within = |other: &Finding| other.type_ == type_ && start <= other.start && other.end <= end;
                let thing = finding(type_, start, end);
                assert_eq!(known.has_within(&thing), found.iter().any(within), "{type_} {start}..{end}");
            }
        }
    }
}
