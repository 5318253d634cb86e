//! What a model makes of texts that it has not learned, in figures; and the threshold that follows.

use crate::shared::auc;
use crate::texts::{Counts, Example, Written, group, head, rows};
use gnomon_detect::Trainer;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

/// Texts with a threshold of their own, and the false alarms that it may cost: among ordinary texts of sources, among
/// those that share words with attacks, and among the harmless texts of our own, nearly all of which do.
pub(crate) struct Side {
    name: &'static str,
    tool: bool,
    ordinary: f64,
    hard: f64,
    written: f64,
}

pub(crate) const PEOPLE: Side = Side { name: "people", tool: false, ordinary: 0.005, hard: 0.02, written: 0.032 };
/// Fewer documents than prompts are there to count.
pub(crate) const TOOLS: Side = Side { name: "tools", tool: true, ordinary: 0.028, hard: 0.02, written: 0.032 };

/// Prints what the model makes of the texts that no training has seen, per language and kind.
pub(crate) fn unseen(trainer: &Trainer, model: &[u8], corpus: &str) -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(corpus);
    let mut judged: Vec<(Written, f32)> = Vec::new();
    let mut out = std::io::stdout().lock();
    for row in rows(&file)? {
        let prepared = trainer.prepare(&row.text, row.role);
        let odds = Trainer::log_odds(model, &prepared.iter().collect::<Vec<_>>())?.into_iter().fold(f32::MIN, f32::max);
        if std::env::var_os("MISTAKES").is_some() && row.attack != (odds >= 0.0) {
            writeln!(out, "{} {odds:5.1} {}", if row.attack { "missed" } else { "alarm " }, head(&row.text))?;
        }
        judged.push((row, odds));
    }
    table(&mut out, judged.iter().map(|(row, odds)| (row.attack, row.lang.as_str(), *odds >= 0.0)))?;
    table(&mut out, judged.iter().map(|(row, odds)| (row.attack, row.kind.as_str(), *odds >= 0.0)))?;
    let odds_of = |attack: bool| -> Vec<f32> {
        judged.iter().filter(|(row, _)| row.attack == attack).map(|(_, odds)| *odds).collect()
    };
    let (bad, good) = (odds_of(true), odds_of(false));
    writeln!(
        out,
        "{corpus}, unseen: recall {:.3}, false alarms {:.3}, recall {:.3} at 1 % false alarms, AUC {:.4}",
        share(&bad, 0.0),
        share(&good, 0.0),
        share(&bad, above(&good, 0.01)),
        auc(&bad, &good)
    )?;
    Ok(())
}

/// Prints figures per source, language and round of writing at the threshold, and gives it.
pub(crate) fn report(side: &Side, examples: &[Example], odds: &[f32]) -> Result<f32, Box<dyn Error>> {
    let counted = |counts: Counts| -> Vec<(&Example, f32)> {
        let all = examples.iter().zip(odds.iter().copied());
        all.filter(|(e, _)| e.counts == counts && e.tool == side.tool).collect()
    };
    let (foreign, written) = (counted(Counts::Foreign), counted(Counts::Written));
    let ordinary = chosen(&foreign, |e| !e.attack && !e.hard);
    let hard = chosen(&foreign, |e| !e.attack && e.hard);
    let close = chosen(&written, |e| !e.attack);
    let bounds = [above(&ordinary, side.ordinary), above(&hard, side.hard), above(&close, side.written)];
    let threshold = bounds.into_iter().fold(f32::MIN, f32::max);
    let mut out = std::io::stdout().lock();
    if std::env::var_os("MISTAKES").is_some() {
        for (example, value) in foreign.iter().chain(&written).filter(|(e, value)| e.attack != (*value >= threshold)) {
            let kind = if example.attack { "missed" } else { "alarm " };
            writeln!(out, "{kind} {:5.1} {}", value - threshold, example.head)?;
        }
    }
    let sources = foreign.iter().map(|(e, value)| (e.attack, e.source.as_str(), *value >= threshold));
    let languages = written.iter().map(|(e, value)| (e.attack, e.lang.as_str(), *value >= threshold));
    table(&mut out, sources)?;
    let rounds = written.iter().map(|(e, value)| (e.attack, group(e), *value >= threshold));
    table(&mut out, languages)?;
    table(&mut out, rounds)?;
    let sets = [("left out", foreign, [ordinary, hard].concat()), ("own texts left out", written, close)];
    for (name, texts, benign) in sets {
        let attacks = chosen(&texts, |e| e.attack);
        writeln!(
            out,
            "{}, {name}: recall {:.3} at the threshold, {:.3} at 1 % false alarms, AUC {:.4}",
            side.name,
            share(&attacks, threshold),
            share(&attacks, above(&benign, 0.01)),
            auc(&attacks, &benign)
        )?;
    }
    Ok(threshold)
}

/// How many of the harmless texts and of the attacks of each name were hit.
fn table<'e>(out: &mut impl Write, texts: impl Iterator<Item = (bool, &'e str, bool)>) -> std::io::Result<()> {
    let mut slots: BTreeMap<(bool, &str), (usize, usize)> = BTreeMap::new();
    for (attack, name, hit) in texts {
        let slot = slots.entry((attack, name)).or_default();
        slot.0 += usize::from(hit);
        slot.1 += 1;
    }
    for ((attack, name), (hit, rows)) in &slots {
        let label = if *attack { "attack" } else { "benign" };
        writeln!(out, "{label} {hit:4}/{rows:4} {:5.1}%  {name}", 100.0 * *hit as f64 / *rows as f64)?;
    }
    Ok(())
}

/// The log odds of the texts of a kind.
fn chosen(texts: &[(&Example, f32)], kind: impl Fn(&Example) -> bool) -> Vec<f32> {
    texts.iter().filter(|(example, _)| kind(example)).map(|(_, odds)| *odds).collect()
}

/// The share of texts that reach these log odds.
fn share(all: &[f32], from: f32) -> f64 {
    all.iter().filter(|odds| **odds >= from).count() as f64 / all.len().max(1) as f64
}

/// The log odds that no more than this share of texts reach.
fn above(odds: &[f32], share: f64) -> f32 {
    let mut sorted = odds.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (sorted.len() as f64 * share) as usize;
    sorted.get(allowed).map_or(f32::MIN, |highest| highest + 1e-4)
}
