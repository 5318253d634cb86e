//! Tokens such as `<EMAIL_1>` in place of values, and which number stands for which value.
//!
//! INVARIANT: within a conversation a token stands for one value. A number that stands in the text already, written by a
//! model or by anybody else, is given to no value; one that was given in an earlier request is given to that value alone.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which token stands for which value within one conversation: the same value gets the same token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    by_value: BTreeMap<(String, String), usize>,
    /// By type, the number given last to a value that had none.
    counts: BTreeMap<String, usize>,
    /// Numbers that stand for a value.
    used: BTreeSet<(String, usize)>,
    /// Numbers that stand in the texts, and whether they stand before the value that is looked at.
    standing: BTreeMap<(String, usize), bool>,
    known: Arc<Numbering>,
    /// Counting begins behind this number.
    base: usize,
}

/// Which numbers were given in the earlier requests of a conversation. It holds no value, only digests.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Numbering {
    by_value: BTreeMap<[u8; 16], usize>,
    highest: BTreeMap<String, usize>,
}

/// A numbering of more values than this is not worth the memory.
const NUMBERED_MAX: usize = 1024;

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({} values)", self.by_value.len())
    }
}

impl Tokens {
    /// The token for a value of a type.
    pub fn token(&mut self, type_: &str, value: &str) -> String {
        let key = (type_.to_owned(), value.to_owned());
        if let Some(number) = self.by_value.get(&key) {
            return written(type_, *number);
        }
        let number = self.known_number(type_, value).unwrap_or_else(|| self.next_number(type_));
        self.used.insert((type_.to_owned(), number));
        self.by_value.insert(key, number);
        written(type_, number)
    }

    /// Takes up what earlier requests of the conversation were numbered like. Values that they do not know get numbers
    /// behind theirs.
    pub fn go_on_from(&mut self, known: &Numbering) {
        Arc::make_mut(&mut self.known).join(known);
    }

    /// Counts from behind this number: for a conversation whose earlier requests nobody remembers.
    pub fn begin_behind(&mut self, base: usize) {
        self.base = base;
    }

    /// Gives no new value a number that stands in this text.
    pub fn avoid(&mut self, text: &str) {
        for literal in literals(text) {
            self.standing.entry(literal).or_insert(false);
        }
    }

    /// Comes to this text: a number in it stands for no value that was not met before it, not even a remembered one.
    pub fn come_to(&mut self, text: &str) {
        for literal in literals(text) {
            self.standing.insert(literal, true);
        }
    }

    /// All that is numbered, for the next request of the conversation; nothing if that is very much.
    #[must_use]
    pub fn numbering(&self) -> Option<Numbering> {
        let mut numbering = (*self.known).clone();
        for ((type_, value), number) in &self.by_value {
            numbering.by_value.insert(digest(type_, value), *number);
            let highest = numbering.highest.entry(type_.clone()).or_insert(*number);
            *highest = (*highest).max(*number);
        }
        (numbering.by_value.len() <= NUMBERED_MAX).then_some(numbering)
    }

    /// Type, token and value of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.by_value.iter().map(|((type_, value), number)| (type_.as_str(), written(type_, *number), value.as_str()))
    }

    fn known_number(&self, type_: &str, value: &str) -> Option<usize> {
        let number = *self.known.by_value.get(&digest(type_, value))?;
        let key = (type_.to_owned(), number);
        let is_free = !self.used.contains(&key) && self.standing.get(&key) != Some(&true);
        is_free.then_some(number)
    }

    fn next_number(&mut self, type_: &str) -> usize {
        let first = self.known.highest.get(type_).copied().unwrap_or(self.base);
        let mut key = (type_.to_owned(), self.counts.get(type_).copied().unwrap_or(0).max(first) + 1);
        while self.used.contains(&key) || self.standing.contains_key(&key) {
            key.1 += 1;
        }
        let (type_, number) = key;
        self.counts.insert(type_, number);
        number
    }
}

impl Numbering {
    /// Takes in another. What both number keeps its number.
    fn join(&mut self, other: &Self) {
        for (value, number) in &other.by_value {
            self.by_value.entry(*value).or_insert(*number);
        }
        for (type_, number) in &other.highest {
            let highest = self.highest.entry(type_.clone()).or_insert(*number);
            *highest = (*highest).max(*number);
        }
    }
}

