//! The texts of an event that came whole: each is scanned by itself, and several blocks of one message also across their
//! joints (pure).

use super::judge::{Cut, Judge, Treatment};
use super::whole::{credentials, everything};
use gnomon_dialects::{Delta, Edit};
use gnomon_policy::seams;
use gnomon_types::conversation::{Part, Role};
use gnomon_types::finding::Finding;
use std::ops::Range;

/// What becomes of the texts.
#[derive(Default)]
pub(super) struct Said {
    /// New texts.
    pub(super) edits: Vec<Edit>,
    /// Texts that repeat what came in pieces, as they go out so far.
    pub(super) repeats: Vec<(Range<usize>, String)>,
}

/// Scans the texts and says what becomes of them.
pub(super) fn read(whole: Vec<Delta>, judge: &mut Judge) -> Result<Said, Cut> {
    let mut replaced: Vec<Vec<Finding>> = Vec::with_capacity(whole.len());
    for delta in &whole {
        let findings = if delta.is_label {
            judge.note_identifier(&delta.pointer, &delta.text);
            credentials(&delta.text, judge)
        } else {
            everything(&delta.text, delta.is_definition, judge)?
        };
        let mut chosen = Vec::new();
        for finding in findings {
            if treat(&finding, delta, judge)? == Treatment::Replace {
                chosen.push(finding);
            }
        }
        replaced.push(chosen);
    }
    across(&whole, &mut replaced, judge)?;
    let mut said = Said::default();
    for (delta, findings) in whole.into_iter().zip(replaced) {
        let restored = judge.restored;
        let text = judge.rewritten(&delta.text, &findings);
        if delta.repeats {
            judge.restored = restored;
            said.repeats.push((delta.span.clone(), text.as_ref().unwrap_or(&delta.text.0).clone()));
        }
        said.edits.extend(text.map(|text| Edit { span: delta.span, text }));
    }
    Ok(said)
}

fn treat(finding: &Finding, delta: &Delta, judge: &mut Judge) -> Result<Treatment, Cut> {
    if delta.repeats { judge.treat_repeat(finding) } else { judge.treat(finding) }
}

fn across(whole: &[Delta], replaced: &mut [Vec<Finding>], judge: &mut Judge) -> Result<(), Cut> {
    let is_block = |delta: &Delta| !delta.is_label && delta.pointer.ends_with("/text");
    let places: Vec<usize> = (0..whole.len()).filter(|at| whole.get(*at).is_some_and(is_block)).collect();
    if places.len() < 2 {
        return Ok(());
    }
    let part = |delta: &Delta| Part {
        role: Role::Assistant,
        text: delta.text.clone(),
        span: 0..0,
        pointer: delta.pointer.clone(),
    };
    let parts: Vec<Part> = places.iter().filter_map(|at| whole.get(*at).map(part)).collect();
    for seam in seams(&parts) {
        let mut findings = everything(&seam.text, false, judge)?;
        findings.retain(|finding| seam.crosses(&(finding.start..finding.end)));
        for finding in findings {
            let shares = seam.shares(&(finding.start..finding.end));
            let at = |part: usize| places.get(part).copied();
            let Some(first) = shares.first().and_then(|(part, _)| whole.get(at(*part)?)) else { continue };
            if treat(&finding, first, judge)? == Treatment::Keep {
                continue;
            }
            for (part, share) in shares {
                let findings = at(part).and_then(|at| replaced.get_mut(at));
                findings.into_iter().for_each(|findings| {
                    findings.push(Finding { start: share.start, end: share.end, ..finding.clone() });
                });
            }
        }
    }
    Ok(())
}
