//! One pass over the bytes: read, look, judge; while a rule asks for a redaction, redact and start again.
//!
//! Both passes are this same loop. They differ in how closely they look, and in that the second reads the bytes which
//! would leave as if it had never seen them.

use crate::decide::judge;
use crate::decision::Request;
use crate::examine::{Depth, Look, Seen, examine};
use crate::explain;
use crate::facts::Facts;
use crate::found;
use crate::glances::Glances;
use crate::numbers::Naming;
use crate::opinion::{Heard, Question, hear};
use crate::remedy::{Redacted, Ruling, Step, redact, rule_on};
use crate::snapshot::Inner;
use crate::tools::{self, Offer};
use gnomon_dialects::ReadError;
use gnomon_types::code::Code;
use gnomon_types::record::Found;
use gnomon_types::verdict::Reason;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Redactions that one pass tries before it gives up.
const REDACTIONS_MAX: usize = 4;

/// Bytes of a model's name. It stands in the record, whose size is limited.
const MODEL_BYTES_MAX: usize = 256;

/// Which pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    First,
    Second,
}

impl Pass {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }

    fn depth(self) -> Depth {
        match self {
            Self::First => Depth::Plain,
            Self::Second => Depth::Full,
        }
    }
}

/// What both passes work on.
pub(crate) struct Work<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) inner: &'a Inner,
    /// The bytes as they stand: borrowed as long as nothing was replaced.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// One value, one token, over the whole conversation and both passes.
    pub(crate) naming: Naming<'a>,
    /// What was replaced, by `kind/TYPE`.
    pub(crate) replaced: BTreeMap<String, u64>,
    /// Where it was and which rule found it, as far as there is room.
    pub(crate) replaced_found: Vec<Found>,
    /// The rules that asked for it.
    pub(crate) replaced_by: Vec<Reason>,
    /// The definitions of tools as received, each with the name that policies know it by. A redaction of something in one
    /// does not make it another.
    pub(crate) offers: Option<Vec<(String, Offer)>>,
    /// What the first pass saw.
    pub(crate) glances: Glances,
}

/// How a pass ended.
pub(crate) struct Ended {
    /// Never `Step::Redact`.
    pub(crate) step: Step,
    /// The public code when the step is `Deny`.
    pub(crate) code: Code,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) observed: Vec<Reason>,
    /// What was seen last; `None` when the bytes could not be read.
    pub(crate) seen: Option<Seen>,
    /// Whether this pass replaced anything.
    pub(crate) redacted: bool,
    /// More than the reasons say, for the caller's eyes only.
    pub(crate) mistake: Option<ReadError>,
    /// What the judge model must say before the step is known; it is `Deny` until then.
    pub(crate) questions: Vec<Question>,
}

/// Runs one pass to its end.
pub(crate) fn run(pass: Pass, work: &mut Work<'_>) -> Ended {
    let mut observed = Vec::new();
    let ended = settle(pass, work, &mut observed);
    Ended { observed, ..ended }
}

fn settle(pass: Pass, work: &mut Work<'_>, observed: &mut Vec<Reason>) -> Ended {
    for round in 0..=REDACTIONS_MAX {
        let redacted = round > 0;
        let (seen, ruling) = match judge_once(pass, work) {
            Ok(judged) => judged,
            Err(fault) => return fault.ended(redacted),
        };
        explain::extend(observed, ruling.observed);
        let Step::Redact(selection) = ruling.step else {
            return ended(ruling.step, ruling.reasons, seen, redacted);
        };
        let redaction = redact(work.request.dialect, &work.bytes, &seen, &selection, &mut work.naming);
        let why_not = match redaction {
            Some(redaction) if round < REDACTIONS_MAX => {
                found::note(&mut work.replaced_found, &seen, work.inner, |finding| selection.covers(finding));
                apply(work, redaction, ruling.reasons);
                continue;
            }
            Some(_) => explain::NOT_SETTLED,
            None => explain::NOTHING_TO_REPLACE,
        };
        let mut reasons = ruling.reasons;
        reasons.push(explain::built_in(why_not));
        return ended(Step::Deny, reasons, seen, redacted);
    }
    // The last round returns whatever comes of it.
    engine_failed().ended(true)
}

