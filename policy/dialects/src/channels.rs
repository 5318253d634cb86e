//! The running texts of one answer: which name of a place stands for which channel.

use crate::error::EventError;
use crate::events::CHANNELS_MAX;
use std::collections::BTreeMap;

/// The channels of one answer.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    named: BTreeMap<String, Channel>,
    messages: BTreeMap<String, u32>,
    next: u32,
}

#[derive(Debug, Clone, Copy)]
struct Channel {
    number: u32,
    is_closed: bool,
}

impl Channels {
    /// The number of the channel of this name.
    pub(crate) fn named(&mut self, name: String) -> Result<u32, EventError> {
        if let Some(channel) = self.named.get(&name) {
            return if channel.is_closed { Err(EventError::AfterEnd) } else { Ok(channel.number) };
        }
        if self.named.len() >= CHANNELS_MAX {
            return Err(EventError::TooManyChannels { limit: CHANNELS_MAX });
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.named.insert(name, Channel { number, is_closed: false });
        Ok(number)
    }

    /// The number of a message. There are no more of them than channels.
    pub(crate) fn message(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        *self.messages.entry(name).or_insert(next)
    }

    /// Closes every open channel whose name begins so.
    pub(crate) fn close(&mut self, begins: &str) -> Vec<u32> {
        let open = self.named.range_mut(begins.to_owned()..).take_while(|(name, _)| name.starts_with(begins));
        let mut closed = Vec::new();
        for (_, channel) in open.filter(|(_, channel)| !channel.is_closed) {
            channel.is_closed = true;
            closed.push(channel.number);
        }
        closed
    }
}
