//! Holds the records that are there against the leaves that were signed: which are gone, changed, doubled, out of order.
//!
//! A line is genuine when it hashes to the leaf of the place that it claims, or else of the place where it stands. What
//! is left over on the one side are places without a record, on the other lines without a place. Memory grows with the
//! number of faults, not with the number of records.

use super::head::Head;
use super::leaves::Leaves;
use super::records::{Stamp, Stamps};
use super::source::{Line, Source};
use super::{VerifyReport, Window};
use crate::error::VerifyError;
use crate::merkle::leaf_hash;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

/// Lines without a place that are remembered one by one.
const STRAYS_MAX: usize = 100_000;
/// Records out of order that are sorted into cycles; more are reported as one range.
const DISPLACED_MAX: usize = 100_000;
/// Places that are listed one by one.
const LISTED_MAX: usize = 500;

pub(super) fn align(
    source: &Source,
    leaves: &Leaves,
    head: &Head,
    window: Option<Window>,
    report: &mut VerifyReport,
) -> Result<(), VerifyError> {
    let places = window.map_or(0..leaves.size(), |window| window.first..window.first + window.count);
    if places.end > leaves.size() {
        report.fail("WINDOW_INVALID", None, format!("end={} signed={}", places.end, leaves.size()));
    }
    let mut found = Found::new(places.clone(), source.is_live());
    let mut stamps = Stamps::new(places.start);
    source.walk(|line| {
        if let Line::Record(record) = line {
            found.line(record, leaves);
            stamps.check(record);
        } else {
            found.broken();
        }
        ControlFlow::Continue(())
    })?;
    report.records = found.lines;
    report.unsigned = found.unsigned;
    let before = report.failures.len();
    found.report(head.trusted.is_some(), report);
    if report.failures.len() == before {
        stamps.report(report);
    }
    Ok(())
}

struct Found {
    places: Range<u64>,
    live: bool,
    lines: u64,
    unsigned: u64,
    /// Places that have their record, as runs: start to end.
    covered: BTreeMap<u64, u64>,
    /// The same in the order of the lines.
    order: Vec<Range<u64>>,
    doubled: Vec<u64>,
    doubled_count: u64,
    /// Lines that are no genuine record: what they claim and where they stand.
    strays: Vec<Stray>,
    strays_count: u64,
    /// Genuine, but saying another place.
    misnumbered: Vec<(u64, u64)>,
    here: u64,
}

struct Stray {
    claims: Option<u64>,
    stands: u64,
    line: u64,
}

impl Found {
    fn new(places: Range<u64>, live: bool) -> Self {
        Self {
            here: places.start,
            places,
            live,
            lines: 0,
            unsigned: 0,
            covered: BTreeMap::new(),
            order: Vec::new(),
            doubled: Vec::new(),
            doubled_count: 0,
            strays: Vec::new(),
            strays_count: 0,
            misnumbered: Vec::new(),
        }
    }

    fn line(&mut self, record: &[u8], leaves: &Leaves) {
        let hash = leaf_hash(record);
        let claims = Stamp::read(record).and_then(|stamp| stamp.seq);
        // Where no tile tells the leaf, the claim is taken; the missing tile or the root is a failure already.
        let is_at = |seq: u64| self.places.contains(&seq) && leaves.get(seq).is_none_or(|leaf| leaf == hash);
        let place = claims
            .filter(|seq| is_at(*seq))
            .or(Some(self.here).filter(|seq| leaves.get(*seq) == Some(hash) && is_at(*seq)));
        match place {
            Some(seq) => {
                if let Some(says) = claims.filter(|says| *says != seq) {
                    self.misnumbered.push((seq, says));
                }
                self.genuine(seq);
            }
            None if self.live && claims.is_some_and(|seq| seq >= self.places.end) => self.unsigned += 1,
            None => self.stray(claims),
        }
    }

    fn genuine(&mut self, seq: u64) {
        self.lines += 1;
        self.here = seq + 1;
        if !self.cover(seq) {
            self.doubled_count += 1;
            if self.doubled.len() < LISTED_MAX {
                self.doubled.push(seq);
            }
            return;
        }
        match self.order.last_mut() {
            Some(run) if run.end == seq => run.end += 1,
            _ => self.order.push(seq..seq + 1),
        }
    }

    /// A line that is no record. The end of a live log may be half written.
    fn broken(&mut self) {
        if !self.live || self.here < self.places.end {
            self.stray(None);
        }
    }

    fn stray(&mut self, claims: Option<u64>) {
        self.lines += 1;
        self.strays_count += 1;
        if self.strays.len() < STRAYS_MAX {
            self.strays.push(Stray { claims, stands: self.here, line: self.lines });
        }
        self.here += 1;
    }

    /// Marks a place; `false` when it was marked before.
    fn cover(&mut self, seq: u64) -> bool {
        let before = self.covered.range(..=seq).next_back().map(|(start, end)| (*start, *end));
        if before.is_some_and(|(_, end)| seq < end) {
            return false;
        }
        let start = before.filter(|(_, end)| *end == seq).map_or(seq, |(start, _)| start);
        let end = self.covered.remove(&(seq + 1)).unwrap_or(seq + 1);
        self.covered.insert(start, end);
        true
    }

