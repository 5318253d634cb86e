//! Guards a streamed answer: whole events go out in their order and unchanged, each as soon as all text in it is safe
//! (pure).

use super::channel::Channel;
use super::judge::{Cut, Judge};
use gnomon_dialects::{Edit, Event, EventReader, rewrite_event};
use gnomon_policy::Tokens;
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
    /// A guard for a dialect's stream of server-sent events.
    pub(crate) fn new(dialect: DialectName) -> Self {
        Self::with(EventReader::new(dialect))
    }

    /// A guard for a dialect's stream of JSON lines.
    pub(crate) fn lines(dialect: DialectName) -> Self {
        Self::with(EventReader::lines(dialect))
    }

    fn with(reader: EventReader) -> Self {
        Self {
            reader,
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

#[cfg(test)]
mod tests {
    use super::super::judge::tests::{judge, secret};
    use super::*;

    fn event(text: &str) -> String {
        let data = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
        format!("data: {data}\n\n")
    }

    /// What comes out of the guard when a stream comes in pieces of a size.
    fn guarded(stream: &str, size: usize) -> (String, Judge) {
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiChat), judge());
        let mut out = Vec::new();
        for piece in stream.as_bytes().chunks(size) {
            out.extend(guard.push(piece, &mut judge).unwrap());
        }
        out.extend(guard.finish(&mut judge).unwrap());
        (String::from_utf8(out).unwrap(), judge)
    }

    #[test]
    fn harmless_events_come_out_as_they_went_in() {
        let stream = format!(
            ": c\n\n{}{}event: x\r\ndata: {{\"y\":1}}\r\n\r\ndata: [DONE]\n\n",
            event("Hello, "),
            event("w\u{f6}rld")
        );
        for size in [1, 5, 10_000] {
            assert_eq!(guarded(&stream, size).0, stream, "pieces of {size}");
        }
    }

    #[test]
    fn a_secret_over_many_events_becomes_one_token_in_the_first_of_them() {
        let secret = secret();
        let letters: String = secret.chars().map(|letter| event(&letter.to_string())).collect();
        let stream = format!("{}{letters}{}data: [DONE]\n\n", event("the key "), event(" is out"));
        let (out, judge) = guarded(&stream, 10_000);
        let token = format!("<{}_1>", judge.findings.keys().next().unwrap().split_once('/').unwrap().1);
        let empty = event("").repeat(secret.len() - 1);
        assert_eq!(out, format!("{}{}{empty}{}data: [DONE]\n\n", event("the key "), event(&token), event(" is out")));
    }

    #[test]
    fn words_go_out_before_the_stream_ends() {
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiChat), judge());
        let first = event("some words flowing ");
        assert_eq!(guard.push(first.as_bytes(), &mut judge).unwrap(), first.as_bytes());
    }

    #[test]
    fn what_cannot_be_read_cuts_the_stream() {
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiChat), judge());
        assert_eq!(guard.push(b"data: {\"a\":1,\"a\":2}\n\n", &mut judge).unwrap_err(), Cut);
        assert_eq!(judge.reasons.first().unwrap().rule, "answer-stream");
    }
}
