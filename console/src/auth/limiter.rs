//! Slows down guessing: a few failed sign-ins from an address, then a wait. The record shuts an account besides.

use gnomon_types::time::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failed attempts that an address has free for one name.
const FREE: usize = 5;
/// Failed attempts that an address has free for all names together. Behind a proxy one address is many people.
const PEER_FREE: usize = 50;
/// How long an attempt counts.
const WINDOW_MS: i64 = 60_000;
/// Keys remembered at once; beyond that those whose time is over are forgotten, then all.
const KEYS_MAX: usize = 10_000;

/// Failed attempts, by address and name and by address alone. Never by name alone: somebody elsewhere could then keep a
/// person out by guessing.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    failed: Mutex<HashMap<Key, Vec<Timestamp>>>,
}

type Key = (IpAddr, Option<String>);

fn keys(peer: IpAddr, name: &str) -> [(Key, usize); 2] {
    [((peer, Some(name.chars().take(100).collect())), FREE), ((peer, None), PEER_FREE)]
}

impl Limiter {
    /// Whether the address may try the name.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn check(&self, peer: IpAddr, name: &str, now: Timestamp) -> Result<(), u64> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, free) in keys(peer, name) {
            let recent: Vec<_> = failed.get(&key).into_iter().flatten().filter(|at| counts(**at, now)).collect();
            if recent.len() >= free {
                let oldest = recent.iter().map(|at| at.as_millis()).min().unwrap_or_default();
                return Err(u64::try_from((oldest + WINDOW_MS - now.as_millis()) / 1000).unwrap_or(0) + 1);
            }
        }
        Ok(())
    }

    /// Notes a failed attempt.
    pub(crate) fn failed(&self, peer: IpAddr, name: &str, now: Timestamp) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= KEYS_MAX {
            failed.retain(|_, attempts| attempts.iter().any(|at| counts(*at, now)));
        }
        if failed.len() >= KEYS_MAX {
            failed.clear();
        }
        for (key, _) in keys(peer, name) {
            let attempts = failed.entry(key).or_default();
            attempts.retain(|at| counts(*at, now));
            attempts.push(now);
        }
    }

    /// Forgets the attempts at a name that signed in.
    pub(crate) fn succeeded(&self, peer: IpAddr, name: &str) {
        let [(key, _), _] = keys(peer, name);
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

fn counts(at: Timestamp, now: Timestamp) -> bool {
    now.as_millis() - at.as_millis() < WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn the_sixth_attempt_within_a_minute_waits() {
        let limiter = Limiter::default();
        let start = Timestamp::from_millis(1_795_000_000_000);
        for second in 0..5 {
            let now = start.plus_millis(second * 1000);
            assert_eq!(limiter.check(HERE, "ana", now), Ok(()));
            limiter.failed(HERE, "ana", now);
        }
        assert_eq!(limiter.check(HERE, "ana", start.plus_millis(5_000)), Err(56));
        assert_eq!(limiter.check(HERE, "ben", start.plus_millis(5_000)), Ok(()));
        assert_eq!(limiter.check(ELSEWHERE, "ana", start.plus_millis(5_000)), Ok(()), "ana is kept out by others");
        assert_eq!(limiter.check(HERE, "ana", start.plus_millis(61_000)), Ok(()));
        limiter.succeeded(HERE, "ana");
        assert_eq!(limiter.check(HERE, "ana", start.plus_millis(5_000)), Ok(()));
    }

    #[test]
    fn guessing_many_names_from_one_address_waits_too() {
        let limiter = Limiter::default();
        let now = Timestamp::from_millis(1_795_000_000_000);
        for number in 0..PEER_FREE {
            limiter.failed(HERE, &format!("name-{number}-{}", "x".repeat(200)), now);
        }
        assert_eq!(limiter.check(HERE, "ana", now), Err(61));
        assert_eq!(limiter.check(ELSEWHERE, "ana", now), Ok(()));
    }
}
