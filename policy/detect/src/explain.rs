//! Why a finding was made, for people, and which version of its rule made it.
//!
//! A version is the beginning of the SHA-256 of all that decides: the rule as written, and the code that checks it. So
//! nobody can forget to count it up. Findings stay small; who wants to show one asks for its explanation.

use crate::config::PlanError;
use crate::dictionary::Dictionary;
use crate::rule::Check;
use crate::{attacks, rule, topics};
use gnomon_types::finding::Finding;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known about the rule behind a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Changes whenever the rule, or the code that checks what it finds, changes.
    pub version: String,
    /// Why the rule spoke, as the end of a sentence about what was found: "starts with `ghp_` ...".
    pub why: Cow<'static, str>,
    /// The place in the AI Act (Regulation (EU) 2024/1689) that prohibits the purpose: `5(1)(f)`.
    pub article: Option<Cow<'static, str>>,
}

/// The explanations of all rules that can speak.
pub(crate) struct Explanations(BTreeMap<String, Explanation>);

impl Explanations {
    pub(crate) fn new(dictionaries: &[Arc<Dictionary>]) -> Result<Self, PlanError> {
        let mut all = BTreeMap::new();
        all.extend(rule::shipped_explanations()?);
        all.extend(attacks::shipped_explanations()?);
        all.extend(topics::shipped_explanations()?);
        all.extend(in_code());
        all.extend(dictionaries.iter().map(|dictionary| (dictionary.rule(), of_dictionary(dictionary))));
        Ok(Self(all))
    }

    pub(crate) fn of(&self, finding: &Finding) -> Explanation {
        let known = self.0.get(finding.rule.as_ref()).cloned();
        known.unwrap_or_else(|| match finding.rule.strip_prefix("pii.national-id.") {
            Some(register) => national(register),
            None => Explanation::unknown(finding),
        })
    }
}

impl Explanation {
    /// What can be said of a finding whose rule is not at hand.
    pub(crate) fn unknown(finding: &Finding) -> Self {
        let why = format!("matches the rule `{}`", finding.rule);
        Self { version: version(&[finding.rule.as_ref()]), why: why.into(), article: None }
    }
}

fn of_dictionary(dictionary: &Dictionary) -> Explanation {
    let terms: Vec<&str> = dictionary.terms().iter().map(String::as_str).collect();
    let why = format!("is a term of the dictionary `{}`", dictionary.name());
    Explanation { version: version(&terms), why: why.into(), article: None }
}

const PERSONAL_CHECKS: &str = concat!(
    include_str!("checks.rs"),
    include_str!("personal/walk.rs"),
    include_str!("personal/context.rs"),
    include_str!("../rules/context_words.txt")
);

fn national(register: &str) -> Explanation {
    let code = [
        include_str!("personal/national.rs"),
        include_str!("personal/proofs.rs"),
        include_str!("personal/proofs_east.rs"),
    ];
    let why = format!("has the form and passes the checks of the number `{register}`");
    Explanation { version: version(&code), why: why.into(), article: None }
}

