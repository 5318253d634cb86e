//! Which models were used on which upstream, so that the first use of each becomes a record.

use gnomon_types::ids::UpstreamName;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Models remembered. An upstream that takes any name must not fill our memory or the log.
const MODELS_MAX: usize = 10_000;

/// Longest model name that is recorded, in bytes.
const MODEL_BYTES_MAX: usize = 200;

/// The models seen so far.
#[derive(Debug, Default)]
pub(crate) struct Models(Mutex<BTreeSet<(UpstreamName, String)>>);

impl Models {
    /// Remembers models from before a restart.
    pub(crate) fn know(&self, models: impl IntoIterator<Item = (UpstreamName, String)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(models);
    }

    /// Whether this is the first use of a model on an upstream.
    pub(crate) fn is_first(&self, upstream: &UpstreamName, model: &str) -> bool {
        if model.is_empty() || model.len() > MODEL_BYTES_MAX {
            return false;
        }
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.len() < MODELS_MAX && seen.insert((upstream.clone(), model.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_new_once_on_each_upstream() {
        let models = Models::default();
        let (one, two) = (UpstreamName::new("one").unwrap(), UpstreamName::new("two").unwrap());
        models.know([(one.clone(), "known".to_owned())]);
        assert!(!models.is_first(&one, "known"));
        assert!(models.is_first(&two, "known"));
        assert!(models.is_first(&one, "gpt"));
        assert!(!models.is_first(&one, "gpt"));
        assert!(!models.is_first(&one, &"x".repeat(201)));
    }
}
