//! However a text is cut into pieces, the scanner finds in them what it finds in the whole, and releases no byte that
//! becomes part of a later finding.

use super::{story, views::plan};
use gnomon_detect::StreamScanner;
use gnomon_types::finding::{Finding, FindingKind};

/// A piece without white space is held back up to this length. What is encoded in a longer one is not found in a stream.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// Panics when the law is broken. The first four bytes say where the text is cut.
pub fn check(input: &[u8]) {
    let Some((cuts, rest)) = input.split_first_chunk::<4>() else { return };
    let text = story::text(rest);
    if text.split_whitespace().any(|piece| piece.len() > PIECE_BYTES_MAX) {
        return;
    }
    // A text that does not fit the budget is stopped, so what else is found in it does not matter.
    let Some(whole) = found(&[&text]) else { return };
    let plain = plan().scan_plain(&text);
    let is_stopped = |kind| matches!(kind, FindingKind::Secret | FindingKind::Pii);
    for finding in plain.iter().filter(|finding| is_stopped(finding.kind)) {
        assert!(is_covered(finding, &whole), "the scanner lost {finding:?} of {text:?}, found {whole:?}");
    }
    let Some(pieces) = found(&cut(&text, *cuts)) else { return };
    for finding in &whole {
        assert!(is_covered(finding, &pieces), "the stream lost {finding:?} of {text:?}, found {pieces:?}");
    }
    for finding in &pieces {
        assert!(text.get(finding.start..finding.end).is_some(), "{finding:?} points beside characters of {text:?}");
        assert!(is_covered(finding, &whole), "only the stream found {finding:?} in {text:?}, the whole {whole:?}");
    }
}

/// Whether each byte of a finding belongs to some finding of its kind.
fn is_covered(finding: &Finding, others: &[Finding]) -> bool {
    let mut at = finding.start;
    while let Some(next) = others
        .iter()
        .filter(|other| other.kind == finding.kind && other.start <= at && other.end > at)
        .map(|other| other.end)
        .max()
    {
        at = next;
    }
    at >= finding.end
}

/// What the scanner finds in the pieces; nothing when a budget ran out.
fn found(pieces: &[&str]) -> Option<Vec<Finding>> {
    let text = pieces.concat();
    let mut scanner = StreamScanner::new(plan());
    let (mut findings, mut sent, mut safe) = (Vec::new(), 0, 0);
    for piece in pieces {
        sent += piece.len();
        let step = scanner.push(piece);
        assert!(safe <= step.safe_to && step.safe_to <= sent, "the safe place went from {safe} to {}", step.safe_to);
        assert!(text.is_char_boundary(step.safe_to), "the safe place lies within a character of {text:?}");
        for finding in &step.findings {
            assert!(finding.start >= safe, "{finding:?} reaches into released text of {text:?}");
            assert!(finding.end <= step.safe_to, "{finding:?} is not final in {text:?}");
        }
        safe = step.safe_to;
        if step.exhausted {
            return None;
        }
        findings.extend(step.findings);
    }
    let last = scanner.finish();
    assert_eq!(last.safe_to, text.len());
    assert!(
        last.findings.iter().all(|finding| finding.start >= safe),
        "the end reaches into released text of {text:?}"
    );
    findings.extend(last.findings);
    (!last.exhausted).then_some(findings)
}

/// The text in pieces whose lengths repeat in a cycle of four.
fn cut(text: &str, cuts: [u8; 4]) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        // Few pieces of a long text: a cut of a few bytes only matters at a few places.
        let length = usize::from(*cut).max(1 + text.len() / 64).min(rest.len());
        let length = (length..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(length);
        pieces.push(piece);
        rest = tail;
    }
    pieces
}
