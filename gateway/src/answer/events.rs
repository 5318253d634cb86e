//! Guards a streamed answer: whole events go out in their order and unchanged, each as soon as all text in it is safe
//! (pure).

use super::channel::Channel;
use super::deltas;
use super::joints::{Found, Message};
use super::judge::{Cut, Judge, Treatment};
use gnomon_dialects::{Delta, Edit, Event, EventReader, rewrite_event};
use gnomon_types::conversation::{DialectName, Usage};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Events held back at one time, in bytes. The scanner bounds the text that is held; this bounds what stands around it.
const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Texts of one answer that run over several events at one time.
const CHANNELS_MAX: usize = 1024;

/// Shorter shares of a match are not looked for in the texts that repeat a block: they stand anywhere.
const SHARE_BYTES_MIN: usize = 4;

/// The guard of one streamed answer.
pub(crate) struct EventGuard {
    reader: EventReader,
    channels: BTreeMap<u32, Channel>,
    messages: BTreeMap<u32, Message>,
    /// The message of each channel that is a block of one.
    message_of: BTreeMap<u32, u32>,
    /// Shares of matches that were replaced at a joint.
    shares: Vec<Share>,
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
    /// New texts for those that came whole.
    edits: Vec<Edit>,
    /// Texts that say again what came in pieces.
    repeats: Vec<(Range<usize>, String)>,
}

