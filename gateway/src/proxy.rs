//! The way of a request, step by step. No step calls another; this file does.
//!
//! identify -> read the body -> choose the route -> judge -> hold -> record the intent -> exchange -> record the outcome.
//!
//! INVARIANT: nothing of a request leaves before an intent with the digest of those bytes is durable.

use crate::ask::{self, Ask, Judged, sha256};
use crate::body;
use crate::client::Client;
use crate::definitions::{Definitions, Noted};
use crate::desk::Desk;
use crate::head::{self, Head};
use crate::headers::Stamp;
use crate::heard::Heard;
use crate::identify::{self, Identity};
use crate::ids;
use crate::inspect;
use crate::ledger::Ledger;
use crate::live::{Live, LiveHandle, Route, Tools, Upstream};
use crate::memory::Memory;
use crate::metrics::{Count, Counters, Took};
use crate::models::Models;
use crate::opinion::{Asker, Benches, Hearing};
use crate::record::{self, Facts};
use crate::refusal::{Refusal, Stop};
use crate::respond::{self, Progress};
use crate::tasks::Tasks;
use crate::upstream::Peers;
use bytes::Bytes;
use gnomon_dialects::{read, recognise};
use gnomon_policy::{Offer, ReceiptSigner};
use gnomon_types::caller::Caller;
use gnomon_types::code::Code;
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{DecisionId, UpstreamName};
use gnomon_types::record::RecordBody;
use gnomon_types::time::Clock;
use gnomon_types::verdict::Verdict;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// How often one request may go to the judge model: a redaction that follows from an opinion makes other texts.
const HEARINGS_MAX: usize = 3;

/// Everything that serves requests.
pub(crate) struct Proxy {
    pub(crate) live: LiveHandle,
    pub(crate) ledger: Ledger,
    pub(crate) desk: Arc<Desk>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) receipts: Option<ReceiptSigner>,
    pub(crate) address_key: [u8; 32],
    pub(crate) counters: Arc<Counters>,
    pub(crate) tasks: Tasks,
    pub(crate) peers: Peers,
    pub(crate) models: Models,
    pub(crate) benches: Benches,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) heard: Heard,
    pub(crate) memory: Memory,
    pub(crate) long_work: Semaphore,
}

/// One request under way: the snapshot it is served by and what is known about it.
pub(crate) struct Visit {
    pub(crate) live: Arc<Live>,
    pub(crate) facts: Facts,
}

impl Proxy {
    /// Serves one request.
    pub(crate) async fn serve(&self, client: &mut Client) {
        self.counters.count(Count::Accepted);
        let mut visit = self.arrive(client);
        match self.steps(client, &mut visit).await {
            Ok(()) => {}
            Err(Stop::Gone) => self.counters.count(Count::ClientGone),
            Err(Stop::Refused(refusal)) => self.refuse(client, &visit, &refusal).await,
        }
    }

    fn arrive(&self, client: &Client) -> Visit {
        let live = self.live.load_full();
        let received = self.clock.now();
        let request = client.request();
        let facts = Facts {
            decision: ids::decision(received),
            received,
            actor: None,
            route: None,
            target: None,
            dialect: recognise(request.method.as_str(), request.uri.path()),
            stream: false,
            policy: live.policy.digest(),
            received_sha256: sha256(b""),
            received_bytes: 0,
            judge: None,
        };
        Visit { live, facts }
    }

