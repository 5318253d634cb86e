//! The catalogue of AI services: which hosts and paths belong to which service, and how sure that is.

mod entry;
mod load;
mod matcher;

use crate::error::CatalogueError;
use crate::host;
use gnomon_types::asset::ServiceKind;
use gnomon_types::ids::ServiceId;
use matcher::Matcher;

pub use entry::Service;
pub(crate) use matcher::Hit;

/// A reviewed list of AI services, ready for lookup.
#[derive(Debug)]
pub struct Catalogue {
    services: Vec<Service>,
    matcher: Matcher,
}

/// A host that the catalogue knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised<'c> {
    /// The service.
    pub id: ServiceId,
    /// Its name for people.
    pub name: &'c str,
    /// Who runs it.
    pub vendor: &'c str,
    /// What it is for: `assistant`, `model-api`, `coding`, `image` ...
    pub category: &'c str,
    /// Known, embedded or MCP.
    pub kind: ServiceKind,
    /// How sure a visible request to this host and path is a use of the service, 0 to 1.
    pub confidence: f32,
}

impl Catalogue {
    /// The list that ships with Gnomon.
    ///
    /// # Errors
    /// [`CatalogueError`] with every mistake in the list; the shipped one has none (tested).
    pub fn shipped() -> Result<Self, CatalogueError> {
        Self::from_toml(&load::SHIPPED)
    }

    /// A list from TOML documents in the form of the shipped ones.
    ///
    /// # Errors
    /// [`CatalogueError`] with every mistake of all documents.
    pub fn from_toml(documents: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let (services, rules) = load::read(documents)?;
        Ok(Self { services, matcher: Matcher::new(rules) })
    }

    /// The service a host belongs to. Without a path, services that are only known by path are not found. Case, a final dot
    /// and brackets around IPv6 do not matter; a host that merely looks alike is not found.
    #[must_use]
    pub fn recognise_host(&self, host: &str, path: Option<&str>) -> Option<Recognised<'_>> {
        let hit = self.find(&host::normal(host), path)?;
        let service = self.service(hit.service)?;
        Some(Recognised {
            id: service.id.clone(),
            name: &service.name,
            vendor: &service.vendor,
            category: &service.category,
            kind: service.kind,
            confidence: hit.confidence,
        })
    }

    /// The service an absolute URL points at.
    #[must_use]
    pub fn service_for_url(&self, url: &str) -> Option<Recognised<'_>> {
        let target = host::url(url)?;
        self.recognise_host(&target.host, target.path)
    }

    /// Every service, sorted by id.
    #[must_use]
    pub fn entries(&self) -> &[Service] {
        &self.services
    }

    /// As [`Catalogue::recognise_host`] for a host in normal form, without copies.
    pub(crate) fn find(&self, host: &str, path: Option<&str>) -> Option<Hit> {
        self.matcher.find(host, path)
    }

    /// The service whose AI cannot be told apart from the rest of this host while the path is hidden.
    pub(crate) fn hidden(&self, host: &str) -> Option<&Service> {
        self.matcher.hidden(host).and_then(|index| self.service(index))
    }

    pub(crate) fn service(&self, index: usize) -> Option<&Service> {
        self.services.get(index)
    }
}
