//! Brings an upstream's answer to the client, scanned on the way.
//!
//! Five ways: `Bare` has no body, `Events` is a stream of server-sent events and `Lines` one of JSON lines, `Whole` is an
//! answer in JSON, `Plain` is anything else of an API that we do not know. What cannot be read where it must be read does not pass.

mod channel;
mod deltas;
mod events;
mod joints;
mod judge;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod leaks;
mod plain;
#[cfg(test)]
mod restoring;
mod way;
mod whole;

pub(crate) use judge::Judge;
pub(crate) use way::has_events;

use crate::client::{Client, Gone};
use crate::definitions::Definitions;
use crate::exchange::{Answer, ReadError};
use crate::head;
use crate::headers::{self, Bytes as Length, Stamp};
use crate::memory::Share;
use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use events::EventGuard;
use gnomon_dialects::EventReader;
use gnomon_types::code::Code;
use gnomon_types::conversation::{DialectName, Usage};
use judge::Cut;
use plain::PlainGuard;
use std::time::Duration;
use way::{Way, is_encoded, way};
use whole::Guarded;

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All of it reached the client.
    Complete,
    /// Policy stopped it.
    CutByPolicy,
    /// The client left.
    ClientGone,
    /// The upstream broke off, or sent what cannot be passed on.
    UpstreamError,
    /// The upstream fell silent.
    UpstreamTimeout,
}

impl End {
    /// The word in outcome records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::CutByPolicy => "cut_by_policy",
            Self::ClientGone => "client_gone",
            Self::UpstreamError => "upstream_error",
            Self::UpstreamTimeout => "upstream_timeout",
        }
    }
}

/// What came of an answer.
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) end: End,
    /// Bytes received from the upstream.
    pub(crate) bytes: u64,
    /// The model that the upstream names.
    pub(crate) model: Option<String>,
    /// Tokens used, as the upstream tells.
    pub(crate) usage: Option<Usage>,
    /// The judge with all it saw.
    pub(crate) judge: Judge,
    /// What the client is still to be told. The answer was not begun then, or is a stream that can end with it.
    pub(crate) refusal: Option<Refusal>,
    /// What a stream told about itself, when events of it went out.
    pub(crate) stream: Option<EventReader>,
}

/// What the relay of an answer needs to know.
pub(crate) struct Relay<'a> {
    pub(crate) client: &'a mut Client,
    /// Where lists of tools are kept.
    pub(crate) definitions: &'a Definitions,
    pub(crate) answer: Answer,
    pub(crate) dialect: DialectName,
    pub(crate) stamp: &'a Stamp,
    pub(crate) judge: Judge,
    pub(crate) answer_bytes_max: usize,
    pub(crate) inline_bytes_max: usize,
    /// For an answer that must be read whole.
    pub(crate) share: Share,
}

/// How long an answer that must be read whole waits for memory.
const MEMORY_TIME: Duration = Duration::from_secs(60);

/// Brings the answer to the client.
pub(crate) async fn relay(relay: Relay<'_>) -> Ended {
    let (way, mut run) = Run::begin(relay);
    let result = match way {
        // A held stream was begun by us: only a stream of the same dialect can follow.
        Ok(way) if run.client.started() && way != Way::Events => Err(run.not_a_stream()),
        Ok(Way::Bare) => run.bare().await,
        Ok(Way::Events) => run.events(EventGuard::new(run.dialect)).await,
        Ok(Way::Lines) => run.events(EventGuard::lines(run.dialect)).await,
        Ok(Way::Whole) => run.whole().await,
        Ok(Way::Plain) => run.plain().await,
        Err(unreadable) => Err(unreadable),
    };
    run.close(result).await
}

/// Why an answer stopped before its end.
enum Halt {
    Gone,
    Read(ReadError),
    Cut(Cut),
    /// The upstream sent something that cannot be passed on.
    Unusable(String),
}