fn written(type_: &str, number: usize) -> String {
    format!("<{type_}_{number}>")
}

fn digest(type_: &str, value: &str) -> [u8; 16] {
    let whole = Sha256::new().chain_update(type_).chain_update([0]).chain_update(value).finalize();
    whole.first_chunk().copied().unwrap_or_default()
}

/// Longer numbers are none of ours.
const DIGITS_MAX: usize = 9;

/// Type and number of everything in a text that a reader may take for a token, escaped for HTML, JSON or Markdown too.
fn literals(text: &str) -> impl Iterator<Item = (String, usize)> {
    memchr::memchr_iter(b'_', text.as_bytes()).filter_map(|at| {
        let tail = text.get(at + 1..)?;
        let digits = tail.bytes().take(DIGITS_MAX + 1).take_while(u8::is_ascii_digit).count();
        let number = tail.get(..digits).filter(|_| digits <= DIGITS_MAX)?.parse().ok()?;
        let behind = tail.get(digits..)?;
        let closes = [">", "&gt;", "\\u003e", "\\u003E", "\\>"].iter().any(|close| behind.starts_with(close));
        let head = text.get(..at).filter(|_| closes)?;
        let is_of_type = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'\\');
        let length = head.bytes().rev().take(TYPE_BYTES_MAX).take_while(is_of_type).count();
        let type_ = head.get(head.len() - length..)?.replace('\\', "");
        (!type_.is_empty()).then_some((type_, number))
    })
}

/// Longer than the name of any type.
const TYPE_BYTES_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_stand_in_the_texts_are_given_to_no_value() {
        for text in
            ["<EMAIL_1>", "a&lt;EMAIL_1&gt;", "{\"a\": \"\\u003cEMAIL_1\\u003e\"}", "<EMAIL\\_1>", "<<EMAIL_1>_2>"]
        {
            let mut tokens = Tokens::default();
            tokens.avoid(text);
            assert_eq!(tokens.token("EMAIL", "a@example.org"), "<EMAIL_2>", "{text}");
            assert_eq!(tokens.token("PHONE", "+49 30 901820"), "<PHONE_1>", "{text}");
        }
        let mut tokens = Tokens::default();
        tokens.avoid("EMAIL_1=x <email_1> <EMAIL_one> <EMAIL_> <_1> <EMAIL_99999999999999999999>");
        assert_eq!(tokens.token("EMAIL", "a@example.org"), "<EMAIL_1>");
    }

    #[test]
    fn a_value_keeps_its_number_and_a_new_one_gets_none_that_was_given() {
        let mut first = Tokens::default();
        ["a", "b", "c"].iter().for_each(|value| drop(first.token("NAME", value)));
        let mut second = Tokens::default();
        second.go_on_from(&first.numbering().unwrap());
        assert_eq!(
            ["c", "d", "b", "e"].map(|value| second.token("NAME", value)),
            ["<NAME_3>", "<NAME_4>", "<NAME_2>", "<NAME_5>"]
        );
        assert_eq!(second.token("EMAIL", "a"), "<EMAIL_1>");
    }

    #[test]
    fn a_number_that_stood_in_the_text_before_its_value_is_not_believed() {
        let mut first = Tokens::default();
        first.token("NAME", "a");
        let mut second = Tokens::default();
        second.go_on_from(&first.numbering().unwrap());
        second.avoid("<NAME_1>");
        let mut third = second.clone();
        assert_eq!(second.token("NAME", "a"), "<NAME_1>", "the model said it about the value before it");
        third.come_to("<NAME_1>");
        assert_eq!(third.token("NAME", "a"), "<NAME_2>");
    }

    #[test]
    fn very_many_values_are_numbered_and_not_remembered() {
        let mut tokens = Tokens::default();
        for number in 0..=NUMBERED_MAX {
            assert_eq!(tokens.token("NAME", &format!("name {number}")), format!("<NAME_{}>", number + 1));
        }
        assert_eq!(tokens.numbering(), None);
    }
}
