//! After redaction a found value stands nowhere in the text, and its token is no finding.

use super::{story, views::plan};
use gnomon_detect::{Tokens, redact};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind};

/// Rounds of redaction after which the product denies.
const ROUNDS_MAX: usize = 4;
/// Shorter values are replaced only where they were found.
const VALUE_BYTES_MIN: usize = 8;

/// Panics when the law is broken.
pub fn check(input: &[u8]) {
    let mut text = story::text(input);
    let mut tokens = Tokens::default();
    let mut values: Vec<String> = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let found = things(&text);
        if found.is_empty() {
            return;
        }
        values.extend(found.iter().map(|finding| text[finding.start..finding.end].to_owned()));
        values.retain(|value| value.len() >= VALUE_BYTES_MIN);
        let clean = redact(&text, &found, &mut tokens);
        assert!(
            clean.len() <= text.len() + found.len().max(text.len()) * 32,
            "redaction makes a long text of {text:?}"
        );
        for value in &values {
            assert!(!clean.contains(value.as_str()), "{value:?} of {text:?} is still in {clean:?}");
        }
        text = clean;
    }
}

fn things(text: &str) -> Vec<Finding> {
    let mut found = plan().scan(text, Role::System).findings;
    found.retain(|finding| finding.kind != FindingKind::Injection);
    found
}
