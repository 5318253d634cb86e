//! Prints the four-letter sequences of ordinary text, the most frequent first: `rules/fours.txt`.
//!
//! `cargo run -p gnomon-detect --example fours > policy/detect/rules/fours.txt`, after texts were added to `training/texts`.

#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// Rarer ones tell literals apart well enough.
const COUNT: usize = 8000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut often: BTreeMap<String, usize> = BTreeMap::new();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("training/texts"))? {
        for row in std::fs::read_to_string(file?.path())?.lines() {
            let row: serde_json::Value = serde_json::from_str(row)?;
            let text = row.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
            count(text, &mut often);
        }
    }
    let mut fours: Vec<(&String, &usize)> = often.iter().collect();
    fours.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    println!(
        "# Sequences of four letters in ordinary text, the most frequent first; `_` is a space. Made by the example `fours`."
    );
    fours.iter().take(COUNT).for_each(|(four, _)| println!("{four}"));
    Ok(())
}

fn count(text: &str, often: &mut BTreeMap<String, usize>) {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'_' && byte != b'#';
    let sign = |byte: u8| if byte.is_ascii_whitespace() { Some('_') } else { plain(byte).then_some(char::from(byte)) };
    for four in text.to_ascii_lowercase().as_bytes().windows(4) {
        if let Some(four) = four.iter().map(|byte| sign(*byte)).collect() {
            *often.entry(four).or_default() += 1;
        }
    }
}
