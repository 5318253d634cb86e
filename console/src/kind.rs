//! Models, callers and keys share their handlers; which of them is meant stands in the address.

use crate::app::App;
use crate::error::ConsoleError;
use crate::query::escape;
use axum::extract::FromRequestParts;
use gnomon_inventory::AssetKind;
use http::request::Parts;

/// The kind of asset that an address is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) AssetKind);

impl Kind {
    /// Its word in addresses.
    pub(crate) fn plural(self) -> &'static str {
        match self.0 {
            AssetKind::Model => "models",
            AssetKind::Caller => "callers",
            AssetKind::Key => "keys",
        }
    }

    /// The heading over a list of them.
    pub(crate) fn heading(self) -> &'static str {
        match self.0 {
            AssetKind::Model => "Models",
            AssetKind::Caller => "Callers",
            AssetKind::Key => "Keys",
        }
    }

    /// Address of the list's page.
    pub(crate) fn page(self) -> String {
        format!("/inventory/{}", self.plural())
    }

    /// Address of the page of one of them.
    pub(crate) fn page_of(self, id: &str) -> String {
        format!("{}/{}", self.page(), escape(id))
    }

    /// Address of the list for programs.
    pub(crate) fn api(self) -> String {
        format!("/api/v1/{}", self.plural())
    }

    fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/inventory/").or_else(|| path.strip_prefix("/api/v1/"))?;
        let word = rest.split('/').next()?;
        AssetKind::ALL.into_iter().map(Self).find(|kind| kind.plural() == word)
    }
}

impl FromRequestParts<App> for Kind {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ConsoleError> {
        let lost = || ConsoleError::NotFound("there is nothing under this address".to_owned());
        Self::of_path(parts.uri.path()).ok_or_else(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_the_kind_and_the_kind_its_address() {
        for kind in AssetKind::ALL.map(Kind) {
            for path in [kind.page(), kind.page_of("a/b"), kind.api(), format!("{}/x", kind.api())] {
                assert_eq!(Kind::of_path(&path), Some(kind), "{path}");
            }
        }
        assert_eq!(Kind::of_path("/inventory/services"), None);
        assert_eq!(Kind::of_path("/keys"), None);
        assert_eq!(Kind(AssetKind::Model).page_of("openai/gpt-4o"), "/inventory/models/openai%2Fgpt-4o");
    }
}
