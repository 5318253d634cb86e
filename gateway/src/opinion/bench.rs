//! What outlives a request: the places at the model, and its opinions.

use super::JudgeModel;
use gnomon_policy::Opinion;
use gnomon_types::digest::Digest;
use gnomon_types::ids::CallerId;
use lru::LruCache;
use sha2::{Digest as _, Sha256};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The bench of the model in force. Another model, prompt or limit is another bench: opinions of one are none of the other.
#[derive(Default)]
pub(crate) struct Benches(Mutex<Option<(Digest, Arc<Bench>)>>);

impl Benches {
    pub(crate) fn of(&self, model: &JudgeModel) -> Arc<Bench> {
        let wanted = fingerprint(model);
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some((known, bench)) if *known == wanted => bench.clone(),
            _ => {
                let bench = Arc::new(Bench::new(model.concurrent_max, model.remembered_max));
                *current = Some((wanted, bench.clone()));
                bench
            }
        }
    }
}

/// Places and opinions.
pub(crate) struct Bench {
    pub(super) places: Semaphore,
    opinions: Mutex<LruCache<[u8; 32], Opinion>>,
}

impl Bench {
    fn new(concurrent_max: usize, remembered_max: usize) -> Self {
        let remembered_max = NonZeroUsize::new(remembered_max).unwrap_or(NonZeroUsize::MIN);
        Self {
            places: Semaphore::new(concurrent_max.clamp(1, Semaphore::MAX_PERMITS)),
            opinions: Mutex::new(LruCache::new(remembered_max)),
        }
    }

    /// What the model said to this caller's text before.
    pub(super) fn remembered(&self, caller: &CallerId, question: &Digest) -> Option<Opinion> {
        self.opinions.lock().unwrap_or_else(PoisonError::into_inner).get(&key(caller, question)).copied()
    }

    /// Remembers an opinion. That there is none is not remembered: the model may be back.
    pub(super) fn remember(&self, caller: &CallerId, question: Digest, opinion: Opinion) {
        self.opinions.lock().unwrap_or_else(PoisonError::into_inner).put(key(caller, &question), opinion);
    }
}

/// With the caller in it, nobody can tell by the time of an answer whether somebody else sent the same text before.
fn key(caller: &CallerId, question: &Digest) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(question.0);
    hash.update(caller.as_str());
    hash.finalize().into()
}

/// Everything that an opinion depends on, and the limits. The credential is not part of it.
fn fingerprint(model: &JudgeModel) -> Digest {
    let origin = &model.upstream.origin;
    let limits = (model.terms.text_bytes_max, model.concurrent_max, model.remembered_max);
    let mut hash = Sha256::new();
    hash.update(format!("{origin:?} {:?} {limits:?}", model.prompt));
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Upstream;
    use crate::origin::Origin;
    use gnomon_policy::{AnswerFormat, Band, JudgePrompt, JudgeTerms, OnJudgeFailure};
    use gnomon_types::ids::{ServiceId, UpstreamName};

    fn model(name: &str) -> JudgeModel {
        let origin = Origin::parse("http://127.0.0.1:1").unwrap();
        JudgeModel {
            upstream: Upstream::new(UpstreamName::new("j").unwrap(), origin, ServiceId::new("j").unwrap(), "J"),
            prompt: JudgePrompt::new(name, AnswerFormat::Json, None, None).unwrap(),
            terms: JudgeTerms {
                band: Band { from: 300, to: 500 },
                text_bytes_max: 1000,
                on_failure: OnJudgeFailure::Deny,
            },
            time_limit_ms: 1000,
            concurrent_max: 2,
            remembered_max: 3,
        }
    }

    #[test]
    fn opinions_are_those_of_one_model_for_one_caller() {
        let (benches, anna, bo) = (Benches::default(), CallerId::sanitised("anna"), CallerId::sanitised("bo"));
        let (one, question) = (benches.of(&model("one")), Digest([1; 32]));
        one.remember(&anna, question, Opinion::Safe);
        assert_eq!(benches.of(&model("one")).remembered(&anna, &question), Some(Opinion::Safe));
        assert_eq!(one.remembered(&bo, &question), None);
        assert_eq!(one.remembered(&anna, &Digest([2; 32])), None);
        assert_eq!(benches.of(&model("two")).remembered(&anna, &question), None);
        assert_eq!(benches.of(&model("one")).remembered(&anna, &question), None);
    }

    #[test]
    fn no_more_opinions_are_remembered_than_allowed() {
        let bench = Benches::default().of(&model("one"));
        let caller = CallerId::sanitised("anna");
        for number in 0..10 {
            bench.remember(&caller, Digest([number; 32]), Opinion::Unsafe);
        }
        let known = (0..10).filter(|number| bench.remembered(&caller, &Digest([*number; 32])).is_some()).count();
        assert_eq!(known, 3);
    }
}
