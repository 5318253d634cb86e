//! The usual case in one pass: the records give the signed root. Then every record is what was signed, and whatever
//! differs from the tiles made of them is a fault of the tile.

use super::head::Head;
use super::source::{Line, Source};
use super::{Failure, VerifyReport, first_difference, tile_mismatch};
use crate::error::VerifyError;
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::tiles::TileDir;
use gnomon_types::time::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

/// Decisions without an outcome that are remembered.
const OPEN_INTENTS_MAX: usize = 100_000;
const FAULTS_MAX: usize = 2000;

/// Returns whether the records give the signed root; the report then says everything about them.
pub(super) fn fast(dir: &Path, source: &Source, head: &Head, report: &mut VerifyReport) -> Result<bool, VerifyError> {
    let Some(checkpoint) = &head.trusted else { return Ok(false) };
    let mut pass = Pass {
        tiles: TileDir::new(dir, checkpoint.size),
        frontier: Frontier::default(),
        lines: 0,
        faults: Vec::new(),
        missing: BTreeMap::new(),
        stamps: Stamps::new(0),
    };
    let mut broken = false;
    source.walk(|line| {
        let Line::Record(record) = line else {
            broken = pass.lines < checkpoint.size || !source.is_live();
            return ControlFlow::Break(());
        };
        pass.record(record, checkpoint.size);
        ControlFlow::Continue(())
    })?;
    let counts = pass.lines == checkpoint.size || (source.is_live() && pass.lines > checkpoint.size);
    if broken || !counts || pass.frontier.root() != checkpoint.root {
        return Ok(false);
    }
    pass.edge();
    report.records = checkpoint.size;
    report.unsigned = pass.lines - checkpoint.size;
    pass.report(report);
    Ok(true)
}

struct Pass {
    tiles: TileDir,
    frontier: Frontier,
    lines: u64,
    faults: Vec<Failure>,
    /// Missing tiles by level: the first and how many.
    missing: BTreeMap<u8, (u64, u64)>,
    stamps: Stamps,
}

impl Pass {
    fn record(&mut self, record: &[u8], size: u64) {
        self.lines += 1;
        self.stamps.check(record);
        if self.lines <= size {
            for tile in self.frontier.push(leaf_hash(record)) {
                self.compare(tile.level, tile.index, &tile.hashes);
            }
        }
    }

    /// The unfinished tiles at the right edge.
    fn edge(&mut self) {
        let rows = self.frontier.levels().to_vec();
        for (level, row) in (0_u8..).zip(rows).filter(|(_, row)| !row.is_empty()) {
            let index = self.frontier.size().checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
            self.compare(level, index, &row);
        }
    }

    fn compare(&mut self, level: u8, index: u64, wanted: &[Hash]) {
        match self.tiles.read(level, index, wanted.len()) {
            Some(stored) => {
                if let Some(position) = first_difference(&stored, wanted)
                    && self.faults.len() < FAULTS_MAX
                {
                    self.faults.push(tile_mismatch(level, index, Some(position)));
                }
            }
            None => self.missing.entry(level).or_insert((index, 0)).1 += 1,
        }
    }

    fn report(self, report: &mut VerifyReport) {
        for (level, (index, count)) in self.missing {
            report.fail("TILE_MISSING", None, format!("level={level} index={index} missing={count}"));
        }
        self.faults.into_iter().for_each(|fault| report.push(fault));
        self.stamps.report(report);
    }
}

/// What a record says about itself. Records of other makers may say less.
#[derive(Deserialize)]
pub(super) struct Stamp<'a> {
    pub(super) seq: Option<u64>,
    #[serde(borrow)]
    at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    decision: Option<Cow<'a, str>>,
    sent_sha256: Option<IgnoredAny>,
}

impl<'a> Stamp<'a> {
    pub(super) fn read(record: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(record).ok()
    }

    fn time(&self) -> Option<Timestamp> {
        Timestamp::parse(self.at.as_ref()?).ok()
    }
}

/// Checks what records say about themselves, in the order of the log: the place, and that time does not run backwards.
/// Notes forwarded requests that have no outcome.
pub(super) struct Stamps {
    next: u64,
    last: Option<Timestamp>,
    open: HashSet<String>,
    faults: Vec<Failure>,
}

impl Stamps {
    pub(super) fn new(first: u64) -> Self {
        Self { next: first, last: None, open: HashSet::new(), faults: Vec::new() }
    }

    pub(super) fn check(&mut self, record: &[u8]) {
        let place = self.next;
        self.next += 1;
        let Some(stamp) = Stamp::read(record) else {
            return self.fault("RECORD_MALFORMED", place, format!("seq={place}"));
        };
        match stamp.seq {
            Some(seq) if seq != place => self.fault("SEQ_MISMATCH", place, format!("seq={place} says={seq}")),
            _ => {}
        }
        let time = stamp.time();
        if let (Some(last), Some(time)) = (self.last, time)
            && time < last
        {
            self.fault("TIME_REGRESSION", place, format!("seq={place} at={time} after={last}"));
        }
        self.last = time.or(self.last);
        self.follow(&stamp);
    }

    fn follow(&mut self, stamp: &Stamp<'_>) {
        let (Some(kind), Some(decision)) = (&stamp.kind, &stamp.decision) else { return };
        match kind.as_ref() {
            "intent" if stamp.sent_sha256.is_some() && self.open.len() < OPEN_INTENTS_MAX => {
                self.open.insert(decision.to_string());
            }
            "outcome" => {
                self.open.remove(decision.as_ref());
            }
            _ => {}
        }
    }

    fn fault(&mut self, code: &str, seq: u64, detail: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Failure::new(code, Some(seq), detail));
        }
    }

    pub(super) fn report(self, report: &mut VerifyReport) {
        report.orphan_intents = self.open.len() as u64;
        self.faults.into_iter().for_each(|fault| report.push(fault));
    }
}
