//! To which callers tool servers gave something lately. A message to a tool server holds nothing of what came before it, and the
//! gateway keeps no session, so this is all that is known of one.

use gnomon_types::ids::CallerId;
use gnomon_types::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How long what a tool gave is thought to be in the memory of an agent.
const LATELY_MS: i64 = 3_600_000;
/// Callers that are remembered; the one that heard nothing for longest makes way.
const CALLERS_MAX: usize = 10_000;

/// When each caller last heard from a tool.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<BTreeMap<CallerId, Timestamp>>);

impl Heard {
    /// Takes note that a tool gave a caller something.
    pub(crate) fn note(&self, caller: &CallerId, now: Timestamp) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= CALLERS_MAX && !last.contains_key(caller) {
            let oldest = last.iter().min_by_key(|(_, at)| **at).map(|(caller, _)| caller.clone());
            if let Some(oldest) = oldest {
                last.remove(&oldest);
            }
        }
        last.insert(caller.clone(), now);
    }

    /// Whether one did within the last hour.
    pub(crate) fn lately(&self, caller: &CallerId, now: Timestamp) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(caller).is_some_and(|at| now.as_millis().saturating_sub(at.as_millis()) <= LATELY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_gave_counts_for_an_hour_and_for_its_caller_alone() {
        let (heard, bot) = (Heard::default(), CallerId::sanitised("bot"));
        let at = Timestamp::from_millis;
        assert!(!heard.lately(&bot, at(0)));
        heard.note(&bot, at(0));
        assert!(heard.lately(&bot, at(LATELY_MS)) && !heard.lately(&bot, at(LATELY_MS + 1)));
        assert!(!heard.lately(&CallerId::sanitised("other"), at(0)));
    }

    #[test]
    fn the_memory_has_an_end() {
        let heard = Heard::default();
        let caller = |number: usize| CallerId::sanitised(&format!("c{number}"));
        for number in 0..=CALLERS_MAX {
            heard.note(&caller(number), Timestamp::from_millis(i64::try_from(number).unwrap()));
        }
        let now = Timestamp::from_millis(20_000);
        assert!(
            !heard.lately(&caller(0), now) && heard.lately(&caller(1), now) && heard.lately(&caller(CALLERS_MAX), now)
        );
        assert_eq!(heard.0.lock().unwrap().len(), CALLERS_MAX);
    }
}
