//! A request that is ready to be judged, and the judging itself, off the workers when it is long.

use crate::live::{Route, Tools, Upstream};
use crate::opinion::JudgeModel;
use crate::refusal::Refusal;
use bytes::Bytes;
use gnomon_dialects::Messages;
use gnomon_policy::{Decision, Judge, Opinion, PinBook, Question, Request, Snapshot, ToolPins, Toolbox, validate};
use gnomon_types::caller::Caller;
use gnomon_types::code::Code;
use gnomon_types::conversation::DialectName;
use gnomon_types::digest::Digest;
use gnomon_types::record::Target;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// A request with all that its judgement depends on.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) caller: Caller,
    /// Hash of the access key that was used; none for an anonymous caller.
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) route: Route,
    pub(crate) upstream: Upstream,
    pub(crate) target: Target,
    pub(crate) policy: Snapshot,
    pub(crate) judge: Option<Arc<JudgeModel>>,
    pub(crate) tools: Tools,
    /// Definitions of tools that the record does not know yet.
    pub(crate) seen: Arc<PinBook>,
    /// What the tool server that is asked listed last.
    pub(crate) listed: Arc<Toolbox>,
    /// Whether a tool server gave this caller something lately.
    pub(crate) heard: bool,
    pub(crate) method: String,
    /// Path under the route's prefix, without query.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) dialect: DialectName,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Ask {
    /// Path and query under the route's prefix.
    pub(crate) fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    fn judge(&self, approved: bool, opinions: &Opinions) -> Judged {
        let start = Instant::now();
        let micros = || u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        // The query leaves too.
        let path = self.path_and_query();
        let opinion = |question: &Question| opinions.get(&question.digest).copied();
        let mut decision = validate(
            &Request {
                caller: &self.caller,
                route: self.route.name.as_str(),
                target: &self.target,
                method: &self.method,
                path: &path,
                dialect: self.dialect,
                content_type: self.content_type.as_deref(),
                body: &self.body,
                approved,
                judge: self.judge.as_ref().map(|model| Judge { terms: &model.terms, opinion: &opinion }),
                heard: self.heard,
                pins: ToolPins {
                    decided: &self.tools.pins,
                    seen: &self.seen,
                    first_use: self.tools.first_use,
                    listed: &self.listed,
                },
                micros: &micros,
            },
            &self.policy,
        );
        let received = sha256(&self.body);
        let outgoing = decision.outgoing.take().map(Bytes::from);
        let sent = outgoing.as_ref().map_or(received, |bytes| sha256(bytes));
        Judged { decision, received, outgoing: outgoing.unwrap_or_else(|| self.body.clone()), sent }
    }
}

/// What a judge model said, by the digest of the question.
pub(crate) type Opinions = BTreeMap<Digest, Opinion>;

/// A judged request.
pub(crate) struct Judged {
    /// The decision; its outgoing bytes are in `outgoing`.
    pub(crate) decision: Decision,
    /// SHA-256 of the body as received.
    pub(crate) received: Digest,
    /// The exact bytes that may leave.
    pub(crate) outgoing: Bytes,
    /// Their SHA-256.
    pub(crate) sent: Digest,
}

/// Judges a request. Bodies above `inline_bytes_max` go to the pool for long work, as many at once as there are permits.
pub(crate) async fn judge(
    ask: &Arc<Ask>,
    approved: bool,
    opinions: &Opinions,
    inline_bytes_max: usize,
    pool: &Semaphore,
) -> Result<Judged, Refusal> {
    if ask.body.len() <= inline_bytes_max {
        return Ok(ask.judge(approved, opinions));
    }
    let failed = || Refusal::new(Code::Internal, "gateway", "the request could not be judged");
    let _permit = pool.acquire().await.map_err(|_| failed())?;
    let (ask, opinions) = (ask.clone(), opinions.clone());
    // The pool drops work only when it panicked: fail closed.
    tokio::task::spawn_blocking(move || ask.judge(approved, &opinions)).await.map_err(|_| failed())
}

/// What a body of messages asks, a long one read off the workers.
pub(crate) async fn messages(body: &Bytes, inline_bytes_max: usize) -> Result<Messages, Refusal> {
    if body.len() <= inline_bytes_max {
        return Ok(gnomon_dialects::messages(body));
    }
    let body = body.clone();
    let read = tokio::task::spawn_blocking(move || gnomon_dialects::messages(&body)).await;
    read.map_err(|_| Refusal::new(Code::Internal, "gateway", "the request could not be read"))
}

/// SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}
