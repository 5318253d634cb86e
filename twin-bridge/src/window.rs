//! The events that are on their way to one sink: a bounded piece of the outbox. Pure: time and answers come in as values.
//!
//! INVARIANT: an event is offered only when every earlier event of its asset is delivered or given up, and the cursor
//! never passes an event that is neither.

use gnomon_inventory::TwinEvent;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Window {
    /// By sequence.
    slots: BTreeMap<u64, Slot>,
    /// The last event that was read from the outbox.
    read_to: u64,
    size_max: usize,
}

struct Slot {
    event: TwinEvent,
    /// Refusals of this event while the sink took others.
    refusals: u32,
    /// All refusals.
    tries: u32,
    /// How many events the sink had taken when it refused this one first.
    taken_before: Option<u64>,
    /// Not before this moment of the worker's own clock, in milliseconds.
    not_before: u64,
    /// It was part of a batch that was refused: from now on it goes alone, so that only the guilty one is blamed.
    alone: bool,
}

/// What to do with a refused event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It waits and is tried again.
    Again,
    /// It was refused too often.
    GiveUp,
}

impl Window {
    pub(crate) fn new(cursor: u64, size_max: usize) -> Self {
        Self { slots: BTreeMap::new(), read_to: cursor, size_max }
    }

    /// From where and how many events to read.
    pub(crate) fn wanted(&self) -> (u64, usize) {
        (self.read_to, self.size_max.saturating_sub(self.slots.len()))
    }

    pub(crate) fn fill(&mut self, events: Vec<TwinEvent>) {
        for event in events {
            self.read_to = self.read_to.max(event.sequence);
            let slot = Slot { event, refusals: 0, tries: 0, taken_before: None, not_before: 0, alone: false };
            self.slots.insert(slot.event.sequence, slot);
        }
    }

    /// The next events to send, in order, at most `batch_max`.
    pub(crate) fn ready(&self, now_ms: u64, batch_max: usize) -> Vec<TwinEvent> {
        let mut waiting_assets = BTreeSet::new();
        let mut batch: Vec<TwinEvent> = Vec::new();
        for slot in self.slots.values() {
            let asset = slot.event.asset_id.as_str();
            if batch.len() >= batch_max {
                break;
            }
            if waiting_assets.contains(asset) || slot.not_before > now_ms || (slot.alone && !batch.is_empty()) {
                waiting_assets.insert(asset);
                continue;
            }
            batch.push(slot.event.clone());
            if slot.alone {
                break;
            }
        }
        batch
    }

    /// How long until something that waits may be tried again; `None` when nothing waits.
    pub(crate) fn wait_ms(&self, now_ms: u64) -> Option<u64> {
        self.slots.values().map(|slot| slot.not_before.saturating_sub(now_ms)).filter(|wait| *wait > 0).min()
    }

    pub(crate) fn delivered(&mut self, events: &[TwinEvent]) {
        for event in events {
            self.slots.remove(&event.sequence);
        }
    }

    /// A batch was refused, by nobody knows which of its events.
    pub(crate) fn split(&mut self, events: &[TwinEvent]) {
        for event in events {
            if let Some(slot) = self.slots.get_mut(&event.sequence) {
                slot.alone = true;
            }
        }
    }

    /// One event was refused by a sink that has taken so many events until now. It counts against the event only when the
    /// sink took another one since it first refused this: a sink that refuses everything is the one at fault.
    /// `wait_ms` tells for a number of tries how long it waits.
    pub(crate) fn refused(
        &mut self,
        sequence: u64,
        taken: u64,
        refusals_max: u32,
        now_ms: u64,
        wait_ms: impl FnOnce(u32) -> u64,
    ) -> Verdict {
        let Some(slot) = self.slots.get_mut(&sequence) else { return Verdict::GiveUp };
        slot.tries = slot.tries.saturating_add(1);
        if taken > *slot.taken_before.get_or_insert(taken) {
            slot.refusals += 1;
        }
        if slot.refusals >= refusals_max {
            self.slots.remove(&sequence);
            return Verdict::GiveUp;
        }
        slot.not_before = now_ms.saturating_add(wait_ms(slot.tries));
        Verdict::Again
    }

    /// Every event up to here is delivered or given up.
    pub(crate) fn cursor(&self) -> u64 {
        self.slots.keys().next().map_or(self.read_to, |first| first.saturating_sub(1))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::time::Timestamp;

    fn event(sequence: u64, asset: &str) -> TwinEvent {
        TwinEvent {
            sequence,
            asset_id: asset.to_owned(),
            version: sequence,
            type_: "t".to_owned(),
            time: Timestamp::from_millis(0),
            data: serde_json::Value::Null,
        }
    }

    fn sequences(events: &[TwinEvent]) -> Vec<u64> {
        events.iter().map(|event| event.sequence).collect()
    }

    #[test]
    fn a_refused_event_holds_back_its_own_asset_only() {
        let mut window = Window::new(0, 10);
        window.fill(vec![event(1, "a"), event(2, "b"), event(3, "a"), event(5, "c")]);
        assert_eq!(sequences(&window.ready(0, 10)), [1, 2, 3, 5]);
        assert_eq!(window.refused(1, 0, 2, 0, |_| 100), Verdict::Again);
        assert_eq!(sequences(&window.ready(0, 10)), [2, 5], "3 must not pass 1");
        window.delivered(&window.ready(0, 10));
        assert_eq!((window.cursor(), window.wait_ms(40)), (0, Some(60)));
        assert_eq!(sequences(&window.ready(100, 10)), [1, 3]);
        assert_eq!(window.refused(1, 2, 2, 100, |_| 100), Verdict::Again);
        assert_eq!(window.refused(1, 2, 2, 200, |_| 100), Verdict::GiveUp);
        assert_eq!((sequences(&window.ready(200, 10)), window.cursor()), (vec![3], 2));
        window.delivered(&[event(3, "a")]);
        assert_eq!((window.cursor(), window.is_empty(), window.wait_ms(0)), (5, true, None));
    }

    #[test]
    fn no_event_is_given_up_by_a_sink_that_takes_none() {
        let mut window = Window::new(0, 10);
        window.fill(vec![event(1, "a")]);
        for tries in 1..100 {
            assert_eq!(window.refused(1, 7, 1, 0, u64::from), Verdict::Again);
            assert_eq!(window.wait_ms(0), Some(tries));
        }
        assert_eq!(window.refused(1, 8, 1, 0, |_| 0), Verdict::GiveUp);
    }

    #[test]
    fn events_of_a_refused_batch_go_alone_and_in_order() {
        let mut window = Window::new(0, 10);
        window.fill(vec![event(1, "a"), event(2, "b"), event(3, "a"), event(4, "d")]);
        window.split(&[event(2, "b"), event(3, "a")]);
        let mut sent = Vec::new();
        while !window.is_empty() {
            let batch = window.ready(0, 10);
            sent.push(sequences(&batch));
            window.delivered(&batch);
        }
        assert_eq!(sent, [vec![1, 4], vec![2], vec![3]]);
    }

    #[test]
    fn the_window_asks_for_no_more_than_it_may_hold() {
        let mut window = Window::new(7, 2);
        assert_eq!(window.wanted(), (7, 2));
        window.fill(vec![event(8, "a"), event(9, "b")]);
        assert_eq!(window.wanted(), (9, 0));
        window.delivered(&[event(9, "b")]);
        assert_eq!((window.wanted(), window.cursor()), ((9, 1), 7));
    }
}
