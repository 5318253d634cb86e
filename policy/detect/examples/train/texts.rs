//! The texts that the model learns from: of the data, and our own.

use crate::shared::read;
use gnomon_detect::{Trainer, TrainingText};
use gnomon_types::conversation::Role;
use serde::Deserialize;
use std::error::Error;
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
pub(crate) struct Example {
    /// The whole, then the parts of a long text.
    pub(crate) text: Vec<TrainingText>,
    pub(crate) attack: bool,
    /// Harmless, but in the words of attacks.
    pub(crate) hard: bool,
    /// Whether it is counted among the texts of a source, of our own, or only learned from.
    pub(crate) counts: Counts,
    pub(crate) source: String,
    pub(crate) lang: String,
    pub(crate) tool: bool,
    pub(crate) weight: f32,
    /// The beginning of the text, for a look at mistakes.
    pub(crate) head: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Counts {
    Foreign,
    Written,
    Not,
}

/// The kind of a long harmless document: a manual, a contract, minutes.
const LONG: &str = "long_document";

/// Our own texts speak for more languages and manners than any other source.
const WRITTEN_WEIGHT: f32 = 2.0;

pub(crate) fn foreign(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
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
                counts: if strict { Counts::Foreign } else { Counts::Not },
                lang: String::new(),
                head: head(&row.text),
                source: row.source,
                weight: 1.0,
            });
        }
    }
    Ok(examples)
}

/// Texts about something else, such as configuration with keys in it: no attacks. A few are enough.
pub(crate) fn other(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
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
            counts: Counts::Not,
            lang: String::new(),
            source: path.display().to_string(),
            weight: 1.0,
            head: head(&row.text),
        });
    }
    Ok(examples)
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
pub(crate) fn own(trainer: &Trainer, path: &Path) -> Result<Vec<Example>, Box<dyn Error>> {
    let phrases: Phrases = toml::from_str(include_str!("../../training/phrases.toml"))?;
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
            let example = own_example(trainer, &hide(&document.text, order, place), true, Role::Tool);
            examples.push(Example { source: document.source.clone(), ..example });
        }
    }
    for text in phrases.benign.iter().flat_map(|list| &list.list) {
        examples.push(own_example(trainer, text, false, Role::User));
    }
    Ok(examples)
}

/// One of our own texts.
#[derive(Deserialize)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) attack: bool,
    pub(crate) role: Role,
    pub(crate) lang: String,
    pub(crate) kind: String,
}

/// Texts of our own, a file per language: attacks and what only sounds like one.
pub(crate) fn written(trainer: &Trainer) -> Result<Vec<Example>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/texts");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let mut examples = Vec::new();
    for file in files {
        for row in rows(&file)? {
            // People bring long documents to a model too.
            let pasted = (row.kind == LONG).then_some(Role::User);
            for role in std::iter::once(row.role).chain(pasted) {
                let source = file.display().to_string();
                let example = own_example(trainer, &row.text, row.attack, role);
                let (counts, lang) = (Counts::Written, row.lang.clone());
                examples.push(Example { source, weight: WRITTEN_WEIGHT, counts, lang, ..example });
            }
        }
    }
    Ok(examples)
}

pub(crate) fn rows(file: &Path) -> Result<Vec<Written>, Box<dyn Error>> {
    Ok(read(file)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// What is left out together: a source, or the texts of our own that were written in one round for all languages.
pub(crate) fn group(example: &Example) -> &str {
    if example.counts != Counts::Written {
        return &example.source;
    }
    let stem = Path::new(&example.source).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let round = stem.split_once('-').map_or("1", |(_, round)| round);
    // The first round has English files of two kinds.
    if round.starts_with(|c: char| c.is_ascii_digit()) { round } else { "1" }
}

/// Harmless documents of the data in which orders can be hidden. What is made of a document belongs to its source: a
/// model that learned it as an attack has seen the source.
fn documents(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut documents = Vec::new();
    for line in read(path)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        if row.kind == "tool_output" && row.label == "benign" {
            documents.push(row);
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
        counts: Counts::Not,
        lang: String::new(),
        source: "own phrases".to_owned(),
        weight: 1.0,
        head: head(text),
    }
}

pub(crate) fn head(text: &str) -> String {
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
