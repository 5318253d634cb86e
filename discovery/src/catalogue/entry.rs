//! One AI service as the catalogue files write it, and as everybody else sees it.

use gnomon_types::asset::ServiceKind;
use gnomon_types::ids::ServiceId;
use serde::Deserialize;

/// An AI service of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its id, such as `chatgpt`.
    pub id: ServiceId,
    /// Its name for people.
    pub name: String,
    /// Who runs it.
    pub vendor: String,
    /// What it is for: `assistant`, `model-api`, `coding`, `image` ...
    pub category: String,
    /// Known, embedded or MCP.
    pub kind: ServiceKind,
    /// Hosts as the catalogue writes them: a bare name stands for itself and all names below it, `=name` for itself only,
    /// `*` for a part of one label.
    pub hosts: Vec<String>,
}

/// A catalogue file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) service: Vec<Entry>,
}

/// One entry of a catalogue file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) vendor: String,
    pub(super) category: String,
    #[serde(default)]
    pub(super) kind: ServiceKind,
    /// Hosts that people and programs use the service at.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// Hosts for sign-in, static files and uploads of this service alone.
    #[serde(default)]
    pub(super) support: Vec<String>,
    /// Hosts below the others that are something else: status pages, mail tracking.
    #[serde(default)]
    pub(super) except: Vec<String>,
    /// Hosts that do more than AI, with the paths that are AI (`*` stands for any text, a final `$` for the end; a path stands for all that begin so, up to a whole word).
    #[serde(default)]
    pub(super) on: Vec<On>,
    /// How sure a request to `hosts` is a use, if not [`Entry::CONFIDENCE`].
    pub(super) confidence: Option<f32>,
}

impl Entry {
    /// Of a request to a host of the service.
    pub(super) const CONFIDENCE: f32 = 0.95;
    /// Of a request to one of its support hosts: the page may have been opened by another.
    pub(super) const SUPPORT_CONFIDENCE: f32 = 0.7;
}

/// A host that is AI at some paths only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct On {
    pub(super) host: String,
    pub(super) paths: Vec<String>,
}
