//! Trains the attack model: `cargo run -p gnomon-detect --example train -- DATA_DIR OUT`.
//!
//! DATA_DIR holds `injection.jsonl` (JSON Lines with `text`, `label`, `kind`, `source`); our own texts of
//! `training/texts/*.jsonl` and the phrases of `training/phrases.toml` are added. First every source, and every round of
//! our own texts, is judged by a model that has not seen it, which gives the printed figures and the threshold; then the
//! shipped model learns from everything, and its bias is moved so that the threshold is one half. Last it judges `tests/corpus/attacks.jsonl` and
//! `attacks-2.jsonl` and `attacks-3.jsonl`, which no training sees. OUT is the model file, `policy/detect/rules/attacks.model`.

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
use texts::{Counts, Example, foreign, other, own, written};

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
    let all: Vec<(&TrainingText, bool, f32)> = examples.iter().flat_map(lessons).collect();
    let model = Trainer::centre(&trainer.fit(&all), threshold, threshold_tool)?;
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

/// What a text teaches: the whole what it is, and every part of a harmless text that it is harmless.
fn lessons(example: &Example) -> Vec<(&TrainingText, bool, f32)> {
    let parts = example.text.iter().skip(1).filter(|_| !example.attack);
    let share = example.weight / (example.text.len() as f32).sqrt();
    let whole = example.text.iter().take(1).map(|text| (text, example.attack, example.weight));
    whole.chain(parts.map(|text| (text, false, share))).collect()
}

/// What is left out together: a source, or the texts of our own that were written in one round for all languages.
fn group(example: &Example) -> &str {
    if example.counts != Counts::Written {
        return &example.source;
    }
    let stem = Path::new(&example.source).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let round = stem.split_once('-').map_or("1", |(_, round)| round);
    // The first round has English files of two kinds.
    if round.starts_with(|c: char| c.is_ascii_digit()) { round } else { "1" }
}

/// Judges each source and each round of our own texts by a model that never saw it.
fn leave_sources_out(trainer: &Trainer, examples: &[Example]) -> Result<Vec<f32>, Box<dyn Error>> {
    let groups: BTreeSet<&str> = examples.iter().filter(|e| e.counts != Counts::Not).map(group).collect();
    let mut odds = vec![0.0; examples.len()];
    for left_out in groups {
        let seen: Vec<(&TrainingText, bool, f32)> =
            examples.iter().filter(|e| group(e) != left_out).flat_map(lessons).collect();
        let model = trainer.fit(&seen);
        for (example, slot) in examples.iter().zip(&mut odds).filter(|(e, _)| group(e) == left_out) {
            let parts: Vec<&TrainingText> = example.text.iter().collect();
            *slot = Trainer::log_odds(&model, &parts)?.into_iter().fold(f32::MIN, f32::max);
        }
    }
    Ok(odds)
}
