//! A dictionary as it is written: one term per line.

use super::form::form;
use serde::{Deserialize, Serialize};

/// The longest term, in bytes.
pub(super) const TERM_BYTES_MAX: usize = 200;
/// The most terms of one dictionary.
const TERMS_MAX: usize = 1_000_000;
/// Mistakes that are named; a file of another kind has one in each line.
const MISTAKES_MAX: usize = 20;

/// An organisation's own list of terms. What is found has its name in capitals as type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dictionary {
    name: String,
    terms: Vec<String>,
    case_sensitive: bool,
    whole_words: bool,
}

/// A line that holds no term that could be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermError {
    /// The line, from 1; 0 when it is about the dictionary as a whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Dictionary {
    /// Reads a file of terms: one in each line, white space around it dropped. Empty lines and lines that begin with `#`
    /// are left out; a term that begins with that sign is written `\#`.
    ///
    /// # Errors
    /// The lines that hold no usable term, the first twenty of them.
    pub fn read(name: &str, text: &str, case_sensitive: bool, whole_words: bool) -> Result<Self, Vec<TermError>> {
        let (mut terms, mut mistakes) = (Vec::new(), Vec::new());
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let term = line.strip_prefix('\\').filter(|rest| rest.starts_with('#')).unwrap_or(line);
            match objection(term) {
                None => terms.push(term.to_owned()),
                Some(message) => mistakes.push(TermError { line: number + 1, message }),
            }
        }
        if let Err(message) = Self::check_name(name) {
            mistakes.insert(0, TermError { line: 0, message });
        }
        if terms.is_empty() && mistakes.is_empty() {
            mistakes.push(TermError { line: 0, message: "there is no term in it".to_owned() });
        }
        if terms.len() > TERMS_MAX {
            mistakes.push(TermError { line: 0, message: format!("it has more than {TERMS_MAX} terms") });
        }
        mistakes.truncate(MISTAKES_MAX);
        let dictionary = Self { name: name.to_owned(), terms, case_sensitive, whole_words };
        if mistakes.is_empty() { Ok(dictionary) } else { Err(mistakes) }
    }

    /// Whether a dictionary may have this name.
    ///
    /// # Errors
    /// Why not.
    pub fn check_name(name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("`{name}` is not a name: a letter, then letters, digits and dashes"));
        }
        if CLASSES.contains(&type_of(name).as_str()) {
            return Err(format!("`{name}` is a class of data that is found without a dictionary"));
        }
        Ok(())
    }

    /// The type of what is found: `code-names` finds `CODE_NAMES`.
    #[must_use]
    pub fn type_(&self) -> String {
        type_of(&self.name)
    }

    /// The rule that findings name.
    pub(crate) fn rule(&self) -> String {
        format!("data.dictionary.{}", self.name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its terms, as written.
    #[must_use]
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    pub(crate) fn case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    pub(crate) fn whole_words(&self) -> bool {
        self.whole_words
    }
}

/// Classes that the shipped rules find: a dictionary's terms could not be told from them.
const CLASSES: [&str; 10] = [
    "HEALTH_DATA",
    "RACIAL_ETHNIC_ORIGIN",
    "POLITICAL_OPINION",
    "RELIGIOUS_BELIEF",
    "TRADE_UNION_MEMBERSHIP",
    "GENETIC_DATA",
    "BIOMETRIC_DATA",
    "SEX_LIFE_ORIENTATION",
    "FINANCIAL_DATA",
    "SOURCE_CODE",
];

fn type_of(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Why a term cannot be looked for.
fn objection(term: &str) -> Option<String> {
    let bytes = form(term, false).text.len();
    if bytes > TERM_BYTES_MAX {
        return Some(format!("a term of {bytes} bytes; the longest may have {TERM_BYTES_MAX}"));
    }
    if term.chars().any(char::is_control) {
        return Some("a control character in the term; write one term per line, without columns".to_owned());
    }
    let letters = term.chars().filter(|c| c.is_alphanumeric()).count();
    let dense = term.chars().any(crate::attacks::is_dense);
    if letters < 2 && term.chars().count() < 3 && !dense {
        return Some(format!("`{term}` is too short: it would be found everywhere"));
    }
    (letters == 0).then(|| format!("`{term}` has neither letter nor digit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_term_per_line_and_leaves_comments_out() {
        let text = "\u{feff}# code names\r\nBlue Heron\r\n\r\n  Zephyr \n\\#1 client\n";
        let dictionary = Dictionary::read("code-names", text, false, true).unwrap();
        assert_eq!(dictionary.terms(), ["Blue Heron", "Zephyr", "#1 client"]);
        assert_eq!(
            (dictionary.type_().as_str(), dictionary.rule().as_str()),
            ("CODE_NAMES", "data.dictionary.code-names")
        );
    }

    #[test]
    fn names_each_line_that_cannot_be_a_term() {
        let text = format!("fine\n-\na\tb\n{}\n--- ---\n", "x".repeat(201));
        let lines: Vec<usize> =
            Dictionary::read("d", &text, false, true).unwrap_err().into_iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        for (name, text) in
            [("d", ""), ("d", "# only words\n"), ("two words", "term"), ("", "term"), ("health-data", "term")]
        {
            assert_eq!(Dictionary::read(name, text, false, true).unwrap_err()[0].line, 0, "{name}");
        }
    }
}
