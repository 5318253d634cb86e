//! Texts that repeat what the rules look for: the worst of them is found by trying all.

use crate::clock;
use crate::disguises;
use crate::pieces::{self, Piece};
use gnomon_detect::Plan;
use gnomon_types::conversation::Role;
use std::cmp::Reverse;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

/// Tried with so many bytes first, the worst of each source again with more.
const TRIED_BYTES: usize = 4 << 10;
const TRIED_AGAIN_BYTES: usize = 128 << 10;
/// So many of each source are tried again, and so many with all bytes.
const TRIED_AGAIN: usize = 120;
const TRIED_WHOLE: usize = 12;
/// So many of the worst are paired with each other and disguised.
const MIXED: usize = 16;
const PRINTED: usize = 40;

/// Prints the repetitions that take longest.
pub(crate) fn print_worst(plan: &Plan, bytes: usize) -> Result<(), Box<dyn Error>> {
    let mut worst = Vec::new();
    let mut tried = 0;
    for (source, pieces) in pieces::all()? {
        tried += pieces.len();
        worst.extend(worst_of(plan, source, pieces, bytes));
    }
    worst.sort_by_key(|(took, _)| Reverse(*took));
    let mixed: Vec<Piece> = worst.iter().take(MIXED).map(|(_, piece)| piece.clone()).collect();
    for (source, pieces) in [("pair", pairs(&mixed)), ("disguise", disguised(&mixed))] {
        tried += pieces.len();
        worst.extend(worst_of(plan, source, pieces, bytes));
    }
    worst.sort_by_key(|(took, _)| Reverse(*took));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{tried} repetitions tried; the worst of {bytes} bytes:")?;
    for (took, piece) in worst.iter().take(PRINTED) {
        let scan = plan.scan(&piece.filled(bytes), Role::User);
        let shown: String = piece.text.chars().take(60).collect();
        let gave_up = if scan.exhausted { "exhausted" } else { "" };
        let found = scan.findings.len();
        writeln!(
            out,
            "{:7.1} ms {found:6} findings {gave_up:9} {:10} {shown:?}",
            took.as_secs_f64() * 1e3,
            piece.source
        )?;
    }
    Ok(())
}

/// Those that take longest with all bytes, found by trying fewer first.
fn worst_of(plan: &Plan, source: &'static str, pieces: Vec<String>, bytes: usize) -> Vec<(Duration, Piece)> {
    let mut pieces: Vec<Piece> = pieces.into_iter().map(|text| Piece { source, text }).collect();
    for (tried, kept, runs) in [(TRIED_BYTES, TRIED_AGAIN, 1), (TRIED_AGAIN_BYTES, TRIED_WHOLE, 2)] {
        pieces = ranked(plan, pieces, tried.min(bytes), runs).into_iter().map(|(_, piece)| piece).take(kept).collect();
    }
    ranked(plan, pieces, bytes, 3)
}

/// The pieces by how long it takes to read a text full of each.
fn ranked(plan: &Plan, pieces: Vec<Piece>, bytes: usize, runs: usize) -> Vec<(Duration, Piece)> {
    let timed = |piece: Piece| {
        let text = piece.filled(bytes);
        (clock::least(runs, || plan.scan(&text, Role::User)).0, piece)
    };
    let mut all: Vec<_> = pieces.into_iter().map(timed).collect();
    all.sort_by_key(|(took, _)| Reverse(*took));
    all
}

fn pairs(worst: &[Piece]) -> Vec<String> {
    worst.iter().flat_map(|a| worst.iter().map(move |b| format!("{}{}", a.text, b.text))).collect()
}

/// Each in each disguise, alone and between words.
fn disguised(worst: &[Piece]) -> Vec<String> {
    let dressed = |piece: &Piece| disguises::ALL.map(|(_, disguise)| disguise(&piece.filled(64)));
    let all = worst.iter().flat_map(dressed);
    all.flat_map(|text| [format!("{text}\n"), format!("the file {text} is")]).collect()
}