    fn report(mut self, signed: bool, report: &mut VerifyReport) {
        let mismatched = self.place_strays(report);
        self.report_order(report);
        for (seq, says) in self.misnumbered.iter().take(LISTED_MAX) {
            report.fail("SEQ_MISMATCH", Some(*seq), format!("seq={seq} says={says}"));
        }
        for seq in &self.doubled {
            report.fail("RECORD_DUPLICATE", Some(*seq), format!("seq={seq}"));
        }
        let (want, by) = (self.places.end - self.places.start, if signed { "signed" } else { "tiles" });
        let figures = format!("have={} {by}={want}", self.lines);
        let mut holes = self.holes();
        let tail = holes.pop_if(|hole| hole.end == self.places.end && !mismatched);
        if let Some(tail) = &tail {
            report.fail("TRUNCATED", Some(tail.start), figures.clone());
        }
        report_missing(&holes, report);
        if self.lines != want && (tail.is_none() || !holes.is_empty() || self.doubled_count + self.strays_count > 0) {
            report.fail("COUNT_MISMATCH", None, figures);
        }
    }

    /// Gives each line without a place the empty place that it claims or at which it stands: there a record was changed.
    /// Returns whether the last place is one of those.
    fn place_strays(&mut self, report: &mut VerifyReport) -> bool {
        for stray in std::mem::take(&mut self.strays) {
            let free = |seq: &u64| self.places.contains(seq) && !self.is_covered(*seq);
            let place = stray.claims.filter(free).or(Some(stray.stands).filter(free));
            match place {
                Some(seq) => {
                    self.cover(seq);
                    report.fail("RECORD_MISMATCH", Some(seq), format!("seq={seq}"));
                }
                None => report.fail("RECORD_EXTRA", None, format!("line={}", stray.line)),
            }
        }
        self.strays_count > STRAYS_MAX as u64
    }

    fn is_covered(&self, seq: u64) -> bool {
        self.covered.range(..=seq).next_back().is_some_and(|(_, end)| seq < *end)
    }

    /// Places without a record.
    fn holes(&self) -> Vec<Range<u64>> {
        let mut holes = Vec::new();
        let mut next = self.places.start;
        for (start, end) in &self.covered {
            if *start > next {
                holes.push(next..*start);
            }
            next = *end;
        }
        if next < self.places.end {
            holes.push(next..self.places.end);
        }
        holes
    }

    /// Records that are all there but not in their order, as the cycles of the permutation: a swap is one of two.
    fn report_order(&self, report: &mut VerifyReport) {
        let mut sorted = self.order.clone();
        sorted.sort_unstable_by_key(|run| run.start);
        if sorted == self.order {
            return;
        }
        let mut rank_of_run = BTreeMap::new();
        let mut rank = 0;
        for run in &sorted {
            rank_of_run.insert(run.start, rank);
            rank += run.end - run.start;
        }
        let mut displaced = BTreeMap::new();
        let mut line = 0;
        for run in &self.order {
            let rank = rank_of_run.get(&run.start).copied().unwrap_or(line);
            let length = run.end - run.start;
            if rank != line {
                if displaced.len() as u64 + length > DISPLACED_MAX as u64 {
                    return report.fail("ORDER_VIOLATION", Some(run.start), format!("seq={} and many more", run.start));
                }
                displaced.extend((0..length).map(|at| (line + at, (rank + at, run.start + at))));
            }
            line += length;
        }
        report_cycles(displaced, report);
    }
}

/// `displaced` maps the line where a record stands to the line where it belongs, and its place.
fn report_cycles(mut displaced: BTreeMap<u64, (u64, u64)>, report: &mut VerifyReport) {
    while let Some((_, (mut belongs, seq))) = displaced.pop_first() {
        let mut cycle = vec![seq];
        while let Some((next, seq)) = displaced.remove(&belongs) {
            cycle.push(seq);
            belongs = next;
        }
        cycle.sort_unstable();
        let listed: Vec<String> = cycle.iter().take(16).map(u64::to_string).collect();
        let more = if cycle.len() > 16 { format!(" of={}", cycle.len()) } else { String::new() };
        report.fail("ORDER_VIOLATION", cycle.first().copied(), format!("seq={}{more}", listed.join(",")));
    }
}

fn report_missing(holes: &[Range<u64>], report: &mut VerifyReport) {
    let total: u64 = holes.iter().map(|hole| hole.end - hole.start).sum();
    for hole in holes {
        if total <= LISTED_MAX as u64 {
            hole.clone().for_each(|seq| report.fail("RECORD_MISSING", Some(seq), format!("seq={seq}")));
        } else {
            report.fail("RECORD_MISSING", Some(hole.start), format!("seq={}..{}", hole.start, hole.end - 1));
        }
    }
}