impl From<Gone> for Halt {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<Cut> for Halt {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

struct Run<'a> {
    client: &'a mut Client,
    definitions: &'a Definitions,
    answer: Answer,
    dialect: DialectName,
    stamp: Stamp,
    judge: Judge,
    answer_bytes_max: usize,
    inline_bytes_max: usize,
    share: Share,
    bytes: u64,
    model: Option<String>,
    usage: Option<Usage>,
    begun: bool,
    stream: Option<EventReader>,
}

impl<'a> Run<'a> {
    fn begin(relay: Relay<'a>) -> (Result<Way, Halt>, Self) {
        let way = way(relay.dialect, &relay.answer, relay.client.wants_head_only());
        let run = Self {
            client: relay.client,
            definitions: relay.definitions,
            answer: relay.answer,
            dialect: relay.dialect,
            stamp: relay.stamp.clone(),
            judge: relay.judge,
            answer_bytes_max: relay.answer_bytes_max,
            inline_bytes_max: relay.inline_bytes_max,
            share: relay.share,
            bytes: 0,
            model: None,
            usage: None,
            begun: false,
            stream: None,
        };
        (way, run)
    }

    async fn bare(&mut self) -> Result<(), Halt> {
        self.send_head(Length::Same).await?;
        while self.next().await?.is_some() {}
        Ok(())
    }

    async fn events(&mut self, mut guard: EventGuard) -> Result<(), Halt> {
        if !self.client.started() {
            self.send_head(Length::MayChange).await?;
        }
        let result = self.pump_events(&mut guard).await;
        self.model = guard.model.take();
        self.usage = guard.usage;
        self.stream = Some(guard.into_reader());
        result
    }

    async fn pump_events(&mut self, guard: &mut EventGuard) -> Result<(), Halt> {
        while let Some(piece) = self.next().await? {
            let out = guard.push(&piece, &mut self.judge)?;
            self.send(out).await?;
        }
        let out = guard.finish(&mut self.judge)?;
        self.send(out).await
    }

    async fn plain(&mut self) -> Result<(), Halt> {
        let encoded = is_encoded(&self.answer);
        // Encoded bytes are no text, whatever their type says.
        let content_type = if encoded {
            Some("application/octet-stream")
        } else {
            head::text(&self.answer.head().headers, "content-type")
        };
        let mut guard = PlainGuard::new(content_type, &mut self.judge);
        self.send_head(if guard.inspects() { Length::MayChange } else { Length::Same }).await?;
        while let Some(piece) = self.next().await? {
            if guard.inspects() {
                let out = guard.push(&piece, &mut self.judge)?;
                self.send(out).await?;
            } else {
                self.begun = true;
                self.client.body(piece).await?;
            }
        }
        let out = guard.finish(&mut self.judge)?;
        self.send(out).await
    }

    async fn whole(&mut self) -> Result<(), Halt> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.next().await? {
            if body.len() + piece.len() > self.answer_bytes_max {
                return Err(Halt::Unusable(format!(
                    "the upstream's answer is larger than {} bytes",
                    self.answer_bytes_max
                )));
            }
            self.make_room(piece.len()).await?;
            body.extend_from_slice(&piece);
        }
        let body = body.freeze();
        let guarded = self.guard_whole(body.clone()).await?;
        self.model = guarded.model;
        self.usage = guarded.usage;
        let (length, body) = match guarded.changed {
            Some(changed) => (Length::Now(changed.len()), Bytes::from(changed)),
            None => (Length::Same, body),
        };
        self.stamp.verdict = self.stamp.verdict.max(self.judge.verdict);
        self.keep_list();
        self.send_head(length).await?;
        self.begun = true;
        self.client.body(body).await.map_err(Halt::from)
    }

    /// Waits for memory, but neither for ever nor for a client that left: each of many such answers may wait for another.
    async fn make_room(&mut self, bytes: usize) -> Result<(), Halt> {
        tokio::select! {
            biased;
            room = tokio::time::timeout(MEMORY_TIME, self.share.grow(bytes)) => {
                room.map_err(|_| Halt::Unusable("too many answers are in memory at this time".to_owned()))
            }
            () = self.client.gone() => Err(Halt::Gone),
        }
    }

