//! Guards an answer that came whole: every text in it is scanned, matches are replaced in place (pure).

use super::judge::{Cut, Judge, Treatment};
use gnomon_detect::{Tokens, redact};
use gnomon_dialects::{Edit, read_answer, rewrite};
use gnomon_types::conversation::{DialectName, Role, Usage};
use gnomon_types::finding::Finding;

/// What came of a whole answer.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// The bytes to send when they differ from those received.
    pub(crate) changed: Option<Vec<u8>>,
    /// The model that the upstream names.
    pub(crate) model: Option<String>,
    /// Tokens used, as the upstream tells.
    pub(crate) usage: Option<Usage>,
}

/// Scans an answer. One that has not the dialect's shape, such as an error page, is scanned as the text that it is.
pub(crate) fn guard(dialect: DialectName, body: &[u8], judge: &mut Judge) -> Result<Guarded, Cut> {
    let mut tokens = Tokens::default();
    let Some(answer) = read_answer(dialect, body) else {
        return guard_text(body, judge, &mut tokens).map(|changed| Guarded { changed, model: None, usage: None });
    };
    let mut edits = Vec::new();
    for part in &answer.parts {
        if let Some(text) = clean(&part.text, judge, &mut tokens)? {
            edits.push(Edit { span: part.span.clone(), text });
        }
    }
    let changed = (!edits.is_empty()).then(|| rewrite(dialect, body, &edits));
    Ok(Guarded { changed, model: answer.model, usage: answer.usage })
}

fn guard_text(body: &[u8], judge: &mut Judge, tokens: &mut Tokens) -> Result<Option<Vec<u8>>, Cut> {
    let Ok(text) = std::str::from_utf8(body) else {
        judge.note("answer-uninspected", "the answer is not text and was not inspected");
        return Ok(None);
    };
    clean(text, judge, tokens).map(|changed| changed.map(String::into_bytes))
}

fn clean(text: &str, judge: &mut Judge, tokens: &mut Tokens) -> Result<Option<String>, Cut> {
    let scan = judge.policy().plan().scan(text, Role::Assistant);
    if scan.exhausted {
        return Err(judge.cut("answer-scan", "the answer could not be inspected within its budget"));
    }
    let mut replaced: Vec<Finding> = Vec::new();
    for finding in scan.findings {
        match judge.treat(&finding)? {
            Treatment::Keep => {}
            Treatment::Replace => replaced.push(finding),
        }
    }
    Ok((!replaced.is_empty()).then(|| redact(text, &replaced, tokens)))
}