    async fn steps(&self, client: &mut Client, visit: &mut Visit) -> Result<(), Stop> {
        let live = visit.live.clone();
        let head = head::check(client.request(), &live.limits).map_err(Refusal::closing)?;
        let routes = identify::routes(&head, &live);
        if let Some(path) = routes.first().and_then(|route| identify::under(&head.path, &route.path_prefix)) {
            // Known before the body is: a refusal speaks the caller's dialect.
            visit.facts.dialect = recognise(head.method.as_str(), path);
        }
        let identity = self.identify(client, &routes, visit)?;
        let body_bytes_max = routes.iter().map(|route| route.body_bytes_max).max().unwrap_or_default();
        let share = self.memory.share(&owner(client, identity.as_ref()));
        let (body, mut share) = body::read(client, body_bytes_max, &live.limits, share).await?;
        let ask = self.choose(client, visit, &head, &routes, identity, body)?;
        if ask.dialect == DialectName::Mcp {
            let said = ask::messages(&ask.body, live.limits.inline_bytes_max).await?;
            client.messages = Some(said.clone());
            inspect::messages(&client.request().headers, &said)?;
        }
        let (ask, judged) = self.judge(visit, ask, false).await?;
        match judged.decision.verdict {
            Verdict::Allow | Verdict::Redact => self.forward(client, visit, &ask, judged, None).await,
            Verdict::Deny => Err(self.deny(visit, &judged).await),
            Verdict::Hold => {
                if !self.memory.hold(&mut share) {
                    return Err(too_many_held().into());
                }
                let approved = self.hold(client, visit, &ask, &judged).await?;
                let (ask, judged) = self.judge_again(visit, &ask, &approved).await?;
                self.forward(client, visit, &ask, judged, Some(approved)).await
            }
        }
    }

    /// Who asks. A request without an access key goes on only where a route takes such.
    fn identify(
        &self,
        client: &Client,
        routes: &[&Route],
        visit: &mut Visit,
    ) -> Result<Option<(Caller, [u8; 32])>, Refusal> {
        if routes.is_empty() {
            return Err(Refusal::new(Code::NoRoute, "route", "no route is configured for this host and path").closing());
        }
        match identify::caller(&client.request().headers, &visit.live, self.clock.now()) {
            Identity::Known(caller, hash) => {
                self.name_actor(client, visit, &caller);
                Ok(Some((caller, hash)))
            }
            Identity::Anonymous | Identity::Foreign if routes.iter().any(|route| route.allow_anonymous.is_some()) => {
                Ok(None)
            }
            Identity::Anonymous => {
                Err(not_authenticated("no access key was sent: use one made by `gnomon key create`").closing())
            }
            Identity::Foreign | Identity::Refused => {
                Err(not_authenticated("the access key is unknown, expired or revoked").closing())
            }
        }
    }

    fn name_actor(&self, client: &Client, visit: &mut Visit, caller: &Caller) {
        let user_agent = head::text(&client.request().headers, "user-agent");
        visit.facts.actor = Some(record::actor(caller, client.address, &self.address_key, user_agent));
    }

