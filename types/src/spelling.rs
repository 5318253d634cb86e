//! What somebody may have meant by a word that is not known: for advice in messages, never to act on.

/// Edits between two words up to which one may be meant by the other.
const EDITS_MAX: usize = 2;

/// The known word that differs by the fewest edits, at most two.
#[must_use]
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let near = known.into_iter().filter(|other| other.len().abs_diff(word.len()) <= EDITS_MAX * 4);
    let near = near.map(|other| (edits(word, other), other)).filter(|(edits, _)| *edits <= EDITS_MAX);
    near.min().map(|(_, other)| other)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((cb, above), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(ca != *cb)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_a_word_that_is_nearly_right() {
        assert_eq!(closest("lisen", ["listen", "admin"]), Some("listen"));
        assert_eq!(closest("pii/EMIAL", ["pii/IBAN", "pii/EMAIL"]), Some("pii/EMAIL"));
        assert_eq!(closest("colour", ["listen", "admin"]), None);
        assert_eq!(closest("größe", ["grösse", "größer"]), Some("größer"));
    }
}
