//! Holds a request until a person decides. A stream waits on the open connection and is told so by comments; a plain
//! request waits a while and is then asked to come again.

use crate::ask::{Ask, Judged};
use crate::client::Client;
use crate::desk::{self, News, Ticket};
use crate::fingerprint::Essence;
use crate::headers::Stamp;
use crate::identify;
use crate::ids;
use crate::metrics::Gauge;
use crate::proxy::{Proxy, Visit, upstream};
use crate::record;
use crate::refusal::{Refusal, Stop};
use crate::respond;
use bytes::Bytes;
use gnomon_dialects::without_ids;
use gnomon_types::code::Code;
use gnomon_types::conversation::DialectName;
use gnomon_types::digest::Digest;
use gnomon_types::ids::ApprovalId;
use gnomon_types::record::{Intent, RecordBody};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Verdict;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Pause between two comments on a waiting stream. Proxies between us and the client give up after 30 to 60 seconds.
const COMMENT_PAUSE: Duration = Duration::from_secs(5);

/// An approval that was used up for the request at hand.
#[derive(Debug, Clone)]
pub(crate) struct Approved {
    pub(crate) id: ApprovalId,
    pub(crate) fingerprint: Digest,
    pub(crate) expires: Timestamp,
}

impl Proxy {
    /// Waits for a person. Returns once the request was approved and the approval used up.
    pub(crate) async fn hold(
        &self,
        client: &mut Client,
        visit: &Visit,
        ask: &Ask,
        judged: &Judged,
    ) -> Result<Approved, Stop> {
        let fingerprint = fingerprint(ask, judged);
        let target = visit.facts.target.clone().unwrap_or_else(|| ask.target.clone());
        let asked = desk::Ask {
            decision: visit.facts.decision.clone(),
            caller: ask.caller.clone(),
            route: ask.route.name.clone(),
            target,
            fingerprint,
            reasons: judged.decision.reasons.clone(),
            findings: judged.decision.findings.clone(),
            ttl_ms: ask.route.approval_ttl_ms,
        };
        let ticket =
            self.desk.ask(asked).map_err(|full| Refusal::new(Code::Denied, "approval-desk", full.to_string()))?;
        let approved = Approved { id: ticket.id.clone(), fingerprint, expires: ticket.expires };
        let known = ticket.news.borrow().clone();
        match known {
            News::Approved if self.desk.consume(&ticket.id) => return Ok(approved),
            News::Rejected(note) => return Err(self.rejected(visit, &ticket.id, &note).await),
            _ => self.record_hold(client, visit, ask, judged, &ticket).await?,
        }
        let _held = self.counters.raise(Gauge::Held);
        self.wait(client, visit, ask, judged, ticket).await?;
        Ok(approved)
    }

    /// The intent that waits, and for the first request with this fingerprint what a person is asked.
    async fn record_hold(
        &self,
        client: &mut Client,
        visit: &Visit,
        ask: &Ask,
        judged: &Judged,
        ticket: &Ticket,
    ) -> Result<(), Stop> {
        let mut intent: Intent = visit.facts.intent(&judged.decision, None, Some(ticket.id.clone()));
        intent.code = Some(Code::Held.as_str().to_owned());
        let mut records = vec![RecordBody::Intent(Box::new(intent))];
        let asked = ticket.asked.clone().zip(visit.facts.actor.clone());
        records.extend(asked.map(|(waiting, actor)| record::hold(waiting, actor)));
        for body in records {
            let written = self.ledger.intend(client, &ask.route, body).await;
            if written.is_err() && ticket.asked.is_some() {
                self.desk.withdraw(&ticket.id);
            }
            written?;
        }
        Ok(())
    }

