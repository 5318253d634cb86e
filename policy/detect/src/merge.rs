//! Overlapping findings to one list.

use gnomon_types::finding::{Finding, FindingKind, View};

/// Sorts by start and drops every finding that lies within a better one of the same kind. Findings that overlap only
/// in part both stay: redaction needs the union.
pub(crate) fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        let rank = |f: &Finding| (f.start, std::cmp::Reverse(f.end), view_rank(f.view));
        rank(a).cmp(&rank(b)).then(b.score.total_cmp(&a.score)).then_with(|| a.rule.cmp(&b.rule))
    });
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    // Places in `kept` whose findings may still contain the next one; few at a time, so that hostile text stays cheap.
    let mut open: Vec<usize> = Vec::new();
    for finding in findings {
        open.retain(|place| kept.get(*place).is_some_and(|other| other.end > finding.start));
        let rival = open.iter().rev().copied().find(|place| {
            kept.get(*place).is_some_and(|other| {
                is_rival(other, &finding)
                    && other.start <= finding.start
                    && other.end >= finding.end
                    && !are_two_in_one_piece(other, &finding)
            })
        });
        match rival.and_then(|place| kept.get_mut(place)) {
            None => {
                open.push(kept.len());
                kept.push(finding);
            }
            Some(other) if beats(&finding, other) => *other = finding,
            Some(_) => {}
        }
    }
    kept.sort_by_key(|finding| (finding.start, finding.end));
    kept
}

/// Whether both stand for the whole of one encoded piece, which may hold several things of different types.
fn are_two_in_one_piece(a: &Finding, b: &Finding) -> bool {
    a.view == View::Decoded && b.view == View::Decoded && a.type_ != b.type_ && (a.start, a.end) == (b.start, b.end)
}

/// Whether two findings compete for one place. A text can be about several classes of data and several purposes at
/// once, and a policy may ask for any of them.
fn is_rival(a: &Finding, b: &Finding) -> bool {
    a.kind == b.kind && (a.type_ == b.type_ || !matches!(a.kind, FindingKind::Data | FindingKind::Hazard))
}

/// Whether the inner finding says more than the outer one. Which credential it is may show only where the disguise of its
/// first letters is gone.
fn beats(inner: &Finding, outer: &Finding) -> bool {
    let same_span = inner.start == outer.start && inner.end == outer.end;
    let names_it = inner.kind == FindingKind::Secret && inner.view == View::Normalised && outer.view == View::Plain;
    same_span && (names_it || view_rank(inner.view) <= view_rank(outer.view)) && inner.score > outer.score
}

fn view_rank(view: View) -> u8 {
    match view {
        View::Plain => 0,
        View::Normalised => 1,
        View::Decoded => 2,
    }
}