    /// Which route, by the model if routes ask for it; with that the upstream, the dialect and the caller are known.
    fn choose(
        &self,
        client: &Client,
        visit: &mut Visit,
        head: &Head,
        routes: &[&Route],
        identity: Option<(Caller, [u8; 32])>,
        body: Bytes,
    ) -> Result<Ask, Refusal> {
        let live = visit.live.clone();
        visit.facts.received_bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let content_type = head::text(&client.request().headers, "content-type").map(str::to_owned);
        let model = if routes.iter().any(|route| !route.models.is_empty()) {
            model_of(head, routes, &body, content_type.as_deref())
        } else {
            None
        };
        let fits = |route: &&&Route| {
            route.takes_model(model.as_deref()) && (identity.is_some() || route.allow_anonymous.is_some())
        };
        let route = *routes
            .iter()
            .find(fits)
            .ok_or_else(|| Refusal::new(Code::NoRoute, "route", "no route takes this model"))?;
        visit.facts.route = Some(route.name.clone());
        if body.len() > route.body_bytes_max {
            let message = format!("the body is larger than the {} bytes that this route takes", route.body_bytes_max);
            return Err(Refusal::new(Code::TooLarge, "request-body", message));
        }
        let (caller, key) = match (identity, &route.allow_anonymous) {
            (Some((caller, hash)), _) => (caller, Some(hash)),
            (None, Some(anonymous)) => {
                self.name_actor(client, visit, anonymous);
                (anonymous.clone(), None)
            }
            (None, None) => return Err(not_authenticated("no access key was sent")),
        };
        let upstream = upstream(&live, &route.upstream)?;
        let path = identify::under(&head.path, &route.path_prefix).unwrap_or("/").to_owned();
        let dialect = dialect(head, upstream, &path);
        visit.facts.dialect = dialect;
        visit.facts.target = Some(live.target(upstream, None));
        let disguised = self::dialect(head, upstream, &head::plain_path(&path)) != dialect;
        if disguised || head::has_dot_segments(&path) {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "request-path",
                "the path holds doubled slashes, dot segments or escapes that servers read differently: write it plainly",
            ));
        }
        inspect::headers(&client.request().headers, &live.policy)?;
        let heard = dialect == DialectName::Mcp && self.heard.lately(&caller.id, self.clock.now());
        Ok(Ask {
            caller,
            key,
            route: route.clone(),
            upstream: upstream.clone(),
            target: live.target(upstream, None),
            policy: live.policy.clone(),
            judge: live.judge.clone(),
            tools: live.tools.clone(),
            seen: self.definitions.seen(),
            listed: self.definitions.listed(dialect, &upstream.service),
            heard,
            method: head.method.as_str().to_owned(),
            path,
            query: head.query.clone(),
            dialect,
            content_type,
            body,
        })
    }

    /// Both passes. A rule may name another upstream, once: the request is judged again as one for that.
    pub(crate) async fn judge(
        &self,
        visit: &mut Visit,
        ask: Ask,
        approved: bool,
    ) -> Result<(Arc<Ask>, Judged), Refusal> {
        let mut ask = Arc::new(ask);
        let mut judged = self.validate(visit, &ask, approved).await?;
        if let Some(other) = judged.decision.reroute.take() {
            let upstream = upstream(&visit.live, &other)?;
            let target = visit.live.target(upstream, None);
            let listed = self.definitions.listed(ask.dialect, &upstream.service);
            ask = Arc::new(Ask { upstream: upstream.clone(), target, listed, ..Ask::clone(&ask) });
            judged = self.validate(visit, &ask, approved).await?;
            if judged.decision.reroute.is_some() {
                return Err(Refusal::new(
                    Code::Denied,
                    "reroute-once",
                    "rules send this request from one upstream to the next",
                ));
            }
        }
        self.counters.verdict(judged.decision.verdict);
        Ok((ask, judged))
    }

    /// Both passes, once more with the opinions of the judge model where they need some.
    async fn validate(&self, visit: &mut Visit, ask: &Arc<Ask>, approved: bool) -> Result<Judged, Refusal> {
        let mut hearing = Hearing::default();
        let mut judged = self.passes(visit, ask, approved, &hearing).await?;
        if let Some(model) = ask.judge.as_deref() {
            for _ in 0..HEARINGS_MAX {
                if judged.decision.questions.is_empty() {
                    break;
                }
                let (benches, peers, counters) = (&self.benches, &self.peers, &self.counters);
                let asker = Asker { benches, peers, counters, model, caller: &ask.caller.id };
                asker.hear(&judged.decision.questions, &mut hearing).await;
                judged = self.passes(visit, ask, approved, &hearing).await?;
            }
            visit.facts.judge = hearing.summary(model);
        }
        Ok(judged)
    }

    async fn passes(
        &self,
        visit: &mut Visit,
        ask: &Arc<Ask>,
        approved: bool,
        hearing: &Hearing,
    ) -> Result<Judged, Refusal> {
        let start = Instant::now();
        let inline_bytes_max = visit.live.limits.inline_bytes_max;
        let mut judged = ask::judge(ask, approved, &hearing.opinions, inline_bytes_max, &self.long_work).await?;
        if !self.note_tools(visit, ask, &judged) {
            let again = Arc::new(Ask { seen: self.definitions.seen(), ..Ask::clone(ask) });
            judged = ask::judge(&again, approved, &hearing.opinions, inline_bytes_max, &self.long_work).await?;
            // What was seen meanwhile is only more: nothing is taken on trust that was not before.
            self.note_tools(visit, &again, &judged);
        }
        self.counters.took(Took::Validation, start.elapsed());
        visit.facts.received_sha256 = judged.received;
        visit.facts.stream = judged.decision.stream;
        visit.facts.target = Some(visit.live.target(&ask.upstream, judged.decision.model.clone()));
        Ok(judged)
    }

    fn note_tools(&self, visit: &Visit, ask: &Ask, judged: &Judged) -> bool {
        self.note_offers(&ask.tools, &judged.decision.offers, &visit.facts.decision)
    }

    /// Has new definitions of tools recorded, behind the client's back. False when what brought them must be judged again.
    pub(crate) fn note_offers(&self, tools: &Tools, offers: &[Offer], decision: &DecisionId) -> bool {
        match self.definitions.note(tools, offers, decision) {
            Noted::JudgeAgain => false,
            Noted::New(changes) => {
                if !changes.is_empty() {
                    let (ledger, definitions) = (self.ledger.clone(), self.definitions.clone());
                    self.tasks.spawn(async move { definitions.tell(&ledger, changes).await });
                }
                true
            }
        }
    }

    async fn deny(&self, visit: &Visit, judged: &Judged) -> Stop {
        let decision = &judged.decision;
        let code = decision.code.unwrap_or(Code::Denied);
        let mut intent = visit.facts.intent(decision, None, None);
        intent.code = Some(code.as_str().to_owned());
        self.ledger.note(RecordBody::Intent(Box::new(intent))).await;
        let mut refusal = Refusal::new(code, "policy", decision.message.clone()).recorded();
        refusal.place.clone_from(&decision.place);
        refusal.reasons.clone_from(&decision.reasons);
        refusal.into()
    }

    async fn refuse(&self, client: &mut Client, visit: &Visit, refusal: &Refusal) {
        self.counters.refused(refusal.code);
        if !refusal.recorded {
            self.counters.verdict(Verdict::Deny);
            let body = RecordBody::Intent(Box::new(visit.facts.refused(refusal)));
            match refusal.code {
                Code::EvidenceUnavailable => self.ledger.leave(body).await,
                _ => self.ledger.note(body).await,
            }
        }
        let verdict = if refusal.code == Code::Held { Verdict::Hold } else { Verdict::Deny };
        let stamp = Stamp { decision: visit.facts.decision.clone(), verdict, approval: refusal.approval.clone() };
        if respond::refuse(client, visit.facts.dialect, refusal, &stamp, Progress::Fresh).await.is_err() {
            self.counters.count(Count::ClientGone);
        }
    }
}