    async fn wait(
        &self,
        client: &mut Client,
        visit: &Visit,
        ask: &Ask,
        judged: &Judged,
        ticket: Ticket,
    ) -> Result<(), Stop> {
        let streams = judged.decision.stream && crate::answer::has_events(ask.dialect);
        if streams {
            let stamp = Stamp {
                decision: visit.facts.decision.clone(),
                verdict: Verdict::Hold,
                approval: Some(ticket.id.clone()),
            };
            respond::begin_stream(client, &stamp).await.map_err(|_| Stop::Gone)?;
            comment(client, &ticket.id).await?;
        }
        let Ticket { id, mut news, .. } = ticket;
        let give_up = Instant::now() + Duration::from_millis(ask.route.hold_wait_ms);
        loop {
            let wake = if streams { Instant::now() + COMMENT_PAUSE } else { give_up };
            let state = news.borrow_and_update().clone();
            match state {
                News::Approved if self.desk.consume(&id) => return Ok(()),
                News::Approved => return Err(held("an equal request used this approval first: send it again", &id)),
                News::Rejected(note) => return Err(self.rejected(visit, &id, &note).await),
                News::Expired => return Err(self.expired(visit, &id).await),
                News::Waiting => {}
            }
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return Err(self.expired(visit, &id).await) },
                () = client.gone() => return Err(Stop::Gone),
                () = tokio::time::sleep_until(wake) => {
                    if !streams {
                        return Err(held(&judged.decision.message, &id));
                    }
                    comment(client, &id).await?;
                }
            }
        }
    }

    async fn rejected(&self, visit: &Visit, id: &ApprovalId, note: &str) -> Stop {
        let message = if note.is_empty() {
            "a person rejected this request".to_owned()
        } else {
            format!("a person rejected this request: {note}")
        };
        self.turned_down(visit, id, message, "a person rejected this request").await
    }

    async fn expired(&self, visit: &Visit, id: &ApprovalId) -> Stop {
        let message = "nobody decided about this request in time";
        self.turned_down(visit, id, message.to_owned(), message).await
    }

    /// The caller reads the person's note; the record names the approval, which holds it.
    async fn turned_down(&self, visit: &Visit, id: &ApprovalId, message: String, recorded: &str) -> Stop {
        let mut facts = visit.facts.clone();
        facts.decision = ids::decision(self.clock.now());
        let refusal = Refusal::new(Code::Rejected, "approval", recorded).about(id.clone()).recorded();
        self.ledger.note(RecordBody::Intent(Box::new(facts.refused(&refusal)))).await;
        Refusal { message, ..refusal }.into()
    }

    /// Judges an approved request again, by what is in force now: minutes may have passed, a key may have been revoked,
    /// a policy changed. It goes on under a decision of its own, and only with the very bytes that were approved.
    pub(crate) async fn judge_again(
        &self,
        visit: &mut Visit,
        ask: &Ask,
        approved: &Approved,
    ) -> Result<(Arc<Ask>, Judged), Stop> {
        visit.live = self.live.load_full();
        visit.facts.decision = ids::decision(self.clock.now());
        visit.facts.policy = visit.live.policy.digest();
        let fresh = self.refresh(visit, ask)?;
        let (ask, mut judged) = self.judge(visit, fresh, true).await?;
        judged.decision.code = None;
        let about = |refusal: Refusal| Stop::from(refusal.about(approved.id.clone()));
        match judged.decision.verdict {
            Verdict::Allow | Verdict::Redact if fingerprint(&ask, &judged) == approved.fingerprint => Ok((ask, judged)),
            Verdict::Allow | Verdict::Redact => Err(about(Refusal::new(
                Code::Denied,
                "approved-bytes",
                "another request than the approved one would leave, or for another place",
            ))),
            Verdict::Hold | Verdict::Deny => {
                let mut refusal = Refusal::new(Code::Denied, "policy", judged.decision.message.clone());
                refusal.reasons.clone_from(&judged.decision.reasons);
                Err(about(refusal))
            }
        }
    }

    fn refresh(&self, visit: &Visit, ask: &Ask) -> Result<Ask, Refusal> {
        let live = &visit.live;
        let route = live.routes.iter().find(|route| route.name == ask.route.name);
        let route = route
            .ok_or_else(|| Refusal::new(Code::NoRoute, "route", "the route was removed while the request waited"))?;
        let caller = match &ask.key {
            Some(hash) => identify::by_hash(hash, live, self.clock.now()),
            None => route.allow_anonymous.clone(),
        };
        let caller = caller.ok_or_else(|| {
            Refusal::new(Code::NotAuthenticated, "access-key", "the access key was revoked while the request waited")
        })?;
        let upstream = upstream(live, &ask.upstream.name)?;
        let target = live.target(upstream, None);
        Ok(Ask {
            caller,
            route: route.clone(),
            upstream: upstream.clone(),
            target,
            policy: live.policy.clone(),
            judge: live.judge.clone(),
            tools: live.tools.clone(),
            seen: self.definitions.seen(),
            listed: self.definitions.listed(ask.dialect, &upstream.service),
            ..ask.clone()
        })
    }
}

fn fingerprint(ask: &Ask, judged: &Judged) -> Digest {
    let outgoing = if ask.dialect == DialectName::Mcp {
        without_ids(&judged.outgoing)
    } else {
        Cow::Borrowed(judged.outgoing.as_ref())
    };
    crate::fingerprint::fingerprint(&Essence {
        caller: &ask.caller,
        route: &ask.route.name,
        upstream: &ask.upstream,
        method: &ask.method,
        path: &ask.path_and_query(),
        content_type: ask.content_type.as_deref().unwrap_or_default(),
        outgoing: &outgoing,
    })
}

fn held(message: &str, id: &ApprovalId) -> Stop {
    Refusal::new(Code::Held, "approval", message).about(id.clone()).recorded().into()
}

async fn comment(client: &mut Client, id: &ApprovalId) -> Result<(), Stop> {
    client.body(Bytes::from(format!(": waiting for approval {id}\n\n"))).await.map_err(|_| Stop::Gone)
}
