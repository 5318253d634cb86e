//! The words of notions, by language.
//!
//! A stem matches the beginning of a word; with a space behind it a whole word; with `~` before it any part of a word,
//! for languages that join words.

use crate::attacks::fold;
use crate::config::PlanError;
use std::collections::BTreeMap;

/// The number of a notion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Notion(pub(super) u16);

/// Where a stem must meet the edges of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    Begin,
    Both,
    None,
}

/// A stem of a notion.
#[derive(Debug, Clone)]
pub(super) struct Stem {
    pub(super) letters: String,
    pub(super) edges: Edges,
    pub(super) notion: Notion,
}

/// Notions by name, and their stems.
pub(super) struct Lexicon {
    names: BTreeMap<String, Notion>,
    pub(super) stems: Vec<Stem>,
}

/// Language and words of one notion.
type ByLanguage = BTreeMap<String, Vec<String>>;

impl Lexicon {
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, PlanError> {
        let parsed: BTreeMap<String, ByLanguage> =
            toml::from_str(text).map_err(|error| PlanError::Rules { file, cause: error.to_string() })?;
        let (mut names, mut stems) = (BTreeMap::new(), Vec::new());
        for (number, (name, languages)) in (0_u16..).zip(parsed) {
            names.insert(name, Notion(number));
            let words = languages.into_values().flatten();
            stems.extend(words.map(|word| stem(&word, Notion(number))));
        }
        Ok(Self { names, stems })
    }

    pub(super) fn notion(&self, name: &str) -> Option<Notion> {
        self.names.get(name).copied()
    }
}

fn stem(word: &str, notion: Notion) -> Stem {
    let (letters, edges) = match (word.strip_prefix('~'), word.strip_suffix(' ')) {
        (Some(part), _) => (part, Edges::None),
        (None, Some(whole)) => (whole, Edges::Both),
        (None, None) => (word, Edges::Begin),
    };
    Stem { letters: fold(letters).text, edges, notion }
}
