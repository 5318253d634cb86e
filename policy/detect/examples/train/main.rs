//! Trains the attack model: `cargo run -p gnomon-detect --example train -- DATA_DIR OUT`.
//!
//! DATA_DIR holds `injection.jsonl` (JSON Lines with `text`, `label`, `kind`, `source`); our own texts of
//! `training/texts/*.jsonl` and the phrases of `training/phrases.toml` are added. First every source, and every round of
//! our own texts, is judged by a model that has not seen it, which gives the printed figures and the threshold; then the
//! shipped model learns from everything, and its bias is moved so that the threshold is one half. Last it judges
//! `tests/corpus/attacks.jsonl`, `attacks-2.jsonl` and `attacks-3.jsonl`, which no training sees. OUT is the model file,
//! `policy/detect/rules/attacks.model`.

mod report;
#[path = "../shared/mod.rs"]
mod shared;
mod texts;

use gnomon_detect::{Trainer, TrainingText};
use report::{PEOPLE, TOOLS, report, unseen};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use texts::{Counts, Example, foreign, group, other, own, written};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(target)) = (args.next(), args.next()) else { return Err("usage: train DATA_DIR OUT".into()) };
    let trainer = Trainer::new()?;
    let mut examples = foreign(&trainer, &Path::new(&dir).join("injection.jsonl"))?;
    for file in ["secret.jsonl", "pii.jsonl"] {
        examples.extend(other(&trainer, &Path::new(&dir).join(file))?);
    }
    examples.extend(own(&trainer, &Path::new(&dir).join("injection.jsonl"))?);
    examples.extend(written(&trainer)?);
    weigh(&mut examples);
    let odds = leave_sources_out(&trainer, &examples)?;
    let threshold = report(&PEOPLE, &examples, &odds)?;
    let threshold_tool = report(&TOOLS, &examples, &odds)?;
    let model = fit(&trainer, &examples.iter().collect::<Vec<_>>())?;
    let model = Trainer::centre(&model, threshold, threshold_tool)?;
    for corpus in ["attacks.jsonl", "attacks-2.jsonl", "attacks-3.jsonl"] {
        unseen(&trainer, &model, corpus)?;
    }
    std::fs::write(&target, &model)?;
    writeln!(std::io::stdout(), "wrote {target}, {} bytes, from {} texts", model.len(), examples.len())?;
    Ok(())
}

/// Large sources must not drown small ones: a source weighs as the root of its size.
fn weigh(examples: &mut [Example]) {
    let mut sizes: BTreeMap<String, f32> = BTreeMap::new();
    for example in examples.iter() {
        *sizes.entry(example.source.clone()).or_default() += 1.0;
    }
    for example in examples.iter_mut() {
        let size = sizes.get(&example.source).copied().unwrap_or(1.0);
        example.weight *= (200.0 / size).sqrt().clamp(0.5, 2.0);
    }
}

/// What a text teaches: the whole what it is, and every part of a harmless document that it is harmless.
fn lessons<'e>(example: &&'e Example) -> Vec<(&'e TrainingText, bool, f32)> {
    let parts = example.text.iter().skip(1).filter(|_| !example.attack);
    let share = example.weight / (example.text.len() as f32).sqrt();
    let whole = example.text.iter().take(1).map(|text| (text, example.attack, example.weight));
    whole.chain(parts.map(|text| (text, false, share))).collect()
}

/// Of a document with an order in it the part that looks worst to a first model is taken for the order, and learned as
/// an attack of this share of the whole's weight by the second.
const WORST_PART: f32 = 0.5;

/// The model of these examples: learned twice, the second time with the orders that the first sees in documents.
fn fit(trainer: &Trainer, examples: &[&Example]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut lessons: Vec<(&TrainingText, bool, f32)> = examples.iter().flat_map(lessons).collect();
    let first = trainer.fit(&lessons);
    let long: Vec<&Example> = examples.iter().copied().filter(|e| e.attack && e.tool && e.text.len() > 1).collect();
    let parts: Vec<&TrainingText> = long.iter().flat_map(|example| example.text.iter().skip(1)).collect();
    let mut odds = parts.iter().copied().zip(Trainer::log_odds(&first, &parts)?);
    for example in long {
        let of_it = odds.by_ref().take(example.text.len() - 1);
        let worst = of_it.max_by(|a, b| a.1.total_cmp(&b.1));
        lessons.extend(worst.map(|(part, _)| (part, true, example.weight * WORST_PART)));
    }
    Ok(trainer.fit(&lessons))
}

/// Judges each source and each round of our own texts by a model that never saw it.
fn leave_sources_out(trainer: &Trainer, examples: &[Example]) -> Result<Vec<f32>, Box<dyn Error>> {
    let groups: BTreeSet<&str> = examples.iter().filter(|e| e.counts != Counts::Not).map(group).collect();
    let mut odds = vec![0.0; examples.len()];
    for left_out in groups {
        let model = fit(trainer, &examples.iter().filter(|e| group(e) != left_out).collect::<Vec<_>>())?;
        for (example, slot) in examples.iter().zip(&mut odds).filter(|(e, _)| group(e) == left_out) {
            let parts: Vec<&TrainingText> = example.text.iter().collect();
            *slot = Trainer::log_odds(&model, &parts)?.into_iter().fold(f32::MIN, f32::max);
        }
    }
    Ok(odds)
}
