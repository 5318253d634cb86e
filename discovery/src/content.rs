//! The digest of a log's content: what stays the same when a file is renamed, rotated or compressed. Noted at given
//! lengths on the way, so that a log that has grown is known by its beginning.

use gnomon_types::digest::Digest;
use gnomon_types::sighting::Content;
use sha2::{Digest as _, Sha256};

/// Hashes what passes.
pub(crate) struct ContentHash {
    hash: Sha256,
    bytes: u64,
    /// Lengths still ahead, the nearest last.
    marks: Vec<u64>,
    beginnings: Vec<(u64, Digest)>,
}

impl ContentHash {
    pub(crate) fn new(marks: &[u64]) -> Self {
        // The empty beginning is that of every file and says nothing.
        let mut marks: Vec<u64> = marks.iter().copied().filter(|mark| *mark > 0).collect();
        marks.sort_unstable_by(|a, b| b.cmp(a));
        marks.dedup();
        Self { hash: Sha256::new(), bytes: 0, marks, beginnings: Vec::new() }
    }

    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        while let Some(mark) = self.marks.last().copied() {
            let ahead = usize::try_from(mark - self.bytes).unwrap_or(usize::MAX);
            let Some((before, after)) = bytes.split_at_checked(ahead) else { break };
            self.update(before);
            self.beginnings.push((mark, Digest(self.hash.clone().finalize().into())));
            self.marks.pop();
            bytes = after;
        }
        self.update(bytes);
    }

    fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Length and digest of all, and the digest at each mark that was reached.
    pub(crate) fn finish(self) -> Content {
        Content { bytes: self.bytes, digest: Digest(self.hash.finalize().into()), beginnings: self.beginnings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_the_digest_at_every_mark_however_the_bytes_come() {
        let text = b"0123456789";
        let digest = |length: usize| Digest(Sha256::digest(text.get(..length).unwrap()).into());
        for step in 1..=10 {
            let mut content = ContentHash::new(&[4, 0, 10, 11, 4, 1]);
            text.chunks(step).for_each(|chunk| content.add(chunk));
            let beginnings = vec![(1, digest(1)), (4, digest(4)), (10, digest(10))];
            assert_eq!(content.finish(), Content { bytes: 10, digest: digest(10), beginnings }, "{step}");
        }
    }
}
