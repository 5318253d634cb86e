//! Findings as records tell them: which rule made each, where and why, and never the text.

use crate::examine::{Seen, is_definition};
use crate::snapshot::Inner;
use crate::tools;
use gnomon_types::conversation::Part;
use gnomon_types::finding::{Finding, View};
use gnomon_types::record::{FOUND_MAX, Found};

/// Notes findings in the texts of a request, as far as there is room.
pub(crate) fn note(found: &mut Vec<Found>, seen: &Seen, inner: &Inner, chosen: impl Fn(&Finding) -> bool) {
    for (part, findings) in seen.conversation.parts.iter().zip(&seen.findings) {
        for finding in findings.iter().filter(|finding| chosen(finding)) {
            if found.len() >= FOUND_MAX {
                return;
            }
            found.push(Found { tool: tool_of(part, seen, inner), ..of(finding, &part.pointer, inner) });
        }
    }
}

/// Notes findings that belong to no text alone.
pub(crate) fn note_loose(found: &mut Vec<Found>, seen: &Seen, inner: &Inner) {
    let room = FOUND_MAX.saturating_sub(found.len());
    found.extend(seen.loose.iter().take(room).map(|(place, finding)| of(finding, place, inner)));
}

/// One finding at a place.
pub(crate) fn of(finding: &Finding, place: &str, inner: &Inner) -> Found {
    let explanation = inner.plan.explain(finding);
    let view = match finding.view {
        View::Plain => "plain",
        View::Normalised => "normalised",
        View::Decoded => "decoded",
    };
    Found {
        kind: finding.kind.as_str().to_owned(),
        type_: finding.type_.clone().into_owned(),
        place: place.to_owned(),
        start: u64::try_from(finding.start).unwrap_or(u64::MAX),
        end: u64::try_from(finding.end).unwrap_or(u64::MAX),
        score_permille: crate::facts::permille(finding.score),
        rule: finding.rule.clone().into_owned(),
        rule_version: explanation.version,
        why: explanation.why.into_owned(),
        view: view.to_owned(),
        tool: None,
        replaced: false,
    }
}

fn tool_of(part: &Part, seen: &Seen, inner: &Inner) -> Option<String> {
    if !is_definition(&seen.conversation, part) {
        return None;
    }
    let tool = seen.conversation.tools.iter().find(|tool| tool.span.contains(&part.span.start))?;
    Some(tools::shown_name(&tool.name, inner).to_string())
}
