//! Guards an answer that came whole: every text in it is scanned, matches are replaced in place (pure).

use super::events::EventGuard;
use super::judge::{Cut, Judge, Treatment};
use gnomon_dialects::{Edit, read_answer, rewrite};
use gnomon_policy::{Scan, Tokens, redact};
use gnomon_types::conversation::{DialectName, Part, Role, Usage};
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
    if let Some(guard) = stream_in_disguise(dialect, body) {
        return guard_stream(guard, body, judge);
    }
    let Some(answer) = read_answer(dialect, body) else {
        return guard_text(body, judge).map(|changed| Guarded { changed, model: None, usage: None });
    };
    let texts: Vec<&str> = answer.parts.iter().map(|part| &*part.text).collect();
    let cleaned = clean(&texts, judge)?;
    let edit = |(part, text): (&Part, Option<String>)| text.map(|text| Edit { span: part.span.clone(), text });
    let edits: Vec<Edit> = answer.parts.iter().zip(cleaned).filter_map(edit).collect();
    let changed = (!edits.is_empty()).then(|| rewrite(dialect, body, &edits));
    Ok(Guarded { changed, model: answer.model, usage: answer.usage })
}

/// Clients read a stream as such whatever type the upstream gives it, so its texts must be put together all the same.
fn stream_in_disguise(dialect: DialectName, body: &[u8]) -> Option<EventGuard> {
    let start = body.trim_ascii_start();
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    if [&b"data:"[..], b"event:", b"id:", b"retry:", b":"].iter().any(|field| start.starts_with(field)) {
        return Some(EventGuard::new(dialect));
    }
    // Of several JSON documents one after the other there is no answer.
    let is_lines = start.starts_with(b"{") && read_answer(DialectName::OpenaiChat, body).is_none();
    (is_lines && dialect == DialectName::Opaque).then(|| EventGuard::lines(dialect))
}

fn guard_stream(mut guard: EventGuard, body: &[u8], judge: &mut Judge) -> Result<Guarded, Cut> {
    let mut out = guard.push(body, judge)?;
    out.extend(guard.finish(judge)?);
    // Its other fields are text too.
    let out = guard_text(&out, judge)?.unwrap_or(out);
    let changed = (out != body).then_some(out);
    Ok(Guarded { changed, model: guard.model, usage: guard.usage })
}

fn guard_text(body: &[u8], judge: &mut Judge) -> Result<Option<Vec<u8>>, Cut> {
    let Ok(text) = std::str::from_utf8(body) else {
        judge.note("answer-uninspected", "the answer is not text and was not inspected");
        return Ok(None);
    };
    Ok(clean(&[text], judge)?.pop().flatten().map(String::into_bytes))
}

/// The texts with matches replaced, where there are some to replace. All are scanned before any is judged, so that it
/// does not matter in which order things were found.
fn clean(texts: &[&str], judge: &mut Judge) -> Result<Vec<Option<String>>, Cut> {
    let scans: Vec<Scan> = texts.iter().map(|text| judge.policy().plan().scan(text, Role::Assistant)).collect();
    if scans.iter().any(|scan| scan.exhausted) {
        return Err(judge.cut("answer-scan", "the answer could not be inspected within its budget"));
    }
    judge.weigh(scans.iter().flat_map(|scan| &scan.findings));
    let mut tokens = Tokens::default();
    let mut cleaned = Vec::with_capacity(texts.len());
    for (text, scan) in texts.iter().zip(scans) {
        let mut replaced: Vec<Finding> = Vec::new();
        for finding in scan.findings {
            match judge.treatment(&finding)? {
                Treatment::Keep => {}
                Treatment::Replace => replaced.push(finding),
            }
        }
        cleaned.push((!replaced.is_empty()).then(|| redact(text, &replaced, &mut tokens)));
    }
    Ok(cleaned)
}
