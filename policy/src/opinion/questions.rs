//! From suspects to questions: long texts in pieces, each text once.

use crate::examine::Suspect;
use gnomon_types::conversation::Role;
use gnomon_types::digest::Digest;
use gnomon_types::secret::Text;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Bytes that a piece repeats of the one before, so that no sentence is cut in both.
const OVERLAP: usize = 256;

/// A text that a judge model is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose words.
    pub role: Role,
    /// The text, as it would leave.
    pub text: Text,
    /// What the detectors think: the attack score in thousandths of the whole text that it belongs to.
    pub attack_permille: u32,
    /// SHA-256 over role and text.
    pub digest: Digest,
}

pub(super) fn questions(suspects: &[Suspect], text_bytes_max: usize) -> Vec<Question> {
    let mut known = BTreeSet::new();
    let mut questions = Vec::new();
    for suspect in suspects {
        for piece in pieces(&suspect.text, text_bytes_max) {
            let digest = digest(suspect.role, piece);
            if known.insert(digest) {
                let text = Text(piece.to_owned());
                let attack_permille = crate::facts::permille(suspect.score);
                questions.push(Question { role: suspect.role, text, attack_permille, digest });
            }
        }
    }
    questions
}

fn digest(role: Role, text: &str) -> Digest {
    let mut hash = Sha256::new();
    hash.update((role.as_str().len() as u64).to_be_bytes());
    hash.update(role.as_str());
    hash.update(text);
    Digest(hash.finalize().into())
}

/// The text in pieces of at most `bytes_max` bytes (but of one overlap at least), which overlap.
fn pieces(text: &str, bytes_max: usize) -> Vec<&str> {
    let bytes_max = bytes_max.max(2 * OVERLAP);
    let mut pieces = Vec::new();
    let mut start = 0_usize;
    loop {
        let end = boundary(text, start.saturating_add(bytes_max));
        pieces.push(text.get(start..end).unwrap_or_default());
        if end >= text.len() {
            return pieces;
        }
        start = boundary(text, end - OVERLAP);
    }
}

/// The nearest character boundary at or before an offset.
fn boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(role: Role, text: &str) -> Suspect {
        Suspect { role, text: Text(text.to_owned()), score: 0.4 }
    }

    #[test]
    fn equal_words_in_one_role_are_one_question_and_in_two_roles_two() {
        let suspects =
            [suspect(Role::User, "x"), suspect(Role::User, "x"), suspect(Role::Tool, "x"), suspect(Role::User, "y")];
        let asked = questions(&suspects, 1000);
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|question| question.attack_permille == 400));
        let digests: BTreeSet<Digest> = asked.iter().map(|question| question.digest).collect();
        assert_eq!(digests.len(), 3);
    }

    #[test]
    fn a_long_text_is_asked_about_whole_in_pieces_that_overlap_and_split_no_character() {
        for unit in ["a", "ä", "\u{1f600}"] {
            let text: String = (0..900).map(|number| format!("{number} {unit}; ")).collect();
            let asked = questions(&[suspect(Role::User, &text)], 1000);
            assert!(asked.len() > 4);
            let mut covered = 0;
            for question in &asked {
                assert!(question.text.len() <= 1000);
                let start = text.find(&*question.text).unwrap();
                assert!(start == 0 || start + OVERLAP <= covered, "{start} after {covered}");
                covered = start + question.text.len();
            }
            assert_eq!(covered, text.len());
        }
    }

    #[test]
    fn a_text_as_long_as_a_question_may_be_is_one_and_a_byte_more_makes_two() {
        for (bytes, expected) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (1744, 2), (1745, 3)] {
            let text: String = (0..bytes).map(|n| char::from(b'a' + u8::try_from(n % 23).unwrap())).collect();
            assert_eq!(pieces(&text, 1000).len(), expected, "{bytes}");
        }
        assert!(pieces(&"x".repeat(5000), 0).iter().all(|piece| piece.len() <= 2 * OVERLAP));
    }
}
