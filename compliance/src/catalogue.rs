//! The obligations as data: `frameworks/*.toml`, read once, with the version of the law and the digest of the text.

use crate::error::ComplianceError;
use crate::framework::Framework;
use gnomon_types::digest::Digest;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// What records can be for an obligation: who has the last word about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The records are what is asked for.
    Records,
    /// The same, once they reach back six calendar months.
    Retention,
    /// Records support it; a person decides.
    Person,
    /// The records hold nothing on it.
    None,
}

/// One obligation of a law.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obligation {
    /// Such as `ai-act:26(5)`; policies name it in `@control`.
    pub id: String,
    /// Its id in the common table of obligations, such as `aiact-26.5`.
    pub source: Vec<String>,
    /// Where it stands in the law.
    pub reference: String,
    /// What it asks, in our words.
    pub requirement: String,
    /// Who owes it.
    pub who: String,
    /// The day from which it applies, `2026-08-02`.
    pub applies_from: String,
    /// What there is to say about that day.
    #[serde(default)]
    pub applies_note: String,
    /// What records can be for it.
    pub evidence: Evidence,
    /// The queries whose matches speak for it.
    pub queries: Vec<String>,
    /// What a person must add.
    pub person: String,
    /// What these records cannot show.
    pub limits: String,
}

impl Obligation {
    /// The id as an OSCAL token: `ai-act-26.5`.
    #[must_use]
    pub fn control(&self) -> String {
        let mut token = String::with_capacity(self.id.len());
        for letter in self.id.chars() {
            match letter {
                ':' => token.push('-'),
                '(' => token.push('.'),
                ')' => {}
                other => token.push(other),
            }
        }
        token
    }

    /// Whether a policy's `@control` names this obligation or a part of it.
    #[must_use]
    pub fn is_named_by(&self, control: &str) -> bool {
        control.strip_prefix(self.id.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
    }
}

/// A law with its obligations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Which.
    pub id: Framework,
    /// Its short name.
    pub name: String,
    /// The acts.
    pub law: String,
    /// The version of the text.
    pub version: String,
    /// The day on which the catalogue was last held against the law.
    pub as_of: String,
    /// Where the text is.
    pub source: String,
    /// Its obligations, in the order of the law.
    #[serde(rename = "obligation")]
    pub obligations: Vec<Obligation>,
    /// SHA-256 of the catalogue file.
    #[serde(skip, default = "no_digest")]
    pub catalogue: Digest,
}

fn no_digest() -> Digest {
    Digest([0; 32])
}

static AI_ACT: LazyLock<Result<Law, String>> = LazyLock::new(|| read(include_str!("../frameworks/ai-act.toml")));
static NIS2: LazyLock<Result<Law, String>> = LazyLock::new(|| read(include_str!("../frameworks/nis2.toml")));
static OBLIGATIONS: LazyLock<Vec<Obligation>> = LazyLock::new(|| {
    let laws = Framework::ALL.into_iter().filter_map(|framework| law(framework).ok());
    laws.flat_map(|law| law.obligations.clone()).collect()
});

fn read(text: &str) -> Result<Law, String> {
    let law: Law = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(Law { catalogue: Digest(Sha256::digest(text).into()), ..law })
}

/// A law of the shipped catalogue.
///
/// # Errors
/// [`ComplianceError::Catalogue`] when the shipped file is broken; a test keeps it whole.
pub fn law(framework: Framework) -> Result<&'static Law, ComplianceError> {
    let law = match framework {
        Framework::AiAct => &*AI_ACT,
        Framework::Nis2 => &*NIS2,
    };
    law.as_ref()
        .map_err(|message| ComplianceError::Catalogue { framework: framework.as_str(), message: message.clone() })
}

/// Every obligation of every law.
#[must_use]
pub fn obligations() -> &'static [Obligation] {
    &OBLIGATIONS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries;
    use std::collections::BTreeSet;

    #[test]
    fn every_law_reads_and_every_obligation_is_named_once() {
        let mut ids = BTreeSet::new();
        for framework in Framework::ALL {
            let law = law(framework).unwrap();
            assert_eq!(law.id, framework);
            for row in &law.obligations {
                assert!(ids.insert(row.control()), "{}", row.id);
                assert!(row.applies_from.parse::<jiff::civil::Date>().is_ok(), "{}", row.id);
                assert!(!row.requirement.is_empty() && !row.limits.is_empty() || !row.person.is_empty(), "{}", row.id);
            }
        }
        assert!(obligations().len() > 45, "{}", obligations().len());
    }

    #[test]
    fn every_obligation_of_the_common_table_has_a_row() {
        const AI_ACT: &str = "4 5 5-ba-bb 6 9 10 11-AnnexIV 12.1 12.3 13 14 15 16-21 26.1 26.2 26.4 26.5 26.6 26.7 \
            26.8-49-71 26.9 26.11-86 26.12 27 50.1 50.2 50.3-4 53 55 72 73 99";
        const NIS2: &str = "20 21a 21b 21c 21d 21e 21f 21g 21h 21i 21j 23 29 30";
        let ids = |law: &str, parts: &str| -> Vec<String> {
            parts.split_ascii_whitespace().map(|part| format!("{law}-{part}")).collect()
        };
        let wanted: BTreeSet<String> = [ids("aiact", AI_ACT), ids("nis2", NIS2)].concat().into_iter().collect();
        assert_eq!(wanted.len(), 46);
        let named: BTreeSet<String> = obligations().iter().flat_map(|row| row.source.clone()).collect();
        assert_eq!(named, wanted);
        for row in obligations() {
            assert!(!row.source.is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn every_query_that_an_obligation_names_exists_and_none_is_idle() {
        let named: BTreeSet<&str> =
            obligations().iter().flat_map(|row| row.queries.iter().map(String::as_str)).collect();
        let known: BTreeSet<&str> = queries::TABLE.iter().map(|query| query.id).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn no_obligation_counts_as_answered_by_queries_that_this_log_cannot_answer() {
        for row in obligations() {
            let answers = |id: &String| queries::find(id).is_some_and(queries::Query::is_answerable);
            let any = row.queries.iter().any(answers);
            assert_eq!(any, row.evidence != Evidence::None, "{}", row.id);
        }
    }

    #[test]
    fn a_control_names_the_obligation_and_its_parts_only() {
        let find = |id: &str| obligations().iter().find(|row| row.id == id).unwrap();
        assert!(find("ai-act:15").is_named_by("ai-act:15(5)"));
        assert!(find("ai-act:5").is_named_by("ai-act:5"));
        assert!(!find("ai-act:5").is_named_by("ai-act:50(1)"));
        assert_eq!(find("nis2:21(2)(j)").control(), "nis2-21.2.j");
    }
}
