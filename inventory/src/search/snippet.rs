//! Words of a text, and the piece of a text around the first of them.

use std::ops::Range;

const SNIPPET_CHARS: usize = 160;
const LEAD_CHARS: usize = 40;
const WORDS_MAX: usize = 12;

/// The words of a query as the index cuts them: runs of letters and digits, lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    let pieces = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    pieces.take(WORDS_MAX).map(str::to_lowercase).collect()
}

/// The piece of `text` around the first word that begins like one of `words`, and where such words stand in it.
pub(super) fn around(text: &str, words: &[String]) -> (String, Vec<Range<usize>>) {
    let matched = matches(text, words);
    let first = matched.first().map_or(0, |range| range.start);
    let before = text.char_indices().map(|(at, _)| at).filter(|at| *at <= first).rev().nth(LEAD_CHARS).unwrap_or(0);
    let rest = text.get(before..).unwrap_or_default();
    let length = rest.char_indices().map(|(at, _)| at).nth(SNIPPET_CHARS).unwrap_or(rest.len());
    let piece = rest.get(..length).unwrap_or_default().to_owned();
    let marks = matched.into_iter().filter(|range| range.start >= before && range.end <= before + length);
    let marks = marks.map(|range| range.start - before..range.end - before).collect();
    (piece, marks)
}

fn matches(text: &str, words: &[String]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in ends {
        match (start, c.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let token = text.get(from..at).unwrap_or_default().to_lowercase();
                if words.iter().any(|word| token.starts_with(word.as_str())) {
                    found.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_the_index_cuts_them() {
        for (text, expected) in [("GPT-4o, mini", vec!["gpt", "4o", "mini"]), ("  ", vec![]), ("Größe", vec!["größe"])]
        {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn a_snippet_stands_around_the_first_match_and_marks_it() {
        let cases = [
            ("Sanctioned · OpenAI · chat", "open", "OpenAI"),
            ("nothing here", "open", ""),
            ("ü".repeat(300).as_str(), "x", ""),
            (format!("{} needle {}", "hay ".repeat(100), "hay ".repeat(100)).as_str(), "needle", "needle"),
        ]
        .map(|(text, word, marked)| (text.to_owned(), word.to_owned(), marked));
        for (text, word, marked) in cases {
            let (piece, marks) = around(&text, &[word]);
            assert!(piece.chars().count() <= SNIPPET_CHARS && text.contains(&piece));
            let shown: Vec<&str> = marks.iter().filter_map(|range| piece.get(range.clone())).collect();
            assert_eq!(shown.concat(), marked, "{piece}");
        }
    }
}
