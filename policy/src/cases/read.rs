//! Reads a file of cases; of each case its first mistake, with the place under a caret.

use super::Case;
use crate::error::{LoadError, LoadErrors};
use gnomon_types::spelling::closest;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::ops::Range;

/// Reads a file of cases: a JSON array with at least one.
///
/// # Errors
/// What is wrong with each case, with its place in the file.
pub fn read_cases(file: &str, text: &str) -> Result<Vec<Case>, LoadErrors> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = |span: Range<usize>, message: &str| {
        let help = "write a JSON array: [{\"name\": \"...\", \"body\": {...}, \"expect\": {\"verdict\": \"deny\"}}]";
        LoadErrors(vec![LoadError::at(file, text, span, message.to_owned(), Some(help.to_owned()))])
    };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let (message, _) = told(&error);
        return Err(whole(place(text, &error), &format!("this is not JSON: {message}")));
    }
    let start = text.len() - text.trim_start().len();
    if !text.trim_start().starts_with('[') {
        return Err(whole(start..start + 1, "a file of cases is a list of them"));
    }
    let spans = elements(text);
    if spans.is_empty() {
        return Err(whole(start..start + 1, "the file holds no case"));
    }
    let (mut cases, mut errors) = (Vec::with_capacity(spans.len()), Vec::new());
    for (number, span) in (1_usize..).zip(spans) {
        let element = text.get(span.clone()).unwrap_or_default();
        match serde_json::from_str(element) {
            Ok(case) => cases.push(case),
            Err(error) => {
                let (message, help) = told(&error);
                let within = place(element, &error);
                let at = span.start + within.start..span.start + within.end;
                let message = format!("case {number}{}: {message}", named(element));
                errors.push(LoadError::at(file, text, at, message, help));
            }
        }
    }
    if errors.is_empty() { Ok(cases) } else { Err(LoadErrors(errors)) }
}

/// The name of a case that could not be read.
fn named(element: &str) -> String {
    let value: Value = serde_json::from_str(element).unwrap_or_default();
    value.get("name").and_then(Value::as_str).map_or_else(String::new, |name| format!(" (\"{name}\")"))
}

/// What the parser says, without its place, and what it would have taken.
fn told(error: &serde_json::Error) -> (String, Option<String>) {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    let Some((wrong, wanted)) = message.split_once(", expected ") else { return (message.to_owned(), None) };
    let quoted = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let (words, known) = (quoted(wrong), quoted(wanted));
    let near = words.first().and_then(|word| closest(word, known.iter().map(String::as_str)));
    let help = near.map_or_else(|| format!("expected {wanted}"), |near| format!("did you mean `{near}`?"));
    (wrong.to_owned(), Some(help))
}

/// Where the parser stopped: the word, or the sign, that it had just read.
fn place(text: &str, error: &serde_json::Error) -> Range<usize> {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let end = (lines.map(str::len).sum::<usize>() + error.column()).min(text.len());
    let read = text.as_bytes().get(..end).unwrap_or_default();
    let end = read.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
    let read = read.get(..end).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._".contains(byte);
    let start = match read.last() {
        Some(b'"') => {
            let before = read.get(..end - 1).unwrap_or_default();
            before.iter().rposition(|byte| *byte == b'"').unwrap_or(end - 1)
        }
        Some(last) if plain(last) => read.iter().rposition(|byte| !plain(byte)).map_or(0, |at| at + 1),
        Some(_) => end - 1,
        None => 0,
    };
    start..end.max(start + 1)
}

/// Where the elements of a JSON array stand in a text that is one.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let (mut depth, mut in_text, mut escaped, mut start) = (0_usize, false, false, None);
    for (at, byte) in text.bytes().enumerate() {
        if depth == 1 && start.is_none() && !byte.is_ascii_whitespace() && !b",]".contains(&byte) {
            start = Some(at);
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b',' if depth == 1 => spans.extend(start.take().map(|start| start..at)),
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    spans.extend(start.take().map(|start| start..at));
                }
            }
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_with_a_mistake_is_named_with_its_field_and_a_caret() {
        let text = "[\n  {\"name\": \"good\", \"expect\": {\"verdict\": \"deny\"}},\n  \
                    {\"name\": \"one, [two\", \"expect\": {\"verdict\": \"denny\"}},\n  \
                    {\"name\": \"three\", \"bdy\": {}, \"expect\": {\"verdict\": \"allow\"}},\n  \
                    {\"name\": \"four\", \"expect\": {\"verdict\": \"allow\", \"findings\": [\"pii/EMAIL\"]}},\n  7\n]\n";
        let errors = read_cases("c.json", text).unwrap_err();
        let shown: Vec<String> =
            errors.0.iter().map(|error| format!("{}:{} {}", error.line, error.column, error.message)).collect();
        assert_eq!(shown.len(), 4, "{shown:#?}");
        for (shown, expected) in shown.iter().zip([
            "3:47 case 2 (\"one, [two\"): unknown variant `denny`",
            "4:21 case 3 (\"three\"): unknown field `bdy`",
            "5:",
            "6:3 case 5: invalid type",
        ]) {
            assert!(shown.starts_with(expected), "{shown}");
        }
        let shown = errors.to_string();
        for expected in ["did you mean `deny`?", "did you mean `body`?", "^^^^^^^", "{\"pii/EMAIL\": 2}"] {
            assert!(shown.contains(expected), "`{expected}` is missing in:\n{shown}");
        }
    }

    #[test]
    fn a_file_without_cases_is_a_mistake() {
        for (text, expected) in [
            ("[]", "holds no case"),
            (" [ \n ]", "holds no case"),
            ("{\"name\": \"a\"}", "is a list"),
            ("[{\"name\": \"a\",}]", "not JSON"),
            ("", "not JSON"),
        ] {
            let shown = read_cases("c.json", text).unwrap_err().to_string();
            assert!(shown.contains(expected) && shown.contains("c.json:1:"), "{text}: {shown}");
        }
        let read = read_cases("c.json", "\u{feff}[{\"name\":\"a \\\"]\",\"expect\":{\"verdict\":\"allow\"}}]");
        assert_eq!(read.unwrap().len(), 1);
    }
}