fn ended(step: Step, reasons: Vec<Reason>, seen: Seen, redacted: bool) -> Ended {
    Ended {
        step,
        code: Code::Denied,
        reasons,
        observed: Vec::new(),
        seen: Some(seen),
        redacted,
        mistake: None,
        questions: Vec::new(),
    }
}

/// Why the bytes could not be judged.
struct Fault {
    code: Code,
    reason: Reason,
    mistake: Option<ReadError>,
    questions: Vec<Question>,
}

impl Fault {
    fn ended(self, redacted: bool) -> Ended {
        Ended {
            step: Step::Deny,
            code: self.code,
            reasons: vec![self.reason],
            observed: Vec::new(),
            seen: None,
            redacted,
            mistake: self.mistake,
            questions: self.questions,
        }
    }
}

fn judge_once(pass: Pass, work: &mut Work<'_>) -> Result<(Seen, Ruling), Box<Fault>> {
    let request = work.request;
    let conversation = gnomon_dialects::read(request.dialect, &work.bytes, request.content_type).map_err(unreadable)?;
    if conversation.model.as_ref().is_some_and(|model| model.len() > MODEL_BYTES_MAX) {
        return Err(refused(Code::InvalidRequest, explain::NO_MODEL_NAME));
    }
    let model = request.judge.as_ref().filter(|_| pass == Pass::Second && work.inner.asks_judge);
    let band = model.map(|model| model.terms.band);
    let caller = &request.caller.id;
    let mut look = Look { inner: work.inner, caller, depth: pass.depth(), band, glances: &mut work.glances };
    let mut seen = examine(conversation, request.path, &mut look);
    let offers = work.offers.get_or_insert_with(|| tools::compare_definitions(request, &seen.conversation, work.inner));
    let mut tools = tools::look(&seen.conversation, &work.bytes, request, work.inner);
    tools.add_offers(offers);
    let mut facts = Facts::of_request(request, pass.as_str(), &seen, tools);
    if let Some(model) = model {
        match hear(model, &seen, &facts, work.inner).map_err(|_| engine_failed())? {
            Heard::Judged(judged) => (facts.judged, seen.judged) = (judged, judged),
            Heard::Questions(questions) => {
                return Err(Box::new(Fault { questions, ..*refused(Code::Internal, explain::NOT_JUDGED) }));
            }
        }
    }
    let judgement = judge(&mut facts, work.inner).map_err(|_| engine_failed())?;
    let ruling = rule_on(&judgement, &facts);
    Ok((seen, ruling))
}

/// The caller is told everything; the record only where, since a key of the body may be anything.
fn unreadable(error: ReadError) -> Box<Fault> {
    let what = explain::what_is_wrong(&error);
    let reason = Reason {
        rule: explain::STRICT_JSON.to_owned(),
        text: format!("{what}; the first mistake is at byte {}.", error.offset),
        control: None,
        observed: false,
    };
    Box::new(Fault { code: Code::InvalidRequest, reason, mistake: Some(error), questions: Vec::new() })
}

fn refused(code: Code, check: explain::BuiltIn) -> Box<Fault> {
    Box::new(Fault { code, reason: explain::built_in(check), mistake: None, questions: Vec::new() })
}

fn engine_failed() -> Box<Fault> {
    refused(Code::Internal, explain::ENGINE_FAILED)
}

fn apply(work: &mut Work<'_>, redaction: Redacted, reasons: Vec<Reason>) {
    work.bytes = Cow::Owned(redaction.bytes);
    for (label, count) in redaction.replaced {
        *work.replaced.entry(label).or_default() += count;
    }
    explain::extend(&mut work.replaced_by, reasons);
}
