//! The desk: requests that wait for a person, and approvals that were given and not yet used. In memory; `cli` joins
//! it to the record, and puts back after a restart what is still open.
//!
//! INVARIANT: an approval lets one request through, and only one whose fingerprint is the approved one.

use crate::ids;
use gnomon_types::caller::Caller;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, DecisionId, RouteName};
use gnomon_types::record::Target;
use gnomon_types::time::{Clock, Timestamp};
use gnomon_types::verdict::Reason;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Requests that may wait or lie approved at one time. More are refused.
const ENTRIES_MAX: usize = 10_000;

/// What a person, or the passing of time, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Let it through, once.
    Approved,
    /// Do not.
    Rejected {
        /// What the person wrote; shown to the caller.
        note: String,
    },
}

/// A request that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The approval asked for.
    pub approval: ApprovalId,
    /// The decision that asks.
    pub decision: DecisionId,
    /// Who asked.
    pub caller: Caller,
    /// The route.
    pub route: RouteName,
    /// What it is for.
    pub target: Target,
    /// What an approval is good for.
    pub fingerprint: Digest,
    /// Why a person is asked.
    pub reasons: Vec<Reason>,
    /// Findings by `kind/TYPE`.
    pub findings: BTreeMap<String, u64>,
    /// Since when.
    pub asked: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

/// An approval known from before a restart that is neither used nor lapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Which.
    pub id: ApprovalId,
    /// What it is good for.
    pub fingerprint: Digest,
    /// Until when.
    pub expires: Timestamp,
    /// Whether a person approved it already; otherwise it still waits.
    pub approved: bool,
}

/// The desk. Share it by `Arc`.
pub struct Desk {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<ApprovalId, Entry>,
    by_fingerprint: HashMap<Digest, ApprovalId>,
}

struct Entry {
    fingerprint: Digest,
    expires: Timestamp,
    waiting: Option<Waiting>,
    news: watch::Sender<News>,
}

/// How an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// Nobody decided yet.
    Waiting,
    /// Approved and not used.
    Approved,
    /// Rejected.
    Rejected(String),
    /// Its time ran out.
    Expired,
}

/// A place at the desk.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// The approval asked for.
    pub(crate) id: ApprovalId,
    /// Until when.
    pub(crate) expires: Timestamp,
    /// What is asked, when this request is the first with its fingerprint, so that a record is due.
    pub(crate) asked: Option<Waiting>,
    /// Tells of the decision.
    pub(crate) news: watch::Receiver<News>,
}

/// Too many requests wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{ENTRIES_MAX} requests wait for a person already")]
pub(crate) struct DeskFull;

