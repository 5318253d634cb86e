//! The two passes in order, and the one decision that comes of them.

use crate::decision::{Decision, Request};
use crate::examine::Seen;
use crate::explain;
use crate::found;
use crate::glances::Glances;
use crate::numbers::Naming;
use crate::pass::{Ended, Pass, Work, run};
use crate::remedy::Step;
use crate::restore::Replaced;
use crate::snapshot::Snapshot;
use crate::tools::{Asked, Offer};
use gnomon_types::code::Code;
use gnomon_types::digest::Digest;
use gnomon_types::record::{FOUND_MAX, Found, PassSummary};
use gnomon_types::verdict::{Reason, Verdict};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Judges a request. Bytes may leave only when the verdict is `Allow` (those received) or `Redact`
/// ([`Decision::outgoing`]).
#[must_use]
pub fn validate(request: &Request<'_>, snapshot: &Snapshot) -> Decision {
    let mut work = Work {
        request,
        inner: snapshot.inner(),
        bytes: Cow::Borrowed(request.body),
        naming: Naming::new(&snapshot.inner().numbers, &request.caller.id),
        replaced: BTreeMap::new(),
        replaced_found: Vec::new(),
        replaced_by: Vec::new(),
        offers: None,
        glances: Glances::default(),
    };
    let received = sha256(request.body);
    let started = (request.micros)();
    let first = run(Pass::First, &mut work);
    let between = (request.micros)();
    let mut passes = vec![summary(Pass::First, &first, between.saturating_sub(started), received)];
    if matches!(first.step, Step::Deny | Step::Reroute(_)) {
        return conclude(work, first, Vec::new(), passes);
    }
    let second = run(Pass::Second, &mut work);
    let judged = match &work.bytes {
        Cow::Borrowed(_) => received,
        Cow::Owned(bytes) => sha256(bytes),
    };
    let micros = (request.micros)().saturating_sub(between);
    passes.push(summary(Pass::Second, &second, micros, judged));
    let (mut last, mut earlier) = (second, first.observed);
    // A person who must decide after the first pass must also decide after a second one that would let it go.
    if first.step == Step::Hold && last.step == Step::Pass {
        last.step = Step::Hold;
        last.reasons.splice(0..0, first.reasons);
    } else {
        explain::extend(&mut last.reasons, first.reasons);
    }
    earlier.append(&mut last.observed);
    conclude(work, last, earlier, passes)
}

fn conclude(work: Work<'_>, last: Ended, observed: Vec<Reason>, passes: Vec<PassSummary>) -> Decision {
    let changed = matches!(work.bytes, Cow::Owned(_));
    let verdict = match last.step {
        Step::Pass if changed => Verdict::Redact,
        Step::Pass => Verdict::Allow,
        Step::Hold => Verdict::Hold,
        Step::Redact(_) | Step::Reroute(_) | Step::Deny => Verdict::Deny,
    };
    let code = match verdict {
        Verdict::Allow | Verdict::Redact => None,
        Verdict::Hold => Some(Code::Held),
        Verdict::Deny => Some(last.code),
    };
    let asked = asked(&work, last.seen.as_ref(), verdict);
    let mut reasons = Vec::new();
    explain::extend(&mut reasons, last.reasons);
    explain::extend(&mut reasons, work.replaced_by);
    explain::extend(&mut reasons, observed);
    explain::extend(&mut reasons, last.observed);
    let parts = last.seen.as_ref().map_or(&[][..], |seen| &seen.conversation.parts);
    let replaced = Replaced::new(work.naming.conclude(parts), work.replaced.keys().cloned().collect());
    let offers: Vec<Offer> = work.offers.unwrap_or_default().into_iter().map(|(_, offer)| offer).collect();
    let mut found = Vec::new();
    if let Some(seen) = &last.seen {
        found::note(&mut found, seen, work.inner, |_| true);
        found::note_loose(&mut found, seen, work.inner);
    }
    explain::name_tools(&mut reasons, &offers, &found, work.inner);
    let replaced_found = work.replaced_found.into_iter().map(|found| Found { replaced: true, ..found });
    found.extend(replaced_found);
    found.truncate(FOUND_MAX);
    let (mut findings, mut attack_score, mut model, mut stream, mut uninspected_parts) =
        (work.replaced, 0.0, None, false, 0);
    let mut opinion = None;
    if let Some(seen) = last.seen {
        for (label, count) in seen.sum.counts {
            *findings.entry(label).or_default() += count;
        }
        attack_score = seen.sum.attack_score;
        model = seen.conversation.model;
        stream = seen.conversation.stream;
        uninspected_parts = seen.conversation.uninspected_parts;
        opinion = seen.judged.opinion();
    }
    Decision {
        message: explain::message(verdict, code, &reasons, &findings, last.mistake.as_ref()),
        place: last.mistake.map(|mistake| mistake.pointer),
        verdict,
        code,
        reasons,
        findings,
        found,
        attack_score,
        passes,
        model,
        stream,
        uninspected_parts,
        opinion,
        questions: last.questions,
        offers,
        asked,
        outgoing: match (verdict, work.bytes) {
            (Verdict::Deny, _) | (_, Cow::Borrowed(_)) => None,
            (_, Cow::Owned(bytes)) => Some(bytes),
        },
        replaced,
        reroute: match last.step {
            Step::Reroute(upstream) => Some(upstream),
            Step::Pass | Step::Redact(_) | Step::Hold | Step::Deny => None,
        },
    }
}

/// What is kept of a request that may leave.
fn asked(work: &Work<'_>, seen: Option<&Seen>, verdict: Verdict) -> Asked {
    let Some(seen) = seen.filter(|_| verdict != Verdict::Deny) else { return Asked::default() };
    Asked::new(&seen.conversation, &work.bytes, work.offers.as_deref().unwrap_or_default(), work.request.approved)
}

fn summary(pass: Pass, ended: &Ended, micros: u64, sha256: Digest) -> PassSummary {
    let verdict = match ended.step {
        Step::Deny | Step::Reroute(_) | Step::Redact(_) => Verdict::Deny,
        Step::Hold => Verdict::Hold,
        Step::Pass if ended.redacted => Verdict::Redact,
        Step::Pass => Verdict::Allow,
    };
    PassSummary { pass: pass.as_str().to_owned(), verdict, micros, sha256 }
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}
