//! The numbers of tokens over the requests of one conversation, so that a token never stands for another value than before.
//!
//! Most requests hold their conversation from its beginning, and counting gives the same numbers each time. Two do not: a
//! history whose oldest turns were cut off, and one that goes on from an answer the upstream keeps, by its identifier. For
//! these is remembered, per caller, what the values of a text or of an answer were numbered like: bounded, in memory only,
//! and as digests. A conversation of which nothing is remembered, after a restart, is counted from a number of its own.

use crate::memory::Memory;
use gnomon_detect::{Numbering, Tokens};
use gnomon_types::conversation::Part;
use gnomon_types::ids::CallerId;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Texts and answers whose numbers are remembered.
const NUMBERINGS_MAX: usize = 4096;

/// Stands for a caller with one of its texts.
type Key = [u8; 16];

/// What is remembered.
pub(crate) struct Numbers(Memory<Key, Arc<Numbering>>);

impl Numbers {
    pub(crate) fn new() -> Self {
        Self(Memory::new(NUMBERINGS_MAX))
    }

    /// Remembers how values were numbered under an answer's identifier.
    pub(crate) fn note(&self, caller: &CallerId, answer: &str, tokens: &Tokens) {
        if let Some(numbering) = tokens.numbering() {
            self.0.put(key(caller, answer), Arc::new(numbering));
        }
    }
}

/// The tokens of one request.
pub(crate) struct Naming<'a> {
    pub(crate) tokens: Tokens,
    numbers: &'a Numbers,
    caller: &'a CallerId,
    /// What the numbers are to be remembered under.
    keys: BTreeSet<Key>,
}

impl<'a> Naming<'a> {
    pub(crate) fn new(numbers: &'a Numbers, caller: &'a CallerId) -> Self {
        Self { tokens: Tokens::default(), numbers, caller, keys: BTreeSet::new() }
    }

    /// Looks at the parts of a request before values in some of them are replaced.
    pub(crate) fn look_at<'p>(&mut self, parts: &[Part], changed: impl Iterator<Item = &'p Part>) {
        parts.iter().for_each(|part| self.tokens.avoid(&part.text));
        for part in changed {
            self.recall(&part.text);
        }
        self.go_on_from_answer(parts);
    }

    /// The tokens, for the answer and for what follows it, also when nothing was replaced in this request.
    pub(crate) fn conclude(mut self, parts: &[Part]) -> Tokens {
        parts.iter().for_each(|part| self.tokens.avoid(&part.text));
        self.go_on_from_answer(parts);
        if let Some(numbering) = self.tokens.numbering().map(Arc::new) {
            for key in self.keys {
                self.numbers.0.put(key, numbering.clone());
            }
        }
        self.tokens
    }

    fn go_on_from_answer(&mut self, parts: &[Part]) {
        for part in parts.iter().filter(|part| names_conversation(&part.pointer)) {
            if !self.recall(&part.text) {
                self.tokens.begin_behind(base(key(self.caller, &part.text)));
            }
        }
    }

    /// Whether something is remembered under a text.
    fn recall(&mut self, text: &str) -> bool {
        let key = key(self.caller, text);
        if !self.keys.insert(key) {
            return true;
        }
        let known = self.numbers.0.get(&key);
        known.is_some_and(|known| {
            self.tokens.go_on_from(&known);
            true
        })
    }
}

/// Whether a string of a request says from which turns, kept by the upstream, it goes on.
fn names_conversation(pointer: &str) -> bool {
    matches!(pointer, "/previous_response_id" | "/conversation" | "/conversation/id")
}

fn key(caller: &CallerId, text: &str) -> Key {
    let whole = Sha256::new().chain_update(caller.as_str()).chain_update([0]).chain_update(text).finalize();
    whole.first_chunk().copied().unwrap_or_default()
}

/// Where counting begins in a conversation of which nothing is remembered: no other request of it counts near that.
fn base(key: Key) -> usize {
    let low = key.iter().take(4).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    1000 + low % 999_000
}
