//! Guards a streamed answer: whole events go out in their order and unchanged, each as soon as all text in it is safe
//! (pure).

use super::channel::Channel;
use super::judge::{Cut, Judge, Treatment};
use super::whole::{credentials, everything};
use gnomon_dialects::{Delta, Edit, Event, EventReader, rewrite_event};
use gnomon_policy::{Tokens, redact};
use gnomon_types::conversation::{DialectName, Usage};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Events held back at one time, in bytes. The scanner bounds the text that is held; this bounds what stands around it.
const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Texts of one answer that run over several events at one time.
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
    /// New texts for those that came whole.
    edits: Vec<Edit>,
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
            let mut texts = Vec::new();
            let mut edits = Vec::new();
            let (running, whole): (Vec<Delta>, Vec<Delta>) =
                event.deltas.into_iter().partition(|delta| delta.channel.is_some());
            for delta in running {
                let Some(number) = delta.channel else { continue };
                let channel = self.channels.entry(number).or_insert_with(|| Channel::new(judge));
                channel.push(&delta.text, judge, &mut self.tokens)?;
                texts.push(Piece { channel: number, end: channel.end(), span: delta.span });
            }
            // Before the texts that repeat what was said on a channel, so that what is in both is counted there.
            self.close(&event.closes, judge)?;
            for delta in whole {
                edits.extend(self.whole(&delta, judge)?.map(|text| Edit { span: delta.span, text }));
            }
            self.held_bytes += event.raw.len();
            self.held.push_back(Held { raw: event.raw, texts, edits });
            if event.last {
                self.settle(judge)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, closes: &[u32], judge: &mut Judge) -> Result<(), Cut> {
        for number in closes {
            let Some(channel) = self.channels.get_mut(number) else { continue };
            channel.close(judge, &mut self.tokens)?;
            // All of it was given out before: no later event takes it away.
            if channel.is_done() {
                self.channels.remove(number);
            }
        }
        Ok(())
    }

    /// The new text of one that came whole, if it needs one.
    fn whole(&mut self, delta: &Delta, judge: &mut Judge) -> Result<Option<String>, Cut> {
        let findings = if delta.is_label {
            credentials(&delta.text, judge)
        } else {
            everything(&delta.text, delta.is_definition, judge)?
        };
        let mut replaced = Vec::new();
        for finding in findings {
            let treatment = if delta.repeats { judge.treat_repeat(&finding)? } else { judge.treat(&finding)? };
            match treatment {
                Treatment::Keep => {}
                Treatment::Replace => replaced.push(finding),
            }
        }
        Ok((!replaced.is_empty()).then(|| redact(&delta.text, &replaced, &mut self.tokens)))
    }

    fn settle(&mut self, judge: &mut Judge) -> Result<(), Cut> {
        self.channels.values_mut().try_for_each(|channel| channel.settle(judge, &mut self.tokens))
    }

    fn release(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.held.front().is_some_and(|held| self.is_safe(held)) {
            let Some(held) = self.held.pop_front() else { break };
            self.held_bytes -= held.raw.len();
            let mut edits = held.edits;
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