    /// Scans a whole answer, a long one off the workers.
    async fn guard_whole(&mut self, body: Bytes) -> Result<Guarded, Halt> {
        let dialect = self.dialect;
        if body.len() <= self.inline_bytes_max {
            return Ok(whole::guard(dialect, &body, &mut self.judge)?);
        }
        let mut judge = self.judge.clone();
        let work = tokio::task::spawn_blocking(move || {
            let guarded = whole::guard(dialect, &body, &mut judge);
            (judge, guarded)
        });
        // The pool drops a scan only when it panicked: fail closed.
        let (judge, guarded) =
            work.await.map_err(|_| Halt::Unusable("the answer could not be inspected".to_owned()))?;
        self.judge = judge;
        Ok(guarded?)
    }

    /// The next piece of the answer, unless the client leaves first.
    async fn next(&mut self) -> Result<Option<Bytes>, Halt> {
        let piece = tokio::select! {
            biased;
            piece = self.answer.read() => piece.map_err(Halt::Read)?,
            () = self.client.gone() => return Err(Halt::Gone),
        };
        let length = piece.as_ref().map_or(0, Bytes::len);
        self.bytes = self.bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        Ok(piece)
    }

    async fn send_head(&mut self, length: Length) -> Result<(), Halt> {
        let unusable = |_| Halt::Unusable("the upstream's answer has a head that cannot be passed on".to_owned());
        let head = headers::towards_client(self.answer.head(), length, &self.stamp).map_err(unusable)?;
        Ok(self.client.head(head).await?)
    }

    async fn send(&mut self, out: Vec<u8>) -> Result<(), Halt> {
        self.begun |= !out.is_empty();
        self.keep_list();
        Ok(self.client.body(Bytes::from(out)).await?)
    }

    /// Keeps what a tool server lists before the client has it: its next call is held against that.
    fn keep_list(&mut self) {
        let listed = self.judge.take_listed();
        if !listed.is_empty() {
            self.definitions.list(self.judge.service(), &listed, self.judge.named_offers());
        }
    }

    fn not_a_stream(&self) -> Halt {
        Halt::Unusable(format!(
            "the upstream answered with status {} and no stream",
            self.answer.head().status.as_u16()
        ))
    }

    async fn close(mut self, result: Result<(), Halt>) -> Ended {
        self.keep_list();
        let (end, refusal) = match result {
            Ok(()) => (self.complete().await, None),
            Err(Halt::Gone) => (End::ClientGone, None),
            Err(Halt::Read(error)) => self.upstream_failed(error),
            Err(Halt::Cut(_)) => (End::CutByPolicy, Some(self.denial())),
            Err(Halt::Unusable(why)) => {
                (End::UpstreamError, Some(Refusal::new(Code::UpstreamUnreachable, "answer", why)))
            }
        };
        if end == End::Complete {
            self.answer.release().await;
        } else {
            self.answer.cut().await;
        }
        // An answer of an unknown API that has begun has no last event that could tell: it ends as broken.
        let silent = refusal.is_some() && self.client.started() && !has_events(self.dialect);
        if silent || (refusal.is_none() && end != End::Complete && self.client.started()) {
            self.client.break_off().await;
        }
        Ended {
            end,
            bytes: self.bytes,
            model: self.model,
            usage: self.usage,
            judge: self.judge,
            refusal: refusal.filter(|_| !silent),
            stream: self.stream.filter(|_| self.begun),
        }
    }

    async fn complete(&mut self) -> End {
        if self.client.end().await.is_ok() { End::Complete } else { End::ClientGone }
    }

    fn upstream_failed(&self, error: ReadError) -> (End, Option<Refusal>) {
        let (end, code, message) = match error {
            ReadError::Broken => (End::UpstreamError, Code::UpstreamUnreachable, "the upstream broke its answer off"),
            ReadError::Timeout => {
                (End::UpstreamTimeout, Code::UpstreamTimeout, "the upstream did not finish its answer in time")
            }
        };
        // A stream in which events went out is broken off, so that no client takes it for the whole.
        let can_tell = !self.client.started() || (has_events(self.dialect) && !self.begun);
        (end, can_tell.then(|| Refusal::new(code, "answer", message)))
    }

    fn denial(&self) -> Refusal {
        Refusal::new(Code::Denied, "answer", self.judge.message())
    }
}
