//! Asks a judge model about texts that the detectors are unsure about, within a time limit, and remembers what it said.
//!
//! Which texts, and what follows from an opinion, is for policy to say; here is the asking alone. A model that is slow, away
//! or talks nonsense costs the requests that need it their time limit and nobody else anything.

mod bench;
mod call;

pub(crate) use bench::Benches;

use crate::live::Upstream;
use crate::metrics::{Counters, Took};
use crate::upstream::Peers;
use futures_util::future::join_all;
use gnomon_policy::{JudgePrompt, JudgeTerms, Opinion, Question};
use gnomon_types::digest::Digest;
use gnomon_types::ids::CallerId;
use gnomon_types::opinion::JudgeSummary;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Questions that one request may put to the model. What the gateway remembers does not count.
const QUESTIONS_MAX: usize = 32;

/// A judge model: where it answers, how it is asked, and within which limits.
#[derive(Debug, Clone)]
pub struct JudgeModel {
    /// The server, with an OpenAI-compatible API for chat completions.
    pub upstream: Upstream,
    /// How it is asked and understood.
    pub prompt: JudgePrompt,
    /// What it is asked about, and what happens without an opinion.
    pub terms: JudgeTerms,
    /// How long one request waits for all opinions that it needs, in milliseconds.
    pub time_limit_ms: u64,
    /// Questions under way at a time; more wait, within their time limit.
    pub concurrent_max: usize,
    /// Opinions remembered.
    pub remembered_max: usize,
}

/// Why there is no opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The model did not answer within the time limit.
    TimeLimit,
    /// All places at the model were taken for so long.
    Busy,
    /// No connection to it.
    Unreachable,
    /// Another status than 200, redirections included.
    Status,
    /// The answer is no JSON, or is encoded.
    ContentType,
    /// The answer is larger than any opinion.
    TooLarge,
    /// The answer broke off.
    Broken,
    /// The answer is not exactly one opinion.
    Unreadable,
    /// More questions than one request may ask.
    TooMany,
}

impl Cause {
    /// Every cause.
    pub(crate) const ALL: [Self; 9] = [
        Self::TimeLimit,
        Self::Busy,
        Self::Unreachable,
        Self::Status,
        Self::ContentType,
        Self::TooLarge,
        Self::Broken,
        Self::Unreadable,
        Self::TooMany,
    ];

    /// The word in records and metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TimeLimit => "time_limit",
            Self::Busy => "busy",
            Self::Unreachable => "unreachable",
            Self::Status => "status",
            Self::ContentType => "content_type",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
            Self::Unreadable => "unreadable",
            Self::TooMany => "too_many",
        }
    }
}

/// What was heard about one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hearing {
    /// The opinions by the digest of their question.
    pub(crate) opinions: BTreeMap<Digest, Opinion>,
    cause: Option<Cause>,
    attack_permille: u32,
    remembered: u64,
    time: Duration,
}

impl Hearing {
    /// What stands in the record; nothing when nobody was asked.
    pub(crate) fn summary(&self, model: &JudgeModel) -> Option<JudgeSummary> {
        let worst = *self.opinions.values().max()?;
        Some(JudgeSummary {
            opinion: worst.as_str().to_owned(),
            cause: self.cause.filter(|_| worst == Opinion::Failed).map(|cause| cause.as_str().to_owned()),
            model: model.prompt.model().to_owned(),
            attack_permille: self.attack_permille,
            texts: u64::try_from(self.opinions.len()).unwrap_or(u64::MAX),
            remembered: self.remembered,
            micros: u64::try_from(self.time.as_micros()).unwrap_or(u64::MAX),
        })
    }

    fn note(&mut self, question: &Question, opinion: Opinion) {
        self.attack_permille = self.attack_permille.max(question.attack_permille);
        self.opinions.insert(question.digest, opinion);
    }
}

/// Who asks on whose behalf, and where.
pub(crate) struct Asker<'a> {
    pub(crate) benches: &'a Benches,
    pub(crate) peers: &'a Peers,
    pub(crate) counters: &'a Counters,
    pub(crate) model: &'a JudgeModel,
    pub(crate) caller: &'a CallerId,
}

impl Asker<'_> {
    /// Gets an opinion on every question, or notes that there is none.
    pub(crate) async fn hear(&self, questions: &[Question], hearing: &mut Hearing) {
        let start = Instant::now();
        let bench = self.benches.of(self.model);
        let mut open = Vec::new();
        for question in questions {
            match bench.remembered(self.caller, &question.digest) {
                Some(opinion) => {
                    hearing.remembered += 1;
                    self.counters.judge_remembered();
                    hearing.note(question, opinion);
                }
                None => open.push(question),
            }
        }
        let (asked, too_many) = open.split_at(open.len().min(QUESTIONS_MAX));
        let deadline = tokio::time::Instant::now() + Duration::from_millis(self.model.time_limit_ms);
        let calls = asked.iter().map(|question| call::ask(self, &bench, question, deadline));
        let mut answers = join_all(calls).await;
        answers.extend(too_many.iter().map(|_| Err(Cause::TooMany)));
        for (question, answer) in open.iter().zip(answers) {
            let opinion = answer.unwrap_or(Opinion::Failed);
            match answer {
                Ok(opinion) => bench.remember(self.caller, question.digest, opinion),
                Err(cause) => hearing.cause = hearing.cause.or(Some(cause)),
            }
            self.counters.judge_answer(opinion, answer.err());
            hearing.note(question, opinion);
        }
        if !asked.is_empty() {
            self.counters.took(Took::Judge, start.elapsed());
        }
        hearing.time += start.elapsed();
    }
}
