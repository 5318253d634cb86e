//! How long this thread works. Others on the same machine are not counted.

use std::time::{Duration, Instant};

/// The least time of some runs, and what the last one returned.
pub(crate) fn least<T>(runs: usize, work: impl Fn() -> T) -> (Duration, T) {
    let timed = || {
        let (start, started) = (Instant::now(), worked());
        let result = work();
        let took = match (started, worked()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        (took, result)
    };
    (1..runs).fold(timed(), |best, _| {
        let next = timed();
        (best.0.min(next.0), next.1)
    })
}

/// How long this thread has worked, where the system tells.
fn worked() -> Option<Duration> {
    // The system counts anew when the thread yields.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
