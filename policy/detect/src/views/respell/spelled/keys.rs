//! Credentials in letters without gaps: where they begin and end can be told by their form, and by the names of keys.

use crate::patterns::{after, before, char_after, char_before};
use crate::shape::Shape;
use regex::Regex;
use std::collections::BTreeMap;

/// Words behind which a credential begins that has no form of its own.
const NAMES: [&str; 9] = ["key", "token", "secret", "access", "private", "bearer", "basic", "password", "tkn"];
const NAME_BYTES_MAX: usize = 8;
/// Shorter letters and digits are words and numbers.
const TOKEN_BYTES_MIN: usize = 16;
/// A digit stands among so many letters of nearly every credential.
const DIGIT_WITHIN: usize = 40;
/// Tokens are looked at as far as this.
const FORM_BYTES_MAX: usize = 1024;

/// The forms of credentials that begin with letters of their own, by the first two, in small letters.
pub(in crate::views::respell) struct Keys(BTreeMap<[u8; 2], Vec<Form>>);

struct Form {
    beginning: String,
    /// It matches at the first byte or nowhere.
    whole: Regex,
}

impl Keys {
    /// Of beginnings and the patterns that belong to them.
    pub(in crate::views::respell) fn new<'a>(forms: impl Iterator<Item = (&'a str, &'a Regex)>) -> Self {
        let mut by_head = BTreeMap::<_, Vec<Form>>::new();
        for (beginning, whole) in forms {
            if let Some(head) = head_of(beginning) {
                by_head.entry(head).or_default().push(Form { beginning: beginning.to_owned(), whole: whole.clone() });
            }
        }
        Self(by_head)
    }

    /// The text with blanks around its credentials.
    pub(in crate::views::respell) fn parted(&self, text: Shape) -> Shape {
        let edges = self.edges(&text.text);
        if edges.is_empty() {
            return text;
        }
        let mut parted = Shape::empty();
        for (at, c) in text.text.char_indices() {
            let origin = text.origin(at..at + c.len_utf8());
            if edges.binary_search(&at).is_ok() {
                parted.push(' ', origin.start..origin.start);
            }
            parted.push(c, origin);
        }
        parted
    }

    /// Where a blank belongs, in ascending order.
    fn edges(&self, text: &str) -> Vec<usize> {
        let mut edges = Vec::new();
        let (mut end, mut named_end) = (0, 0);
        for (at, c) in text.char_indices() {
            if at < end || !c.is_ascii_alphanumeric() {
                continue;
            }
            let touched = char_before(text, at).is_some_and(|c| c.is_ascii_alphanumeric());
            if let Some(length) = self.form_bytes(text, at) {
                end = at + length;
                edges.extend(touched.then_some(at));
                edges.extend(char_after(text, end).is_some_and(|c| c.is_ascii_alphanumeric()).then_some(end));
            } else if touched && at >= named_end && is_behind_name(text, at) && begins_token(text, at) {
                // One with a form may begin in it: `tokenis` is no name of its own.
                named_end = at + token_bytes(text, at);
                edges.push(at);
            }
        }
        edges
    }

    /// The length of the credential that begins at a place and shows it.
    fn form_bytes(&self, text: &str, at: usize) -> Option<usize> {
        let rest = after(text, at, FORM_BYTES_MAX);
        let begins = |form: &&Form| {
            rest.get(..form.beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(&form.beginning))
        };
        let lengths = self.0.get(&head_of(rest)?)?.iter().filter(begins).filter_map(|form| form.whole.find(rest));
        lengths.map(|found| found.len()).filter(|length| *length >= TOKEN_BYTES_MIN).max()
    }
}

fn head_of(text: &str) -> Option<[u8; 2]> {
    text.as_bytes().first_chunk().map(|head: &[u8; 2]| head.map(|byte| byte.to_ascii_lowercase()))
}

/// Whether the name of a key ends here, in letters that may be words.
fn is_behind_name(text: &str, at: usize) -> bool {
    let head = before(text, at, NAME_BYTES_MAX);
    let ends = |name: &str| {
        head.len()
            .checked_sub(name.len())
            .and_then(|from| head.get(from..))
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    NAMES.iter().any(|name| ends(name))
}

fn begins_token(text: &str, at: usize) -> bool {
    token_bytes(text, at) >= TOKEN_BYTES_MIN && after(text, at, DIGIT_WITHIN).bytes().any(|byte| byte.is_ascii_digit())
}

fn token_bytes(text: &str, at: usize) -> usize {
    let signs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+/.=".contains(byte);
    after(text, at, FORM_BYTES_MAX).bytes().take_while(|byte| signs(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_parted_from_the_words_around_them() {
        let form = Regex::new("^(?:(abc_[A-Za-z0-9]{20}))").unwrap();
        let keys = Keys::new([("abc_", &form)].into_iter());
        let parted = |text: &str| keys.parted(Shape::same(text.to_owned())).text;
        let token = &["q7Zt0LmXw3", "VbN8yRk2Pd"].concat();
        assert_eq!(parted(&format!("pleaserotateabc_{token}forme")), format!("pleaserotate abc_{token} forme"));
        assert_eq!(parted(&format!("Bearerabc_{token}'")), format!("Bearer abc_{token}'"));
        assert_eq!(parted(&format!("mytokenisabc_{token}foryou")), format!("mytoken is abc_{token} foryou"));
        assert_eq!(parted(&format!("boxSECRET{token}")), format!("boxSECRET {token}"));
        for text in ["thekeyboardandthemonkeyareold", "abc_short", &format!("Bearer{}", "x".repeat(30)), token] {
            assert_eq!(parted(text), text);
        }
        let shape = keys.parted(Shape::same(format!("tokenabc_{token}")));
        assert_eq!(shape.origin(6..30), 5..29);
    }
}
