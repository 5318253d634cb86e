//! Guards a streamed answer: whole events go out in their order and unchanged, each as soon as all text in it is safe
//! (pure).

use super::channel::Channel;
use super::judge::{Cut, Judge};
use gnomon_detect::Tokens;
use gnomon_dialects::{Edit, Event, EventReader, rewrite_event};
use gnomon_types::conversation::{DialectName, Usage};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Events held back at one time, in bytes. The scanner bounds the text that is held; this bounds what stands around it.
const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Running texts of one answer.
const CHANNELS_MAX: usize = 1024;

/// The guard of one streamed answer.
pub(crate) struct EventGuard {
    reader: EventReader,
    channels: BTreeMap<u32, Channel>,
    tokens: Tokens,
    held: VecDeque<Held>,
    held_bytes: usize,
    /// The model that the upstream names.
    pub(crate) model: Option<String>,
    /// Tokens used, as the upstream tells.
    pub(crate) usage: Option<Usage>,
}

struct Held {
    raw: Vec<u8>,
    texts: Vec<Piece>,
}

/// A piece of a channel's text in an event.
struct Piece {
    channel: u32,
    end: usize,
    span: Range<usize>,
}

impl EventGuard {
    /// A guard for a dialect's stream.
    pub(crate) fn new(dialect: DialectName) -> Self {
        Self {
            reader: EventReader::new(dialect),
            channels: BTreeMap::new(),
            tokens: Tokens::default(),
            held: VecDeque::new(),
            held_bytes: 0,
            model: None,
            usage: None,
        }
    }

    /// Takes bytes of the stream and gives the bytes that may go out.
    pub(crate) fn push(&mut self, bytes: &[u8], judge: &mut Judge) -> Result<Vec<u8>, Cut> {
        let Ok(events) = self.reader.push(bytes) else {
            return Err(judge.cut("answer-stream", "the answer's stream cannot be read"));
        };
        self.take_in(events, judge)?;
        if self.held_bytes > HELD_BYTES_MAX || self.channels.len() > CHANNELS_MAX {
            return Err(judge.cut("answer-stream", "the answer's stream holds back too much"));
        }
        Ok(self.release())
    }

    /// What the stream told about itself, for ending it early.
    pub(crate) fn into_reader(self) -> EventReader {
        self.reader
    }

    /// The stream's end: gives what is left.
    pub(crate) fn finish(&mut self, judge: &mut Judge) -> Result<Vec<u8>, Cut> {
        let events = self.reader.finish();
        self.take_in(events, judge)?;
        self.settle(judge)?;
        Ok(self.release())
    }

    fn take_in(&mut self, events: Vec<Event>, judge: &mut Judge) -> Result<(), Cut> {
        for event in events {
            self.model = event.model.or_else(|| self.model.take());
            self.usage = event.usage.or(self.usage);
            let mut texts = Vec::with_capacity(event.deltas.len());
            for delta in event.deltas {
                let channel = self.channels.entry(delta.channel).or_insert_with(|| Channel::new(judge));
                channel.push(&delta.text, judge, &mut self.tokens)?;
                texts.push(Piece { channel: delta.channel, end: channel.end(), span: delta.span });
            }
            for closed in &event.closes {
                if let Some(channel) = self.channels.get_mut(closed) {
                    channel.close(judge, &mut self.tokens)?;
                }
            }
            self.held_bytes += event.raw.len();
            self.held.push_back(Held { raw: event.raw, texts });
            if event.last {
                self.settle(judge)?;
            }
        }
        Ok(())
    }

    fn settle(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        self.channels.values_mut().try_for_each(|channel| channel.settle(judge, &mut self.tokens))
    }

    fn release(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.held.front().is_some_and(|held| self.is_safe(held)) {
            let Some(held) = self.held.pop_front() else { break };
            self.held_bytes -= held.raw.len();
            let edits = self.edits(&held.texts);
            if edits.is_empty() {
                out.extend_from_slice(&held.raw);
            } else {
                out.extend(rewrite_event(&held.raw, &edits));
            }
        }
        out
    }

    fn is_safe(&self, held: &Held) -> bool {
        let safe =
            |piece: &Piece| self.channels.get(&piece.channel).is_some_and(|channel| piece.end <= channel.safe_to());
        held.texts.iter().all(safe)
    }

    fn edits(&mut self, texts: &[Piece]) -> Vec<Edit> {
        let mut edits = Vec::new();
        for piece in texts {
            let Some(channel) = self.channels.get_mut(&piece.channel) else { continue };
            let given = channel.take(piece.end);
            if channel.is_done() {
                self.channels.remove(&piece.channel);
            }
            if given.changed {
                edits.push(Edit { span: piece.span.clone(), text: given.text });
            }
        }
        edits
    }
}