/// One block's share of a match over a joint, which later events may repeat with all of the block.
struct Share {
    text: String,
    token: String,
    /// It stands at the end of its block, or else at the beginning.
    is_end: bool,
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
            messages: BTreeMap::new(),
            message_of: BTreeMap::new(),
            shares: Vec::new(),
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
        let out = self.release();
        if self.held_bytes > HELD_BYTES_MAX || self.channels.len() > CHANNELS_MAX {
            return Err(judge.cut("answer-stream", "the answer's stream holds back too much"));
        }
        Ok(out)
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
            judge.declare(&event.declared)?;
            judge.call(&event.calls)?;
            let mut texts = Vec::new();
            let (running, whole): (Vec<Delta>, Vec<Delta>) =
                event.deltas.into_iter().partition(|delta| delta.channel.is_some());
            for delta in running {
                texts.extend(self.piece(delta, judge)?);
            }
            // Before the texts that repeat what was said on a channel, so that what is in both is counted there.
            self.close(&event.closes, judge)?;
            let said = deltas::read(whole, judge)?;
            self.held_bytes += event.raw.len();
            self.held.push_back(Held { raw: event.raw, texts, edits: said.edits, repeats: said.repeats });
            if event.last {
                self.settle(judge)?;
            }
        }
        Ok(())
    }

    /// Takes a piece of a running text, which may be one block among several of a message.
    fn piece(&mut self, delta: Delta, judge: &mut Judge) -> Result<Option<Piece>, Cut> {
        let Some(number) = delta.channel else { return Ok(None) };
        let channel = self.channels.entry(number).or_insert_with(|| Channel::new(judge));
        let start = channel.end();
        channel.push(&delta.text, judge)?;
        let (end, open_bytes) = (channel.end(), channel.end() - channel.safe_to());
        if let Some(name) = delta.message {
            self.message_of.insert(number, name);
            let message = self.messages.entry(name).or_default();
            let before = message.current().filter(|before| *before != number);
            let found = message.push(number, start, &delta.text, open_bytes, judge);
            // The joint is scanned now, and says how far the block before may go out.
            before.and_then(|before| self.channels.get_mut(&before)).into_iter().for_each(Channel::let_go);
            self.cover(found, judge)?;
        }
        Ok(Some(Piece { channel: number, end, span: delta.span }))
    }

    /// Replaces what was found over joints.
    fn cover(&mut self, found: Found, judge: &mut Judge) -> Result<(), Cut> {
        for across in found.across {
            if judge.treat(&across.finding)? == Treatment::Keep {
                continue;
            }
            let last = across.shares.len().saturating_sub(1);
            for (place, (number, share)) in across.shares.into_iter().enumerate() {
                let channel = self.channels.get_mut(&number);
                let covered = channel.and_then(|channel| channel.cover(share, &across.finding.type_, judge));
                let (is_end, shares) = (place < last, &mut self.shares);
                let telling = covered.filter(|(text, _)| text.len() >= SHARE_BYTES_MIN);
                shares.extend(telling.map(|(text, token)| Share { text, token, is_end }));
            }
        }
        if found.exhausted {
            return Err(judge.cut("answer-scan", "what is encoded in the answer is too much to be looked through"));
        }
        Ok(())
    }

    fn close(&mut self, closes: &[u32], judge: &mut Judge) -> Result<(), Cut> {
        for number in closes {
            let Some(channel) = self.channels.get_mut(number) else { continue };
            if self.message_of.contains_key(number) {
                channel.close_block(judge)?
            } else {
                channel.close(judge)?
            }
            // All of it was given out before: no later event takes it away.
            if channel.is_done() {
                self.channels.remove(number);
            }
        }
        Ok(())
    }

    fn settle(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        let found: Vec<Found> = self.messages.values_mut().map(Message::settle).collect();
        found.into_iter().try_for_each(|found| self.cover(found, judge))?;
        self.channels.values_mut().try_for_each(|channel| channel.settle(judge))
    }

    fn release(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.held.front().is_some_and(|held| self.is_safe(held)) {
            let Some(held) = self.held.pop_front() else { break };
            self.held_bytes -= held.raw.len();
            let mut edits = held.edits;
            self.cover_repeats(held.repeats, &mut edits);
            edits.extend(self.edits(&held.texts));
            if edits.is_empty() {
                out.extend_from_slice(&held.raw);
            } else {
                out.extend(rewrite_event(&held.raw, &edits));
            }
        }
        out
    }

    fn is_safe(&self, held: &Held) -> bool {
        let safe = |piece: &Piece| {
            let channel = self.channels.get(&piece.channel);
            channel.is_some_and(|channel| piece.end <= channel.safe_to().min(self.joint_of(piece.channel)))
        };
        held.texts.iter().all(safe)
    }

    /// How far a channel may go out by the joints of its message.
    fn joint_of(&self, channel: u32) -> usize {
        let message = self.message_of.get(&channel).and_then(|message| self.messages.get(message));
        message.map_or(usize::MAX, |message| message.safe_to(channel))
    }

    /// The events that end a block say all of it again, so a share of a match stands at its beginning or end.
    fn cover_repeats(&self, repeats: Vec<(Range<usize>, String)>, edits: &mut Vec<Edit>) {
        for (span, text) in repeats {
            let covered = self.shares.iter().fold(text.clone(), |text, share| share.covered(text));
            if covered != text {
                edits.retain(|edit| edit.span != span);
                edits.push(Edit { span, text: covered });
            }
        }
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

impl Share {
    fn covered(&self, text: String) -> String {
        let (token, share) = (self.token.as_str(), self.text.as_str());
        let rest = if self.is_end { text.strip_suffix(share) } else { text.strip_prefix(share) };
        match rest {
            Some(rest) if self.is_end => format!("{rest}{token}"),
            Some(rest) => format!("{token}{rest}"),
            None => text,
        }
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
    fn a_response_that_names_many_tools_is_not_cut() {
        let property = |n: usize| (format!("p{n}"), serde_json::json!({"type": "string", "description": "Some text"}));
        let tool = |n: usize| {
            let properties: serde_json::Map<String, serde_json::Value> = (0..30).map(property).collect();
            serde_json::json!({"type": "function", "name": format!("tool{n}"), "description": "Does this",
                "parameters": {"type": "object", "properties": properties}})
        };
        let tools: Vec<serde_json::Value> = (0..60).map(tool).collect();
        let created = serde_json::json!({"type": "response.created", "response": {"id": "resp_1", "tools": tools}});
        let stream = format!("data: {created}\n\n").repeat(2);
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiResponses), judge());
        assert_eq!(guard.push(stream.as_bytes(), &mut judge).unwrap(), stream.as_bytes());
        assert!(guard.channels.is_empty());
    }

    #[test]
    fn a_secret_that_the_last_events_repeat_is_one_finding() {
        let text = format!("key {} ok", secret());
        let at = serde_json::json!({"item_id": "i", "output_index": 0, "content_index": 0});
        let event = |more: serde_json::Value| {
            let mut event = at.clone();
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            format!("data: {event}\n\n")
        };
        let part = serde_json::json!({"type": "output_text", "text": text});
        let stream = [
            event(serde_json::json!({"type": "response.output_text.delta", "delta": text})),
            event(serde_json::json!({"type": "response.output_text.done", "text": text})),
            event(serde_json::json!({"type": "response.content_part.done", "part": part})),
            event(serde_json::json!({"type": "response.completed", "response": {"output": [{"content": [part]}]}})),
        ];
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiResponses), judge());
        let out = String::from_utf8(guard.push(stream.concat().as_bytes(), &mut judge).unwrap()).unwrap();
        assert!(!out.contains(&secret()), "{out}");
        assert_eq!(judge.findings.values().sum::<u64>(), 1);
    }

    #[test]
    fn a_credential_that_stands_as_an_identifier_does_not_get_out() {
        let chunk = serde_json::json!({"id": secret(), "object": "chat.completion.chunk", "choices": []});
        let (out, judge) = guarded(&format!("data: {chunk}\n\n"), 10_000);
        assert!(!out.contains(&secret()), "{out}");
        assert_eq!(judge.findings.values().sum::<u64>(), 1);
    }

    #[test]
    fn what_cannot_be_read_cuts_the_stream() {
        let (mut guard, mut judge) = (EventGuard::new(DialectName::OpenaiChat), judge());
        assert_eq!(guard.push(b"data: {\"a\":1,\"a\":2}\n\n", &mut judge).unwrap_err(), Cut);
        assert_eq!(judge.reasons.first().unwrap().rule, "answer-stream");
    }
}
