//! Holds the log against itself: forwarded requests without outcome, gaps, and the gateway's own counters.
//!
//! A gateway counts a record after it is durable, so the records before a heartbeat are at least as many as it counted.
//! Fewer means that records are gone.

use crate::statement::{Completeness, GapFacts, RunFacts};
use gnomon_types::ids::DecisionId;
use gnomon_types::record::{Heartbeat, Record, RecordBody};
use std::collections::{BTreeMap, HashMap};

/// Open requests that are remembered.
const OPEN_MAX: usize = 200_000;
/// Orphans and gaps that are listed.
const LISTED_MAX: usize = 200;
/// Runs that are listed.
const RUNS_MAX: usize = 100;

/// Follows the whole log, and reports on its window.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    open: HashMap<DecisionId, Open>,
    overflow: bool,
    gaps: Vec<GapFacts>,
    gap_count: u64,
    /// By node: the run under way.
    runs: BTreeMap<String, Run>,
    done: Vec<RunFacts>,
    unreadable: u64,
}

#[derive(Debug)]
struct Open {
    seq: u64,
    in_window: bool,
}

#[derive(Debug, Default)]
struct Run {
    facts: RunFacts,
    begun: bool,
    in_window: bool,
    intents: u64,
    outcomes: u64,
}

impl Ledger {
    pub(crate) fn unreadable(&mut self) {
        self.unreadable += 1;
    }

    pub(crate) fn push(&mut self, seq: u64, record: &Record, in_window: bool) {
        match &record.body {
            RecordBody::Intent(intent) => {
                self.run(record).intents += 1;
                if intent.sent_sha256.is_some() {
                    self.open(&intent.decision, Open { seq, in_window });
                }
            }
            RecordBody::Outcome(outcome) => {
                self.run(record).outcomes += 1;
                self.open.remove(&outcome.decision);
            }
            RecordBody::Gap(gap) if in_window => {
                self.gap_count += 1;
                if self.gaps.len() < LISTED_MAX {
                    let (from, until, cause) = (gap.from, gap.until, gap.cause.clone());
                    self.gaps.push(GapFacts { seq, from, until, cause, refused: gap.refused });
                }
            }
            RecordBody::Heartbeat(beat) => self.beat(seq, record, beat, in_window),
            _ => {}
        }
    }

    fn open(&mut self, decision: &DecisionId, open: Open) {
        if self.open.len() < OPEN_MAX {
            self.open.insert(decision.clone(), open);
        } else {
            self.overflow = true;
        }
    }

    fn run(&mut self, record: &Record) -> &mut Run {
        self.runs.entry(record.node.clone()).or_default()
    }

    fn beat(&mut self, seq: u64, record: &Record, beat: &Heartbeat, in_window: bool) {
        let crashed = beat.phase == "start" && self.runs.get(&record.node).is_some_and(|run| run.begun);
        if crashed {
            self.end_run(&record.node);
        }
        let run = self.run(record);
        if !run.begun {
            // Records since a clean stop belong to this run, also those just before its first heartbeat. After a crash,
            // and in a log that begins in the middle of a run, the comparison begins with this heartbeat.
            if crashed || beat.phase != "start" {
                (run.intents, run.outcomes) = (beat.intents, beat.outcomes);
            }
            run.facts.first = seq;
            run.begun = true;
        }
        run.in_window |= in_window;
        run.facts.node.clone_from(&record.node);
        run.facts.last = seq;
        run.facts.stopped = beat.phase == "stop";
        (run.facts.accepted, run.facts.refused) = (beat.accepted, beat.refused);
        (run.facts.intents_counted, run.facts.intents_found) = (beat.intents, run.intents);
        (run.facts.outcomes_counted, run.facts.outcomes_found) = (beat.outcomes, run.outcomes);
        run.facts.missing = beat.intents.saturating_sub(run.intents) + beat.outcomes.saturating_sub(run.outcomes);
        if beat.phase == "stop" {
            self.end_run(&record.node);
        }
    }