/// An entry whose time ran out before anybody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lapsed {
    /// Which.
    pub(crate) id: ApprovalId,
    /// What it was for.
    pub(crate) fingerprint: Digest,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// The requests that wait, the oldest first. Those from before a restart are known to the record only.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        let state = self.state();
        let undecided = state.entries.values().filter(|entry| *entry.news.borrow() == News::Waiting);
        let mut waiting: Vec<Waiting> = undecided.filter_map(|entry| entry.waiting.clone()).collect();
        waiting.sort_by(|a, b| (a.asked, &a.approval).cmp(&(b.asked, &b.approval)));
        waiting
    }

    /// Tells the desk what a person decided. `false` when the desk does not know the approval, or it was decided before.
    pub fn decide(&self, id: &ApprovalId, decided: Decided) -> bool {
        let now = self.clock.now();
        let state = self.state();
        let Some(entry) = state.entries.get(id).filter(|entry| now < entry.expires) else { return false };
        let open = *entry.news.borrow() == News::Waiting;
        if open {
            entry.news.send_replace(match decided {
                Decided::Approved => News::Approved,
                Decided::Rejected { note } => News::Rejected(note),
            });
        }
        open
    }

    /// Puts back what is still open after a restart.
    pub fn restore(&self, approvals: Vec<Restored>) {
        let now = self.clock.now();
        let mut state = self.state();
        for restored in approvals.into_iter().filter(|restored| now < restored.expires) {
            let news = if restored.approved { News::Approved } else { News::Waiting };
            state.by_fingerprint.insert(restored.fingerprint, restored.id.clone());
            state.entries.insert(restored.id, Entry::new(restored.fingerprint, restored.expires, None, news));
        }
    }

    /// Takes a place for a request, or joins the one that an equal request took.
    pub(crate) fn ask(&self, ask: Ask) -> Result<Ticket, DeskFull> {
        let now = self.clock.now();
        let mut state = self.state();
        if let Some((id, entry)) = state.find(&ask.fingerprint, now) {
            return Ok(Ticket { id: id.clone(), expires: entry.expires, asked: None, news: entry.news.subscribe() });
        }
        if state.entries.len() >= ENTRIES_MAX {
            return Err(DeskFull);
        }
        let waiting = ask.waiting(ids::approval(now), now);
        let (id, expires) = (waiting.approval.clone(), waiting.expires);
        let entry = Entry::new(waiting.fingerprint, expires, Some(waiting.clone()), News::Waiting);
        let news = entry.news.subscribe();
        state.by_fingerprint.insert(entry.fingerprint, id.clone());
        state.entries.insert(id.clone(), entry);
        Ok(Ticket { id, expires, asked: Some(waiting), news })
    }

    /// Uses an approval up. `false` when another request used it first, or it lapsed.
    pub(crate) fn consume(&self, id: &ApprovalId) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        let good =
            state.entries.get(id).is_some_and(|entry| *entry.news.borrow() == News::Approved && now < entry.expires);
        if good {
            state.remove(id);
        }
        good
    }

    /// Puts an approval back that was used up for a request which then was not forwarded.
    pub(crate) fn give_back(&self, id: &ApprovalId, fingerprint: Digest, expires: Timestamp) {
        self.restore(vec![Restored { id: id.clone(), fingerprint, expires, approved: true }]);
    }

    /// Takes a request off the desk whose hold could not be recorded.
    pub(crate) fn withdraw(&self, id: &ApprovalId) {
        self.state().remove(id);
    }

    /// Removes what has run out, wakes who waits for it, and returns what nobody had decided.
    pub(crate) fn sweep(&self) -> Vec<Lapsed> {
        let now = self.clock.now();
        let mut state = self.state();
        let out: Vec<ApprovalId> =
            state.entries.iter().filter(|(_, entry)| entry.expires <= now).map(|(id, _)| id.clone()).collect();
        let mut lapsed = Vec::new();
        for id in out {
            let Some(entry) = state.remove(&id) else { continue };
            if entry.news.send_replace(News::Expired) == News::Waiting {
                lapsed.push(Lapsed { id, fingerprint: entry.fingerprint });
            }
        }
        lapsed.sort_by(|a, b| a.id.cmp(&b.id));
        lapsed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock; if one did, the map would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, fingerprint: &Digest, now: Timestamp) -> Option<(&ApprovalId, &Entry)> {
        let (id, entry) = self.entries.get_key_value(self.by_fingerprint.get(fingerprint)?)?;
        (now < entry.expires).then_some((id, entry))
    }

    fn remove(&mut self, id: &ApprovalId) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        if self.by_fingerprint.get(&entry.fingerprint) == Some(id) {
            self.by_fingerprint.remove(&entry.fingerprint);
        }
        Some(entry)
    }
}

impl Entry {
    fn new(fingerprint: Digest, expires: Timestamp, waiting: Option<Waiting>, news: News) -> Self {
        Self { fingerprint, expires, waiting, news: watch::Sender::new(news) }
    }
}

/// A request for a person's decision.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) decision: DecisionId,
    pub(crate) caller: Caller,
    pub(crate) route: RouteName,
    pub(crate) target: Target,
    pub(crate) fingerprint: Digest,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) findings: BTreeMap<String, u64>,
    pub(crate) ttl_ms: u64,
}