/// Detectors that are code and not data.
fn in_code() -> Vec<(String, Explanation)> {
    let rows: [(&str, &'static str, &[&str]); 10] = [
        (
            "secret.private-key",
            "is an armoured private key: its head says so and its body is base64",
            &[include_str!("pem.rs")],
        ),
        (
            "data.source-code",
            "several lines in a row read like statements of a programming language",
            &[include_str!("code.rs")],
        ),
        (
            "pii.email",
            "has the form of an e-mail address with a domain that can exist",
            &[include_str!("personal/contact.rs")],
        ),
        (
            "pii.phone",
            "has the length and the prefix of a telephone number, or a word before it says that it is one",
            &[include_str!("personal/contact.rs")],
        ),
        ("pii.ip", "is an IP address and no version number", &[include_str!("personal/contact.rs")]),
        (
            "pii.credit-card",
            "has the prefix and the length of a card brand and passes the Luhn check",
            &[include_str!("personal/payment.rs")],
        ),
        (
            "pii.iban",
            "has the length of its country's account numbers and right check digits",
            &[include_str!("personal/payment.rs")],
        ),
        ("pii.date-of-birth", "is a date beside words about a birth", &[include_str!("personal/dates.rs")]),
        (
            "pii.address",
            "has the form of a postal address: street, number, place",
            &[
                include_str!("personal/address.rs"),
                include_str!("personal/address_forms.rs"),
                include_str!("personal/address_traces.rs"),
                include_str!("personal/lexicon.rs"),
            ],
        ),
        (
            "pii.person",
            "is a known first name with a family name, or stands where names stand",
            &[
                include_str!("personal/names.rs"),
                include_str!("personal/name_runs.rs"),
                include_str!("personal/name_words.rs"),
                include_str!("personal/lexicon.rs"),
                include_str!("../rules/first_names.txt"),
                include_str!("../rules/last_names.txt"),
                include_str!("../rules/not_names.txt"),
                include_str!("../rules/name_words.txt"),
            ],
        ),
    ];
    let explained = |(rule, why, code): (&str, &'static str, &[&str])| {
        let mut parts = code.to_vec();
        parts.push(PERSONAL_CHECKS);
        (rule.to_owned(), Explanation { version: version(&parts), why: Cow::Borrowed(why), article: None })
    };
    rows.into_iter().map(explained).collect()
}

/// The code that checks the values of credentials.
pub(crate) const SECRET_CHECKS: [&str; 5] = [
    include_str!("secrets.rs"),
    include_str!("passwords.rs"),
    include_str!("public.rs"),
    include_str!("forms.rs"),
    include_str!("entropy.rs"),
];

/// The sentence for a rule that brings none of its own, from how it works.
pub(crate) fn default_why(check: Check, begins: bool, near: &[String]) -> String {
    let named: Vec<String> = near.iter().take(3).map(|word| format!("`{word}`")).collect();
    let named = match near.len() {
        0..=3 => named.join(" or "),
        _ => format!("{} or the like", named.join(", ")),
    };
    match check {
        _ if begins => format!("starts with {named}, has the form of such a credential and looks like no placeholder"),
        Check::Token => format!("has the form of such a credential, beside {named}, and looks like no placeholder"),
        Check::Random => format!("looks made by a machine, with the form of such a credential, beside {named}"),
        Check::Vendor => format!("looks made by a machine, and stands behind the name {named}"),
        Check::Password => format!("stands where {named} is given a value, and looks like a password"),
        Check::StrongPassword => format!("stands near {named}, and looks like a password by itself"),
        Check::Command => format!("is the password argument of a command, behind {named}"),
        Check::Scrambled => {
            format!("stands where {named} is given a value, and mixes signs, digits and letters by chance")
        }
        Check::Words => format!("has as many words as a recovery phrase, behind {named}"),
        Check::Groups => format!("is groups of letters that make no words, behind {named}"),
        Check::Login => "is the password within a URL or a connection string".to_owned(),
        Check::Jwt => "has the three parts of a JSON Web Token, and its head is one".to_owned(),
        Check::None => format!("matches the pattern of its rule near {named}"),
    }
}

/// The first twelve hexadecimal digits over some texts.
pub(crate) fn version<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.as_ref().len() as u64).to_be_bytes());
        hash.update(part.as_ref());
    }
    let digest = hash.finalize();
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The version of each entry of a rule file's list, by its `id`: over the entry, what the file's entries share, and
/// other texts that decide.
pub(crate) fn versions(text: &str, list: &str, others: &[&str]) -> BTreeMap<String, String> {
    let mut table: toml::Table = toml::from_str(text).unwrap_or_default();
    let entries = table.remove(list);
    let shared = others.iter().map(|other| (*other).to_owned()).chain([written(&toml::Value::Table(table))]);
    let shared: Vec<String> = shared.collect();
    let mut all = BTreeMap::new();
    for entry in entries.iter().filter_map(toml::Value::as_array).flatten() {
        let Some(id) = entry.get("id").and_then(toml::Value::as_str) else { continue };
        let own = written(entry);
        let parts: Vec<&str> = std::iter::once(own.as_str()).chain(shared.iter().map(String::as_str)).collect();
        all.insert(id.to_owned(), version(&parts));
    }
    all
}

/// A value in one way of writing, so that comments and order of keys do not count.
fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let sorted: BTreeMap<&String, &toml::Value> = table.iter().collect();
            sorted.into_iter().map(|(key, value)| format!("{key:?}={};", written(value))).collect()
        }
        toml::Value::Array(items) => items.iter().map(|item| format!("{},", written(item))).collect(),
        toml::Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_the_content_and_not_the_writing() {
        let of = |text: &str, other: &str| versions(text, "rule", &[other]).remove("a").unwrap();
        let base = of("[[rule]]\nid = \"a\"\nscore = 1\n", "x");
        assert_eq!(base.len(), 12);
        assert_eq!(of("# note\n[[rule]]\nscore=1\nid=\"a\"\n[[rule]]\nid=\"b\"", "x"), base);
        for (text, other) in [
            ("[[rule]]\nid = \"a\"\nscore = 2", "x"),
            ("[[rule]]\nid = \"a\"\nscore = 1", "y"),
            ("[words]\nw = \"z\"\n[[rule]]\nid = \"a\"\nscore = 1", "x"),
        ] {
            assert_ne!(of(text, other), base, "{text}");
        }
    }
}
