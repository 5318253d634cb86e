//! The second half of a request's way: the intent, then the exchange, then the outcome.

use crate::answer::{self, End, Ended, Judge, Relay};
use crate::ask::{Ask, Judged};
use crate::client::Client;
use crate::exchange::{self, Answer, ExchangeError};
use crate::headers::{self, Forward, Stamp};
use crate::hold::Approved;
use crate::metrics::{Count, Took};
use crate::proxy::{Proxy, Visit};
use crate::record::{self, Times};
use crate::refusal::{Refusal, Stop};
use crate::respond::{self, Progress};
use gnomon_dialects::Messages;
use gnomon_policy::ReceiptClaims;
use gnomon_types::code::Code;
use gnomon_types::ids::ApprovalId;
use gnomon_types::record::{ModelChange, Outcome, RecordBody};
use pingora::http::RequestHeader;
use std::time::Instant;

/// An answer that has begun, and who judges it.
struct Coming {
    answer: Answer,
    judge: Judge,
    start: Instant,
}

impl Proxy {
    /// Forwards a request that may leave, and brings its answer back.
    pub(crate) async fn forward(
        &self,
        client: &mut Client,
        visit: &Visit,
        ask: &Ask,
        judged: Judged,
        approved: Option<Approved>,
    ) -> Result<(), Stop> {
        let request = self.outgoing(client, visit, ask, &judged)?;
        let approval = self.intend(client, visit, ask, &judged, approved).await?;
        let stamp = Stamp { decision: visit.facts.decision.clone(), verdict: judged.decision.verdict, approval };
        self.counters.count(Count::Forwarded);
        let start = Instant::now();
        let asked = judged.decision.asked;
        match exchange::send(&self.peers, &ask.upstream, request, judged.outgoing, client).await {
            Ok(answer) => {
                let judge = judge_of(visit, ask).knowing(asked, &judged.decision.replaced);
                let model = judged.decision.model.filter(|_| answer.head().status.is_success());
                let outcome = self.answered(client, visit, ask, &stamp, Coming { answer, judge, start }).await;
                self.settle(ask, model, outcome);
            }
            Err(error) => {
                let end = self.unanswered(client, ask, &stamp, error).await;
                let outcome = record::no_answer(stamp.decision, end, client.sent_sha256(), start.elapsed());
                self.settle(ask, None, outcome);
            }
        }
        Ok(())
    }

    /// Makes the intent durable. An approval that was used up for a request which then cannot be recorded is put back.
    async fn intend(
        &self,
        client: &mut Client,
        visit: &Visit,
        ask: &Ask,
        judged: &Judged,
        approved: Option<Approved>,
    ) -> Result<Option<ApprovalId>, Stop> {
        let approval = approved.as_ref().map(|approved| approved.id.clone());
        let intent = visit.facts.intent(&judged.decision, Some(judged.sent), approval.clone());
        let written = self.ledger.intend(client, &ask.route, RecordBody::Intent(Box::new(intent))).await;
        if let (Err(_), Some(approved)) = (&written, approved) {
            self.desk.give_back(&approved.id, approved.fingerprint, approved.expires);
        }
        written.map(|()| approval)
    }

    fn outgoing(&self, client: &Client, visit: &Visit, ask: &Ask, judged: &Judged) -> Result<RequestHeader, Refusal> {
        let decision = &visit.facts.decision;
        let signer = self.receipts.as_ref().filter(|_| ask.upstream.receipts);
        let path = ask.path_and_query();
        let sent_path = format!("{}{path}", ask.upstream.origin.base_path);
        let claims = ReceiptClaims {
            issued: self.clock.now(),
            decision,
            upstream: &ask.upstream.name,
            method: &ask.method,
            path: &sent_path,
            sha256: judged.sent,
            policy: visit.facts.policy,
        };
        let forward = Forward {
            live: &visit.live,
            upstream: &ask.upstream,
            path: &path,
            body_bytes: judged.outgoing.len(),
            changed: judged.sent != judged.received,
            decision,
            receipt: signer.map(|signer| signer.sign(&claims)),
        };
        headers::towards_upstream(client.request(), &forward)
            .map_err(|_| Refusal::new(Code::Internal, "gateway", "the request could not be written for the upstream"))
    }

