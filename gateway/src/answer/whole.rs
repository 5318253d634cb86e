//! Guards an answer that came whole: every text in it is scanned, matches are replaced in place (pure).

use super::events::EventGuard;
use super::judge::{Cut, Judge, Treatment};
use gnomon_dialects::{Edit, is_declared, read_answer, rewrite};
use gnomon_policy::{scan_of_definition, seams};
use gnomon_types::conversation::{DialectName, Part, Role, Usage};
use gnomon_types::finding::{Finding, FindingKind};
use gnomon_types::secret::Text;

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
    judge.declare(&answer.declared)?;
    judge.call(&answer.calls)?;
    let cleaned = clean(dialect, &answer.parts, &answer.labels, judge)?;
    answer.labels.iter().for_each(|label| judge.note_identifier(&label.pointer, &label.text));
    let edit = |(part, text): (&Part, Option<String>)| text.map(|text| Edit { span: part.span.clone(), text });
    let edits: Vec<Edit> = answer.parts.iter().chain(&answer.labels).zip(cleaned).filter_map(edit).collect();
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
    // Its other fields are text too. Before anything is put back, so that the caller's own values are not found in it.
    let values = std::mem::take(&mut judge.values);
    let clean = guard_text(body, judge);
    judge.values = values;
    let clean = clean?;
    let mut out = guard.push(clean.as_deref().unwrap_or(body), judge)?;
    out.extend(guard.finish(judge)?);
    let changed = (out != body).then_some(out);
    Ok(Guarded { changed, model: guard.model, usage: guard.usage })
}

fn guard_text(body: &[u8], judge: &mut Judge) -> Result<Option<Vec<u8>>, Cut> {
    let Ok(text) = std::str::from_utf8(body) else {
        judge.note("answer-uninspected", "the answer is not text and was not inspected");
        return Ok(None);
    };
    let text = Text(text.to_owned());
    let part = Part { role: Role::Assistant, span: 0..body.len(), pointer: String::new(), text };
    Ok(clean(DialectName::Opaque, &[part], &[], judge)?.pop().flatten().map(String::into_bytes))
}

/// The texts and then the labels with matches replaced, where there are some to replace. All are scanned before any is
/// judged, so that it does not matter in which order things were found.
fn clean(dialect: DialectName, parts: &[Part], labels: &[Part], judge: &mut Judge) -> Result<Vec<Option<String>>, Cut> {
    let mut found: Vec<Vec<Finding>> = Vec::with_capacity(parts.len() + labels.len());
    for part in parts {
        let is_definition = is_declared(dialect, part);
        found.push(everything(&part.text, is_definition, judge)?);
    }
    found.extend(labels.iter().map(|label| credentials(&label.text, judge)));
    judge.weigh(found.iter().flatten());
    for seam in seams(parts) {
        let mut across = everything(&seam.text, false, judge)?;
        // A cutting out of its context may look like anything; what reaches over the joint is what the client puts together.
        across.retain(|finding| seam.crosses(&(finding.start..finding.end)));
        judge.weigh(&across);
        for finding in across {
            for (part, share) in seam.shares(&(finding.start..finding.end)) {
                let share = Finding { start: share.start, end: share.end, ..finding.clone() };
                found.get_mut(part).into_iter().for_each(|findings| findings.push(share.clone()));
            }
        }
    }
    let mut cleaned = Vec::with_capacity(found.len());
    for (part, findings) in parts.iter().chain(labels).zip(found) {
        let mut replaced: Vec<Finding> = Vec::new();
        for finding in findings {
            match judge.treatment(&finding)? {
                Treatment::Keep => {}
                Treatment::Replace => replaced.push(finding),
            }
        }
        cleaned.push(judge.rewritten(&part.text, &replaced));
    }
    Ok(cleaned)
}

/// What is in a text of an answer, which may be one of the definition of a tool.
pub(super) fn everything(text: &str, is_definition: bool, judge: &mut Judge) -> Result<Vec<Finding>, Cut> {
    let plan = judge.policy().plan();
    let scan =
        if is_definition { scan_of_definition(&plan.scan(text, Role::User)) } else { plan.scan(text, judge.role()) };
    if scan.exhausted {
        return Err(judge.cut("answer-scan", "the answer could not be inspected within its budget"));
    }
    Ok(scan.findings)
}

/// The credentials in an identifier. Of anything else there are look-alikes among identifiers.
pub(super) fn credentials(label: &str, judge: &Judge) -> Vec<Finding> {
    let found = judge.policy().plan().scan_plain(label);
    found.into_iter().filter(|finding| finding.kind == FindingKind::Secret).collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge::tests::{judge, secret};
    use super::*;

    fn guarded(dialect: DialectName, body: &serde_json::Value) -> (String, Judge) {
        let (body, mut judge) = (body.to_string(), judge());
        let changed = guard(dialect, body.as_bytes(), &mut judge).unwrap().changed;
        (changed.map_or(body, |changed| String::from_utf8(changed).unwrap()), judge)
    }

    #[test]
    fn a_secret_over_two_blocks_of_an_answer_is_replaced_in_both() {
        let secret = secret();
        let (left, right) = secret.split_at(9);
        let text = |text: String| serde_json::json!({"type": "text", "text": text});
        let body = serde_json::json!({"type": "message", "role": "assistant", "model": "m",
            "content": [text(format!("key {left}")), {"type": "thinking", "thinking": "hm"}, text(format!("{right} ok"))]});
        let (out, judge) = guarded(DialectName::AnthropicMessages, &body);
        assert!(!out.contains(left) && !out.contains(right), "{out}");
        assert!(out.contains("\"key <") && out.contains("> ok\""), "{out}");
        assert_eq!(judge.findings.values().sum::<u64>(), 1);
    }

    #[test]
    fn a_secret_does_not_pass_as_a_label() {
        let body = serde_json::json!({"summary": secret(), "id": secret(), "detail": secret(), "status": "done"});
        let (out, _) = guarded(DialectName::Opaque, &body);
        assert!(!out.contains(&secret()) && out.contains("\"status\":\"done\""), "{out}");
        let body = serde_json::json!({"id": secret(), "object": "chat.completion", "choices": []});
        let (out, _) = guarded(DialectName::OpenaiChat, &body);
        assert!(!out.contains(&secret()) && out.contains("chat.completion"), "{out}");
    }

    #[test]
    fn ordinary_identifiers_pass_unchanged() {
        let body = serde_json::json!({"id": "chatcmpl-9f1c0b7e4d2a48c6a1b2c3d4e5f60718", "object": "chat.completion",
            "system_fingerprint": "fp_44709d6fcb", "model": "gpt-4o-2024-08-06", "choices": [{"index": 0,
            "message": {"role": "assistant", "content": null, "tool_calls": [{"id": "call_4111111111111111",
            "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "tool_calls"}]});
        let (out, judge) = guarded(DialectName::OpenaiChat, &body);
        assert_eq!(out, body.to_string());
        assert!(judge.findings.is_empty(), "{:?}", judge.findings);
    }
}
