//! What an answer calls, held against the tools that its request offered.

use super::toolbox::Toolbox;
use super::{Checker, LOOKS_MAX, Offer, ToolFacts, Undeclared, compare, declared_in, holds_foreign, read_arguments};
use crate::snapshot::Snapshot;
use gnomon_types::conversation::{Conversation, ToolCall};
use gnomon_types::ids::CallerId;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Different calls of one answer that are judged.
const CALLS_MAX: usize = 4096;

/// What a request said, as far as policies may ask about the answer to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    pub(crate) tools: Toolbox,
    pub(crate) offers: Vec<(String, Offer)>,
    pub(crate) untrusted_content: bool,
    pub(crate) unseen_history: bool,
    pub(crate) approved: bool,
}

impl Asked {
    /// What is kept of a request as it leaves.
    pub(crate) fn new(conversation: &Conversation, body: &[u8], offers: &[(String, Offer)], approved: bool) -> Self {
        Self {
            tools: Toolbox::offered(&conversation.tools, body),
            offers: offers.to_vec(),
            untrusted_content: holds_foreign(conversation),
            unseen_history: conversation.unseen_history,
            approved,
        }
    }
}

/// The calls of an answer so far.
#[derive(Debug, Clone, Default)]
pub struct Called {
    pub(crate) facts: ToolFacts,
    known: BTreeSet<[u8; 32]>,
    looks: u64,
}

/// What came of taking calls in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The answer said them before.
    Known,
    /// It must be judged again.
    New,
    /// There are more than can be judged.
    TooMany,
}

impl Called {
    /// Takes in calls as the caller would get them.
    pub fn take(&mut self, calls: Vec<ToolCall>, asked: &Asked, caller: &CallerId, snapshot: &Snapshot) -> Taken {
        let calls: Vec<ToolCall> = calls.into_iter().filter(|call| self.known.insert(key(call))).collect();
        if calls.is_empty() {
            return Taken::Known;
        }
        if self.known.len() > CALLS_MAX {
            return Taken::TooMany;
        }
        let inner = snapshot.inner();
        let facts = &mut self.facts;
        facts.calls.extend(calls.iter().map(|call| call.name.clone()));
        // Tools that stand where we do not see them may be offered too.
        if !(asked.tools.is_empty() && asked.unseen_history) {
            let declared = declared_in(&asked.tools, &calls, inner);
            let mut looks_left = LOOKS_MAX.saturating_sub(self.looks);
            compare(
                &calls,
                &declared,
                Undeclared::MayBeOfProvider,
                Checker { caller, inner, looks_left: &mut looks_left },
                facts,
            );
            self.looks = LOOKS_MAX.saturating_sub(looks_left);
        }
        facts.outbound_tools |= calls.iter().any(|call| asked.tools.can_send(&call.name));
        let held = inner.conditions.held(asked.tools.names(), &calls, read_arguments);
        facts.like.extend(held);
        if inner.asks_arguments {
            calls.iter().for_each(|call| facts.arguments.add(call, read_arguments(&call.arguments).as_ref()));
        }
        let is_called = |name: &String| calls.iter().any(|call| call.name == *name);
        let offers: Vec<(String, Offer)> = asked.offers.iter().filter(|(name, _)| is_called(name)).cloned().collect();
        facts.add_offers(&offers);
        Taken::New
    }

    /// The definitions of the tools that are called.
    pub(crate) fn offers<'o>(&self, asked: &'o Asked) -> impl Iterator<Item = &'o Offer> {
        let meant = asked.offers.iter().filter(|(name, _)| self.facts.calls.contains(name));
        meant.map(|(_, offer)| offer)
    }
}

fn key(call: &ToolCall) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in [call.name.as_bytes(), call.arguments.as_bytes()] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}
