//! Slows down guessing: a few failed sign-ins for a name, then a wait. The record shuts an account besides.

use gnomon_types::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Failed attempts that are free.
const FREE: usize = 5;
/// How long an attempt counts.
const WINDOW_MS: i64 = 60_000;
/// Names remembered at once; beyond that the oldest are forgotten.
const NAMES_MAX: usize = 10_000;

/// Failed attempts by name.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    failed: Mutex<HashMap<String, Vec<Timestamp>>>,
}

impl Limiter {
    /// Whether the name may try.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn check(&self, name: &str, now: Timestamp) -> Result<(), u64> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let recent: Vec<_> = failed.get(name).into_iter().flatten().filter(|at| counts(**at, now)).collect();
        if recent.len() < FREE {
            return Ok(());
        }
        let oldest = recent.iter().map(|at| at.as_millis()).min().unwrap_or_default();
        Err(u64::try_from((oldest + WINDOW_MS - now.as_millis()) / 1000).unwrap_or(0) + 1)
    }

    /// Notes a failed attempt.
    pub(crate) fn failed(&self, name: &str, now: Timestamp) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= NAMES_MAX {
            failed.retain(|_, attempts| attempts.iter().any(|at| counts(*at, now)));
        }
        if failed.len() >= NAMES_MAX {
            failed.clear();
        }
        let attempts = failed.entry(name.chars().take(100).collect()).or_default();
        attempts.retain(|at| counts(*at, now));
        attempts.push(now);
    }

    /// Forgets the attempts of a name that signed in.
    pub(crate) fn succeeded(&self, name: &str) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

fn counts(at: Timestamp, now: Timestamp) -> bool {
    now.as_millis() - at.as_millis() < WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_within_a_minute_waits() {
        let limiter = Limiter::default();
        let start = Timestamp::from_millis(1_795_000_000_000);
        for second in 0..5 {
            let now = start.plus_millis(second * 1000);
            assert_eq!(limiter.check("ana", now), Ok(()));
            limiter.failed("ana", now);
        }
        assert_eq!(limiter.check("ana", start.plus_millis(5_000)), Err(56));
        assert_eq!(limiter.check("ben", start.plus_millis(5_000)), Ok(()));
        assert_eq!(limiter.check("ana", start.plus_millis(61_000)), Ok(()));
        limiter.succeeded("ana");
        assert_eq!(limiter.check("ana", start.plus_millis(5_000)), Ok(()));
    }
}
