//! Trains the attack model: `cargo run -p gnomon-detect --example train -- DATA_DIR OUT`.
//!
//! DATA_DIR holds `injection.jsonl` (JSON Lines with `text`, `label`, `kind`, `source`); our own texts of
//! `training/texts/*.jsonl` and the phrases of `training/phrases.toml` are added. First every source is judged by a
//! model that has not seen it, which gives the printed figures and the threshold; then the shipped model learns from
//! everything, and its bias is moved so that the threshold is one half. Last it judges `tests/corpus/attacks.jsonl` and
//! `attacks-2.jsonl`, which no training sees. OUT is the model file, `policy/detect/rules/attacks.model`.

use gnomon_detect::{Trainer, TrainingText};
use gnomon_types::conversation::Role;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::Path;

#[derive(Deserialize)]
struct Row {
    text: String,
    label: String,
    kind: String,
    source: String,
    #[serde(default)]
    strict: Option<bool>,
}

/// One labelled text.
struct Example {
    /// The whole, then the parts of a long text.
    text: Vec<TrainingText>,
    attack: bool,
    /// Harmless, but in the words of attacks.
    hard: bool,
    /// `false`: learned from, not counted.
    counts: bool,
    source: String,
    tool: bool,
    weight: f32,
    /// The beginning of the text, for a look at mistakes.
    head: String,
}

/// False alarms that the threshold may cost: among ordinary texts, and among those that share words with attacks.
struct Alarms {
    ordinary: f64,
    hard: f64,
}

const PEOPLE: Alarms = Alarms { ordinary: 0.004, hard: 0.025 };
/// Fewer documents than prompts are there to count.
const TOOLS: Alarms = Alarms { ordinary: 0.02, hard: 0.02 };

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
    let threshold = report("people", &examples, &odds, false, &PEOPLE)?;
    let threshold_tool = report("tools", &examples, &odds, true, &TOOLS)?;
    let all: Vec<(&TrainingText, bool, f32)> = examples.iter().flat_map(lessons).collect();
    let model = Trainer::centre(&trainer.fit(&all), threshold, threshold_tool)?;
    for corpus in ["attacks.jsonl", "attacks-2.jsonl"] {
        unseen(&trainer, &model, corpus)?;
    }
    std::fs::write(&target, &model)?;
    writeln!(std::io::stdout(), "wrote {target}, {} bytes, from {} texts", model.len(), examples.len())?;
    Ok(())
}

fn foreign(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for line in read(path)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        let role = match row.kind.as_str() {
            "indirect_injection" | "tool_output" | "task_hijack" => Role::Tool,
            _ => Role::User,
        };
        let strict = row.strict.unwrap_or(true);
        let attack = row.label == "attack";
        // Texts that are attacks only in their context teach too little to be worth the noise.
        if strict || !attack {
            examples.push(Example {
                text: trainer.prepare(&row.text, role),
                tool: role == Role::Tool,
                attack,
                hard: row.kind == "hard_negative",
                counts: strict,
                head: head(&row.text),
                source: row.source,
                weight: 1.0,
            });
        }
    }
    Ok(examples)
}

/// Texts about something else, such as configuration with keys in it: no attacks. A few are enough.
fn other(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Text {
        text: String,
    }
    let mut examples = Vec::new();
    for line in read(path).unwrap_or_default().lines().step_by(9) {
        let row: Text = serde_json::from_str(line)?;
        examples.push(Example {
            text: trainer.prepare(&row.text, Role::User),
            tool: false,
            attack: false,
            hard: false,
            counts: false,
            source: path.display().to_string(),
            weight: 1.0,
            head: head(&row.text),
        });
    }
    Ok(examples)
}

/// The file, or the file with `.gz` behind its name, unpacked.
fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    if path.exists() {
        return Ok(std::fs::read_to_string(path)?);
    }
    let packed = std::fs::File::open(path.with_extension("jsonl.gz"))?;
    Ok(std::io::read_to_string(flate2::read::GzDecoder::new(packed))?)
}

#[derive(Deserialize)]
struct Phrases {
    grid: Vec<Grid>,
    benign: Vec<List>,
    hidden: Vec<Hidden>,
}

