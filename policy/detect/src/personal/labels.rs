//! A label on the line above a value, as forms print it and as people ask: `Date of birth` above the date, `your phone
//! number?` above `Customer: 030 12345`.

use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::patterns::before;
use std::ops::Range;

/// Longer lines are sentences.
const LABEL_BYTES_MAX: usize = 72;
/// `[09:41] Customer: sure, `
const SPEAKER_BYTES_MAX: usize = 32;

/// A line that may say what stands below it.
pub(super) struct Label {
    pub(super) span: Range<usize>,
    /// It ends with a question, whose words may stand anywhere in it.
    pub(super) asked: bool,
}

/// The label above a value, if nothing stands before the value in its own line but who speaks. `line` is what does.
pub(super) fn above(text: &str, at: usize, line: &str) -> Option<Label> {
    let alone = is_bare(line);
    let spoken = || line.len() <= SPEAKER_BYTES_MAX && line.contains([':', '>', ']', '：']);
    if !alone && !spoken() {
        return None;
    }
    let head = before(text, at - line.len(), LABEL_BYTES_MAX + 1).strip_suffix('\n')?;
    let start = head.rfind('\n').map_or(0, |end| end + 1);
    let label = head.get(start..).filter(|_| start > 0 || at - line.len() <= LABEL_BYTES_MAX)?;
    // The fence of a block of code names its language.
    if label.starts_with("```") {
        return None;
    }
    let written = label.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '*'));
    let asked = written.ends_with(['?', '？', '؟', ';']);
    let end = at - line.len() - 1;
    (asked || (alone && !label.is_empty())).then_some(Label { span: end - label.len()..end, asked })
}

/// Words of telephones that are verbs or nouns of other things too. At the end of a line they are no label of the next.
const VERBS: [&str; 6] = ["text", "call", "ring", "dial", "cell", "ruf"];

/// Whether a line ends with such a word.
pub(super) fn is_verb(line: &str) -> bool {
    let head = line.trim_end_matches(is_alphabetic);
    line.get(head.len()..).is_some_and(|word| VERBS.iter().any(|verb| word.eq_ignore_ascii_case(verb)))
}

/// Whether nothing but signs and tags is written here.
pub(crate) fn is_bare(written: &str) -> bool {
    let mut tag = false;
    written.chars().all(|c| {
        match c {
            '<' => tag = true,
            '>' => tag = false,
            _ => {}
        }
        tag || !is_alphanumeric(c)
    })
}

/// The same between two values, where what is open is no tag yet.
pub(crate) fn is_bare_between(written: &str) -> bool {
    let open = written.rsplit_once('<').map_or("", |(_, tag)| if tag.contains('>') { "" } else { tag });
    is_bare(written) && !open.contains(is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_tags_are_bare_and_what_is_open_is_no_tag_between_values() {
        for bare in ["", " · ", "</td><td>", "</b> <i class=x>", " <", ">", "> <"] {
            assert!(is_bare(bare) && is_bare_between(bare), "{bare}");
        }
        for open in ["< 95 ", "</b> <i class=x", "<input value=\""] {
            assert!(is_bare(open) && !is_bare_between(open), "{open}");
        }
        for other in ["a", "<b>a", "x</b>", "> a <"] {
            assert!(!is_bare(other) && !is_bare_between(other), "{other}");
        }
    }

    fn label(text: &str) -> Option<(&str, bool)> {
        let line = text.rsplit('\n').next().unwrap();
        above(text, text.len(), line).map(|label| (text.get(label.span).unwrap(), label.asked))
    }

    #[test]
    fn a_label_stands_alone_on_the_line_above() {
        assert_eq!(label("x\nPhone:\n  - "), Some(("Phone:", false)));
        assert_eq!(label("Phone\n"), Some(("Phone", false)));
        assert_eq!(label("<dt>Phone</dt>\n<dd class=\"a\">"), Some(("<dt>Phone</dt>", false)));
        assert_eq!(label("Agent: your phone?\nCustomer: sure, "), Some(("Agent: your phone?", true)));
        assert_eq!(label("Agent: your phone.\nCustomer: sure, "), None);
        assert_eq!(label("Phone\n\n"), None);
        assert_eq!(label("x\n```text\n"), None);
        assert!(is_verb("Region text") && !is_verb("Context") && !is_verb("Phone"));
        assert_eq!(label("Phone "), None);
        assert_eq!(label(&format!("{}\n", "phone ".repeat(20))), None);
    }
}
