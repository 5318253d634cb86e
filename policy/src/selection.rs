//! Which findings a redaction replaces: the `@redact("pii/EMAIL, pii/IBAN")` of a policy.

use gnomon_types::finding::{Finding, FindingKind};
use std::collections::BTreeSet;

/// A choice of findings by `kind` or `kind/TYPE`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection(BTreeSet<(FindingKind, Option<String>)>);

impl Selection {
    /// All personal data: what a redaction replaces when its policy does not say.
    #[must_use]
    pub fn personal_data() -> Self {
        Self(BTreeSet::from([(FindingKind::Pii, None)]))
    }

    /// Reads a comma-separated list; an error names the entry that is not understood.
    pub(crate) fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim);
        let parsed: Result<BTreeSet<_>, String> = entries.map(parse_entry).collect();
        Ok(Self(parsed?))
    }

    /// Whether nothing is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a finding is among the chosen.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        self.has(finding.kind, &finding.type_)
    }

    /// Whether a `kind/TYPE` is among the chosen.
    #[must_use]
    pub fn covers_label(&self, label: &str) -> bool {
        let Some((kind, type_)) = label.split_once('/') else {
            return false;
        };
        kind_from_word(kind).is_some_and(|kind| self.has(kind, type_))
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    fn has(&self, kind: FindingKind, type_: &str) -> bool {
        self.0.iter().any(|(chosen, only)| *chosen == kind && only.as_deref().is_none_or(|only| only == type_))
    }
}

fn parse_entry(entry: &str) -> Result<(FindingKind, Option<String>), String> {
    let (kind, type_) = match entry.split_once('/') {
        Some((kind, type_)) => (kind, Some(type_)),
        None => (entry, None),
    };
    let well_formed = type_.is_none_or(is_type_word);
    match kind_from_word(kind) {
        Some(kind) if well_formed => Ok((kind, type_.map(str::to_owned))),
        _ => Err(entry.to_owned()),
    }
}

/// Whether a word has the form of a finding's type: `EMAIL`, `AWS_ACCESS_KEY`.
pub(crate) fn is_type_word(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !word.is_empty() && word.bytes().all(allowed)
}

/// The kind behind the first half of a label.
pub(crate) fn kind_from_word(word: &str) -> Option<FindingKind> {
    KINDS.into_iter().find(|kind| kind.as_str() == word)
}

/// Every kind of finding.
pub(crate) const KINDS: [FindingKind; 5] =
    [FindingKind::Injection, FindingKind::Secret, FindingKind::Pii, FindingKind::Data, FindingKind::Hazard];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_whole_kinds_and_single_types() {
        let selection = Selection::parse("secret, pii/EMAIL").unwrap();
        for (label, expected) in
            [("secret/ANY", true), ("pii/EMAIL", true), ("pii/IBAN", false), ("hazard/X", false), ("secret", false)]
        {
            assert_eq!(selection.covers_label(label), expected, "{label}");
        }
    }

    #[test]
    fn refuses_entries_that_could_never_match() {
        for bad in ["", "pi", "pii/", "pii/email", "pii,,secret", "PII"] {
            assert!(Selection::parse(bad).is_err(), "accepted `{bad}`");
        }
    }
}