#[derive(Deserialize)]
struct Hidden {
    parts: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Grid {
    attack: bool,
    #[serde(default)]
    tool: bool,
    take: usize,
    parts: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct List {
    list: Vec<String>,
}

/// Phrases of our own, for languages and near misses that the data lacks.
fn own(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let phrases: Phrases = toml::from_str(include_str!("../training/phrases.toml"))?;
    let mut examples = Vec::new();
    for grid in &phrases.grid {
        let role = if grid.tool { Role::Tool } else { Role::User };
        examples.extend(combine(grid).iter().map(|text| own_example(trainer, text, grid.attack, role)));
    }
    let documents = documents(path)?;
    for hidden in &phrases.hidden {
        let take = hidden.parts.iter().map(Vec::len).product();
        let orders = combine(&Grid { attack: true, tool: true, take, parts: hidden.parts.clone() });
        for (place, (order, document)) in orders.iter().zip(documents.iter().cycle()).enumerate() {
            examples.push(own_example(trainer, &hide(document, order, place), true, Role::Tool));
        }
    }
    for text in phrases.benign.iter().flat_map(|list| &list.list) {
        examples.push(own_example(trainer, text, false, Role::User));
    }
    Ok(examples)
}

/// One of our own texts.
#[derive(Deserialize)]
struct Written {
    text: String,
    attack: bool,
    role: Role,
    lang: String,
}

/// Texts of our own, a file per language: attacks and what only sounds like one.
fn written(trainer: &Trainer) -> Result<Vec<Example>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/texts");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let mut examples = Vec::new();
    for file in files {
        for row in rows(&file)? {
            let source = file.display().to_string();
            let example = own_example(trainer, &row.text, row.attack, row.role);
            examples.push(Example { source, weight: WRITTEN_WEIGHT, ..example });
        }
    }
    Ok(examples)
}

fn rows(file: &Path) -> Result<Vec<Written>, Box<dyn Error>> {
    Ok(read(file)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Prints what the model makes of the texts that no training has seen, per language.
fn unseen(trainer: &Trainer, model: &[u8], corpus: &str) -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(corpus);
    let mut by_language: BTreeMap<(bool, String), (usize, usize)> = BTreeMap::new();
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    let mut out = std::io::stdout().lock();
    for row in rows(&file)? {
        let prepared = trainer.prepare(&row.text, row.role);
        let odds = Trainer::log_odds(model, &prepared.iter().collect::<Vec<_>>())?.into_iter().fold(f32::MIN, f32::max);
        if row.attack {
            bad.push(odds)
        } else {
            good.push(odds)
        }
        if std::env::var_os("MISTAKES").is_some() && row.attack != (odds >= 0.0) {
            writeln!(out, "{} {odds:5.1} {}", if row.attack { "missed" } else { "alarm " }, head(&row.text))?;
        }
        let slot = by_language.entry((row.attack, row.lang)).or_default();
        slot.0 += usize::from(odds >= 0.0);
        slot.1 += 1;
    }
    for ((attack, lang), (hit, rows)) in &by_language {
        let label = if *attack { "attack" } else { "benign" };
        writeln!(out, "unseen {label} {hit:4}/{rows:4} {:5.1}%  {lang}", 100.0 * *hit as f64 / *rows as f64)?;
    }
    let hit = |all: &[f32]| all.iter().filter(|odds| **odds >= 0.0).count() as f64 / all.len().max(1) as f64;
    let (bad_hit, good_hit, area) = (hit(&bad), hit(&good), auc(&bad, &good));
    writeln!(out, "{corpus}, unseen: recall {bad_hit:.3}, false alarms {good_hit:.3}, AUC {area:.4}")?;
    Ok(())
}

/// Harmless documents of the data in which orders can be hidden.
fn documents(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut documents = Vec::new();
    for line in read(path)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        if row.kind == "tool_output" && row.label == "benign" {
            documents.push(row.text);
        }
    }
    Ok(documents)
}

/// The order behind, before or within the document.
fn hide(document: &str, order: &str, place: usize) -> String {
    let middle = document.match_indices(". ").map(|(at, _)| at + 2).nth(1 + place % 3);
    match (place % 3, middle.and_then(|at| document.split_at_checked(at))) {
        (0, Some((head, tail))) => format!("{head}{order} {tail}"),
        (1, _) => format!("{order}\n{document}"),
        _ => format!("{document}\n\n{order}"),
    }
}

fn own_example(trainer: &Trainer, text: &str, attack: bool, role: Role) -> Example {
    Example {
        text: trainer.prepare(text, role),
        tool: role == Role::Tool,
        attack,
        hard: false,
        counts: false,
        source: "own phrases".to_owned(),
        weight: 1.0,
        head: head(text),
    }
}

fn head(text: &str) -> String {
    text.chars().take(160).collect::<String>().replace('\n', " ")
}

/// Combinations of one piece of each list, evenly spread over all there are.
fn combine(grid: &Grid) -> Vec<String> {
    let all: usize = grid.parts.iter().map(Vec::len).product();
    let take = grid.take.min(all);
    // A step without a common factor visits every combination once.
    let step = (all / take.max(1)..).find(|step| gcd(*step, all) == 1).unwrap_or(1);
    let mut texts = Vec::with_capacity(take);
    for count in 0..take {
        let mut place = count * step % all;
        let mut pieces = Vec::new();
        for part in &grid.parts {
            pieces.extend(part.get(place % part.len()).map(String::as_str));
            place /= part.len();
        }
        let dense = pieces.iter().any(|piece| piece.starts_with(' ') || piece.ends_with(' '))
            || pieces.first().and_then(|piece| piece.chars().next()).is_some_and(|c| c >= '\u{3040}');
        texts.push(if dense { join(&pieces) } else { pieces.join(" ") });
    }
    texts
}

/// Joins pieces that bring their own spaces; where neither side has one and both are words, a space comes between.
fn join(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let words = text.chars().next_back().is_some_and(|c| c.is_alphanumeric() && c < '\u{3040}')
            && piece.chars().next().is_some_and(char::is_alphanumeric);
        if words {
            text.push(' ');
        }
        text.push_str(piece);
    }
    text
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Our own texts speak for more languages and manners than any other source.
const WRITTEN_WEIGHT: f32 = 2.0;

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

/// Judges each source by a model that never saw it.
fn leave_sources_out(trainer: &Trainer, examples: &[Example]) -> Result<Vec<f32>, Box<dyn Error>> {
    let sources: BTreeSet<&str> = examples.iter().filter(|e| e.counts).map(|e| e.source.as_str()).collect();
    let mut odds = vec![0.0; examples.len()];
    for source in sources {
        let seen: Vec<(&TrainingText, bool, f32)> =
            examples.iter().filter(|e| e.source != source).flat_map(lessons).collect();
        let model = trainer.fit(&seen);
        for (example, slot) in examples.iter().zip(&mut odds).filter(|(e, _)| e.source == source) {
            let parts: Vec<&TrainingText> = example.text.iter().collect();
            *slot = Trainer::log_odds(&model, &parts)?.into_iter().fold(f32::MIN, f32::max);
        }
    }
    Ok(odds)
}

/// Prints figures per source at the threshold, and gives it.
fn report(whose: &str, examples: &[Example], odds: &[f32], tool: bool, alarms: &Alarms) -> Result<f32, Box<dyn Error>> {
    let counted: Vec<(&Example, f32)> =
        examples.iter().zip(odds.iter().copied()).filter(|(e, _)| e.counts && e.tool == tool).collect();
    let harmless = |hard: bool| {
        let chosen = counted.iter().filter(move |(e, _)| !e.attack && e.hard == hard);
        chosen.map(|(_, odds)| *odds).collect::<Vec<f32>>()
    };
    let (ordinary, hard) = (harmless(false), harmless(true));
    let threshold = above(&ordinary, alarms.ordinary).max(above(&hard, alarms.hard));
    let mut by_source: BTreeMap<(bool, &str), (usize, usize)> = BTreeMap::new();
    for (example, value) in &counted {
        let slot = by_source.entry((example.attack, &example.source)).or_default();
        slot.0 += usize::from(*value >= threshold);
        slot.1 += 1;
    }
    let mut out = std::io::stdout().lock();
    if std::env::var_os("MISTAKES").is_some() {
        for (example, value) in counted.iter().filter(|(e, value)| e.attack != (*value >= threshold)) {
            writeln!(
                out,
                "{} {:5.1} {}",
                if example.attack { "missed" } else { "alarm " },
                value - threshold,
                example.head
            )?;
        }
    }
    for ((attack, source), (hit, rows)) in &by_source {
        let label = if *attack { "attack" } else { "benign" };
        writeln!(out, "{label} {hit:4}/{rows:4} {:5.1}%  {source}", 100.0 * *hit as f64 / *rows as f64)?;
    }
    let attacks: Vec<f32> = counted.iter().filter(|(e, _)| e.attack).map(|(_, odds)| *odds).collect();
    let benign = [ordinary, hard].concat();
    let share =
        |all: &[f32], from: f32| all.iter().filter(|odds| **odds >= from).count() as f64 / all.len().max(1) as f64;
    writeln!(
        out,
        "{whose}, left out: recall {:.3} at the threshold, {:.3} at 1 % false alarms, AUC {:.4}",
        share(&attacks, threshold),
        share(&attacks, above(&benign, 0.01)),
        auc(&attacks, &benign)
    )?;
    Ok(threshold)
}

/// The log odds that no more than this share of texts reach.
fn above(odds: &[f32], share: f64) -> f32 {
    let mut sorted = odds.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (sorted.len() as f64 * share) as usize;
    sorted.get(allowed).map_or(f32::MIN, |highest| highest + 1e-4)
}

/// Share of (attack, benign) pairs in the right order.
fn auc(bad: &[f32], good: &[f32]) -> f64 {
    let mut right = 0.0;
    for a in bad {
        for b in good {
            right += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    right / (bad.len() * good.len()).max(1) as f64
}
