//! The memory that bodies and whole answers may take up together. Beyond it requests wait for others to end, each within
//! its own deadlines, instead of the process being killed.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory is shared out in pieces of this size.
const PIECE_BYTES: usize = 4096;

/// What is left to share out.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Arc<Semaphore>);

/// The memory of one body.
#[derive(Debug, Default)]
pub(crate) struct Share {
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// So many bytes to share out.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes_max / PIECE_BYTES).clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Makes a share larger, waiting until there is room.
    pub(crate) async fn grow(&self, share: &mut Share, bytes: usize) {
        let before = share.bytes.div_ceil(PIECE_BYTES);
        share.bytes = share.bytes.saturating_add(bytes);
        let more = u32::try_from(share.bytes.div_ceil(PIECE_BYTES) - before).unwrap_or(u32::MAX);
        if more == 0 {
            return;
        }
        // The semaphore is never closed.
        let Ok(permit) = self.0.clone().acquire_many_owned(more).await else { return };
        match &mut share.permit {
            Some(held) => held.merge(permit),
            None => share.permit = Some(permit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_wants_more_than_is_left_waits_for_others() {
        let memory = Memory::new(10 * PIECE_BYTES);
        let (mut first, mut second) = (Share::default(), Share::default());
        memory.grow(&mut first, 1).await;
        memory.grow(&mut first, 8 * PIECE_BYTES).await;
        let mut waiting = Box::pin(memory.grow(&mut second, 2 * PIECE_BYTES));
        assert!(futures_poll(&mut waiting).await.is_none());
        drop(first);
        waiting.await;
        assert_eq!(memory.0.available_permits(), 8);
    }

    /// Polls once.
    async fn futures_poll(future: &mut (impl Future<Output = ()> + Unpin)) -> Option<()> {
        tokio::select! {
            biased;
            () = future => Some(()),
            () = std::future::ready(()) => None,
        }
    }
}