/// The upstream of a name. `cli` checks that every route has one; a rule may still name another.
pub(crate) fn upstream<'a>(live: &'a Live, name: &UpstreamName) -> Result<&'a Upstream, Refusal> {
    live.upstreams
        .get(name)
        .ok_or_else(|| Refusal::new(Code::NoRoute, "route", format!("the upstream `{name}` is not configured")))
}

/// The API by the path under the route, or else by the whole path at the upstream, of which its base path is a part.
fn dialect(head: &Head, upstream: &Upstream, path: &str) -> DialectName {
    let method = head.method.as_str();
    match recognise(method, path) {
        DialectName::Opaque => recognise(method, &format!("{}{path}", upstream.origin.base_path)),
        known => known,
    }
}

/// Whose memory a request takes up: the caller's, or that of an address without one.
fn owner(client: &Client, identity: Option<&(Caller, [u8; 32])>) -> String {
    identity.map_or_else(|| format!("address {}", client.address), |(caller, _)| caller.id.to_string())
}

fn too_many_held() -> Refusal {
    let message = "too many large requests wait for a person at this time: send it again later";
    Refusal::new(Code::Denied, "approval-desk", message)
}

fn not_authenticated(message: &str) -> Refusal {
    Refusal::new(Code::NotAuthenticated, "access-key", message)
}

/// The model that a body asks for, under the first route whose prefix makes sense of it.
fn model_of(head: &Head, routes: &[&Route], body: &[u8], content_type: Option<&str>) -> Option<String> {
    routes.iter().find_map(|route| {
        let dialect = recognise(head.method.as_str(), identify::under(&head.path, &route.path_prefix)?);
        read(dialect, body, content_type).ok()?.model
    })
}