    fn end_run(&mut self, node: &str) {
        if let Some(run) = self.runs.remove(node).filter(|run| run.begun && run.in_window) {
            self.done.push(run.facts);
        }
    }

    pub(crate) fn finish(mut self) -> Completeness {
        let nodes: Vec<String> = self.runs.keys().cloned().collect();
        nodes.iter().for_each(|node| self.end_run(node));
        self.done.sort_by_key(|run| run.first);
        let runs_omitted = self.done.len().saturating_sub(RUNS_MAX);
        let mut orphans: Vec<u64> = self.open.values().filter(|open| open.in_window).map(|open| open.seq).collect();
        orphans.sort_unstable();
        let orphan_intents = orphans.len() as u64;
        orphans.truncate(LISTED_MAX);
        Completeness {
            orphan_intents,
            orphans,
            orphans_exact: !self.overflow,
            gap_count: self.gap_count,
            gaps: self.gaps,
            runs: self.done.split_off(runs_omitted),
            runs_omitted: runs_omitted as u64,
            unreadable: self.unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::record::{Gap, Outcome};
    use gnomon_types::time::Timestamp;

    fn record(body: RecordBody) -> Record {
        Record { v: 1, seq: 0, at: Timestamp::from_millis(0), node: "n".to_owned(), body }
    }

    fn beat(phase: &str, outcomes: u64) -> Record {
        let (phase, version) = (phase.to_owned(), "0".to_owned());
        let (accepted, intents, forwarded, refused) = (0, 0, 0, 0);
        let beat = Heartbeat { phase, accepted, intents, forwarded, outcomes, refused, version, config: None };
        record(RecordBody::Heartbeat(beat))
    }

    fn outcome() -> Record {
        let json = r#"{"decision":"d","status":200,"end":"complete","answer_bytes":1,"duration_ms":1,"verdict":"allow",
            "answer_sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}"#;
        record(RecordBody::Outcome(serde_json::from_str::<Outcome>(json).unwrap()))
    }

    /// Found and missing outcomes of each run.
    fn runs(records: &[Record]) -> Vec<(u64, u64)> {
        let mut ledger = Ledger::default();
        records.iter().zip(0..).for_each(|(record, seq)| ledger.push(seq, record, true));
        ledger.finish().runs.iter().map(|run| (run.outcomes_found, run.missing)).collect()
    }

    #[test]
    fn records_that_were_counted_and_are_gone_are_missing() {
        assert_eq!(runs(&[beat("start", 0), outcome(), outcome(), beat("stop", 2)]), [(2, 0)]);
        assert_eq!(runs(&[beat("start", 0), outcome(), beat("stop", 2)]), [(1, 1)]);
    }

    #[test]
    fn a_record_just_before_the_first_heartbeat_belongs_to_the_run() {
        assert_eq!(runs(&[outcome(), beat("start", 0), outcome(), beat("stop", 2)]), [(2, 0)]);
        let twice = [beat("start", 0), beat("stop", 0), outcome(), beat("start", 1), beat("stop", 1)];
        assert_eq!(runs(&twice), [(0, 0), (1, 0)]);
    }

    #[test]
    fn a_run_after_a_crash_and_a_log_that_begins_late_raise_no_alarm() {
        let crash = [beat("start", 0), outcome(), beat("running", 1), outcome(), beat("start", 0), beat("stop", 0)];
        assert_eq!(runs(&crash), [(1, 0), (0, 0)]);
        assert_eq!(runs(&[beat("running", 900), outcome(), beat("stop", 901)]), [(901, 0)]);
    }

    #[test]
    fn gaps_outside_the_window_are_not_counted() {
        let moment = Timestamp::from_millis(0);
        let gap = Gap { from: moment, until: moment, cause: "disk_full".to_owned(), refused: 1 };
        let mut ledger = Ledger::default();
        ledger.push(0, &record(RecordBody::Gap(gap.clone())), false);
        ledger.push(1, &record(RecordBody::Gap(gap)), true);
        let found = ledger.finish();
        assert_eq!((found.gap_count, found.gaps.len()), (1, 1));
    }
}
