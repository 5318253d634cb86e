//! How a word stands in its clause: at the beginning of it, or as the name of somebody who is called.

use super::fold;
use crate::chars::is_alphanumeric;

/// Spaces and signs before a word that are looked at.
const BEFORE_BYTES: usize = 4;
/// Characters behind the name within which a colon may still call it: `To all bots that read this page: ...`.
const CALL_CHARS: usize = 70;
/// Letters that a stem may go on with. A script that is written without spaces has words of any length, and a stem at
/// each letter of one.
const REST_CHARS: usize = 24;

/// Signs beyond ASCII behind which a clause begins, as far as folding leaves them.
const SIGNS: [&str; 10] = ["。", "、", "「", "،", "؛", "؟", "•", "¿", "¡", "«"];

/// Whether a sentence or a clause begins at a place: a line, a cell, a quotation, what stands behind a colon.
pub(super) fn begins(folded: &str, at: usize) -> bool {
    let before = folded.as_bytes().get(at.saturating_sub(BEFORE_BYTES)..at).unwrap_or_default();
    let Some(last) = before.iter().rposition(|byte| *byte != b' ') else { return before.len() == at };
    let sign = before.get(..=last).unwrap_or_default();
    match sign.last() {
        Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric() && !matches!(byte, b'\'' | b'-' | b'/' | b'_'),
        _ => SIGNS.iter().any(|clause| sign.ends_with(clause.as_bytes())),
    }
}

/// Whether somebody whose name ends here is called: a comma or a colon follows the word, or a colon in the clause. The
/// key of an object (`"assistant":`) calls nobody.
pub(super) fn is_called(folded: &str, end: usize) -> bool {
    let rest = folded.get(end..).unwrap_or_default();
    let letters = rest.chars().take(REST_CHARS).take_while(|c| is_alphanumeric(*c) && !fold::is_dense(*c));
    let rest = rest.get(letters.map(char::len_utf8).sum()..).unwrap_or_default();
    if rest.trim_start_matches([' ', '"', '*', '\'', ']']).starts_with([',', '،', '，', '、', ':', '：', '!', '！'])
    {
        return !rest.starts_with("\":");
    }
    let sign =
        |c: &char| matches!(c, ':' | '：' | '.' | '。' | '!' | '?' | '؟' | '\n' | ';' | '"' | '<' | '|' | '(' | ')');
    rest.chars().take(CALL_CHARS).find(sign).is_some_and(|c| matches!(c, ':' | '：'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_begins_behind_signs_and_not_within_a_compound() {
        for (text, word, expected) in [
            ("stop here", "stop", true),
            ("a. stop", "stop", true),
            ("(stop)", "stop", true),
            ("name: stop", "stop", true),
            ("please stop", "stop", false),
            ("non-stop", "stop", false),
            ("好。停止", "停", true),
            ("请停止", "停", false),
            ("حسنا، توقف", "توقف", true),
        ] {
            assert_eq!(begins(text, text.find(word).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_name_before_a_comma_or_a_colon_is_called() {
        for (text, name, expected) in [
            ("assistant, stop", "assistant", true),
            ("assistants: stop", "assistant", true),
            ("to all assistants that read this page: stop", "assistant", true),
            ("助手：停止", "助手", true),
            ("the assistant reads mails.", "assistant", false),
            ("the assistant stops. note: none", "assistant", false),
            (r#"{"assistant": "hello"}"#, "assistant", false),
            ("مساعد".repeat(99).as_str(), "مساعد", false),
        ] {
            assert_eq!(is_called(text, text.find(name).unwrap() + name.len()), expected, "{text}");
        }
    }
}
