//! The memory that bodies and whole answers may take up together. Beyond it requests wait for others to end, each within
//! its own deadlines, instead of the process being killed.
//!
//! No caller gets more than a part of it, so that one who sends much makes only itself wait. Requests that wait for a
//! person have a smaller budget of their own: they wait for minutes and must not keep the others from passing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory is shared out in pieces of this size.
const PIECE_BYTES: usize = 4096;

/// A caller's part, at least: the largest body and the largest answer several times over.
const CALLER_BYTES_MIN: usize = 256 * 1024 * 1024;

/// Callers remembered before those with nothing in memory are forgotten.
const CALLERS_MAX: usize = 1024;

/// What is left to share out.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    flowing: Arc<Budget>,
    held: Arc<Budget>,
}

/// Pieces that all may take up together, and each caller by itself.
#[derive(Debug)]
struct Budget {
    all: Arc<Semaphore>,
    pieces_each: usize,
    callers: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// The memory of one body.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    caller: String,
    own: Arc<Semaphore>,
    bytes: usize,
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Memory {
    /// So many bytes to share out; a quarter as many, apart from them, to requests that wait for a person.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let part = (bytes_max / 4).max(CALLER_BYTES_MIN).min(bytes_max);
        Self { flowing: Budget::new(bytes_max, part), held: Budget::new(bytes_max / 4, bytes_max / 8) }
    }

    /// An empty share of a caller.
    pub(crate) fn share(&self, caller: &str) -> Share {
        Share::new(&self.flowing, caller)
    }

    /// Takes a share over to those that wait for a person, if there is room; then and only then it counts among the
    /// others no more.
    pub(crate) fn hold(&self, share: &mut Share) -> bool {
        let mut held = Share::new(&self.held, &share.caller);
        let fits = held.try_grow(share.bytes);
        if fits {
            *share = held;
        }
        fits
    }
}

impl Budget {
    fn new(bytes_max: usize, bytes_each: usize) -> Arc<Self> {
        let pieces = |bytes: usize| (bytes / PIECE_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            all: Arc::new(Semaphore::new(pieces(bytes_max))),
            pieces_each: pieces(bytes_each),
            callers: Mutex::default(),
        })
    }

    fn of(&self, caller: &str) -> Arc<Semaphore> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = callers.get(caller).and_then(Weak::upgrade) {
            return own;
        }
        if callers.len() >= CALLERS_MAX {
            callers.retain(|_, own| own.strong_count() > 0);
        }
        let own = Arc::new(Semaphore::new(self.pieces_each));
        callers.insert(caller.to_owned(), Arc::downgrade(&own));
        own
    }
}

impl Share {
    fn new(budget: &Arc<Budget>, caller: &str) -> Self {
        Self { budget: budget.clone(), caller: caller.to_owned(), own: budget.of(caller), bytes: 0, permits: None }
    }

    /// Makes the share larger, waiting until there is room: first among what is the caller's own, so that who waits for
    /// itself stands in nobody's way.
    pub(crate) async fn grow(&mut self, bytes: usize) {
        let more = self.pieces_for(bytes);
        if more == 0 {
            return;
        }
        // The semaphores are never closed.
        let Ok(own) = self.own.clone().acquire_many_owned(more).await else { return };
        let Ok(all) = self.budget.all.clone().acquire_many_owned(more).await else { return };
        self.add(own, all, bytes);
    }

    fn try_grow(&mut self, bytes: usize) -> bool {
        let more = self.pieces_for(bytes);
        let own = self.own.clone().try_acquire_many_owned(more);
        let all = self.budget.all.clone().try_acquire_many_owned(more);
        let (Ok(own), Ok(all)) = (own, all) else { return false };
        self.add(own, all, bytes);
        true
    }

    /// How many pieces more the share has when it is so much larger.
    fn pieces_for(&mut self, bytes: usize) -> u32 {
        let after = self.bytes.saturating_add(bytes);
        let more = after.div_ceil(PIECE_BYTES) - self.bytes.div_ceil(PIECE_BYTES);
        if more == 0 {
            self.bytes = after;
        }
        u32::try_from(more).unwrap_or(u32::MAX)
    }

    fn add(&mut self, own: OwnedSemaphorePermit, all: OwnedSemaphorePermit, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        match &mut self.permits {
            Some((held_own, held_all)) => {
                held_own.merge(own);
                held_all.merge(all);
            }
            None => self.permits = Some((own, all)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(pieces: usize, each: usize, held: usize) -> Memory {
        let budget = |all, each| Budget::new(all * PIECE_BYTES, each * PIECE_BYTES);
        Memory { flowing: budget(pieces, each), held: budget(held, held) }
    }

    #[tokio::test]
    async fn who_wants_more_than_is_left_waits_for_others() {
        let memory = memory(10, 10, 1);
        let (mut first, mut second) = (memory.share("a"), memory.share("b"));
        first.grow(1).await;
        first.grow(8 * PIECE_BYTES).await;
        let mut waiting = Box::pin(second.grow(2 * PIECE_BYTES));
        assert!(once(&mut waiting).await.is_none());
        drop(first);
        waiting.await;
        assert_eq!(memory.flowing.all.available_permits(), 8);
    }

    #[tokio::test]
    async fn a_caller_that_takes_its_part_makes_only_itself_wait() {
        let memory = memory(10, 4, 1);
        let (mut first, mut again, mut other) = (memory.share("a"), memory.share("a"), memory.share("b"));
        first.grow(4 * PIECE_BYTES).await;
        let mut waiting = Box::pin(again.grow(PIECE_BYTES));
        assert!(once(&mut waiting).await.is_none());
        assert!(once(&mut Box::pin(other.grow(4 * PIECE_BYTES))).await.is_some());
        drop(first);
        waiting.await;
    }

    #[tokio::test]
    async fn what_waits_for_a_person_has_a_budget_of_its_own() {
        let memory = memory(10, 10, 3);
        let (mut first, mut second) = (memory.share("a"), memory.share("b"));
        first.grow(2 * PIECE_BYTES).await;
        second.grow(2 * PIECE_BYTES).await;
        assert!(memory.hold(&mut first));
        assert_eq!(memory.flowing.all.available_permits(), 8);
        assert!(!memory.hold(&mut second), "there is no room for it");
        assert_eq!((memory.flowing.all.available_permits(), memory.held.all.available_permits()), (8, 1));
        drop((first, second));
        assert_eq!((memory.flowing.all.available_permits(), memory.held.all.available_permits()), (10, 3));
    }

    /// Polls once.
    async fn once(future: &mut (impl Future<Output = ()> + Unpin)) -> Option<()> {
        tokio::select! {
            biased;
            () = future => Some(()),
            () = std::future::ready(()) => None,
        }
    }
}