impl Ask {
    fn waiting(self, approval: ApprovalId, now: Timestamp) -> Waiting {
        Waiting {
            approval,
            decision: self.decision,
            caller: self.caller,
            route: self.route,
            target: self.target,
            fingerprint: self.fingerprint,
            reasons: self.reasons,
            findings: self.findings,
            asked: now,
            expires: now.plus_millis(i64::try_from(self.ttl_ms).unwrap_or(i64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::asset::ServiceStatus;
    use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn ask(fill: u8) -> Ask {
        let id = CallerId::new("billing").unwrap();
        Ask {
            decision: DecisionId::new("dec_1").unwrap(),
            caller: Caller {
                id,
                kind: gnomon_types::caller::CallerKind::Agent,
                team: None,
                key: KeyId::new("gnm_1").unwrap(),
            },
            route: RouteName::new("chat").unwrap(),
            target: Target {
                service: ServiceId::new("openai").unwrap(),
                status: ServiceStatus::Sanctioned,
                upstream: UpstreamName::new("openai").unwrap(),
                host: None,
                model: None,
            },
            fingerprint: Digest([fill; 32]),
            reasons: Vec::new(),
            findings: BTreeMap::new(),
            ttl_ms: 1_000,
        }
    }

    fn desk() -> (Arc<Hand>, Desk) {
        let clock = Arc::new(Hand(AtomicI64::new(0)));
        (clock.clone(), Desk::new(clock))
    }

    #[test]
    fn an_approval_is_good_once_and_for_its_fingerprint_only() {
        let (_, desk) = desk();
        let ticket = desk.ask(ask(1)).unwrap();
        assert!(ticket.asked.is_some());
        assert!(!desk.consume(&ticket.id), "used before it was given");
        assert!(desk.decide(&ticket.id, Decided::Approved));
        assert!(!desk.decide(&ticket.id, Decided::Rejected { note: String::new() }), "decided twice");
        assert_eq!(*ticket.news.borrow(), News::Approved);
        let other = desk.ask(ask(2)).unwrap();
        assert_ne!(other.id, ticket.id);
        let again = desk.ask(ask(1)).unwrap();
        assert!(again.asked.is_none() && again.id == ticket.id);
        assert!(desk.consume(&ticket.id));
        assert!(!desk.consume(&ticket.id), "used twice");
        assert!(desk.ask(ask(1)).unwrap().asked.is_some(), "a third send asks again");
    }

    #[test]
    fn time_runs_out_for_those_who_wait_and_for_approvals() {
        let (clock, desk) = desk();
        let waiting = desk.ask(ask(1)).unwrap();
        let approved = desk.ask(ask(2)).unwrap();
        assert!(desk.decide(&approved.id, Decided::Approved));
        clock.0.store(1_000, Ordering::Relaxed);
        assert!(!desk.decide(&waiting.id, Decided::Approved), "decided too late");
        assert!(!desk.consume(&approved.id), "used too late");
        assert_eq!(desk.sweep(), [Lapsed { id: waiting.id, fingerprint: Digest([1; 32]) }]);
        assert_eq!(*waiting.news.borrow(), News::Expired);
        assert!(desk.sweep().is_empty());
    }

    #[test]
    fn a_restart_keeps_what_is_open() {
        let (_, desk) = desk();
        let id = ApprovalId::new("apr_1").unwrap();
        let expires = Timestamp::from_millis(10);
        desk.restore(vec![Restored { id: id.clone(), fingerprint: Digest([1; 32]), expires, approved: true }]);
        let ticket = desk.ask(ask(1)).unwrap();
        assert_eq!(
            (ticket.id.clone(), ticket.asked.is_some(), ticket.news.borrow().clone()),
            (id.clone(), false, News::Approved)
        );
        assert!(desk.consume(&id));
        desk.give_back(&id, Digest([1; 32]), expires);
        assert!(desk.consume(&id));
    }

    #[test]
    fn lists_who_waits_the_oldest_first() {
        let (clock, desk) = desk();
        let first = desk.ask(ask(1)).unwrap();
        clock.0.store(1, Ordering::Relaxed);
        let second = desk.ask(ask(2)).unwrap();
        let third = desk.ask(ask(3)).unwrap();
        assert!(desk.decide(&third.id, Decided::Rejected { note: "no".to_owned() }));
        let waiting: Vec<ApprovalId> = desk.waiting().into_iter().map(|waiting| waiting.approval).collect();
        assert_eq!(waiting, [first.id, second.id]);
    }
}