    async fn answered(&self, client: &mut Client, visit: &Visit, ask: &Ask, stamp: &Stamp, coming: Coming) -> Outcome {
        let Coming { answer, judge, start } = coming;
        let first_byte = start.elapsed();
        self.counters.took(Took::FirstByte, first_byte);
        let status = answer.head().status.as_u16();
        let limits = visit.live.limits;
        if status < 400 && client.messages.as_ref().is_some_and(gives_content) {
            self.heard.note(&ask.caller.id, self.clock.now());
        }
        let relay = Relay {
            client,
            definitions: &self.definitions,
            answer,
            dialect: ask.dialect,
            stamp,
            judge,
            answer_bytes_max: limits.answer_bytes_max,
            inline_bytes_max: limits.inline_bytes_max,
            share: self.memory.share(ask.caller.id.as_str()),
        };
        let ended = answer::relay(relay).await;
        // Of two answers that came at once and would both be trusted, the later is compared with the next one.
        let _ = self.note_offers(&ask.tools, &ended.judge.offers(), &stamp.decision);
        self.tell(client, ask, stamp, &ended).await;
        self.counters.answer_verdict(ended.judge.verdict);
        if ended.end == End::ClientGone {
            self.counters.count(Count::ClientGone);
        }
        let times = Times { total: start.elapsed(), first_byte: Some(first_byte) };
        record::outcome(stamp.decision.clone(), status, &ended, client.sent_sha256(), times)
    }

    /// Tells the client what the relay left to be told.
    async fn tell(&self, client: &mut Client, ask: &Ask, stamp: &Stamp, ended: &Ended) {
        let Some(refusal) = &ended.refusal else { return };
        self.counters.told(refusal.code);
        let progress = ended.stream.as_ref().map_or(Progress::Fresh, Progress::Begun);
        let stamp = Stamp { verdict: stamp.verdict.max(ended.judge.verdict), ..stamp.clone() };
        // The client may have left by now; the outcome says what happened either way.
        let _ = respond::refuse(client, ask.dialect, refusal, &stamp, progress).await;
    }

    async fn unanswered(&self, client: &mut Client, ask: &Ask, stamp: &Stamp, error: ExchangeError) -> End {
        let (end, refusal) = match error {
            ExchangeError::ClientGone => {
                self.counters.count(Count::ClientGone);
                return End::ClientGone;
            }
            ExchangeError::Unreachable(why) => {
                (End::UpstreamError, Refusal::new(Code::UpstreamUnreachable, "upstream", why))
            }
            ExchangeError::Timeout(step) => {
                (End::UpstreamTimeout, Refusal::new(Code::UpstreamTimeout, "upstream", step))
            }
        };
        self.counters.told(refusal.code);
        // The client may have left by now; the outcome says what happened either way.
        let _ = respond::refuse(client, ask.dialect, &refusal, stamp, Progress::Fresh).await;
        end
    }

    /// Writes the outcome behind the client's back: its answer is complete and must not wait for a disk.
    fn settle(&self, ask: &Ask, model: Option<String>, outcome: Outcome) {
        let ledger = self.ledger.clone();
        let upstream = ask.upstream.name.clone();
        let first_use = model.filter(|model| self.models.is_first(&upstream, model));
        let change = first_use.map(|model| ModelChange { service: ask.upstream.service.clone(), upstream, model });
        self.tasks.spawn(async move {
            ledger.settle(RecordBody::Outcome(outcome)).await;
            if let Some(change) = change {
                ledger.settle(RecordBody::ModelChange(change)).await;
            }
        });
    }
}

/// Whether the answer to these messages holds what a tool, a resource or a template gives.
fn gives_content(messages: &Messages) -> bool {
    let gives = |method: &str| ["tools/call", "resources/read", "prompts/get"].contains(&method);
    messages.is_batch || messages.method.as_deref().is_some_and(gives)
}

fn judge_of(visit: &Visit, ask: &Ask) -> Judge {
    Judge::new(ask, visit.facts.target.clone().unwrap_or_else(|| ask.target.clone()))
}
