//! Rewriting changes the spans and nothing else.

use crate::{Case, corpus};
use gnomon_dialects::{Edit, read, rewrite};
use proptest::prelude::*;

#[test]
fn writing_the_same_texts_gives_the_same_conversation() {
    for case in corpus(".request.json").unwrap() {
        let before = read(case.dialect, &case.bytes, None).unwrap();
        let edits: Vec<Edit> =
            before.parts.iter().map(|part| Edit { span: part.span.clone(), text: part.text.0.clone() }).collect();
        let written = rewrite(case.dialect, &case.bytes, &edits);
        let after = read(case.dialect, &written, None).unwrap();
        let texts = |parts: &[gnomon_types::conversation::Part]| -> Vec<(String, String)> {
            parts.iter().map(|part| (part.pointer.clone(), part.text.0.clone())).collect()
        };
        assert_eq!(texts(&before.parts), texts(&after.parts), "{}", case.path.display());
        assert_eq!(before.model, after.model);
    }
}

fn check(case: &Case, chosen: usize, text: &str) {
    let before = read(case.dialect, &case.bytes, None).unwrap();
    let chosen = chosen % before.parts.len();
    let span = before.parts[chosen].span.clone();
    let written = rewrite(case.dialect, &case.bytes, &[Edit { span: span.clone(), text: text.to_owned() }]);
    assert_eq!(written[..span.start], case.bytes[..span.start], "bytes before the span");
    let tail = &case.bytes[span.end..];
    assert!(written.ends_with(tail), "bytes after the span");
    let middle = &written[span.start..written.len() - tail.len()];
    assert_eq!(serde_json::from_slice::<String>(middle).unwrap(), text);
}

proptest! {
    #[test]
    fn every_other_byte_stays_as_it_is(chosen in any::<usize>(), text in ".*") {
        for case in corpus(".request.json").unwrap() {
            check(&case, chosen, &text);
        }
    }

    #[test]
    fn any_edits_of_any_bytes_are_harmless(
        body in prop::collection::vec(any::<u8>(), 0..40),
        spans in prop::collection::vec((0_usize..50, 0_usize..50), 0..5),
    ) {
        let edits: Vec<Edit> = spans.iter().map(|&(start, end)| Edit { span: start..end, text: "x\n\"".into() }).collect();
        for dialect in crate::DIALECTS {
            let _ = rewrite(dialect, &body, &edits);
        }
        let _ = gnomon_dialects::rewrite_event(&body, &edits);
    }
}
