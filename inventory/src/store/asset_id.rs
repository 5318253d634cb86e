//! Names of models, callers and keys: their kind and an id, `model/openai/gpt-4o`. Services have ids of their own.

use gnomon_types::ids::ServiceId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetKind {
    /// A model on a service.
    Model,
    /// An application, agent or person that asks.
    Caller,
    /// An access key.
    Key,
}

impl AssetKind {
    /// Every kind, in the order in which pages show them.
    pub const ALL: [Self; 3] = [Self::Model, Self::Caller, Self::Key];

    /// The word used in JSON, SQL and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Caller => "caller",
            Self::Key => "key",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Assets of this kind in SQL: `column` between the first of them and the first of what follows.
    pub(crate) fn range(self, column: &str) -> String {
        // `/` is followed by `0` in ASCII.
        format!("{column} >= '{self}/' AND {column} < '{self}0'")
    }
}

impl fmt::Display for AssetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An asset's kind and its id among its kind: `SERVICE/MODEL`, the name of a caller, the public part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId {
    kind: AssetKind,
    id: String,
}

impl AssetId {
    /// Names an asset by what stands behind the kind.
    #[must_use]
    pub fn new(kind: AssetKind, id: &str) -> Self {
        // As the database keeps it, so that two ids which are one row there are one here too.
        Self { kind, id: id.replace('\0', "\u{fffd}") }
    }

    /// A model on a service. A slash in the id of the service is written `%2F`, so that the first slash ends it.
    #[must_use]
    pub fn model(service: &ServiceId, model: &str) -> Self {
        Self::new(AssetKind::Model, &format!("{}/{model}", service.as_str().replace('/', "%2F")))
    }

    /// Reads `KIND/ID`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once('/')?;
        Some(Self::new(AssetKind::from_word(kind)?, id)).filter(|_| !id.is_empty())
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> AssetKind {
        self.kind
    }

    /// Its id among its kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Service and name of a model; `None` for other kinds and for what is no model's id.
    #[must_use]
    pub fn as_model(&self) -> Option<(ServiceId, &str)> {
        let (service, model) = self.id.split_once('/').filter(|_| self.kind == AssetKind::Model)?;
        Some((ServiceId::new(service.replace("%2F", "/")).ok()?, model))
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_its_service_and_read_back() {
        for (service, model) in
            [("openai", "gpt-4o"), ("host:10.9.3.4:11434", "meta/llama"), ("a/b", "c"), ("a", "b/c")]
        {
            let service = ServiceId::new(service).unwrap();
            let id = AssetId::model(&service, model);
            assert_eq!(id.as_model(), Some((service, model)));
            assert_eq!(AssetId::parse(&id.to_string()), Some(id));
        }
        let slashed = AssetId::model(&ServiceId::new("a/b").unwrap(), "c");
        assert_ne!(slashed, AssetId::model(&ServiceId::new("a").unwrap(), "b/c"));
        assert_eq!(slashed.to_string(), "model/a%2Fb/c");
    }

    #[test]
    fn what_names_no_asset_is_not_read() {
        for text in ["", "model", "model/", "service/openai", "Model/x/y"] {
            assert_eq!(AssetId::parse(text), None, "{text}");
        }
        assert_eq!(AssetId::parse("caller/x").unwrap().as_model(), None);
    }
}
