//! Words looked for in a value, in any case.

use std::cell::OnceCell;

/// Words in small letters, each with the bytes that it has.
pub(crate) struct Words<const N: usize>([(&'static str, u128); N]);

impl<const N: usize> Words<N> {
    pub(crate) const fn new(words: [&'static str; N]) -> Self {
        let mut all = [("", 0); N];
        let mut from: &[&str] = &words;
        let mut to: &mut [(&str, u128)] = &mut all;
        while let ([word, more @ ..], [place, places @ ..]) = (from, to) {
            *place = (*word, bytes_of(word.as_bytes()));
            from = more;
            to = places;
        }
        Self(all)
    }

    /// Whether this is one of the words.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.iter().any(|(word, _)| *word == text)
    }
}

/// A value, and which bytes it has in small letters: most words are ruled out by a byte that it has not.
pub(crate) struct Folded<'a> {
    value: &'a str,
    /// Made when first read, which most values never are.
    lower: OnceCell<String>,
    has: u128,
}

impl<'a> Folded<'a> {
    pub(crate) fn new(value: &'a str) -> Self {
        Self { value, lower: OnceCell::new(), has: bytes_of(value.as_bytes()) }
    }

    pub(crate) fn text(&self) -> &str {
        self.lower.get_or_init(|| self.value.to_ascii_lowercase())
    }

    /// Whether it may hold one of the words: it has all bytes of one.
    pub(crate) fn may_contain<const N: usize>(&self, words: &Words<N>) -> bool {
        words.0.iter().any(|(_, bytes)| bytes & !self.has == 0)
    }

    /// Whether it holds one of the words.
    pub(crate) fn contains_any<const N: usize>(&self, words: &Words<N>) -> bool {
        words.0.iter().any(|(word, bytes)| bytes & !self.has == 0 && self.text().contains(word))
    }

    /// Whether it begins with one of the words, which are in small letters.
    pub(crate) fn starts_with_any(&self, words: &[&str]) -> bool {
        let value = self.value.as_bytes();
        let first = value.first().map(u8::to_ascii_lowercase);
        words.iter().map(|word| word.as_bytes()).any(|word| {
            word.first() == first.as_ref()
                && value.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        })
    }
}

/// A bit for each byte that a text has in small letters; bytes that are not ASCII share theirs with others.
const fn bytes_of(text: &[u8]) -> u128 {
    let (mut has, mut rest) = (0, text);
    while let [byte, more @ ..] = rest {
        has |= 1 << (byte.to_ascii_lowercase() & 0x7f);
        rest = more;
    }
    has
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_words_that_a_value_holds_in_any_case() {
        let folded = Folded::new("My-EXAMPLE-é");
        assert!(folded.contains_any(&Words::new(["fake", "example"])));
        assert!(folded.contains_any(&Words::new(["é"])));
        assert!(!folded.contains_any(&Words::new(["elpmaxe", "exampled", "É"])));
        assert!(folded.may_contain(&Words::new(["elpmaxe"])));
        assert!(!folded.may_contain(&Words::new(["fake", "exampled"])));
        assert!(folded.starts_with_any(&["my-"]));
        assert!(!folded.starts_with_any(&["y-", "example"]));
    }
}
