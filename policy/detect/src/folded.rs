//! A value in small letters, in which many words are looked for.

/// A value in small letters, and which bytes it has: most words are ruled out by a byte that it has not.
pub(crate) struct Folded {
    lower: String,
    has: u128,
}

impl Folded {
    pub(crate) fn new(value: &str) -> Self {
        let lower = value.to_ascii_lowercase();
        let has = bytes_of(&lower);
        Self { lower, has }
    }

    pub(crate) fn text(&self) -> &str {
        &self.lower
    }

    /// Whether it holds one of the words, which are in small letters.
    pub(crate) fn contains_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| bytes_of(word) & !self.has == 0 && self.lower.contains(word))
    }

    /// Whether it begins with one of the words.
    pub(crate) fn starts_with_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.lower.starts_with(word))
    }
}

/// A bit for each byte that a text has; bytes that are not ASCII share theirs with others.
fn bytes_of(text: &str) -> u128 {
    text.bytes().fold(0, |has, byte| has | 1 << (byte & 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_words_that_a_value_holds_in_any_case() {
        let folded = Folded::new("My-EXAMPLE-é");
        assert!(folded.contains_any(&["fake", "example"]));
        assert!(folded.contains_any(&["é"]));
        assert!(!folded.contains_any(&["elpmaxe", "exampled", "É"]));
        assert!(folded.starts_with_any(&["my-"]));
        assert!(!folded.starts_with_any(&["y-", "example"]));
    }
}
